import random
from datetime import timedelta

import pytest

from drs_desktop.simulator.core.durations import LINUX, WINDOWS, DurationTables, PhaseRanges
from drs_desktop.simulator.core.source_server import OsFamily


@pytest.mark.parametrize(("family", "ranges"), [(OsFamily.LINUX, LINUX), (OsFamily.WINDOWS, WINDOWS)])
def test_draws_stay_within_their_ranges(family: OsFamily, ranges: PhaseRanges) -> None:
    stream = random.Random(1)
    for _ in range(200):
        times = DurationTables().draw(family, 1, stream)
        for name in ("conversion", "launch", "cleanup", "terminate"):
            least, most = getattr(ranges, name)
            assert timedelta(seconds=least) <= getattr(times, name) <= timedelta(seconds=most)


def test_each_further_disk_lengthens_the_conversion() -> None:
    one = DurationTables().draw(OsFamily.LINUX, 1, random.Random(1))
    three = DurationTables().draw(OsFamily.LINUX, 3, random.Random(1))
    assert three.conversion - one.conversion == timedelta(seconds=30)
    assert three.launch == one.launch


def test_scenario_changes_only_the_ranges_it_names() -> None:
    tables = DurationTables().changed(OsFamily.WINDOWS, launch=(1, 1))
    times = tables.draw(OsFamily.WINDOWS, 1, random.Random(1))
    assert times.launch == timedelta(seconds=1)
    assert tables.ranges[OsFamily.LINUX] == LINUX
    assert tables.ranges[OsFamily.WINDOWS].conversion == WINDOWS.conversion
