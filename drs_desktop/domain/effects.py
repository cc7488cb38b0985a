"""What should be under way: derived from state after every event, never stored."""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.ids import JobId, Scope, ServerKey
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.steps import StepKey


@dataclass(frozen=True, kw_only=True)
class StartRecoveryPart:
    """Start one part by the protocol: baseline, intent, fence, one call, verdict."""

    key: AttemptKey
    servers: tuple[ServerKey, ...]
    not_before: datetime | None = None
    """A service time: the part waits in line until then."""


@dataclass(frozen=True, kw_only=True)
class ReconcileStart:
    """Find out from the witnesses whether an attempt in doubt made a job."""

    key: AttemptKey


@dataclass(frozen=True, kw_only=True)
class WatchJob:
    """Watch a job of ours to its end."""

    key: AttemptKey
    job_id: JobId


@dataclass(frozen=True, kw_only=True)
class CheckInstances:
    """Look at the recovery instances of a wave's launched servers until each has its verdict."""

    wave: int
    scope: Scope


@dataclass(frozen=True, kw_only=True)
class WatchInstances:
    """Look now and then whether the instances that were good in an account and Region still are."""

    scope: Scope


@dataclass(frozen=True, kw_only=True)
class TerminateBatch:
    """Terminate these servers' recovery instances, after proving that they are ours."""

    scope: Scope
    batch: int
    servers: tuple[ServerKey, ...]


@dataclass(frozen=True, kw_only=True)
class WatchTermination:
    """Watch instances until DRS no longer lists them."""

    scope: Scope
    batch: int
    job_id: JobId | None
    servers: tuple[ServerKey, ...]


@dataclass(frozen=True, kw_only=True)
class PerformStep:
    """Carry out one attempt of a step that neither the clock nor a person settles."""

    key: StepKey
    attempt: int


@dataclass(frozen=True, kw_only=True)
class WakeAt:
    """Look again at a moment of service time: a wait or a limit is over then."""

    moment: datetime


Effect = (
    StartRecoveryPart
    | ReconcileStart
    | WatchJob
    | CheckInstances
    | WatchInstances
    | TerminateBatch
    | WatchTermination
    | PerformStep
    | WakeAt
)
