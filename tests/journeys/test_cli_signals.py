"""Ctrl-C, SIGTERM and a closed terminal: at any moment, in the terminal and in the window."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.processes import (
    PATIENCE,
    ROOT,
    SMALL_SCENARIO,
    Command,
    Console,
    Simulator,
    serving,
    until,
)

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

each_signal = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
_WINDOW = """
import sys
from drs_desktop.bootstrap.window import run_window
from drs_desktop.cli.program import WorkspaceChoice
sys.exit(run_window(WorkspaceChoice(name="main"), None))
"""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulator whose clock stands still, so that no drill ends by itself."""
    with serving(tmp_path_factory.mktemp("simulator"), scenario=SMALL_SCENARIO, speed=0) as simulator:
        yield simulator


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


def hears(command: Command, number: signal.Signals) -> bool:
    """Return whether the process has a handler of its own for the signal, as Linux tells."""
    status = Path(f"/proc/{command.process.pid}/status").read_text(encoding="utf-8")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (number - 1) & 1)


@each_signal
def test_command_interrupted_in_its_first_moment_ends_in_order(
    console: Console, number: signal.Signals
) -> None:
    command = console.start_drill()
    until(lambda: hears(command, signal.SIGTERM), "the program hears signals")
    command.signal(number)
    ended = command.end().expect(130)
    assert ended.json["exit_code"] == 130
    assert "Interrupted." in ended.err


@each_signal
def test_command_interrupted_in_a_drill_names_it_in_its_last_line(
    console: Console, number: signal.Signals
) -> None:
    command = console.start_drill()
    execution_id = command.until_known()
    command.signal(number)
    ended = command.end().expect(130)
    assert ended.execution_id == execution_id
    assert f"drs-desktop resume {execution_id}" in ended.err


@each_signal
def test_window_closes_in_order_when_its_terminal_says_so(tmp_path: Path, number: signal.Signals) -> None:
    environment = {**os.environ, "DRS_DESKTOP_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    with (tmp_path / "said").open("wb") as said:
        window = subprocess.Popen(
            [sys.executable, "-c", _WINDOW], cwd=ROOT, env=environment, stdout=said, stderr=said
        )
    try:
        log = tmp_path / "logs" / "drs-desktop.log"
        database = tmp_path / "workspaces" / "main" / "workspace.sqlite3"
        until(database.exists, "the window has opened its workspace")
        window.send_signal(number)
        assert window.wait(PATIENCE) == 130, (tmp_path / "said").read_text()
    finally:
        window.kill()
        window.wait(PATIENCE)
    assert "Traceback" not in (tmp_path / "said").read_text()
    assert not log.exists() or '"level": "error"' not in log.read_text()
