"""Whether the console is locked because nobody touched it; no clock in here, and nothing of what runs."""

from dataclasses import dataclass, replace
from datetime import timedelta

IDLE_MINUTES = 45
"""Without another setting, so many minutes without input lock the console."""
MOST_IDLE_MINUTES = 24 * 60


@dataclass(frozen=True, kw_only=True)
class IdleLock:
    """The lock of one console; every moment is one of the clock that never jumps and counts sleep.

    Attributes:
        limit: how long nobody may touch it; None never locks it by itself.
        touched_at: when somebody last did.
        locked_at: since when it is locked, if it is.
        is_by_hand: whether somebody locked it, instead of leaving it alone.
    """

    limit: timedelta | None = None
    touched_at: timedelta = timedelta()
    locked_at: timedelta | None = None
    is_by_hand: bool = False

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None

    @property
    def reason(self) -> str:
        """Return why nothing can be changed now, as a sentence, or an empty text."""
        if self.locked_at is None:
            return ""
        if self.is_by_hand or self.limit is None:
            return "The console is locked: unlock it before anything is changed."
        return (
            f"The console is locked: nobody touched it for {idle_words(self.limit)}. "
            "Unlock it before anything is changed."
        )

    def at(self, now: timedelta) -> "IdleLock":
        """Return the lock as it stands now: an idle console locks at the end of its limit, and stays so."""
        if self.is_locked or self.limit is None or now - self.touched_at < self.limit:
            return self
        return replace(self, locked_at=self.touched_at + self.limit, is_by_hand=False)

    def touched(self, now: timedelta) -> "IdleLock":
        """Take note of input; what comes after the limit, or while it is locked, unlocks nothing."""
        lock = self.at(now)
        return lock if lock.is_locked else replace(lock, touched_at=max(now, lock.touched_at))

    def locked(self, now: timedelta) -> "IdleLock":
        """Lock it by hand."""
        lock = self.at(now)
        return lock if lock.is_locked else replace(lock, locked_at=now, is_by_hand=True)

    def unlocked(self, now: timedelta) -> "IdleLock":
        """Open it: whoever may has shown that they are there."""
        return replace(self, locked_at=None, is_by_hand=False, touched_at=now)

    def limited(self, limit: timedelta | None, now: timedelta) -> "IdleLock":
        """Take another limit, which counts from now; a locked console stays locked."""
        lock = self.at(now)
        return replace(lock, limit=limit or None, touched_at=lock.touched_at if lock.is_locked else now)


def idle_words(limit: timedelta) -> str:
    """Return a limit in words."""
    minutes = int(limit.total_seconds() // 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
