"""Who drives an execution: one row with an epoch that only grows, checked in every append.

On one machine a file lock, which the system releases at kill -9, lets a successor in at once; for a process
that is stopped rather than dead, the expiry decides, and the epoch fences it off when it wakes. An owner
that got the lease while the last one still held the lock has none: only the expiry says anything of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from drs_desktop.domain.errors import AnotherDriver, LeaseLost
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import Lease
from drs_desktop.storage.schema import lease

LEASE_SPAN = timedelta(seconds=30)
RENEWAL_INTERVAL = timedelta(seconds=10)
_WITHOUT_LOCK = " (without the lock)"
"""Ends the host in the row of an owner whose life the file lock says nothing of."""
_EXTEND = (
    update(lease)
    .where(lease.c.execution_id == bindparam("of"))
    .where(lease.c.owner == bindparam("by"))
    .where(lease.c.epoch == bindparam("in_epoch"))
    .values(expires_at=bindparam("until"))
)
"""Made once: it is part of every append."""


@dataclass(frozen=True, kw_only=True)
class Driver:
    """This process, as lease rows name it."""

    owner: str
    host: str


def take_lease(
    connection: Connection, execution_id: ExecutionId, driver: Driver, now: datetime, *, holds_lock: bool
) -> Lease:
    """Take the lease, one epoch further.

    Args:
        holds_lock: whether this process got the execution's file lock, so that no process of this machine
            drives it.

    Raises:
        AnotherDriver: the lease has not expired, and its owner may be alive.
    """
    row = _row(connection, execution_id)
    if row is not None and not _may_take(row, driver, now, holds_lock=holds_lock):
        raise AnotherDriver(execution_id, f"{row.owner} on {row.host.removesuffix(_WITHOUT_LOCK)}")
    epoch = row.epoch + 1 if row is not None else 1
    values = {
        "owner": driver.owner,
        "host": driver.host if holds_lock else driver.host + _WITHOUT_LOCK,
        "epoch": epoch,
        "expires_at": (now + LEASE_SPAN).timestamp(),
    }
    if row is None:
        connection.execute(insert(lease).values(execution_id=execution_id, **values))
    else:
        connection.execute(update(lease).where(lease.c.execution_id == execution_id).values(**values))
    return Lease(execution_id=execution_id, owner=driver.owner, epoch=epoch)


def _row(connection: Connection, execution_id: ExecutionId) -> "Row[tuple[str, str, str, int, float]] | None":
    return connection.execute(select(lease).where(lease.c.execution_id == execution_id)).one_or_none()


def _may_take(
    row: "Row[tuple[str, str, str, int, float]]", driver: Driver, now: datetime, *, holds_lock: bool
) -> bool:
    if row.expires_at <= now.timestamp():
        return True
    return holds_lock and row.host == driver.host


def check_lease(connection: Connection, held: Lease, now: datetime) -> None:
    """Extend the lease, or fail if another process has taken it since.

    Raises:
        LeaseLost: this process no longer drives the execution.
    """
    given = {
        "of": held.execution_id,
        "by": held.owner,
        "in_epoch": held.epoch,
        "until": (now + LEASE_SPAN).timestamp(),
    }
    if connection.execute(_EXTEND, given).rowcount != 1:
        raise LeaseLost(
            f"Another process drives execution {held.execution_id} now; this one stopped at once."
        )


def note_lock(connection: Connection, held: Lease, driver: Driver) -> None:
    """Say that the owner holds the file lock by now, so that its death lets a successor in at once."""
    connection.execute(
        update(lease)
        .where(lease.c.execution_id == held.execution_id)
        .where(lease.c.epoch == held.epoch)
        .values(host=driver.host)
    )


def give_back(connection: Connection, held: Lease) -> None:
    """Let the lease expire now; the row, and with it the epoch, stays."""
    connection.execute(
        update(lease)
        .where(lease.c.execution_id == held.execution_id)
        .where(lease.c.owner == held.owner)
        .where(lease.c.epoch == held.epoch)
        .values(expires_at=0.0)
    )
