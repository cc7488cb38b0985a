"""What `decide` is told: commands, observations from AWS, outcomes of effects, the clock."""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.commands import Command
from drs_desktop.domain.execution import TerminationState
from drs_desktop.domain.ids import IntentId, JobId, RecoveryInstanceId, Scope, ServerKey
from drs_desktop.domain.job import Job, JobLogItem
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.start_recovery import AttemptKey, Baseline, PartKey, StartRecoveryRequest
from drs_desktop.domain.steps import StepKey


@dataclass(frozen=True, kw_only=True)
class OperatorSaid:
    """A command and who gave it."""

    command: Command
    by: str


@dataclass(frozen=True, kw_only=True)
class DriverTookSeat:
    """A process holds the lease now; `decided` when a person asked for just that (`run`, `resume`)."""

    epoch: int
    by: str
    decided: bool


@dataclass(frozen=True, kw_only=True)
class GapNoticed:
    """The machine slept or the process hung for so long that a person must look first.

    Attributes:
        outweighs: whether it is put to a person also where starts are held for another reason already.
    """

    reason: str
    outweighs: bool = False


@dataclass(frozen=True, kw_only=True)
class StartPrepared:
    """The checks before a StartRecovery passed. `not_after` and `horizon_at` are local times."""

    key: AttemptKey
    intent_id: IntentId
    request: StartRecoveryRequest
    baseline: Baseline
    not_after: datetime
    horizon_at: datetime


@dataclass(frozen=True, kw_only=True)
class StartMustWait:
    """A part has to wait in line; nothing was called."""

    part: PartKey
    reason: str
    retry_at: datetime


@dataclass(frozen=True, kw_only=True)
class PointsAreGone:
    """Just before a start: chosen points in time that are not there any more; nothing was called."""

    wave: int
    servers: tuple[ServerKey, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class StartWasAccepted:
    """StartRecovery answered with a job, or a witness showed that the job is ours."""

    key: AttemptKey
    job: Job
    evidence: str


@dataclass(frozen=True, kw_only=True)
class StartWasRefused:
    """For certain no job exists, and waiting will not help."""

    key: AttemptKey
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class StartWasNotSent:
    """For certain no job exists; the same may be tried again from `retry_at` (service time) on."""

    key: AttemptKey
    reason: str
    retry_at: datetime


@dataclass(frozen=True, kw_only=True)
class StartIsUnknown:
    """The call may have arrived."""

    key: AttemptKey
    reason: str


@dataclass(frozen=True, kw_only=True)
class NothingWasStarted:
    """The horizon passed and complete reads of every witness show nothing."""

    key: AttemptKey
    evidence: str


@dataclass(frozen=True, kw_only=True)
class StartIsUndecidable:
    """The horizon passed and what was seen neither proves nor excludes that it is ours."""

    key: AttemptKey
    candidates: tuple[JobId, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class JobSeen:
    """A job as DescribeJobs tells it now, and the log lines beyond those already recorded."""

    key: AttemptKey
    job: Job
    new_log_items: tuple[JobLogItem, ...]
    is_log_complete: bool


@dataclass(frozen=True, kw_only=True)
class JobIsMissing:
    """A complete read of DescribeJobs no longer has a job of ours: its record was deleted."""

    key: AttemptKey
    job_id: JobId


@dataclass(frozen=True, kw_only=True)
class InstancesSeen:
    """A complete read of the recovery instances of a wave's servers in one account and Region."""

    wave: int
    scope: Scope
    instances: tuple[RecoveryInstance, ...]


@dataclass(frozen=True, kw_only=True)
class InstancesWatched:
    """A complete read, long after the launch, of the recovery instances of these servers."""

    servers: frozenset[ServerKey]
    instances: tuple[RecoveryInstance, ...]


@dataclass(frozen=True, kw_only=True)
class TerminationPrepared:
    """These instances were just proved to be ours and alive."""

    scope: Scope
    batch: int
    intent_id: IntentId
    servers: tuple[ServerKey, ...]


@dataclass(frozen=True, kw_only=True)
class TerminationWasAccepted:
    """AWS made a TERMINATE job."""

    scope: Scope
    batch: int
    job_id: JobId


@dataclass(frozen=True, kw_only=True)
class TerminationMustRepeat:
    """The call was deferred, or reading back shows that it did not arrive; repeating it is harmless."""

    scope: Scope
    batch: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class TerminationSeen:
    """What became of one recovery instance."""

    server: ServerKey
    state: TerminationState
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class InstanceFound:
    """A job of this execution left an instance of a server of which nobody knew whether it launched."""

    server: ServerKey
    recovery_instance_id: RecoveryInstanceId


@dataclass(frozen=True, kw_only=True)
class StepPerformed:
    """An attempt of a step came to an end; `failed_servers` did not pass a check."""

    key: StepKey
    attempt: int
    is_done: bool
    evidence: str
    failed_servers: tuple[ServerKey, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PrincipalChanged:
    """Somebody else is signed in now than before."""

    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ClockTicked:
    """Time passed; something may be due."""


Input = (
    OperatorSaid
    | DriverTookSeat
    | GapNoticed
    | PointsAreGone
    | StartPrepared
    | StartMustWait
    | StartWasAccepted
    | StartWasRefused
    | StartWasNotSent
    | StartIsUnknown
    | NothingWasStarted
    | StartIsUndecidable
    | JobSeen
    | JobIsMissing
    | InstancesSeen
    | InstancesWatched
    | TerminationPrepared
    | TerminationWasAccepted
    | TerminationMustRepeat
    | TerminationSeen
    | InstanceFound
    | StepPerformed
    | PrincipalChanged
    | ClockTicked
)
