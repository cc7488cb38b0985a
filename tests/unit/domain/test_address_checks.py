"""Launch settings against the network: each validation, its boundaries, no pass where nothing was read."""

from dataclasses import replace

import pytest

from drs_desktop.domain.address_checks import (
    NetworkFacts,
    SettingProblem,
    Subnet,
    check_settings,
    duplicate_addresses,
)
from drs_desktop.domain.launch_settings import LaunchSettings
from drs_desktop.domain.readiness import Level
from tests.helpers.builders import a_key

SUBNET = Subnet(
    subnet_id="subnet-0a1b2c3d4e5f60718", vpc_id="vpc-1", cidr="10.0.1.0/24", held=frozenset({"10.0.1.99"})
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
    assert found(GOOD, blind) == [SettingProblem.NOT_LOOKED_UP]


def test_every_check_is_made_though_the_first_failed() -> None:
    bad = replace(GOOD, instance_type="c5.large", instance_profile="other", static_private_ip="x")
    assert len(found(bad)) == 3


def test_one_address_of_two_servers_in_one_subnet_is_found_at_both() -> None:
    doubled = duplicate_addresses({a_key(1): GOOD, a_key(2): GOOD, a_key(3): LaunchSettings()})
    assert set(doubled) == {a_key(1), a_key(2)}
    assert str(a_key(2)) in doubled[a_key(1)].text


def test_one_address_in_two_subnets_is_no_duplicate() -> None:
    assert duplicate_addresses({a_key(1): GOOD, a_key(2): replace(GOOD, subnet_id="subnet-0b")}) == {}
