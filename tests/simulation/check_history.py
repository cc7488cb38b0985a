"""Holds what a console really did against the rules: its journals and its log of AWS calls, both as they lie.

Run with: python -m tests.simulation.check_history DATA_FOLDER
The folder is the one that DRS_DESKTOP_HOME names. It is only read: the databases are copied first.
"""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drs_desktop.domain.audit import AuditKind
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.storage.audit_trail import SqlAuditTrail
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import Driver
from tests.helpers.fakes import FakeClock, FakeLocks
from tests.helpers.history import Announced, merged, problems_of, read_calls, unannounced

CALLS = Path("logs", "aws-calls.jsonl")
OF_EXECUTIONS = frozenset({"StartRecovery", "TerminateRecoveryInstances"})
"""What only an execution may call, by an intent of its journal; launch settings are written without one."""


@dataclass(frozen=True)
class Found:
    """What a data folder holds, and what is wrong with it."""

    events: int
    calls: int
    problems: list[str]

    def __str__(self) -> str:
        counted = f"{self.events} events, {self.calls} changing calls, {len(self.problems)} problems"
        return f"history check: {counted}"


@dataclass(kw_only=True)
class _Read:
    """What the databases of a folder hold."""

    events: list[StoredEvent] = field(default_factory=list)
    announced: list[Announced] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def judged(home: Path) -> Found:
    """Hold the journals, the audit trails and the log of calls of a data folder against the rules."""
    calls = read_calls(home / CALLS) if (home / CALLS).exists() else []
    read = _Read()
    for file in sorted(home.rglob("workspace.sqlite3")):
        with tempfile.TemporaryDirectory() as folder:
            copied = Path(shutil.copytree(file.parent, Path(folder, "copy")), file.name)
            asyncio.run(_read(copied, read))
    of_executions = [call for call in calls if call.operation in OF_EXECUTIONS]
    problems = [*read.problems, *unannounced(calls, read.announced)]
    problems += problems_of(merged(read.events, of_executions))
    return Found(len(read.events), len(calls), problems)


async def _read(file: Path, found: _Read) -> None:
    database = Database(file)
    database.open()
    clock: Any = FakeClock()
    journal = SqlExecutionJournal(database, clock, Driver(owner="check", host="here"), FakeLocks())
    trail = SqlAuditTrail(database, clock)
    try:
        found.events += await journal.read_since(0)
        found.problems += [f"I-08: {fault}" for fault in (*await journal.verify(), *await trail.verify())]
        rows = [row for row in await trail.records() if row.entry.kind is AuditKind.CALL]
        found.announced += [
            Announced(row.recorded_at, dict(row.entry.details).get("intent", "")) for row in rows
        ]
    finally:
        journal.close()
        database.close()


def main(arguments: list[str]) -> int:
    """Print what was found; return 1 where a rule is broken or nothing could be checked."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("Name one folder: the data folder of a console.", file=sys.stderr)
        return 2
    found = judged(Path(arguments[0]))
    print(found, *found.problems, sep="\n")
    return 1 if found.problems or not found.events else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
