"""The state of an execution: waves, attempts and servers, as folded from its journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from drs_desktop.domain.drift import Drift
from drs_desktop.domain.execution_states import (
    IN_FLIGHT_ATTEMPTS,
    RESTARTABLE_ATTEMPTS,
    SETTLED_TERMINATIONS,
    TERMINAL_STATUSES,
    AttemptStatus,
    ExecutionStatus,
    Health,
    HoldKind,
    TerminationState,
    WaveStatus,
)
from drs_desktop.domain.frozen_plan import FrozenServer, FrozenWave
from drs_desktop.domain.ids import (
    ExecutionId,
    IntentId,
    JobId,
    PlanId,
    RecoveryInstanceId,
    Scope,
    ServerKey,
    SourceServerId,
)
from drs_desktop.domain.job import JobStatus, LaunchPhase, LaunchStatus
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.recovery_snapshot import SnapshotId
from drs_desktop.domain.start_recovery import MAX_SERVERS_PER_JOB, AttemptKey, ExecutionMode, PartKey
from drs_desktop.domain.steps import StepExecution, StepKey, StepPhase

__all__ = [
    "IN_FLIGHT_ATTEMPTS",
    "JOB_PATIENCE",
    "NOT_UNDERSTOOD_LIMIT",
    "RESTARTABLE_ATTEMPTS",
    "SETTLED_TERMINATIONS",
    "TERMINAL_STATUSES",
    "Attempt",
    "AttemptStatus",
    "Deferral",
    "Execution",
    "ExecutionStatus",
    "FrozenServer",
    "FrozenWave",
    "Health",
    "Hold",
    "HoldKind",
    "OperatorRequest",
    "Part",
    "ServerLaunch",
    "TerminationBatch",
    "TerminationState",
    "WaveExecution",
    "WaveStatus",
    "split_into_parts",
]

JOB_PATIENCE = timedelta(hours=4)
"""How long a job may go on before a person is asked about it, again and again, whatever the time limit."""
NOT_UNDERSTOOD_LIMIT = timedelta(hours=2)
"""How long a job with a status not known here is watched before a person is asked, without a time limit."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A wait for a person, named so that it can be released once and only once."""

    hold_id: str
    kind: HoldKind
    reason: str
    since: datetime
    instruction: str = ""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One StartRecovery attempt; `not_after` and `horizon_at` are local times, the rest service times."""

    key: AttemptKey
    status: AttemptStatus
    intent_id: IntentId
    source_server_ids: tuple[SourceServerId, ...]
    request_digest: str
    not_after: datetime
    horizon_at: datetime
    baseline_job_ids: tuple[JobId, ...]
    job_id: JobId | None = None
    job_status: JobStatus | None = None
    job_created_at: datetime | None = None
    job_ended_at: datetime | None = None
    log_items: int = 0
    not_understood_at: datetime | None = None
    """Since when AWS gives the job a status that nobody here knows, or since a person was asked about it."""
    is_server_word_enough: bool = False
    """Whether a person, asked about that, said that each server's own word counts."""
    candidates: tuple[JobId, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Deferral:
    """A part waits in line; `retry_at` is a service time."""

    reason: str
    retry_at: datetime


@dataclass(frozen=True, kw_only=True)
class ServerLaunch:
    """One server of a wave: AWS's word, our reading of the phase, what came of it."""

    key: ServerKey
    name: str
    is_critical: bool = True
    group_name: str = ""
    launch_status: LaunchStatus | None = None
    phase: LaunchPhase = LaunchPhase.WAITING
    job_id: JobId | None = None
    recovery_instance_id: RecoveryInstanceId | None = None
    ec2_state: Ec2InstanceState | None = None
    health: Health = Health.NOT_CHECKED
    error: str = ""
    changed_at: datetime | None = None
    is_sought: bool = False
    """Whether the record of its job is gone, so that only an instance can show that it launched."""
    is_retry_due: bool = False
    """Whether a person asked that it be started again by a new attempt."""
    termination: TerminationState | None = None
    termination_reason: str = ""
    snapshot_id: SnapshotId | None = None
    is_point_gone: bool = False
    """Whether that point in time was not there any more when the server was to be started."""
    """The point in time that it is made from; None means the newest data."""

    @property
    def is_launched(self) -> bool:
        return self.launch_status is LaunchStatus.LAUNCHED

    @property
    def is_good(self) -> bool:
        """Return whether the server came up as asked: launched, and nothing says it is unhealthy."""
        return self.is_launched and self.health is Health.HEALTHY


@dataclass(frozen=True, kw_only=True)
class Part:
    """A slice of a wave that one StartRecovery call may start."""

    key: PartKey
    servers: tuple[ServerKey, ...]


@dataclass(frozen=True, kw_only=True)
class WaveExecution:
    """One wave of an execution."""

    number: int
    name: str
    depends_on: tuple[int, ...]
    pause_before: bool
    instruction: str
    failure_policy: FailurePolicy
    parts: tuple[Part, ...]
    servers: Mapping[ServerKey, ServerLaunch]
    success_threshold: float = 1.0
    time_limit: timedelta | None = None
    steps: Mapping[StepKey, StepExecution] = field(default_factory=dict)
    overdue_at: datetime | None = None
    waited_on_at: datetime | None = None
    """When a person, asked about jobs that do not end, last said to wait on."""
    skipped_by: str = ""
    """Who decided that it never runs, or empty."""
    attempts: Mapping[AttemptKey, Attempt] = field(default_factory=dict)
    deferrals: Mapping[PartKey, Deferral] = field(default_factory=dict)
    hold: Hold | None = None
    is_pause_released: bool = False
    is_failure_accepted: bool = False
    """Whether a person, asked about the failure of this wave, said to go on."""
    started_at: datetime | None = None
    launched_at: datetime | None = None
    ended_at: datetime | None = None
    end_status: WaveStatus | None = None
    end_reason: str = ""

    @property
    def is_ended(self) -> bool:
        return self.end_status is not None

    @property
    def is_in_flight(self) -> bool:
        return self.started_at is not None and self.end_status is None

    def latest_attempt(self, part: PartKey) -> Attempt | None:
        """Return the newest attempt of a part, or None before the first."""
        found = [a for a in self.attempts.values() if a.key.part == part]
        return max(found, key=lambda a: a.key.attempt, default=None)

    @property
    def has_failed(self) -> bool:
        """Return whether it ended without what was asked of it: a critical server, or any server at all."""
        return self.end_status in {WaveStatus.PARTIAL, WaveStatus.FAILED} and self.is_short_of_success

    @property
    def is_short_of_success(self) -> bool:
        """Return whether fewer critical servers are good than asked for, or a critical step failed."""
        critical = [server for server in self.servers.values() if server.is_critical]
        wanted = ceil(
            round(self.success_threshold * len(critical), 6)
        )  # 0.07 of 100 are 7, not 7.000000000001
        too_few = sum(server.is_good for server in critical) < wanted
        return not self.servers or too_few or any(step.is_failure for step in self.steps.values())

    def steps_of(self, phase: StepPhase) -> tuple[StepExecution, ...]:
        """Return the steps of one phase, in order."""
        found = [step for step in self.steps.values() if step.key.phase is phase]
        return tuple(sorted(found, key=lambda step: step.key))

    @property
    def not_understood(self) -> tuple[Attempt, ...]:
        """Return the attempts whose job AWS describes in words that nobody here knows."""
        return tuple(
            a
            for a in self.attempts.values()
            if a.status is AttemptStatus.ACCEPTED and a.not_understood_at is not None
        )

    @property
    def ask_at(self) -> datetime | None:
        """Return when a person is asked about a job that is not understood; None when there is none."""
        since = min((a.not_understood_at for a in self.not_understood if a.not_understood_at), default=None)
        if since is None or self.hold is not None or self.is_ended:
            return None
        return since + (self.time_limit or NOT_UNDERSTOOD_LIMIT)

    @property
    def patience_ends_at(self) -> datetime | None:
        """Return when a person is asked about a job that still runs; None when no job is known to run."""
        begins = [at for a in self.running if (at := a.job_created_at or self.started_at)]
        if not begins or self.hold is not None or self.is_ended:
            return None
        began = min(begins)
        return max(began, self.waited_on_at or began) + JOB_PATIENCE

    @property
    def running(self) -> tuple[Attempt, ...]:
        """Return the attempts whose job goes on in words that are understood."""
        return tuple(
            a
            for a in self.attempts.values()
            if a.status is AttemptStatus.ACCEPTED and a.not_understood_at is None
        )

    @property
    def limit_at(self) -> datetime | None:
        """Return when the wave is over its time limit; None when it has none or was over it already."""
        if self.time_limit is None or self.started_at is None or self.overdue_at or self.is_ended:
            return None
        return self.started_at + self.time_limit


@dataclass(frozen=True, kw_only=True)
class TerminationBatch:
    """One TerminateRecoveryInstances call: a fixed list of ids, so that repeating it is harmless."""

    scope: Scope
    number: int
    intent_id: IntentId
    servers: tuple[ServerKey, ...]
    status: AttemptStatus
    job_id: JobId | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OperatorRequest:
    """Who asked for something, when and why."""

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """An execution of a frozen plan; `version` is the sequence number of the last event folded in."""

    execution_id: ExecutionId
    plan_id: PlanId
    plan_name: str
    plan_revision: int
    mode: ExecutionMode
    endpoint_fingerprint: str
    created_at: datetime
    created_by: str
    waves: tuple[WaveExecution, ...]
    recovery_time: timedelta | None = None
    """The plan's target (RTO) as it was at the start: first call to last healthy server."""
    version: int = 0
    driver_epoch: int = 0
    pause_request: OperatorRequest | None = None
    cancel_request: OperatorRequest | None = None
    starts_held: str = ""
    """Why nothing new may start until a person says so (a restart, a gap), or empty."""
    frozen: str = ""
    """Why everything stopped for good (AWS contradicts the mode we asked for), or empty."""
    end_status: ExecutionStatus | None = None
    end_reason: str = ""
    ended_at: datetime | None = None
    is_clean_up_asked: bool = False
    """Whether what the drill launched is terminated by itself once nothing runs any more."""
    unwatched: OperatorRequest | None = None
    """Who stopped watching, and why."""
    drifts: tuple[Drift, ...] = ()
    """What others did to its jobs and instances, oldest first."""
    is_aws_gone: bool = False
    """Whether it was closed because its simulator was gone: nothing of it can be looked at."""
    termination_request: OperatorRequest | None = None
    termination_batches: tuple[TerminationBatch, ...] = ()

    def wave(self, number: int) -> WaveExecution:
        """Return the wave with this number.

        Raises:
            KeyError: the execution has no such wave.
        """
        return self.waves[self.wave_index(number)]

    def wave_index(self, number: int) -> int:
        """Return where in `waves` the wave with this number stands: as a rule in the order of the numbers.

        Raises:
            KeyError: the execution has no such wave.
        """
        if 0 < number <= len(self.waves) and self.waves[number - 1].number == number:
            return number - 1
        for index, wave in enumerate(self.waves):
            if wave.number == number:
                return index
        raise KeyError(number)

    def attempt(self, key: AttemptKey) -> Attempt:
        return self.wave(key.wave).attempts[key]

    @property
    def servers(self) -> tuple[ServerLaunch, ...]:
        return tuple(server for wave in self.waves for server in wave.servers.values())

    @property
    def may_start(self) -> bool:
        """Return whether a StartRecovery may be sent at all just now."""
        blocked = (
            self.pause_request or self.cancel_request or self.starts_held or self.frozen or self.end_status
        )
        return not blocked

    @property
    def holds(self) -> tuple[WaveExecution, ...]:
        """Return the waves that wait for a person."""
        return tuple(wave for wave in self.waves if wave.hold and not wave.is_ended)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(attempt for wave in self.waves for attempt in wave.attempts.values())

    @property
    def accepted_job_ids(self) -> frozenset[JobId]:
        """Return the jobs that are proved to be this execution's own."""
        return frozenset(a.job_id for a in self.attempts if a.job_id)

    @property
    def is_terminating(self) -> bool:
        return any(s.termination and s.termination not in SETTLED_TERMINATIONS for s in self.servers)


def split_into_parts(wave: int, servers: tuple[ServerKey, ...]) -> tuple[Part, ...]:
    """Return the wave's servers in slices of one account and Region each, at most 100 servers long."""
    parts: list[Part] = []
    for scope in sorted({key.scope for key in servers}):
        keys = sorted(key for key in servers if key.scope == scope)
        for index, start in enumerate(range(0, len(keys), MAX_SERVERS_PER_JOB), start=1):
            part = PartKey(wave=wave, scope=scope, index=index)
            parts.append(Part(key=part, servers=tuple(keys[start : start + MAX_SERVERS_PER_JOB])))
    return tuple(parts)
