import pytest

from drs_desktop.simulator.core.errors import ConflictError, ResourceNotFoundError
from drs_desktop.simulator.core.job import LaunchStatus, LogEvent
from drs_desktop.simulator.core.launching import start_recovery
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.replicating import disconnect_source_server
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.terminating import terminate_recovery_instances
from tests.unit.simulator.builders import a_drill, a_simulation, compute_of, target_of


@pytest.fixture
def simulation() -> Simulation:
    """A simulation with three launched drill instances."""
    simulation = a_simulation()
    state = target_of(simulation)
    start_recovery(simulation, state, a_drill(*state.servers))
    simulation.run_until_idle()
    return simulation


@pytest.fixture
def state(simulation: Simulation) -> RegionState:
    """The account and Region of the instances."""
    return target_of(simulation)


def test_instances_and_records_are_gone_at_the_end(simulation: Simulation, state: RegionState) -> None:
    job = terminate_recovery_instances(simulation, state, list(state.instances))
    assert len(state.instances) == 3
    simulation.run_until_idle()
    assert state.instances == {}
    assert set(compute_of(simulation).states.values()) == {"terminated"}
    assert {one.launch_status for one in job.participants.values()} == {LaunchStatus.TERMINATED}
    assert all(server.active_job_id is None for server in state.servers.values())


def test_server_being_terminated_is_busy(simulation: Simulation, state: RegionState) -> None:
    one, *_ = state.instances
    terminate_recovery_instances(simulation, state, [one])
    with pytest.raises(ConflictError):
        terminate_recovery_instances(simulation, state, [one])


def test_protected_instance_stays(simulation: Simulation, state: RegionState) -> None:
    one, *_ = state.instances
    compute_of(simulation).protected.add(one)
    job = terminate_recovery_instances(simulation, state, [one])
    simulation.run_until_idle()
    assert one in state.instances
    assert [item.event for item in job.log][2] is LogEvent.CLEANUP_FAIL
    assert [part.launch_status for part in job.participants.values()] == [LaunchStatus.FAILED]


def test_launch_status_of_the_old_job_is_left_alone(simulation: Simulation, state: RegionState) -> None:
    (launch,) = state.jobs.values()
    terminate_recovery_instances(simulation, state, list(state.instances))
    simulation.run_until_idle()
    assert {one.launch_status for one in launch.participants.values()} == {LaunchStatus.LAUNCHED}
    assert {server.last_launch_result for server in state.servers.values()} == {"SUCCEEDED"}


def test_unknown_instance_is_not_found(simulation: Simulation, state: RegionState) -> None:
    with pytest.raises(ResourceNotFoundError):
        terminate_recovery_instances(simulation, state, ["i-00000000000000000"])


class TestServerWhoseEarlierInstanceStayed:
    """The clean-up before its second launch was refused, so that the server has two instances."""

    @pytest.fixture
    def server_id(self, simulation: Simulation, state: RegionState) -> str:
        """The server with two instances."""
        server_id = next(iter(state.servers))
        earlier = state.server(server_id).recovery_instance_id
        assert earlier is not None
        compute_of(simulation).protected.add(earlier)
        start_recovery(simulation, state, a_drill(server_id))
        simulation.run_until_idle()
        compute_of(simulation).protected.clear()
        return server_id

    def test_only_the_instance_that_was_named_is_terminated(
        self, simulation: Simulation, state: RegionState, server_id: str
    ) -> None:
        earlier, newest = state.server(server_id).instance_ids
        terminate_recovery_instances(simulation, state, [earlier])
        simulation.run_until_idle()
        assert earlier not in state.instances
        assert compute_of(simulation).states[earlier] == "terminated"
        assert compute_of(simulation).states[newest] == "running"
        assert state.server(server_id).recovery_instance_id == newest

    def test_both_cannot_be_in_one_job(
        self, simulation: Simulation, state: RegionState, server_id: str
    ) -> None:
        with pytest.raises(ConflictError):
            terminate_recovery_instances(simulation, state, state.server(server_id).instance_ids)

    def test_next_launch_removes_both(
        self, simulation: Simulation, state: RegionState, server_id: str
    ) -> None:
        before = tuple(state.server(server_id).instance_ids)
        start_recovery(simulation, state, a_drill(server_id))
        simulation.run_until_idle()
        assert {compute_of(simulation).states[one] for one in before} == {"terminated"}
        assert len(state.server(server_id).instance_ids) == 1

    def test_server_stays_connected_while_the_older_one_is_left(
        self, simulation: Simulation, state: RegionState, server_id: str
    ) -> None:
        _, newest = state.server(server_id).instance_ids
        terminate_recovery_instances(simulation, state, [newest])
        simulation.run_until_idle()
        with pytest.raises(ConflictError, match="has a recovery instance"):
            disconnect_source_server(simulation, state, server_id)
