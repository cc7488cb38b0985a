"""The chosen points in time of a part, looked at again just before its start."""

import asyncio
from collections.abc import Sequence

from drs_desktop.domain import inputs
from drs_desktop.domain.errors import AwsNotFound, AwsRejected
from drs_desktop.domain.execution import ServerLaunch
from drs_desktop.domain.ports import DrsReader
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot


async def read_points(reader: DrsReader, pinned: Sequence[ServerLaunch]) -> tuple[RecoverySnapshot, ...]:
    """Return the points in time of these servers; nothing is asked where there is none."""
    found = await asyncio.gather(*(_points_of(reader, server) for server in pinned))
    return tuple(point for points in found for point in points)


async def _points_of(reader: DrsReader, server: ServerLaunch) -> tuple[RecoverySnapshot, ...]:
    """Return the points in time of a server; one that DRS does not know has none."""
    try:
        return await reader.describe_recovery_snapshots(server.key.source_server_id)
    except (AwsNotFound, AwsRejected):
        return ()


def points_are_gone(wave: int, gone: Sequence[ServerLaunch]) -> inputs.PointsAreGone:
    """Return the question that is put to a person."""
    names = ", ".join(f"{server.name} ({server.snapshot_id})" for server in gone)
    return inputs.PointsAreGone(
        wave=wave,
        servers=tuple(server.key for server in gone),
        reason=(
            f"The chosen point in time is gone for {names}. Nothing was called. Resume starts these servers "
            "from their newest data; to choose other points, cancel and start again."
        ),
    )
