"""The set-up does only what is missing; proved with an interpreter that writes down its orders."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

# Lets the real interpreter answer questions, and writes down each pip command instead of running it.
RECORDING_PYTHON = """#!/bin/sh
case "$*" in
  "-m pip --version") ;;
  "-m pip install"*) echo "$*" >>"{orders}" ;;
  *) exec "{python}" "$@" ;;
esac
"""


class Clone:
    """A folder that looks to the set-up like a clone with an environment."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pyproject = root / "pyproject.toml"
        self._orders = root / "orders.txt"
        self._bin = root / "no-system-packages"
        python = root / ".venv" / "bin" / "python"
        for folder in (root / ".ci", root / "drs_desktop", python.parent, self._bin):
            folder.mkdir(parents=True)
        for name in ("setup", "constraints.txt"):
            shutil.copy(CHECKOUT / ".ci" / name, root / ".ci")
        shutil.copy(CHECKOUT / "pyproject.toml", root)
        shutil.copy(CHECKOUT / "drs_desktop" / "__init__.py", root / "drs_desktop")
        python.write_text(RECORDING_PYTHON.format(orders=self._orders, python=sys.executable))
        python.chmod(0o755)
        # Where this command fails, the set-up leaves system packages alone.
        (self._bin / "ldconfig").write_text("#!/bin/sh\nexit 1\n")
        (self._bin / "ldconfig").chmod(0o755)

    def set_up(self, mode: str) -> list[str]:
        """Run the set-up and return the targets that pip was told to install."""
        self._orders.unlink(missing_ok=True)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
        subprocess.run(
            ["bash", str(self.root / ".ci" / "setup"), mode],
            env=environment | {"PATH": f"{self._bin}:{os.environ['PATH']}"},
            cwd="/",
            check=True,
            capture_output=True,
        )
        orders = self._orders.read_text().splitlines() if self._orders.exists() else []
        return [order.split()[-1].removeprefix(str(self.root)) for order in orders]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_second_set_up_installs_nothing(clone: Clone) -> None:
    assert clone.set_up("run") == ["setuptools", ""]
    assert clone.set_up("run") == []


def test_environment_for_tests_serves_a_run_too(clone: Clone) -> None:
    assert clone.set_up("test") == ["setuptools", "[dev]"]
    assert clone.set_up("run") == []


def test_environment_for_a_run_is_completed_for_tests(clone: Clone) -> None:
    clone.set_up("run")
    assert clone.set_up("test") == ["setuptools", "[dev]"]


def test_changed_dependencies_are_installed_without_losing_the_test_tools(clone: Clone) -> None:
    clone.set_up("test")
    clone.pyproject.write_text(clone.pyproject.read_text() + "\n# changed\n")
    assert clone.set_up("run") == ["setuptools", "[dev]"]
    assert clone.set_up("test") == []


def test_unknown_mode_is_refused(clone: Clone) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        clone.set_up("everything")
    assert b"run or test, not 'everything'" in caught.value.stderr
