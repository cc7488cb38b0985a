"""Source servers, their launch settings and snapshots as the model's shapes."""

from datetime import datetime, timedelta
from functools import lru_cache

from drs_desktop.simulator.core.launch_configuration import LaunchConfiguration
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.replication import Replication, ReplicationState
from drs_desktop.simulator.core.snapshots import RecoverySnapshot
from drs_desktop.simulator.core.source_server import LastLaunch, ServerProfile, SourceServer
from drs_desktop.simulator.core.views import ShownServer
from drs_desktop.simulator.wire.drs.shape import Shape, present
from drs_desktop.simulator.wire.drs.times import duration, timestamp

_INITIATION_STEPS = (
    "WAIT",
    "CREATE_SECURITY_GROUP",
    "LAUNCH_REPLICATION_SERVER",
    "BOOT_REPLICATION_SERVER",
    "AUTHENTICATE_WITH_SERVICE",
    "DOWNLOAD_REPLICATION_SOFTWARE",
    "CREATE_STAGING_DISKS",
    "ATTACH_STAGING_DISKS",
    "PAIR_REPLICATION_SERVER_WITH_AGENT",
    "CONNECT_AGENT_TO_REPLICATION_SERVER",
    "START_DATA_TRANSFER",
)
_REMEMBERED_MACHINES = 10_000


def source_server(state: RegionState, shown: ShownServer, now: datetime) -> Shape:
    """Return the model's `SourceServer`."""
    return present(_server_members(state, shown, now))


def staging_source_server(server: SourceServer) -> Shape:
    """Return the model's `StagingSourceServer`."""
    return {"hostname": server.profile.hostname, "arn": server.arn, "tags": server.tags}


def launch_configuration(server_id: str, settings: LaunchConfiguration) -> Shape:
    """Return the model's `LaunchConfiguration`."""
    into = settings.launch_into_ec2_instance_id
    return {
        "sourceServerID": server_id,
        "name": settings.name,
        "ec2LaunchTemplateID": settings.ec2_launch_template_id,
        "launchDisposition": settings.launch_disposition.value,
        "targetInstanceTypeRightSizingMethod": settings.right_sizing_method,
        "copyPrivateIp": settings.copy_private_ip,
        "copyTags": settings.copy_tags,
        "licensing": {"osByol": settings.os_byol},
        "postLaunchEnabled": settings.post_launch_enabled,
        "launchIntoInstanceProperties": {"launchIntoEC2InstanceID": into} if into else {},
        "recoveryMode": settings.recovery_mode.value,
    }


def recovery_snapshot(snapshot: RecoverySnapshot) -> Shape:
    """Return the model's `RecoverySnapshot`."""
    return {
        "snapshotID": snapshot.id,
        "sourceServerID": snapshot.source_server_id,
        "expectedTimestamp": timestamp(snapshot.expected_at),
        "timestamp": timestamp(snapshot.taken_at),
        "ebsSnapshots": list(snapshot.ebs_snapshot_ids),
    }


def identification_hints(profile: ServerProfile) -> Shape:
    """Return the model's `IdentificationHints`."""
    return {"hostname": profile.hostname, "fqdn": profile.fqdn, "vmWareUuid": profile.vmware_uuid}


def _server_members(state: RegionState, shown: ShownServer, now: datetime) -> Shape:
    server = shown.server
    return {
        "sourceServerID": server.id,
        "arn": server.arn,
        "tags": server.tags,
        "recoveryInstanceId": shown.recovery_instance_id,
        "lastLaunchResult": shown.last_launch_result,
        "replicationDirection": "FAILOVER",
        "agentVersion": server.agent_version,
        "dataReplicationInfo": _replication(state, shown, now),
        "lifeCycle": _life_cycle(server, shown.last_launch, now),
        "sourceProperties": _properties(server.profile, now),
        "stagingArea": {
            "status": server.staging_area.status.value,
            "stagingAccountID": server.staging_area.account_id,
            "stagingSourceServerArn": server.staging_area.source_server_arn,
        },
    }


def _replication(state: RegionState, shown: ShownServer, now: datetime) -> Shape:
    server = shown.server
    replication = server.replication
    info: Shape = {
        "dataReplicationState": shown.replication_state,
        "lagDuration": duration(replication.lag_at(now)),
        "stagingAvailabilityZone": f"{state.region}a",
        "replicatedDisks": [_disk(server, number, now) for number in range(len(server.profile.disks))],
    }
    if (ready_at := replication.ready_at(now)) is not None:
        info["etaDateTime"] = timestamp(ready_at)
    if replication.state is ReplicationState.INITIATING:
        info["dataReplicationInitiation"] = _initiation(replication, now)
    if replication.error:
        info["dataReplicationError"] = {"error": replication.error}
    return info


def _initiation(replication: Replication, now: datetime) -> Shape:
    done = int(replication.progress_at(now) * len(_INITIATION_STEPS))
    words = ["SUCCEEDED"] * done + ["IN_PROGRESS"] + ["NOT_STARTED"] * len(_INITIATION_STEPS)
    return {
        "startDateTime": timestamp(replication.measured_at),
        "steps": [
            {"name": name, "status": status} for name, status in zip(_INITIATION_STEPS, words, strict=False)
        ],
    }


def _disk(server: SourceServer, number: int, now: datetime) -> Shape:
    disk = server.profile.disks[number]
    replication = server.replication
    done = int(disk.size_bytes * replication.progress_at(now))
    is_last = number == len(server.profile.disks) - 1
    return {
        "deviceName": disk.device_name,
        "totalStorageBytes": disk.size_bytes,
        "replicatedStorageBytes": replication.replicated_bytes(disk.size_bytes, now),
        "rescannedStorageBytes": done if replication.state is ReplicationState.RESCAN else 0,
        "backloggedStorageBytes": replication.backlog_bytes if is_last else 0,
        "volumeStatus": "REGULAR",
    }


def _life_cycle(server: SourceServer, last: LastLaunch | None, now: datetime) -> Shape:
    first_byte_at = server.added_at + timedelta(minutes=11, seconds=22)
    return {
        "addedToServiceDateTime": timestamp(server.added_at),
        "firstByteDateTime": timestamp(first_byte_at),
        "elapsedReplicationDuration": duration(now - first_byte_at),
        "lastSeenByServiceDateTime": timestamp(server.replication.last_heard_at(now)),
        "lastLaunch": _last_launch(last),
    }


def _last_launch(last: LastLaunch | None) -> Shape:
    if last is None:
        return {}
    return {
        "initiated": {
            "apiCallDateTime": timestamp(last.called_at),
            "jobID": last.job_id,
            "type": "DRILL" if last.is_drill else "RECOVERY",
        },
        "status": last.status,
    }


def _properties(profile: ServerProfile, now: datetime) -> Shape:
    return {"lastUpdatedDateTime": timestamp(now - timedelta(minutes=15)), **_hardware(profile)}


@lru_cache(_REMEMBERED_MACHINES)
def _hardware(profile: ServerProfile) -> Shape:
    """Return what never changes about a machine; remembered, because a listing asks for thousands."""
    return {
        "recommendedInstanceType": profile.recommended_instance_type,
        "identificationHints": identification_hints(profile),
        "networkInterfaces": [
            {"macAddress": profile.mac_address, "ips": [profile.private_ip], "isPrimary": True}
        ],
        "disks": [{"deviceName": disk.device_name, "bytes": disk.size_bytes} for disk in profile.disks],
        "cpus": [{"cores": profile.cpu_cores, "modelName": profile.cpu_model}],
        "ramBytes": profile.ram_bytes,
        "os": {"fullString": profile.os_text},
        "supportsNitroInstances": True,
        "architecture": "x86_64",
    }
