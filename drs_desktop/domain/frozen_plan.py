"""A plan as resolved when an execution was made: history never follows later edits of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.recovery_snapshot import SnapshotId
from drs_desktop.domain.steps import StepSpec


@dataclass(frozen=True, kw_only=True)
class FrozenServer:
    """A source server as resolved when the execution was made.

    Attributes:
        snapshot_id: the point in time that it is made from; None means the newest data.
        data_at: when the data of that point is from.
    """

    key: ServerKey
    name: str
    is_critical: bool = True
    group_name: str = ""
    snapshot_id: SnapshotId | None = None
    data_at: datetime | None = None


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
