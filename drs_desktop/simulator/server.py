"""The local server: an AWS on 127.0.0.1, in a thread for tests or as a process of its own."""

import json
import os
import secrets
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from drs_desktop.simulator.acts import plan_acts
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.scenario import ScenarioError, ScenarioModel, read_scenario
from drs_desktop.simulator.wire import moto_world
from drs_desktop.simulator.wire.app import SimulatorApp
from drs_desktop.simulator.wire.call_log import CallLog
from drs_desktop.simulator.wire.control import Control
from drs_desktop.simulator.wire.drs.models import attach, detach
from drs_desktop.simulator.wire.http_server import LOOPBACK, LoopbackServer, make_loopback_server
from drs_desktop.simulator.wire.moto_compute import MotoCompute
from drs_desktop.simulator.wire.warm_up import warm_up

_LOOK_AGAIN_SECONDS = 0.2
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class SimulatorServer:
    """A running simulator. moto's state is global, so a process has one at a time.

    Attributes:
        simulation: The core, to turn the clock or look at the state directly (hold its `lock`).
        instance_id: What tells this simulator from every other, whatever its port.
        control_token: The value of the header X-Sim-Token.
        stop_requested: Set when the control endpoint was asked to stop.
    """

    def __init__(
        self, scenario: ScenarioModel | Path, *, port: int = 0, speed: float = 1.0, host: str = LOOPBACK
    ) -> None:
        """Prepare a server; `speed` is service seconds per real second, 0 stands still."""
        self._scenario = read_scenario(scenario) if isinstance(scenario, Path) else scenario
        self._host, self._port = host, port
        self.instance_id = str(uuid.uuid4())
        self.control_token = secrets.token_urlsafe(24)
        self.stop_requested = threading.Event()
        clock = ServiceClock(scale=speed)
        self._compute = MotoCompute(clock, boot_checks=timedelta(seconds=self._scenario.boot_checks_seconds))
        self.simulation: Simulation = build_simulation(self._scenario, clock=clock, compute=self._compute)
        self._calls = CallLog()
        self._control = Control(
            simulation=self.simulation,
            calls=self._calls,
            instance_id=self.instance_id,
            token=self.control_token,
            stop=self.stop_requested.set,
        )
        self._app: SimulatorApp | None = None
        self._http: LoopbackServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def endpoint_url(self) -> str:
        """Return the address for AWS clients (`AWS_ENDPOINT_URL`)."""
        if self._http is None:
            raise RuntimeError("the simulator has not been started")
        return f"http://{LOOPBACK}:{self._http.port}"

    @property
    def idle_seconds(self) -> float:
        """Return for how long, in real seconds, neither a ping nor an AWS call has arrived."""
        return time.monotonic() - self._app.last_activity if self._app else 0.0

    def start(self) -> None:
        """Seed moto, warm every account and Region, and begin to answer."""
        attach(self.simulation)
        try:
            self._app = SimulatorApp(self.simulation, self._control, self._calls)
            self._http = make_loopback_server(self._host, self._port, self._app)
            moto_world.reset(self._scenario.seed)
            moto_world.settle_in(self.simulation.accounts, self.simulation.hub_keys, self.simulation.regions)
            moto_world.make_templates(self._compute, self.simulation.states())
            warm_up(self._app, self.simulation)
            plan_acts(self.simulation, self._scenario.acts)
        except BaseException:  # also when interrupted: the port must be free again
            self._close()
            raise
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="simulator"
        )
        self._app.last_activity = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Let held answers go, finish what is under way, and close; repeating it is harmless."""
        self.simulation.faults.release_all()
        if self._http is not None and self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._close()

    def described(self) -> dict[str, Any]:
        """Return the contents of the ready file."""
        identity = self._control.identity()
        return {
            "endpoint_url": self.endpoint_url,
            "instance_id": self.instance_id,
            "pid": os.getpid(),
            "control_token": self.control_token,
            "scenario": self.simulation.name,
            "speed": self.simulation.clock.scale,
            "hub": identity["hub"],
            "region": self.simulation.regions[0],
        }

    def __enter__(self) -> "SimulatorServer":
        """Start and return this server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def _close(self) -> None:
        if self._http is not None:
            self._http.server_close()
            self._http = None
            self._app = None
        detach()


def find_scenario(name_or_path: str, named: Mapping[str, Path]) -> Path:
    """Return the file of a scenario given by name or by path, or raise ScenarioError."""
    if name_or_path in named:
        return named[name_or_path]
    path = Path(name_or_path)
    if path.is_file():
        return path
    known = ", ".join(sorted(named)) or "none"
    raise ScenarioError(path, [f"there is neither such a file nor a scenario of that name (known: {known})"])


def serve(
    *,
    port: int,
    scenario: Path | str,
    speed: float,
    ready_file: Path | None = None,
    exit_when_idle: float | None = None,
    stop: threading.Event | None = None,
    named_scenarios: Mapping[str, Path] | None = None,
    on_ready: Callable[[Mapping[str, Any]], None] | None = None,
) -> None:
    """Serve a scenario until told to end: by `stop`, a signal, /sim/stop, or being idle for too long.

    Args:
        port: The port on 127.0.0.1; 0 takes any free one.
        scenario: A path, or a name in `named_scenarios`.
        speed: Service seconds per real second.
        ready_file: Where to write, atomically and for the owner only, how to reach the server; it is removed
            at a clean end.
        exit_when_idle: End after so many real seconds without a ping or an AWS call; None: never.
        stop: Ends the server when set.
        named_scenarios: Scenario names and their files.
        on_ready: Called once with the contents of the ready file.
    """
    path = scenario if isinstance(scenario, Path) else find_scenario(scenario, named_scenarios or {})
    stop = stop or threading.Event()
    with _ending_by_signal() as signalled, SimulatorServer(path, port=port, speed=speed) as server:
        if ready_file is not None:
            _write_ready_file(ready_file, server.described())
        try:
            if on_ready is not None:
                on_ready(server.described())
            _wait_for_the_end(server, lambda: stop.is_set() or bool(signalled), exit_when_idle=exit_when_idle)
        finally:
            if ready_file is not None:
                _remove_ready_file(ready_file, server.instance_id)


def _wait_for_the_end(
    server: SimulatorServer, is_told_to_end: Callable[[], bool], *, exit_when_idle: float | None
) -> None:
    while not is_told_to_end():
        if exit_when_idle is not None and server.idle_seconds >= exit_when_idle:
            return
        if server.stop_requested.wait(_LOOK_AGAIN_SECONDS):
            return


@contextmanager
def _ending_by_signal() -> Iterator[list[int]]:
    """Note SIGTERM and SIGINT in a list; only the main thread can ask for that.

    A list, because setting an event inside a handler can wait for ever on the lock of the event that the same
    thread is about to wait for.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    earlier = {
        number: signal.signal(number, lambda got, _: received.append(got)) for number in _ENDING_SIGNALS
    }
    try:
        yield received
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _write_ready_file(path: Path, contents: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(contents, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _remove_ready_file(path: Path, instance_id: str) -> None:
    """Remove the file if it still speaks of this server."""
    try:
        contents = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(contents, dict) and contents.get("instance_id") == instance_id:
        path.unlink(missing_ok=True)
