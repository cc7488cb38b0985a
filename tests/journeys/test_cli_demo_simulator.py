"""The simulator that `demo` starts by itself: found again, and not killed with its console."""

import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import Console, until
from tests.helpers.simulator_process import SimControl

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A console without AWS_ENDPOINT_URL; whatever simulator it started is ended by its process id."""
    with Console(tmp_path, None) as console:
        yield console
    if ready := ready_file(console):
        os.kill(ready["pid"], signal.SIGTERM)
        until(lambda: not ready_file(console), "the simulator takes its ready file away")


def ready_file(console: Console) -> dict[str, Any] | None:
    path = console.home / "workspaces" / "demo" / "simulator.json"
    return json.loads(path.read_text()) if path.exists() else None


def test_killed_console_leaves_its_simulator_to_the_next(console: Console) -> None:
    command = console.start("demo", "--headless", "--speed", "600", "--release-pauses", "--json")
    execution_id = command.until_known()
    command.until_said(r"execution POLLING$")
    command.kill()
    ready = ready_file(console)
    assert ready is not None

    # An execution goes on only where it began, so that this one ends says that it is the same simulator.
    assert console.resume(execution_id, "--release-pauses").expect(0).json["status"] == "COMPLETED"
    again = console.start("demo", "--headless", "--speed", "900", "--json")
    again.until_known()
    identity = SimControl(ready["endpoint_url"], None).ask("GET", "/sim/identity")[1]
    assert (identity["instance_id"], identity["scale"]) == (ready["instance_id"], 900)
    assert ready_file(console) == {**ready, "speed": 900}
    files = [path for path in (console.home / "workspaces" / "demo").iterdir() if path.is_file()]
    assert {"simulator.lock", "simulator.json", "simulator.log"} <= {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    again.signal(signal.SIGINT)
    again.end().expect(130)
