"""Launch settings against the network: each validation, its boundaries, no pass where nothing was read."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain.address_checks import (
    LaunchedServer,
    NetworkFacts,
    SettingProblem,
    Subnet,
    check_settings,
    duplicate_addresses,
    overwritten_type,
)
from drs_desktop.domain.launch_settings import LaunchSettings, RightSizing
from drs_desktop.domain.readiness import Level
from tests.helpers.builders import a_key

SUBNET = Subnet(
    subnet_id="subnet-0a1b2c3d4e5f60718",
    vpc_id="vpc-1",
    cidr="10.0.1.0/24",
    held={"10.0.1.99": "eni-0a1b2c3d"},
)
FACTS = NetworkFacts(
    subnets={SUBNET.subnet_id: SUBNET},
    security_group_vpcs={"sg-0a1b2c3d": "vpc-1", "sg-0b1b2c3d": "vpc-2"},
    instance_types=frozenset({"m5.large"}),
    instance_profiles=frozenset({"app"}),
)
GOOD = LaunchSettings(
    subnet_id=SUBNET.subnet_id,
    security_group_ids=("sg-0a1b2c3d",),
    instance_type="m5.large",
    instance_profile="app",
    static_private_ip="10.0.1.25",
)


def found(settings: LaunchSettings, facts: NetworkFacts = FACTS) -> list[SettingProblem]:
    return [finding.problem for finding in check_settings(settings, facts)]


def test_settings_that_fit_have_no_finding() -> None:
    assert found(GOOD) == []
    assert found(LaunchSettings(), NetworkFacts()) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"static_private_ip": "10.0.1"}, SettingProblem.INVALID_IP_FORMAT),
        ({"static_private_ip": "10.0.1.025"}, SettingProblem.INVALID_IP_FORMAT),
        ({"static_private_ip": "::1"}, SettingProblem.INVALID_IP_FORMAT),
        ({"static_private_ip": "10.0.2.25"}, SettingProblem.IP_OUT_OF_RANGE),
        ({"static_private_ip": "10.0.1.99"}, SettingProblem.IP_IN_USE),
        ({"subnet_id": None}, SettingProblem.MISSING_SUBNET),
        ({"subnet_id": "subnet-xyz"}, SettingProblem.INVALID_SUBNET_FORMAT),
        ({"subnet_id": "subnet-0a1b2c3d"}, SettingProblem.SUBNET_NOT_FOUND),
        ({"security_group_ids": ("sg-1",)}, SettingProblem.INVALID_SECURITY_GROUP_FORMAT),
        ({"security_group_ids": ("sg-0c1b2c3d",)}, SettingProblem.SECURITY_GROUPS_NOT_FOUND),
        ({"security_group_ids": ("sg-0b1b2c3d",)}, SettingProblem.SECURITY_GROUPS_WRONG_VPC),
        ({"instance_type": "large"}, SettingProblem.INVALID_INSTANCE_TYPE),
        ({"instance_type": "c5.large"}, SettingProblem.INSTANCE_TYPE_UNAVAILABLE),
        ({"instance_profile": "other"}, SettingProblem.IAM_PROFILE_NOT_FOUND),
    ],
)
def test_what_does_not_fit_is_found(changes: dict[str, object], problem: SettingProblem) -> None:
    assert found(replace(GOOD, **changes)) == [problem]  # type: ignore[arg-type]


def test_a_public_address_is_found_as_such_and_as_out_of_range() -> None:
    assert found(replace(GOOD, static_private_ip="8.8.8.8")) == [
        SettingProblem.IP_NOT_PRIVATE,
        SettingProblem.IP_OUT_OF_RANGE,
    ]


@pytest.mark.parametrize("last", [0, 1, 2, 3, 255])
def test_the_first_four_and_the_last_address_are_kept_by_aws(last: int) -> None:
    assert found(replace(GOOD, static_private_ip=f"10.0.1.{last}")) == [SettingProblem.IP_RESERVED]


@pytest.mark.parametrize("last", [4, 254])
def test_the_addresses_beside_those_are_free(last: int) -> None:
    assert found(replace(GOOD, static_private_ip=f"10.0.1.{last}")) == []


@pytest.mark.parametrize(
    ("address", "is_private"),
    [("172.16.0.9", True), ("172.31.255.9", True), ("172.32.0.9", False), ("100.64.0.9", False)],
)
def test_private_are_the_three_private_ranges_only(address: str, is_private: bool) -> None:
    problems = found(replace(GOOD, static_private_ip=address))
    assert (SettingProblem.IP_NOT_PRIVATE in problems) is not is_private


def test_what_could_not_be_read_is_not_checked_and_never_passed() -> None:
    findings = check_settings(GOOD, NetworkFacts())
    assert {finding.level for finding in findings} == {Level.NOT_CHECKED}
    assert len(findings) == 5


def test_an_address_of_which_the_holders_could_not_be_read_is_not_checked() -> None:
    blind = replace(FACTS, subnets={SUBNET.subnet_id: replace(SUBNET, held=None)})
    assert found(GOOD, blind) == [SettingProblem.IP_NOT_LOOKED_UP]


def test_every_check_is_made_though_the_first_failed() -> None:
    bad = replace(GOOD, instance_type="c5.large", instance_profile="other", static_private_ip="x")
    assert len(found(bad)) == 3


def test_one_address_of_two_servers_in_one_subnet_is_found_at_both() -> None:
    doubled = duplicate_addresses({a_key(1): GOOD, a_key(2): GOOD, a_key(3): LaunchSettings()})
    assert set(doubled) == {a_key(1), a_key(2)}
    assert a_key(2).source_server_id in doubled[a_key(1)].text


def test_one_address_in_two_subnets_is_no_duplicate() -> None:
    assert duplicate_addresses({a_key(1): GOOD, a_key(2): replace(GOOD, subnet_id="subnet-0b")}) == {}


def test_one_address_copied_and_fixed_in_one_subnet_is_a_duplicate() -> None:
    copying = replace(GOOD, static_private_ip=None, copy_private_ip=True)
    doubled = duplicate_addresses({a_key(1): GOOD, a_key(2): copying}, {a_key(2): "10.0.1.25"})
    assert set(doubled) == {a_key(1), a_key(2)}


# ---- what the server itself is and has


def test_an_address_that_the_servers_own_recovery_instance_holds_is_free_for_it() -> None:
    held = replace(SUBNET, held={"10.0.1.25": "i-0a1b2c3d"})
    facts = replace(FACTS, subnets={SUBNET.subnet_id: held})
    assert found(GOOD, facts) == [SettingProblem.IP_IN_USE]
    assert check_settings(GOOD, facts, LaunchedServer(instance_id="i-0a1b2c3d")) == ()


@pytest.mark.parametrize(("own", "is_well"), [("10.0.1.7", True), ("10.0.2.7", False), ("", True)])
def test_a_copied_address_must_lie_in_the_subnet(own: str, is_well: bool) -> None:
    copying = replace(GOOD, static_private_ip=None, copy_private_ip=True)
    problems = [one.problem for one in check_settings(copying, FACTS, LaunchedServer(private_ip=own))]
    assert problems == ([] if is_well else [SettingProblem.COPIED_IP_OUT_OF_RANGE])


def test_no_right_sizing_needs_a_type() -> None:
    assert found(LaunchSettings(right_sizing=RightSizing.NONE)) == [SettingProblem.NO_INSTANCE_TYPE]
    assert found(LaunchSettings(right_sizing=RightSizing.NONE, instance_type="m5.large")) == []


def test_right_sizing_would_overwrite_a_chosen_type() -> None:
    wanted = LaunchSettings(instance_type="m5.large")
    sized = replace(wanted, right_sizing=RightSizing.BASIC)
    finding = overwritten_type(wanted, sized)
    assert finding is not None
    assert finding.problem is SettingProblem.TYPE_OVERWRITTEN
    assert overwritten_type(wanted, replace(sized, right_sizing=RightSizing.NONE)) is None
    assert overwritten_type(LaunchSettings(), sized) is None


@pytest.mark.parametrize("tag", [("", "x"), ("k" * 129, "x"), ("k", "x" * 257), ("AWS:team", "x")])
def test_a_tag_that_ec2_does_not_take_is_found(tag: tuple[str, str]) -> None:
    assert found(LaunchSettings(instance_tags=(tag,))) == [SettingProblem.INVALID_TAGS]


def test_fifty_tags_fit_and_one_more_does_not() -> None:
    tags = tuple((f"k{number}", "") for number in range(51))
    assert found(LaunchSettings(instance_tags=tags[:50])) == []
    assert found(LaunchSettings(instance_tags=tags)) == [SettingProblem.INVALID_TAGS]


# ---- any address at all


NETWORKS = st.integers(16, 28).flatmap(
    lambda bits: st.ip_addresses(v=4, network="10.0.0.0/8").map(
        lambda base: IPv4Network((int(base), bits), strict=False)
    )
)


@given(NETWORKS, st.data())
def test_an_address_of_the_subnet_is_free_exactly_if_aws_does_not_keep_it_and_nobody_holds_it(
    network: IPv4Network, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, network.num_addresses - 1))
    is_held = data.draw(st.booleans())
    address = str(network[index])
    subnet = replace(SUBNET, cidr=str(network), held={address: "eni-0a1b2c3d"} if is_held else {})
    problems = found(
        replace(GOOD, static_private_ip=address), replace(FACTS, subnets={SUBNET.subnet_id: subnet})
    )
    is_kept = index < 4 or index == network.num_addresses - 1
    expected = SettingProblem.IP_RESERVED if is_kept else SettingProblem.IP_IN_USE if is_held else None
    assert problems == ([expected] if expected else [])


@given(NETWORKS, st.ip_addresses(v=4))
def test_an_address_outside_of_the_subnet_never_passes(network: IPv4Network, address: IPv4Address) -> None:
    subnet = replace(SUBNET, cidr=str(network), held={})
    facts = replace(FACTS, subnets={SUBNET.subnet_id: subnet})
    problems = found(replace(GOOD, static_private_ip=str(address)), facts)
    assert (SettingProblem.IP_OUT_OF_RANGE in problems) is (address not in network)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_finding_and_never_an_error(text: str) -> None:
    problems = found(replace(GOOD, static_private_ip=text))
    try:
        IPv4Address(text)
    except ValueError:
        assert problems == [SettingProblem.INVALID_IP_FORMAT]
    else:
        assert SettingProblem.INVALID_IP_FORMAT not in problems
