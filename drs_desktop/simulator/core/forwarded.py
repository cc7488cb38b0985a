"""What DRS does in the caller's name: the EC2 and IAM actions it forwards, by phase of a job.

Source: the service authorization reference and AWS's managed policies name the actions; in which phase each
is needed is inferred from what the phase does (uncertain). A forwarded action is called through the service:
`aws:ViaAWSService` is true and `aws:CalledVia` is drs.amazonaws.com.
"""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The phases in which DRS needs rights of its caller."""

    SNAPSHOT = "snapshot"
    CONVERSION = "conversion"
    LAUNCH = "launch"
    CLEANUP = "cleanup"


class ForwardedDenials(StrEnum):
    """How a server fails whose caller lacks a forwarded EC2 action; both were recorded."""

    SILENT = "silent"
    """Within about a second, without any text, whatever the action."""
    RAW = "raw"
    """At the phase that needs the action, with its name in rawError; in the snapshot phase silently."""


@dataclass(frozen=True, kw_only=True)
class ForwardedAction:
    """An action and the kinds of resource it touches; none for an action without resource."""

    action: str
    resources: tuple[str, ...] = ()


def _describe(*names: str) -> tuple[ForwardedAction, ...]:
    return tuple(ForwardedAction(action=f"ec2:Describe{name}") for name in names)


def _ec2(name: str, *resources: str) -> ForwardedAction:
    return ForwardedAction(action=f"ec2:{name}", resources=resources)


_PASS_ROLE = "iam:PassRole"
_ROLES = "role/service-role/AWSElasticDisasterRecovery"
_RUN = _ec2(
    "RunInstances", "image", "instance", "network-interface", "security-group", "snapshot", "subnet", "volume"
)

FORWARDED: dict[Phase, tuple[ForwardedAction, ...]] = {
    Phase.SNAPSHOT: (
        *_describe("AccountAttributes", "AvailabilityZones", "Instances", "Snapshots", "Volumes"),
        _ec2("CreateSnapshot", "snapshot", "volume"),
        _ec2("CreateTags", "snapshot"),
    ),
    Phase.CONVERSION: (
        *_describe("Images", "InstanceStatus", "InstanceTypes", "SecurityGroups", "Subnets"),
        _ec2("AuthorizeSecurityGroupEgress", "security-group"),
        _ec2("AuthorizeSecurityGroupIngress", "security-group"),
        _ec2("RevokeSecurityGroupEgress", "security-group"),
        ForwardedAction(action=_PASS_ROLE, resources=(f"{_ROLES}ConversionServerRole",)),
        _RUN,
        _ec2("CreateVolume", "volume"),
        _ec2("AttachVolume", "instance", "volume"),
        _ec2("CreateTags", "volume"),
        _ec2("DetachVolume", "instance", "volume"),
        _ec2("TerminateInstances", "instance"),
        _ec2("DeleteVolume", "volume"),
        _ec2("DeleteSnapshot", "snapshot"),
    ),
    Phase.LAUNCH: (
        *_describe("InstanceAttribute", "LaunchTemplateVersions", "LaunchTemplates"),
        _ec2("CreateLaunchTemplate", "launch-template"),
        _ec2("CreateLaunchTemplateVersion", "launch-template"),
        _ec2("ModifyLaunchTemplate", "launch-template"),
        _ec2("DeleteLaunchTemplateVersions", "launch-template"),
        ForwardedAction(action=_PASS_ROLE, resources=(f"{_ROLES}RecoveryInstanceRole",)),
        _RUN,
        _ec2("CreateTags", "instance"),
        _ec2("StopInstances", "instance"),
        _ec2("ModifyInstanceAttribute", "instance"),
        _ec2("StartInstances", "instance"),
    ),
    Phase.CLEANUP: (
        *_describe("Instances", "Volumes"),
        _ec2("TerminateInstances", "instance"),
        _ec2("DeleteVolume", "volume"),
    ),
}
"""Every action of a phase, in the order in which a missing one is met."""

TAGGED_BY = {Phase.SNAPSHOT: "CreateSnapshot", Phase.CONVERSION: "CreateVolume", Phase.LAUNCH: "RunInstances"}
"""What `ec2:CreateAction` is when CreateTags is forwarded."""
