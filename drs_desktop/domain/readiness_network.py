"""Would the servers launch as their templates say, and where: subnets, groups, profiles, types, networks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network

from drs_desktop.domain.compute_facts import NETWORK_TAG, Aspect, ComputeFacts, NetworkUse, Subnet
from drs_desktop.domain.landing import Landing
from drs_desktop.domain.readiness_finding import (
    Accept,
    Check,
    Level,
    ReadinessFinding,
    servers_counted,
    some,
)

_WOULD_FAIL = "Change the launch settings, or accept that these servers fail."


def compute_findings(
    compute: ComputeFacts, landed: Sequence[Landing], replaced: frozenset[str]
) -> Iterable[ReadinessFinding]:
    """Return what EC2 says about the launch of these servers of one account and Region.

    Args:
        replaced: the private addresses of earlier instances that the start deletes, which are free again.
    """
    yield from _unread(compute)
    found = [
        *_templates(landed),
        *_networks_gone(landed),
        *_groups(compute, landed),
        *_profiles(compute, landed),
        *_types(compute, landed),
        *_copied_outside(landed),
        *_addresses(landed, replaced),
    ]
    yield from found
    if landed and not found and not compute.problems:
        text = (
            f"In {compute.scope}, templates, subnets, security groups, profiles and types of "
            f"{servers_counted(len(landed))} exist, and there are addresses for all."
        )
        yield ReadinessFinding(level=Level.PASSED, text=text, check=Check.LANDING)


_OF_LANDING = (
    Aspect.SETTINGS,
    Aspect.TEMPLATES,
    Aspect.SUBNETS,
    Aspect.SECURITY_GROUPS,
    Aspect.PROFILES,
    Aspect.TYPES,
)


def _unread(compute: ComputeFacts) -> Iterable[ReadinessFinding]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for aspect in _OF_LANDING:
        if aspect in compute.problems:
            reasons[compute.problems[aspect]].append(aspect.value)
    for why, aspects in reasons.items():
        yield ReadinessFinding(
            level=Level.NOT_CHECKED,
            text=f"The {' and '.join(aspects)} of {compute.scope} could not be checked: {why}",
            fix="Give the role the rights of docs/permissions.md, or look in the AWS console.",
            check=Check.LANDING,
            is_essential=False,
        )


def _names(landed: Iterable[Landing]) -> list[str]:
    return [one.server.name for one in landed]


def _would_fail(check: Check, text: str) -> ReadinessFinding:
    return ReadinessFinding(
        level=Level.FAILED, text=text, fix=_WOULD_FAIL, check=check, accept=Accept.LAUNCH_SETTINGS
    )


# ---- templates


def _templates(landed: Sequence[Landing]) -> Iterable[ReadinessFinding]:
    gone = [one for one in landed if one.is_template_gone]
    if gone:
        text = (
            f"{servers_counted(len(gone))} without an EC2 launch template: {some(_names(gone))}. DRS makes "
            "it again with defaults; what was set in it is lost."
        )
        yield ReadinessFinding(
            level=Level.WARNING, text=text, fix="Apply the launch settings again.", check=Check.TEMPLATES
        )
    stale = [one for one in landed if one.template and one.template.version != one.template.latest]
    if stale:
        named = [
            f"{one.server.name} (version {one.template.version} of {one.template.latest})"
            for one in stale
            if one.template
        ]
        text = (
            f"{servers_counted(len(stale))} whose newest launch template version is not the default one, "
            f"which is launched: {some(named)}."
        )
        yield ReadinessFinding(
            level=Level.WARNING,
            text=text,
            fix="Make the newest version the default, if it is meant.",
            check=Check.TEMPLATES,
        )
    typeless = [one for one in landed if one.is_typeless]
    if typeless:
        text = (
            f"{servers_counted(len(typeless))} with neither right-sizing nor an instance type: "
            f"{some(_names(typeless))}."
        )
        yield _would_fail(Check.TEMPLATES, text)


# ---- what has to exist


def _networks_gone(landed: Sequence[Landing]) -> Iterable[ReadinessFinding]:
    gone = [one for one in landed if one.is_subnet_gone]
    named = [one for one in gone if one.template and one.template.subnet_id]
    if named:
        pairs = [f"{one.server.name} ({one.template.subnet_id})" for one in named if one.template]
        text = f"{servers_counted(len(named))} whose subnet does not exist: {some(pairs)}."
        yield _would_fail(Check.LANDING, text)
    homeless = [one for one in gone if one not in named]
    if homeless:
        text = (
            f"{servers_counted(len(homeless))} without a subnet in a Region that has no default VPC: "
            f"{some(_names(homeless))}."
        )
        yield _would_fail(Check.LANDING, text)


def _groups(compute: ComputeFacts, landed: Sequence[Landing]) -> Iterable[ReadinessFinding]:
    if not compute.was_read(Aspect.SECURITY_GROUPS):
        return
    gone: list[str] = []
    astray: list[str] = []
    for one in landed:
        for group_id in one.template.security_group_ids if one.template else ():
            group = compute.security_groups.get(group_id)
            if group is None:
                gone.append(f"{one.server.name} ({group_id})")
            elif one.subnet and group.vpc_id != one.subnet.vpc_id:
                astray.append(f"{one.server.name} ({group_id})")
    if gone:
        yield _would_fail(Check.LANDING, f"Security groups that do not exist are set for {some(gone)}.")
    if astray:
        text = f"Security groups of another VPC than the subnet's are set for {some(astray)}."
        yield _would_fail(Check.LANDING, text)


def _profiles(compute: ComputeFacts, landed: Sequence[Landing]) -> Iterable[ReadinessFinding]:
    if not compute.was_read(Aspect.PROFILES):
        return
    gone = [
        f"{one.server.name} ({one.template.instance_profile})"
        for one in landed
        if one.template and one.template.instance_profile
        if one.template.instance_profile not in compute.profiles
    ]
    if gone:
        text = f"Instance profiles that do not exist are set for {some(gone)}."
        yield _would_fail(Check.LANDING, text)


def _types(compute: ComputeFacts, landed: Sequence[Landing]) -> Iterable[ReadinessFinding]:
    if not compute.was_read(Aspect.TYPES):
        return
    gone = [
        f"{one.server.name} ({one.instance_type})"
        for one in landed
        if one.instance_type and one.instance_type not in compute.vcpus
    ]
    if gone:
        text = f"Instance types that the Region does not offer are set for {some(gone)}."
        yield _would_fail(Check.LANDING, text)


def _copied_outside(landed: Sequence[Landing]) -> Iterable[ReadinessFinding]:
    outside = [
        f"{one.server.name} ({one.private_ip} in {one.subnet.cidr})"
        for one in landed
        if one.private_ip and one.subnet and one.subnet.cidr and not _lies_in(one.private_ip, one.subnet)
    ]
    if outside:
        text = f"Addresses outside their subnet are asked for {some(outside)}."
        yield _would_fail(Check.LANDING, text)


def _lies_in(address: str, subnet: Subnet) -> bool:
    try:
        return ip_address(address) in ip_network(subnet.cidr)
    except ValueError:
        return False


def _addresses(landed: Sequence[Landing], replaced: frozenset[str]) -> Iterable[ReadinessFinding]:
    by_subnet: dict[str, list[Landing]] = defaultdict(list)
    for one in landed:
        if one.subnet:
            by_subnet[one.subnet.subnet_id].append(one)
    for subnet_id, there in sorted(by_subnet.items()):
        subnet = there[0].subnet
        assert subnet is not None
        freed = sum(_lies_in(address, subnet) for address in replaced)
        if len(there) > subnet.free_addresses + freed:
            text = (
                f"{servers_counted(len(there))} would land in {subnet_id}, which has only "
                f"{subnet.free_addresses + freed} free."
            )
            yield ReadinessFinding(
                level=Level.FAILED,
                text=text,
                fix="Free addresses there, or spread the servers over more subnets.",
                check=Check.ADDRESSES,
                accept=Accept.ADDRESSES,
            )


# ---- a drill beside production


def drill_findings(landed: Sequence[Landing], occupied: frozenset[str]) -> Iterable[ReadinessFinding]:
    """Return what speaks against rehearsing where the servers would land.

    Args:
        occupied: the private addresses of a real recovery's instances: where they are is no place to drill.
    """
    real = [one for one in landed if one.subnet and _is_recovery_network(one.subnet, occupied)]
    if real:
        text = (
            f"The drill of {servers_counted(len(real))} lands in the recovery network: "
            f"{some([_place(one) for one in real])}. What they do reaches what is real."
        )
        yield ReadinessFinding(
            level=Level.WARNING,
            text=text,
            fix="Launch them into a network apart, or accept it with a reason.",
            check=Check.NETWORK,
            accept=Accept.RECOVERY_NETWORK,
        )
    copied = [one for one in landed if one.is_address_copied]
    if copied:
        pairs = [f"{one.server.name} ({one.private_ip or 'its own'})" for one in copied]
        text = f"The drill copies private addresses of {servers_counted(len(copied))}: {some(pairs)}."
        yield ReadinessFinding(
            level=Level.WARNING,
            text=text,
            fix="Turn copying off, or accept it with a reason where the network is apart.",
            check=Check.NETWORK,
            accept=Accept.COPIED_ADDRESSES,
        )
    yield from _not_said(landed, [one for one in landed if one not in real])


def _place(one: Landing) -> str:
    return f"{one.server.name} ({one.subnet.subnet_id if one.subnet else ''})"


def _is_recovery_network(subnet: Subnet, occupied: frozenset[str]) -> bool:
    if subnet.use is not NetworkUse.NOT_SAID:
        return subnet.use is NetworkUse.RECOVERY
    return any(_lies_in(address, subnet) for address in occupied)


def _not_said(landed: Sequence[Landing], others: Sequence[Landing]) -> Iterable[ReadinessFinding]:
    unknown = {o.subnet.subnet_id for o in others if o.subnet and o.subnet.use is NetworkUse.NOT_SAID}
    if unknown:
        places = some(sorted(unknown))
        text = f"Nothing says whether the network of the drill is apart from production: {places}."
        yield ReadinessFinding(
            level=Level.NOT_CHECKED,
            text=text,
            fix=f"Tag the subnet or its VPC {NETWORK_TAG}: drill or recovery.",
            check=Check.NETWORK,
            is_essential=False,
        )
    elif landed and all(one.subnet and one.subnet.use is NetworkUse.DRILL for one in landed):
        text = "Every server lands in a network that is tagged for drills."
        yield ReadinessFinding(level=Level.PASSED, text=text, check=Check.NETWORK)
