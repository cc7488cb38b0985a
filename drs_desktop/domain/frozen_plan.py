"""A plan as resolved when an execution was made: history never follows later edits of it."""

from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.steps import StepSpec


@dataclass(frozen=True, kw_only=True)
class FrozenServer:
    """A source server as resolved when the execution was made."""

    key: ServerKey
    name: str
    is_critical: bool = True
    group_name: str = ""


@dataclass(frozen=True, kw_only=True)
class FrozenWave:
    """A wave as resolved when the execution was made; history never follows later edits of the plan."""

    number: int
    name: str
    depends_on: tuple[int, ...]
    pause_before: bool
    instruction: str
    failure_policy: FailurePolicy
    servers: tuple[FrozenServer, ...]
    success_threshold: float = 1.0
    time_limit: timedelta | None = None
    steps_before: tuple[StepSpec, ...] = ()
    steps_after: tuple[StepSpec, ...] = ()
