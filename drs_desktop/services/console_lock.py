"""The lock of this console: kept in memory, asked by the guard, closed by nobody touching the window."""

import threading
from collections.abc import Callable
from datetime import timedelta

from drs_desktop.domain.idle_lock import IdleLock


class ConsoleLock:
    """One lock for a whole workspace; any thread may ask and touch. A command line never locks."""

    def __init__(self, elapsed: Callable[[], timedelta]) -> None:
        """Begin open and without a limit.

        Args:
            elapsed: the clock that never jumps and counts sleep.
        """
        self._elapsed = elapsed
        self._mutex = threading.Lock()
        self._state = IdleLock()

    @property
    def state(self) -> IdleLock:
        """Return the lock as it stands at this moment."""
        return self._become(IdleLock.at)

    @property
    def reason(self) -> str:
        """Return why nothing can be changed now, or an empty text."""
        return self.state.reason

    @property
    def locked_for(self) -> timedelta:
        """Return how long it has been locked; nothing while it is open."""
        state = self.state
        return self._elapsed() - state.locked_at if state.locked_at is not None else timedelta()

    def touch(self) -> None:
        """Take note that somebody is there."""
        self._become(IdleLock.touched)

    def lock(self) -> None:
        """Lock it by hand."""
        self._become(IdleLock.locked)

    def unlock(self) -> None:
        """Open it; whoever calls this has asked for the operator before."""
        self._become(IdleLock.unlocked)

    def limit(self, limit: timedelta | None) -> None:
        """Lock it by itself after so long without a touch; None never does."""
        self._become(lambda state, now: state.limited(limit, now))

    def _become(self, change: Callable[[IdleLock, timedelta], IdleLock]) -> IdleLock:
        with self._mutex:
            self._state = change(self._state, self._elapsed())
            return self._state
