"""The AuditTrail port on SQL: one hash chain, which also records how far each execution's chain had come."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import rfc8785
from sqlalchemy import Column, Connection, Integer, Table, Text, func, insert, literal, select

from drs_desktop.domain.audit import AuditEntry, AuditExport, AuditKind, AuditProblem, AuditRecord
from drs_desktop.domain.ports import Clock
from drs_desktop.storage.audit_export import check_export, export_of
from drs_desktop.storage.database import Database
from drs_desktop.storage.hash_chain import FIRST, row_hash, verify_chain
from drs_desktop.storage.head_file import Head, HeadFile
from drs_desktop.storage.schema import journal, metadata

AUDIT_VERSION = 1
STREAM = "audit"
"""Stands in the hash where a journal row has its execution."""
_GAP = AuditKind.GAP.value

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("driver", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
_CHAIN = select(literal(STREAM).label("execution_id"), audit).order_by(audit.c.sequence)


class SqlAuditTrail:
    """The audit trail of one workspace; any number of processes may write to it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._head_path = _head_path(database.path)

    async def append(self, entry: AuditEntry) -> AuditRecord:
        """Write a row durably; see the port."""
        now, last = self._clock.local_now(), self._last()
        record = await self._database.write(lambda c: _append_after(c, entry, now, last))
        HeadFile(self._head_path).wrote(record.sequence, record.hash)  # a new one: it may have to go back
        return record

    def _last(self) -> Head:
        return HeadFile(self._head_path).last_written()

    async def records(self, *, after: int = 0, limit: int | None = None) -> tuple[AuditRecord, ...]:
        """Return rows, oldest first; see the port."""
        query = select(audit).where(audit.c.sequence > after).order_by(audit.c.sequence.desc()).limit(limit)
        rows = await self._database.read(lambda c: c.execute(query).all())
        return tuple(_record(row) for row in reversed(rows))

    async def verify(self) -> tuple[AuditProblem, ...]:
        """Walk the chain, its end, and the executions it names; see the port."""
        last = self._last()  # before the rows: another process may write on meanwhile
        return await self._database.read(lambda c: verify_audit(c, last))

    async def export(self) -> AuditExport:
        """Return the trail as a file; see the port."""
        rows = await self._database.read(lambda c: c.execute(_CHAIN).mappings().all())
        return export_of([dict(row) for row in rows])

    def check_export(self, content: bytes) -> tuple[AuditProblem, ...]:
        """Return what is wrong with an exported file; see the port."""
        return check_export(content)


def audit_head(path: Path) -> Head:
    """Return how far the audit trail of a database file was once written."""
    return HeadFile(_head_path(path)).last_written()


def _head_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.{STREAM}")


def verify_audit(connection: Connection, last: Head) -> tuple[AuditProblem, ...]:
    """Return every problem of the trail, given the head that was last written beside the database."""
    rows = connection.execute(_CHAIN).all()
    chain = [
        AuditProblem(sequence=one.sequence, problem=one.problem) for one in verify_chain(cast(Any, rows))
    ]
    gaps = [AuditProblem(sequence=one.sequence, problem=_words(one)) for one in rows if one.type == _GAP]
    return (*chain, *gaps, *_cut_off(rows, last), *_changed_executions(connection, rows))


def _words(row: Any) -> str:
    try:
        return str(json.loads(row.payload)["words"])
    except (ValueError, TypeError, KeyError):
        return "Something was missing before it."  # the chain itself says that this row was changed


def _cut_off(rows: Sequence[Any], last: Head) -> tuple[AuditProblem, ...]:
    newest = rows[-1].sequence if rows else 0
    if newest < last.position:
        problem = f"The end is missing: row {last.position} was once written, the last one there is {newest}."
        return (AuditProblem(sequence=newest + 1, problem=problem),)
    kept = next((row for row in rows if row.sequence == last.position), None)
    if kept is None or kept.hash == last.hash:
        return ()
    return (AuditProblem(sequence=last.position, problem="It is not the row that was once written here."),)


def _changed_executions(connection: Connection, rows: Sequence[Any]) -> tuple[AuditProblem, ...]:
    query = select(journal.c.execution_id, journal.c.sequence, journal.c.hash)
    there = {(row.execution_id, row.sequence): row.hash for row in connection.execute(query)}
    problems = {}
    for row in rows:
        for execution_id, sequence, digest in _heads(row.payload):
            if there.get((execution_id, sequence)) != digest and execution_id not in problems:
                what = "was changed" if (execution_id, sequence) in there else "is missing"
                problems[execution_id] = AuditProblem(
                    sequence=row.sequence,
                    problem=f"Row {sequence} of execution {execution_id}, which it names, {what}.",
                )
    return tuple(problems.values())


def _heads(payload: str) -> list[tuple[str, int, str]]:
    try:
        return [(str(one), int(number), str(digest)) for one, number, digest in json.loads(payload)["heads"]]
    except (ValueError, TypeError, KeyError):
        return []  # the chain itself says that this row was changed


def _append_after(connection: Connection, entry: AuditEntry, now: datetime, last: Head) -> AuditRecord:
    """Append a row; if what was last written is not there any more, a row that says so comes before it."""
    newest = connection.execute(select(func.max(audit.c.sequence))).scalar() or 0
    there = connection.execute(select(audit.c.hash).where(audit.c.sequence == last.position)).scalar()
    if last.position and there != last.hash:
        words = f"Row {last.position} was once written and is not there as it was; row {newest} was the last."
        gap = AuditEntry(
            kind=AuditKind.GAP, by=entry.by, role="", words=words, details=(("lost", last.hash),)
        )
        _append(connection, gap, now)
    return _append(connection, entry, now)


def _append(connection: Connection, entry: AuditEntry, now: datetime) -> AuditRecord:
    newest = connection.execute(select(audit).order_by(audit.c.sequence.desc()).limit(1)).one_or_none()
    sequence = (newest.sequence if newest else 0) + 1
    position, heads = _heads_since(connection, _position(newest.payload) if newest else 0)
    row = {
        "type": entry.kind.value,
        "version": AUDIT_VERSION,
        "payload": _payload(entry, position, heads),
        "recorded_at": now.isoformat(),
        "driver": entry.by,
        "previous_hash": newest.hash if newest else FIRST,
    }
    digest = row_hash(
        execution_id=STREAM,
        sequence=sequence,
        type_name=str(row["type"]),
        version=AUDIT_VERSION,
        payload=str(row["payload"]),
        recorded_at=str(row["recorded_at"]),
        driver=entry.by,
        previous_hash=str(row["previous_hash"]),
    )
    connection.execute(insert(audit).values(sequence=sequence, hash=digest, **row))
    return AuditRecord(sequence=sequence, recorded_at=now, entry=entry, hash=digest)


def _payload(entry: AuditEntry, position: int, heads: list[list[str | int]]) -> str:
    content = {
        "role": entry.role,
        "words": entry.words,
        "details": [list(pair) for pair in entry.details],
        "position": position,
        "heads": heads,
    }
    return rfc8785.dumps(cast(Any, content)).decode()


def _position(payload: str) -> int:
    try:
        return int(json.loads(payload)["position"])
    except (ValueError, TypeError, KeyError):
        return 0


def _heads_since(connection: Connection, position: int) -> tuple[int, list[list[str | int]]]:
    """Return the newest position of the journal, and the last row of each execution that went on since."""
    moved = (
        select(func.max(journal.c.position).label("position"))
        .where(journal.c.position > position)
        .group_by(journal.c.execution_id)
        .subquery()
    )
    query = (
        select(journal.c.execution_id, journal.c.sequence, journal.c.hash, journal.c.position)
        .join(moved, moved.c.position == journal.c.position)
        .order_by(journal.c.position)
    )
    rows = connection.execute(query).all()
    newest = rows[-1].position if rows else position
    return newest, [[row.execution_id, row.sequence, row.hash] for row in rows]


def _record(row: Any) -> AuditRecord:
    content = json.loads(row.payload)
    return AuditRecord(
        sequence=row.sequence,
        recorded_at=datetime.fromisoformat(row.recorded_at),
        entry=AuditEntry(
            kind=AuditKind(row.type),
            by=row.driver,
            role=content["role"],
            words=content["words"],
            details=tuple((name, value) for name, value in content["details"]),
        ),
        hash=row.hash,
    )
