"""Facts about waves and their steps."""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.event import Event
from drs_desktop.domain.execution import HoldKind, WaveStatus
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.steps import StepKey, StepStatus


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
class WaveEnded(Event):
    """A wave is over, or will never run."""

    wave: int
    status: WaveStatus
    reason: str = ""
    by: str = ""
    """Who decided that it is skipped, or empty."""


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
