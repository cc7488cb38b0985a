"""Launch settings: what a group wants for its servers, what a server has of its own, and what comes of it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from drs_desktop.domain.words import AwsWord

_T = TypeVar("_T")


class RightSizing(AwsWord):
    """How DRS chooses the instance type (API shape `TargetInstanceTypeRightSizingMethod`)."""

    NONE = "NONE"
    BASIC = "BASIC"
    IN_AWS = "IN_AWS"
    UNKNOWN = "UNKNOWN"


class Disposition(AwsWord):
    """Whether the launched instance is started (API shape `LaunchDisposition`)."""

    STARTED = "STARTED"
    STOPPED = "STOPPED"
    UNKNOWN = "UNKNOWN"


class CpuCredits(AwsWord):
    """How a burstable instance spends CPU credits (EC2 shape `CreditSpecificationRequest`)."""

    STANDARD = "standard"
    UNLIMITED = "unlimited"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class LaunchSettings:
    """What may be set for a launch; None leaves it as it is in DRS and in the EC2 launch template.

    Attributes:
        instance_tags: what is wanted is added to the tags of the launch template; DRS has its own there.
    """

    subnet_id: str | None = None
    security_group_ids: tuple[str, ...] | None = None
    instance_type: str | None = None
    instance_profile: str | None = None
    static_private_ip: str | None = None
    right_sizing: RightSizing | None = None
    disposition: Disposition | None = None
    copy_private_ip: bool | None = None
    copy_tags: bool | None = None
    os_byol: bool | None = None
    associate_public_ip: bool | None = None
    detailed_monitoring: bool | None = None
    ebs_optimised: bool | None = None
    termination_protection: bool | None = None
    cpu_credits: CpuCredits | None = None
    instance_tags: tuple[tuple[str, str], ...] | None = None


FIELDS = tuple(field.name for field in fields(LaunchSettings))
"""The name of every setting, in the order in which they are shown."""
CONFIGURATION_FIELDS = frozenset({"right_sizing", "disposition", "copy_private_ip", "copy_tags", "os_byol"})
"""What stands in the DRS launch configuration; everything else stands in the EC2 launch template."""

NOTHING_SET = LaunchSettings()
NEW_GROUP = LaunchSettings(copy_tags=True, disposition=Disposition.STARTED, os_byol=False)
"""What a new group begins with."""


@dataclass(frozen=True, kw_only=True)
class ServerOverride:
    """What one server has of its own.

    Attributes:
        uses_group_defaults: whether only what is set here differs from the group; otherwise nothing of
            the group counts for this server.
    """

    settings: LaunchSettings = NOTHING_SET
    uses_group_defaults: bool = True


NO_OVERRIDE = ServerOverride()


class SettingOrigin(StrEnum):
    """Where a value of the effective settings comes from."""

    GROUP = "group"
    SERVER = "server"
    UNSET = "left as it is"


def effective_settings(group: LaunchSettings, override: ServerOverride | None = None) -> LaunchSettings:
    """Return what counts for a server.

    A static address turns "copy private IP" off, because DRS would copy the address over it.
    """
    if override is None:
        merged = group
    elif not override.uses_group_defaults:
        merged = override.settings
    else:
        merged = overlaid(group, override.settings)
    return replace(merged, copy_private_ip=False) if merged.static_private_ip else merged


def origins(group: LaunchSettings, override: ServerOverride | None = None) -> dict[str, SettingOrigin]:
    """Return, by the name of each field, where its effective value comes from."""
    own = set_fields(override.settings) if override else {}
    shared = set_fields(group) if override is None or override.uses_group_defaults else {}
    found = {
        name: SettingOrigin.SERVER
        if name in own
        else SettingOrigin.GROUP
        if name in shared
        else SettingOrigin.UNSET
        for name in FIELDS
    }
    if effective_settings(group, override).static_private_ip:
        found["copy_private_ip"] = found["static_private_ip"]
    return found


def overlaid(under: LaunchSettings, over: LaunchSettings) -> LaunchSettings:
    """Return the settings of `over`, and those of `under` where it sets nothing."""
    return replace(under, **set_fields(over))


def set_fields(settings: LaunchSettings) -> dict[str, Any]:
    """Return what is set, by the name of the field."""
    values = {name: getattr(settings, name) for name in FIELDS}
    return {name: value for name, value in values.items() if value is not None}


# ---- comparing


def settings_hash(settings: LaunchSettings) -> str:
    """Return what tells equal settings from different ones: SHA-256 in hex, of the effective settings.

    The order of security groups does not matter, for EC2 keeps none.
    """
    return hashlib.sha256(json.dumps(canonical(settings), sort_keys=True).encode()).hexdigest()


def canonical(settings: LaunchSettings) -> dict[str, Any]:
    """Return every value by its field's name, so that equal settings give equal values."""
    groups, tags = settings.security_group_ids, settings.instance_tags
    ordered = replace(settings, security_group_ids=_sorted(groups), instance_tags=_sorted(tags))
    return asdict(ordered)


def _sorted(values: Iterable[_T] | None) -> tuple[_T, ...] | None:
    return None if values is None else tuple(sorted(set(values), key=str))


def completed(wanted: LaunchSettings, observed: LaunchSettings) -> LaunchSettings:
    """Return what is wanted with the tags that stand in AWS already: tags are added, never taken away."""
    if wanted.instance_tags is None:
        return wanted
    tags = {**dict(observed.instance_tags or ()), **dict(wanted.instance_tags)}
    return replace(wanted, instance_tags=tuple(tags.items()))


def differing(one: LaunchSettings, other: LaunchSettings) -> tuple[str, ...]:
    """Return the names of the fields that differ, in the order in which they are shown."""
    first, second = canonical(one), canonical(other)
    return tuple(name for name in FIELDS if first[name] != second[name])


FIELD_WORDS: Mapping[str, str] = {
    "subnet_id": "subnet",
    "security_group_ids": "list of security groups",
    "instance_type": "instance type",
    "instance_profile": "instance profile",
    "static_private_ip": "static private address",
    "right_sizing": "right sizing",
    "disposition": "state after the launch",
    "copy_private_ip": "copying of the private address",
    "copy_tags": "copying of tags",
    "os_byol": "own operating system licence",
    "associate_public_ip": "public address",
    "detailed_monitoring": "detailed monitoring",
    "ebs_optimised": "EBS optimisation",
    "termination_protection": "termination protection",
    "cpu_credits": "CPU credit mode",
    "instance_tags": "list of instance tags",
}
"""What each setting is called in a sentence, to follow "the"."""


def settings_differences(observed: LaunchSettings, wanted: LaunchSettings) -> tuple[str, ...]:
    """Return a sentence for each thing that is wanted and is not so; what is not wanted is not compared."""
    goal = completed(wanted, observed)
    wished = set_fields(goal)
    return tuple(
        f"The {FIELD_WORDS[name]} is {said(getattr(observed, name))}, wanted is {said(wished[name])}."
        for name in differing(observed, goal)
        if name in wished
    )


def said(value: object) -> str:
    """Return a value of a setting as a sentence names it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple | list):
        return ", ".join(sorted(map(_item, set(value)))) or "empty"
    return "not set" if value is None else str(value)


def _item(value: object) -> str:
    return f"{value[0]}={value[1]}" if isinstance(value, tuple | list) else str(value)
