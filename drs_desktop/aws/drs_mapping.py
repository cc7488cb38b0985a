"""From the dicts of the DRS API to domain objects: the last file that sees a dict.

Members may be missing whatever the model says; a word not yet met becomes UNKNOWN; nothing here ever fails
because AWS said more, or less, than it used to.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from drs_desktop.aws.iso_times import parse_duration, parse_time
from drs_desktop.domain.ids import JobId, RecoveryInstanceId, Scope, ServerKey, SourceServerId
from drs_desktop.domain.job import (
    InitiatedBy,
    Job,
    JobLogItem,
    JobStatus,
    JobType,
    LaunchStatus,
    ParticipatingServer,
)
from drs_desktop.domain.recovery_instance import Ec2InstanceState, RecoveryInstance
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot, SnapshotId
from drs_desktop.domain.source_server import (
    DataReplicationState,
    Disk,
    LastLaunch,
    NetworkInterface,
    Origin,
    SourceServer,
    StagingStatus,
)
from drs_desktop.domain.start_recovery import StartRecoveryRequest

_Shape = Mapping[str, Any]
_LONG_AGO = datetime.fromtimestamp(0, UTC)

# ---- source servers


def source_server(shape: _Shape, scope: Scope) -> SourceServer:
    """Return a source server (API shape `SourceServer`)."""
    server_id = SourceServerId(_text(shape, "sourceServerID"))
    properties = _sub(shape, "sourceProperties")
    hints = _sub(properties, "identificationHints")
    hostname = _text(hints, "hostname")
    replication = _sub(shape, "dataReplicationInfo")
    error = _sub(replication, "dataReplicationError")
    staging = _sub(shape, "stagingArea")
    tags = _tags(shape)
    return SourceServer(
        key=ServerKey(account_id=scope.account_id, region=scope.region, source_server_id=server_id),
        arn=_text(shape, "arn"),
        name=dict(tags).get("Name") or hostname or server_id,
        hostname=hostname,
        fqdn=_text(hints, "fqdn"),
        tags=tags,
        operating_system=_text(_sub(properties, "os"), "fullString"),
        replication_state=DataReplicationState(_text(replication, "dataReplicationState")),
        replication_error=_text(error, "rawError") or _text(error, "error"),
        lag=parse_duration(replication.get("lagDuration")),
        disks=tuple(_disk(disk) for disk in _list(replication, "replicatedDisks")),
        staging_status=StagingStatus(_text(staging, "status") or StagingStatus.NOT_EXTENDED),
        staging_arn=_text(staging, "stagingSourceServerArn"),
        staging_account_id=_text(staging, "stagingAccountID"),
        staging_error=_text(staging, "errorMessage"),
        staging_zone=_text(replication, "stagingAvailabilityZone"),
        recommended_instance_type=_text(properties, "recommendedInstanceType"),
        private_ip=_private_ip(properties),
        interfaces=tuple(_interface(one) for one in _list(properties, "networkInterfaces")),
        origin=_origin(_sub(shape, "sourceCloudProperties"), _text(hints, "awsInstanceID")),
        cpu_cores=sum(_number(cpu, "cores") for cpu in _list(properties, "cpus")),
        ram_bytes=_number(properties, "ramBytes"),
        # The one place where the API spells this id with a small d.
        recovery_instance_id=_instance_id(shape, "recoveryInstanceId"),
        last_launch=_last_launch(shape),
        replication_ready_at=parse_time(replication.get("etaDateTime")),
        last_seen_at=parse_time(_sub(shape, "lifeCycle").get("lastSeenByServiceDateTime")),
    )


def _interface(shape: _Shape) -> NetworkInterface:
    addresses = shape.get("ips")
    return NetworkInterface(
        mac_address=_text(shape, "macAddress"),
        addresses=tuple(str(ip) for ip in addresses) if isinstance(addresses, list) else (),
        is_primary=shape.get("isPrimary") is True,
    )


def _origin(shape: _Shape, instance_id: str) -> Origin:
    return Origin(
        account_id=_text(shape, "originAccountID"),
        region=_text(shape, "originRegion"),
        zone=_text(shape, "originAvailabilityZone"),
        instance_id=instance_id,
    )


def _disk(shape: _Shape) -> Disk:
    return Disk(
        device_name=_text(shape, "deviceName"),
        total_bytes=_number(shape, "totalStorageBytes"),
        replicated_bytes=_number(shape, "replicatedStorageBytes"),
        backlogged_bytes=_number(shape, "backloggedStorageBytes"),
    )


def _private_ip(properties: _Shape) -> str:
    interfaces = _list(properties, "networkInterfaces")
    primary_first = sorted(interfaces, key=lambda one: not one.get("isPrimary"))
    addresses = [ip for one in primary_first for ip in one.get("ips") or ()]
    return str(addresses[0]) if addresses else ""


def _last_launch(shape: _Shape) -> LastLaunch | None:
    last = _sub(_sub(shape, "lifeCycle"), "lastLaunch")
    initiated = _sub(last, "initiated")
    job_id = _text(initiated, "jobID")
    if not job_id:
        return None
    return LastLaunch(
        job_id=JobId(job_id),
        launch_type=_text(initiated, "type"),
        at=parse_time(initiated.get("apiCallDateTime")),
        status=_text(last, "status"),
    )


def recovery_snapshot(shape: _Shape, scope: Scope) -> RecoverySnapshot:
    """Return a point in time (API shape `RecoverySnapshot`)."""
    server_id = SourceServerId(_text(shape, "sourceServerID"))
    return RecoverySnapshot(
        snapshot_id=SnapshotId(_text(shape, "snapshotID")),
        server=ServerKey(account_id=scope.account_id, region=scope.region, source_server_id=server_id),
        taken_at=parse_time(shape.get("timestamp")),
    )


# ---- jobs


def job(shape: _Shape) -> Job:
    """Return a job (API shape `Job`)."""
    return Job(
        job_id=JobId(_text(shape, "jobID")),
        job_type=JobType(_text(shape, "type")),
        initiated_by=InitiatedBy(_text(shape, "initiatedBy")),
        status=JobStatus(_text(shape, "status")),
        created_at=parse_time(shape.get("creationDateTime")),
        ended_at=parse_time(shape.get("endDateTime")),
        servers=tuple(_participating_server(one) for one in _list(shape, "participatingServers")),
        tags=_tags(shape),
    )


def _participating_server(shape: _Shape) -> ParticipatingServer:
    return ParticipatingServer(
        source_server_id=_server_id(shape),
        launch_status=LaunchStatus(_text(shape, "launchStatus")),
        recovery_instance_id=_instance_id(shape, "recoveryInstanceID"),
    )


def job_log_item(shape: _Shape) -> JobLogItem:
    """Return one line of a job's log (API shape `JobLog`)."""
    data = _sub(shape, "eventData")
    return JobLogItem(
        at=parse_time(shape.get("logDateTime")) or _LONG_AGO,
        event=_text(shape, "event"),
        source_server_id=_server_id(data),
        recovery_instance_id=_instance_id(data, "targetInstanceID"),
        conversion_server_id=_text(data, "conversionServerID") or None,
        raw_error=_text(data, "rawError") or None,
    )


# ---- recovery instances


def recovery_instance(shape: _Shape, scope: Scope) -> RecoveryInstance:
    """Return a recovery instance (API shape `RecoveryInstance`)."""
    job_id = _text(shape, "jobID")
    return RecoveryInstance(
        recovery_instance_id=RecoveryInstanceId(_text(shape, "recoveryInstanceID")),
        server=ServerKey(
            account_id=scope.account_id,
            region=scope.region,
            source_server_id=SourceServerId(_text(shape, "sourceServerID")),
        ),
        job_id=JobId(job_id) if job_id else None,
        # A missing word counts as production: that is the reading under which nothing is deleted.
        is_drill=shape.get("isDrill") is True,
        ec2_state=Ec2InstanceState(_text(shape, "ec2InstanceState")),
        failback_state=_text(_sub(shape, "failback"), "state"),
        point_in_time_at=parse_time(shape.get("pointInTimeSnapshotDateTime")),
        private_ip=_private_ip(_sub(shape, "recoveryInstanceProperties")),
    )


def instance_check(shape: _Shape) -> str:
    """Return `ok` or `impaired` when the two status checks say so together, else the first word short of ok.

    The shape is EC2's `InstanceStatus`.
    """
    words = [_text(_sub(shape, member), "Status") for member in ("InstanceStatus", "SystemStatus")]
    if "impaired" in words:
        return "impaired"
    return next((word for word in words if word != "ok"), "ok")


# ---- requests


def start_recovery_parameters(request: StartRecoveryRequest) -> dict[str, Any]:
    """Return the parameters of StartRecovery; `isDrill` is always among them."""
    points = dict(request.snapshots)
    parameters: dict[str, Any] = {
        "sourceServers": [
            {"sourceServerID": one, **({"recoverySnapshotID": points[one]} if one in points else {})}
            for one in request.source_server_ids
        ],
        "isDrill": request.is_drill,
    }
    if request.tags:
        parameters["tags"] = dict(request.tags)
    return parameters


# ---- members that may be missing or null


def _text(shape: _Shape, member: str) -> str:
    value = shape.get(member)
    return value if isinstance(value, str) else ""


def _number(shape: _Shape, member: str) -> int:
    value = shape.get(member)
    return value if isinstance(value, int) else 0


def _sub(shape: _Shape, member: str) -> _Shape:
    value = shape.get(member)
    return value if isinstance(value, Mapping) else {}


def _list(shape: _Shape, member: str) -> Sequence[_Shape]:
    value = shape.get(member)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else ()


def _tags(shape: _Shape) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(key), str(value)) for key, value in _sub(shape, "tags").items()))


def _server_id(shape: _Shape) -> SourceServerId | None:
    text = _text(shape, "sourceServerID")
    return SourceServerId(text) if text else None


def _instance_id(shape: _Shape, member: str) -> RecoveryInstanceId | None:
    text = _text(shape, member)
    return RecoveryInstanceId(text) if text else None
