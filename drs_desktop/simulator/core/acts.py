"""What happens at the simulated AWS without any call of ours: failures to come, and other people's doings."""

from collections.abc import Sequence
from datetime import timedelta

from drs_desktop.simulator.core.compute import ComputeError
from drs_desktop.simulator.core.job import Job
from drs_desktop.simulator.core.launching import StartRecovery, start_recovery
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.removing import forget_job
from drs_desktop.simulator.core.replication import Replication, ReplicationState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from drs_desktop.simulator.core.terminating import terminate_recovery_instances

RAW_ERRORS = {
    LaunchFailure.SNAPSHOT_FAIL: "A snapshot of the source server could not be taken.",
    LaunchFailure.PREVIOUS_SNAPSHOT: "A snapshot of the source server could not be taken.",
    LaunchFailure.CONVERSION_FAIL: (
        "An error occurred (AuthFailure) when calling the ModifySnapshotAttribute operation:"
        " Not authorized to use key"
    ),
    LaunchFailure.LAUNCH_FAILED: (
        "An error occurred (UnauthorizedOperation) when calling the CreateLaunchTemplateVersion operation:"
        " You are not authorized to perform this operation."
    ),
    LaunchFailure.LAUNCH_END: "The instance to launch into needs to be in a stopped state.",
}
"""The text of each failure unless another is given: recorded words where there are any."""


def fail_next_launch(simulation: Simulation, server_id: str, failure: PlannedFailure) -> None:
    """Let the next launch of a server go wrong, and only that one."""
    state_of_server(simulation, server_id).server(server_id).next_failure = failure


def set_replication(
    simulation: Simulation,
    server_id: str,
    state: ReplicationState,
    *,
    lag: timedelta = timedelta(0),
    backlog_bytes: int = 0,
    error: str | None = None,
) -> None:
    """Let the replication of a server, or of its twin, stand otherwise; the lag grows while nothing moves."""
    now = simulation.settle()
    state_of_server(simulation, server_id).server(server_id).replicate(
        Replication(state=state, lag=lag, measured_at=now, backlog_bytes=backlog_bytes, error=error)
    )


def set_status_checks(simulation: Simulation, instance_id: str, word: str) -> None:
    """Let EC2's status checks of an instance say something else from now on."""
    state_of_instance(simulation, instance_id)
    simulation.compute.set_status_checks(instance_id, word)


def start_foreign_job(simulation: Simulation, server_ids: Sequence[str], *, is_drill: bool) -> Job:
    """Start a job as another operator would: without any tags."""
    state = state_of_server(simulation, server_ids[0])
    wanted = StartRecovery(snapshot_ids=dict.fromkeys(server_ids), is_drill=is_drill)
    return start_recovery(simulation, state, wanted)


def start_foreign_termination(simulation: Simulation, instance_ids: Sequence[str]) -> Job:
    """Terminate instances as another operator would."""
    state = state_of_instance(simulation, instance_ids[0])
    return terminate_recovery_instances(simulation, state, instance_ids)


def delete_job(simulation: Simulation, job_id: str) -> None:
    """Forget a job whatever it does; what it began goes on."""
    simulation.settle()
    for state in simulation.states():
        if job := state.jobs.get(job_id):
            forget_job(state, job)
            return
    raise LookupError(f"there is no job {job_id}")


def terminate_instance(simulation: Simulation, instance_id: str) -> None:
    """Terminate an instance in EC2 behind the back of DRS."""
    simulation.settle()
    state = state_of_instance(simulation, instance_id)
    try:
        simulation.compute.terminate(state.account_id, state.region, instance_id)
    except ComputeError as error:
        raise LookupError(str(error)) from error


def state_of_server(simulation: Simulation, server_id: str) -> RegionState:
    """Return where a source server is."""
    for state in simulation.states():
        if server_id in state.servers:
            return state
    raise LookupError(f"there is no source server {server_id}")


def state_of_instance(simulation: Simulation, instance_id: str) -> RegionState:
    """Return where a recovery instance is."""
    for state in simulation.states():
        if instance_id in state.instances:
            return state
    raise LookupError(f"there is no recovery instance {instance_id}")
