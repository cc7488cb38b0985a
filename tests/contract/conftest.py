"""Fixtures of the contract tests: a simulator in this process, its clock standing still."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.simulator.scenario import parse_scenario
from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import AwsClients, SimControl, small_scenario


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    """The scenario of the test; override it to have another."""
    return small_scenario()


@pytest.fixture
def simulator(scenario_data: dict[str, Any]) -> Iterator[SimulatorServer]:
    """A simulator whose clock stands still until the test turns it, patient with slow signers."""
    scenario = parse_scenario(Path("test.yaml"), {"signing_window_seconds": 60.0, **scenario_data})
    with SimulatorServer(scenario, speed=0) as server:
        yield server


@pytest.fixture
def aws(simulator: SimulatorServer) -> AwsClients:
    """Plain boto3 clients of the simulator."""
    return AwsClients(simulator.endpoint_url, simulator.described()["hub"])


@pytest.fixture
def control(simulator: SimulatorServer) -> SimControl:
    """The simulator's control endpoint."""
    return SimControl(simulator.endpoint_url, simulator.control_token)
