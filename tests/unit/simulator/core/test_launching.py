from datetime import timedelta

import pytest

from drs_desktop.simulator.core.errors import (
    ConflictError,
    ResourceNotFoundError,
    UninitializedAccountError,
    ValidationError,
)
from drs_desktop.simulator.core.job import InitiatedBy, JobStatus, LaunchStatus, LogEvent
from drs_desktop.simulator.core.launching import BUSY, StartRecovery, start_recovery
from drs_desktop.simulator.core.removing import forget_job
from drs_desktop.simulator.core.replicating import delete_source_server, disconnect_source_server
from drs_desktop.simulator.core.replication import Replication, ReplicationState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import SourceServer
from tests.helpers.simulator_process import OTHER, REGION
from tests.unit.simulator.builders import a_drill, a_simulation, compute_of, target_of


def test_launch_makes_instances_and_records() -> None:
    simulation = a_simulation()
    state = target_of(simulation)
    job = start_recovery(simulation, state, a_drill(*state.servers, wave="1"))
    assert (job.status, job.tags) == (JobStatus.PENDING, {"wave": "1"})
    simulation.run_until_idle()
    assert job.status is JobStatus.COMPLETED
    assert {one.launch_status for one in job.participants.values()} == {LaunchStatus.LAUNCHED}
    assert set(compute_of(simulation).states.values()) == {"running"}
    assert {one.recovery_instance_id for one in job.participants.values()} == set(state.instances)
    assert job.ended_at is not None
    assert job.ended_at < job.log[-1].at


def test_absent_flag_is_a_recovery() -> None:
    simulation = a_simulation()
    state = target_of(simulation)
    job = start_recovery(simulation, state, StartRecovery(snapshot_ids=dict.fromkeys(state.servers)))
    assert job.initiated_by is InitiatedBy.START_RECOVERY


def test_same_seed_plays_the_same_story() -> None:
    stories = []
    for _ in range(2):
        simulation = a_simulation()
        state = target_of(simulation)
        job = start_recovery(simulation, state, a_drill(*state.servers))
        simulation.run_until_idle()
        stories.append((job.id, job.log))
    assert stories[0] == stories[1]


def test_new_launch_deletes_the_earlier_instance_even_a_recoverys() -> None:
    simulation = a_simulation(1)
    state = target_of(simulation)
    start_recovery(simulation, state, StartRecovery(snapshot_ids=dict.fromkeys(state.servers)))
    simulation.run_until_idle()
    (earlier,) = state.instances
    start_recovery(simulation, state, a_drill(*state.servers))
    simulation.run_until_idle()
    (later,) = state.instances.values()
    assert compute_of(simulation).states[earlier] == "terminated"
    assert later.id != earlier
    assert later.is_drill


def test_busy_server_refuses_the_whole_request() -> None:
    simulation = a_simulation()
    state = target_of(simulation)
    first, second, _ = state.servers
    start_recovery(simulation, state, a_drill(first))
    with pytest.raises(ConflictError, match=BUSY):
        start_recovery(simulation, state, a_drill(second, first))
    assert state.servers[second].active_job_id is None
    assert len(state.jobs) == 1


def test_server_is_free_again_when_its_job_has_ended() -> None:
    simulation = a_simulation()
    state = target_of(simulation)
    first, *_ = state.servers
    start_recovery(simulation, state, a_drill(first))
    simulation.run_until_idle()
    assert start_recovery(simulation, state, a_drill(first)).is_active


def test_unknown_server_and_uninitialised_account_are_refused() -> None:
    simulation = a_simulation()
    with pytest.raises(ResourceNotFoundError):
        start_recovery(simulation, target_of(simulation), a_drill("s-00000000000000000"))
    with pytest.raises(UninitializedAccountError):
        start_recovery(simulation, simulation.state(OTHER, REGION), a_drill("s-00000000000000000"))


def test_server_without_a_recovery_point_is_refused() -> None:
    simulation = a_simulation(servers=[_group(replication={"state": "DISCONNECTED"})])
    state = target_of(simulation)
    with pytest.raises(ValidationError, match="DISCONNECTED"):
        start_recovery(simulation, state, a_drill(*state.servers))


def test_stalled_server_is_launched_from_its_last_snapshot() -> None:
    stalled = {"state": "STALLED", "lag_minutes": 120.0}
    simulation = a_simulation(servers=[_group(replication=stalled)])
    state = target_of(simulation)
    job = start_recovery(simulation, state, a_drill(*state.servers))
    simulation.run_until_idle()
    (instance,) = state.instances.values()
    assert LogEvent.USING_PREVIOUS_SNAPSHOT in [item.event for item in job.log]
    assert (job.created_at - instance.snapshot_at).total_seconds() >= 2 * 3600 - 10


def test_refusal_by_ec2_becomes_launch_failed_with_its_text() -> None:
    simulation = a_simulation(2)
    state = target_of(simulation)
    unlucky, lucky = state.servers
    compute_of(simulation).refusals[unlucky] = "No free address in the subnet."
    job = start_recovery(simulation, state, a_drill(unlucky, lucky))
    simulation.run_until_idle()
    assert job.participants[unlucky].launch_status is LaunchStatus.FAILED
    assert job.participants[lucky].launch_status is LaunchStatus.LAUNCHED
    (failed,) = [item for item in job.log if item.event is LogEvent.LAUNCH_FAILED]
    assert failed.raw_error == "No free address in the subnet."
    assert state.servers[unlucky].last_launch_result == "FAILED"


def _group(**changes: object) -> dict[str, object]:
    return {
        "name": "srv-01",
        "account": "target",
        "region": REGION,
        "machine": "linux",
        "subnet": "10.0.0",
        **changes,
    }


def test_stalled_server_is_launched_from_its_newest_point() -> None:
    simulation = a_simulation(1)
    (server,) = target_of(simulation).servers.values()
    stalled_for(simulation, server, timedelta(hours=2))
    job = start_recovery(simulation, target_of(simulation), a_drill(server.id))
    simulation.run_until_idle()
    assert LogEvent.USING_PREVIOUS_SNAPSHOT in [item.event for item in job.log]


def test_server_stalled_for_longer_than_its_points_are_kept_cannot_be_launched() -> None:
    simulation = a_simulation(1)
    (server,) = target_of(simulation).servers.values()
    stalled_for(simulation, server, timedelta(days=30))
    with pytest.raises(ValidationError, match="STALLED"):
        start_recovery(simulation, target_of(simulation), a_drill(server.id))


def stalled_for(simulation: Simulation, server: SourceServer, lag: timedelta) -> None:
    now = simulation.clock.now()
    server.replicate(Replication(state=ReplicationState.STALLED, lag=lag, measured_at=now))


def test_launch_whose_server_is_deleted_meanwhile_disturbs_no_other_call() -> None:
    simulation = a_simulation(2)
    state = target_of(simulation)
    gone, other = state.servers
    forget_job(state, start_recovery(simulation, state, a_drill(gone)))
    disconnect_source_server(simulation, state, gone)
    delete_source_server(simulation, state, gone)
    start_recovery(simulation, state, a_drill(other))
    simulation.run_until_idle()
    assert [one.source_server_id for one in state.instances.values()] == [other]
