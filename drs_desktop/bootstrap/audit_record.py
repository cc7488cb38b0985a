"""Write into the audit trail of a workspace that is not opened as a whole."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from drs_desktop.bootstrap.ground import DATABASE_FILE, operator_name
from drs_desktop.domain.audit import AuditEntry, AuditKind
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ports import Clock
from drs_desktop.services.audited_sign_in import Record


def recorder(folder: Path, clock: Clock, stack: AsyncExitStack) -> Record:
    """Return what writes a sentence about signing in or out; the database is opened at the first one.

    A trail that cannot be written keeps nobody from signing in, which changes nothing in any account: the log
    says so, and whatever does change something is refused until the trail can be written again.

    Args:
        folder: the workspace's folder.
        clock: says when.
        stack: closes the database at its end.
    """
    from drs_desktop.storage.audit_trail import SqlAuditTrail
    from drs_desktop.storage.database import Database

    database = Database(folder / DATABASE_FILE)
    trail = SqlAuditTrail(database, clock)
    is_open = False

    async def record(words: str) -> None:
        nonlocal is_open
        try:
            if not is_open:
                await asyncio.to_thread(database.open)
                stack.callback(database.close)
                is_open = True
            entry = AuditEntry(kind=AuditKind.SESSION, by=operator_name(), role="", words=words)
            await trail.append(entry)
        except StorageError as error:
            structlog.get_logger(__name__).warning("a sign-in was not written down", error=str(error))

    return record
