"""The sample simulator: found where it announced itself, started when there is none."""

import asyncio
import http.client
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

from drs_desktop.aws.endpoint import SimulatorIdentity, probe_simulator
from drs_desktop.cli.program import SimulatorOptions
from drs_desktop.domain.errors import AwsUnreachable, ValidationFailed
from drs_desktop.system.processes import is_alive, start_detached
from drs_desktop.system.resource_paths import resource_path

READY_FILE = "simulator.json"
LOG_FILE = "simulator.log"
_SCENARIO_FILES = {
    "demo": "scenario.yaml",
    "failures": "failures.yaml",
    "troubled": "troubled.yaml",
    "staging": "staging.yaml",
    "large": "large.yaml",
}
IDLE_SECONDS = 600
"""How long a simulator that `demo` started outlives its last console."""
START_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.05


def scenarios() -> dict[str, Path]:
    """Return the scenarios that ship with the program, by name."""
    return {name: resource_path("demo", file) for name, file in _SCENARIO_FILES.items()}


def scenario_summaries() -> dict[str, str]:
    """Return what each scenario that ships with the program shows, by name."""
    from drs_desktop.simulator.scenario import read_scenario

    return {name: read_scenario(path).summary for name, path in scenarios().items()}


def serve_simulator(options: SimulatorOptions, announce: Callable[[Mapping[str, object]], None]) -> None:
    """Serve a scenario in this process until told to end.

    Raises:
        ValidationFailed: the scenario, the speed or the port cannot be used.
    """
    from drs_desktop.simulator.scenario import ScenarioError
    from drs_desktop.simulator.server import serve

    try:
        _serve(serve, options, announce)
    except (ScenarioError, ValueError) as error:
        raise ValidationFailed(f"The simulator cannot be served: {error}") from error
    except OSError as error:
        raise ValidationFailed(f"The simulator cannot listen on port {options.port}: {error}") from error


def _serve(
    serve: Callable[..., None],
    options: SimulatorOptions,
    announce: Callable[[Mapping[str, object]], None],
) -> None:
    serve(
        port=options.port,
        scenario=options.scenario,
        speed=options.speed,
        ready_file=options.ready_file,
        exit_when_idle=options.exit_when_idle,
        named_scenarios=scenarios(),
        on_ready=announce,
    )


def running_simulator(folder: Path) -> SimulatorIdentity | None:
    """Return the simulator that a workspace's folder tells of, if it still answers as the same one."""
    ready = _read_ready_file(folder)
    if ready is None:
        return None
    identity = probe_simulator(str(ready.get("endpoint_url")))
    if identity is None or identity.instance_id != ready.get("instance_id"):
        return None
    return identity


def _read_ready_file(folder: Path) -> dict[str, object] | None:
    try:
        contents = json.loads((folder / READY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return contents if isinstance(contents, dict) else None


async def demo_simulator(folder: Path, speed: float) -> SimulatorIdentity:
    """Return the workspace's simulator, running at this speed; start one if there is none.

    One that runs already and cannot be told another speed is returned as it is.

    Raises:
        AwsUnreachable: it did not start; the sentence names its log.
    """
    lock = FileLock(folder / "simulator.lock", thread_local=False, mode=0o600)
    await asyncio.to_thread(lock.acquire, timeout=START_SECONDS)
    try:
        identity = await asyncio.to_thread(running_simulator, folder)
        if identity is None:
            identity = await _start(folder, speed)
        elif identity.scale != speed:
            identity = await asyncio.to_thread(_change_speed, folder, identity, speed)
        return identity
    finally:
        lock.release()


async def _start(folder: Path, speed: float) -> SimulatorIdentity:
    log_file = folder / LOG_FILE
    process_id = start_detached(
        _command(folder, speed), log_file=log_file, environment=without_aws(os.environ)
    )
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        identity = await asyncio.to_thread(running_simulator, folder)
        if identity is not None:
            return identity
        if not is_alive(process_id):
            break
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    raise AwsUnreachable(f"The simulator did not start. Its log says why: {log_file}")


def own_command() -> list[str]:
    """Return the command that starts this very program again."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "drs_desktop"]


def _command(folder: Path, speed: float) -> list[str]:
    return [
        *own_command(),
        *("simulator", "serve", "--port", "0", "--scenario", "demo", "--speed", f"{speed:g}"),
        *("--ready-file", str(folder / READY_FILE), "--exit-when-idle", str(IDLE_SECONDS)),
    ]


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without anything of AWS: the simulator needs none of it."""
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}


def _change_speed(folder: Path, identity: SimulatorIdentity, speed: float) -> SimulatorIdentity:
    ready = _read_ready_file(folder) or {}
    request = urllib.request.Request(
        f"{identity.url}/sim/clock",
        data=json.dumps({"scale": speed}).encode(),
        headers={"X-Sim-Token": str(ready.get("control_token", "")), "Content-Type": "application/json"},
        method="POST",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5):
            pass
    except (OSError, ValueError, http.client.HTTPException):
        return identity  # it runs, only at its own speed
    _rewrite_ready_file(folder, {**ready, "speed": speed})
    return probe_simulator(identity.url) or identity


def _rewrite_ready_file(folder: Path, contents: Mapping[str, object]) -> None:
    """Replace the file in one step, for its owner alone; it is the simulator's to take away."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=READY_FILE)  # 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(contents, file, indent=2)
    os.replace(name, folder / READY_FILE)
