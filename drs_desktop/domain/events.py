"""Facts about an execution, in the past tense: what its journal holds for ever.

A new field gets a default; a changed meaning gets a new type. `at` is a service time.
"""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.execution import (
    ExecutionStatus,
    FrozenWave,
    Health,
    HoldKind,
    TerminationState,
    WaveStatus,
)
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
from drs_desktop.domain.job import JobLogItem, JobStatus, LaunchPhase, LaunchStatus
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode, PartKey
from drs_desktop.domain.steps import StepKey, StepStatus


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact, and when it was so."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class ExecutionCreated(Event):
    """An operator asked for a drill or a recovery; the plan is frozen in here."""

    execution_id: ExecutionId
    plan_id: PlanId
    plan_name: str
    plan_revision: int
    mode: ExecutionMode
    endpoint_fingerprint: str
    created_by: str
    waves: tuple[FrozenWave, ...]


@dataclass(frozen=True, kw_only=True)
class DriverAttached(Event):
    """A process took the driver's seat; every intent without outcome is in doubt from here on."""

    epoch: int
    by: str


@dataclass(frozen=True, kw_only=True)
class StartsHeld(Event):
    """Nothing new starts until a person says so."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class StartsAllowed(Event):
    """A person said that starting may go on."""

    by: str


@dataclass(frozen=True, kw_only=True)
class WaveHeld(Event):
    """A wave waits for a person before it starts."""

    wave: int
    hold_id: str
    kind: HoldKind
    reason: str
    instruction: str = ""


@dataclass(frozen=True, kw_only=True)
class WaveReleased(Event):
    """A person released one named hold."""

    wave: int
    hold_id: str
    by: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class WaveStarted(Event):
    """A wave's predecessors ended and nothing holds it: its parts may be started."""

    wave: int


@dataclass(frozen=True, kw_only=True)
class StartDeferred(Event):
    """A part waits in line; nothing was called."""

    part: PartKey
    reason: str
    retry_at: datetime


@dataclass(frozen=True, kw_only=True)
class StartArmed(Event):
    """The intent of one StartRecovery call, committed before the call. Times are local."""

    key: AttemptKey
    intent_id: IntentId
    source_server_ids: tuple[SourceServerId, ...]
    is_drill: bool
    request_digest: str
    baseline_job_ids: tuple[JobId, ...]
    not_after: datetime
    horizon_at: datetime
    epoch: int


@dataclass(frozen=True, kw_only=True)
class StartAccepted(Event):
    """A job is ours; `evidence` says how we know."""

    key: AttemptKey
    job_id: JobId
    evidence: str


@dataclass(frozen=True, kw_only=True)
class StartRefused(Event):
    """AWS refused the call for certain, or a check before it did: no job exists."""

    key: AttemptKey
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class StartNotSent(Event):
    """No byte of the request left this machine; it may be armed again."""

    key: AttemptKey
    reason: str
    retry_at: datetime


@dataclass(frozen=True, kw_only=True)
class StartOutcomeUnknown(Event):
    """The call may have arrived: only witnesses can tell."""

    key: AttemptKey
    reason: str


@dataclass(frozen=True, kw_only=True)
class StartDecisionNeeded(Event):
    """The witnesses cannot settle whether AWS started it; a person must."""

    key: AttemptKey
    candidates: tuple[JobId, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class StartLookedAgain(Event):
    """A person chose to keep looking for longer."""

    key: AttemptKey
    by: str
    horizon_at: datetime


@dataclass(frozen=True, kw_only=True)
class StartNotStarted(Event):
    """Nothing was started by this attempt, on evidence."""

    key: AttemptKey
    evidence: str


@dataclass(frozen=True, kw_only=True)
class ModeContradicted(Event):
    """AWS reports another mode than was asked for: the execution is frozen at once."""

    key: AttemptKey
    job_id: JobId
    detail: str


@dataclass(frozen=True, kw_only=True)
class JobObserved(Event):
    """A job of ours has a new status."""

    key: AttemptKey
    job_id: JobId
    status: JobStatus
    created_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class JobLogRecorded(Event):
    """New lines of a job's log, copied because DRS forgets them."""

    key: AttemptKey
    job_id: JobId
    items: tuple[JobLogItem, ...]


@dataclass(frozen=True, kw_only=True)
class JobEnded(Event):
    """A job ended, its log was read to the end and every server of it has its verdict."""

    key: AttemptKey
    job_id: JobId


@dataclass(frozen=True, kw_only=True)
class ServerLaunchChanged(Event):
    """AWS's word for one server changed, or its phase did."""

    wave: int
    server: ServerKey
    job_id: JobId | None
    launch_status: LaunchStatus | None
    phase: LaunchPhase
    recovery_instance_id: RecoveryInstanceId | None = None


@dataclass(frozen=True, kw_only=True)
class ServerErrorRecorded(Event):
    """Why a server failed, in AWS's own text where it gave one."""

    wave: int
    server: ServerKey
    error: str


@dataclass(frozen=True, kw_only=True)
class ServerChecked(Event):
    """What the recovery instance of a launched server was seen to be."""

    wave: int
    server: ServerKey
    recovery_instance_id: RecoveryInstanceId | None
    ec2_state: Ec2InstanceState | None
    health: Health
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class WaveEnded(Event):
    """A wave is over, or will never run."""

    wave: int
    status: WaveStatus
    reason: str = ""
    by: str = ""
    """Who decided that it is skipped, or empty."""


@dataclass(frozen=True, kw_only=True)
class StepStarted(Event):
    """An attempt of a step began; `ends_at` is the end of a timed wait."""

    key: StepKey
    attempt: int
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StepExtended(Event):
    """A person made a timed wait longer, or shorter."""

    key: StepKey
    ends_at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class StepEnded(Event):
    """An attempt of a step ended; `failed_servers` did not pass a check."""

    key: StepKey
    status: StepStatus
    evidence: str = ""
    by: str = ""
    failed_servers: tuple[ServerKey, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WaveOverdue(Event):
    """A wave is over its time limit; its jobs are watched on all the same."""

    wave: int


@dataclass(frozen=True, kw_only=True)
class RetryRequested(Event):
    """A person asked that the failed servers and steps of a wave be tried again, as new attempts."""

    wave: int
    servers: tuple[ServerKey, ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class StartAbandoned(Event):
    """A person stopped watching a job: it may go on in AWS."""

    key: AttemptKey
    by: str


@dataclass(frozen=True, kw_only=True)
class WatchingStopped(Event):
    """A person stopped watching what still runs in AWS; `reason` and what is left are on record.

    Attributes:
        is_aws_gone: the simulator it ran on is gone, so that what was launched is not looked at either.
    """

    by: str
    reason: str
    job_ids: tuple[JobId, ...]
    is_aws_gone: bool = False


@dataclass(frozen=True, kw_only=True)
class CleanUpRequested(Event):
    """A person asked that a drill's instances be terminated once nothing runs any more."""

    by: str


@dataclass(frozen=True, kw_only=True)
class NoteAdded(Event):
    """A person wrote something down."""

    by: str
    text: str


@dataclass(frozen=True, kw_only=True)
class PauseRequested(Event):
    """An operator asked that nothing new starts; what runs in AWS goes on."""

    by: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PauseWithdrawn(Event):
    """An operator ended the pause."""

    by: str


@dataclass(frozen=True, kw_only=True)
class CancelRequested(Event):
    """An operator cancelled; jobs already in AWS are watched to their end."""

    by: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ExecutionEnded(Event):
    """Nothing is in flight and nothing will run any more."""

    status: ExecutionStatus
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class TerminationRequested(Event):
    """An operator asked that these servers' recovery instances be terminated."""

    by: str
    servers: tuple[ServerKey, ...]


@dataclass(frozen=True, kw_only=True)
class TerminationArmed(Event):
    """The intent of one TerminateRecoveryInstances call, committed before the call."""

    scope: Scope
    batch: int
    intent_id: IntentId
    servers: tuple[ServerKey, ...]
    epoch: int


@dataclass(frozen=True, kw_only=True)
class TerminationAccepted(Event):
    """AWS made a TERMINATE job."""

    scope: Scope
    batch: int
    job_id: JobId


@dataclass(frozen=True, kw_only=True)
class TerminationReopened(Event):
    """The call's outcome was read back as not done, or it was deferred: its instances are due again."""

    scope: Scope
    batch: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class InstanceTerminationChanged(Event):
    """What became of one recovery instance."""

    server: ServerKey
    state: TerminationState
    reason: str = ""
