"""Launch templates and launch configurations, read and written without losing what is not ours."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.aws.launch_mapping import (
    changed_template,
    configuration_request,
    launch_configuration,
    template_settings,
)
from drs_desktop.domain.ids import SourceServerId
from drs_desktop.domain.launch_changes import LaunchChange, change_to, undoing
from drs_desktop.domain.launch_settings import (
    CONFIGURATION_FIELDS,
    FIELDS,
    CpuCredits,
    Disposition,
    LaunchSettings,
    RightSizing,
)

SERVER = SourceServerId("s-00000000000000001")
DRS_MADE: dict[str, Any] = {
    "ImageId": "ami-0d5de57057000a001",
    "InstanceType": "m5.large",
    "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeType": "gp3"}}],
    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web-01"}]}],
    "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": ["sg-1"]}],
    "UserData": "a script",
}


def written(data: dict[str, Any], **values: Any) -> dict[str, Any]:
    change = LaunchChange(names=tuple(values), values=LaunchSettings(**values))
    return changed_template(data, change)


def test_a_launch_configuration_is_read_whole() -> None:
    shape = {
        "ec2LaunchTemplateID": "lt-1",
        "launchDisposition": "STOPPED",
        "targetInstanceTypeRightSizingMethod": "IN_AWS",
        "copyPrivateIp": True,
        "copyTags": False,
        "licensing": {"osByol": True},
    }
    found = launch_configuration(shape, SERVER)
    assert (found.server_id, found.template_id) == (SERVER, "lt-1")
    assert found.settings == LaunchSettings(
        disposition=Disposition.STOPPED,
        right_sizing=RightSizing.IN_AWS,
        copy_private_ip=True,
        copy_tags=False,
        os_byol=True,
    )


def test_a_word_that_drs_adds_is_unknown_and_what_is_missing_is_not_set() -> None:
    settings = launch_configuration({"launchDisposition": "ASLEEP"}, SERVER).settings
    assert settings == LaunchSettings(disposition=Disposition.UNKNOWN)


def test_a_request_names_only_what_changes() -> None:
    change = LaunchChange(
        names=("right_sizing", "os_byol"),
        values=LaunchSettings(right_sizing=RightSizing.NONE, os_byol=False, copy_tags=True),
    )
    assert configuration_request(SERVER, change) == {
        "sourceServerID": SERVER,
        "targetInstanceTypeRightSizingMethod": "NONE",
        "licensing": {"osByol": False},
    }


def test_the_template_that_drs_makes_is_read() -> None:
    assert template_settings(DRS_MADE) == LaunchSettings(
        instance_type="m5.large",
        security_group_ids=("sg-1",),
        associate_public_ip=False,
        instance_tags=(("Name", "web-01"),),
    )


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ({"Name": "app"}, "app"),
        ({"Arn": "arn:aws:iam::222222222222:instance-profile/teams/app"}, "app"),
        ({}, None),
    ],
)
def test_an_instance_profile_is_known_by_its_name(profile: dict[str, str], name: str | None) -> None:
    assert template_settings({"IamInstanceProfile": profile}).instance_profile == name


def test_an_address_is_read_from_either_place() -> None:
    listed = [{"PrivateIpAddress": "10.0.0.8"}, {"PrivateIpAddress": "10.0.0.9", "Primary": True}]
    for interface in ({"PrivateIpAddress": "10.0.0.9"}, {"PrivateIpAddresses": listed}):
        assert template_settings({"NetworkInterfaces": [interface]}).static_private_ip == "10.0.0.9"


def test_what_a_change_does_not_name_stays() -> None:
    after = written(DRS_MADE, subnet_id="subnet-1")
    assert after == {
        **DRS_MADE,
        "NetworkInterfaces": [
            {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": ["sg-1"], "SubnetId": "subnet-1"}
        ],
    }


def test_the_data_that_was_read_is_not_changed_in_place() -> None:
    before = repr(DRS_MADE)
    written(DRS_MADE, subnet_id="subnet-1", security_group_ids=("sg-2",), static_private_ip="10.0.0.9")
    assert repr(DRS_MADE) == before


def test_security_groups_move_into_the_interface_that_a_subnet_needs() -> None:
    after = written({"SecurityGroupIds": ["sg-1"]}, subnet_id="subnet-1")
    assert after == {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1", "Groups": ["sg-1"]}]}


def test_security_groups_alone_need_no_interface() -> None:
    assert written({}, security_group_ids=("sg-1",)) == {"SecurityGroupIds": ["sg-1"]}


def test_a_second_interface_stays_as_it_is() -> None:
    second = {"DeviceIndex": 1, "SubnetId": "subnet-9"}
    after = written({"NetworkInterfaces": [second]}, subnet_id="subnet-1")
    assert after["NetworkInterfaces"] == [{"DeviceIndex": 0, "SubnetId": "subnet-1"}, second]
    assert template_settings({"NetworkInterfaces": [second]}).subnet_id is None


def test_a_new_address_takes_the_place_of_a_listed_one() -> None:
    listed = [{"PrivateIpAddress": "10.0.0.8", "Primary": True}]
    after = written({"NetworkInterfaces": [{"PrivateIpAddresses": listed}]}, static_private_ip="10.0.0.9")
    assert after["NetworkInterfaces"] == [{"DeviceIndex": 0, "PrivateIpAddress": "10.0.0.9"}]


def test_tags_of_volumes_stay_as_they_are() -> None:
    volumes = {"ResourceType": "volume", "Tags": [{"Key": "Team", "Value": "dr"}]}
    after = written({"TagSpecifications": [volumes]}, instance_tags=(("Tier", "web"),))
    assert after["TagSpecifications"] == [
        volumes,
        {"ResourceType": "instance", "Tags": [{"Key": "Tier", "Value": "web"}]},
    ]


TEMPLATE_SETTINGS = st.builds(
    LaunchSettings,
    subnet_id=st.none() | st.sampled_from(["subnet-1", "subnet-2"]),
    security_group_ids=st.none() | st.lists(st.sampled_from(["sg-1", "sg-2"]), min_size=1).map(tuple),
    instance_type=st.none() | st.sampled_from(["m5.large", "c5.large"]),
    instance_profile=st.none() | st.just("app"),
    static_private_ip=st.none() | st.just("10.0.0.9"),
    associate_public_ip=st.none() | st.booleans(),
    detailed_monitoring=st.none() | st.booleans(),
    ebs_optimised=st.none() | st.booleans(),
    termination_protection=st.none() | st.booleans(),
    cpu_credits=st.none() | st.sampled_from([CpuCredits.STANDARD, CpuCredits.UNLIMITED]),
    instance_tags=st.none() | st.just((("Team", "dr"), ("Tier", "web"))),
)
TEMPLATE_FIELDS = tuple(name for name in FIELDS if name not in CONFIGURATION_FIELDS)


@given(TEMPLATE_SETTINGS)
def test_what_is_written_is_read_back(settings: LaunchSettings) -> None:
    data = changed_template({}, LaunchChange(names=TEMPLATE_FIELDS, values=settings))
    assert template_settings(data) == settings


@given(TEMPLATE_SETTINGS, TEMPLATE_SETTINGS)
def test_every_change_is_read_back_and_undone_without_a_trace(
    before: LaunchSettings, wanted: LaunchSettings
) -> None:
    data = changed_template({"UserData": "a script"}, LaunchChange(names=TEMPLATE_FIELDS, values=before))
    change = change_to(before, wanted)
    after = changed_template(data, change)
    assert change.is_in_force(template_settings(after))
    back = changed_template(after, undoing(change, before, template_settings(after)))
    assert template_settings(back) == before
    assert back["UserData"] == "a script"
