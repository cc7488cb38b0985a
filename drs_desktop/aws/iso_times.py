"""Times and durations as DRS really writes them, which is not always as its model says."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def parse_time(value: Any) -> datetime | None:
    """Return an aware UTC time, or None for anything that is none.

    Both spellings are read: `…Z` and `…+00:00`, with or without fractions of any length.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if not isinstance(value, str):
        return None
    try:
        return _utc(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError):
        return None


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def parse_duration(value: Any) -> timedelta | None:
    """Return an ISO 8601 duration such as `P2DT1H32M12.136909S`, or None for anything else.

    Years and months, which have no fixed length, read as None.
    """
    if not isinstance(value, str):
        return None
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        return None
    parts = {name: float(text) for name, text in found.groupdict().items() if text and name != "sign"}
    if not parts:
        return None
    try:
        span = timedelta(**parts)
    except OverflowError:
        return None
    return -span if found["sign"] else span
