"""Enums to words, shapes and tones: the only place that says how a status reads and looks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum

from PySide6.QtCore import QCoreApplication

from drs_desktop.domain.execution import ExecutionStatus, Health, TerminationState, WaveStatus
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.steps import StepStatus


def tr(text: str) -> str:
    return QCoreApplication.translate("StatusText", text)


class Tone(StrEnum):
    """The meaning behind a status colour; the theme knows the colour."""

    DONE = "done"
    RUNNING = "running"
    HELD = "held"
    FAILED = "failed"
    IDLE = "idle"
    UNKNOWN = "unknown"


class Shape(Enum):
    """What stands beside the word, so that nothing is said by colour alone; the value is its letter."""

    CHECK = "✓"
    HALF = "◐"
    PAUSE = "‖"
    TRIANGLE = "▲"
    CROSS = "✕"
    CIRCLE = "○"
    DASH = "–"
    QUESTION = "?"


@dataclass(frozen=True)
class Look:
    """How a status is shown: word, tone and shape together."""

    word: str
    tone: Tone
    shape: Shape

    @property
    def text(self) -> str:
        """Return shape and word, for places that only take text."""
        return f"{self.shape.value} {self.word}"


_EXECUTION = {
    ExecutionStatus.PENDING: ("Not started", Tone.IDLE, Shape.CIRCLE),
    ExecutionStatus.INITIATED: ("Starting", Tone.RUNNING, Shape.HALF),
    ExecutionStatus.POLLING: ("Preparing servers", Tone.RUNNING, Shape.HALF),
    ExecutionStatus.LAUNCHING: ("Launching", Tone.RUNNING, Shape.HALF),
    ExecutionStatus.PAUSED: ("Waiting for you", Tone.HELD, Shape.PAUSE),
    ExecutionStatus.CANCELLING: ("Cancelling", Tone.HELD, Shape.TRIANGLE),
    ExecutionStatus.COMPLETED: ("Completed", Tone.DONE, Shape.CHECK),
    ExecutionStatus.PARTIAL: ("Partly failed", Tone.FAILED, Shape.CROSS),
    ExecutionStatus.FAILED: ("Failed", Tone.FAILED, Shape.CROSS),
    ExecutionStatus.CANCELLED: ("Cancelled", Tone.IDLE, Shape.DASH),
}
_WAVE = {
    WaveStatus.PENDING: ("Not started", Tone.IDLE, Shape.CIRCLE),
    WaveStatus.QUEUED: ("In line", Tone.IDLE, Shape.CIRCLE),
    WaveStatus.HELD: ("Waiting for you", Tone.HELD, Shape.PAUSE),
    WaveStatus.PREPARING: ("Preparing", Tone.RUNNING, Shape.HALF),
    WaveStatus.STARTING: ("Starting", Tone.RUNNING, Shape.HALF),
    WaveStatus.POLLING: ("Preparing servers", Tone.RUNNING, Shape.HALF),
    WaveStatus.LAUNCHING: ("Launching", Tone.RUNNING, Shape.HALF),
    WaveStatus.VERIFYING: ("Checking", Tone.RUNNING, Shape.HALF),
    WaveStatus.COMPLETED: ("Completed", Tone.DONE, Shape.CHECK),
    WaveStatus.PARTIAL: ("Partly failed", Tone.FAILED, Shape.CROSS),
    WaveStatus.FAILED: ("Failed", Tone.FAILED, Shape.CROSS),
    WaveStatus.SKIPPED: ("Skipped", Tone.IDLE, Shape.DASH),
    WaveStatus.CANCELLED: ("Cancelled", Tone.IDLE, Shape.DASH),
}
_LAUNCH = {
    LaunchStatus.PENDING: ("In line", Tone.IDLE, Shape.CIRCLE),
    LaunchStatus.IN_PROGRESS: ("In progress", Tone.RUNNING, Shape.HALF),
    LaunchStatus.LAUNCHED: ("Launched", Tone.DONE, Shape.CHECK),
    LaunchStatus.FAILED: ("Failed", Tone.FAILED, Shape.CROSS),
    LaunchStatus.TERMINATED: ("Terminated", Tone.IDLE, Shape.DASH),
    LaunchStatus.UNKNOWN: ("Not known", Tone.UNKNOWN, Shape.QUESTION),
}
_TERMINATION = {
    TerminationState.REQUESTED: ("Termination asked", Tone.RUNNING, Shape.HALF),
    TerminationState.TERMINATING: ("Terminating", Tone.RUNNING, Shape.HALF),
    TerminationState.TERMINATED: ("Terminated", Tone.IDLE, Shape.DASH),
    TerminationState.SKIPPED: ("Not terminated", Tone.HELD, Shape.TRIANGLE),
    TerminationState.FAILED: ("Termination failed", Tone.FAILED, Shape.CROSS),
}
_HEALTH = {
    Health.NOT_CHECKED: ("Not checked", Tone.IDLE, Shape.DASH),
    Health.HEALTHY: ("Healthy", Tone.DONE, Shape.CHECK),
    Health.UNHEALTHY: ("Unhealthy", Tone.FAILED, Shape.CROSS),
}
_STEP = {
    StepStatus.PENDING: ("Not started", Tone.IDLE, Shape.CIRCLE),
    StepStatus.RUNNING: ("Under way", Tone.RUNNING, Shape.HALF),
    StepStatus.DONE: ("Done", Tone.DONE, Shape.CHECK),
    StepStatus.FAILED: ("Failed", Tone.FAILED, Shape.CROSS),
    StepStatus.SKIPPED: ("Skipped", Tone.IDLE, Shape.DASH),
}
_REPLICATION = {
    DataReplicationState.CONTINUOUS: ("Continuous", Tone.DONE, Shape.CHECK),
    DataReplicationState.CREATING_SNAPSHOT: ("Creating snapshot", Tone.RUNNING, Shape.HALF),
    DataReplicationState.INITIATING: ("Initiating", Tone.RUNNING, Shape.HALF),
    DataReplicationState.INITIAL_SYNC: ("Initial sync", Tone.RUNNING, Shape.HALF),
    DataReplicationState.RESCAN: ("Rescanning", Tone.RUNNING, Shape.HALF),
    DataReplicationState.BACKLOG: ("Backlog", Tone.HELD, Shape.TRIANGLE),
    DataReplicationState.PAUSED: ("Paused", Tone.HELD, Shape.PAUSE),
    DataReplicationState.STOPPED: ("Stopped", Tone.FAILED, Shape.CROSS),
    DataReplicationState.STALLED: ("Stalled", Tone.FAILED, Shape.CROSS),
    DataReplicationState.DISCONNECTED: ("Disconnected", Tone.FAILED, Shape.CROSS),
    DataReplicationState.UNKNOWN: ("Not known", Tone.UNKNOWN, Shape.QUESTION),
}
_PHASE = {
    LaunchPhase.WAITING: "Waiting",
    LaunchPhase.CLEANUP: "Clean-up",
    LaunchPhase.SNAPSHOT: "Snapshot",
    LaunchPhase.CONVERSION: "Conversion",
    LaunchPhase.LAUNCH: "Launch",
    LaunchPhase.DONE: "Done",
    LaunchPhase.UNKNOWN: "Not known",
}
_FINDING = {
    "failed": ("Failed", Tone.FAILED, Shape.CROSS),
    "not checked": ("Not checked", Tone.UNKNOWN, Shape.QUESTION),
    "warning": ("Warning", Tone.HELD, Shape.TRIANGLE),
    "passed": ("Passed", Tone.DONE, Shape.CHECK),
}
FINDING_ORDER = tuple(_FINDING)
_PHASE_ORDER = tuple(_PHASE)


def _look(entry: tuple[str, Tone, Shape]) -> Look:
    word, tone, shape = entry
    return Look(tr(word), tone, shape)


def execution_look(status: ExecutionStatus, *, needs_person: bool = False) -> Look:
    """Return how an execution's status shows; one that runs but needs a person says that."""
    look = _look(_EXECUTION[status])
    if needs_person and look.tone is Tone.RUNNING:
        return Look(tr("Needs you"), Tone.HELD, Shape.TRIANGLE)
    return look


def wave_look(status: WaveStatus) -> Look:
    return _look(_WAVE[status])


def launch_look(status: LaunchStatus | None) -> Look:
    """Return how a server's launch status shows; None means that no job has it yet."""
    if status is None:
        return Look(tr("Not started"), Tone.IDLE, Shape.CIRCLE)
    return _look(_LAUNCH[status])


def termination_look(state: TerminationState) -> Look:
    return _look(_TERMINATION[state])


def health_look(health: Health) -> Look:
    return _look(_HEALTH[health])


def step_look(status: StepStatus, *, waits_for_person: bool = False) -> Look:
    """Return how a step shows; a manual task that runs waits for a person."""
    return Look(tr("Waiting for you"), Tone.HELD, Shape.PAUSE) if waits_for_person else _look(_STEP[status])


def replication_look(state: DataReplicationState) -> Look:
    return _look(_REPLICATION[state])


def finding_look(level: str) -> Look:
    """Return how a line of the check shows; a level not known counts as not checked."""
    return _look(_FINDING.get(level, _FINDING["not checked"]))


def finding_rank(level: str) -> int:
    """Return the place of a line of the check: failures first."""
    return FINDING_ORDER.index(level) if level in FINDING_ORDER else 1


def phase_words(phase: LaunchPhase) -> str:
    return tr(_PHASE[phase])


def phase_rank(phase: LaunchPhase) -> int:
    return _PHASE_ORDER.index(phase)


def mode_words(mode: ExecutionMode) -> str:
    return tr("DRILL") if mode.is_drill else tr("RECOVERY")


def counted(count: int, one: str, many: str) -> str:
    """Return a number with its noun: `1 server`, `4 servers`."""
    return f"{count} {one if count == 1 else many}"


def duration_words(span: timedelta) -> str:
    """Return a duration in at most two units: `41 s`, `3 min`, `2 h 5 min`, `3 d 4 h`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return tr("{0} s").format(seconds)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes < 60:
        return tr("{0} min").format(minutes)
    if hours < 24:
        rest = minutes % 60
        return tr("{0} h {1} min").format(hours, rest) if rest else tr("{0} h").format(hours)
    rest = hours % 24
    return tr("{0} d {1} h").format(days, rest) if rest else tr("{0} d").format(days)


def clock_words(span: timedelta) -> str:
    """Return a running time as a clock shows it: `12:41`, `1:02:41`."""
    seconds = max(0, int(span.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def age_words(observed_at: datetime | None, now: datetime) -> str:
    """Return how old a value is, as `data 3 s old`."""
    if observed_at is None:
        return tr("no data yet")
    return tr("data {0} old").format(duration_words(now - observed_at))


def time_words(at: datetime | None) -> str:
    """Return the time of day here, or a dash."""
    return at.astimezone().strftime("%H:%M:%S") if at else "–"


def moment_words(at: datetime | None) -> str:
    """Return date and time here, or a dash."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else "–"


def size_words(size: int) -> str:
    """Return bytes as GiB or TiB."""
    gib = size / 2**30
    return tr("{0} TiB").format(f"{gib / 1024:.1f}") if gib >= 1024 else tr("{0} GiB").format(f"{gib:.0f}")
