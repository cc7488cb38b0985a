"""Account-wide templates and replication settings as the model's shapes."""

from drs_desktop.simulator.core.launch_defaults import LaunchDefaults
from drs_desktop.simulator.core.replication_configuration import PIT_DAYS, ReplicationDefaults
from drs_desktop.simulator.core.source_server import SourceServer
from drs_desktop.simulator.wire.drs.shape import Shape, present

_PIT_POLICY = (
    ("MINUTE", 10, 60),
    ("HOUR", 1, 24),
    ("DAY", 1, PIT_DAYS),
)


def launch_configuration_template(template: LaunchDefaults) -> Shape:
    """Return the model's `LaunchConfigurationTemplate`."""
    return present(
        {
            "launchConfigurationTemplateID": template.id,
            "arn": template.arn,
            "tags": template.tags,
            "launchDisposition": template.launch_disposition.value,
            "targetInstanceTypeRightSizingMethod": template.right_sizing_method,
            "copyPrivateIp": template.copy_private_ip,
            "copyTags": template.copy_tags,
            "licensing": {"osByol": template.os_byol},
            "exportBucketArn": template.export_bucket_arn,
            "postLaunchEnabled": template.post_launch_enabled,
            "launchIntoSourceInstance": template.launch_into_source_instance,
            "recoveryMode": template.recovery_mode.value,
        }
    )


def replication_configuration_template(template: ReplicationDefaults) -> Shape:
    """Return the model's `ReplicationConfigurationTemplate`."""
    return {
        "replicationConfigurationTemplateID": template.id,
        "arn": template.arn,
        "tags": template.tags,
        **_settings(template),
    }


def replication_configuration(server: SourceServer, template: ReplicationDefaults) -> Shape:
    """Return the model's `ReplicationConfiguration`."""
    disks = [
        {
            "deviceName": disk.device_name,
            "isBootDisk": number == 0,
            "stagingDiskType": "AUTO",
            "optimizedStagingDiskType": "GP3",
            "iops": 0,
            "throughput": 0,
        }
        for number, disk in enumerate(server.profile.disks)
    ]
    return {
        "sourceServerID": server.id,
        "name": server.launch_configuration.name,
        "replicatedDisks": disks,
        **_settings(template),
    }


def _settings(template: ReplicationDefaults) -> Shape:
    return {
        "stagingAreaSubnetId": template.staging_subnet_id,
        "associateDefaultSecurityGroup": True,
        "replicationServersSecurityGroupsIDs": [],
        "replicationServerInstanceType": template.server_instance_type,
        "useDedicatedReplicationServer": False,
        "defaultLargeStagingDiskType": template.large_disk_type,
        "ebsEncryption": template.ebs_encryption,
        "bandwidthThrottling": template.bandwidth_mbps,
        "dataPlaneRouting": template.routing,
        "createPublicIP": False,
        "stagingAreaTags": {},
        "pitPolicy": [
            {
                "ruleID": number,
                "units": units,
                "interval": interval,
                "retentionDuration": kept,
                "enabled": True,
            }
            for number, (units, interval, kept) in enumerate(_PIT_POLICY, 1)
        ],
        "autoReplicateNewDisks": False,
        "internetProtocol": template.internet_protocol,
    }
