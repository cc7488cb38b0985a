"""The audit trail of a file that nobody has open, as `doctor` and `journal verify` look at it."""

import asyncio
from pathlib import Path

from drs_desktop.storage.audit_inspection import AuditFindings, inspect_audit
from drs_desktop.storage.audit_trail import SqlAuditTrail
from drs_desktop.storage.database import Database
from tests.helpers.fakes import FakeClock
from tests.unit.storage.test_audit_trail import an_entry, forge


def written(database: Database) -> Path:
    """Write three rows and close the file."""

    async def write() -> None:
        for number in (1, 2, 3):
            await SqlAuditTrail(database, FakeClock()).append(an_entry(number))

    asyncio.run(write())
    database.close()
    return database.path


def test_whole_trail_is_counted(database: Database) -> None:
    assert inspect_audit(written(database)) == AuditFindings(rows=3)


def test_changed_row_is_named(database: Database) -> None:
    path = written(database)
    forge(path, "UPDATE audit SET payload = '{}' WHERE sequence = 2")
    assert inspect_audit(path).problems[0].sequence == 2


def test_end_that_was_cut_off_is_found(database: Database) -> None:
    path = written(database)
    forge(path, "DELETE FROM audit WHERE sequence = 3")
    assert "The end is missing" in inspect_audit(path).problems[0].problem


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    found = inspect_audit(tmp_path / "none.sqlite3")
    assert (found.is_absent, found.problems) == (True, ())


def test_file_that_is_no_database_is_not_said_to_be_whole(tmp_path: Path) -> None:
    path = tmp_path / "odd.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    found = inspect_audit(path)
    assert (found.is_absent, "cannot be read" in found.unread) == (False, True)


def test_every_changed_row_is_named(database: Database) -> None:
    path = written(database)
    forge(path, "UPDATE audit SET payload = '{}' WHERE sequence IN (1, 3)")
    assert [one.sequence for one in inspect_audit(path).problems][:2] == [1, 3]


def test_a_row_of_another_kind_is_named(database: Database) -> None:
    path = written(database)
    forge(path, "UPDATE audit SET payload = CAST(payload AS BLOB) WHERE sequence = 2")
    assert 2 in [one.sequence for one in inspect_audit(path).problems]


def test_a_trail_that_is_gone_as_a_whole_is_found(database: Database) -> None:
    path = written(database)
    forge(path, "DROP TABLE audit")
    found = inspect_audit(path)
    assert (found.is_absent, "The whole trail is missing" in found.problems[0].problem) == (False, True)
