from datetime import timedelta

import pytest

from drs_desktop.simulator.core.clock import ServiceClock
from tests.unit.simulator.builders import START


class Seconds:
    """A monotonic clock that the test turns."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_clock_runs_at_its_scale() -> None:
    seconds = Seconds()
    clock = ServiceClock(scale=60, base=START, monotonic=seconds)
    seconds.now += 2
    assert clock.now() - START == timedelta(minutes=2)


def test_change_of_scale_keeps_the_time_that_passed() -> None:
    seconds = Seconds()
    clock = ServiceClock(scale=60, base=START, monotonic=seconds)
    seconds.now += 1
    clock.set_scale(0)
    seconds.now += 1000
    assert clock.now() - START == timedelta(minutes=1)
    clock.advance(timedelta(hours=1))
    clock.set_scale(1)
    seconds.now += 1
    assert clock.now() - START == timedelta(hours=1, minutes=1, seconds=1)


def test_clock_never_goes_back() -> None:
    clock = ServiceClock(scale=1)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="speed"):
        clock.set_scale(-1)
