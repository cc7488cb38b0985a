"""The audit trail: appended by anybody, changed by nobody without being found."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import rfc8785

from drs_desktop.domain.audit import AuditEntry, AuditKind
from drs_desktop.domain.errors import StorageError
from drs_desktop.storage.audit_trail import SqlAuditTrail
from drs_desktop.storage.database import Database, sqlite_module
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import Driver
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import EXECUTION_ID, Play
from tests.helpers.fakes import FakeClock, FakeLocks


def an_entry(number: int = 1, **details: str) -> AuditEntry:
    return AuditEntry(
        kind=AuditKind.COMMAND,
        by="anna@desk",
        role="DRSOperator",
        words=f"Pausing execution {number}.",
        details=tuple(details.items()),
    )


@pytest.fixture
def trail(database: Database) -> SqlAuditTrail:
    """An audit trail with nothing in it."""
    return SqlAuditTrail(database, FakeClock())


@pytest.fixture
def filled(trail: SqlAuditTrail) -> SqlAuditTrail:
    """An audit trail of five rows."""

    async def fill() -> None:
        for number in range(1, 6):
            await trail.append(an_entry(number, account="111111111111", text='ä "quoted" \u2028'))

    asyncio.run(fill())
    return trail


@pytest.fixture
def journal(database: Database) -> Iterator[SqlExecutionJournal]:
    """A journal beside the trail."""
    made = SqlExecutionJournal(database, FakeClock(), Driver(owner="one", host="here"), FakeLocks())
    yield made
    made.close()


def forge(path: Path, *statements: str) -> None:
    """Change the file as somebody could who has it: without the triggers."""
    connection = sqlite_module().connect(str(path), isolation_level=None)
    try:
        for table in ("audit", "journal"):
            connection.execute(f"DROP TRIGGER {table}_no_update")
            connection.execute(f"DROP TRIGGER {table}_no_delete")
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


@on_loop
async def test_rows_come_back_as_they_were_written(trail: SqlAuditTrail) -> None:
    written = [await trail.append(an_entry(number, account="1")) for number in (1, 2)]
    assert list(await trail.records()) == written
    assert await trail.records(after=1) == (written[1],)


@on_loop
async def test_limit_gives_the_newest_rows_oldest_first(filled: SqlAuditTrail) -> None:
    assert [one.sequence for one in await filled.records(limit=2)] == [4, 5]


@on_loop
async def test_two_processes_write_one_chain(database: Database) -> None:
    trails = [SqlAuditTrail(database, FakeClock()) for _ in range(2)]
    await asyncio.gather(*(trail.append(an_entry(number)) for number in range(10) for trail in trails))
    assert [one.sequence for one in await trails[0].records()] == list(range(1, 21))
    assert await trails[0].verify() == ()


@pytest.mark.parametrize("statement", ["UPDATE audit SET payload = '{}'", "DELETE FROM audit"])
@on_loop
async def test_the_database_refuses_to_change_a_row(
    filled: SqlAuditTrail, database: Database, statement: str
) -> None:
    with pytest.raises(StorageError, match="append-only"):
        await database.write(lambda c: c.exec_driver_sql(statement) and None)
    assert len(await filled.records()) == 5


@on_loop
async def test_an_untouched_trail_has_nothing_to_report(filled: SqlAuditTrail) -> None:
    assert await filled.verify() == ()


@on_loop
async def test_an_empty_trail_has_nothing_to_report(trail: SqlAuditTrail) -> None:
    assert await trail.verify() == ()
    assert trail.check_export((await trail.export()).content) == ()


@pytest.mark.parametrize(
    ("statement", "sequence", "problem"),
    [
        ("UPDATE audit SET payload = replace(payload, '3', '4') WHERE sequence = 3", 3, "was changed"),
        ("UPDATE audit SET driver = 'nobody' WHERE sequence = 2", 2, "was changed"),
        ("UPDATE audit SET recorded_at = '' WHERE sequence = 1", 1, "was changed"),
        ("UPDATE audit SET type = 'refusal' WHERE sequence = 5", 5, "was changed"),
        ("UPDATE audit SET version = 2 WHERE sequence = 5", 5, "was changed"),
        ("UPDATE audit SET previous_hash = '' WHERE sequence = 4", 4, "does not follow"),
        ("UPDATE audit SET hash = 'x' WHERE sequence = 4", 4, "was changed"),
        ("DELETE FROM audit WHERE sequence = 3", 4, "Row 3 is missing"),
        ("DELETE FROM audit WHERE sequence = 1", 2, "Row 1 is missing"),
        ("DELETE FROM audit WHERE sequence >= 4", 4, "The end is missing: row 5"),
        ("DELETE FROM audit", 1, "The end is missing: row 5"),
        (
            "UPDATE audit SET sequence = CASE sequence WHEN 2 THEN 30 ELSE sequence END;"
            "UPDATE audit SET sequence = 2 WHERE sequence = 3;"
            "UPDATE audit SET sequence = 3 WHERE sequence = 30",
            2,
            "does not follow",
        ),
    ],
)
@on_loop
async def test_a_changed_trail_is_found_with_its_row(
    filled: SqlAuditTrail, path: Path, statement: str, sequence: int, problem: str
) -> None:
    forge(path, *statement.split(";"))
    first = (await filled.verify())[0]
    assert (first.sequence, problem in first.problem) == (sequence, True), first


@pytest.mark.parametrize("is_new_process", [False, True])
@on_loop
async def test_cut_trail_that_goes_on_says_for_ever_that_it_was_cut(
    filled: SqlAuditTrail, database: Database, path: Path, is_new_process: bool
) -> None:
    forge(path, "DELETE FROM audit WHERE sequence >= 4")
    trail = SqlAuditTrail(database, FakeClock()) if is_new_process else filled
    for number in range(4):
        await trail.append(an_entry(number))
    (found,) = await trail.verify()
    assert found.sequence == 4
    assert found.problem == "Row 5 was once written and is not there as it was; row 3 was the last."
    assert [one.entry.kind.value for one in await trail.records(after=3)] == ["gap"] + ["command"] * 4


@on_loop
async def test_rows_of_two_processes_leave_no_gap(filled: SqlAuditTrail, database: Database) -> None:
    other = SqlAuditTrail(database, FakeClock())
    for number in range(3):
        await other.append(an_entry(number))
        await filled.append(an_entry(number))
    assert await filled.verify() == ()
    assert len(await filled.records()) == 11


async def _run_an_execution(journal: SqlExecutionJournal) -> None:
    play = Play(2, execution_id=EXECUTION_ID)
    play.run_to_the_end()
    lease = await journal.acquire_lease(EXECUTION_ID)
    await journal.append(lease, None, play.events)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM journal", "is missing"),
        ("UPDATE journal SET hash = 'rewritten'", "was changed"),
    ],
)
@on_loop
async def test_an_execution_rewritten_since_is_found(
    trail: SqlAuditTrail, journal: SqlExecutionJournal, path: Path, statement: str, problem: str
) -> None:
    await trail.append(an_entry(1))
    await _run_an_execution(journal)
    await trail.append(an_entry(2))
    assert await trail.verify() == ()
    forge(path, statement)
    (found,) = await trail.verify()
    assert found.sequence == 2
    assert f"of execution {EXECUTION_ID}, which it names, {problem}" in found.problem


@on_loop
async def test_every_byte_flip_of_the_exported_file_is_found(filled: SqlAuditTrail) -> None:
    content = (await filled.export()).content
    assert filled.check_export(content) == ()
    for position in range(len(content)):
        for mask in (0x01, 0x20, 0x80):
            flipped = bytearray(content)
            flipped[position] ^= mask
            assert filled.check_export(bytes(flipped)), (position, mask)


@on_loop
async def test_every_truncation_of_the_exported_file_is_found(filled: SqlAuditTrail) -> None:
    content = (await filled.export()).content
    for length in range(len(content)):
        assert filled.check_export(content[:length]), length


@pytest.mark.parametrize(
    ("order", "sequence", "problem"),
    [
        ([0, 1, 3, 2, 4, 5], 3, "Row 2 is missing"),
        ([0, 1, 2, 4, 5], 4, "Row 3 is missing"),
        ([0, 1, 2, 3, 4], 5, "promises 5 rows, 4 are there"),
        ([0, 1, 2, 2, 3, 4, 5], 2, "Row 3 is missing"),
        ([0], 1, "promises 5 rows, 0 are there"),
    ],
)
@on_loop
async def test_lines_moved_removed_or_doubled_are_found(
    filled: SqlAuditTrail, order: list[int], sequence: int, problem: str
) -> None:
    lines = (await filled.export()).content.splitlines(keepends=True)
    found = filled.check_export(b"".join(lines[number] for number in order))[0]
    assert (found.sequence, problem in found.problem) == (sequence, True), found


@pytest.mark.parametrize("content", [b"", b"\n", b"[1]\n", b"{}\n", b"[" * 5000 + b"\n", b"\xff\xfe\n"])
def test_a_file_that_is_no_export_is_said_to_be_none(trail: SqlAuditTrail, content: bytes) -> None:
    assert trail.check_export(content)


@pytest.mark.parametrize(
    ("line", "member", "value"), [(0, "rows", True), (1, "execution_id", []), (1, "sequence", "1")]
)
@on_loop
async def test_a_file_with_a_value_of_another_kind_is_found(
    filled: SqlAuditTrail, line: int, member: str, value: object
) -> None:
    header, row = (json.loads(one) for one in (await filled.export()).content.splitlines()[:2])
    lines = [{**header, "rows": 1, "head": row["hash"]}, row]
    assert filled.check_export(b"".join(rfc8785.dumps(one) + b"\n" for one in lines)) == ()
    lines[line][member] = value
    assert filled.check_export(b"".join(rfc8785.dumps(one) + b"\n" for one in lines))
