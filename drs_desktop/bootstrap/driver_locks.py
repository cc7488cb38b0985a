"""The journal's driver locks, as files that the system releases when their process dies."""

from pathlib import Path

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.system.file_lock import ExecutionLock


class FileDriverLocks:
    """One lock file per execution in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[ExecutionId, ExecutionLock] = {}

    def try_acquire(self, execution_id: ExecutionId) -> bool:
        """Return whether this process now holds the lock of the execution."""
        lock = self._held.get(execution_id) or ExecutionLock(self._folder, execution_id)
        if not lock.acquire():
            return False
        self._held[execution_id] = lock
        return True

    def release(self, execution_id: ExecutionId) -> None:
        """Give the lock back; one not held stays as it is."""
        lock = self._held.pop(execution_id, None)
        if lock is not None:
            lock.release()
