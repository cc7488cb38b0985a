"""Whether launch settings fit the network they would be launched into; what was not looked up says so."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.launch_settings import LaunchSettings, RightSizing
from drs_desktop.domain.readiness import Level


class SettingProblem(StrEnum):
    """What can be wrong with launch settings; the words are stable, so that scripts may look for them."""

    INVALID_IP_FORMAT = "INVALID_IP_FORMAT"
    IP_NOT_PRIVATE = "IP_NOT_PRIVATE"
    IP_OUT_OF_RANGE = "IP_OUT_OF_RANGE"
    IP_RESERVED = "IP_RESERVED"
    IP_IN_USE = "IP_IN_USE"
    IP_NOT_LOOKED_UP = "IP_NOT_LOOKED_UP"
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
    TYPE_OVERWRITTEN = "TYPE_OVERWRITTEN"
    NO_INSTANCE_TYPE = "NO_INSTANCE_TYPE"
    COPIED_IP_OUT_OF_RANGE = "COPIED_IP_OUT_OF_RANGE"
    INVALID_TAGS = "INVALID_TAGS"
    CHANGED_OUTSIDE = "CHANGED_OUTSIDE"
    NOT_LOOKED_UP = "NOT_LOOKED_UP"


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet as EC2 tells it.

    Attributes:
        held: the addresses that network interfaces hold, each with the instance (or else the interface) that
            has it, or None when they could not be read.
    """

    subnet_id: str
    vpc_id: str
    cidr: str
    held: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """What was read of one account and Region; None means that it could not be read."""

    subnets: Mapping[str, Subnet] | None = None
    security_group_vpcs: Mapping[str, str] | None = None
    instance_types: frozenset[str] | None = None
    instance_profiles: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class LaunchedServer:
    """What is known of the server that the settings are for; empty where nothing is.

    Attributes:
        private_ip: its own address, which DRS copies when it is asked to.
        instance_id: its recovery instance, whose address the next launch sets free.
    """

    private_ip: str = ""
    instance_id: str = ""


@dataclass(frozen=True, kw_only=True)
class SettingFinding:
    """One thing that is wrong or could not be checked, as a sentence with what to do."""

    problem: SettingProblem
    level: Level
    text: str


def check_settings(
    settings: LaunchSettings, facts: NetworkFacts, server: LaunchedServer = LaunchedServer()
) -> tuple[SettingFinding, ...]:
    """Return what is wrong with what a launch would follow, every check made though an earlier one failed."""
    return (
        *_subnet_findings(settings, facts),
        *_group_findings(settings, facts),
        *_offered(settings.instance_type, facts.instance_types, _TYPE_WORDS),
        *_offered(settings.instance_profile, facts.instance_profiles, _PROFILE_WORDS),
        *_right_sizing_findings(settings),
        *_tag_findings(settings.instance_tags or ()),
        *_address_findings(settings, facts, server),
        *_copied_address_findings(settings, facts, server),
    )


def duplicate_addresses(
    settings: Mapping[ServerKey, LaunchSettings], own_addresses: Mapping[ServerKey, str] | None = None
) -> dict[ServerKey, SettingFinding]:
    """Return a finding for each server whose address after a launch another one has too, in one subnet.

    Args:
        settings: what launches would follow, of all servers of one account and Region.
        own_addresses: the addresses of the source servers, which some launches copy.
    """
    holders: dict[tuple[str | None, str], list[ServerKey]] = {}
    for key, one in settings.items():
        if address := _address_after(one, (own_addresses or {}).get(key, "")):
            holders.setdefault((one.subnet_id, str(address)), []).append(key)
    return {
        key: _failed(
            SettingProblem.DUPLICATE_IP,
            f"The address {address} is also that of {_named(one for one in keys if one != key)}. "
            "Give each server an address of its own.",
        )
        for (_, address), keys in holders.items()
        if len(keys) > 1
        for key in keys
    }


def _address_after(settings: LaunchSettings, own: str) -> IPv4Address | None:
    copied = own if settings.copy_private_ip else ""
    return _address(settings.static_private_ip or copied)


def _named(keys: Iterable[ServerKey]) -> str:
    return ", ".join(key.source_server_id for key in keys)


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


def _right_sizing_findings(settings: LaunchSettings) -> Iterable[SettingFinding]:
    sizing, chosen = settings.right_sizing, settings.instance_type
    if sizing is RightSizing.NONE and chosen is None:
        text = "Without right sizing a launch needs an instance type, and none is set. Choose one."
        yield _failed(SettingProblem.NO_INSTANCE_TYPE, text)


_MOST_TAGS, _LONGEST_KEY, _LONGEST_VALUE = 50, 128, 256


def _tag_findings(tags: tuple[tuple[str, str], ...]) -> Iterable[SettingFinding]:
    if len(tags) > _MOST_TAGS:
        text = f"An instance has at most {_MOST_TAGS} tags; these are {len(tags)}. Take some out."
        yield _failed(SettingProblem.INVALID_TAGS, text)
    for key, value in tags:
        if not 0 < len(key) <= _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            text = f"The tag {key!r} does not fit: 1 to {_LONGEST_KEY} characters = at most {_LONGEST_VALUE}."
            yield _failed(SettingProblem.INVALID_TAGS, text)
        elif key.lower().startswith("aws:"):
            text = f"The tag {key!r} cannot be set: names that begin with aws: are AWS's own."
            yield _failed(SettingProblem.INVALID_TAGS, text)


def overwritten_type(wanted: LaunchSettings, settings: LaunchSettings) -> SettingFinding | None:
    """Return a finding when right sizing would overwrite the instance type that somebody chose.

    Args:
        wanted: what people keep for the server.
        settings: what a launch would follow.
    """
    if wanted.instance_type is None or settings.right_sizing in (None, RightSizing.NONE):
        return None
    text = (
        f"Right sizing ({settings.right_sizing}) would overwrite the instance type {wanted.instance_type} "
        "at the launch. Set right sizing to NONE, or choose no type."
    )
    return _failed(SettingProblem.TYPE_OVERWRITTEN, text)


def doubtful_type(settings: LaunchSettings) -> Iterable[SettingFinding]:
    """Return a warning when settings choose an instance type and say nothing of right sizing."""
    if settings.instance_type is not None and settings.right_sizing is None:
        text = (
            f"The instance type {settings.instance_type} counts only where right sizing is NONE, and nothing "
            "is said of it here: set it too."
        )
        yield SettingFinding(problem=SettingProblem.TYPE_OVERWRITTEN, level=Level.WARNING, text=text)


# ---- the static address


_PRIVATE = tuple(IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _address_findings(
    settings: LaunchSettings, facts: NetworkFacts, server: LaunchedServer
) -> Iterable[SettingFinding]:
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
        yield from _place_findings(address, subnet, server)
    elif facts.subnets is None:
        yield _holder_not_looked_up(address, settings.subnet_id)


def _holder_not_looked_up(address: IPv4Address, subnet_id: str) -> SettingFinding:
    text = (
        f"Whether the address {address} is free in {subnet_id} could not be checked, because AWS could "
        "not be asked."
    )
    return SettingFinding(problem=SettingProblem.IP_NOT_LOOKED_UP, level=Level.NOT_CHECKED, text=text)


def _place_findings(address: IPv4Address, subnet: Subnet, server: LaunchedServer) -> Iterable[SettingFinding]:
    network = IPv4Network(subnet.cidr)
    if address not in network:
        text = f"{address} is not in {subnet.subnet_id} ({subnet.cidr}). Choose an address from there."
        yield _failed(SettingProblem.IP_OUT_OF_RANGE, text)
        return
    reserved = {network[index] for index in (0, 1, 2, 3, -1)}
    if address in reserved:
        text = f"{address} is kept by AWS: the first four and the last address of {subnet.cidr} are."
        yield _failed(SettingProblem.IP_RESERVED, text)
    else:
        yield from _holder_findings(address, subnet, server)


def _holder_findings(
    address: IPv4Address, subnet: Subnet, server: LaunchedServer
) -> Iterable[SettingFinding]:
    if subnet.held is None:
        yield _holder_not_looked_up(address, subnet.subnet_id)
        return
    holder = subnet.held.get(str(address))
    if holder is not None and holder != server.instance_id:
        text = f"{address} is held by {holder} in {subnet.subnet_id}. Choose a free one."
        yield _failed(SettingProblem.IP_IN_USE, text)


def _copied_address_findings(
    settings: LaunchSettings, facts: NetworkFacts, server: LaunchedServer
) -> Iterable[SettingFinding]:
    subnet, own = _subnet(settings, facts), _address(server.private_ip)
    if not settings.copy_private_ip or subnet is None or own is None:
        return
    if own not in IPv4Network(subnet.cidr):
        text = (
            f"The server's own address {own}, which is to be copied, is not in {subnet.subnet_id} "
            f"({subnet.cidr}): the launch would fail. Turn copying off, or choose another subnet."
        )
        yield _failed(SettingProblem.COPIED_IP_OUT_OF_RANGE, text)
