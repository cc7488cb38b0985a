"""From the core's objects to the domain's, equal to what the aws layer makes of the wire's shapes."""

from collections.abc import Mapping
from datetime import datetime

from drs_desktop.domain import job as domain_job
from drs_desktop.domain import recovery_instance as domain_instance
from drs_desktop.domain import recovery_snapshot as domain_snapshot
from drs_desktop.domain import source_server as domain_server
from drs_desktop.domain.ids import JobId, RecoveryInstanceId, Scope, ServerKey, SourceServerId
from drs_desktop.simulator.core.snapshots import RecoverySnapshot
from drs_desktop.simulator.core.source_server import LastLaunch, ServerProfile, SourceServer
from drs_desktop.simulator.core.views import ShownInstance, ShownJob, ShownLogItem, ShownServer


def source_server(shown: ShownServer, scope: Scope, now: datetime) -> domain_server.SourceServer:
    """Return a source server as it stands at `now`."""
    server = shown.server
    profile, staging = server.profile, server.staging_area
    return domain_server.SourceServer(
        key=_key(server.id, scope),
        arn=server.arn,
        name=server.tags.get("Name") or profile.hostname,
        hostname=profile.hostname,
        fqdn=profile.fqdn,
        tags=_tags(server.tags),
        operating_system=profile.os_text,
        replication_state=domain_server.DataReplicationState(shown.replication_state),
        replication_error=server.replication.error or "",
        lag=server.replication.lag_at(now),
        disks=_disks(server, now),
        staging_status=domain_server.StagingStatus(staging.status.value),
        staging_arn=staging.source_server_arn,
        staging_account_id=staging.account_id,
        recommended_instance_type=profile.recommended_instance_type,
        private_ip=profile.private_ip,
        interfaces=(_interface(profile),),
        staging_zone=f"{scope.region}a",
        cpu_cores=profile.cpu_cores,
        ram_bytes=profile.ram_bytes,
        recovery_instance_id=_instance_id(shown.recovery_instance_id),
        last_launch=_last_launch(shown.last_launch),
        replication_ready_at=server.replication.ready_at(now),
        last_seen_at=server.replication.last_heard_at(now),
    )


def recovery_snapshot(snapshot: RecoverySnapshot, scope: Scope) -> domain_snapshot.RecoverySnapshot:
    """Return a point in time."""
    return domain_snapshot.RecoverySnapshot(
        snapshot_id=domain_snapshot.SnapshotId(snapshot.id),
        server=_key(snapshot.source_server_id, scope),
        taken_at=snapshot.taken_at,
    )


def job(shown: ShownJob) -> domain_job.Job:
    """Return a job."""
    job = shown.job
    return domain_job.Job(
        job_id=JobId(job.id),
        job_type=domain_job.JobType(job.type.value),
        initiated_by=domain_job.InitiatedBy(shown.initiated_by),
        status=domain_job.JobStatus(shown.status),
        created_at=job.created_at,
        ended_at=job.ended_at,
        servers=tuple(
            domain_job.ParticipatingServer(
                source_server_id=SourceServerId(one.source_server_id),
                launch_status=domain_job.LaunchStatus(one.launch_status),
                recovery_instance_id=_instance_id(one.recovery_instance_id),
            )
            for one in shown.participants
        ),
        tags=_tags(job.tags),
    )


def job_log_item(shown: ShownLogItem) -> domain_job.JobLogItem:
    """Return one line of a job's log."""
    item = shown.item
    return domain_job.JobLogItem(
        at=item.at,
        event=shown.event,
        source_server_id=SourceServerId(item.source_server_id) if item.source_server_id else None,
        recovery_instance_id=_instance_id(item.target_instance_id),
        conversion_server_id=item.conversion_server_id,
        raw_error=item.raw_error,
    )


def recovery_instance(shown: ShownInstance, scope: Scope) -> domain_instance.RecoveryInstance:
    """Return a recovery instance with the state EC2 gives it."""
    instance = shown.instance
    return domain_instance.RecoveryInstance(
        recovery_instance_id=RecoveryInstanceId(instance.id),
        server=_key(instance.source_server_id, scope),
        job_id=JobId(instance.job_id),
        is_drill=shown.is_drill,
        ec2_state=domain_instance.Ec2InstanceState(shown.ec2_state),
        failback_state="FAILBACK_NOT_STARTED",
        point_in_time_at=instance.snapshot_at,
        private_ip=instance.machine.private_ip,
    )


def _interface(profile: ServerProfile) -> domain_server.NetworkInterface:
    return domain_server.NetworkInterface(
        mac_address=profile.mac_address, addresses=(profile.private_ip,), is_primary=True
    )


def _disks(server: SourceServer, now: datetime) -> tuple[domain_server.Disk, ...]:
    disks = server.profile.disks
    return tuple(
        domain_server.Disk(
            device_name=disk.device_name,
            total_bytes=disk.size_bytes,
            replicated_bytes=server.replication.replicated_bytes(disk.size_bytes, now),
            backlogged_bytes=server.replication.backlog_bytes if disk is disks[-1] else 0,
        )
        for disk in disks
    )


def _last_launch(last: LastLaunch | None) -> domain_server.LastLaunch | None:
    if last is None:
        return None
    return domain_server.LastLaunch(
        job_id=JobId(last.job_id),
        launch_type="DRILL" if last.is_drill else "RECOVERY",
        at=last.called_at,
        status=last.status,
    )


def _key(server_id: str, scope: Scope) -> ServerKey:
    return ServerKey(
        account_id=scope.account_id, region=scope.region, source_server_id=SourceServerId(server_id)
    )


def _instance_id(text: str | None) -> RecoveryInstanceId | None:
    return RecoveryInstanceId(text) if text else None


def _tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(tags.items()))
