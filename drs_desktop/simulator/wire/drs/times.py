"""Times and durations as the service writes them, and as filters send them.

The service answers with microseconds and a numeric offset although the model's pattern ends in Z; filters are
checked against the pattern.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_REMEMBERED = 4_096
"""Most times and durations of a page are the same for every server."""


@lru_cache(_REMEMBERED)
def timestamp(moment: datetime) -> str:
    """Return a time as `2026-03-16T11:30:00.120000+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def optional_timestamp(moment: datetime | None) -> str | None:
    """Return a time as the service writes it, or None."""
    return None if moment is None else timestamp(moment)


@lru_cache(_REMEMBERED)
def duration(length: timedelta) -> str:
    """Return a duration as the service writes lags: `P0D`, `PT42M`, `P2DT1H32M12.136909S`."""
    seconds = length.total_seconds()
    if seconds <= 0:
        return "P0D"
    minutes, rest = divmod(length - timedelta(days=length.days), timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}H" * bool(hours), f"{minutes}M" * bool(minutes), _seconds(rest)]
    clock = "".join(parts)
    return f"P{f'{length.days}D' * bool(length.days)}{'T' * bool(clock)}{clock}"


def parsed(text: str) -> datetime:
    """Return the time of a filter such as `2026-03-16T11:30:00Z`."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _seconds(rest: timedelta) -> str:
    if not rest:
        return ""
    if rest.microseconds:
        return f"{rest.total_seconds():.6f}S"
    return f"{rest.seconds}S"
