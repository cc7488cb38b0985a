"""The hash chain of a journal: each row's hash covers its content and the hash of the row before."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

FIRST = "0" * 64


class ChainedRow(Protocol):
    """A journal row as the database gives it."""

    @property
    def execution_id(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def payload(self) -> str: ...
    @property
    def recorded_at(self) -> str: ...
    @property
    def driver(self) -> str: ...
    @property
    def previous_hash(self) -> str: ...
    @property
    def hash(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class BrokenLink:
    """A row of an execution that does not fit what stands before it, or is not as it was written."""

    execution_id: str
    sequence: int
    problem: str


def row_hash(
    *,
    execution_id: str,
    sequence: int,
    type_name: str,
    version: int,
    payload: str,
    recorded_at: str,
    driver: str,
    previous_hash: str,
) -> str:
    """Return the SHA-256 over the RFC 8785 form of one row."""
    row = {
        "driver": driver,
        "execution_id": execution_id,
        "payload": payload,
        "previous_hash": previous_hash,
        "recorded_at": recorded_at,
        "sequence": sequence,
        "type": type_name,
        "version": version,
    }
    # Texts and whole numbers under names in ASCII: sorted and without spaces, this is their RFC 8785 form.
    canonical = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify_chain(rows: Iterable[ChainedRow]) -> tuple[BrokenLink, ...]:
    """Return every broken row, given all rows in the order of their sequence.

    What follows a broken row is held against that row as it stands, so that one change hides no other. A row
    cut off at the end leaves no trace here: that shows only against a head kept elsewhere.
    """
    heads: dict[str, tuple[int, str]] = {}
    broken: list[BrokenLink] = []
    for row in rows:
        sequence, head = heads.get(row.execution_id, (0, FIRST))
        if problem := _problem(row, sequence + 1, head):
            broken.append(BrokenLink(execution_id=row.execution_id, sequence=row.sequence, problem=problem))
        heads[row.execution_id] = (row.sequence, row.hash)
    return tuple(broken)


def _problem(row: ChainedRow, expected: int, head: str) -> str:
    if row.sequence != expected:
        return f"Row {expected} is missing."
    if row.previous_hash != head:
        return f"Row {row.sequence} does not follow the row before it."
    if not isinstance(row.payload, str) or row.hash != _hash_of(row):
        return f"Row {row.sequence} was changed after it was written."
    return ""


def _hash_of(row: ChainedRow) -> str:
    return row_hash(
        execution_id=row.execution_id,
        sequence=row.sequence,
        type_name=row.type,
        version=row.version,
        payload=row.payload,
        recorded_at=row.recorded_at,
        driver=row.driver,
        previous_hash=row.previous_hash,
    )
