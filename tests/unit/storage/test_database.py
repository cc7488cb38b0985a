"""One file, one writer: durable or refused, never half, and never waiting for an answer that cannot come."""

import asyncio
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from drs_desktop.domain.errors import CommandRefused, StorageError
from drs_desktop.storage import database as database_module
from drs_desktop.storage import foreign_writes
from drs_desktop.storage.database import Database, journal_settings, sqlite_facts
from drs_desktop.storage.foreign_writes import ForeignWriteWatch
from drs_desktop.storage.migrator import NEWEST_REVISION
from tests.helpers.asynchronous import on_loop

DEADLINE = 30.0
"""How long a test waits, in real seconds, for a thread of the program; reached only when it fails."""


def _insert(execution_id: str) -> Any:
    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO lease VALUES (:id, 'o', 'h', 1, 0)"), {"id": execution_id})
        return execution_id

    return work


async def _leases(database: Database) -> list[str]:
    query = text("SELECT execution_id FROM lease ORDER BY execution_id")
    return await database.read(lambda c: list(c.execute(query).scalars()))


# ---- opening


def test_a_new_file_is_for_its_owner_only_and_so_is_what_lies_beside_it(
    database: Database, path: Path
) -> None:
    asyncio.run(database.write(_insert("one")))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert path.name in modes
    assert set(modes.values()) == {0o600}, modes


def test_a_new_file_has_the_newest_revision_and_is_found_again_with_its_content(
    database: Database, path: Path
) -> None:
    asyncio.run(database.write(_insert("one")))
    database.close()
    again = Database(path)
    again.open()
    try:
        assert asyncio.run(_leases(again)) == ["one"]
        query = text("SELECT version_num FROM alembic_version")
        assert asyncio.run(again.read(lambda c: c.execute(query).scalar())) == NEWEST_REVISION
    finally:
        again.close()


def test_a_file_of_a_newer_program_is_refused_and_left_as_it_is(database: Database, path: Path) -> None:
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    asyncio.run(database.write(lambda c: c.execute(newer) and None))
    database.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"newer version .*revision 9999.*the file was not changed"):
        Database(path).open()
    assert path.read_bytes() == before


def test_something_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_text("a letter to my aunt, and more of it" * 10)
    before = path.read_bytes()
    broken = Database(path)
    with pytest.raises(StorageError, match="cannot be opened"):
        broken.open()
    broken.close()
    assert path.read_bytes() == before


def test_a_folder_that_does_not_exist_is_a_storage_error(tmp_path: Path) -> None:
    broken = Database(tmp_path / "missing" / "workspace.db")
    with pytest.raises(StorageError, match="cannot be opened"):
        broken.open()
    broken.close()


# ---- the journal mode


@pytest.mark.parametrize(
    ("version", "settings"),
    [
        ((3, 40, 1), ("DELETE", "EXTRA")),
        ((3, 51, 2), ("DELETE", "EXTRA")),
        ((3, 51, 3), ("WAL", "FULL")),
        ((3, 53, 4), ("WAL", "FULL")),
        ((4, 0, 0), ("WAL", "FULL")),
    ],
)
def test_the_write_ahead_log_is_used_only_where_it_cannot_be_corrupted(
    version: tuple[int, ...], settings: tuple[str, str]
) -> None:
    assert journal_settings(version) == settings


@pytest.mark.parametrize(("mode", "synchronous"), [("WAL", 2), ("DELETE", 3)])
def test_the_file_has_the_mode_and_the_writer_the_synchronous_level_that_were_chosen(
    path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, synchronous: int
) -> None:
    level = {2: "FULL", 3: "EXTRA"}[synchronous]
    monkeypatch.setattr(database_module, "journal_settings", lambda version: (mode, level))
    opened = Database(path)
    opened.open()
    try:

        def ask(connection: Connection) -> tuple[Any, ...]:
            names = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
            return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)

        assert asyncio.run(opened.write(ask)) == (mode.lower(), synchronous, 1, 0)
    finally:
        opened.close()


def test_the_doctor_is_told_what_is_linked() -> None:
    facts = sqlite_facts()
    version = tuple(int(part) for part in facts.version.split("."))
    assert (facts.journal_mode, facts.synchronous) == journal_settings(version)
    assert facts.module in {"pysqlite3.dbapi2", "sqlite3.dbapi2"}


# ---- writing


@on_loop
async def test_every_write_of_a_batch_gets_its_own_answer(database: Database) -> None:
    names = [f"e-{n:03}" for n in range(200)]
    answers = await asyncio.gather(*(database.write(_insert(name)) for name in names))
    assert answers == names
    assert await _leases(database) == names


@on_loop
async def test_writes_that_wait_together_are_committed_together(database: Database) -> None:
    began, gate, commits = threading.Event(), threading.Event(), []

    def hold(connection: Connection) -> None:
        began.set()
        assert gate.wait(DEADLINE)

    def count(connection: Connection) -> None:
        commits.append(connection)

    event.listen(Engine, "commit", count)
    try:
        first = asyncio.gather(database.write(hold))
        await asyncio.sleep(0)
        assert began.wait(DEADLINE)
        rest = asyncio.gather(*(database.write(_insert(f"e-{n}")) for n in range(50)))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, rest)
    finally:
        event.remove(Engine, "commit", count)
    assert len(commits) == 2, "the one under way, and one for all that waited"
    assert len(await _leases(database)) == 50


@on_loop
async def test_a_unit_that_fails_leaves_nothing_and_does_not_fail_its_neighbours(database: Database) -> None:
    def half(connection: Connection) -> None:
        _insert("half")(connection)
        raise CommandRefused("no")

    results = await asyncio.gather(
        database.write(_insert("before")),
        database.write(half),
        database.write(_insert("before")),
        database.write(_insert("after")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [str, CommandRefused, StorageError, str]
    assert "UNIQUE" in str(results[2])
    assert await _leases(database) == ["after", "before"]


@on_loop
async def test_a_database_that_cannot_write_says_so_and_writes_nothing_of_the_batch(
    database: Database,
) -> None:
    def fill_the_disk(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def big(connection: Connection) -> None:
        connection.execute(text("INSERT INTO lease VALUES (:id, 'o', 'h', 1, 0)"), {"id": "x" * 200_000})

    await database.write(fill_the_disk)
    results = await asyncio.gather(
        database.write(_insert("small")), database.write(big), return_exceptions=True
    )
    assert [type(result) for result in results] == [StorageError, StorageError]
    assert "full" in str(results[1])
    assert await _leases(database) == []
    assert await database.write(_insert("later")) == "later", "reads and small writes go on"


@on_loop
async def test_a_trigger_that_aborts_is_a_storage_error(database: Database) -> None:
    trigger = "CREATE TRIGGER broken BEFORE INSERT ON lease BEGIN SELECT raise(abort, 'device lost'); END"
    await database.write(lambda c: c.exec_driver_sql(trigger) and None)
    with pytest.raises(StorageError, match="device lost"):
        await database.write(_insert("one"))
    assert await _leases(database) == []


@on_loop
async def test_a_caller_who_goes_away_does_not_undo_the_write_nor_stop_the_writer(
    database: Database,
) -> None:
    gate = threading.Event()

    def slow(connection: Connection) -> None:
        assert gate.wait(DEADLINE)
        _insert("slow")(connection)

    task = asyncio.gather(database.write(slow))
    await asyncio.sleep(0)
    task.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.write(_insert("next"))
    assert await _leases(database) == ["next", "slow"]


def test_a_caller_whose_loop_is_closed_does_not_stop_the_writer(database: Database) -> None:
    began, gate = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        began.set()
        assert gate.wait(DEADLINE)
        _insert("slow")(connection)

    async def leave() -> None:
        waiting = asyncio.gather(database.write(slow))
        await asyncio.sleep(0)
        assert began.wait(DEADLINE)
        waiting.cancel()

    asyncio.run(leave())
    gate.set()
    asyncio.run(database.write(_insert("next")))
    assert asyncio.run(_leases(database)) == ["next", "slow"]


@on_loop
async def test_after_the_close_everything_is_refused_instead_of_waiting_for_ever(path: Path) -> None:
    closed = Database(path)
    with pytest.raises(StorageError, match="is closed"):
        await closed.write(_insert("too early"))
    closed.open()
    queued = asyncio.gather(*(closed.write(_insert(f"e-{n}")) for n in range(20)))
    await asyncio.sleep(0)
    closed.close()
    assert len(await queued) == 20, "what was queued before the close is done"
    with pytest.raises(StorageError, match="is closed"):
        await asyncio.wait_for(closed.write(_insert("too late")), DEADLINE)
    with pytest.raises(StorageError, match="is closed"):
        await closed.read(lambda c: None)
    closed.close()


@on_loop
async def test_a_reader_cannot_write_and_its_error_is_a_storage_error(database: Database) -> None:
    with pytest.raises(StorageError, match="Reading the database"):
        await database.read(_insert("sneaked in"))
    assert await _leases(database) == []


@pytest.mark.parametrize("table", ["journal", "document_version"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
@on_loop
async def test_the_journal_and_the_documents_can_only_be_added_to(
    database: Database, table: str, verb: str
) -> None:
    rows = {
        "journal": "INSERT INTO journal VALUES (1, 'e', 1, 'T', 1, '{}', 'now', 'd', 'p', 'h')",
        "document_version": "INSERT INTO document_version VALUES (1, 'plan', 'p', 1, '{}', 'now', 'anna')",
    }
    await database.write(lambda c: c.exec_driver_sql(rows[table]) and None)
    first = {"journal": "payload", "document_version": "body"}[table]
    change = f"UPDATE {table} SET {first} = 'forged'" if verb == "UPDATE" else f"DELETE FROM {table}"
    with pytest.raises(StorageError, match=f"{table} is append-only"):
        await database.write(lambda c: c.exec_driver_sql(change) and None)


# ---- foreign writes


class _Listener:
    """Counts the calls, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self._called = threading.Semaphore(0)

    def __call__(self) -> None:
        self._called.release()

    def wait(self) -> bool:
        return self._called.acquire(timeout=DEADLINE)

    def was_called(self) -> bool:
        return self._called.acquire(blocking=False)


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_foreign_write_is_noticed(path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(foreign_writes, "INTERVAL_SECONDS", 0.005)
    monkeypatch.setattr(database_module, "journal_settings", lambda version: (mode, "FULL"))
    mine, foreign = Database(path), Database(path)
    mine.open()
    foreign.open()
    watch, listener = ForeignWriteWatch(mine), _Listener()
    try:
        stop = watch.subscribe(listener)
        assert listener.wait(), "the first look: something may have been written before it"
        asyncio.run(foreign.write(_insert("one")))
        assert listener.wait()
        asyncio.run(foreign.write(_insert("two")))
        assert listener.wait()
        second = _Listener()
        watch.subscribe(second)
        stop()
        stop()
        asyncio.run(foreign.write(_insert("three")))
        assert second.wait()
        assert not listener.was_called(), "nobody who left is called"
    finally:
        watch.close()
        mine.close()
        foreign.close()


class _LateDatabase(Database):
    """Lets nobody look before the test says so."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may_look = threading.Event()

    def connect_reader(self) -> Connection:
        assert self.may_look.wait(DEADLINE)
        return super().connect_reader()


def test_a_write_between_the_subscription_and_the_first_look_is_noticed(path: Path) -> None:
    mine, foreign = _LateDatabase(path), Database(path)
    mine.open()
    foreign.open()
    watch, listener = ForeignWriteWatch(mine), _Listener()
    try:
        watch.subscribe(listener)
        asyncio.run(foreign.write(_insert("one")))
        mine.may_look.set()
        assert listener.wait()
    finally:
        watch.close()
        mine.close()
        foreign.close()


class _ShakyDatabase(Database):
    """Fails the first look."""

    looks = 0

    def connect_reader(self) -> Connection:
        self.looks += 1
        connection = super().connect_reader()
        if self.looks == 1:
            connection.close()
        return connection


def test_the_watch_goes_on_after_a_look_that_failed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_writes, "INTERVAL_SECONDS", 0.005)
    shaky = _ShakyDatabase(path)
    shaky.open()
    watch, listener = ForeignWriteWatch(shaky), _Listener()
    try:
        watch.subscribe(listener)
        assert listener.wait()
        assert shaky.looks == 2
    finally:
        watch.close()
        shaky.close()
