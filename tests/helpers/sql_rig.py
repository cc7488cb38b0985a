"""The program's own SQL journal under virtual time: the same statements, on the loop instead of a thread.

Only `storage/database.py` is stood in for: its queue and threads would let the virtual clock run on while a
write is still on its way.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import StaticPool

from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.events import Event
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import CommandAnswer, Lease, StoredEvent
from drs_desktop.storage.database import sqlite_module
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import Driver
from drs_desktop.storage.schema import metadata
from tests.helpers.engine_rig import Console, Rig
from tests.helpers.fakes import FakeLocks

_T = TypeVar("_T")


class NoHead:
    """A database in memory is never put back from a backup."""

    restored_after = 0

    def wrote(self, position: int, row_hash: str) -> None:
        pass


class LoopDatabase:
    """One SQLite in memory; a unit of work is a savepoint, and each write a transaction of its own."""

    path = Path("memory")
    head = NoHead()

    def __init__(self) -> None:
        self._engine = create_engine(
            "sqlite+pysqlite://",
            module=sqlite_module(),
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )

        @event.listens_for(self._engine, "connect")
        def _on_connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None

        @event.listens_for(self._engine, "begin")
        def _on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        metadata.create_all(self._engine)

    async def write(self, perform: Callable[[Connection], _T]) -> _T:
        try:
            with self._engine.begin() as connection:
                result = perform(connection)
        except IntegrityError as error:
            raise StorageError(f"The database refused a write: {error.orig}") from error
        return result

    async def read(self, perform: Callable[[Connection], _T]) -> _T:
        with self._engine.connect() as connection:
            return perform(connection)

    def close(self) -> None:
        self._engine.dispose()


class SqlHouse:
    """One database and the journals on it, each of a process of its own."""

    def __init__(self) -> None:
        self.database = LoopDatabase()
        self._journals: list[RigSqlJournal] = []
        self._held: dict[str, dict[ExecutionId, FakeLocks]] = {}

    def journal_of(self, console: Console) -> "RigSqlJournal":
        locks = FakeLocks(self._held.setdefault(console.host, {}))
        journal = RigSqlJournal(self, console.rig, console.owner, console.host, locks)
        self._journals.append(journal)
        return journal

    def wrote(self, writer: "RigSqlJournal") -> None:
        for journal in self._journals:
            for callback in tuple(journal.callbacks) if journal is not writer else ():
                callback()


class RigSqlJournal(SqlExecutionJournal):
    """The journal; other processes hear of its writes at once, and the rig's oracle of its events."""

    def __init__(self, house: SqlHouse, rig: Rig, owner: str, host: str, locks: FakeLocks) -> None:
        database: Any = house.database
        super().__init__(database, rig.clock, Driver(owner=owner, host=host), locks)
        self._house, self._rig, self._file_locks = house, rig, locks
        self.callbacks: list[Callable[[], None]] = []

    async def append(
        self,
        lease: Lease,
        state: Execution | None,
        events: Sequence[Event],
        answers: Sequence[CommandAnswer] = (),
    ) -> tuple[StoredEvent, ...]:
        stored = await super().append(lease, state, events, answers)
        self._rig.store.events += stored
        self._house.wrote(self)
        await asyncio.sleep(0)  # whoever wrote hears of it one turn of the loop later
        return stored

    async def release_lease(self, lease: Lease) -> None:
        await super().release_lease(lease)
        await asyncio.sleep(0)

    async def leave_command(self, execution_id: ExecutionId, command: Any, by: str) -> int:
        number = await super().leave_command(execution_id, command, by)
        self._house.wrote(self)
        await asyncio.sleep(0)
        return number

    def on_foreign_write(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback) if callback in self.callbacks else None

    def die(self) -> None:
        self._file_locks.die()
        self.callbacks.clear()
