"""Progress: one line for each change, and a picture that fits its terminal."""

import io

from rich.console import Console

from drs_desktop.cli.progress_view import LineDisplay, LiveDisplay, changes, make_display, render
from drs_desktop.domain.execution import ExecutionStatus, Health, TerminationState, WaveStatus
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.start_recovery import ExecutionMode
from tests.unit.cli.fakes import (
    EXECUTION,
    NOW,
    a_failed_server,
    a_server,
    a_view,
    a_wave,
    completed,
    paused_before,
    polling,
)

CONVERTING = {
    "launch_status": LaunchStatus.PENDING,
    "phase": LaunchPhase.CONVERSION,
    "health": Health.NOT_CHECKED,
    "recovery_instance_id": None,
}


def terminal(height: int = 30, **options: object) -> Console:
    file = io.StringIO()
    return Console(file=file, force_terminal=True, width=120, height=height, **options)  # type: ignore[arg-type]


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_first_view_says_what_is_followed() -> None:
    lines = changes(None, polling())

    assert lines[0] == f"drill of payroll  {EXECUTION}  SIMULATION · 127.0.0.1:5000"
    assert "execution POLLING" in lines


def test_no_change_is_no_line() -> None:
    assert changes(polling(), polling(observed_at=NOW)) == []


def test_wave_counts_its_servers_by_phase() -> None:
    servers = (a_server(1), a_server(2, **CONVERTING), a_server(3, **CONVERTING))
    wave = a_wave(1, WaveStatus.POLLING, server_count=3, launched_count=1)

    lines = changes(polling(), polling(servers=servers, waves=(wave,)))

    assert 'wave 1 "Wave 1"  POLLING  1 of 3 launched, 2 conversion' in lines


def test_server_is_named_when_it_launched_failed_or_went() -> None:
    before = polling(servers=(a_server(1, **CONVERTING), a_server(2, **CONVERTING)))
    gone = a_server(1, termination=TerminationState.TERMINATED)

    lines = changes(before, polling(servers=(gone, a_failed_server(2, "no capacity"))))

    assert any("db-1" in line and "LAUNCHED" in line and "termination terminated" in line for line in lines)
    assert any("db-2" in line and "FAILED  no capacity" in line for line in lines)


def test_trouble_with_watching_is_said_once() -> None:
    problem = polling(watch_problem="Sign-in needed.")

    assert changes(polling(), problem) == ["AWS cannot be watched just now: Sign-in needed."]
    assert changes(problem, problem) == []


def test_lines_carry_no_escape_even_from_a_server_name() -> None:
    console = Console(file=io.StringIO(), width=200)
    display = LineDisplay(console, lambda: NOW)

    display.show(completed(servers=(a_server(name="db\x1b[2J [red]x"),)))

    assert "\x1b" not in text_of(console)
    assert "db [red]x" in text_of(console)


def test_picture_shows_mode_status_waves_and_what_to_do() -> None:
    console = terminal()

    console.print(render(paused_before(2, mode=ExecutionMode.RECOVERY), NOW, height=30))

    shown = text_of(console)
    assert "RECOVERY" in shown
    assert "PAUSED" in shown
    assert f"drs-desktop resume {EXECUTION}" in shown


def test_picture_of_many_servers_fits_the_terminal_failures_first() -> None:
    servers = tuple(a_server(n, **CONVERTING) for n in range(1, 60))
    view = polling(servers=(*servers, a_failed_server(99)), waves=(a_wave(1, WaveStatus.POLLING),))
    console = terminal(height=20)

    console.print(render(view, NOW, height=20))

    assert len(text_of(console).splitlines()) <= 20
    assert "db-99" in text_of(console)
    assert "more servers" in text_of(console)


def test_live_display_leaves_the_terminal_to_a_question() -> None:
    console = terminal()

    with LiveDisplay(console, lambda: NOW) as display:
        display.show(paused_before(2))
        with display.stood_aside():
            before = len(text_of(console))
            console.print("a question")
            assert text_of(console)[before:] == "a question\n"
        display.note("a note")
        display.show(a_view(ExecutionStatus.COMPLETED))

    assert "a note" in text_of(console)


def test_picture_has_no_colour_when_none_is_wanted() -> None:
    console = terminal(no_color=True)

    console.print(render(polling(), NOW, height=30))

    assert "\x1b[3" not in text_of(console)
    assert "\x1b[4" not in text_of(console)


def test_display_is_live_on_a_terminal_alone() -> None:
    assert isinstance(make_display(terminal(), lambda: NOW), LiveDisplay)
    assert isinstance(make_display(Console(file=io.StringIO()), lambda: NOW), LineDisplay)
