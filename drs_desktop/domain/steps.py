"""Steps of a wave: what is waited for, done by hand or checked before its servers start and after.

The kinds are an open set. A kind is a word with settings; what it needs of them is said here, and how it is
carried out by whoever registered a performer for it (`engine/step_performers.py`). A timed wait and a manual
task need no performer: they follow from the clock and from a person's answer alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from drs_desktop.domain.ids import ServerKey

TIMED_WAIT = "timed wait"
MANUAL_TASK = "manual task"
STATUS_CHECKS = "EC2 status checks"
TCP_PROBE = "TCP probe"
LONGEST_WAIT = timedelta(days=400)


class StepPhase(StrEnum):
    """When a step runs."""

    BEFORE = "before"
    """After the wave's turn has come, before its first StartRecovery."""
    AFTER = "after"
    """After its servers launched, before the wave counts as done."""


class StepStatus(StrEnum):
    """How far a step is."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


ENDED_STEPS = frozenset({StepStatus.DONE, StepStatus.FAILED, StepStatus.SKIPPED})


@dataclass(frozen=True, kw_only=True)
class StepSpec:
    """A step as a plan's author wrote it.

    Attributes:
        kind: one of the words above, or one that a performer was registered for.
        settings: what the kind needs, as text: `seconds` for a wait, `port` for a probe.
        instruction: what a person should do, for a manual task.
        time_limit: how long one attempt may take; None means as long as it takes.
        retries: how often it is tried again after a failure.
        is_critical: whether its failure is the wave's failure.
    """

    kind: str
    name: str
    settings: tuple[tuple[str, str], ...] = ()
    instruction: str = ""
    time_limit: timedelta | None = None
    retries: int = 0
    is_critical: bool = True

    def setting(self, key: str) -> str:
        """Return a setting, or an empty string."""
        return dict(self.settings).get(key, "")


@dataclass(frozen=True, kw_only=True, order=True)
class StepKey:
    """Which step of which wave; `index` counts from 1 within its phase."""

    wave: int
    phase: StepPhase
    index: int

    def __str__(self) -> str:
        return f"step {self.index} {self.phase} wave {self.wave}"


@dataclass(frozen=True, kw_only=True)
class StepExecution:
    """How a step stands. Times are service times; `ends_at` is the end of a timed wait."""

    key: StepKey
    spec: StepSpec
    status: StepStatus = StepStatus.PENDING
    attempt: int = 0
    started_at: datetime | None = None
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    evidence: str = ""
    ended_by: str = ""
    failed_servers: tuple[ServerKey, ...] = ()

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED_STEPS

    @property
    def is_failure(self) -> bool:
        """Return whether it failed in a way that is the wave's failure."""
        return self.status is StepStatus.FAILED and self.spec.is_critical

    @property
    def waits_for_person(self) -> bool:
        return self.status is StepStatus.RUNNING and self.spec.kind == MANUAL_TASK

    @property
    def deadline(self) -> datetime | None:
        """Return when the running attempt is out of time, or its wait is over; None when nothing says so."""
        if self.status is not StepStatus.RUNNING or self.started_at is None:
            return None
        limit = self.started_at + self.spec.time_limit if self.spec.time_limit else None
        moments = [moment for moment in (limit, self.ends_at) if moment]
        return min(moments, default=None)


def wait_of(spec: StepSpec) -> timedelta | None:
    """Return how long a timed wait lasts; None for every other kind."""
    return timedelta(seconds=float(spec.setting("seconds"))) if spec.kind == TIMED_WAIT else None


# ---- what a kind needs


def _wait_problem(spec: StepSpec) -> str:
    try:
        seconds = float(spec.setting("seconds"))
    except ValueError:
        return "says no number of seconds to wait."
    longest = LONGEST_WAIT.total_seconds()
    return "" if 0 < seconds <= longest else "must wait for more than nothing and at most 400 days."


def _task_problem(spec: StepSpec) -> str:
    return "" if spec.instruction.strip() else "says not what a person should do."


def _probe_problem(spec: StepSpec) -> str:
    port = spec.setting("port")
    return "" if port.isdigit() and 0 < int(port) < 65536 else "says no port from 1 to 65535."


def _no_problem(spec: StepSpec) -> str:
    return ""


KNOWN_KINDS: Mapping[str, Callable[[StepSpec], str]] = {
    TIMED_WAIT: _wait_problem,
    MANUAL_TASK: _task_problem,
    STATUS_CHECKS: _no_problem,
    TCP_PROBE: _probe_problem,
}


def step_problem(spec: StepSpec, extra_kinds: Mapping[str, Callable[[StepSpec], str]] | None = None) -> str:
    """Return what is wrong with a step as written, or an empty string.

    Args:
        extra_kinds: kinds that performers were registered for beyond the ones known here.
    """
    kinds = {**KNOWN_KINDS, **(extra_kinds or {})}
    if spec.kind not in kinds:
        return f"Step {spec.name!r} is of the kind {spec.kind!r}, which is not known here."
    if spec.retries < 0 or (spec.time_limit is not None and spec.time_limit <= timedelta(0)):
        return f"Step {spec.name!r} has a time limit or a number of retries that cannot be."
    problem = kinds[spec.kind](spec)
    return f"Step {spec.name!r} {problem}" if problem else ""
