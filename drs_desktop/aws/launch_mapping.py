"""Between the dicts of DRS and EC2 and launch settings, in both directions."""

from collections.abc import Mapping
from typing import Any

from drs_desktop.domain.ids import SourceServerId
from drs_desktop.domain.launch_changes import LaunchChange
from drs_desktop.domain.launch_ports import LaunchConfiguration, TemplateVersion
from drs_desktop.domain.launch_settings import CpuCredits, Disposition, LaunchSettings, RightSizing

_Shape = Mapping[str, Any]
_Data = dict[str, Any]
_INSTANCE = "instance"

# ---- the DRS launch configuration


def launch_configuration(shape: _Shape, server_id: SourceServerId) -> LaunchConfiguration:
    """Return a launch configuration (API shape `LaunchConfiguration`)."""
    sizing, disposition = shape.get("targetInstanceTypeRightSizingMethod"), shape.get("launchDisposition")
    return LaunchConfiguration(
        server_id=server_id,
        template_id=str(shape.get("ec2LaunchTemplateID") or ""),
        settings=LaunchSettings(
            right_sizing=RightSizing(str(sizing)) if sizing else None,
            disposition=Disposition(str(disposition)) if disposition else None,
            copy_private_ip=shape.get("copyPrivateIp"),
            copy_tags=shape.get("copyTags"),
            os_byol=(shape.get("licensing") or {}).get("osByol"),
        ),
    )


_CONFIGURATION_MEMBERS = {
    "right_sizing": "targetInstanceTypeRightSizingMethod",
    "disposition": "launchDisposition",
    "copy_private_ip": "copyPrivateIp",
    "copy_tags": "copyTags",
}


def configuration_request(server_id: SourceServerId, change: LaunchChange) -> _Data:
    """Return the request of UpdateLaunchConfiguration; what it does not name stays as it is."""
    request: _Data = {"sourceServerID": server_id}
    for name in change.names:
        value = getattr(change.values, name)
        if name == "os_byol":
            request["licensing"] = {"osByol": value}
        elif name in _CONFIGURATION_MEMBERS:
            request[_CONFIGURATION_MEMBERS[name]] = value if isinstance(value, bool) else str(value)
    return request


# ---- the EC2 launch template: reading


def template_version(shape: _Shape) -> TemplateVersion:
    """Return a version of a launch template (API shape `LaunchTemplateVersion`)."""
    return TemplateVersion(
        template_id=str(shape.get("LaunchTemplateId")),
        version=int(shape.get("VersionNumber") or 0),
        settings=template_settings(shape.get("LaunchTemplateData") or {}),
    )


def template_settings(data: _Shape) -> LaunchSettings:
    """Return what a launch template says; a network interface that is not the primary one says nothing."""
    primary = _primary(data)
    groups = primary.get("Groups") or data.get("SecurityGroupIds")
    credits_word = (data.get("CreditSpecification") or {}).get("CpuCredits")
    return LaunchSettings(
        subnet_id=primary.get("SubnetId") or None,
        security_group_ids=tuple(map(str, groups)) if groups else None,
        instance_type=data.get("InstanceType") or None,
        instance_profile=_profile_name(data.get("IamInstanceProfile") or {}),
        static_private_ip=_address(primary),
        associate_public_ip=primary.get("AssociatePublicIpAddress"),
        detailed_monitoring=(data.get("Monitoring") or {}).get("Enabled"),
        ebs_optimised=data.get("EbsOptimized"),
        termination_protection=data.get("DisableApiTermination"),
        cpu_credits=CpuCredits(str(credits_word)) if credits_word else None,
        instance_tags=_instance_tags(data),
    )


def _primary(data: _Shape) -> _Data:
    interfaces: list[_Data] = data.get("NetworkInterfaces") or []
    return next((one for one in interfaces if _is_primary(one)), {})


def _is_primary(interface: _Shape) -> bool:
    return str(interface.get("DeviceIndex", 0)) == "0"


def _profile_name(profile: _Shape) -> str | None:
    """Return the name of an instance profile, which its ARN ends with."""
    return profile.get("Name") or str(profile.get("Arn") or "").rpartition("/")[2] or None


def _address(primary: _Shape) -> str | None:
    listed: list[_Shape] = primary.get("PrivateIpAddresses") or []
    chosen = next((one.get("PrivateIpAddress") for one in listed if one.get("Primary")), None)
    return primary.get("PrivateIpAddress") or chosen


def _instance_tags(data: _Shape) -> tuple[tuple[str, str], ...] | None:
    found = {
        str(tag["Key"]): str(tag.get("Value", ""))
        for one in data.get("TagSpecifications") or []
        if one.get("ResourceType") == _INSTANCE
        for tag in one.get("Tags") or []
    }
    return tuple(found.items()) or None


# ---- the EC2 launch template: writing

_PLAIN = {
    "instance_type": "InstanceType",
    "ebs_optimised": "EbsOptimized",
    "termination_protection": "DisableApiTermination",
}
_NESTED = {
    "instance_profile": ("IamInstanceProfile", "Name"),
    "detailed_monitoring": ("Monitoring", "Enabled"),
    "cpu_credits": ("CreditSpecification", "CpuCredits"),
}
_OF_INTERFACE = {"subnet_id": "SubnetId", "associate_public_ip": "AssociatePublicIpAddress"}


def changed_template(data: _Shape, change: LaunchChange) -> _Data:
    """Return the data of a launch template after a change; whatever else it says stays.

    EC2 takes security groups either beside a network interface or in it, so they move into it with the first
    value that only an interface can carry.
    """
    changed: _Data = dict(data)
    for name in change.names:
        value = getattr(change.values, name)
        if name in _PLAIN:
            _put(changed, _PLAIN[name], value)
        elif name in _NESTED:
            outer, inner = _NESTED[name]
            _put(changed, outer, None if value is None else {inner: _plain(value)})
        elif name == "instance_tags":
            _put(changed, "TagSpecifications", _tag_specifications(changed, value))
    return _with_network(changed, change)


def _tag_specifications(data: _Shape, tags: tuple[tuple[str, str], ...] | None) -> list[_Data] | None:
    others = [one for one in data.get("TagSpecifications") or [] if one.get("ResourceType") != _INSTANCE]
    listed = [{"Key": key, "Value": value} for key, value in tags or ()]
    mine = [{"ResourceType": _INSTANCE, "Tags": listed}] if listed else []
    return [*others, *mine] or None


def _with_network(data: _Data, change: LaunchChange) -> _Data:
    primary = dict(_primary(data))
    _change_interface(primary, change)
    _place_groups(data, primary, change)
    others = [one for one in data.get("NetworkInterfaces") or [] if not _is_primary(one)]
    mine = [{"DeviceIndex": 0, **primary}] if set(primary) - {"DeviceIndex"} else []
    _put(data, "NetworkInterfaces", [*mine, *others] or None)
    return data


def _change_interface(primary: _Data, change: LaunchChange) -> None:
    for name, member in _OF_INTERFACE.items():
        if name in change.names:
            _put(primary, member, getattr(change.values, name))
    if "static_private_ip" in change.names:
        rest = [one for one in primary.pop("PrivateIpAddresses", None) or [] if not one.get("Primary")]
        _put(primary, "PrivateIpAddress", change.values.static_private_ip)
        _put(primary, "PrivateIpAddresses", rest or None)


def _place_groups(data: _Data, primary: _Data, change: LaunchChange) -> None:
    groups: Any = primary.get("Groups") or data.get("SecurityGroupIds")
    if "security_group_ids" in change.names:
        groups = change.values.security_group_ids
    wanted = list(groups) if groups else None
    has_interface = bool(set(primary) - {"DeviceIndex", "Groups"}) or bool(primary.get("Groups"))
    _put(primary, "Groups", wanted if has_interface else None)
    _put(data, "SecurityGroupIds", None if has_interface else wanted)


def _put(data: _Data, member: str, value: Any) -> None:
    if value is None:
        data.pop(member, None)
    else:
        data[member] = value


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool) else str(value)
