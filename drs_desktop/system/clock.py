"""The two clocks: the service's and this machine's own."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SHORTEST_SLEEP = timedelta(milliseconds=50)
"""No wait on the service clock is shorter than this in real time, however fast a simulator runs."""
SLEEP_WHEN_FROZEN = timedelta(seconds=1)
"""How long a wait on a stopped service clock lasts in real time, so that a turned clock is noticed."""

_BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed_with_sleep() -> timedelta:
    """Return a clock that never jumps and, where the system has one, counts the time a machine slept."""
    if _BOOT_CLOCK is not None:
        return timedelta(seconds=time.clock_gettime(_BOOT_CLOCK))
    return timedelta(seconds=time.monotonic())


class SystemClock:
    """The clock for AWS itself: the service's time is this machine's time."""

    def service_now(self) -> datetime:
        """Return what AWS calls now."""
        return self.local_now()

    def local_now(self) -> datetime:
        """Return this machine's wall clock, in UTC."""
        return datetime.now(UTC)

    def local_elapsed(self) -> timedelta:
        """Return a clock that never jumps; only differences mean anything."""
        return elapsed_with_sleep()

    async def sleep(self, service: timedelta) -> None:
        """Wait for a span of service time, but never less than 50 ms real."""
        await self.sleep_local(max(service, SHORTEST_SLEEP))

    async def sleep_local(self, span: timedelta) -> None:
        """Wait for a span of this machine's time."""
        await asyncio.sleep(max(span.total_seconds(), 0.0))


class ScaledClock(SystemClock):
    """The clock for a simulator whose time runs `scale` times as fast as ours.

    A scale of 0 means that the service's clock stands still until somebody turns it.
    """

    def __init__(
        self,
        service_at: datetime,
        scale: float,
        *,
        elapsed: Callable[[], timedelta] = elapsed_with_sleep,
    ) -> None:
        """Start from the service's time at this very moment.

        Args:
            service_at: what the simulator says the time is; aware.
            scale: service seconds per real second.
            elapsed: the steady clock that is scaled.
        """
        self._elapsed = elapsed
        self.adjust(service_at, scale)

    @property
    def scale(self) -> float:
        """Return how many service seconds pass in one real second."""
        return self._scale

    def adjust(self, service_at: datetime, scale: float) -> None:
        """Follow a simulator whose clock was turned or whose speed was changed."""
        if service_at.tzinfo is None:
            raise ValueError("The service's time must carry its time zone.")
        if scale < 0:
            raise ValueError(f"A clock cannot run at the speed {scale}.")
        # One assignment, because readers may be on other threads.
        self._base = (service_at.astimezone(UTC), self._elapsed(), scale)
        self._scale = scale

    def service_now(self) -> datetime:
        """Return what the simulator calls now."""
        service_at, mark, scale = self._base
        return service_at + (self._elapsed() - mark) * scale

    async def sleep(self, service: timedelta) -> None:
        """Wait for a span of service time, but never less than 50 ms real."""
        real = service / self._scale if self._scale else SLEEP_WHEN_FROZEN
        await self.sleep_local(max(real, SHORTEST_SLEEP))
