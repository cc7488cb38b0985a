"""Facts about StartRecovery calls: the start protocol's record."""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.event import Event
from drs_desktop.domain.ids import IntentId, JobId, ServerKey, SourceServerId
from drs_desktop.domain.start_recovery import AttemptKey, PartKey


@dataclass(frozen=True, kw_only=True)
class StartDeferred(Event):
    """A part waits in line; nothing was called."""

    part: PartKey
    reason: str
    retry_at: datetime


@dataclass(frozen=True, kw_only=True)
class PointInTimeGone(Event):
    """Chosen points in time are gone; only a person can say that the newest data of the servers will do."""

    wave: int
    servers: tuple[ServerKey, ...]


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
class StartAbandoned(Event):
    """A person stopped watching a job: it may go on in AWS."""

    key: AttemptKey
    by: str


@dataclass(frozen=True, kw_only=True)
class ModeContradicted(Event):
    """AWS reports another mode than was asked for: the execution is frozen at once."""

    key: AttemptKey
    job_id: JobId
    detail: str
