"""What stands against a StartRecovery just before it: reasons to wait in line, and reasons to refuse."""

from collections.abc import Mapping, Sequence

from drs_desktop.domain.execution import Execution, ServerLaunch, WaveExecution
from drs_desktop.domain.ids import ServerKey, SourceServerId
from drs_desktop.domain.job import Job
from drs_desktop.domain.point_in_time import usable
from drs_desktop.domain.recovery_instance import GONE_STATES, RecoveryInstance
from drs_desktop.domain.start_recovery import (
    MAX_ACTIVE_JOBS,
    MAX_SERVERS_IN_ACTIVE_JOBS,
    ExecutionMode,
    StartClaim,
)
from drs_desktop.domain.witnesses import Testimony


def busy_server(
    jobs: Sequence[Job], wanted: Sequence[SourceServerId], names: Mapping[SourceServerId, str]
) -> str:
    """Return which of the servers is in a job already, or an empty string."""
    for job in jobs:
        busy = sorted(job.source_server_ids & set(wanted)) if job.is_active else []
        if busy:
            return f"{names.get(busy[0], busy[0])} is being processed by job {job.job_id}."
    return ""


def quota_in_use(jobs: Sequence[Job], claims: Sequence[StartClaim], count: int) -> str:
    """Return why the DRS quotas of the account and Region leave no room for `count` servers, or nothing.

    Args:
        jobs: every job that DRS lists, whoever started it and of whatever type.
        claims: the servers of all attempts under way; those of one that no active job has are a job to come.
    """
    active = [job for job in jobs if job.is_active]
    coming = _jobs_to_come(active, claims)
    running = len(active) + len(coming)
    if running >= MAX_ACTIVE_JOBS:
        return f"{running} of {MAX_ACTIVE_JOBS} concurrent jobs are in use."
    servers = sum(len(job.servers) for job in active) + sum(map(len, coming))
    if servers + count > MAX_SERVERS_IN_ACTIVE_JOBS:
        return f"{servers} of {MAX_SERVERS_IN_ACTIVE_JOBS} servers are in active jobs; {count} are due."
    return ""


def _jobs_to_come(active: Sequence[Job], claims: Sequence[StartClaim]) -> list[set[SourceServerId]]:
    in_jobs = {server_id for job in active for server_id in job.source_server_ids}
    attempts: dict[tuple[str, str], set[SourceServerId]] = {}
    for claim in claims:
        attempts.setdefault((claim.execution_id, claim.attempt), set()).add(claim.source_server_id)
    return [servers for servers in attempts.values() if not servers & in_jobs]


def protected_instances(
    mode: ExecutionMode, instances: Sequence[RecoveryInstance], own_jobs: frozenset[str]
) -> tuple[RecoveryInstance, ...]:
    """Return the real recovery's instances that a start would delete: production may run on them."""
    return tuple(
        instance
        for instance in instances
        if not instance.is_drill and instance.ec2_state not in GONE_STATES and instance.job_id not in own_jobs
    )


def reason_to_refuse(state: Execution, servers: Sequence[ServerKey], testimony: Testimony) -> str:
    """Return why a part may not be started at all, or an empty string."""
    wanted = {key.source_server_id for key in servers}
    missing = wanted - {server.key.source_server_id for server in testimony.servers}
    names = {server.key: server.name for server in state.servers}
    if missing:
        gone = [name for key, name in names.items() if key in servers and key.source_server_id in missing]
        return f"DRS no longer has {', '.join(gone)}."
    own = frozenset(str(job_id) for job_id in state.accepted_job_ids)
    protected = protected_instances(state.mode, testimony.instances, own)
    if protected:
        named = ", ".join(f"{names.get(i.server, i.server)} ({i.recovery_instance_id})" for i in protected)
        return f"A real recovery's instance would be deleted: {named}. Nothing was called."
    return ""


def pinned_servers(wave: WaveExecution, servers: Sequence[ServerKey]) -> tuple[ServerLaunch, ...]:
    """Return those of the servers that are to start from a chosen point in time."""
    return tuple(wave.servers[key] for key in servers if wave.servers[key].snapshot_id is not None)


def points_gone(pinned: Sequence[ServerLaunch], testimony: Testimony) -> tuple[ServerLaunch, ...]:
    """Return the servers whose chosen point in time is not there any more."""
    there = {snapshot.snapshot_id for snapshot in usable(testimony.snapshots)}
    return tuple(server for server in pinned if server.snapshot_id not in there)
