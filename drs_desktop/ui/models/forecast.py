"""When an execution may be done: a range, and what it rests on. Pauses are not in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drs_desktop.domain.execution import ExecutionStatus, WaveStatus
from drs_desktop.services.views import ExecutionView, WaveRow
from drs_desktop.ui.models.status_text import counted, tr

_MEASURED = frozenset({WaveStatus.COMPLETED, WaveStatus.PARTIAL})


@dataclass(frozen=True, kw_only=True)
class Span:
    """When a wave that has not ended begins, and the earliest and latest moment of its end."""

    begins_at: datetime
    ends_from: datetime
    ends_to: datetime


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What is expected of the waves that have not ended.

    Attributes:
        is_measured: whether a wave of this execution has ended, so that the lengths are more than a guess.
        basis: what the range rests on, for people.
    """

    is_measured: bool
    basis: str
    waves: Mapping[int, Span] = field(default_factory=dict)

    @property
    def ends_from(self) -> datetime | None:
        return max((span.ends_from for span in self.waves.values()), default=None)

    @property
    def ends_to(self) -> datetime | None:
        return max((span.ends_to for span in self.waves.values()), default=None)


def forecast(view: ExecutionView, now: datetime) -> Forecast:
    """Return what is expected of the waves that have not ended, by the lengths of those that have."""
    measured = [
        wave.ended_at - wave.started_at
        for wave in view.waves
        if wave.status in _MEASURED and wave.started_at and wave.ended_at
    ]
    lengths = (min(measured), max(measured)) if measured else (_guess(view, now),) * 2
    return Forecast(is_measured=bool(measured), basis=_basis(len(measured)), waves=_spans(view, now, lengths))


def _basis(count: int) -> str:
    if not count:
        return tr("No wave of this execution has ended yet: how long one takes is not known.")
    waves = counted(count, tr("finished wave"), tr("finished waves"))
    return tr("From {0} of this execution; pauses that are still to come are not counted.").format(waves)


def _guess(view: ExecutionView, now: datetime) -> timedelta:
    """Return a length to draw a wave with while none has been measured: that of the oldest running one."""
    begun = [now - wave.started_at for wave in view.waves if wave.started_at and not wave.ended_at]
    return max([*begun, timedelta(minutes=1)])


def _spans(view: ExecutionView, now: datetime, lengths: tuple[timedelta, timedelta]) -> dict[int, Span]:
    spans: dict[int, Span] = {}
    is_stopping = view.status is ExecutionStatus.CANCELLING or view.status.is_terminal
    for wave in view.waves:
        if wave.ended_at is not None or (is_stopping and wave.started_at is None):
            continue
        begins_from, begins_to = _beginnings(wave, spans, now)
        ends_from, ends_to = begins_from + lengths[0], begins_to + lengths[1]
        spans[wave.number] = Span(
            begins_at=begins_from, ends_from=max(ends_from, now), ends_to=max(ends_to, now)
        )
    return spans


def _beginnings(wave: WaveRow, spans: Mapping[int, Span], now: datetime) -> tuple[datetime, datetime]:
    if wave.started_at is not None:
        return wave.started_at, wave.started_at
    before = [spans[number] for number in wave.depends_on if number in spans]
    return (
        max([now, *(span.ends_from for span in before)]),
        max([now, *(span.ends_to for span in before)]),
    )
