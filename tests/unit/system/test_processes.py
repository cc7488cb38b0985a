"""Processes that outlive the console."""

import os
import signal
import sys
from pathlib import Path

import pytest

from drs_desktop.system.processes import is_alive, start_detached

SAY = "import os; print(os.getsid(0) == os.getpid(), os.environ.get('WORD'), flush=True)"


def wait_for_end(process_id: int) -> None:
    while is_alive(process_id):
        pass


@pytest.mark.process
def test_a_process_has_its_own_session_and_log(tmp_path: Path) -> None:
    log = tmp_path / "simulator.log"
    number = start_detached(
        [sys.executable, "-c", SAY], log_file=log, environment={**os.environ, "WORD": "hello"}
    )
    wait_for_end(number)
    assert log.read_text() == "True hello\n"
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.process
def test_a_process_is_alive_until_it_ends() -> None:
    number = start_detached([sys.executable, "-c", "import signal; signal.pause()"])
    assert is_alive(number)
    os.kill(number, signal.SIGKILL)
    wait_for_end(number)
    assert not is_alive(number)


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(OSError, match="no-such-program"):
        start_detached(["/no-such-program"])


def test_this_process_is_alive_and_number_zero_is_nobody() -> None:
    assert is_alive(os.getpid())
    assert not is_alive(0)
    assert not is_alive(-1)
    assert not is_alive(2**22 + 12345)
