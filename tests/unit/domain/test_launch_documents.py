"""Editing what is kept: a group's defaults, a server's own settings, and stale saves in words."""

from dataclasses import replace

import pytest

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.launch_documents import (
    GroupDefaults,
    ServerSettings,
    SettingsEdit,
    StaleSettings,
    edited_group,
    edited_server,
    version_differences,
)
from drs_desktop.domain.launch_settings import NEW_GROUP, LaunchSettings, ServerOverride
from tests.helpers.builders import a_key

GROUP = GroupDefaults(group_id=GroupId("web"))
SAVED = replace(GROUP, settings=LaunchSettings(subnet_id="subnet-1", copy_tags=False), revision=3)
SERVER = ServerSettings(key=a_key(1))
TYPE = LaunchSettings(instance_type="c5.large")


def test_defaults_that_were_never_saved_begin_as_every_new_group() -> None:
    assert edited_group(GROUP, SettingsEdit(values=TYPE)).settings == replace(
        NEW_GROUP, instance_type="c5.large"
    )


def test_an_edit_leaves_what_it_does_not_name() -> None:
    edit = SettingsEdit(values=TYPE, cleared=frozenset({"copy_tags"}))
    assert edited_group(SAVED, edit).settings == LaunchSettings(
        subnet_id="subnet-1", instance_type="c5.large"
    )


def test_a_reset_begins_with_nothing() -> None:
    assert edited_group(SAVED, SettingsEdit(values=TYPE, is_reset=True)).settings == TYPE
    own = replace(SERVER, override=ServerOverride(settings=TYPE, uses_group_defaults=False))
    assert edited_server(own, SettingsEdit(is_reset=True)).override == ServerOverride()


def test_a_server_can_go_without_the_groups_defaults() -> None:
    edited = edited_server(SERVER, SettingsEdit(values=TYPE, uses_group_defaults=False))
    assert edited.override == ServerOverride(settings=TYPE, uses_group_defaults=False)
    assert edited_server(edited, SettingsEdit()).override.uses_group_defaults is False


def test_a_group_has_no_static_address() -> None:
    with pytest.raises(ValidationFailed, match="one server's own"):
        edited_group(GROUP, SettingsEdit(values=LaunchSettings(static_private_ip="10.0.0.9")))


def test_a_group_cannot_go_without_its_own_defaults() -> None:
    with pytest.raises(ValidationFailed, match="name a server"):
        edited_group(GROUP, SettingsEdit(uses_group_defaults=False))


def test_a_stale_save_says_what_is_different_now() -> None:
    newest = replace(SAVED, settings=LaunchSettings(subnet_id="subnet-2"), revision=4)
    text = str(StaleSettings(SAVED, newest))
    assert "saved as revision 4 since you read revision 3" in text
    assert "subnet subnet-1 -> subnet-2; copying of tags off -> not set" in text


def test_versions_of_a_server_differ_in_whether_the_group_counts() -> None:
    alone = replace(SERVER, override=ServerOverride(uses_group_defaults=False))
    assert version_differences(SERVER, alone) == ("the group's defaults do not count",)
