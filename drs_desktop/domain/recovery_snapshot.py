"""Recovery snapshots: the points in time a server can be launched from (API shape `RecoverySnapshot`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from drs_desktop.domain.ids import ServerKey

SnapshotId = NewType("SnapshotId", str)


@dataclass(frozen=True, kw_only=True)
class RecoverySnapshot:
    """One point in time of one server.

    Attributes:
        taken_at: when its data is from; None while DRS still makes it, so that nothing can start from it.
    """

    snapshot_id: SnapshotId
    server: ServerKey
    taken_at: datetime | None = None
