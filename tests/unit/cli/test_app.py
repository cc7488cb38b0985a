"""Errors, usage, interruptions, help: how a command line ends whatever happens."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from drs_desktop import __version__
from drs_desktop.cli.app import build_app, run
from drs_desktop.cli.failures import failure_of
from drs_desktop.cli.streams import Streams
from drs_desktop.domain import errors
from tests.unit.cli.fakes import (
    EXECUTION,
    FakeExecutions,
    FakeProgram,
    completed,
    paused_before,
    polling,
    ran,
)

RUN = ("run", "--plan", "payroll", "--mode", "drill")
COMMANDS = ("demo", "run", "resume", "pause", "cancel", "terminate", "answer", "status", "doctor")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.StorageError("The disk is full."), 1),
        (errors.ValidationFailed("A server is stalled."), 3),
        (errors.NeedsOperator("Say which."), 5),
        (errors.SignInNeeded("Sign in."), 6),
        (errors.AnotherDriver(EXECUTION, "pid 12"), 7),
        (errors.AccessDenied("The role may not."), 8),
        (errors.AwsUnreachable("No answer."), 9),
        (errors.WrongEndpoint("Another simulator."), 9),
    ],
)
def test_error_ends_with_its_sentence_and_code(error: errors.DrsDesktopError, code: int) -> None:
    result = ran(FakeProgram(open_error=error), "status", "--json")

    assert result.code == code
    assert result.err == f"{error}\n"
    assert (result.json["error"], result.json["exit_code"]) == (str(error), code)


def test_unexpected_error_is_one_sentence_and_its_traceback_is_logged() -> None:
    logs = structlog.testing.LogCapture()
    structlog.configure(processors=[logs])
    try:
        result = ran(FakeProgram(open_error=RuntimeError("secret detail")), "status", "--json")
    finally:
        structlog.reset_defaults()

    assert result.code == 1
    assert "Traceback" not in result.out + result.err
    assert "The details are in" in result.err
    assert isinstance(logs.entries[0]["exc_info"], RuntimeError)
    assert result.json["exit_code"] == 1


def test_sentence_of_an_unexpected_error_names_the_log_file(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging
    from logging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(tmp_path / "drs-desktop.log", delay=True)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])

    assert str(tmp_path / "drs-desktop.log") in failure_of(ValueError("x")).sentence
    handler.close()


def test_error_that_a_task_group_wrapped_keeps_its_code() -> None:
    group = BaseExceptionGroup("unhandled", [ValueError("x"), errors.SignInNeeded("Sign in.")])

    assert failure_of(group).exit_code == 6


def test_untrusted_text_of_an_error_cannot_drive_the_terminal() -> None:
    error = errors.AwsRejected("bad\x1b]0;owned\x07 \x1b[2Jthing [bold]x[/bold]")

    result = ran(FakeProgram(open_error=error), "status")

    assert result.err == "bad thing [bold]x[/bold]\n"


# ---- interruptions


def test_interrupted_run_ends_with_130_and_says_how_to_go_on() -> None:
    program = FakeProgram(executions=FakeExecutions(polling(), paused_before(2)))
    program.executions.refusals["resume"] = KeyboardInterrupt()

    result = ran(program, *RUN, "--release-pauses", "--json")

    assert result.code == 130
    assert f"drs-desktop resume {EXECUTION}" in result.err
    assert result.json["execution_id"] == EXECUTION
    assert result.json["exit_code"] == 130


def test_signal_closes_the_workspace_and_ends_with_130() -> None:
    program = FakeProgram(executions=FakeExecutions(polling(), polling()))
    show = program.executions.play

    def play_then_signal() -> None:
        show()
        os.kill(os.getpid(), signal.SIGINT)

    program.executions.play = play_then_signal  # type: ignore[method-assign]

    result = ran(program, *RUN)

    assert result.code == 130
    assert f"drs-desktop resume {EXECUTION}" in result.err


def test_interruption_before_the_command_began_is_said_and_nothing_is_opened() -> None:
    program = FakeProgram(is_interrupted=True)

    result = ran(program, *RUN, "--json")

    assert (result.code, result.err) == (130, "Interrupted.\n")
    assert result.json["exit_code"] == 130
    assert program.choices == []


def test_interrupted_query_names_no_execution_to_resume() -> None:
    result = ran(FakeProgram(open_error=KeyboardInterrupt()), "status", EXECUTION)

    assert result.code == 130
    assert result.err == "Interrupted.\n"


def test_closed_pipe_ends_like_an_interruption() -> None:
    class ClosedPipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    async def nobody() -> str | None:
        return None

    err = io.StringIO()
    streams = Streams(stdout=ClosedPipe(), stderr=err, is_interactive=False, read_line=nobody)
    program = FakeProgram(executions=FakeExecutions(polling(), completed()))

    assert run(program, RUN, streams) == 130
    assert "Nobody reads the output" in err.getvalue()


# ---- usage, help, version, window


@pytest.mark.parametrize(
    "argv",
    [
        ("nonsense",),
        ("run", "--mode", "drill"),
        ("run", "--plan", "payroll", "--mode", "rehearsal"),
        ("resume",),
        ("resume", EXECUTION, "--wave", "0"),
        ("answer", EXECUTION, "--wave", "1"),
        ("answer", EXECUTION, "--wave", "1", "--keep-looking", "--ours", "drsjob-1"),
        *(("demo", "--speed", speed) for speed in ("0", "-1", "inf", "nan", "1e300", "fast")),
        *(("simulator", "serve", "--speed", speed) for speed in ("-1", "inf", "nan", "1e300")),
        ("simulator", "serve", "--ready-file", "/no/such/folder/ready.json"),
        ("--workspace", "main", "status"),
        ("simulator", "serve", "--port", "70000"),
    ],
)
def test_wrong_usage_ends_with_2_and_points_to_the_help(argv: tuple[str, ...]) -> None:
    program = FakeProgram()

    result = ran(program, *argv)

    assert result.code == 2
    assert "--help" in result.err
    assert program.choices == []


def test_wrong_usage_with_json_ends_with_one_object() -> None:
    result = ran(FakeProgram(), "run", "--json")

    assert result.json["exit_code"] == 2
    assert len(result.out.splitlines()) == 1


def test_version_is_printed() -> None:
    assert ran(FakeProgram(), "--version").out == f"drs-desktop {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_gives_an_example(command: str) -> None:
    result = CliRunner().invoke(build_app(FakeProgram()), [command, "--help"], prog_name="drs-desktop")

    assert result.exit_code == 0
    assert f"drs-desktop {command}" in result.output
    assert "Example" in result.output
    assert "\x08" not in result.output


def test_help_lists_commands_and_exit_codes() -> None:
    result = CliRunner().invoke(build_app(FakeProgram()), ["--help"])

    assert all(command in result.output for command in (*COMMANDS, "simulator"))
    assert "130" in result.output


def test_without_command_the_window_opens_and_gives_its_code() -> None:
    program = FakeProgram(draws=True, window_code=9)

    assert ran(program, "--workspace", "main").code == 9
    assert program.windows[0].name == "main"


def test_without_display_the_window_is_refused_in_a_sentence() -> None:
    result = ran(
        FakeProgram(),
    )

    assert result.code == 1
    assert "no display" in result.err


def test_error_of_the_window_is_a_sentence() -> None:
    program = FakeProgram(draws=True)
    program.run_window = _raising(errors.StorageError("The disk is full."))  # type: ignore[method-assign]

    assert ran(program).err == "The disk is full.\n"


def _raising(error: BaseException) -> Callable[..., int]:
    def fail(*_: object, **__: object) -> int:
        raise error

    return fail


# ---- imports


def test_importing_the_command_line_imports_no_heavy_library() -> None:
    heavy = ("PySide6", "qasync", "boto3", "botocore", "sqlalchemy", "alembic", "moto", "flask")
    code = (
        "import sys, json, drs_desktop.cli.app, drs_desktop.__main__;"
        f"print(json.dumps([name for name in {heavy!r} if name in sys.modules]))"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(found.stdout) == []
