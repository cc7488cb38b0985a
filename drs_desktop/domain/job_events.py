"""Facts about jobs, the servers in them and the instances they left."""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.event import Event
from drs_desktop.domain.execution import Health
from drs_desktop.domain.ids import JobId, RecoveryInstanceId, ServerKey
from drs_desktop.domain.job import JobLogItem, JobStatus, LaunchPhase, LaunchStatus
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.start_recovery import AttemptKey


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
class DriftSeen(Event):
    """Something in AWS is not as we left it; `servers` are those whose fate it leaves open, or ended.

    Attributes:
        key: the attempt whose job it is about, for drift of a job.
    """

    kind: DriftKind
    wave: int
    words: str
    key: AttemptKey | None = None
    servers: tuple[ServerKey, ...] = ()
    job_id: JobId | None = None
    recovery_instance_id: RecoveryInstanceId | None = None


@dataclass(frozen=True, kw_only=True)
class JobUnderstood(Event):
    """AWS gives a job a status again that this program knows."""

    key: AttemptKey
    job_id: JobId
