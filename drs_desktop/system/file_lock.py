"""One driver per execution: a lock that the system itself releases when its holder dies."""

import json
import os
import socket
from pathlib import Path

from filelock import FileLock, Timeout

from drs_desktop.domain.ids import ExecutionId


class ExecutionLock:
    """The lock file of one execution, with a note beside it that says who holds it.

    The lock is the system's, so that kill -9 releases it. The note may outlive its writer: it only ever
    serves a message, never a decision.
    """

    def __init__(self, folder: Path, execution_id: ExecutionId) -> None:
        """Name the lock `<execution id>.lock` in a folder that exists."""
        self._note = folder / f"{execution_id}.owner"
        # Not thread local: whoever acquired it, any thread of this process may release it.
        self._lock = FileLock(folder / f"{execution_id}.lock", thread_local=False, mode=0o600)

    @property
    def is_held(self) -> bool:
        """Return whether this very object holds the lock."""
        return self._lock.is_locked

    def acquire(self) -> bool:
        """Take the lock if it is free, without waiting; return whether this object holds it now."""
        if self._lock.is_locked:
            return True
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        self._write_note()
        return True

    def release(self) -> None:
        """Give the lock back; a lock not held stays as it is."""
        if not self._lock.is_locked:
            return
        self._note.unlink(missing_ok=True)
        self._lock.release()

    def owner(self) -> str:
        """Return who holds the lock, as a message says it; "unknown" when the note cannot be read."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return f"process {int(note['pid'])} on {note['host']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "unknown"

    def _write_note(self) -> None:
        note = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        temporary = self._note.with_suffix(f".{os.getpid()}.tmp")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(note)
            temporary.replace(self._note)
        except OSError:
            temporary.unlink(missing_ok=True)
