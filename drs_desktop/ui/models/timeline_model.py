"""The timeline of an execution: a lane for each wave and, where opened, each of its servers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from PySide6.QtCore import QObject, Signal

from drs_desktop.domain.ids import ServerKey
from drs_desktop.services.views import ExecutionView, JobLogRow, ServerLaunchRow, WaveRow
from drs_desktop.ui.models.execution_server_model import server_look
from drs_desktop.ui.models.forecast import NO_PAST, Forecast, Past, Span, forecast
from drs_desktop.ui.models.status_text import Look, time_words, tr, wave_look


class Stage(Enum):
    """What a stretch of a lane was spent on; the value is its word."""

    WAIT = "waits for you"
    PREPARE = "preparing"
    SNAPSHOT = "snapshot"
    CONVERSION = "conversion"
    LAUNCH = "launch"
    CHECK = "checking"


_STAGE_BEGUN_BY = {
    "CLEANUP_START": Stage.PREPARE,
    "SNAPSHOT_START": Stage.SNAPSHOT,
    "CONVERSION_START": Stage.CONVERSION,
    "LAUNCH_START": Stage.LAUNCH,
}
_SERVER_DONE = frozenset(
    {"LAUNCH_END", "LAUNCH_FAILED", "CONVERSION_FAIL", "SNAPSHOT_FAIL", "SERVER_SKIPPED"}
)
_FAILURES = frozenset({"LAUNCH_FAILED", "CONVERSION_FAIL", "SNAPSHOT_FAIL"})
_ServerName = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of a lane; `end` is the present where it still runs."""

    stage: Stage
    begin: datetime
    end: datetime

    @property
    def words(self) -> str:
        return tr("{0} {1} to {2}").format(tr(self.stage.value), time_words(self.begin), time_words(self.end))


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One line of the timeline.

    Attributes:
        number: the wave's number.
        server: the server, or None for the wave itself.
        count: what is ready of how many.
        failures: when launches failed.
        planned: when it may run, while it has not ended.
        depends_on: the waves that it waits for.
    """

    number: int
    title: str
    look: Look
    server: ServerKey | None = None
    count: str = ""
    note: str = ""
    segments: tuple[Segment, ...] = ()
    failures: tuple[datetime, ...] = ()
    planned: Span | None = None
    depends_on: tuple[int, ...] = ()
    is_open: bool = False
    has_pause: bool = False

    @property
    def words(self) -> str:
        """Return the whole lane as a sentence, for a screen reader and the tooltip."""
        parts = [f"{self.title}: {self.look.word}"]
        parts += [part for part in (self.count, self.note) if part]
        parts += [segment.words for segment in self.segments]
        if self.failures:
            parts.append(tr("failures at {0}").format(", ".join(map(time_words, self.failures))))
        if self.planned and not self.segments:
            parts.append(tr("may begin at {0}").format(time_words(self.planned.begins_at)))
        return "; ".join(parts)


class TimelineModel(QObject):
    """Lanes made of the view and of AWS's job log.

    Signals:
        changed: the lanes, or the time, are others.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = datetime.now(UTC)
        self.lanes: tuple[Lane, ...] = ()
        self.forecast: Forecast | None = None
        self._past = NO_PAST
        self._view: ExecutionView | None = None
        self._opened: set[int] = set()
        self._holds: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
        self._ended: dict[ServerKey, tuple[ServerLaunchRow, int, Lane]] = {}
        self._marks: dict[_ServerName, list[tuple[datetime, str]]] = defaultdict(list)

    # ---- what is taken

    def show_execution(self, view: ExecutionView, log: Iterable[JobLogRow], now: datetime) -> None:
        """Show an execution whole."""
        if self._view is None or self._view.execution_id != view.execution_id:
            self._opened.clear()
            self._past = NO_PAST
        self._holds.clear()
        self._marks.clear()
        self._ended.clear()
        self.take(view, log, now)

    def take(self, view: ExecutionView, new_log: Iterable[JobLogRow], now: datetime) -> None:
        """Take what changed."""
        self._view = view
        for row in new_log:
            self._note(row)
        self.tick(now)

    def tick(self, now: datetime) -> None:
        """Take the time: what runs becomes longer."""
        view = self._view
        if view is None:
            return
        self.now = view.ended_at or now
        is_driven = not view.status.is_terminal and not view.driving_problem
        self.forecast = forecast(view, self.now, self._past) if is_driven else None
        self.lanes = tuple(self._lanes_of(view))
        self.changed.emit()

    def take_past(self, past: Past) -> None:
        """Take how long the waves took before, to forecast by."""
        self._past = past
        self.tick(self.now)

    def toggle(self, number: int) -> None:
        """Show a wave's servers, or show them no more."""
        self._opened ^= {number}
        self.tick(self.now)

    @property
    def is_over(self) -> bool:
        return self._view is None or self._view.status.is_terminal

    @property
    def begins_at(self) -> datetime:
        return self._view.created_at if self._view else self.now

    @property
    def ends_at(self) -> datetime:
        """Return the end of all that is drawn."""
        latest = self.forecast.ends_to if self.forecast else None
        return max(self.now, latest or self.now)

    def _note(self, row: JobLogRow) -> None:
        if row.wave is None:
            return
        if row.event in {"WaveHeld", "WaveReleased"}:
            self._holds[row.wave].append((row.at, row.event == "WaveHeld"))
        elif row.event in _STAGE_BEGUN_BY or row.event in _SERVER_DONE:
            self._marks[row.wave, row.server_name].append((row.at, row.event))

    # ---- lanes

    def _lanes_of(self, view: ExecutionView) -> Iterable[Lane]:
        servers: dict[int, list[ServerLaunchRow]] = defaultdict(list)
        for server in view.servers:
            servers[server.wave].append(server)
        marks: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
        for (number, _), found in self._marks.items():
            marks[number] += found
        for wave in view.waves:
            yield self._wave_lane(wave, sorted(marks[wave.number]))
            if wave.number in self._opened:
                yield from (self._server_lane(server) for server in servers[wave.number])

    def _wave_lane(self, wave: WaveRow, marks: Sequence[tuple[datetime, str]]) -> Lane:
        planned = self.forecast.waves.get(wave.number) if self.forecast else None
        return Lane(
            number=wave.number,
            title=f"{wave.number} {wave.name}",
            look=wave_look(wave.status),
            count=tr("{0} of {1}").format(wave.launched_count, wave.server_count),
            note=wave.reason,
            segments=(*self._waits(wave), *self._wave_segments(wave, marks)),
            failures=tuple(at for at, event in marks if event in _FAILURES),
            planned=planned,
            depends_on=wave.depends_on,
            is_open=wave.number in self._opened,
            has_pause=bool(wave.instruction) and wave.started_at is None,
        )

    def _waits(self, wave: WaveRow) -> list[Segment]:
        """Return the stretches during which the wave waited for a person before its start."""
        waits = []
        begun: datetime | None = None
        for at, is_hold in sorted(self._holds[wave.number]):
            if is_hold:
                begun = begun or at
            elif begun is not None:
                waits.append(Segment(stage=Stage.WAIT, begin=begun, end=at))
                begun = None
        if begun is not None:
            waits.append(Segment(stage=Stage.WAIT, begin=begun, end=wave.ended_at or self.now))
        return waits if wave.started_at is None else [w for w in waits if w.end <= wave.started_at]

    def _wave_segments(self, wave: WaveRow, marks: Sequence[tuple[datetime, str]]) -> list[Segment]:
        if wave.started_at is None:
            return []
        end = wave.ended_at or self.now
        begun = [(wave.started_at, Stage.PREPARE)]
        seen = {Stage.PREPARE}
        for at, event in marks:
            stage = _STAGE_BEGUN_BY.get(event)
            if stage is not None and stage not in seen:
                begun.append((max(at, wave.started_at), stage))
                seen.add(stage)
        done = [at for at, event in marks if event in _SERVER_DONE]
        if len(done) >= wave.server_count > 0 and done[-1] < end:
            begun.append((done[-1], Stage.CHECK))
        return _segments(begun, end)

    def _server_lane(self, server: ServerLaunchRow) -> Lane:
        marks = self._marks.get((server.wave, server.name), [])
        kept = self._ended.get(server.key)
        if kept is not None and kept[:2] == (server, len(marks)):
            return kept[2]
        lane, is_over = self._new_server_lane(server, sorted(marks))
        if is_over:
            self._ended[server.key] = (server, len(marks), lane)
        return lane

    def _new_server_lane(
        self, server: ServerLaunchRow, marks: Sequence[tuple[datetime, str]]
    ) -> tuple[Lane, bool]:
        """Return a server's lane, and whether it changes no more with the time."""
        begun = [(at, _STAGE_BEGUN_BY[event]) for at, event in marks if event in _STAGE_BEGUN_BY]
        done = [at for at, event in marks if event in _SERVER_DONE]
        is_over = bool(done) and (not begun or done[-1] >= begun[-1][0])
        lane = Lane(
            number=server.wave,
            server=server.key,
            title=server.name,
            look=server_look(server),
            note=server.message,
            segments=tuple(_segments(begun, done[-1] if is_over else self.now)),
            failures=tuple(at for at, event in marks if event in _FAILURES),
        )
        return lane, is_over or not begun


def _segments(begun: Sequence[tuple[datetime, Stage]], end: datetime) -> list[Segment]:
    ends = [at for at, _ in begun[1:]] + [end] if begun else []
    return [
        Segment(stage=stage, begin=at, end=until)
        for (at, stage), until in zip(begun, ends, strict=True)
        if until > at
    ]
