"""Look at a database without changing it: can it be used, and is what it says still what was written?"""

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from drs_desktop.storage.database import cause_of, reading_engine
from drs_desktop.storage.hash_chain import BrokenLink, verify_chain
from drs_desktop.storage.head_file import Head, HeadFile
from drs_desktop.storage.migrator import NEWEST_REVISION
from drs_desktop.storage.schema import execution_summary, journal

WHOLE_JOURNAL = "the journal as a whole"
"""Stands where an execution's id would, when no single execution is concerned."""


class DatabaseState(Enum):
    """What an inspection came to."""

    ABSENT = "absent"
    SOUND = "sound"
    UNUSABLE = "unusable"


@dataclass(frozen=True, kw_only=True)
class DatabaseFindings:
    """What was found in a database file.

    Attributes:
        sentence: what was found, for a person.
        remedy: what to do about it, or empty.
        broken: the first broken row of each execution; empty also when the file could not be read.
        was_chain_read: whether the hash chains were walked at all.
        rows: how many journal rows were walked.
    """

    state: DatabaseState
    sentence: str
    remedy: str = ""
    broken: tuple[BrokenLink, ...] = ()
    was_chain_read: bool = False
    rows: int = 0


def inspect_database(path: Path) -> DatabaseFindings:
    """Return what is to say about a database file; it is opened for reading only. Blocks."""
    if not path.exists():
        return DatabaseFindings(
            state=DatabaseState.ABSENT, sentence="not made yet; the first command that needs it makes it"
        )
    engine = reading_engine(path)
    try:
        with engine.connect() as connection:
            return _findings(connection, path)
    except (OSError, SQLAlchemyError) as error:
        return _unusable(f"cannot be read: {cause_of(error)}", _RESTORE)
    finally:
        engine.dispose()


_RESTORE = "Keep the file for later and put a backup in its place; what AWS runs goes on meanwhile."


def _unusable(sentence: str, remedy: str) -> DatabaseFindings:
    return DatabaseFindings(state=DatabaseState.UNUSABLE, sentence=sentence, remedy=remedy)


def _findings(connection: Connection, path: Path) -> DatabaseFindings:
    verdict = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if verdict != "ok":
        return _unusable(f"damaged: {verdict}", _RESTORE)
    if problem := _revision_problem(connection):
        return problem
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return _unusable(
            "readable, but this user may not write it or the folder around it",
            "Give the file and its folder to the user who runs the program.",
        )
    return _chain_findings(connection, path)


def _revision_problem(connection: Connection) -> DatabaseFindings | None:
    if not inspect(connection).has_table("alembic_version"):
        if inspect(connection).get_table_names():
            return _unusable("not a database of this program", "Move the file away.")
        return DatabaseFindings(state=DatabaseState.ABSENT, sentence="empty; the next command fills it")
    revision = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if revision > NEWEST_REVISION:
        return _unusable(
            f"written by a newer version of this program (revision {revision}, not {NEWEST_REVISION})",
            "Install that version; the file was not changed.",
        )
    if revision < NEWEST_REVISION:
        return DatabaseFindings(
            state=DatabaseState.SOUND,
            sentence=f"of an older version (revision {revision}); the next command brings it up to date",
        )
    return None


def _chain_findings(connection: Connection, path: Path) -> DatabaseFindings:
    broken = verify_journal(connection, HeadFile(path))
    rows = connection.execute(select(func.count()).select_from(journal)).scalar() or 0
    if not broken:
        return DatabaseFindings(
            state=DatabaseState.SOUND,
            sentence=f"sound, {rows} journal rows, every hash chain whole",
            was_chain_read=True,
            rows=rows,
        )
    first = broken[0]
    return DatabaseFindings(
        state=DatabaseState.UNUSABLE,
        sentence=f"the journal was changed outside this program: {first.execution_id}: {first.problem}",
        remedy="`drs-desktop journal verify` names every such execution; compare with a backup first.",
        broken=broken,
        was_chain_read=True,
        rows=rows,
    )


def verify_journal(connection: Connection, head: HeadFile) -> tuple[BrokenLink, ...]:
    """Return the first broken row of each execution: changed, out of order, missing, or cut off at the end.

    A cut-off end is found against the execution's summary and against the head file beside the database.
    """
    last = head.last_written()  # before the rows: another process may write on meanwhile
    rows = connection.execute(select(journal).order_by(journal.c.execution_id, journal.c.sequence))
    broken: dict[str, BrokenLink] = {}
    for link in verify_chain(cast(Any, rows)):
        broken.setdefault(link.execution_id, link)
    for link in (*_cut_off(connection), *_behind_head(connection, last)):
        broken.setdefault(link.execution_id, link)
    return tuple(broken.values())


def _cut_off(connection: Connection) -> tuple[BrokenLink, ...]:
    newest = (
        select(journal.c.execution_id, func.max(journal.c.sequence).label("sequence"))
        .group_by(journal.c.execution_id)
        .subquery()
    )
    query = select(execution_summary.c.execution_id, execution_summary.c.version, newest.c.sequence).join(
        newest, newest.c.execution_id == execution_summary.c.execution_id, isouter=True
    )
    return tuple(
        BrokenLink(
            execution_id=row.execution_id,
            sequence=(row.sequence or 0) + 1,
            problem=f"The end is missing: {row.version} rows were written, {row.sequence or 0} are there.",
        )
        for row in connection.execute(query)
        if row.version != (row.sequence or 0)
    )


def _behind_head(connection: Connection, last: Head) -> tuple[BrokenLink, ...]:
    if last.position == 0:
        return ()
    row = connection.execute(select(journal).where(journal.c.position == last.position)).one_or_none()
    if row is None:
        newest = connection.execute(select(func.max(journal.c.position))).scalar() or 0
        problem = (
            f"It ends at row {newest}, but row {last.position} was once written: it was put back from a "
            "backup, or its end was cut off."
        )
        return (BrokenLink(execution_id=WHOLE_JOURNAL, sequence=newest + 1, problem=problem),)
    if row.hash == last.hash:
        return ()
    problem = f"Row {row.sequence} is not the one that was written last."
    return (BrokenLink(execution_id=row.execution_id, sequence=row.sequence, problem=problem),)
