"""Jobs, their log and recovery instances as the model's shapes."""

from drs_desktop.simulator.core.views import ShownInstance, ShownJob, ShownLogItem, ShownParticipant
from drs_desktop.simulator.wire.drs.server_shapes import identification_hints
from drs_desktop.simulator.wire.drs.shape import Shape, present
from drs_desktop.simulator.wire.drs.times import optional_timestamp, timestamp


def job(shown: ShownJob) -> Shape:
    """Return the model's `Job`."""
    job = shown.job
    return present(
        {
            "jobID": job.id,
            "arn": job.arn,
            "type": job.type.value,
            "initiatedBy": shown.initiated_by,
            "creationDateTime": timestamp(job.created_at),
            "endDateTime": optional_timestamp(job.ended_at),
            "status": shown.status,
            "tags": job.tags,
            "participatingServers": [_participant(one) for one in shown.participants],
        }
    )


def log_item(shown: ShownLogItem) -> Shape:
    """Return the model's `JobLog`."""
    item = shown.item
    data = {
        "sourceServerID": item.source_server_id,
        "conversionServerID": item.conversion_server_id,
        "targetInstanceID": item.target_instance_id,
        "rawError": item.raw_error,
        "attemptCount": item.attempt,
        "maxAttemptsCount": item.most_attempts,
    }
    return {"logDateTime": timestamp(item.at), "event": shown.event, "eventData": present(data)}


def recovery_instance(shown: ShownInstance) -> Shape:
    """Return the model's `RecoveryInstance`."""
    instance = shown.instance
    profile, machine = instance.profile, instance.machine
    return {
        "recoveryInstanceID": instance.id,
        "ec2InstanceID": instance.id,
        "arn": instance.arn,
        "ec2InstanceState": shown.ec2_state,
        "jobID": instance.job_id,
        "sourceServerID": instance.source_server_id,
        "isDrill": shown.is_drill,
        "tags": instance.tags,
        "originEnvironment": "ON_PREMISES",
        "agentVersion": instance.agent_version,
        "pointInTimeSnapshotDateTime": timestamp(instance.snapshot_at),
        "failback": {"state": "FAILBACK_NOT_STARTED", "failbackToOriginalServer": False},
        "dataReplicationInfo": {
            "dataReplicationState": "DISCONNECTED" if instance.is_disconnected else "NOT_STARTED"
        },
        "recoveryInstanceProperties": {
            "lastUpdatedDateTime": timestamp(instance.launched_at),
            "identificationHints": {**identification_hints(profile), "awsInstanceID": instance.id},
            "networkInterfaces": [
                {"macAddress": machine.mac_address, "ips": [machine.private_ip], "isPrimary": True}
            ],
            "disks": [
                {"internalDeviceName": disk.device_name, "bytes": disk.size_bytes, "ebsVolumeID": volume}
                for disk, volume in zip(profile.disks, machine.volume_ids, strict=False)
            ],
            "cpus": [{"cores": profile.cpu_cores, "modelName": profile.cpu_model}],
            "ramBytes": profile.ram_bytes,
            "os": {"fullString": profile.os_text},
        },
    }


def _participant(participant: ShownParticipant) -> Shape:
    return present(
        {
            "sourceServerID": participant.source_server_id,
            "recoveryInstanceID": participant.recovery_instance_id,
            "launchStatus": participant.launch_status,
        }
    )
