"""Service time and local time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from drs_desktop.system.clock import ScaledClock, SystemClock, elapsed_with_sleep

NOON = datetime(2026, 3, 16, 12, 0, 0, tzinfo=UTC)


class Elapsed:
    """A steady clock moved by hand."""

    def __init__(self) -> None:
        self.now = timedelta(days=3)

    def __call__(self) -> timedelta:
        return self.now


class Waits(ScaledClock):
    """A clock that notes how long it would have waited."""

    spans: list[timedelta]

    async def sleep_local(self, span: timedelta) -> None:
        self.spans.append(span)


def waited(scale: float, service: timedelta) -> timedelta:
    clock = Waits(NOON, scale)
    clock.spans = []
    asyncio.run(clock.sleep(service))
    return clock.spans[0]


def test_the_service_of_aws_has_our_time() -> None:
    clock = SystemClock()
    assert abs(clock.service_now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert clock.local_now().tzinfo is UTC


def test_elapsed_time_never_goes_back() -> None:
    assert elapsed_with_sleep() <= elapsed_with_sleep()


def test_a_scaled_clock_runs_faster_than_ours() -> None:
    elapsed = Elapsed()
    clock = ScaledClock(NOON, 60, elapsed=elapsed)
    elapsed.now += timedelta(seconds=2)
    assert clock.service_now() == NOON + timedelta(minutes=2)


def test_a_scaled_clock_follows_a_turned_simulator() -> None:
    elapsed = Elapsed()
    clock = ScaledClock(NOON, 60, elapsed=elapsed)
    clock.adjust(NOON + timedelta(hours=5), 1)
    elapsed.now += timedelta(seconds=2)
    assert clock.service_now() == NOON + timedelta(hours=5, seconds=2)
    assert clock.scale == 1


@pytest.mark.parametrize(
    ("scale", "service", "real"),
    [
        (60, timedelta(seconds=30), timedelta(seconds=0.5)),
        (600, timedelta(seconds=5), timedelta(milliseconds=50)),
        (1, timedelta(0), timedelta(milliseconds=50)),
        (0, timedelta(hours=1), timedelta(seconds=1)),
    ],
)
def test_waits_are_scaled_but_never_shorter_than_50_ms(
    scale: float, service: timedelta, real: timedelta
) -> None:
    assert waited(scale, service) == real


def test_local_waits_are_real() -> None:
    clock = SystemClock()
    before = clock.local_elapsed()
    asyncio.run(clock.sleep_local(timedelta(milliseconds=5)))
    assert clock.local_elapsed() - before >= timedelta(milliseconds=4)
    asyncio.run(clock.sleep_local(timedelta(seconds=-1)))


@pytest.mark.parametrize(("start", "scale"), [(NOON.replace(tzinfo=None), 1), (NOON, -1)])
def test_a_clock_that_makes_no_sense_is_refused(start: datetime, scale: float) -> None:
    with pytest.raises(ValueError, match=r"time zone|speed"):
        ScaledClock(start, scale)
