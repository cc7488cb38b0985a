"""The scenarios that ship with the program."""

import pytest

from drs_desktop.bootstrap.simulators import scenario_summaries, scenarios
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.job import JobStatus, LaunchStatus
from drs_desktop.simulator.core.launching import start_recovery
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.scenario import read_scenario
from tests.unit.simulator.builders import START, a_drill


@pytest.mark.parametrize("name", scenarios())
def test_each_has_a_sentence_and_can_be_built(name: str) -> None:
    scenario = read_scenario(scenarios()[name])
    assert scenario.name == name
    assert scenario.summary.endswith(".")
    assert scenario_summaries()[name] == scenario.summary
    simulation = build_simulation(scenario, clock=ServiceClock(scale=0, base=START))
    assert any(state.servers for state in simulation.states())


def test_every_failure_of_the_failures_scenario_happens() -> None:
    scenario = read_scenario(scenarios()["failures"])
    simulation = build_simulation(scenario, clock=ServiceClock(scale=0, base=START))
    state = simulation.state("012345678901", "eu-west-1")
    drillable = [server.id for server in state.servers.values() if server.replication.is_recoverable]
    assert len(drillable) == 10
    job = start_recovery(simulation, state, a_drill(*drillable))
    simulation.run_until_idle()
    assert job.status is JobStatus.COMPLETED
    failed = [one for one in job.participants.values() if one.launch_status is LaunchStatus.FAILED]
    assert [state.servers[one.source_server_id].tags["Name"] for one in failed] == [
        f"case-{number:02d}" for number in range(1, 7)
    ]
