"""A small simulation in memory for unit tests of the core."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.compute import MemoryCompute
from drs_desktop.simulator.core.launching import StartRecovery
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.scenario import parse_scenario
from tests.helpers.simulator_process import REGION, TARGET, small_scenario

START = datetime(2026, 3, 16, 11, 30, tzinfo=UTC)


def a_simulation(count: int = 3, **changes: Any) -> Simulation:
    """Return a simulation whose clock stands at START until it is turned."""
    scenario = parse_scenario(Path("test.yaml"), small_scenario(count, **changes))
    return build_simulation(scenario, clock=ServiceClock(scale=0, base=START))


def target_of(simulation: Simulation) -> RegionState:
    """Return the account and Region that has the servers."""
    return simulation.state(TARGET, REGION)


def compute_of(simulation: Simulation) -> MemoryCompute:
    """Return the simulation's EC2 in memory."""
    assert isinstance(simulation.compute, MemoryCompute)
    return simulation.compute


def a_drill(*server_ids: str, **tags: str) -> StartRecovery:
    """Return the request of a drill on the newest data."""
    return StartRecovery(snapshot_ids=dict.fromkeys(server_ids), is_drill=True, tags=tags)
