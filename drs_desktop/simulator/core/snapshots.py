"""Point-in-time snapshots, derived from the clock by the policy's three rules.

Source: the model's `PITPolicyRule` and the guide's "Point in time (PIT) policy": every 10 minutes for an
hour, every hour for a day, every day for N days (7 unless changed).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from drs_desktop.simulator.core.ids import IdFactory
from drs_desktop.simulator.core.source_server import SourceServer

_DAYS = 7
_RULES = (
    (timedelta(minutes=10), timedelta(hours=1)),
    (timedelta(hours=1), timedelta(days=1)),
    (timedelta(days=1), timedelta(days=_DAYS)),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class RecoverySnapshot:
    """One point in time a server can be launched from."""

    id: str
    source_server_id: str
    expected_at: datetime
    taken_at: datetime
    ebs_snapshot_ids: tuple[str, ...]


def snapshots_of(server: SourceServer, now: datetime, ids: IdFactory) -> list[RecoverySnapshot]:
    """Return the snapshots of a server that exist at `now`, oldest first."""
    since = server.home.protected_from
    if since is None or not server.replication.is_recoverable:
        return []
    newest = now - server.replication.lag_at(now)
    moments: set[datetime] = set()
    for interval, retention in _RULES:
        moments.update(_moments(newest, now, interval, retention))
    return [_snapshot(server, moment, ids) for moment in sorted(moments) if moment >= since]


def _moments(newest: datetime, now: datetime, interval: timedelta, retention: timedelta) -> list[datetime]:
    latest = newest - (newest - _EPOCH) % interval
    count = retention // interval
    return [
        latest - step * interval for step in range(count) if now - (latest - step * interval) <= retention
    ]


def _snapshot(server: SourceServer, moment: datetime, ids: IdFactory) -> RecoverySnapshot:
    stamp = moment.isoformat()
    disks = (disk.device_name for disk in server.profile.disks)
    return RecoverySnapshot(
        id=ids.stable("pit-", server.id, stamp),
        source_server_id=server.id,
        expected_at=moment,
        taken_at=moment + timedelta(seconds=2, microseconds=int(server.id[-3:], 16) * 100),
        ebs_snapshot_ids=tuple(ids.stable("snap-", server.id, stamp, disk) for disk in disks),
    )
