"""Figures of this process: what it drives and watches, and how its calls to AWS go.

They stay on this machine.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from drs_desktop.domain.ports import Clock

_log = structlog.get_logger(__name__)
LOG_INTERVAL = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class OperationFigures:
    """How the calls of one operation went; times in seconds of this machine."""

    operation: str
    calls: int = 0
    errors: int = 0
    throttles: int = 0
    limiter_waits: int = 0
    limiter_seconds: float = 0.0
    total_seconds: float = 0.0
    longest_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class MetricsView:
    """The figures at one moment."""

    executions_driven: int = 0
    waves_watched: int = 0
    operations: tuple[OperationFigures, ...] = ()


class Metrics:
    """Counts; used on the engine's loop only."""

    def __init__(self) -> None:
        self._figures: dict[str, OperationFigures] = {}

    def _of(self, operation: str) -> OperationFigures:
        return self._figures.get(operation, OperationFigures(operation=operation))

    def waited(self, operation: str, span: timedelta) -> None:
        """Count a wait for the limiter; none at all is none."""
        if span > timedelta(0):
            before = self._of(operation)
            self._figures[operation] = replace(
                before,
                limiter_waits=before.limiter_waits + 1,
                limiter_seconds=before.limiter_seconds + span.total_seconds(),
            )

    def called(self, operation: str, took: timedelta, *, is_error: bool, is_throttled: bool) -> None:
        """Count a call that came back."""
        before, seconds = self._of(operation), took.total_seconds()
        self._figures[operation] = replace(
            before,
            calls=before.calls + 1,
            errors=before.errors + is_error,
            throttles=before.throttles + is_throttled,
            total_seconds=before.total_seconds + seconds,
            longest_seconds=max(before.longest_seconds, seconds),
        )

    def view(self, *, executions_driven: int, waves_watched: int) -> MetricsView:
        """Return the figures of now."""
        operations = tuple(self._figures[name] for name in sorted(self._figures))
        return MetricsView(
            executions_driven=executions_driven, waves_watched=waves_watched, operations=operations
        )

    @property
    def has_watched(self) -> bool:
        """Return whether this process looked after any job, so that its figures are worth keeping."""
        return "DescribeJobs" in self._figures


async def log_regularly(
    view: Callable[[], MetricsView], clock: Clock, keep: Callable[[MetricsView], None]
) -> None:
    """Write the figures to the log, and keep them, every minute of this machine's time, until cancelled."""
    while True:
        await clock.sleep_local(LOG_INTERVAL)
        figures = view()
        keep(figures)
        _log.info(
            "metrics",
            executions_driven=figures.executions_driven,
            waves_watched=figures.waves_watched,
            calls={one.operation: one.calls for one in figures.operations},
            throttles=sum(one.throttles for one in figures.operations),
            limiter_waits=sum(one.limiter_waits for one in figures.operations),
        )
