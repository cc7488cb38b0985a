"""One database file: how it is opened, which journal mode it gets, and the one thread that writes.

Appends from any number of coroutines are queued; one transaction commits a whole batch and only then
resolves them (group commit). Each unit of work is a savepoint: one refusal does not fail its neighbours.
"""

import asyncio
import importlib
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from drs_desktop.domain.errors import StorageError
from drs_desktop.storage.head_file import HeadFile

_T = TypeVar("_T")
_FIRST_SAFE_WAL = (3, 51, 3)
"""SQLite before 3.51.3 can corrupt a WAL file when two connections checkpoint at once."""


@dataclass(frozen=True, kw_only=True)
class SqliteFacts:
    """Which SQLite is linked and how the file is kept safe; shown by `doctor`."""

    version: str
    module: str
    journal_mode: str
    synchronous: str


def sqlite_module() -> ModuleType:
    """Return the newest SQLite at hand: the pysqlite3 wheel where it exists, else Python's own."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3.dbapi2")


def journal_settings(version: tuple[int, ...]) -> tuple[str, str]:
    """Return journal mode and synchronous level that lose nothing with this version of SQLite."""
    return ("WAL", "FULL") if version >= _FIRST_SAFE_WAL else ("DELETE", "EXTRA")


def sqlite_facts() -> SqliteFacts:
    """Return what `doctor` shows of SQLite."""
    module = sqlite_module()
    mode, synchronous = journal_settings(tuple(module.sqlite_version_info))
    return SqliteFacts(
        version=module.sqlite_version, module=module.__name__, journal_mode=mode, synchronous=synchronous
    )


def _make_engine(path: Path, *, read_only: bool) -> Engine:
    module = sqlite_module()
    mode, synchronous = journal_settings(tuple(module.sqlite_version_info))
    engine = create_engine(f"sqlite+pysqlite:///{path}", module=module, connect_args={"timeout": 5.0})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun by hand, below
        for statement in (
            "PRAGMA busy_timeout = 5000",
            "PRAGMA foreign_keys = ON",
            "PRAGMA trusted_schema = OFF",
            f"PRAGMA journal_mode = {mode}" if not read_only else "PRAGMA query_only = 1",
            f"PRAGMA synchronous = {synchronous}",
        ):
            connection.execute(statement)

    if not read_only:

        @event.listens_for(engine, "begin")
        def _on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reading_engine(path: Path) -> Engine:
    """Return an engine whose connections cannot write; it makes no file that is not there."""
    return _make_engine(path, read_only=True)


def cause_of(error: Exception) -> str:
    """Return what the database itself said, without the statement and its parameters."""
    return str(getattr(error, "orig", None) or error)


def _undo_unit(connection: Connection) -> None:
    connection.exec_driver_sql("ROLLBACK TO SAVEPOINT unit")
    connection.exec_driver_sql("RELEASE SAVEPOINT unit")


@dataclass(frozen=True)
class _Work:
    """A unit of work, and where its caller waits: a future that only the caller's own loop touches."""

    perform: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"

    def end(self, result: Any) -> None:
        """Tell the caller, from the writer's thread; nobody is there any more when its loop is closed."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(_settle, self.answer, result)


def _settle(answer: "asyncio.Future[Any]", result: Any) -> None:
    if answer.done():  # the caller went away meanwhile
        return
    if isinstance(result, BaseException):
        answer.set_exception(result)
    else:
        answer.set_result(result)


class Database:
    """A database file with one writer thread and short-lived readers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head = HeadFile(path)
        self._writer = _make_engine(path, read_only=False)
        self._reader = _make_engine(path, read_only=True)
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._is_open = False
        self._readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="storage-reader")
        self._thread = threading.Thread(target=self._write_forever, name="storage-writer", daemon=True)

    def open(self) -> None:
        """Create or migrate the file (0600) and start the writer.

        Raises:
            StorageError: the file cannot be used; the sentence says why.
        """
        from drs_desktop.storage.migrator import migrate

        try:
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            migrate(self._writer, self.path)
            with self._reader.connect() as connection:
                self.head.check(connection)
        except (OSError, SQLAlchemyError) as error:
            raise StorageError(f"The database {self.path} cannot be opened: {cause_of(error)}") from error
        self._thread.start()
        self._is_open = True

    def close(self) -> None:
        """Finish what is queued and close every connection."""
        with self._gate:  # nothing may be queued behind the end, where nobody would ever answer it
            self._is_open = False
            self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._writer.dispose()
        self._reader.dispose()

    # ---- writing

    async def write(self, perform: Callable[[Connection], _T]) -> _T:
        """Run a unit of work on the writer, and return its result once it is durable.

        Raises:
            StorageError: the commit failed; nothing of the unit was written.
            DrsDesktopError: whatever the unit itself raised; nothing of it was written.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()
        with self._gate:
            self._refuse_if_closed()
            self._queue.put(_Work(perform, loop, answer))
        return await answer

    def _refuse_if_closed(self) -> None:
        if not self._is_open:
            raise StorageError(f"The database {self.path} is closed.")

    def _write_forever(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, is_last = self._gather(first)
            self._commit(batch)
            if is_last:
                return

    def _gather(self, first: _Work) -> tuple[list[_Work], bool]:
        batch = [first]
        while not self._queue.empty():
            work = self._queue.get()
            if work is None:
                return batch, True
            batch.append(work)
        return batch, False

    def _commit(self, batch: list[_Work]) -> None:
        results: list[tuple[_Work, Any]] = []
        try:
            with self._writer.connect() as connection, connection.begin():
                results = [(work, self._perform(connection, work)) for work in batch]
        except (SQLAlchemyError, OSError) as error:
            failure = StorageError(f"Writing to the database {self.path} failed: {cause_of(error)}")
            results = [(work, failure) for work in batch]
        for work, result in results:
            work.end(result)

    @staticmethod
    def _perform(connection: Connection, work: _Work) -> Any:
        connection.exec_driver_sql("SAVEPOINT unit")
        try:
            result = work.perform(connection)
        except IntegrityError as error:
            _undo_unit(connection)
            return StorageError(f"The database refused a write: {error.orig}")
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever else a unit raises belongs to its caller alone
            _undo_unit(connection)
            return error
        connection.exec_driver_sql("RELEASE SAVEPOINT unit")
        return result

    # ---- reading

    async def read(self, perform: Callable[[Connection], _T]) -> _T:
        """Run a short query on a connection that cannot write.

        Raises:
            StorageError: the read failed.
        """
        self._refuse_if_closed()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, perform)

    def _read(self, perform: Callable[[Connection], _T]) -> _T:
        try:
            with self._reader.connect() as connection:
                return perform(connection)
        except SQLAlchemyError as error:
            raise StorageError(f"Reading the database {self.path} failed: {cause_of(error)}") from error

    def connect_reader(self) -> Connection:
        """Return a reading connection of the caller's own, to be closed by it."""
        return self._reader.connect()
