"""Changes of launch settings: what is written, in which of the two places, and how it is undone."""

from hypothesis import given

from drs_desktop.domain.launch_changes import LaunchChange, change_to, resulting, undoing
from drs_desktop.domain.launch_settings import (
    CONFIGURATION_FIELDS,
    Disposition,
    LaunchSettings,
    RightSizing,
    set_fields,
)
from tests.unit.domain.test_launch_settings import ANY_SETTINGS

IN_AWS = LaunchSettings(
    instance_type="m5.large",
    security_group_ids=("sg-1", "sg-2"),
    right_sizing=RightSizing.BASIC,
    copy_tags=True,
)


def test_only_what_is_wanted_and_different_is_written() -> None:
    wanted = LaunchSettings(instance_type="c5.large", copy_tags=True, security_group_ids=("sg-2", "sg-1"))
    assert change_to(IN_AWS, wanted).names == ("instance_type",)


def test_wanted_tags_are_added_to_those_that_stand_there() -> None:
    tagged = LaunchSettings(instance_tags=(("Name", "web-01"), ("Team", "old")))
    change = change_to(tagged, LaunchSettings(instance_tags=(("Team", "dr"),)))
    assert dict(change.values.instance_tags or ()) == {"Name": "web-01", "Team": "dr"}
    assert change_to(change.applied_to(tagged), LaunchSettings(instance_tags=(("Team", "dr"),))).is_empty
    assert undoing(change, tagged, change.applied_to(tagged)).values.instance_tags == tagged.instance_tags


def test_nothing_wanted_is_no_change() -> None:
    assert change_to(IN_AWS, LaunchSettings()).is_empty


def test_a_change_is_split_between_drs_and_the_launch_template() -> None:
    wanted = LaunchSettings(subnet_id="subnet-1", right_sizing=RightSizing.NONE)
    change = change_to(IN_AWS, wanted)
    assert change.configuration.names == ("right_sizing",)
    assert change.template.names == ("subnet_id",)


def test_what_is_not_in_force_is_told() -> None:
    change = change_to(IN_AWS, LaunchSettings(instance_type="c5.large"))
    assert change.missed(IN_AWS) == ("The instance type is m5.large, not c5.large.",)
    assert change.is_in_force(LaunchSettings(instance_type="c5.large"))


def test_a_change_is_told_with_what_is_and_what_becomes() -> None:
    change = change_to(IN_AWS, LaunchSettings(subnet_id="subnet-1"))
    assert change.sentences(IN_AWS) == ("The subnet is not set and becomes subnet-1.",)
    assert change.words == "subnet"


def test_undoing_takes_a_value_out_that_was_not_there_before() -> None:
    change = change_to(IN_AWS, LaunchSettings(subnet_id="subnet-1"))
    undone = undoing(change, IN_AWS, change.applied_to(IN_AWS))
    assert undone == LaunchChange(names=("subnet_id",), values=IN_AWS)
    assert undone.values.subnet_id is None


def test_undoing_leaves_what_drs_never_said() -> None:
    change = change_to(IN_AWS, LaunchSettings(disposition=Disposition.STOPPED))
    assert undoing(change, IN_AWS, change.applied_to(IN_AWS)).is_empty


def test_undoing_leaves_what_the_change_did_not_touch() -> None:
    change = change_to(IN_AWS, LaunchSettings(subnet_id="subnet-1"))
    since = LaunchSettings(subnet_id="subnet-1", instance_type="c5.large")
    assert undoing(change, IN_AWS, since).names == ("subnet_id",)


@given(ANY_SETTINGS, ANY_SETTINGS)
def test_what_is_written_brings_all_that_is_wanted_into_force(
    observed: LaunchSettings, wanted: LaunchSettings
) -> None:
    change = change_to(observed, wanted)
    after = change.applied_to(observed)
    assert change.is_in_force(after)
    assert change_to(after, wanted).is_empty
    assert (
        set_fields(after).items()
        >= {name: value for name, value in set_fields(wanted).items() if name in change.names}.items()
    )


@given(ANY_SETTINGS, ANY_SETTINGS)
def test_undoing_brings_back_every_value_of_the_launch_template(
    before: LaunchSettings, wanted: LaunchSettings
) -> None:
    change = change_to(before, wanted)
    after = change.applied_to(before)
    back = undoing(change, before, after).applied_to(after)
    for name in change.names:
        if name not in CONFIGURATION_FIELDS or getattr(before, name) is not None:
            assert getattr(back, name) == getattr(before, name)


@given(ANY_SETTINGS, ANY_SETTINGS)
def test_a_launch_follows_what_is_wanted_and_else_what_stands_in_aws(
    observed: LaunchSettings, wanted: LaunchSettings
) -> None:
    after = set_fields(resulting(observed, wanted))
    assert after == {**set_fields(observed), **set_fields(wanted)}
