"""The audit trail: who did what to whom, written before it is done, each row chained to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class AuditKind(StrEnum):
    """What a row is about; the values stand in rows that are read for ever."""

    COMMAND = "command"
    """Somebody is about to do something that changes something; the row precedes the deed."""
    REFUSAL = "refusal"
    """Somebody was not let do something."""
    CALL = "call"
    """A call that changes AWS is about to be made, with a session that was made for it."""
    ROLES = "roles"
    """Who has which role was changed."""
    ELEVATION = "elevation"
    """Somebody took a role in an emergency, or gave it back."""
    SESSION = "session"
    """Somebody signed in or out at a window, or locked or unlocked it."""
    GAP = "gap"
    """Rows that were once written are gone or others: the trail was cut, or a backup was put back."""


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """What is to be written down.

    Attributes:
        by: who is at the console.
        role: the role they had.
        words: one sentence for a reader.
        details: names and values, such as the account or the execution; never a secret.
    """

    kind: AuditKind
    by: str
    role: str
    words: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """An entry as it stands in the trail."""

    sequence: int
    recorded_at: datetime
    entry: AuditEntry
    hash: str


@dataclass(frozen=True, kw_only=True)
class AuditProblem:
    """A row that is not as it was written; `sequence` 0 concerns the trail as a whole."""

    sequence: int
    problem: str


@dataclass(frozen=True, kw_only=True)
class AuditExport:
    """The whole trail as a file.

    Attributes:
        head: the hash of the last row; whoever keeps it elsewhere can tell a file that was written anew.
    """

    content: bytes
    rows: int
    head: str


class AuditTrail(Protocol):
    """Append-only rows of one workspace.

    Raises:
        StorageError: nothing was written; then nothing that is to be audited may be done.
    """

    async def append(self, entry: AuditEntry) -> AuditRecord:
        """Write a row durably, with the newest row of every execution that went on since the last."""

    async def records(self, *, after: int = 0, limit: int | None = None) -> tuple[AuditRecord, ...]:
        """Return the rows after a sequence number, oldest first; with a limit, the newest of them."""

    async def verify(self) -> tuple[AuditProblem, ...]:
        """Return every row that was changed, moved, removed or cut off, and every execution that was."""

    async def export(self) -> AuditExport:
        """Return the whole trail as a file that proves itself: JSON lines after a header."""

    def check_export(self, content: bytes) -> tuple[AuditProblem, ...]:
        """Return what is wrong with such a file; nothing at all means that no byte of it was changed."""


def problem_lines(problems: Sequence[AuditProblem]) -> tuple[str, ...]:
    """Return one sentence for each problem."""
    return tuple(
        f"Audit row {one.sequence}: {one.problem}" if one.sequence else one.problem for one in problems
    )
