"""How an execution moves, in the terminal: a live picture, or else one line for each change."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from drs_desktop.cli.person import way_on
from drs_desktop.cli.plain_text import counted, plain, span
from drs_desktop.domain.execution import ExecutionStatus, Health, WaveStatus
from drs_desktop.domain.job import ENDED_LAUNCH_STATUSES, LaunchPhase, LaunchStatus
from drs_desktop.services.views import ExecutionView, ServerLaunchRow, WaveRow

_TICK_SECONDS = 1.0
_ROWS_AROUND_SERVERS = 8
"""Lines of the live picture beside waves and servers: header, headings, reason, ways on."""
_WAITING_WAVES = frozenset({WaveStatus.PENDING, WaveStatus.SKIPPED, WaveStatus.CANCELLED})
_GOOD, _BAD, _BUSY, _HELD = "green", "red", "cyan", "yellow"
_STATUS_STYLES = {
    ExecutionStatus.COMPLETED: _GOOD,
    ExecutionStatus.PARTIAL: _BAD,
    ExecutionStatus.FAILED: _BAD,
    ExecutionStatus.CANCELLED: _HELD,
    ExecutionStatus.CANCELLING: _HELD,
    ExecutionStatus.PAUSED: _HELD,
}


class Display(Protocol):
    """Shows an execution while it goes on."""

    tick_seconds: float | None
    """How often to show again though nothing changed, for a clock that runs; None: only changes."""

    def show(self, view: ExecutionView) -> None: ...

    def note(self, text: str) -> None:
        """Print one line that stays."""

    def stood_aside(self) -> AbstractContextManager[None]:
        """Leave the terminal to a question."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def make_display(console: Console, service_now: Callable[[], datetime]) -> Display:
    """Return the live picture on a terminal that can show one, else lines."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveDisplay(console, service_now)
    return LineDisplay(console, service_now)


# ---- lines


class LineDisplay:
    """One line for each change: for pipes, logs and CI."""

    def __init__(self, console: Console, service_now: Callable[[], datetime]) -> None:
        self.tick_seconds: float | None = None
        self._console = console
        self._now = service_now
        self._before: ExecutionView | None = None

    def show(self, view: ExecutionView) -> None:
        for line in changes(self._before, view):
            self.note(line)
        self._before = view

    def note(self, text: str) -> None:
        self._console.print(Text(f"{self._now():%H:%M:%S}  {plain(text)}"), soft_wrap=True)

    @contextmanager
    def stood_aside(self) -> Iterator[None]:
        yield

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


def changes(before: ExecutionView | None, after: ExecutionView) -> list[str]:
    """Return a line for everything that changed between two views."""
    lines: list[str] = []
    if before is None:
        lines.append(f"{after.mode.value} of {after.plan_name}  {after.execution_id}  {after.endpoint}")
    if before is None or (before.status, before.reason) != (after.status, after.reason):
        lines.append(_sentence(f"execution {after.status}", after.reason))
    if after.watch_problem and (before is None or before.watch_problem != after.watch_problem):
        lines.append(f"AWS cannot be watched just now: {after.watch_problem}")
    lines += _wave_changes(before, after)
    known = {server.key: _server_words(server) for server in before.servers} if before else {}
    for server in after.servers:
        words = _server_words(server)
        if words and known.get(server.key) != words:
            lines.append(f"server {server.name} ({server.account_id}, {server.region})  {words}")
    return lines


def _wave_changes(before: ExecutionView | None, after: ExecutionView) -> list[str]:
    known = {wave.number: _wave_words(wave, before.servers) for wave in before.waves} if before else {}
    found = [(wave, _wave_words(wave, after.servers)) for wave in after.waves]
    return [
        f'wave {wave.number} "{wave.name}"  {words}'
        for wave, words in found
        if known.get(wave.number) != words and (before or wave.status is not WaveStatus.PENDING)
    ]


def _wave_words(wave: WaveRow, servers: Sequence[ServerLaunchRow]) -> str:
    if wave.status in _WAITING_WAVES or wave.is_held:
        return _sentence(wave.status.value, wave.reason)
    return _sentence(f"{wave.status}  {_counts(wave, servers)}", wave.reason)


def _counts(wave: WaveRow, servers: Sequence[ServerLaunchRow]) -> str:
    """Return how many servers of a wave launched and failed, and in which phase the others are."""
    words = [f"{wave.launched_count} of {wave.server_count} launched"]
    if wave.failed_count:
        words.append(f"{wave.failed_count} failed")
    phases = Counter(
        server.phase
        for server in servers
        if server.wave == wave.number and server.launch_status not in ENDED_LAUNCH_STATUSES
    )
    words += [f"{phases[phase]} {phase}" for phase in LaunchPhase if phases[phase]]
    return ", ".join(words)


def _server_words(server: ServerLaunchRow) -> str:
    """Return what is worth a line about a server, or nothing while it is only on its way."""
    words: list[str] = []
    if server.launch_status in ENDED_LAUNCH_STATUSES or server.launch_status is LaunchStatus.UNKNOWN:
        words += [server.launch_status.value, server.recovery_instance_id or ""]
    if server.health is Health.UNHEALTHY:
        words.append(server.health.value)
    words.append(server.message)
    if server.termination:
        words += [f"termination {server.termination}", server.termination_reason]
    return "  ".join(word for word in words if word)


def _sentence(word: str, reason: str) -> str:
    return f"{word}  {reason}" if reason else word


# ---- the live picture


class LiveDisplay:
    """A picture that is drawn again in place; it disappears when the summary takes its place."""

    def __init__(self, console: Console, service_now: Callable[[], datetime]) -> None:
        self.tick_seconds: float | None = _TICK_SECONDS
        self._console = console
        self._now = service_now
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def show(self, view: ExecutionView) -> None:
        picture = render(view, self._now(), height=self._console.height)
        self._live.update(picture, refresh=True)

    def note(self, text: str) -> None:
        self._console.print(Text(plain(text)), soft_wrap=True)

    @contextmanager
    def stood_aside(self) -> Iterator[None]:
        self._live.transient = False  # whoever answers sees what it is about
        self._live.stop()
        try:
            yield
        finally:
            self._live.transient = True
            self._live.start()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()


def render(view: ExecutionView, now: datetime, *, height: int) -> RenderableType:
    """Return the picture of an execution that fits into so many lines."""
    room = max(3, height - len(view.waves) - _ROWS_AROUND_SERVERS)
    parts: list[RenderableType] = [_header(view, now), _wave_table(view), _server_table(view, room)]
    if view.reason:
        parts.append(Text(plain(view.reason), style=_HELD if view.needs_person else ""))
    if view.watch_problem:
        parts.append(Text(f"AWS cannot be watched just now: {plain(view.watch_problem)}", style=_BAD))
    if view.status is ExecutionStatus.PAUSED:
        parts += [Text(f"A person goes on with: {command}", style=_HELD) for command in way_on(view)]
    return Group(*parts)


def _header(view: ExecutionView, now: datetime) -> Text:
    mode = Text(
        f" {view.mode.value.upper()} ",
        style="bold white on blue" if view.mode.is_drill else "bold white on red",
    )
    clock = span((view.ended_at or now) - view.created_at)
    status = Text(view.status.value, style=f"bold {_STATUS_STYLES.get(view.status, _BUSY)}")
    rest = Text(f"  {clock}  {plain(view.endpoint)}\n{view.execution_id}", style="dim")
    return Text.assemble(mode, f" {plain(view.plan_name)}  ", status, rest)


def _wave_table(view: ExecutionView) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for wave in view.waves:
        done = wave.launched_count + wave.failed_count
        style = _BAD if wave.failed_count else _GOOD
        bar = ProgressBar(
            total=max(1, wave.server_count),
            completed=done,
            width=20,
            complete_style=style,
            finished_style=style,
        )
        words = wave.reason if wave.status in _WAITING_WAVES or wave.is_held else _counts(wave, view.servers)
        status = Text(wave.status.value, style=_HELD if wave.is_held else "")
        table.add_row(
            f"{wave.number}",
            Text(plain(wave.name)),
            status,
            bar,
            Text(plain(words), overflow="ellipsis", no_wrap=True),
        )
    return table


def _server_table(view: ExecutionView, room: int) -> RenderableType:
    """Return the servers that move or failed, as many as there is room for."""
    active = {wave.number for wave in view.waves if wave.started_at and not wave.ended_at}
    shown = [
        s for s in view.servers if s.wave in active or s.launch_status is LaunchStatus.FAILED or s.termination
    ]
    if not shown:
        return Text("")
    table = Table.grid(padding=(0, 2, 0, 0))
    for server in sorted(shown, key=_worst_first)[:room]:
        table.add_row(*_server_cells(server))
    more = len(shown) - room
    return Group(table, Text(f"and {counted(more, 'more server')}", style="dim")) if more > 0 else table


def _worst_first(server: ServerLaunchRow) -> tuple[bool, int, str]:
    return (server.launch_status is not LaunchStatus.FAILED, server.wave, server.name)


def _server_cells(server: ServerLaunchRow) -> list[Text]:
    status = server.launch_status.value if server.launch_status else "waiting"
    state = f"termination {server.termination}" if server.termination else server.phase.value
    style = {LaunchStatus.LAUNCHED: _GOOD, LaunchStatus.FAILED: _BAD}.get(
        server.launch_status or LaunchStatus.UNKNOWN, ""
    )
    last = plain(server.message or server.termination_reason or server.recovery_instance_id or "")
    return [
        Text(f"  {plain(server.name)}"),
        Text(f"{server.account_id} {server.region}", style="dim"),
        Text(status, style=style),
        Text(state),
        Text(last, overflow="ellipsis", no_wrap=True),
    ]
