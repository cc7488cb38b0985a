"""Replication of a source server: state, lag, disks still to catch up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ReplicationState(StrEnum):
    """The model's `DataReplicationState`."""

    STOPPED = "STOPPED"
    INITIATING = "INITIATING"
    INITIAL_SYNC = "INITIAL_SYNC"
    BACKLOG = "BACKLOG"
    CREATING_SNAPSHOT = "CREATING_SNAPSHOT"
    CONTINUOUS = "CONTINUOUS"
    PAUSED = "PAUSED"
    RESCAN = "RESCAN"
    STALLED = "STALLED"
    DISCONNECTED = "DISCONNECTED"


LAG_GROWS_IN = frozenset({ReplicationState.STALLED, ReplicationState.DISCONNECTED, ReplicationState.PAUSED})
"""States in which no data moves, so that the lag grows second by second."""

WITHOUT_RECOVERY_POINT = frozenset(
    {
        ReplicationState.STOPPED,
        ReplicationState.INITIATING,
        ReplicationState.INITIAL_SYNC,
        ReplicationState.DISCONNECTED,
    }
)
"""States in which there is nothing to launch from (our reading of the model's state list)."""
_SILENT = frozenset({ReplicationState.STALLED, ReplicationState.DISCONNECTED})
"""States in which the agent is not heard."""
_HEARTBEAT = timedelta(seconds=20)


@dataclass(frozen=True, kw_only=True)
class Replication:
    """How far the replication of a server was at `measured_at`."""

    state: ReplicationState = ReplicationState.CONTINUOUS
    """What DRS says about it."""
    lag: timedelta = timedelta(0)
    """Time since the data was last in continuous protection, at `measured_at`."""
    measured_at: datetime
    """When `lag` was true."""
    backlog_bytes: int = 0
    """Bytes still to send, over all disks."""
    error: str | None = None
    """A word of the model's `DataReplicationErrorString`, if any."""
    phase_length: timedelta | None = None
    """How long the state lasts when it is a phase that ends by itself."""

    def lag_at(self, now: datetime) -> timedelta:
        """Return the lag at `now`; it grows while nothing moves."""
        if self.state in LAG_GROWS_IN:
            return self.lag + max(now - self.measured_at, timedelta(0))
        return self.lag

    def last_heard_at(self, now: datetime) -> datetime:
        """Return when the agent last spoke to the service: a silent one not since it fell behind."""
        return now - (self.lag_at(now) if self.state in _SILENT else _HEARTBEAT)

    def ready_at(self, now: datetime) -> datetime | None:
        """Return when the service expects to have caught up; None while it forecasts nothing."""
        return now + self.lag_at(now) / 2 if self.state is ReplicationState.BACKLOG else None

    @property
    def is_recoverable(self) -> bool:
        """Return whether there is a point to launch from."""
        return self.state not in WITHOUT_RECOVERY_POINT

    def replicated_bytes(self, size: int, now: datetime) -> int:
        """Return how much of a disk of this size has ever been copied."""
        if self.state in (ReplicationState.INITIATING, ReplicationState.STOPPED):
            return 0
        is_first = self.state is ReplicationState.INITIAL_SYNC
        return int(size * self.progress_at(now)) if is_first else size

    def progress_at(self, now: datetime) -> float:
        """Return how much of the phase is done, from 0 to 1; 1 when it is no phase."""
        if not self.phase_length:
            return 1.0
        return min(max((now - self.measured_at) / self.phase_length, 0.0), 1.0)
