"""A stretch of time laid out over a width of pixels, with round ticks."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
"""Seconds between two ticks; beyond the last, whole days."""
TICK_PIXELS = 84.0


@dataclass(frozen=True, kw_only=True)
class TimeAxis:
    """Turns times into places.

    Attributes:
        begin: the time at `left`.
        end: the time at `left + width`.
    """

    begin: datetime
    end: datetime
    left: float
    width: float

    def x_of(self, at: datetime) -> float:
        """Return the place of a time; one outside the stretch lies on its edge."""
        share = (at - self.begin) / self._length
        return self.left + self.width * min(max(share, 0.0), 1.0)

    def at(self, x: float) -> datetime:
        """Return the time at a place."""
        return self.begin + self._length * ((x - self.left) / max(self.width, 1.0))

    def ticks(self) -> list[tuple[float, str]]:
        """Return places and words of round times, far enough apart to be read."""
        step = self._step()
        first = -(-int(self.begin.timestamp()) // step) * step
        last = int(self.end.timestamp())
        moments = (datetime.fromtimestamp(second, UTC) for second in range(first, last + 1, step))
        return [(self.x_of(moment), _words(moment, step)) for moment in moments]

    def _step(self) -> int:
        wanted = self._length.total_seconds() * TICK_PIXELS / max(self.width, 1.0)
        return next((step for step in _STEPS if step >= wanted), -(-int(wanted) // 86_400) * 86_400)

    @property
    def _length(self) -> timedelta:
        return max(self.end - self.begin, timedelta(seconds=1))


def _words(moment: datetime, step: int) -> str:
    here = moment.astimezone()
    if step >= 86_400:
        return here.strftime("%d %b")
    return here.strftime("%H:%M:%S" if step < 60 else "%H:%M")
