"""The journal port in memory: several of them on one store see each other as processes do."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from drs_desktop.domain.commands import Command
from drs_desktop.domain.errors import (
    AnotherDriver,
    ClaimConflict,
    LeaseLost,
    StorageError,
)
from drs_desktop.domain.events import (
    Event,
    JobEnded,
    StartAbandoned,
    StartArmed,
    StartNotSent,
    StartNotStarted,
    StartRefused,
)
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import (
    ExecutionId,
    Scope,
    SourceServerId,
)
from drs_desktop.domain.ports import (
    CommandAnswer,
    ExecutionSummary,
    Lease,
    PendingCommand,
    StoredEvent,
)
from drs_desktop.domain.start_recovery import AttemptKey, StartClaim
from drs_desktop.domain.status import execution_status
from tests.helpers.fake_time import FakeClock

_T = TypeVar("_T")
LEASE_SPAN = timedelta(seconds=30)


@dataclass
class _LeaseRow:
    owner: str
    host: str
    epoch: int
    expires_at: datetime


@dataclass
class _CommandRow:
    pending: PendingCommand
    answer: CommandAnswer | None = None


@dataclass
class JournalStore:
    """What several journals, each a process of its own, share: the database and the machine's locks."""

    events: list[StoredEvent] = field(default_factory=list)
    leases: dict[ExecutionId, _LeaseRow] = field(default_factory=dict)
    claims: dict[tuple[str, Scope, SourceServerId], tuple[ExecutionId, AttemptKey]] = field(
        default_factory=dict
    )
    restored_after: int = 0
    commands: dict[int, _CommandRow] = field(default_factory=dict)
    summaries: dict[ExecutionId, ExecutionSummary] = field(default_factory=dict)
    locks: dict[tuple[str, ExecutionId], "InMemoryJournal"] = field(default_factory=dict)
    journals: list["InMemoryJournal"] = field(default_factory=list)


class InMemoryJournal:
    """The ExecutionJournal port without a database; journals of one store see each other as processes do.

    Attributes:
        write_error: set it, and every write fails with it and writes nothing.
        read_error: the same for reads.
        on_commit: called with the events of each append just after they are durable; may raise.
    """

    def __init__(
        self,
        clock: FakeClock,
        store: JournalStore | None = None,
        *,
        owner: str = "driver-1",
        host: str = "host-1",
    ) -> None:
        self.store = store or JournalStore()
        self.store.journals.append(self)
        self.owner, self.host = owner, host
        self.write_error: Exception | None = None
        self.read_error: StorageError | None = None
        self.on_commit: Callable[[tuple[Event, ...]], None] | None = None
        self._clock = clock
        self._callbacks: list[Callable[[], None]] = []

    def another(self, owner: str = "driver-2", host: str | None = None) -> "InMemoryJournal":
        """Return the journal of a second process on the same database."""
        return InMemoryJournal(self._clock, self.store, owner=owner, host=host or self.host)

    def die(self) -> None:
        """Release the process's locks, as the system does at kill -9; its lease rows stay."""
        mine = [key for key, holder in self.store.locks.items() if holder is self]
        for key in mine:
            del self.store.locks[key]
        self._callbacks.clear()

    def close(self) -> None:
        self._callbacks.clear()

    # leases

    async def acquire_lease(self, execution_id: ExecutionId) -> Lease:
        self._writable()
        lock = (self.host, execution_id)
        holds_lock = self.store.locks.setdefault(lock, self) is self
        row = self.store.leases.get(execution_id)
        now = self._clock.local_now()
        if row and row.expires_at > now and not (holds_lock and row.host == self.host):
            if holds_lock:
                del self.store.locks[lock]
            raise AnotherDriver(execution_id, f"{row.owner} on {row.host}")
        epoch = row.epoch + 1 if row else 1
        self.store.leases[execution_id] = _LeaseRow(self.owner, self.host, epoch, now + LEASE_SPAN)
        return await self._wrote(Lease(execution_id=execution_id, owner=self.owner, epoch=epoch))

    async def renew_lease(self, lease: Lease) -> None:
        self._writable()
        self._check(lease).expires_at = self._clock.local_now() + LEASE_SPAN
        await self._wrote(None)

    async def release_lease(self, lease: Lease) -> None:
        if self.store.locks.get((self.host, lease.execution_id)) is self:
            del self.store.locks[self.host, lease.execution_id]
        self._writable()
        row = self.store.leases.get(lease.execution_id)
        if row and (row.owner, row.epoch) == (lease.owner, lease.epoch):
            row.expires_at = datetime.min.replace(tzinfo=UTC)
        await self._wrote(None)

    def _check(self, lease: Lease) -> _LeaseRow:
        row = self.store.leases.get(lease.execution_id)
        if row is None or (row.owner, row.epoch) != (lease.owner, lease.epoch):
            raise LeaseLost(f"Another process drives execution {lease.execution_id} now.")
        return row

    # appending

    async def append(
        self,
        lease: Lease,
        state: Execution | None,
        events: Sequence[Event],
        answers: Sequence[CommandAnswer] = (),
    ) -> tuple[StoredEvent, ...]:
        self._writable()
        row, now = self._check(lease), self._clock.local_now()
        sequence = sum(e.execution_id == lease.execution_id for e in self.store.events)
        if sequence != (state.version if state else 0):
            raise StorageError(f"The journal of {lease.execution_id} is at {sequence}: nothing was written.")
        after = fold(events, state)
        claims = self._claims_after(lease.execution_id, after, events)
        stored = tuple(
            StoredEvent(
                position=len(self.store.events) + index,
                execution_id=lease.execution_id,
                sequence=sequence + index,
                recorded_at=now,
                event=event,
            )
            for index, event in enumerate(events, start=1)
        )
        row.expires_at = now + LEASE_SPAN
        self.store.events += stored
        self.store.claims = claims
        if after is not None:
            self.store.summaries[lease.execution_id] = _summary(after)
        for answer in answers:
            self.store.commands[answer.command_id].answer = answer
        if self.on_commit:
            self.on_commit(tuple(events))
        return await self._wrote(stored)

    def _claims_after(
        self, execution_id: ExecutionId, after: Execution | None, events: Sequence[Event]
    ) -> dict[tuple[str, Scope, SourceServerId], tuple[ExecutionId, AttemptKey]]:
        claims = dict(self.store.claims)
        for event in events:
            if isinstance(event, StartArmed):
                assert after is not None
                for server_id in event.source_server_ids:
                    claim = (after.endpoint_fingerprint, event.key.scope, server_id)
                    if claim in claims:
                        raise ClaimConflict(server_id, claims[claim][0])
                    claims[claim] = (execution_id, event.key)
            elif isinstance(event, JobEnded | StartAbandoned | StartRefused | StartNotSent | StartNotStarted):
                claims = {k: v for k, v in claims.items() if v != (execution_id, event.key)}
        return claims

    # reading

    async def read(self, execution_id: ExecutionId, after_sequence: int = 0) -> tuple[StoredEvent, ...]:
        return await self._read(
            e for e in self.store.events if e.execution_id == execution_id and e.sequence > after_sequence
        )

    async def read_since(self, position: int) -> tuple[StoredEvent, ...]:
        return await self._read(e for e in self.store.events if e.position > position)

    async def last_position(self) -> int:
        return len(self.store.events)

    async def summaries(self, *, live_only: bool = False, limit: int = 500) -> tuple[ExecutionSummary, ...]:
        rows = [s for s in self.store.summaries.values() if not (live_only and s.ended_at)]
        rows.sort(key=lambda s: s.execution_id, reverse=True)
        return await self._read(rows[:limit])

    async def is_from_backup(self, execution_id: ExecutionId) -> bool:
        await asyncio.sleep(0)
        newest = max((e.position for e in self.store.events if e.execution_id == execution_id), default=None)
        return newest is not None and newest <= self.store.restored_after

    async def claims(self, endpoint: str, scope: Scope) -> tuple[StartClaim, ...]:
        return await self._read(
            StartClaim(execution_id=holder, attempt=str(key), source_server_id=server_id)
            for (where, place, server_id), (holder, key) in self.store.claims.items()
            if (where, place) == (endpoint, scope)
        )

    # commands

    async def leave_command(self, execution_id: ExecutionId, command: Command, by: str) -> int:
        self._writable()
        number = len(self.store.commands) + 1
        pending = PendingCommand(command_id=number, execution_id=execution_id, command=command, by=by)
        self.store.commands[number] = _CommandRow(pending)
        return await self._wrote(number)

    async def pending_commands(self, execution_id: ExecutionId) -> tuple[PendingCommand, ...]:
        return await self._read(
            row.pending
            for row in self.store.commands.values()
            if row.answer is None and row.pending.execution_id == execution_id
        )

    async def command_answer(self, command_id: int) -> CommandAnswer | None:
        row = self.store.commands.get(command_id)
        await asyncio.sleep(0)
        return row.answer if row else None

    def on_foreign_write(self, callback: Callable[[], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    # shared

    def _writable(self) -> None:
        if self.write_error:
            raise self.write_error

    async def _wrote(self, result: _T) -> _T:
        """Tell the other processes; the caller hears of its write one turn of the loop later."""
        for other in self.store.journals:
            for callback in tuple(other._callbacks) if other is not self else ():
                callback()
        await asyncio.sleep(0)
        return result

    async def _read(self, found: Iterable[_T]) -> tuple[_T, ...]:
        if self.read_error:
            raise self.read_error
        result = tuple(found)
        await asyncio.sleep(0)
        return result


def _summary(state: Execution) -> ExecutionSummary:
    view = execution_status(state)
    return ExecutionSummary(
        execution_id=state.execution_id,
        plan_name=state.plan_name,
        mode=state.mode.value,
        status=view.status.value,
        reason=view.reason,
        needs_person=view.needs_person,
        created_at=state.created_at,
        ended_at=state.ended_at,
        version=state.version,
        endpoint_fingerprint=state.endpoint_fingerprint,
    )


class FakeLocks:
    """The machine's file locks for SqlExecutionJournal; locks made with one `held` are of one machine."""

    def __init__(self, held: dict[ExecutionId, "FakeLocks"] | None = None) -> None:
        self.held = {} if held is None else held

    def try_acquire(self, execution_id: ExecutionId) -> bool:
        return self.held.setdefault(execution_id, self) is self

    def release(self, execution_id: ExecutionId) -> None:
        if self.held.get(execution_id) is self:
            del self.held[execution_id]

    def die(self) -> None:
        """Release everything, as the system does at kill -9."""
        for execution_id in [e for e, holder in self.held.items() if holder is self]:
            del self.held[execution_id]
