"""Clocks that a test turns, and ids that a test can foresee."""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from drs_desktop.domain.ids import (
    ExecutionId,
    IntentId,
)

START = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
SHORTEST_SLEEP = timedelta(milliseconds=50)


async def settle() -> None:
    """Let the running loop go on until nothing on it can run without time or a thread.

    Raises:
        AssertionError: two coroutines keep waking each other for ever.
    """
    ready: deque[object] = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    for _ in range(100_000):
        await asyncio.sleep(0)
        if not ready:
            return
    raise AssertionError("The loop never comes to rest: something runs on without waiting for time.")


@dataclass(order=True)
class _Sleeper:
    due: timedelta
    number: int
    wakes: "asyncio.Future[None]" = field(compare=False)


class FakeClock:
    """Both clocks of the port in virtual time: a sleeper sleeps until the test turns the clock.

    Attributes:
        scale: service seconds per local second; 0 means that the service's clock stands still.
    """

    def __init__(self, start: datetime = START, *, scale: float = 1.0, local_start: datetime | None = None):
        self.scale = scale
        self._service = start
        self._local = local_start or start
        self._elapsed = timedelta(0)
        self._sleepers: list[_Sleeper] = []
        self._numbers = itertools.count()

    # the port

    def service_now(self) -> datetime:
        return self._service

    def local_now(self) -> datetime:
        return self._local

    def local_elapsed(self) -> timedelta:
        return self._elapsed

    async def sleep(self, service: timedelta) -> None:
        real = service / self.scale if self.scale else timedelta(seconds=1)
        await self.sleep_local(max(real, SHORTEST_SLEEP))

    async def sleep_local(self, span: timedelta) -> None:
        if span <= timedelta(0):
            await asyncio.sleep(0)
            return
        wakes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, _Sleeper(self._elapsed + span, next(self._numbers), wakes))
        await wakes

    # what a test does with it

    @property
    def sleeping(self) -> int:
        """Return how many sleepers wait for the clock."""
        return sum(not sleeper.wakes.done() for sleeper in self._sleepers)

    async def advance(self, span: timedelta) -> None:
        """Turn both clocks, waking each sleeper at its own moment and letting the loop run in between."""
        end = self._elapsed + span
        await settle()
        while (due := self._next_due()) is not None and due <= end:
            self._move(max(due - self._elapsed, timedelta(0)))
            await self._wake_one()
        self._move(max(end - self._elapsed, timedelta(0)))
        await settle()

    async def jump(self, span: timedelta) -> None:
        """Turn both clocks at once, as a machine that slept finds them; then wake whoever is overdue."""
        self._move(span)
        while (due := self._next_due()) is not None and due <= self._elapsed:
            await self._wake_one()
        await settle()

    async def run_until(
        self, condition: Callable[[], bool], limit: timedelta = timedelta(hours=24)
    ) -> timedelta:
        """Let everything go on, jumping from sleeper to sleeper, until the condition holds.

        Returns:
            The local time that it took.

        Raises:
            AssertionError: nothing waits for time any more, or the limit has passed.
        """
        began = self._elapsed
        while True:
            await settle()
            if condition():
                return self._elapsed - began
            due = self._next_due()
            if due is None:
                raise AssertionError("The condition does not hold, and nothing waits for the clock any more.")
            if due - began > limit:
                raise AssertionError(f"The condition did not come to hold within {limit} of virtual time.")
            self._move(max(due - self._elapsed, timedelta(0)))
            await self._wake_one()

    def sleep_through(self, span: timedelta) -> None:
        """Turn both clocks under whoever runs just now; who is overdue wakes with the next turn."""
        self._move(span)

    def turn_service(self, span: timedelta) -> None:
        """Turn the service's clock alone, as a simulator's control does."""
        self._service += span

    def set_wall(self, span: timedelta) -> None:
        """Move this machine's wall clock alone, as a time server or a person does."""
        self._local += span

    def _move(self, span: timedelta) -> None:
        self._elapsed += span
        self._local += span
        self._service += span * self.scale

    def _next_due(self) -> timedelta | None:
        while self._sleepers and self._sleepers[0].wakes.done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0].due if self._sleepers else None

    async def _wake_one(self) -> None:
        sleeper = heapq.heappop(self._sleepers)
        if not sleeper.wakes.done():
            sleeper.wakes.set_result(None)
        await settle()


class FakeIds:
    """Ids that count."""

    def __init__(self, workspace: str = "test", prefix: str = "intent") -> None:
        self._workspace, self._prefix = workspace, prefix
        self._executions, self._intents = itertools.count(1), itertools.count(1)

    def new_execution_id(self) -> ExecutionId:
        return ExecutionId(f"{self._workspace}-{next(self._executions):026}")

    def new_intent_id(self) -> IntentId:
        return IntentId(f"{self._prefix}-{next(self._intents)}")
