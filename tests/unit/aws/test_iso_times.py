"""Both spellings of times, and durations, as DRS writes them."""

from datetime import UTC, datetime, timedelta

import pytest

from drs_desktop.aws.iso_times import parse_duration, parse_time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2022-12-07T19:15:38.846723+00:00", datetime(2022, 12, 7, 19, 15, 38, 846723, UTC)),
        ("2022-12-07T19:15:38Z", datetime(2022, 12, 7, 19, 15, 38, 0, UTC)),
        ("2022-12-07T19:15:38.846Z", datetime(2022, 12, 7, 19, 15, 38, 846000, UTC)),
        ("2022-12-07T21:15:38+02:00", datetime(2022, 12, 7, 19, 15, 38, 0, UTC)),
        ("2022-12-07T19:15:38", datetime(2022, 12, 7, 19, 15, 38, 0, UTC)),
        (datetime(2022, 12, 7, 19, 15, 38, 0, UTC), datetime(2022, 12, 7, 19, 15, 38, 0, UTC)),
        ("PT11M", None),
        ("", None),
        (None, None),
        (17, None),
    ],
)
def test_times_are_read_in_every_spelling(text: object, time: datetime | None) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("P0D", timedelta(0)),
        ("PT11M", timedelta(minutes=11)),
        ("P2DT1H32M12.136909S", timedelta(days=2, hours=1, minutes=32, seconds=12.136909)),
        ("-PT5S", timedelta(seconds=-5)),
        ("P1W", timedelta(weeks=1)),
        ("P", None),
        ("PT", None),
        ("P1Y", None),
        ("2022-12-07T19:15:38Z", None),
        ("P99999999999999D", None),
        (None, None),
    ],
)
def test_durations_are_read(text: object, span: timedelta | None) -> None:
    assert parse_duration(text) == span
