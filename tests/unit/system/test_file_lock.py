"""One driver per execution, however it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.system.file_lock import ExecutionLock

EXECUTION = ExecutionId("demo-01M83SM8XNNHM7X8KTH75EAVZF")
HOLDER = """
import sys
from pathlib import Path
from drs_desktop.system.file_lock import ExecutionLock
lock = ExecutionLock(Path(sys.argv[1]), sys.argv[2])
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    first, second = ExecutionLock(tmp_path, EXECUTION), ExecutionLock(tmp_path, EXECUTION)
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    assert not second.is_held
    assert "process" in second.owner()
    first.release()
    first.release()
    assert second.acquire()
    second.release()


def test_nobody_known_is_said_so(tmp_path: Path) -> None:
    assert ExecutionLock(tmp_path, EXECUTION).owner() == "unknown"
    (tmp_path / f"{EXECUTION}.owner").write_text("[]")
    assert ExecutionLock(tmp_path, EXECUTION).owner() == "unknown"


@pytest.mark.process
def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), EXECUTION],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "True"
        mine = ExecutionLock(tmp_path, EXECUTION)
        assert not mine.acquire()
        assert mine.owner().startswith(f"process {holder.pid} ")
        holder.kill()
        holder.wait()
        assert mine.acquire()
        mine.release()
