"""Two starts of the program for one workspace: one window, and a killed one keeps nobody out."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.processes import until

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

WINDOW = """
import sys
from drs_desktop.bootstrap.window import run_window
from drs_desktop.cli.program import WorkspaceChoice
sys.exit(run_window(WorkspaceChoice(name=sys.argv[1]), None))
"""
ALREADY = "The workspace main has a window already; it was asked to the front."


class Desktop:
    """Starts windows without a screen, and ends those that are left."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._started: list[subprocess.Popen[str]] = []

    def start(self, workspace: str = "main") -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", WINDOW, workspace],
            env={**os.environ, "DRS_DESKTOP_HOME": str(self.home), "QT_QPA_PLATFORM": "offscreen"},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def is_open(self, workspace: str = "main") -> bool:
        """Return whether a window has opened its workspace."""
        return (self.home / "workspaces" / workspace / "workspace.sqlite3").exists()

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=150)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    desktop = Desktop(tmp_path)
    yield desktop
    desktop.end()


def test_second_start_asks_the_first_window_to_the_front(desktop: Desktop) -> None:
    first = desktop.start()
    until(desktop.is_open, "the first window")
    second = desktop.start()
    _, said = second.communicate(timeout=150)
    assert (second.returncode, ALREADY in said) == (0, True)
    assert first.poll() is None
    logs = "".join(path.read_text() for path in (desktop.home / "logs").glob("*") if path.is_file())
    assert "asked to the front" in logs


def test_killed_window_keeps_nobody_out(desktop: Desktop) -> None:
    first = desktop.start()
    until(desktop.is_open, "the first window")
    first.kill()
    first.wait(timeout=150)
    second = desktop.start()
    third = desktop.start()
    ended = until(lambda: next((one for one in (second, third) if one.poll() is not None), None), "a knock")
    _, said = ended.communicate(timeout=150)
    assert (ended.returncode, ALREADY in said) == (0, True)


def test_another_workspace_has_a_window_of_its_own(desktop: Desktop) -> None:
    desktop.start()
    until(desktop.is_open, "the first window")
    other = desktop.start("other")
    until(lambda: desktop.is_open("other"), "the second window")
    assert other.poll() is None
