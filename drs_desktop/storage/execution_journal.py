"""The ExecutionJournal port on SQL: append-only rows, lease and claims checked in the same transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, CursorResult, Select, bindparam, insert, select, update

from drs_desktop.domain.commands import Command
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.events import Event
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId, Scope
from drs_desktop.domain.ports import (
    Clock,
    CommandAnswer,
    ExecutionSummary,
    Lease,
    PendingCommand,
    StoredEvent,
)
from drs_desktop.domain.start_recovery import StartClaim
from drs_desktop.storage.claims import apply_claims, claims_in
from drs_desktop.storage.collecting import collection_paused
from drs_desktop.storage.database import Database
from drs_desktop.storage.event_codec import (
    EVENT_VERSION,
    decode_command,
    decode_event,
    encode_command,
    encode_event,
)
from drs_desktop.storage.foreign_writes import ForeignWriteWatch
from drs_desktop.storage.hash_chain import FIRST, BrokenLink, row_hash
from drs_desktop.storage.inspection import verify_journal
from drs_desktop.storage.leases import Driver, check_lease, give_back, note_lock, take_lease
from drs_desktop.storage.schema import execution_summary, journal, operator_input
from drs_desktop.storage.summaries import save_summary, summary_from_row

_STORED = (
    journal.c.position,
    journal.c.execution_id,
    journal.c.sequence,
    journal.c.type,
    journal.c.version,
    journal.c.payload,
    journal.c.recorded_at,
)
"""What a stored event is made of, in the order in which `_stored` takes it."""
_LAST_ROW = (
    select(journal.c.sequence, journal.c.hash)
    .where(journal.c.execution_id == bindparam("of"))
    .order_by(journal.c.sequence.desc())
    .limit(1)
)
_INSERT_ROW = insert(journal)
"""Both are made once: they are part of every append."""


class DriverLocks(Protocol):
    """One lock per execution that the system releases when its process dies."""

    def try_acquire(self, execution_id: ExecutionId) -> bool:
        """Return whether this process now holds the lock."""

    def release(self, execution_id: ExecutionId) -> None: ...


class SqlExecutionJournal:
    """The journal of all executions of one workspace."""

    def __init__(self, database: Database, clock: Clock, driver: Driver, locks: DriverLocks) -> None:
        self._database = database
        self._clock = clock
        self._driver = driver
        self._locks = locks
        self._watch = ForeignWriteWatch(database)

    def close(self) -> None:
        """Stop watching for foreign writes."""
        self._watch.close()

    # ---- leases

    async def acquire_lease(self, execution_id: ExecutionId) -> Lease:
        """Take the driver's seat; see the port."""
        holds_lock = self._locks.try_acquire(execution_id)
        now = self._clock.local_now()
        try:
            return await self._database.write(
                lambda c: take_lease(c, execution_id, self._driver, now, holds_lock=holds_lock)
            )
        except BaseException:  # also when cancelled: a lock without a lease keeps others out
            if holds_lock:
                self._locks.release(execution_id)
            raise

    async def renew_lease(self, lease: Lease) -> None:
        """Extend the lease; see the port."""
        now = self._clock.local_now()
        holds_lock = self._locks.try_acquire(lease.execution_id)  # the last owner may have let go of it since

        def work(connection: Connection) -> None:
            check_lease(connection, lease, now)
            if holds_lock:
                note_lock(connection, lease, self._driver)

        await self._database.write(work)

    async def release_lease(self, lease: Lease) -> None:
        """Leave the driver's seat; see the port."""
        try:
            await self._database.write(lambda c: give_back(c, lease))
        finally:
            self._locks.release(lease.execution_id)

    # ---- appending

    async def append(
        self,
        lease: Lease,
        state: Execution | None,
        events: Sequence[Event],
        answers: Sequence[CommandAnswer] = (),
    ) -> tuple[StoredEvent, ...]:
        """Write events after `state` in one durable transaction; see the port."""
        now = self._clock.local_now()

        def work(connection: Connection) -> tuple[tuple[StoredEvent, ...], str]:
            check_lease(connection, lease, now)
            stored, last_hash = self._insert(connection, lease, state, events, now)
            if after := fold(events, state):
                apply_claims(connection, lease.execution_id, after.endpoint_fingerprint, events)
                save_summary(connection, after)
            for answer in answers:
                _answer(connection, answer, now)
            return stored, last_hash

        stored, last_hash = await self._database.write(work)
        if stored:
            self._database.head.wrote(stored[-1].position, last_hash)
        return stored

    def _insert(
        self,
        connection: Connection,
        lease: Lease,
        state: Execution | None,
        events: Sequence[Event],
        now: datetime,
    ) -> tuple[tuple[StoredEvent, ...], str]:
        sequence, previous_hash = _last_row(connection, lease.execution_id)
        expected = state.version if state else 0
        if sequence != expected:
            raise StorageError(
                f"The journal of {lease.execution_id} is at {sequence}, but {expected} was expected: "
                "nothing was written."
            )
        stored: list[StoredEvent] = []
        for event in events:
            sequence += 1
            row = _row_of(lease, sequence, event, now, f"{self._driver.owner}#{lease.epoch}", previous_hash)
            position = _inserted_id(connection.execute(_INSERT_ROW, row))
            previous_hash = str(row["hash"])
            stored.append(
                StoredEvent(
                    position=position,
                    execution_id=lease.execution_id,
                    sequence=sequence,
                    recorded_at=now,
                    event=event,
                )
            )
        return tuple(stored), previous_hash

    # ---- reading

    async def read(self, execution_id: ExecutionId, after_sequence: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of one execution; see the port."""
        query = (
            select(*_STORED)
            .where(journal.c.execution_id == execution_id)
            .where(journal.c.sequence > after_sequence)
            .order_by(journal.c.sequence)
        )
        return await self._database.read(lambda c: _events(c, query))

    async def read_since(self, position: int) -> tuple[StoredEvent, ...]:
        """Return what any process wrote after a position; see the port."""
        query = select(*_STORED).where(journal.c.position > position).order_by(journal.c.position)
        return await self._database.read(lambda c: _events(c, query))

    async def last_position(self) -> int:
        """Return the position of the newest event, 0 when there is none."""
        query = select(journal.c.position).order_by(journal.c.position.desc()).limit(1)
        return int(await self._database.read(lambda c: c.execute(query).scalar()) or 0)

    async def verify(self) -> tuple[BrokenLink, ...]:
        """Return the first broken row of each execution, or nothing when every chain is whole."""
        return await self._database.read(lambda c: verify_journal(c, self._database.head))

    async def summaries(self, *, live_only: bool = False, limit: int = 500) -> tuple[ExecutionSummary, ...]:
        """Return executions, newest first; see the port."""
        # An id holds when it was made; created_at is the service's time, and each simulator has its own.
        query = select(execution_summary).order_by(execution_summary.c.execution_id.desc()).limit(limit)
        if live_only:
            query = query.where(execution_summary.c.ended_at.is_(None))
        rows = await self._database.read(lambda c: c.execute(query).all())
        return tuple(summary_from_row(row) for row in rows)

    async def is_from_backup(self, execution_id: ExecutionId) -> bool:
        """Return whether nothing was written for it since the database was put back; see the port."""
        query = (
            select(journal.c.position)
            .where(journal.c.execution_id == execution_id)
            .order_by(journal.c.position.desc())
            .limit(1)
        )
        newest = await self._database.read(lambda c: c.execute(query).scalar())
        return newest is not None and newest <= self._database.head.restored_after

    async def claims(self, endpoint: str, scope: Scope) -> tuple[StartClaim, ...]:
        """Return the servers of every attempt under way; see the port."""
        return await self._database.read(lambda c: claims_in(c, endpoint, scope))

    # ---- commands from any process

    async def leave_command(self, execution_id: ExecutionId, command: Command, by: str) -> int:
        """Leave a command for the driver; see the port."""
        values = {
            "execution_id": execution_id,
            "payload": encode_command(command),
            "by": by,
            "left_at": self._clock.local_now().isoformat(),
        }
        query = insert(operator_input).values(**values)
        return await self._database.write(lambda c: _inserted_id(c.execute(query)))

    async def pending_commands(self, execution_id: ExecutionId) -> tuple[PendingCommand, ...]:
        """Return the commands that nobody took up yet, oldest first; see the port."""
        query = (
            select(operator_input)
            .where(operator_input.c.execution_id == execution_id)
            .where(operator_input.c.answered_at.is_(None))
            .order_by(operator_input.c.command_id)
        )
        rows = await self._database.read(lambda c: c.execute(query).all())
        return tuple(_pending(row) for row in rows)

    async def command_answer(self, command_id: int) -> CommandAnswer | None:
        """Return what became of a command; see the port."""
        query = select(operator_input).where(operator_input.c.command_id == command_id)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        if row is None or row.answered_at is None:
            return None
        return CommandAnswer(
            command_id=command_id, refusal=row.refusal, needs_operator=bool(row.needs_operator)
        )

    def on_foreign_write(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when another connection has written; see the port."""
        return self._watch.subscribe(callback)


def _last_row(connection: Connection, execution_id: ExecutionId) -> tuple[int, str]:
    row = connection.execute(_LAST_ROW, {"of": execution_id}).one_or_none()
    return (row.sequence, row.hash) if row else (0, FIRST)


def _row_of(
    lease: Lease, sequence: int, event: Event, now: datetime, driver: str, previous_hash: str
) -> dict[str, object]:
    type_name, payload = encode_event(event)
    recorded_at = now.isoformat()
    digest = row_hash(
        execution_id=lease.execution_id,
        sequence=sequence,
        type_name=type_name,
        version=EVENT_VERSION,
        payload=payload,
        recorded_at=recorded_at,
        driver=driver,
        previous_hash=previous_hash,
    )
    return {
        "execution_id": lease.execution_id,
        "sequence": sequence,
        "type": type_name,
        "version": EVENT_VERSION,
        "payload": payload,
        "recorded_at": recorded_at,
        "driver": driver,
        "previous_hash": previous_hash,
        "hash": digest,
    }


def _inserted_id(result: CursorResult[Any]) -> int:
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def _events(connection: Connection, query: Select[Any]) -> tuple[StoredEvent, ...]:
    """Return the events that a query finds, decoded here: on the reader's thread, not on the loop's."""
    with collection_paused:
        return tuple(map(_stored, connection.execute(query).all()))  # all at once: no lock outlasts it


def _stored(row: Any) -> StoredEvent:
    position, execution_id, sequence, type_name, version, payload, recorded_at = row
    return StoredEvent(
        position=position,
        execution_id=execution_id,
        sequence=sequence,
        recorded_at=datetime.fromisoformat(recorded_at),
        event=decode_event(type_name, version, payload),
    )


def _pending(row: Any) -> PendingCommand:
    """Return a command that was left; one from a newer program must not keep back those after it."""
    command, problem = None, ""
    try:
        command = decode_command(row.payload)
    except StorageError as error:
        problem = str(error)
    return PendingCommand(
        command_id=row.command_id,
        execution_id=ExecutionId(row.execution_id),
        command=command,
        by=row.by,
        problem=problem,
    )


def _answer(connection: Connection, answer: CommandAnswer, now: datetime) -> None:
    connection.execute(
        update(operator_input)
        .where(operator_input.c.command_id == answer.command_id)
        .values(answered_at=now.isoformat(), refusal=answer.refusal, needs_operator=answer.needs_operator)
    )
