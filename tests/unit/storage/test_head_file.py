"""A database that was put back from a backup is noticed, and stays noticed until something was written."""

import shutil
from pathlib import Path

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.head_file import HeadFile
from drs_desktop.storage.leases import Driver
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import EXECUTION_ID, START, a_creation
from tests.helpers.fakes import FakeClock, FakeLocks

NOTE = ev.NoteAdded(at=START, by="anna", text="seen")


async def _session(path: Path, *events: ev.Event, asked: ExecutionId = EXECUTION_ID) -> bool:
    """Open the database as a console does, write, close; return whether the execution was from a backup."""
    database = Database(path)
    database.open()
    journal = SqlExecutionJournal(database, FakeClock(), Driver(owner="one", host="host"), FakeLocks())
    try:
        answer = await journal.is_from_backup(asked)
        lease = await journal.acquire_lease(EXECUTION_ID)
        if events:
            state = fold(stored.event for stored in await journal.read(EXECUTION_ID))
            await journal.append(lease, state, events)
        await journal.release_lease(lease)
    finally:
        journal.close()
        database.close()
    return answer


@on_loop
async def _write_back_up_and_put_back(path: Path) -> None:
    await _session(path, a_creation())
    shutil.copy(path, path.with_suffix(".backup"))
    await _session(path, NOTE)
    shutil.copy(path.with_suffix(".backup"), path)


@pytest.fixture
def restored(path: Path) -> Path:
    _write_back_up_and_put_back(path)
    return path


@on_loop
async def _ask(path: Path, expected: list[bool], *events: ev.Event) -> None:
    assert [await _session(path, *events) for _ in expected] == expected


def test_a_database_that_only_grew_is_not_from_a_backup(path: Path) -> None:
    _ask(path, [False], a_creation())
    _ask(path, [False, False, False], NOTE)


def test_a_copy_put_back_is_noticed_at_every_opening_until_something_was_written(restored: Path) -> None:
    _ask(restored, [True, True])
    _ask(restored, [True, False, False], NOTE)


def test_a_journal_that_grew_as_long_again_is_told_by_its_hash(restored: Path) -> None:
    head = restored.with_name(restored.name + ".head")
    kept = head.read_text(encoding="utf-8")
    _ask(restored, [True], ev.NoteAdded(at=START, by="bert", text="another past"))
    head.write_text(kept, encoding="utf-8")
    _ask(restored, [True])


def test_the_head_is_for_its_owner_only(restored: Path) -> None:
    head = restored.with_name(restored.name + ".head")
    assert head.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"position": "x"}', '{"invented": 1}'])
def test_a_head_that_cannot_be_read_stops_nobody(path: Path, damage: str) -> None:
    _ask(path, [False], a_creation())
    path.with_name(path.name + ".head").write_text(damage, encoding="utf-8")
    _ask(path, [False], NOTE)


def test_an_execution_that_nobody_knows_is_from_no_backup(restored: Path) -> None:
    @on_loop
    async def check() -> None:
        assert not await _session(restored, asked=ExecutionId("test-unknown"))

    check()


def test_a_longer_head_leaves_nothing_behind_the_next_one(path: Path) -> None:
    _ask(path, [False], a_creation())
    head = path.with_name(path.name + ".head")
    head.write_text(head.read_text(encoding="utf-8").ljust(1_000), encoding="utf-8")
    _ask(path, [False, False], NOTE)
    assert head.stat().st_size < 1_000


def test_a_short_head_of_an_older_program_is_written_on(path: Path) -> None:
    _ask(path, [False], a_creation())
    head = path.with_name(path.name + ".head")
    head.write_text(head.read_text(encoding="utf-8").strip(), encoding="utf-8")
    _ask(path, [False, False], NOTE)
    assert HeadFile(path).last_written().position == 3
