"""The tests of the tests: each planted mistake must turn its tests red, and without it they are green."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.planted import PLANTED, Planted
from tests.simulation.profile import IS_QUICK, say

ROOT = Path(__file__).parents[2]
FAILED = 1
"""The exit code of pytest when tests ran and some failed; 2 and above mean that they could not run."""
RULES = {"I-01", "I-02", "I-04", "I-05", "I-07", "I-09", "I-13", "I-17", "I-18", "I-19", "I-24", "SDK"}

in_full = pytest.mark.skipif(IS_QUICK, reason="takes a minute or two: HYPOTHESIS_PROFILE=ci runs it")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program and its tests."""
    for folder in ("drs_desktop", "resources", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run_tests(copy: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "quick", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=60", *tests],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def plant(copy: Path, planted: Planted) -> None:
    file = copy / "drs_desktop" / planted.file
    file.write_text(file.read_text(encoding="utf-8").replace(planted.old, planted.new), encoding="utf-8")


def test_each_rule_has_a_planted_mistake() -> None:
    assert {planted.rule for planted in PLANTED} == RULES


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.rule)
def test_place_of_a_planted_mistake_is_still_there(planted: Planted) -> None:
    text = (ROOT / "drs_desktop" / planted.file).read_text(encoding="utf-8")
    assert text.count(planted.old) == 1
    assert planted.old != planted.new


@in_full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.rule)
def test_planted_mistake_is_caught(planted: Planted, copy: Path, pytestconfig: pytest.Config) -> None:
    plant(copy, planted)
    ended = run_tests(copy, planted.tests)
    assert ended.returncode == FAILED, ended.stdout + ended.stderr
    reasons = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED", "E  "))]
    assert reasons, ended.stdout
    say(pytestconfig, f"planted {planted.rule}, {planted.name}: caught")


@in_full
@pytest.mark.timeout(300)
def test_without_a_planted_mistake_the_same_tests_pass(copy: Path) -> None:
    plain = sorted({test for planted in PLANTED if "-k" not in planted.tests for test in planted.tests})
    for tests in (tuple(plain), *(planted.tests for planted in PLANTED if "-k" in planted.tests)):
        ended = run_tests(copy, tests)
        assert ended.returncode == 0, ended.stdout + ended.stderr
