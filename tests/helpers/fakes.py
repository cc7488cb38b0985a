"""Stand-ins for our own ports: clocks that a test turns, a journal in memory, an AWS that does as told."""

import asyncio
import heapq
import itertools
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.commands import Command
from drs_desktop.domain.document_versions import (
    Document,
    DocumentChange,
    DocumentKind,
    DocumentVersion,
    StaleVersion,
    id_of,
    kind_of,
)
from drs_desktop.domain.errors import (
    AnotherDriver,
    AwsError,
    ClaimConflict,
    LeaseLost,
    NotFound,
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
    GroupId,
    IntentId,
    JobId,
    PlanId,
    RecoveryInstanceId,
    Scope,
    SourceServerId,
)
from drs_desktop.domain.job import Job, JobLogItem
from drs_desktop.domain.ports import (
    CommandAnswer,
    ExecutionSummary,
    Lease,
    PendingCommand,
    StoredEvent,
)
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import AttemptKey, StartClaim, StartRecoveryRequest
from drs_desktop.domain.status import execution_status

_T = TypeVar("_T")
START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
SHORTEST_SLEEP = timedelta(milliseconds=50)
LEASE_SPAN = timedelta(seconds=30)


# ---- time


async def settle() -> None:
    """Let the running loop go on until nothing on it can run without time or a thread.

    Raises:
        AssertionError: two coroutines keep waking each other for ever.
    """
    ready: deque[object] = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    for _ in range(100_000):
        await asyncio.sleep(0)
        if not ready:
            return
    raise AssertionError("The loop never comes to rest: something runs on without waiting for time.")


@dataclass(order=True)
class _Sleeper:
    due: timedelta
    number: int
    wakes: "asyncio.Future[None]" = field(compare=False)


class FakeClock:
    """Both clocks of the port in virtual time: a sleeper sleeps until the test turns the clock.

    Attributes:
        scale: service seconds per local second; 0 means that the service's clock stands still.
    """

    def __init__(self, start: datetime = START, *, scale: float = 1.0, local_start: datetime | None = None):
        self.scale = scale
        self._service = start
        self._local = local_start or start
        self._elapsed = timedelta(0)
        self._sleepers: list[_Sleeper] = []
        self._numbers = itertools.count()

    # the port

    def service_now(self) -> datetime:
        return self._service

    def local_now(self) -> datetime:
        return self._local

    def local_elapsed(self) -> timedelta:
        return self._elapsed

    async def sleep(self, service: timedelta) -> None:
        real = service / self.scale if self.scale else timedelta(seconds=1)
        await self.sleep_local(max(real, SHORTEST_SLEEP))

    async def sleep_local(self, span: timedelta) -> None:
        if span <= timedelta(0):
            await asyncio.sleep(0)
            return
        wakes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, _Sleeper(self._elapsed + span, next(self._numbers), wakes))
        await wakes

    # what a test does with it

    @property
    def sleeping(self) -> int:
        """Return how many sleepers wait for the clock."""
        return sum(not sleeper.wakes.done() for sleeper in self._sleepers)

    async def advance(self, span: timedelta) -> None:
        """Turn both clocks, waking each sleeper at its own moment and letting the loop run in between."""
        end = self._elapsed + span
        await settle()
        while (due := self._next_due()) is not None and due <= end:
            self._move(due - self._elapsed)
            await self._wake_one()
        self._move(end - self._elapsed)
        await settle()

    async def jump(self, span: timedelta) -> None:
        """Turn both clocks at once, as a machine that slept finds them; then wake whoever is overdue."""
        self._move(span)
        while (due := self._next_due()) is not None and due <= self._elapsed:
            await self._wake_one()
        await settle()

    async def run_until(
        self, condition: Callable[[], bool], limit: timedelta = timedelta(hours=24)
    ) -> timedelta:
        """Let everything go on, jumping from sleeper to sleeper, until the condition holds.

        Returns:
            The local time that it took.

        Raises:
            AssertionError: nothing waits for time any more, or the limit has passed.
        """
        began = self._elapsed
        while True:
            await settle()
            if condition():
                return self._elapsed - began
            due = self._next_due()
            if due is None:
                raise AssertionError("The condition does not hold, and nothing waits for the clock any more.")
            if due - began > limit:
                raise AssertionError(f"The condition did not come to hold within {limit} of virtual time.")
            self._move(max(due - self._elapsed, timedelta(0)))
            await self._wake_one()

    def turn_service(self, span: timedelta) -> None:
        """Turn the service's clock alone, as a simulator's control does."""
        self._service += span

    def set_wall(self, span: timedelta) -> None:
        """Move this machine's wall clock alone, as a time server or a person does."""
        self._local += span

    def _move(self, span: timedelta) -> None:
        self._elapsed += span
        self._local += span
        self._service += span * self.scale

    def _next_due(self) -> timedelta | None:
        while self._sleepers and self._sleepers[0].wakes.done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0].due if self._sleepers else None

    async def _wake_one(self) -> None:
        sleeper = heapq.heappop(self._sleepers)
        if not sleeper.wakes.done():
            sleeper.wakes.set_result(None)
        await settle()


class FakeIds:
    """Ids that count."""

    def __init__(self, workspace: str = "test", prefix: str = "intent") -> None:
        self._workspace, self._prefix = workspace, prefix
        self._executions, self._intents = itertools.count(1), itertools.count(1)

    def new_execution_id(self) -> ExecutionId:
        return ExecutionId(f"{self._workspace}-{next(self._executions):026}")

    def new_intent_id(self) -> IntentId:
        return IntentId(f"{self._prefix}-{next(self._intents)}")


# ---- the journal


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


# ---- AWS


@dataclass(frozen=True, kw_only=True)
class FakeCall:
    """One call that reached the fake AWS."""

    operation: str
    scope: Scope
    intent_id: IntentId | None = None
    request: object = None


class FakeDrs:
    """DRS in one account and Region: says what the test put here, and fails where the test says so.

    Attributes:
        errors: by operation, such as `DescribeJobs`: raised at each such call until taken out.
        answers: what the next mutating calls give, in order; an exception is raised. None: it fails.
        gates: by operation: the call waits for this event before it answers.
    """

    def __init__(self, scope: Scope, calls: list[FakeCall]) -> None:
        self.scope = scope
        self.calls = calls
        self.servers: list[SourceServer] = []
        self.jobs: dict[JobId, Job] = {}
        self.logs: dict[JobId, tuple[JobLogItem, ...]] = {}
        self.instances: list[RecoveryInstance] = []
        self.errors: dict[str, AwsError] = {}
        self.answers: deque[Job | Exception] = deque()
        self.gates: dict[str, asyncio.Event] = {}

    async def describe_source_servers(
        self, server_ids: Sequence[SourceServerId] | None = None
    ) -> tuple[SourceServer, ...]:
        await self._arrive("DescribeSourceServers", server_ids)
        return tuple(s for s in self.servers if server_ids is None or s.key.source_server_id in server_ids)

    async def describe_jobs(self, job_ids: Sequence[JobId] | None = None) -> tuple[Job, ...]:
        await self._arrive("DescribeJobs", job_ids)
        return tuple(j for j in self.jobs.values() if job_ids is None or j.job_id in job_ids)

    async def describe_job_log_items(self, job_id: JobId) -> tuple[JobLogItem, ...]:
        await self._arrive("DescribeJobLogItems", job_id)
        return self.logs.get(job_id, ())

    async def describe_recovery_instances(
        self, server_ids: Sequence[SourceServerId]
    ) -> tuple[RecoveryInstance, ...]:
        await self._arrive("DescribeRecoveryInstances", server_ids)
        return tuple(i for i in self.instances if i.server.source_server_id in server_ids)

    async def _arrive(self, operation: str, request: object, intent_id: IntentId | None = None) -> None:
        self.calls.append(
            FakeCall(operation=operation, scope=self.scope, intent_id=intent_id, request=request)
        )
        if gate := self.gates.get(operation):
            await gate.wait()
        await asyncio.sleep(0)
        if error := self.errors.get(operation):
            raise error

    async def act(self, operation: str, request: object, intent_id: IntentId) -> Job:
        """Give the next prepared answer to a mutating call; a job that it names exists from then on."""
        await self._arrive(operation, request, intent_id)
        assert self.answers, f"{operation} came without an answer prepared for it: {request}"
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        self.jobs[answer.job_id] = answer
        return answer


class FakeActor:
    """What one attempt acts with (port `DrsActor`)."""

    def __init__(self, drs: FakeDrs, intent_id: IntentId) -> None:
        self._drs, self._intent_id = drs, intent_id

    async def start_recovery(self, request: StartRecoveryRequest) -> Job:
        return await self._drs.act("StartRecovery", request, self._intent_id)

    async def terminate_recovery_instances(self, instance_ids: Sequence[RecoveryInstanceId]) -> Job:
        return await self._drs.act("TerminateRecoveryInstances", tuple(instance_ids), self._intent_id)


class FakeAws:
    """Readers and actors over one FakeDrs per account and Region (port `AwsAccess`)."""

    def __init__(self) -> None:
        self.calls: list[FakeCall] = []
        self.role_error: AwsError | None = None
        self._drs: dict[Scope, FakeDrs] = {}

    def drs(self, scope: Scope) -> FakeDrs:
        """Return what stands for DRS there, for the test to fill."""
        if scope not in self._drs:
            self._drs[scope] = FakeDrs(scope, self.calls)
        return self._drs[scope]

    def operations(self, *names: str) -> tuple[str, ...]:
        """Return the operations called so far, in order; with names, only those."""
        return tuple(c.operation for c in self.calls if not names or c.operation in names)

    @property
    def mutating_calls(self) -> tuple[FakeCall, ...]:
        return tuple(c for c in self.calls if not c.operation.startswith(("Describe", "AssumeRole")))

    def reader(self, scope: Scope) -> FakeDrs:
        return self.drs(scope)

    async def actor(self, scope: Scope, intent_id: IntentId) -> FakeActor:
        self.calls.append(FakeCall(operation="AssumeRole", scope=scope, intent_id=intent_id))
        await asyncio.sleep(0)
        if self.role_error:
            raise self.role_error
        return FakeActor(self.drs(scope), intent_id)


# ---- the workspace's documents


class FakeRepository:
    """Accounts, groups and plans in memory (port `WorkspaceRepository`)."""

    def __init__(
        self,
        accounts: Iterable[TargetAccount] = (),
        groups: Iterable[ProtectionGroup] = (),
        plans: Iterable[RecoveryPlan] = (),
    ) -> None:
        self._accounts: Mapping[str, TargetAccount] = {a.account_id: a for a in accounts}
        self._groups: Mapping[GroupId, ProtectionGroup] = {g.group_id: g for g in groups}
        self._plans: Mapping[PlanId, RecoveryPlan] = {p.plan_id: p for p in plans}
        self.saved_by: dict[str, list[str]] = defaultdict(list)
        self._past: dict[tuple[str, str], list[DocumentVersion]] = defaultdict(list)

    async def accounts(self) -> tuple[TargetAccount, ...]:
        return tuple(self._accounts.values())

    async def groups(self) -> tuple[ProtectionGroup, ...]:
        return tuple(self._groups.values())

    async def plans(self) -> tuple[RecoveryPlan, ...]:
        return tuple(self._plans.values())

    async def group(self, group_id: GroupId) -> ProtectionGroup:
        if group_id not in self._groups:
            raise NotFound(f"There is no protection group {group_id}.")
        return self._groups[group_id]

    async def plan(self, plan_id: PlanId) -> RecoveryPlan:
        if plan_id not in self._plans:
            raise NotFound(f"There is no recovery plan {plan_id}.")
        return self._plans[plan_id]

    async def save_accounts(self, accounts: Sequence[TargetAccount]) -> None:
        self._accounts = {**self._accounts, **{a.account_id: a for a in accounts}}

    async def save_groups(self, groups: Sequence[ProtectionGroup], *, by: str) -> None:
        self._groups = {**self._groups, **{g.group_id: g for g in groups}}
        self.saved_by["group"].append(by)

    async def save_plans(self, plans: Sequence[RecoveryPlan], *, by: str) -> None:
        self._plans = {**self._plans, **{p.plan_id: p for p in plans}}
        self.saved_by["plan"].append(by)

    async def change(self, changes: Sequence[DocumentChange], *, by: str) -> None:
        for change in changes:
            held = self._held(change.document).get(id_of(change.document))
            newest = held.revision if held else 0
            if newest != change.based_on:
                raise StaleVersion(change.document, change.based_on, newest)
        for change in changes:
            self._put(change, by)

    def _held(self, document: Document) -> Mapping[Any, Document]:
        return self._groups if isinstance(document, ProtectionGroup) else self._plans

    def _put(self, change: DocumentChange, by: str) -> None:
        document_id = id_of(change.document)
        past = self._past[kind_of(change.document), document_id]
        held = self._held(change.document)
        if not past and document_id in held:
            past.append(DocumentVersion(revision=1, saved_at=START, saved_by="", document=held[document_id]))
        document = None if change.is_removal else replace(change.document, revision=len(past) + 1)
        past.append(DocumentVersion(revision=len(past) + 1, saved_at=START, saved_by=by, document=document))
        rest = {key: value for key, value in held.items() if key != document_id}
        kept: Any = rest if document is None else {**rest, document_id: document}
        if isinstance(change.document, ProtectionGroup):
            self._groups = kept
        else:
            self._plans = kept

    async def versions(self, kind: DocumentKind, document_id: str) -> tuple[DocumentVersion, ...]:
        return tuple(reversed(self._past[kind, document_id]))
