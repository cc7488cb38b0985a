"""Holds what a console really did against the rules: its journals and its log of AWS calls, both as they lie.

Run with: python -m tests.simulation.check_history DATA_FOLDER
The folder is the one that DRS_DESKTOP_HOME names. It is only read: the databases are copied first.
"""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drs_desktop.domain.ports import StoredEvent
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import Driver
from tests.helpers.fakes import FakeClock, FakeLocks
from tests.helpers.history import merged, problems_of, read_calls

CALLS = Path("logs", "aws-calls.jsonl")


@dataclass(frozen=True)
class Found:
    """What a data folder holds, and what is wrong with it."""

    events: int
    calls: int
    problems: list[str]

    def __str__(self) -> str:
        counted = f"{self.events} events, {self.calls} changing calls, {len(self.problems)} problems"
        return f"history check: {counted}"


def judged(home: Path) -> Found:
    """Hold the journals and the log of calls of a data folder against the rules."""
    calls = read_calls(home / CALLS) if (home / CALLS).exists() else []
    events: list[StoredEvent] = []
    problems: list[str] = []
    for file in sorted(home.rglob("workspace.sqlite3")):
        with tempfile.TemporaryDirectory() as folder:
            copied = Path(shutil.copytree(file.parent, Path(folder, "copy")), file.name)
            read, broken = asyncio.run(_read(copied))
        events += read
        problems += broken
    return Found(len(events), len(calls), problems + problems_of(merged(events, calls)))


async def _read(file: Path) -> tuple[tuple[StoredEvent, ...], list[str]]:
    database = Database(file)
    database.open()
    clock: Any = FakeClock()
    journal = SqlExecutionJournal(database, clock, Driver(owner="check", host="here"), FakeLocks())
    try:
        return await journal.read_since(0), [f"I-08: {fault}" for fault in await journal.verify()]
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
