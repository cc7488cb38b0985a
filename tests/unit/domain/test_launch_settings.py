"""Launch settings: what a group and a server make together, told apart by a hash and by sentences."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain.launch_settings import (
    NEW_GROUP,
    Disposition,
    LaunchSettings,
    RightSizing,
    ServerOverride,
    SettingOrigin,
    effective_settings,
    origins,
    settings_differences,
    settings_hash,
)

GROUP = LaunchSettings(subnet_id="subnet-0a1b2c3d", instance_type="m5.large", copy_private_ip=True)
ANY_SETTINGS = st.builds(
    LaunchSettings,
    subnet_id=st.none() | st.sampled_from(["subnet-1", "subnet-2"]),
    security_group_ids=st.none() | st.lists(st.sampled_from(["sg-1", "sg-2", "sg-3"])).map(tuple),
    instance_type=st.none() | st.sampled_from(["m5.large", "c5.large"]),
    static_private_ip=st.none() | st.just("10.0.0.9"),
    right_sizing=st.none() | st.sampled_from(RightSizing),
    disposition=st.none() | st.sampled_from(Disposition),
    copy_private_ip=st.none() | st.booleans(),
    copy_tags=st.none() | st.booleans(),
)


def test_a_new_group_copies_tags_starts_and_brings_no_licence() -> None:
    assert (NEW_GROUP.copy_tags, NEW_GROUP.disposition, NEW_GROUP.os_byol) == (
        True,
        Disposition.STARTED,
        False,
    )


def test_a_server_without_anything_of_its_own_has_what_the_group_wants() -> None:
    assert effective_settings(GROUP) == GROUP
    assert effective_settings(GROUP, ServerOverride()) == GROUP


def test_what_a_server_sets_counts_before_the_group() -> None:
    own = ServerOverride(settings=LaunchSettings(instance_type="c5.large", copy_private_ip=False))
    assert effective_settings(GROUP, own) == replace(GROUP, instance_type="c5.large", copy_private_ip=False)


def test_a_server_on_its_own_has_nothing_of_the_group() -> None:
    own = ServerOverride(settings=LaunchSettings(instance_type="c5.large"), uses_group_defaults=False)
    assert effective_settings(GROUP, own) == LaunchSettings(instance_type="c5.large")


def test_a_static_address_turns_copying_of_the_address_off() -> None:
    own = ServerOverride(settings=LaunchSettings(static_private_ip="10.0.0.9"))
    assert effective_settings(GROUP, own).copy_private_ip is False
    assert origins(GROUP, own)["copy_private_ip"] is SettingOrigin.SERVER


def test_each_value_tells_where_it_comes_from() -> None:
    found = origins(GROUP, ServerOverride(settings=LaunchSettings(instance_type="c5.large")))
    assert found["instance_type"] is SettingOrigin.SERVER
    assert found["subnet_id"] is SettingOrigin.GROUP
    assert found["disposition"] is SettingOrigin.UNSET


@given(ANY_SETTINGS, ANY_SETTINGS)
def test_hashes_differ_exactly_where_settings_do(one: LaunchSettings, other: LaunchSettings) -> None:
    def ordered(settings: LaunchSettings) -> LaunchSettings:
        groups = settings.security_group_ids
        return replace(settings, security_group_ids=None if groups is None else tuple(sorted(set(groups))))

    assert (settings_hash(one) == settings_hash(other)) == (ordered(one) == ordered(other))


@given(ANY_SETTINGS, ANY_SETTINGS)
def test_the_merge_takes_every_value_from_the_server_or_else_from_the_group(
    group: LaunchSettings, own: LaunchSettings
) -> None:
    merged = effective_settings(group, ServerOverride(settings=own))
    for field in fields(LaunchSettings):
        if field.name == "copy_private_ip" and merged.static_private_ip:
            continue
        mine, shared = getattr(own, field.name), getattr(group, field.name)
        assert getattr(merged, field.name) == (shared if mine is None else mine)


def test_the_hash_is_the_same_in_every_process() -> None:
    assert settings_hash(LaunchSettings()).startswith(settings_hash(LaunchSettings())[:8])
    assert len(settings_hash(GROUP)) == 64


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            LaunchSettings(instance_type="c5.large"),
            "The instance type is m5.large, wanted is c5.large.",
        ),
        (LaunchSettings(copy_private_ip=False), "The copying of the private address is on, wanted is off."),
        (
            LaunchSettings(security_group_ids=("sg-2", "sg-1")),
            "The list of security groups is not set, wanted is sg-1, sg-2.",
        ),
    ],
)
def test_a_difference_is_told_with_what_is_and_what_is_wanted(wanted: LaunchSettings, said: str) -> None:
    assert settings_differences(GROUP, wanted) == (said,)


def test_tags_that_stand_there_beside_the_wanted_ones_are_no_difference() -> None:
    tagged = LaunchSettings(instance_tags=(("Name", "web-01"), ("Team", "dr")))
    assert settings_differences(tagged, LaunchSettings(instance_tags=(("Team", "dr"),))) == ()
    assert settings_differences(tagged, LaunchSettings(instance_tags=(("Team", "web"),))) == (
        "The list of instance tags is Name=web-01, Team=dr, wanted is Name=web-01, Team=web.",
    )


def test_what_is_not_wanted_is_not_compared() -> None:
    assert settings_differences(GROUP, LaunchSettings()) == ()
