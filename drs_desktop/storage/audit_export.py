"""The audit trail as a file: a header and one line for each row, all canonical, so that no byte is free."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, TypeGuard

import rfc8785

from drs_desktop.domain.audit import AuditExport, AuditProblem
from drs_desktop.storage.hash_chain import FIRST, verify_chain

FORMAT = "drs-desktop-audit-1"
_HEADER = {"format": str, "head": str, "rows": int}
_COLUMNS = {
    "execution_id": str,
    "sequence": int,
    "type": str,
    "version": int,
    "payload": str,
    "recorded_at": str,
    "driver": str,
    "previous_hash": str,
    "hash": str,
}


def export_of(rows: Sequence[dict[str, Any]]) -> AuditExport:
    """Return the file of these rows."""
    head = rows[-1]["hash"] if rows else FIRST
    header = {"format": FORMAT, "head": head, "rows": len(rows)}
    content = b"".join(rfc8785.dumps(line) + b"\n" for line in (header, *rows))
    return AuditExport(content=content, rows=len(rows), head=head)


def check_export(content: bytes) -> tuple[AuditProblem, ...]:
    """Return what is wrong with a file; nothing means that it is byte for byte what was exported.

    Somebody who writes a whole new file with new hashes is found only by comparing its head with one that was
    kept elsewhere.
    """
    lines = content.split(b"\n")
    if lines.pop() != b"":
        return (_whole("The file does not end with a whole line: its end was cut off."),)
    header = _parsed(lines[0]) if lines else None
    if not _has_form(header, _HEADER) or header["format"] != FORMAT:
        return (_whole("The first line is not the header of an exported audit trail."),)
    rows: list[Any] = []
    for number, line in enumerate(lines[1:], start=1):
        row = _parsed(line)
        if not _has_form(row, _COLUMNS):
            return (AuditProblem(sequence=number, problem="The line was changed after it was exported."),)
        rows.append(SimpleNamespace(**row))
    return _of_chain(rows) or _against_header(header, rows)


def _has_form(found: dict[str, Any] | None, form: dict[str, type]) -> TypeGuard[dict[str, Any]]:
    """Return whether an object has these members and no others, each exactly of its type."""
    return found is not None and {name: type(value) for name, value in found.items()} == form


def _of_chain(rows: list[Any]) -> tuple[AuditProblem, ...]:
    if odd := next((row for row in rows if row.execution_id != rows[0].execution_id), None):
        return (_whole(f"The row numbered {odd.sequence} is of another trail."),)
    return tuple(AuditProblem(sequence=one.sequence, problem=one.problem) for one in verify_chain(rows))


def _against_header(header: dict[str, Any], rows: list[Any]) -> tuple[AuditProblem, ...]:
    if header["rows"] != len(rows):
        text = f"The header promises {header['rows']} rows, {len(rows)} are there."
        return (AuditProblem(sequence=len(rows) + 1, problem=text),)
    if header["head"] != (rows[-1].hash if rows else FIRST):
        return (_whole("The header's hash is not that of the last row."),)
    return ()


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return the object of a line, or None unless the line is its canonical form to the byte."""
    try:
        value = json.loads(line)
        is_same = isinstance(value, dict) and rfc8785.dumps(value) == line
    except (ValueError, RecursionError):
        return None
    return value if is_same else None


def _whole(problem: str) -> AuditProblem:
    return AuditProblem(sequence=0, problem=problem)
