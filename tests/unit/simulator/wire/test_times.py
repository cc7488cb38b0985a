from datetime import UTC, datetime, timedelta

import pytest

from drs_desktop.simulator.wire.drs.times import duration, parsed, timestamp


def test_timestamp_has_microseconds_and_offset() -> None:
    assert timestamp(datetime(2026, 3, 16, 11, 30, tzinfo=UTC)) == "2026-03-16T11:30:00.000000+00:00"


def test_filter_time_is_read() -> None:
    assert parsed("2026-03-16T11:30:00Z") == datetime(2026, 3, 16, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "P0D"),
        (timedelta(minutes=42), "PT42M"),
        (timedelta(hours=9), "PT9H"),
        (timedelta(days=3), "P3D"),
        (timedelta(days=2, hours=1, minutes=32, seconds=12, microseconds=136909), "P2DT1H32M12.136909S"),
        (timedelta(seconds=5), "PT5S"),
    ],
)
def test_duration_is_written_as_the_service_does(length: timedelta, text: str) -> None:
    assert duration(length) == text
