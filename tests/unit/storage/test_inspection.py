"""What is said of a database without touching it."""

import asyncio
import os
from pathlib import Path

import pytest

from drs_desktop.storage.database import Database, sqlite_module
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.inspection import DatabaseState, inspect_database
from drs_desktop.storage.leases import Driver
from tests.helpers.builders import EXECUTION_ID, Play
from tests.helpers.fakes import FakeClock, FakeLocks


@pytest.fixture
def filled(database: Database, path: Path) -> Path:
    journal = SqlExecutionJournal(database, FakeClock(), Driver(owner="one", host="here"), FakeLocks())
    play = Play(2)
    play.run_to_the_end()

    async def fill() -> None:
        lease = await journal.acquire_lease(EXECUTION_ID)
        await journal.append(lease, None, play.events)

    asyncio.run(fill())
    journal.close()
    database.close()
    return path


def _execute(path: Path, *statements: str) -> None:
    connection = sqlite_module().connect(str(path), isolation_level=None)
    try:
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def test_a_file_that_is_not_there_is_not_made(path: Path) -> None:
    assert inspect_database(path).state is DatabaseState.ABSENT
    assert not path.exists()


def test_a_sound_file_says_how_much_of_it_was_walked(filled: Path) -> None:
    found = inspect_database(filled)
    assert found.state is DatabaseState.SOUND
    assert found.was_chain_read
    assert found.rows > 10


def test_looking_changes_no_byte(filled: Path) -> None:
    before = filled.read_bytes()
    inspect_database(filled)
    assert filled.read_bytes() == before


def test_a_file_that_is_no_database_is_unusable(path: Path) -> None:
    path.write_bytes(b"not a database " * 100)
    found = inspect_database(path)
    assert found.state is DatabaseState.UNUSABLE
    assert "not a database" in found.sentence
    assert found.remedy


def test_somebody_elses_database_is_unusable(path: Path) -> None:
    _execute(path, "CREATE TABLE recipes (name TEXT)")
    assert inspect_database(path).sentence == "not a database of this program"


def test_a_database_of_a_newer_program_is_unusable_and_says_what_to_do(filled: Path) -> None:
    _execute(filled, "UPDATE alembic_version SET version_num = '9999'")
    found = inspect_database(filled)
    assert found.state is DatabaseState.UNUSABLE
    assert "newer version" in found.sentence
    assert "Install that version" in found.remedy


def test_a_file_that_may_not_be_written_is_unusable(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write what the mode forbids
    assert "may not write" in inspect_database(filled).sentence


def test_a_changed_journal_is_unusable_and_names_the_execution(filled: Path) -> None:
    _execute(filled, "DROP TRIGGER journal_no_update", "UPDATE journal SET driver = 'x' WHERE sequence = 2")
    found = inspect_database(filled)
    assert found.state is DatabaseState.UNUSABLE
    assert [link.execution_id for link in found.broken] == [EXECUTION_ID]
    assert EXECUTION_ID in found.sentence


def test_a_damaged_page_is_found(filled: Path) -> None:
    body = bytearray(filled.read_bytes())
    middle = len(body) // 2
    body[middle : middle + 4096] = b"\xff" * 4096
    filled.write_bytes(bytes(body))
    assert inspect_database(filled).state is DatabaseState.UNUSABLE
