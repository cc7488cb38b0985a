"""TerminateRecoveryInstances: the checks, the job, its schedule."""

from collections.abc import Sequence

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.durations import PhaseTimes
from drs_desktop.simulator.core.errors import ConflictError
from drs_desktop.simulator.core.forwarding import with_denied_cleanups
from drs_desktop.simulator.core.ids import arn
from drs_desktop.simulator.core.job import InitiatedBy, Job, JobType, Participant
from drs_desktop.simulator.core.launching import BUSY
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.schedule import plan_termination
from drs_desktop.simulator.core.simulation import Simulation


def terminate_recovery_instances(
    simulation: Simulation,
    state: RegionState,
    instance_ids: Sequence[str],
    *,
    caller: Principal | None = None,
) -> Job:
    """Make a TERMINATE job or refuse the whole request.

    An instance that is already gone in EC2 is accepted: only DRS's record is left to remove. TERMINATE jobs
    count against the same quotas as launches (uncertain), and two instances of one server cannot be in one
    job (uncertain). DRS calls EC2 in the name of `caller`; None may do everything.
    """
    now = simulation.settle()
    state.require_initialized()
    instances = [state.instance(instance_id) for instance_id in instance_ids]
    server_ids = {instance.source_server_id for instance in instances}
    if len(server_ids) < len(instances) or state.busy(server_ids):
        raise ConflictError(BUSY)
    state.check_quotas(len(instances))
    job_id = simulation.ids.fresh("drsjob-")
    job = Job(
        id=job_id,
        arn=arn(state.account_id, state.region, f"job/{job_id}"),
        ordinal=state.next_ordinal(),
        account_id=state.account_id,
        region=state.region,
        type=JobType.TERMINATE,
        initiated_by=InitiatedBy.TERMINATE_RECOVERY_INSTANCES,
        created_at=now,
        visible_at=simulation.visible_from(now),
        tags={},
        participants={
            instance.source_server_id: Participant(
                source_server_id=instance.source_server_id, recovery_instance_id=instance.id
            )
            for instance in instances
        },
    )
    state.jobs[job.id] = job
    steps = plan_termination(now, _drawn(simulation, state, job))
    simulation.queue(job, with_denied_cleanups(simulation, state, caller, steps))
    return job


def _drawn(simulation: Simulation, state: RegionState, job: Job) -> list[tuple[str, PhaseTimes]]:
    drawn = []
    for server_id in job.participants:
        server = state.server(server_id)
        server.active_job_id = job.id
        stream = simulation.ids.stream("phases", job.id, server_id)
        profile = server.profile
        drawn.append((server_id, simulation.durations.draw(profile.os_family, len(profile.disks), stream)))
    return drawn
