"""A process that holds keys writes no core dump and keeps what it writes to itself."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these limits")

REPORT = """
import ctypes, json, os, resource, sys
from drs_desktop.system.hardening import harden_process
harden_process()
harden_process()
mask = os.umask(0)
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
print(json.dumps({"core": resource.getrlimit(resource.RLIMIT_CORE), "mask": mask, "dumpable": dumpable}))
"""
FAILING_EARLY = """
import structlog
from drs_desktop.system.logging_setup import log_nothing_yet
log_nothing_yet()
try:
    secret_canary = "hunter2"
    raise RuntimeError(secret_canary)
except RuntimeError:
    structlog.get_logger("x").exception("opening broke", token=secret_canary)
"""
START = """
import resource, sys
from drs_desktop.__main__ import main
sys.argv[1:] = ["--version"]
try:
    main()
except SystemExit:
    print(resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.fixture(scope="module")
def report() -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", REPORT], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_no_core_dump_is_written(report: dict[str, object]) -> None:
    assert report["core"] == [0, 0]


def test_no_other_process_may_read_the_memory(report: dict[str, object]) -> None:
    assert report["dumpable"] == 0


def test_files_made_from_now_on_are_private(report: dict[str, object]) -> None:
    assert report["mask"] == 0o077


def test_the_program_hardens_itself_before_anything_else() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "(0, 0)"


def test_what_fails_before_there_is_a_log_is_not_printed() -> None:
    done = subprocess.run([sys.executable, "-c", FAILING_EARLY], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
