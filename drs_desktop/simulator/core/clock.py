"""The service clock: what time it is at the simulated AWS."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Return the real time as an aware UTC datetime."""
    return datetime.now(UTC)


class ServiceClock:
    """A clock that runs at a chosen speed and can be turned forward by hand.

    now = base + (monotonic - start) * scale + offset. A scale of 0 freezes it.
    """

    def __init__(
        self,
        *,
        scale: float = 1.0,
        base: datetime | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock at `base` (default: the real time) with `scale` service seconds per real second."""
        self._monotonic = monotonic
        self._base = base or utc_now()
        self._mark = monotonic()
        self._scale = _checked_scale(scale)
        self._turned = timedelta(0)

    @property
    def turned(self) -> timedelta:
        """Return by how much the clock was turned forward by hand, in all."""
        return self._turned

    @property
    def scale(self) -> float:
        """Return how many service seconds pass in one real second."""
        return self._scale

    def now(self) -> datetime:
        """Return the service time, aware, in UTC."""
        return self._base + timedelta(seconds=(self._monotonic() - self._mark) * self._scale)

    def advance(self, by: timedelta) -> None:
        """Turn the clock forward by `by`; it never goes back."""
        if by < timedelta(0):
            raise ValueError("the service clock is only ever turned forward")
        try:
            self._base += by
        except OverflowError:
            raise ValueError("the service clock cannot be turned beyond the year 9999") from None
        self._turned += by

    def set_scale(self, scale: float) -> None:
        """Let the clock run at another speed from now on; 0 freezes it."""
        checked = _checked_scale(scale)
        self._base, self._mark = self.now(), self._monotonic()
        self._scale = checked


def _checked_scale(scale: float) -> float:
    if not 0 <= scale <= 1_000_000:
        raise ValueError(f"the speed must lie between 0 and 1,000,000, not {scale}")
    return scale
