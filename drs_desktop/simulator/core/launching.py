"""StartRecovery: the checks, the job, its schedule."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.errors import ConflictError, ValidationError
from drs_desktop.simulator.core.forwarding import launch_failure
from drs_desktop.simulator.core.ids import arn
from drs_desktop.simulator.core.job import InitiatedBy, Job, JobType, Participant
from drs_desktop.simulator.core.launch_configuration import RecoveryMode
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.replication import LAG_GROWS_IN
from drs_desktop.simulator.core.schedule import LaunchPlan, plan_launch
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.snapshots import RecoverySnapshot, snapshots_of
from drs_desktop.simulator.core.source_server import LastLaunch, LaunchFailure, SourceServer

BUSY = "One or more of the Source Servers included in API call are currently being processed by a Job"
"""The recorded sentence for a server that is in a job, whether a launch or a termination."""
_REMEMBERED_LAUNCHES = 4


@dataclass(frozen=True, kw_only=True)
class StartRecovery:
    """The request; `is_drill` absent means a real recovery."""

    snapshot_ids: Mapping[str, str | None]
    """By source server id: the pinned point in time, or None for the newest data."""
    is_drill: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    caller: Principal | None = None
    """In whose name DRS calls EC2; None may do everything."""


def refuse_duplicates(ids: list[str], field_name: str) -> None:
    """Raise ValidationException if an id is named twice."""
    twice = [found for found, count in Counter(ids).items() if count > 1]
    if twice:
        text = f"{twice[0]} is listed more than once"
        raise ValidationError(f"{field_name}: {text}", fields=[(field_name, text)])


def start_recovery(simulation: Simulation, state: RegionState, request: StartRecovery) -> Job:
    """Make a LAUNCH job or refuse the whole request; nothing is started for a part of it."""
    now = simulation.settle()
    state.require_initialized()
    servers = [state.server(server_id) for server_id in request.snapshot_ids]
    pinned = {server.id: _pinned(simulation, server, request, now) for server in servers}
    if state.busy(request.snapshot_ids):
        raise ConflictError(BUSY)
    state.check_quotas(len(servers))
    for server in servers:
        _refuse_unrecoverable(simulation, server, now)
    job = _job(simulation, state, request, now)
    plans = []
    for server in servers:
        participant = Participant(source_server_id=server.id)
        plans.append(_plan(simulation, job, server, pinned[server.id], participant, request.caller))
        job.participants[server.id] = participant
        _mark_started(server, job)
    state.jobs[job.id] = job
    simulation.queue(job, plan_launch(now, plans))
    return job


def _job(simulation: Simulation, state: RegionState, request: StartRecovery, now: datetime) -> Job:
    job_id = simulation.ids.fresh("drsjob-")
    return Job(
        id=job_id,
        arn=arn(state.account_id, state.region, f"job/{job_id}"),
        ordinal=state.next_ordinal(),
        account_id=state.account_id,
        region=state.region,
        type=JobType.LAUNCH,
        initiated_by=InitiatedBy.START_DRILL if request.is_drill else InitiatedBy.START_RECOVERY,
        created_at=now,
        visible_at=simulation.visible_from(now),
        tags=dict(request.tags),
        participants={},
    )


def _pinned(
    simulation: Simulation, server: SourceServer, request: StartRecovery, now: datetime
) -> RecoverySnapshot | None:
    wanted = request.snapshot_ids[server.id]
    if wanted is None:
        return None
    for snapshot in snapshots_of(server, now, simulation.ids):
        if snapshot.id == wanted:
            return snapshot
    text = f"Recovery snapshot {wanted} does not exist for source server {server.id}"
    raise ValidationError(text, fields=[("sourceServers.recoverySnapshotID", text)])


def _refuse_unrecoverable(simulation: Simulation, server: SourceServer, now: datetime) -> None:
    """Refuse a server without any point to launch from (uncertain: the service's own words are unknown)."""
    replication = server.replication
    needs_earlier = replication.state in LAG_GROWS_IN
    is_lost = needs_earlier and not snapshots_of(server, now, simulation.ids)
    if is_lost or not replication.is_recoverable:
        raise ValidationError(
            f"Source server {server.id} cannot be launched while its data replication state is"
            f" {replication.state}.",
            reason="other",
        )


def _plan(
    simulation: Simulation,
    job: Job,
    server: SourceServer,
    pinned: RecoverySnapshot | None,
    participant: Participant,
    caller: Principal | None,
) -> LaunchPlan:
    profile = server.profile
    state = simulation.state(job.account_id, job.region)
    stream = simulation.ids.stream("phases", job.id, server.id)
    failure = launch_failure(simulation, state, caller, server) or server.take_failure()
    loses_snapshot = failure is not None and failure.kind is LaunchFailure.PREVIOUS_SNAPSHOT
    if pinned is None and (loses_snapshot or server.replication.state in LAG_GROWS_IN):
        earlier = snapshots_of(server, job.created_at, simulation.ids)
        pinned = earlier[-1] if earlier else None
    if pinned is not None:
        participant.snapshot_id, participant.snapshot_at = pinned.id, pinned.taken_at
    return LaunchPlan(
        source_server_id=server.id,
        times=simulation.durations.draw(profile.os_family, len(profile.disks), stream),
        has_earlier_instance=server.recovery_instance_id is not None,
        uses_previous_snapshot=pinned is not None,
        skips_conversion=server.launch_configuration.recovery_mode is RecoveryMode.FAST,
        failure=failure,
    )


def _mark_started(server: SourceServer, job: Job) -> None:
    server.active_job_id = job.id
    server.launches = [
        *server.launches[-_REMEMBERED_LAUNCHES:],
        LastLaunch(job_id=job.id, called_at=job.created_at, is_drill=job.is_drill, status="PENDING"),
    ]
