"""One window for each workspace: the lock that decides which process has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from drs_desktop.domain.errors import DrsDesktopError

LOCK_FILE = "window.lock"


class WindowElsewhere(DrsDesktopError):
    """Another process has the window of the workspace, and does not answer."""

    exit_code = 7

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another process has the window of the workspace {folder.name} and does not answer. It may be "
            "closing: try again in a moment, or end that process."
        )


@contextmanager
def window_lock(folder: Path) -> Iterator[bool]:
    """Yield whether this process has the window of the workspace now; its end gives it back, or its death."""
    lock = FileLock(folder / LOCK_FILE, thread_local=False, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
