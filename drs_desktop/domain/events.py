"""Facts about an execution, in the past tense: what its journal holds for ever.

A new field gets a default; a changed meaning gets a new type. `at` is a service time.
"""

from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain.acceptance import Acceptance
from drs_desktop.domain.event import Event
from drs_desktop.domain.execution import ExecutionStatus, FrozenWave
from drs_desktop.domain.ids import ExecutionId, JobId, PlanId
from drs_desktop.domain.job_events import (
    DriftSeen,
    JobEnded,
    JobLogRecorded,
    JobObserved,
    JobUnderstood,
    ServerChecked,
    ServerErrorRecorded,
    ServerLaunchChanged,
)
from drs_desktop.domain.start_events import (
    ModeContradicted,
    PointInTimeGone,
    StartAbandoned,
    StartAccepted,
    StartArmed,
    StartDecisionNeeded,
    StartDeferred,
    StartLookedAgain,
    StartNotSent,
    StartNotStarted,
    StartOutcomeUnknown,
    StartRefused,
)
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.termination_events import (
    InstanceTerminationChanged,
    TerminationAccepted,
    TerminationArmed,
    TerminationReopened,
    TerminationRequested,
)
from drs_desktop.domain.wave_events import (
    RetryRequested,
    StepEnded,
    StepExtended,
    StepStarted,
    WaveEnded,
    WaveHeld,
    WaveOverdue,
    WaveReleased,
    WaveStarted,
)

__all__ = [
    "CancelRequested",
    "CleanUpRequested",
    "DriftSeen",
    "DriverAttached",
    "Event",
    "ExecutionCreated",
    "ExecutionEnded",
    "InstanceTerminationChanged",
    "JobEnded",
    "JobLogRecorded",
    "JobObserved",
    "JobUnderstood",
    "ModeContradicted",
    "NoteAdded",
    "PauseRequested",
    "PauseWithdrawn",
    "PointInTimeGone",
    "RetryRequested",
    "ServerChecked",
    "ServerErrorRecorded",
    "ServerLaunchChanged",
    "StartAbandoned",
    "StartAccepted",
    "StartArmed",
    "StartDecisionNeeded",
    "StartDeferred",
    "StartLookedAgain",
    "StartNotSent",
    "StartNotStarted",
    "StartOutcomeUnknown",
    "StartRefused",
    "StartsAllowed",
    "StartsHeld",
    "StepEnded",
    "StepExtended",
    "StepStarted",
    "TerminationAccepted",
    "TerminationArmed",
    "TerminationReopened",
    "TerminationRequested",
    "WatchingStopped",
    "WaveEnded",
    "WaveHeld",
    "WaveOverdue",
    "WaveReleased",
    "WaveStarted",
]


@dataclass(frozen=True, kw_only=True)
class ExecutionCreated(Event):
    """An operator asked for a drill or a recovery; the plan is frozen in here, its time target too."""

    execution_id: ExecutionId
    plan_id: PlanId
    plan_name: str
    plan_revision: int
    mode: ExecutionMode
    endpoint_fingerprint: str
    created_by: str
    waves: tuple[FrozenWave, ...]
    recovery_time: timedelta | None = None
    accepted: tuple[Acceptance, ...] = ()
    """What stood against the start, and why somebody accepted it."""


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
    reason: str = ""


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
    reason: str = ""


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
