"""What the engine and the services need from outside, as Protocols. Fakes implement them in tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.commands import Command
from drs_desktop.domain.document_versions import DocumentChange, DocumentKind, DocumentVersion
from drs_desktop.domain.events import Event
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
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import StartClaim, StartRecoveryRequest

# ---- time and ids


class Clock(Protocol):
    """Two clocks: the service's (a simulator's may be scaled or turned) and this machine's own."""

    def service_now(self) -> datetime:
        """Return what AWS calls now: for waits, limits, forecasts and shown times."""

    def local_now(self) -> datetime:
        """Return this machine's wall clock, UTC: for fences, leases and credentials."""

    def local_elapsed(self) -> timedelta:
        """Return a clock that never jumps and counts sleep; only differences mean anything."""

    async def sleep(self, service: timedelta) -> None:
        """Wait for a span of service time, but never less than 50 ms real."""

    async def sleep_local(self, span: timedelta) -> None:
        """Wait for a span of this machine's time."""


class Ids(Protocol):
    """Where fresh identifiers come from."""

    def new_execution_id(self) -> ExecutionId: ...

    def new_intent_id(self) -> IntentId: ...


# ---- AWS


class DrsReader(Protocol):
    """Reads of one account and Region. Every list is complete: all pages, or an error.

    Raises:
        AwsError: a subclass that says what kind of failure it was; a failed read never means "nothing".
    """

    async def describe_source_servers(
        self, server_ids: Sequence[SourceServerId] | None = None
    ) -> tuple[SourceServer, ...]: ...

    async def describe_jobs(self, job_ids: Sequence[JobId] | None = None) -> tuple[Job, ...]: ...

    async def describe_job_log_items(self, job_id: JobId) -> tuple[JobLogItem, ...]: ...

    async def describe_recovery_instances(
        self, server_ids: Sequence[SourceServerId]
    ) -> tuple[RecoveryInstance, ...]: ...

    async def describe_recovery_snapshots(self, server_id: SourceServerId) -> tuple[RecoverySnapshot, ...]:
        """Return every point in time of one server, newest first; one call for each server."""

    async def describe_instance_checks(
        self, instance_ids: Sequence[RecoveryInstanceId]
    ) -> Mapping[RecoveryInstanceId, str]:
        """Return, by instance, `ok` when both EC2 status checks passed, `impaired`, or a word for not yet."""


class Prober(Protocol):
    """Looks at recovery instances over the network."""

    async def can_connect(self, address: str, port: int) -> bool:
        """Return whether a TCP connection could be opened within a few seconds."""


Fence = Callable[[], str]
"""Returns why a request must not leave any more, or an empty text; may be called on any thread."""


def no_fence() -> str:
    """Forbid nothing."""
    return ""


class DrsActor(Protocol):
    """Calls that change one account and Region; each is sent once and never repeated below this line.

    Raises:
        CallNotSent: no byte left.
        OutcomeUnknown: it may have arrived.
        Throttled, AwsQuotaExceeded, AwsConflict, AccessDenied, SignInNeeded, AwsRejected: certainly refused.
    """

    async def start_recovery(self, request: StartRecoveryRequest, fence: Fence = no_fence) -> Job:
        """Start a drill or a recovery, unless the fence, looked at last before the first byte, forbids it."""

    async def terminate_recovery_instances(self, instance_ids: Sequence[RecoveryInstanceId]) -> Job: ...


class AwsAccess(Protocol):
    """Where readers and actors come from."""

    def reader(self, scope: Scope) -> DrsReader:
        """Return the reader of an account and Region; cached, cheap."""

    async def actor(self, scope: Scope, intent_id: IntentId) -> DrsActor:
        """Return an actor on a session assumed afresh, whose user agent carries the intent id.

        Raises:
            AwsError: the role could not be assumed; nothing was changed.
        """


# ---- storage


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to drive one execution; the epoch grows with each owner and fences off older ones."""

    execution_id: ExecutionId
    owner: str
    epoch: int


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """An event as it stands in the journal; `position` grows over all executions."""

    position: int
    execution_id: ExecutionId
    sequence: int
    recorded_at: datetime
    event: Event


@dataclass(frozen=True, kw_only=True)
class PendingCommand:
    """A command that some process left for the driver.

    Attributes:
        command: what was asked, or None when it cannot be read here; `problem` then says why.
    """

    command_id: int
    execution_id: ExecutionId
    command: Command | None
    by: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class CommandAnswer:
    """What the driver did with a command; `refusal` is empty when it was accepted."""

    command_id: int
    refusal: str = ""
    needs_operator: bool = False


@dataclass(frozen=True, kw_only=True)
class ExecutionSummary:
    """One line of the list of executions; a projection that can be rebuilt from the journal."""

    execution_id: ExecutionId
    plan_name: str
    mode: str
    status: str
    reason: str
    needs_person: bool
    created_at: datetime
    ended_at: datetime | None
    version: int
    endpoint_fingerprint: str


class ExecutionJournal(Protocol):
    """The append-only truth. Whatever a method returned from is durable.

    Raises:
        StorageError: the database failed; the caller makes no further mutating call.
        LeaseLost: another process drives the execution now.
        ClaimConflict: a server of an intent is in another live attempt.
    """

    async def acquire_lease(self, execution_id: ExecutionId) -> Lease:
        """Take the driver's seat.

        Raises:
            AnotherDriver: a living process holds it.
        """

    async def renew_lease(self, lease: Lease) -> None: ...

    async def release_lease(self, lease: Lease) -> None: ...

    async def append(
        self,
        lease: Lease,
        state: Execution | None,
        events: Sequence[Event],
        answers: Sequence[CommandAnswer] = (),
    ) -> tuple[StoredEvent, ...]:
        """Write events (and answers to commands) after `state`, in one durable transaction.

        Claims and the summary are kept in the same transaction.
        """

    async def read(self, execution_id: ExecutionId, after_sequence: int = 0) -> tuple[StoredEvent, ...]: ...

    async def read_since(self, position: int) -> tuple[StoredEvent, ...]:
        """Return what any process wrote after a position, in order."""

    async def summaries(self, *, live_only: bool = False, limit: int = 500) -> tuple[ExecutionSummary, ...]:
        """Return executions, newest first."""

    async def is_from_backup(self, execution_id: ExecutionId) -> bool:
        """Return whether the execution's newest row came with a database older than what was last written."""

    async def claims(self, endpoint: str, scope: Scope) -> tuple[StartClaim, ...]:
        """Return the servers of every attempt under way in an account and Region, of all processes."""

    async def leave_command(self, execution_id: ExecutionId, command: Command, by: str) -> int:
        """Leave a command for whoever drives the execution; return its id."""

    async def pending_commands(self, execution_id: ExecutionId) -> tuple[PendingCommand, ...]:
        """Return the commands that nobody took up yet, oldest first; what cannot be read too."""

    async def command_answer(self, command_id: int) -> CommandAnswer | None:
        """Return what became of a command, or None while nobody took it up."""

    def on_foreign_write(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, on any thread, when another process has written; return the function that stops it."""


class WorkspaceRepository(Protocol):
    """Accounts, groups and plans; each save of a group or plan keeps the earlier versions."""

    async def accounts(self) -> tuple[TargetAccount, ...]: ...

    async def groups(self) -> tuple[ProtectionGroup, ...]: ...

    async def plans(self) -> tuple[RecoveryPlan, ...]: ...

    async def group(self, group_id: GroupId) -> ProtectionGroup: ...

    async def plan(self, plan_id: PlanId) -> RecoveryPlan: ...

    async def save_accounts(self, accounts: Sequence[TargetAccount]) -> None: ...

    async def save_groups(self, groups: Sequence[ProtectionGroup], *, by: str) -> None: ...

    async def save_plans(self, plans: Sequence[RecoveryPlan], *, by: str) -> None: ...

    async def change(self, changes: Sequence[DocumentChange], *, by: str) -> None:
        """Save and remove groups and plans, all or nothing.

        Raises:
            StaleVersion: one of them was saved by somebody else since it was read; nothing was written.
        """

    async def versions(self, kind: DocumentKind, document_id: str) -> tuple[DocumentVersion, ...]:
        """Return every version of a group or plan, newest first; none when there never was one."""


# ---- publishing


class Subscription(Protocol):
    """A running subscription."""

    def close(self) -> None: ...


class EventHub(Protocol):
    """Tells whoever listens what was committed; only ever after the commit."""

    def subscribe(self, callback: Callable[[tuple[StoredEvent, ...]], None]) -> Subscription: ...

    def publish(self, events: tuple[StoredEvent, ...]) -> None: ...


@dataclass(frozen=True, kw_only=True)
class WorkspaceInfo:
    """Which workspace this is and which AWS it talks to."""

    name: str
    endpoint: Endpoint
    operator: str
    """Who is at the console, as it will stand in the journal."""


class RunningWorkspace(Protocol):
    """Something opened that must be closed again."""

    async def close(self) -> None: ...


AsyncCallback = Callable[[], Awaitable[None]]
WorkspaceContext = AbstractAsyncContextManager[RunningWorkspace]
