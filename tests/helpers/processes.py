"""The program as processes: a simulator of its own, and consoles that are run, stopped and killed.

The tests that stand on this know the program from outside only: neither this file nor any of
tests/journeys/test_cli_*.py imports anything of it (tests/journeys/test_cli_imports.py sees to it). What they
know of AWS they ask with boto3 (tests/helpers/aws_witness.py); what they know of the program is its output,
its exit codes and its files.
"""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.helpers.simulator_process import SimControl

ROOT = Path(__file__).parents[2]
DEMO_SCENARIO = ROOT / "resources" / "demo" / "scenario.yaml"
SMALL_SCENARIO = Path(__file__).parent / "scenarios" / "small.yaml"
SPEED = 600.0
PATIENCE = 150.0
"""Seconds until something that a test waits for counts as never coming."""

_PROGRAM = (sys.executable, "-m", "drs_desktop")
_READS = ("Describe", "Get", "List", "Simulate", "AssumeRole")
_T = TypeVar("_T")


def until(found: Callable[[], _T], what: str, seconds: float = PATIENCE) -> _T:
    """Return what `found` returns as soon as that is true; `what` is named when it does not come."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < end:
        if result := found():
            return result
        pause.wait(0.01)
    raise AssertionError(f"This did not come within {seconds:g} s: {what}")


# ---- the simulator


class Simulator:
    """A running simulator: how to reach it, and its control endpoint.

    Attributes:
        ready: The contents of its ready file.
        scenario: The scenario file it serves.
    """

    def __init__(self, ready: Mapping[str, Any], scenario: Path) -> None:
        self.ready = ready
        self.scenario = scenario
        self.endpoint_url = str(ready["endpoint_url"])
        self.control = SimControl(self.endpoint_url, str(ready["control_token"]))

    @property
    def pid(self) -> int:
        return int(self.ready["pid"])

    def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        """Return every AWS call that arrived, oldest first, or those of one operation."""
        calls: list[dict[str, Any]] = self.control.ask("GET", "/sim/calls")[1]["calls"]
        return [call for call in calls if operation in (None, call["operation"])]

    def changing_calls(self) -> list[str]:
        """Return the operations that were asked for and that change something, oldest first."""
        return [call["operation"] for call in self.calls() if not call["operation"].startswith(_READS)]

    def set_speed(self, speed: float) -> None:
        assert self.control.ask("POST", "/sim/clock", {"scale": speed})[0] == 200

    @contextmanager
    def fault(self, action: str | dict[str, Any], *, wave: int, **rule: Any) -> Iterator["Fault"]:
        """Put a fault on the StartRecovery calls of a wave in force, until the block ends."""
        tags = {"drs-desktop:wave": str(wave)}
        rule_id = self.control.add_fault(operation="StartRecovery", match_tags=tags, action=action, **rule)
        fault = Fault(self.control, rule_id)
        try:
            yield fault
        finally:
            fault.remove()


@dataclass
class Fault:
    """A fault rule in force."""

    control: SimControl
    rule_id: str
    is_removed: bool = False

    def remove(self) -> None:
        """Delete the rule and let go what it holds; repeating it is harmless."""
        if not self.is_removed:
            self.is_removed = True
            self.control.remove_fault(self.rule_id)

    def until_met(self, times: int = 1) -> None:
        """Wait until the rule has fired so often."""
        until(lambda: self._fired() >= times, f"fault {self.rule_id} fires {times} times")

    def _fired(self) -> int:
        faults = self.control.ask("GET", "/sim/faults")[1]["faults"]
        return int(next(fault["fired"] for fault in faults if fault["id"] == self.rule_id))


@contextmanager
def serving(
    folder: Path, *, scenario: Path | str = "demo", speed: float = SPEED, signing_window: float | None = None
) -> Iterator[Simulator]:
    """Run `simulator serve` and end it by its process at the end of the block.

    The demo refuses a request five seconds after it was signed, which a busy machine can bring about. A test
    that loses no answer may have a longer `signing_window`; one that does would wait for its end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = DEMO_SCENARIO if scenario == "demo" else Path(scenario)
    if signing_window is not None:
        text = path.read_text(encoding="utf-8")
        scenario = path = folder / "scenario.yaml"
        path.write_text(f"{text}\nsigning_window_seconds: {signing_window:g}\n", encoding="utf-8")
    ready_file, log_file = folder / "ready.json", folder / "simulator.log"
    arguments = ("--port", "0", "--scenario", str(scenario), "--speed", f"{speed:g}")
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [*_PROGRAM, "simulator", "serve", *arguments, "--ready-file", str(ready_file)],
            cwd=ROOT,
            env=_environment(folder / "home", None),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: ready_file.exists() or process.poll() is not None, "the ready file")
        assert process.poll() is None, log_file.read_text()
        yield Simulator(json.loads(ready_file.read_text()), path)
    finally:
        process.kill()
        process.wait(PATIENCE)


# ---- consoles


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one object on the last line of standard output."""
        assert self.out.strip(), self.err
        return json.loads(self.out.splitlines()[-1])

    @property
    def execution_id(self) -> str:
        return str(self.json["execution_id"])

    def expect(self, code: int) -> "Ended":
        """Return this after a look at the exit code; a traceback is never right."""
        assert self.code == code, f"exit code {self.code} instead of {code}\n{self.err}\n{self.out}"
        assert "Traceback" not in self.err + self.out, self.err + self.out
        return self


class Command:
    """A command under way; what it prints goes to files, so that it never waits for a reader."""

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*_PROGRAM, *arguments],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def until_said(self, pattern: str) -> re.Match[str]:
        """Wait until standard error, where progress goes beside JSON, or the terminal fits."""

        def said() -> re.Match[str] | None:
            found = re.search(pattern, self.err, re.MULTILINE)
            assert found or self.process.poll() is None, f"it ended without {pattern!r}:\n{self.err}"
            return found

        found = until(said, f"{pattern!r} on standard error")
        assert found is not None
        return found

    def until_known(self) -> str:
        """Wait until the command names its execution, and return the id."""
        return self.until_said(r"(?:drill|recovery) of \S+  (\S+)").group(1)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it as kill -9 does: nothing of it runs any more, nothing was put in order."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def end(self) -> Ended:
        """Wait for its end."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"The command does not end:\n{self.err}") from None
        return Ended(code=code, out=self._out.read_text(encoding="utf-8"), err=self.err)


class TerminalCommand(Command):
    """A command at a terminal of its own: it can be asked, and what it asks can be answered."""

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
        self._terminal, far_end = pty.openpty()
        try:
            lines = termios.tcgetattr(far_end)
            lines[3] &= ~termios.ECHO  # what is typed is not shown again
            termios.tcsetattr(far_end, termios.TCSANOW, lines)
            self.process = subprocess.Popen(
                [*_PROGRAM, *arguments],
                cwd=ROOT,
                env={**environment, "TERM": "dumb", "COLUMNS": "200"},
                stdin=far_end,
                stdout=far_end,
                stderr=far_end,
                start_new_session=True,
            )
        finally:
            os.close(far_end)
        os.set_blocking(self._terminal, False)
        self._shown = b""

    @property
    def err(self) -> str:
        """Return all that was shown so far."""
        self._drain()
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    def _drain(self) -> None:
        while True:
            try:
                shown = os.read(self._terminal, 65_536)
            except (BlockingIOError, OSError):  # nothing more just now, or the other end is closed
                return
            if not shown:
                return
            self._shown += shown

    def type(self, line: str) -> None:
        os.write(self._terminal, f"{line}\n".encode())

    def kill(self) -> None:
        super().kill()
        self.close()

    def end(self) -> Ended:
        until(self._has_ended, "the end of the command")
        ended = Ended(code=self.process.wait(PATIENCE), out=self.err, err="")
        self.close()
        return ended

    def _has_ended(self) -> bool:
        self._drain()  # it would wait for ever for room to print
        return self.process.poll() is not None

    def close(self) -> None:
        if self._terminal >= 0:
            os.close(self._terminal)
            self._terminal = -1


class Console:
    """Runs commands in one data folder, against one endpoint or none.

    Attributes:
        home: The data folder, DRS_DESKTOP_HOME.
        endpoint_url: What AWS_ENDPOINT_URL says, or None.
    """

    def __init__(self, folder: Path, endpoint_url: str | None) -> None:
        self.home = folder / "home"
        self.endpoint_url = endpoint_url
        self._folder = folder
        self._commands: list[Command] = []

    def __enter__(self) -> "Console":
        return self

    def __exit__(self, *_: object) -> None:
        """End whatever still runs."""
        for command in self._commands:
            if command.process.poll() is None:
                command.kill()

    def start(self, *arguments: str, **environment: str) -> Command:
        """Start a command and return while it runs."""
        folder = self._folder / f"command-{len(self._commands)}"
        folder.mkdir(parents=True)
        variables = {**_environment(self.home, self.endpoint_url), **environment}
        command = Command(arguments, variables, folder)
        self._commands.append(command)
        return command

    def start_at_terminal(self, *arguments: str) -> TerminalCommand:
        """Start a command at a terminal, so that it asks instead of ending with 5."""
        command = TerminalCommand(arguments, _environment(self.home, self.endpoint_url))
        self._commands.append(command)
        return command

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments, **environment).end()

    def run_together(self, *commands: tuple[str, ...]) -> list[Ended]:
        """Run several commands at the same time, each to its end."""
        started = [self.start(*arguments) for arguments in commands]
        return [command.end() for command in started]

    def start_drill(self, plan: str = "payroll") -> Command:
        """Start a drill that releases configured pauses by itself."""
        return self.start("run", "--plan", plan, "--mode", "drill", "--release-pauses", "--json")

    def status(self, execution_id: str) -> Any:
        """Return how an execution stands, as the program says."""
        return self.run("status", execution_id, "--json").expect(0).json

    def resume(self, execution_id: str, *arguments: str) -> Ended:
        return self.run("resume", execution_id, "--json", *arguments)


def _environment(home: Path, endpoint_url: str | None) -> dict[str, str]:
    """Return this process's environment, which tests/conftest.py has cleaned, for a program of its own."""
    environment = {**os.environ, "DRS_DESKTOP_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    if endpoint_url is not None:
        environment["AWS_ENDPOINT_URL"] = endpoint_url
    return environment
