"""Whether launch settings fit the network they would be launched into; what was not looked up says so."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.launch_settings import LaunchSettings
from drs_desktop.domain.readiness import Level


class SettingProblem(StrEnum):
    """What can be wrong with launch settings; the words are stable, so that scripts may look for them."""

    INVALID_IP_FORMAT = "INVALID_IP_FORMAT"
    IP_NOT_PRIVATE = "IP_NOT_PRIVATE"
    IP_OUT_OF_RANGE = "IP_OUT_OF_RANGE"
    IP_RESERVED = "IP_RESERVED"
    IP_IN_USE = "IP_IN_USE"
    DUPLICATE_IP = "DUPLICATE_IP"
    MISSING_SUBNET = "MISSING_SUBNET"
    INVALID_SUBNET_FORMAT = "INVALID_SUBNET_FORMAT"
    SUBNET_NOT_FOUND = "SUBNET_NOT_FOUND"
    INVALID_SECURITY_GROUP_FORMAT = "INVALID_SECURITY_GROUP_FORMAT"
    SECURITY_GROUPS_NOT_FOUND = "SECURITY_GROUPS_NOT_FOUND"
    SECURITY_GROUPS_WRONG_VPC = "SECURITY_GROUPS_WRONG_VPC"
    INVALID_INSTANCE_TYPE = "INVALID_INSTANCE_TYPE"
    INSTANCE_TYPE_UNAVAILABLE = "INSTANCE_TYPE_UNAVAILABLE"
    IAM_PROFILE_NOT_FOUND = "IAM_PROFILE_NOT_FOUND"
    NOT_LOOKED_UP = "NOT_LOOKED_UP"


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet as EC2 tells it.

    Attributes:
        held: the addresses that network interfaces hold, or None when they could not be read.
    """

    subnet_id: str
    vpc_id: str
    cidr: str
    held: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """What was read of one account and Region; None means that it could not be read."""

    subnets: Mapping[str, Subnet] | None = None
    security_group_vpcs: Mapping[str, str] | None = None
    instance_types: frozenset[str] | None = None
    instance_profiles: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class SettingFinding:
    """One thing that is wrong or could not be checked, as a sentence with what to do."""

    problem: SettingProblem
    level: Level
    text: str


def check_settings(settings: LaunchSettings, facts: NetworkFacts) -> tuple[SettingFinding, ...]:
    """Return what is wrong with effective settings, every check made though an earlier one failed."""
    return (
        *_subnet_findings(settings, facts),
        *_group_findings(settings, facts),
        *_offered(settings.instance_type, facts.instance_types, _TYPE_WORDS),
        *_offered(settings.instance_profile, facts.instance_profiles, _PROFILE_WORDS),
        *_address_findings(settings, facts),
    )


def duplicate_addresses(
    settings: Mapping[ServerKey, LaunchSettings],
) -> dict[ServerKey, SettingFinding]:
    """Return a finding for each server whose static address another one has too, in the same subnet.

    Args:
        settings: the effective settings of all servers of all groups of one account and Region.
    """
    holders: dict[tuple[str | None, str], list[ServerKey]] = {}
    for key, one in settings.items():
        if one.static_private_ip and (address := _address(one.static_private_ip)):
            holders.setdefault((one.subnet_id, str(address)), []).append(key)
    return {
        key: _failed(
            SettingProblem.DUPLICATE_IP,
            f"The address {address} is also that of {', '.join(str(one) for one in keys if one != key)}. "
            "Give each server an address of its own.",
        )
        for (_, address), keys in holders.items()
        if len(keys) > 1
        for key in keys
    }


def _failed(problem: SettingProblem, text: str) -> SettingFinding:
    return SettingFinding(problem=problem, level=Level.FAILED, text=text)


def _not_looked_up(what: str) -> SettingFinding:
    text = f"{what} could not be checked, because AWS could not be asked."
    return SettingFinding(problem=SettingProblem.NOT_LOOKED_UP, level=Level.NOT_CHECKED, text=text)


# ---- subnet and security groups


def _subnet_findings(settings: LaunchSettings, facts: NetworkFacts) -> Iterable[SettingFinding]:
    subnet_id = settings.subnet_id
    if subnet_id is None:
        return
    if not re.fullmatch(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", subnet_id):
        text = f"{subnet_id!r} is no subnet id; one looks like subnet-0a1b2c3d4e5f60718."
        yield _failed(SettingProblem.INVALID_SUBNET_FORMAT, text)
    elif facts.subnets is None:
        yield _not_looked_up(f"Subnet {subnet_id}")
    elif subnet_id not in facts.subnets:
        text = f"Subnet {subnet_id} is not in this account and Region. Choose one that is."
        yield _failed(SettingProblem.SUBNET_NOT_FOUND, text)


def _group_findings(settings: LaunchSettings, facts: NetworkFacts) -> Iterable[SettingFinding]:
    wanted = settings.security_group_ids or ()
    malformed = [one for one in wanted if not re.fullmatch(r"sg-[0-9a-f]{8,17}", one)]
    if malformed:
        text = f"No security group id: {', '.join(malformed)}. One looks like sg-0a1b2c3d4e5f60718."
        yield _failed(SettingProblem.INVALID_SECURITY_GROUP_FORMAT, text)
    well = [one for one in wanted if one not in malformed]
    if not well:
        return
    if facts.security_group_vpcs is None:
        yield _not_looked_up(f"Security group {', '.join(well)}")
        return
    missing = [one for one in well if one not in facts.security_group_vpcs]
    if missing:
        text = f"Not in this account and Region: {', '.join(missing)}. Choose security groups that are."
        yield _failed(SettingProblem.SECURITY_GROUPS_NOT_FOUND, text)
    yield from _vpc_findings(settings, [one for one in well if one not in missing], facts)


def _vpc_findings(
    settings: LaunchSettings, groups: list[str], facts: NetworkFacts
) -> Iterable[SettingFinding]:
    subnet = _subnet(settings, facts)
    vpcs = facts.security_group_vpcs or {}
    strangers = [one for one in groups if subnet is not None and vpcs[one] != subnet.vpc_id]
    if strangers and subnet is not None:
        text = (
            f"{', '.join(strangers)} is not in {subnet.vpc_id}, the VPC of {subnet.subnet_id}. "
            "Choose security groups of that VPC."
        )
        yield _failed(SettingProblem.SECURITY_GROUPS_WRONG_VPC, text)


def _subnet(settings: LaunchSettings, facts: NetworkFacts) -> Subnet | None:
    return (facts.subnets or {}).get(settings.subnet_id or "")


# ---- instance type and profile


@dataclass(frozen=True, kw_only=True)
class _OfferWords:
    noun: str
    problem: SettingProblem
    pattern: str
    malformed: SettingProblem


_TYPE_WORDS = _OfferWords(
    noun="Instance type",
    problem=SettingProblem.INSTANCE_TYPE_UNAVAILABLE,
    pattern=r"[a-z][a-z0-9-]*\.[a-z0-9-]+",
    malformed=SettingProblem.INVALID_INSTANCE_TYPE,
)
_PROFILE_WORDS = _OfferWords(
    noun="Instance profile",
    problem=SettingProblem.IAM_PROFILE_NOT_FOUND,
    pattern=r"[\w+=,.@-]{1,128}",
    malformed=SettingProblem.IAM_PROFILE_NOT_FOUND,
)


def _offered(
    wanted: str | None, offered: frozenset[str] | None, words: _OfferWords
) -> Iterable[SettingFinding]:
    if wanted is None:
        return
    if not re.fullmatch(words.pattern, wanted):
        yield _failed(words.malformed, f"{words.noun} {wanted!r} is written as none can be.")
    elif offered is None:
        yield _not_looked_up(f"{words.noun} {wanted}")
    elif wanted not in offered:
        text = f"{words.noun} {wanted} is not to be had in this account and Region. Choose another."
        yield _failed(words.problem, text)


# ---- the static address


_PRIVATE = tuple(IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _address_findings(settings: LaunchSettings, facts: NetworkFacts) -> Iterable[SettingFinding]:
    if settings.static_private_ip is None:
        return
    address = _address(settings.static_private_ip)
    if address is None:
        text = f"{settings.static_private_ip!r} is no IPv4 address; one looks like 10.0.1.25."
        yield _failed(SettingProblem.INVALID_IP_FORMAT, text)
        return
    if not any(address in network for network in _PRIVATE):
        text = f"{address} is no private address (10/8, 172.16/12, 192.168/16)."
        yield _failed(SettingProblem.IP_NOT_PRIVATE, text)
    if settings.subnet_id is None:
        text = f"The static address {address} needs a subnet to lie in. Choose one."
        yield _failed(SettingProblem.MISSING_SUBNET, text)
    elif subnet := _subnet(settings, facts):
        yield from _place_findings(address, subnet)
    elif facts.subnets is None:
        yield _not_looked_up(f"Whether the address {address} is free in {settings.subnet_id}")


def _place_findings(address: IPv4Address, subnet: Subnet) -> Iterable[SettingFinding]:
    network = IPv4Network(subnet.cidr)
    if address not in network:
        text = f"{address} is not in {subnet.subnet_id} ({subnet.cidr}). Choose an address from there."
        yield _failed(SettingProblem.IP_OUT_OF_RANGE, text)
        return
    reserved = {network[index] for index in (0, 1, 2, 3, -1)}
    if address in reserved:
        text = f"{address} is kept by AWS: the first four and the last address of {subnet.cidr} are."
        yield _failed(SettingProblem.IP_RESERVED, text)
    elif subnet.held is None:
        yield _not_looked_up(f"Whether the address {address} is free")
    elif str(address) in subnet.held:
        text = f"{address} is held by a network interface in {subnet.subnet_id}. Choose a free one."
        yield _failed(SettingProblem.IP_IN_USE, text)
