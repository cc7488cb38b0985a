"""Whatever is changed in a journal is found, with the execution and the row."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.storage.database import Database, sqlite_module
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.hash_chain import FIRST, BrokenLink, row_hash
from drs_desktop.storage.inspection import WHOLE_JOURNAL
from drs_desktop.storage.leases import Driver
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import EXECUTION_ID, Play
from tests.helpers.fakes import FakeClock, FakeLocks

OTHER_ID = ExecutionId("test-01J9Z3NDEKTSV4RRFFQ69G5FAW")


@pytest.fixture
def journal(database: Database) -> Iterator[SqlExecutionJournal]:
    """A journal with two whole executions."""
    made = SqlExecutionJournal(database, FakeClock(), Driver(owner="one", host="here"), FakeLocks())
    asyncio.run(_fill(made))
    yield made
    made.close()


async def _fill(journal: SqlExecutionJournal) -> None:
    for execution_id in (EXECUTION_ID, OTHER_ID):
        play = Play(2, execution_id=execution_id)
        play.run_to_the_end()
        lease = await journal.acquire_lease(execution_id)
        await journal.append(lease, None, play.events)
        await journal.release_lease(lease)


def _forge(path: Path, *statements: str) -> None:
    """Change the file as somebody could who has it: without the triggers."""
    connection = sqlite_module().connect(str(path), isolation_level=None)
    try:
        connection.execute("DROP TRIGGER journal_no_update")
        connection.execute("DROP TRIGGER journal_no_delete")
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


@on_loop
async def test_an_untouched_journal_has_nothing_to_report(journal: SqlExecutionJournal) -> None:
    assert await journal.verify() == ()


WHERE = f"WHERE execution_id = '{EXECUTION_ID}' AND sequence"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("payload", "replace(payload, 'anna', 'emma')"),
        ("type", "'StartsHeld'"),
        ("version", "2"),
        ("recorded_at", "'2020-01-01T00:00:00+00:00'"),
        ("driver", "'somebody'"),
        ("hash", "upper(hash)"),
    ],
)
@on_loop
async def test_a_changed_row_is_named(
    journal: SqlExecutionJournal, path: Path, column: str, value: str
) -> None:
    _forge(path, f"UPDATE journal SET {column} = {value} {WHERE} = 2")
    (broken,) = await journal.verify()
    assert broken == BrokenLink(
        execution_id=EXECUTION_ID, sequence=2, problem="Row 2 was changed after it was written."
    )


@on_loop
async def test_a_row_that_hangs_on_another_is_named(journal: SqlExecutionJournal, path: Path) -> None:
    _forge(path, f"UPDATE journal SET previous_hash = '{'f' * 64}' {WHERE} = 3")
    (broken,) = await journal.verify()
    assert (broken.sequence, broken.problem) == (3, "Row 3 does not follow the row before it.")


@on_loop
async def test_a_missing_row_is_named(journal: SqlExecutionJournal, path: Path) -> None:
    _forge(path, f"DELETE FROM journal {WHERE} = 4")
    (broken,) = await journal.verify()
    assert (broken.execution_id, broken.sequence, broken.problem) == (EXECUTION_ID, 5, "Row 4 is missing.")


@on_loop
async def test_two_rows_in_each_others_place_are_found(journal: SqlExecutionJournal, path: Path) -> None:
    _forge(
        path,
        f"UPDATE journal SET sequence = -3 {WHERE} = 3",
        f"UPDATE journal SET sequence = 3 {WHERE} = 4",
        f"UPDATE journal SET sequence = 4 {WHERE} = -3",
    )
    (broken,) = await journal.verify()
    assert broken.sequence == 3


@on_loop
async def test_each_broken_execution_is_reported_once(journal: SqlExecutionJournal, path: Path) -> None:
    _forge(path, "UPDATE journal SET driver = 'somebody' WHERE sequence > 1")
    assert [(link.execution_id, link.sequence) for link in await journal.verify()] == [
        (EXECUTION_ID, 2),
        (OTHER_ID, 2),
    ]


@on_loop
async def test_an_end_that_was_cut_off_is_found_by_the_summary(
    journal: SqlExecutionJournal, path: Path
) -> None:
    _forge(path, f"DELETE FROM journal {WHERE} > 4")
    (broken,) = await journal.verify()
    assert (broken.execution_id, broken.sequence) == (EXECUTION_ID, 5)
    assert broken.problem.startswith("The end is missing: ")


@on_loop
async def test_an_end_cut_off_together_with_its_summary_is_found_by_the_head_file(
    journal: SqlExecutionJournal, path: Path
) -> None:
    last = f"execution_id = '{OTHER_ID}'"
    _forge(path, f"DELETE FROM journal WHERE {last}", f"DELETE FROM execution_summary WHERE {last}")
    (broken,) = await journal.verify()
    assert broken.execution_id == WHOLE_JOURNAL
    assert "put back from a backup, or its end was cut off" in broken.problem


@on_loop
async def test_a_last_row_that_is_not_the_one_written_is_found_by_the_head_file(
    journal: SqlExecutionJournal, path: Path
) -> None:
    head = path.with_name(path.name + ".head")
    said = json.loads(head.read_text())
    head.write_text(json.dumps(said | {"hash": "0" * 64}))
    (broken,) = await journal.verify()
    assert broken.execution_id == OTHER_ID
    assert broken.problem.endswith("is not the one that was written last.")


@given(payload=st.text(st.characters(exclude_categories=["Cs"])), version=st.integers(1, 2**40))
def test_the_hash_covers_the_canonical_form_of_the_row(payload: str, version: int) -> None:
    row: dict[str, str | int] = {
        "execution_id": EXECUTION_ID,
        "sequence": 7,
        "version": version,
        "payload": payload,
        "recorded_at": "2026-11-02T03:00:00+00:00",
        "driver": "one#1",
        "previous_hash": FIRST,
    }
    digest = row_hash(**row, type_name="NoteAdded")  # type: ignore[arg-type]  # the names say which is which
    assert digest == hashlib.sha256(rfc8785.dumps({**row, "type": "NoteAdded"})).hexdigest()
