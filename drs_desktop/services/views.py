"""Rows and pages as screens and the command line show them: frozen, complete, ready to print."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.execution import ExecutionStatus, Health, HoldKind, TerminationState, WaveStatus
from drs_desktop.domain.ids import (
    AccountId,
    ExecutionId,
    GroupId,
    JobId,
    PlanId,
    RecoveryInstanceId,
    Region,
    Scope,
    ServerKey,
)
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.scope_trouble import ScopeCondition
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode
from drs_desktop.domain.steps import StepKey, StepStatus
from drs_desktop.services.start_views import Finding as Finding
from drs_desktop.services.start_views import PlannedCall as PlannedCall
from drs_desktop.services.start_views import PlannedServer as PlannedServer
from drs_desktop.services.start_views import StartPreview as StartPreview


@dataclass(frozen=True, kw_only=True)
class ActionState:
    """Whether an action is possible now; `reason` says why not, for tooltip, status bar and screen reader."""

    enabled: bool
    reason: str = ""


# ---- inventory


@dataclass(frozen=True, kw_only=True)
class SourceServerRow:
    """One source server in the inventory."""

    key: ServerKey
    name: str
    hostname: str
    account_id: AccountId
    account_name: str
    region: Region
    operating_system: str
    replication_state: DataReplicationState
    replication_error: str
    lag: timedelta | None
    is_extended: bool
    staging_account_id: str
    instance_type: str
    private_ip: str
    disk_count: int
    disk_bytes: int
    tags: tuple[tuple[str, str], ...]
    recovery_instance_id: RecoveryInstanceId | None
    group_names: tuple[str, ...]
    twins: tuple[ServerKey, ...] = ()
    """Other records of the same machine: an extended server and the one in its staging account."""
    last_seen_at: datetime | None = None
    """When DRS last heard of the agent."""


@dataclass(frozen=True, kw_only=True)
class ScopeState:
    """How the last look at one account and Region went; a failure never empties the view."""

    scope: Scope
    account_name: str
    is_ok: bool
    title: str
    explanation: str = ""
    next_step: str = ""
    observed_at: datetime | None = None
    """Service time of the rows shown for this scope, or None when there never were any."""
    condition: ScopeCondition = ScopeCondition.READ
    is_old: bool = False
    """Whether the rows shown are so old that this must be said: of an earlier run, or not to be renewed."""


@dataclass(frozen=True, kw_only=True)
class InventoryView:
    """All source servers of all accounts and Regions, with the state of each."""

    rows: tuple[SourceServerRow, ...]
    scopes: tuple[ScopeState, ...]


# ---- groups and plans


@dataclass(frozen=True, kw_only=True)
class ProtectionGroupRow:
    """A protection group and the servers it selects now."""

    group_id: GroupId
    name: str
    description: str
    selection: str
    """Words for how it selects: `Tags: Application = payroll and Tier = web`, or `List of 6 servers`."""
    scopes: tuple[Scope, ...]
    members: tuple[SourceServerRow, ...]
    missing: tuple[ServerKey, ...]
    """Listed servers that DRS no longer has."""
    plan_names: tuple[str, ...]
    is_complete: bool
    """False when an account could not be read: the members are then only those known."""
    tags: tuple[tuple[str, str], ...] = ()
    """What a group by tags selects by."""
    owner: str = ""
    can_edit: ActionState = ActionState(enabled=True)
    can_remove: ActionState = ActionState(enabled=True)


@dataclass(frozen=True, kw_only=True)
class PlanWaveRow:
    """One wave of a plan, with the servers that fall into it now."""

    number: int
    name: str
    group_names: tuple[str, ...]
    depends_on: tuple[int, ...]
    pause_before: bool
    instruction: str
    failure_policy: str
    servers: tuple[SourceServerRow, ...]
    time_limit: timedelta | None = None
    step_names: tuple[str, ...] = ()
    """The steps before and after it, in their order."""


@dataclass(frozen=True, kw_only=True)
class LastExecution:
    """The newest execution of a plan at this endpoint, live or ended."""

    execution_id: ExecutionId
    mode: str
    status: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """A recovery plan.

    Attributes:
        recovery_time: the target (RTO); None where the author set none.
        recovery_point: the target (RPO).
        shares_with: names of the plans that some of its servers are in too: only one of them runs at a time.
        held_by: those of them that run now.
    """

    plan_id: PlanId
    name: str
    description: str
    revision: int
    waves: tuple[PlanWaveRow, ...]
    problems: tuple[str, ...]
    live_execution_id: ExecutionId | None
    can_start: ActionState
    owner: str = ""
    notes: str = ""
    recovery_time: timedelta | None = None
    recovery_point: timedelta | None = None
    last_execution: LastExecution | None = None
    shares_with: tuple[str, ...] = ()
    held_by: tuple[str, ...] = ()
    can_edit: ActionState = ActionState(enabled=True)
    can_remove: ActionState = ActionState(enabled=True)


# ---- executions


@dataclass(frozen=True, kw_only=True)
class ExecutionRow:
    """One execution in a list."""

    execution_id: ExecutionId
    plan_name: str
    mode: ExecutionMode
    status: ExecutionStatus
    reason: str
    needs_person: bool
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One step before or after a wave."""

    key: StepKey
    name: str
    kind: str
    status: StepStatus
    instruction: str = ""
    ends_at: datetime | None = None
    """Service time at which a timed wait is over."""
    evidence: str = ""
    waits_for_person: bool = False


NOT_NOW = ActionState(enabled=False, reason="There is nothing to decide about it.")


@dataclass(frozen=True, kw_only=True)
class WaveRow:
    """One wave of an execution."""

    execution_id: ExecutionId
    number: int
    name: str
    status: WaveStatus
    reason: str
    instruction: str
    is_held: bool
    hold_kind: HoldKind | None = None
    hold_id: str | None = None
    started_at: datetime | None
    ended_at: datetime | None
    server_count: int
    launched_count: int
    failed_count: int
    depends_on: tuple[int, ...] = ()
    """The waves that must have ended before it begins; none means that it starts at once."""
    steps: tuple[StepRow, ...] = ()
    can_retry: ActionState = NOT_NOW
    can_skip: ActionState = NOT_NOW

    @property
    def waits_alone(self) -> bool:
        """Return whether it is held for a reason of its own, not with the whole execution."""
        return self.is_held and self.hold_kind is not None and not self.hold_kind.is_of_all

    @property
    def needs_reason(self) -> bool:
        """Return whether going on must be explained, because something failed."""
        return self.hold_kind is not None and self.hold_kind.needs_reason


@dataclass(frozen=True, kw_only=True)
class ServerLaunchRow:
    """One server of an execution."""

    execution_id: ExecutionId
    key: ServerKey
    name: str
    wave: int
    wave_name: str
    account_id: AccountId
    account_name: str
    region: Region
    is_critical: bool
    launch_status: LaunchStatus | None
    phase: LaunchPhase
    health: Health
    recovery_instance_id: RecoveryInstanceId | None
    changed_at: datetime | None
    message: str
    """AWS's own text where it gave one, else ours; untrusted, plain text."""
    job_id: JobId | None
    termination: TerminationState | None
    termination_reason: str
    cause: str = ""
    """Why it usually goes wrong like this, in plain words; empty where nothing went wrong."""
    remedy: str = ""
    """What to do about it."""


@dataclass(frozen=True, kw_only=True)
class JobLogRow:
    """One line of what AWS and we did, in order."""

    execution_id: ExecutionId
    position: int
    """Grows with every line of an execution."""
    at: datetime
    wave: int | None
    scope: Scope | None
    job_id: JobId | None
    event: str
    """AWS's word, or ours for what we did."""
    server_name: str
    words: str
    """The same for people."""


@dataclass(frozen=True, kw_only=True)
class DriftRow:
    """Something that others did to a job or an instance of ours in AWS."""

    kind: DriftKind
    wave: int
    server_names: tuple[str, ...]
    seen_at: datetime
    """Service time at which it was first seen."""
    words: str
    job_id: JobId | None = None
    recovery_instance_id: RecoveryInstanceId | None = None


@dataclass(frozen=True, kw_only=True)
class StartQuestion:
    """A start of which nobody knows whether AWS did it; the safe answer is to keep looking."""

    execution_id: ExecutionId
    key: AttemptKey
    text: str
    evidence: tuple[str, ...]
    candidates: tuple[JobId, ...]
    is_asked: bool = False
    """Whether the witnesses could not settle it, so that only an answer can; otherwise it is looked for."""
    looks_until: datetime
    """Local time (UTC): before it, nothing can be said to have been started or not."""
    can_say_ours: ActionState
    can_say_nothing_started: ActionState


@dataclass(frozen=True, kw_only=True)
class ExecutionActions:
    """What can be asked of an execution now."""

    pause: ActionState
    resume: ActionState
    cancel: ActionState
    terminate: ActionState
    clean_up: ActionState = NOT_NOW
    stop_watching: ActionState = NOT_NOW


@dataclass(frozen=True, kw_only=True)
class ExecutionView:
    """One execution, whole: header, waves, servers."""

    execution_id: ExecutionId
    plan_name: str
    mode: ExecutionMode
    status: ExecutionStatus
    reason: str
    needs_person: bool
    pause_requested: bool
    starts_held: str = ""
    """Why nothing new starts before a person says so, or empty."""
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    observed_at: datetime | None
    """Service time of the newest complete look at AWS, or None before the first."""
    watch_problem: str
    """Why AWS cannot be watched just now, or empty."""
    driving_problem: str = ""
    """Why this process had to stop driving it (the database failed, another process took over), or empty."""
    endpoint: str
    waves: tuple[WaveRow, ...]
    servers: tuple[ServerLaunchRow, ...]
    questions: tuple[StartQuestion, ...]
    actions: ExecutionActions
    tasks: tuple[StepRow, ...] = ()
    """Manual tasks that wait for a person's answer."""
    drifts: tuple[DriftRow, ...] = ()
    """What others did to its jobs and instances, oldest first."""
    instances_left: int
    """Recovery instances of this execution that Terminate would remove now."""
    recovery_time: timedelta | None = None
    """The plan's target (RTO) when it was started: first call to last healthy server; None without one."""
    version: int


@dataclass(frozen=True, kw_only=True)
class ExecutionUpdate:
    """What changed: the header always whole (its `waves` and `servers` too), and only the new log lines."""

    view: ExecutionView
    changed_servers: tuple[ServerLaunchRow, ...]
    changed_waves: tuple[WaveRow, ...]
    new_log: tuple[JobLogRow, ...]
