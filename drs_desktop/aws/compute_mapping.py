"""From the dicts of EC2 and DRS to what readiness follows; a member that is missing fails nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

from drs_desktop.domain.compute_facts import (
    NETWORK_TAG,
    LaunchConfiguration,
    LaunchTemplate,
    NetworkUse,
    SecurityGroup,
    Subnet,
)
from drs_desktop.domain.launch_settings import RightSizing

_Shape = Mapping[str, Any]


def launch_configuration(shape: _Shape) -> LaunchConfiguration:
    """Return a launch configuration (API shape `LaunchConfiguration` of DRS)."""
    return LaunchConfiguration(
        template_id=str(shape.get("ec2LaunchTemplateID") or ""),
        right_sizing=RightSizing(str(shape.get("targetInstanceTypeRightSizingMethod") or "")),
        copies_private_ip=shape.get("copyPrivateIp") is True,
    )


def default_templates(shapes: Iterable[_Shape]) -> dict[str, LaunchTemplate]:
    """Return each template's default version, from a list that holds its newest version too."""
    defaults: dict[str, _Shape] = {}
    latest: dict[str, int] = {}
    for shape in shapes:
        template_id, number = str(shape.get("LaunchTemplateId")), int(shape.get("VersionNumber") or 0)
        latest[template_id] = max(number, latest.get(template_id, 0))
        if shape.get("DefaultVersion") is True:
            defaults[template_id] = shape
    return {one: _template(shape, latest[one]) for one, shape in defaults.items()}


def _template(shape: _Shape, latest: int) -> LaunchTemplate:
    data = shape.get("LaunchTemplateData") or {}
    interfaces: list[_Shape] = data.get("NetworkInterfaces") or []
    primary: _Shape = next((one for one in interfaces if str(one.get("DeviceIndex", 0)) == "0"), {})
    profile = data.get("IamInstanceProfile") or {}
    groups = primary.get("Groups") or data.get("SecurityGroupIds") or []
    return LaunchTemplate(
        template_id=str(shape.get("LaunchTemplateId")),
        version=int(shape.get("VersionNumber") or 0),
        latest=latest,
        instance_type=str(data.get("InstanceType") or ""),
        subnet_id=str(primary.get("SubnetId") or ""),
        security_group_ids=tuple(map(str, groups)),
        instance_profile=str(profile.get("Arn") or profile.get("Name") or ""),
        private_ip=str(primary.get("PrivateIpAddress") or ""),
    )


def subnet(shape: _Shape, vpc_uses: Mapping[str, NetworkUse]) -> Subnet:
    """Return a subnet; what it is for is said by its own tag, or else by its VPC's."""
    vpc_id, own = str(shape.get("VpcId") or ""), network_use(shape)
    return Subnet(
        subnet_id=str(shape.get("SubnetId")),
        vpc_id=vpc_id,
        cidr=str(shape.get("CidrBlock") or ""),
        free_addresses=int(shape.get("AvailableIpAddressCount") or 0),
        zone=str(shape.get("AvailabilityZone") or ""),
        is_default=shape.get("DefaultForAz") is True,
        use=vpc_uses.get(vpc_id, own) if own is NetworkUse.NOT_SAID else own,
    )


def network_use(shape: _Shape) -> NetworkUse:
    """Return what a subnet or VPC is tagged to be for; a word not known here says nothing."""
    tags = {str(tag.get("Key")): str(tag.get("Value", "")) for tag in shape.get("Tags") or []}
    word = tags.get(NETWORK_TAG, "").strip().lower()
    return NetworkUse(word) if word in {NetworkUse.DRILL, NetworkUse.RECOVERY} else NetworkUse.NOT_SAID


def security_group(shape: _Shape) -> SecurityGroup:
    """Return a security group."""
    return SecurityGroup(group_id=str(shape.get("GroupId")), vpc_id=str(shape.get("VpcId") or ""))
