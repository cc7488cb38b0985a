"""When an execution may be done: a range, and what it rests on. Pauses are not in it."""

from collections.abc import Callable, Iterable, Mapping
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
        is_measured: whether the lengths are more than a guess: of waves that have ended, here or earlier.
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


@dataclass(frozen=True, kw_only=True)
class Past:
    """How long the waves of a plan took in its earlier executions.

    Attributes:
        executions: how many executions that is.
        lengths: the lengths of each wave, by its name.
    """

    executions: int = 0
    lengths: Mapping[str, tuple[timedelta, ...]] = field(default_factory=dict)


NO_PAST = Past()


def past_of(views: Iterable[ExecutionView]) -> Past:
    """Return how long the waves of executions took; a wave that failed or never ran counts for nothing."""
    lengths: dict[str, tuple[timedelta, ...]] = {}
    count = 0
    for view in views:
        found = _measured(view)
        count += bool(found)
        for name, length in found:
            lengths[name] = (*lengths.get(name, ()), length)
    return Past(executions=count, lengths=lengths)


def forecast(view: ExecutionView, now: datetime, past: Past = NO_PAST) -> Forecast:
    """Return what is expected of the waves that have not ended.

    A wave is taken to be as long as it was in earlier executions, else as those of this one that have ended.
    """
    here = tuple(length for _, length in _measured(view))
    going = [wave.name for wave in view.waves if wave.ended_at is None]
    is_known = bool(here) or (bool(going) and all(name in past.lengths for name in going))
    usual = (min(here), max(here)) if here else (_guess(view, now),) * 2
    lengths = {name: (min(known), max(known)) for name in going if (known := past.lengths.get(name))}
    spans = _spans(view, now, lambda wave: lengths.get(wave.name, usual))
    is_from_past = any(name in lengths for name in going)
    return Forecast(
        is_measured=is_known,
        basis=_basis(len(here), past.executions if is_from_past else 0, is_known=is_known),
        waves=spans,
    )


def _measured(view: ExecutionView) -> list[tuple[str, timedelta]]:
    return [
        (wave.name, wave.ended_at - wave.started_at)
        for wave in view.waves
        if wave.status in _MEASURED and wave.started_at and wave.ended_at
    ]


def _basis(ended: int, earlier: int, *, is_known: bool) -> str:
    if not is_known:
        return tr("No wave of this execution has ended yet, and none before it is known: the end is open.")
    sources = []
    if earlier:
        sources.append(
            counted(earlier, tr("earlier execution of the plan"), tr("earlier executions of the plan"))
        )
    if ended:
        waves = counted(ended, tr("finished wave"), tr("finished waves"))
        sources.append(tr("{0} of this execution").format(waves))
    told = tr(" and ").join(sources)
    return tr("From {0}; pauses that are still to come are not counted.").format(told)


def _guess(view: ExecutionView, now: datetime) -> timedelta:
    """Return a length to draw a wave with while none has been measured: that of the oldest running one."""
    begun = [now - wave.started_at for wave in view.waves if wave.started_at and not wave.ended_at]
    return max([*begun, timedelta(minutes=1)])


def _spans(
    view: ExecutionView, now: datetime, length_of: Callable[[WaveRow], tuple[timedelta, timedelta]]
) -> dict[int, Span]:
    spans: dict[int, Span] = {}
    is_stopping = view.status is ExecutionStatus.CANCELLING or view.status.is_terminal
    for wave in view.waves:
        if wave.ended_at is not None or (is_stopping and wave.started_at is None):
            continue
        begins_from, begins_to = _beginnings(wave, spans, now)
        shortest, longest = length_of(wave)
        ends_from, ends_to = begins_from + shortest, begins_to + longest
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
