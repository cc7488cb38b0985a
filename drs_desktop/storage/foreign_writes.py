"""Notice that another process wrote: SQLite's data_version, looked at each second on one connection."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from drs_desktop.storage.database import Database

INTERVAL_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class ForeignWriteWatch:
    """Calls its subscribers, on its own thread, after the database changed. It starts with the first one.

    A change that cannot be excluded counts as one: at the first look, and after a look that failed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._callbacks: list[Callable[[], None]] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Start calling back; return the function that ends it."""
        self._callbacks.append(callback)
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="storage-watch", daemon=True)
            self._thread.start()

        def stop() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return stop

    def close(self) -> None:
        """End the watch and its thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                with self._database.connect_reader() as connection:
                    self._look_until_stopped(connection)
            except SQLAlchemyError as error:
                _log.warning("watching for foreign writes failed; it is tried again", error=str(error))
                self._stop.wait(INTERVAL_SECONDS)

    def _look_until_stopped(self, connection: Connection) -> None:
        seen: int | None = None
        while not self._stop.is_set():
            version = self._version(connection)
            if version != seen:
                seen = version
                for callback in tuple(self._callbacks):
                    callback()
            self._stop.wait(INTERVAL_SECONDS)

    @staticmethod
    def _version(connection: Connection) -> int:
        version = int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
        connection.rollback()  # a transaction left open would show one snapshot for ever
        return version
