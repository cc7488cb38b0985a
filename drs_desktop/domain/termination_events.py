"""Facts about the removal of recovery instances."""

from dataclasses import dataclass

from drs_desktop.domain.event import Event
from drs_desktop.domain.execution import TerminationState
from drs_desktop.domain.ids import IntentId, JobId, Scope, ServerKey


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
