"""The guards of tests/conftest.py bite: each spoiled test below fails, and the failure says why."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"

SPOILED_TESTS = """
import contextlib
import os
import socket
import threading

release = threading.Event()


def test_leaks_a_thread():
    threading.Thread(target=release.wait, name="forgotten", daemon=True).start()


def test_leaks_nothing():
    release.set()
    thread = threading.Thread(target=release.wait, name="ended")
    thread.start()
    thread.join()


def test_reaches_out_and_hides_it():
    with contextlib.suppress(BaseException):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_looks_up_a_name():
    socket.getaddrinfo("example.invalid", 443)


def test_talks_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_environment_is_its_own():
    assert "AWS_PROFILE" not in os.environ
    assert not os.path.exists(os.environ["AWS_SHARED_CREDENTIALS_FILE"])
    assert os.path.commonpath([os.environ["HOME"], os.environ["DRS_DESKTOP_HOME"]]) == os.environ["HOME"]
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says about the spoiled tests under a copy of our conftest."""
    folder = tmp_path_factory.mktemp("guards")
    conftest = CONFTEST.read_text().replace("SECONDS_TO_END = 5.0", "SECONDS_TO_END = 0.05")
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_spoiled.py").write_text(SPOILED_TESTS)
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-rA",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:pytest-qt",
            "-p",
            "no:benchmark",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(folder)
    assert result.returncode == 1, result.stdout + result.stderr
    return result.stdout


def test_leaked_thread_fails_its_test_by_name(report: str) -> None:
    assert "ERROR test_spoiled.py::test_leaks_a_thread" in report
    assert "Threads left running by this test: forgotten (daemon)" in report


def test_ended_thread_is_no_fault(report: str) -> None:
    assert "PASSED test_spoiled.py::test_leaks_nothing" in report
    assert "ERROR test_spoiled.py::test_leaks_nothing" not in report


def test_hidden_connection_to_the_outside_fails_its_test(report: str) -> None:
    assert "ERROR test_spoiled.py::test_reaches_out_and_hides_it" in report
    assert "The test tried to reach: 192.0.2.1" in report


def test_look_up_of_a_name_is_refused(report: str) -> None:
    assert "FAILED test_spoiled.py::test_looks_up_a_name" in report


def test_loopback_is_open(report: str) -> None:
    assert "PASSED test_spoiled.py::test_talks_to_itself" in report


def test_environment_is_cut_off_from_the_account(report: str) -> None:
    assert "PASSED test_spoiled.py::test_environment_is_its_own" in report
