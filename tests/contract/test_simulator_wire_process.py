"""The simulator as a process of its own: ready file, idle end, signals, stop."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.simulator_process import DEMO, AwsClients, SimControl

pytestmark = pytest.mark.process

PROGRAM = """
import sys
from pathlib import Path
from drs_desktop.simulator.server import serve
idle = float(sys.argv[2]) if len(sys.argv) > 2 else None
serve(port=0, scenario="demo", named_scenarios={"demo": Path(sys.argv[3])} if len(sys.argv) > 3 else {},
      speed=60, ready_file=Path(sys.argv[1]), exit_when_idle=idle)
"""


class Served:
    """A simulator process and its ready file."""

    def __init__(self, folder: Path, idle: float) -> None:
        self.ready_file = folder / "ready.json"
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROGRAM, str(self.ready_file), str(idle), str(DEMO)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        waiting = SimControl("", None)
        waiting.until(lambda: self.ready_file.exists() or self.process.poll() is not None, seconds=60)
        assert self.process.poll() is None, self.process.communicate()[0]
        self.ready: dict[str, Any] = json.loads(self.ready_file.read_text())
        self.control = SimControl(self.ready["endpoint_url"], self.ready["control_token"])

    def ended(self) -> tuple[int, bytes]:
        output, _ = self.process.communicate(timeout=60)
        return self.process.returncode, output


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """A simulator process on the demo scenario; the parameter is after how many idle seconds it ends."""
    server = Served(tmp_path, getattr(request, "param", 600))
    yield server
    if server.process.poll() is None:
        server.process.kill()
    server.process.communicate(timeout=60)


def test_ready_file_tells_how_to_reach_it_and_is_private(served: Served) -> None:
    assert stat.S_IMODE(os.stat(served.ready_file).st_mode) == 0o600
    assert set(served.ready) == {
        "endpoint_url",
        "instance_id",
        "pid",
        "control_token",
        "scenario",
        "speed",
        "hub",
        "region",
    }
    assert served.ready["pid"] == served.process.pid
    identity = served.control.ask("GET", "/sim/identity")[1]
    assert identity["instance_id"] == served.ready["instance_id"]
    assert identity["scale"] == 60
    hub = AwsClients(served.ready["endpoint_url"], served.ready["hub"]).hub("sts")
    assert hub.get_caller_identity()["Account"] == "210987654321"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_cleanly_and_silently(served: Served, number: int) -> None:
    served.process.send_signal(number)
    assert served.ended() == (0, b"")
    assert not served.ready_file.exists()


def test_stop_ends_it(served: Served) -> None:
    assert served.control.ask("POST", "/sim/stop")[0] == 204
    assert served.ended() == (0, b"")


@pytest.mark.parametrize("served", [1.5], indirect=True)
def test_idle_simulator_ends_by_itself(served: Served) -> None:
    assert served.ended() == (0, b"")
