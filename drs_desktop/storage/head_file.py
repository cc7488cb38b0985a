"""How far the journal was once written, in a small file beside it, so that a restored backup is noticed.

What was written since the backup is lost, intents among them, so that nothing may start unasked.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection, select

from drs_desktop.storage.schema import journal

_log = structlog.get_logger(__name__)
_LENGTH = 256
"""Every head is as long, so that one is written over another in one piece, without a file of its own."""
_BINARY = getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The newest row that was ever written, and where a restored journal ended when that was noticed."""

    position: int = 0
    hash: str = ""
    restored_after: int = 0


class HeadFile:
    """The file `<database>.head`; written after each commit, never before."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".head")
        self._head = Head()

    @property
    def restored_after(self) -> int:
        """Return up to which position rows come from a backup; 0 when the database was never put back."""
        return self._head.restored_after

    def check(self, connection: Connection) -> None:
        """Compare the journal with what was last written to it."""
        self._head = self._read()
        newest = connection.execute(
            select(journal.c.position, journal.c.hash).order_by(journal.c.position.desc()).limit(1)
        ).one_or_none()
        known = connection.execute(
            select(journal.c.hash).where(journal.c.position == self._head.position)
        ).scalar()
        if self._head.position == 0 or known == self._head.hash:
            return
        position, row_hash = (newest.position, newest.hash) if newest else (0, "")
        _log.warning(
            "the database is older than what was last written", now=position, was=self._head.position
        )
        self._write(Head(position=position, hash=row_hash, restored_after=max(position, 1)))

    def last_written(self) -> Head:
        """Return what the file says now."""
        return self._read()

    def wrote(self, position: int, row_hash: str) -> None:
        """Remember the newest row; one that another process wrote meanwhile may be newer."""
        if position > self._head.position:
            self._write(Head(position=position, hash=row_hash, restored_after=self._head.restored_after))

    def _read(self) -> Head:
        try:
            data = json.loads(self._text())
            return Head(
                position=int(data["position"]),
                hash=str(data["hash"]),
                restored_after=int(data["restored_after"]),
            )
        except FileNotFoundError:
            return Head()
        except (OSError, ValueError, TypeError, KeyError) as error:
            _log.warning("the journal's head file cannot be read", error=str(error))
            return Head()

    def _text(self) -> str:
        """Return what the file holds, read twice alike: another process may be writing it just now."""
        text = self._path.read_text(encoding="utf-8")
        while (again := self._path.read_text(encoding="utf-8")) != text:
            text = again
        return text

    def _write(self, head: Head) -> None:
        self._head = head
        text = json.dumps(asdict(head)).ljust(_LENGTH)
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
            with os.fdopen(handle, "r+b", buffering=0) as file:
                file.write(text.encode())
                file.truncate()
        except OSError as error:
            _log.warning("the journal's head file was not written", error=str(error))
