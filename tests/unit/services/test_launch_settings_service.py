"""Launch settings as somebody sees and edits them: inheritance, comparison, checks, and work without AWS."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drs_desktop.domain.errors import AwsUnreachable, NotFound, ValidationFailed
from drs_desktop.domain.launch_documents import SettingsEdit, StaleSettings
from drs_desktop.domain.launch_records import SyncState
from drs_desktop.domain.launch_settings import LaunchSettings, RightSizing, SettingOrigin
from drs_desktop.services.launch_views import LaunchSelection, SettingRow
from drs_desktop.storage.database import Database
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import a_key
from tests.helpers.launch_rig import GROUP_ID, OTHER_SUBNET, READS, SUBNET, LaunchRig, a_row

EVERYBODY = LaunchSelection()
FIRST = LaunchSelection(servers=("web-01",))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "workspace.db")
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def rig(database: Database) -> LaunchRig:
    return LaunchRig(database)


async def row(rig: LaunchRig, setting: str, selection: LaunchSelection = FIRST) -> SettingRow:
    (server,) = (await rig.service.show(selection)).servers
    return next(one for one in server.settings if one.name == setting)


# ---- looking


@on_loop
async def test_each_setting_tells_where_it_comes_from_and_what_stands_in_aws(rig: LaunchRig) -> None:
    await rig.want(subnet_id=SUBNET.subnet_id, copy_tags=False)
    await rig.want("web-01", copy_tags=True)
    subnet, tags, kind = [await row(rig, one) for one in ("subnet_id", "copy_tags", "instance_type")]
    assert (subnet.wanted, subnet.origin, subnet.in_aws) == (SUBNET.subnet_id, SettingOrigin.GROUP, "not set")
    assert (tags.wanted, tags.origin, tags.is_different) == ("on", SettingOrigin.SERVER, False)
    assert (kind.wanted, kind.origin, kind.in_aws) == (None, SettingOrigin.UNSET, "m5.large")


@on_loop
async def test_a_difference_is_a_sentence_and_the_group_is_as_its_worst_server(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    view = await rig.service.show(EVERYBODY)
    first, second = view.servers
    assert first.differences == ("The copying of tags is on, wanted is off.",)
    assert (first.state, second.state) == (SyncState.PENDING, SyncState.NOT_CONFIGURED)
    assert view.groups[0].state is SyncState.PENDING


@on_loop
async def test_without_aws_what_was_seen_last_is_shown_with_its_time_and_the_reason(rig: LaunchRig) -> None:
    await rig.service.show(FIRST)
    seen_at = rig.clock.service_now()
    rig.aws.fail("GetLaunchConfiguration", AwsUnreachable("No network."))
    (server,) = (await rig.service.show(FIRST)).servers
    assert (server.observed_at, server.problem) == (seen_at, "No network.")
    assert server.settings[2].in_aws == "m5.large"


@on_loop
async def test_what_was_never_seen_is_unknown_and_never_ready(rig: LaunchRig) -> None:
    await rig.service.edit_server(
        "web-01", SettingsEdit(values=LaunchSettings(copy_tags=True)), ask_aws=False
    )
    (server,) = (await rig.service.show(FIRST, ask_aws=False)).servers
    assert server.state is SyncState.UNKNOWN
    assert {one.in_aws for one in server.settings} == {"not seen yet"}
    assert rig.aws.calls == []
    assert rig.inventory.reads == 0


@on_loop
async def test_where_nothing_answers_the_rest_is_not_asked(database: Database) -> None:
    rig = LaunchRig(database, count=60)
    rig.aws.fail("GetLaunchConfiguration", *[AwsUnreachable("No network.")] * 60)
    view = await rig.service.show(EVERYBODY)
    assert {server.problem for server in view.servers} == {"No network."}
    assert len(rig.aws.calls) < 40


@on_loop
async def test_a_selection_names_what_there_is(rig: LaunchRig) -> None:
    view = await rig.service.show(LaunchSelection(groups=("group-1",)))
    assert [server.name for server in view.servers] == ["web-01", "web-02"]
    with pytest.raises(NotFound, match=r"There is no protection group 'grp' here\. Groups: group-1"):
        await rig.service.show(LaunchSelection(groups=("grp",)))
    with pytest.raises(NotFound, match="There is no source server 'web-09'"):
        await rig.service.show(LaunchSelection(servers=("web-09",)))
    with pytest.raises(NotFound, match="There is no recovery plan 'pay'"):
        await rig.service.show(LaunchSelection(plans=("pay",)))


@on_loop
async def test_a_plan_means_the_servers_of_its_groups(rig: LaunchRig) -> None:
    (plan,) = await rig.repository.plans()
    view = await rig.service.show(LaunchSelection(plans=(plan.name,)))
    assert [server.name for server in view.servers] == ["web-01", "web-02"]


@on_loop
async def test_a_name_that_two_servers_have_is_not_guessed(rig: LaunchRig) -> None:
    rig.inventory.rows = [a_row(1), a_row(2, name="web-01")]
    with pytest.raises(NotFound, match="Several source servers are called 'web-01'"):
        await rig.service.show(FIRST)


# ---- editing


@on_loop
async def test_an_edit_is_a_version_with_who_and_what(rig: LaunchRig) -> None:
    report = await rig.service.edit_server("web-01", SettingsEdit(values=LaunchSettings(copy_tags=False)))
    assert (report.revision, report.differences, report.is_saved) == (
        1,
        ("copying of tags not set -> off",),
        True,
    )
    await rig.want("web-01", os_byol=True)
    versions = await rig.service.versions(server="web-01")
    assert [(one.document.revision, one.saved_by) for one in versions] == [
        (2, "anna@desk"),
        (1, "anna@desk"),
    ]


@on_loop
async def test_an_edit_that_changes_nothing_is_no_version(rig: LaunchRig) -> None:
    await rig.want(copy_tags=False)
    report = await rig.service.edit_group("group-1", SettingsEdit(values=LaunchSettings(copy_tags=False)))
    assert (report.revision, report.differences, report.is_saved) == (1, (), False)
    assert len(await rig.service.versions(group="group-1")) == 1


@on_loop
async def test_a_type_without_a_word_about_right_sizing_is_warned_of(rig: LaunchRig) -> None:
    edit = SettingsEdit(values=LaunchSettings(instance_type="c5.large"))
    report = await rig.service.edit_group("group-1", edit)
    assert report.is_saved
    assert [one.level.value for one in report.findings] == ["warning"]


@on_loop
async def test_an_edit_of_what_somebody_saved_since_is_refused_with_the_difference(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    await rig.want("web-01", copy_tags=True)
    edit = SettingsEdit(values=LaunchSettings(os_byol=True), based_on=1)
    with pytest.raises(StaleSettings, match="copying of tags off -> on"):
        await rig.service.edit_server("web-01", edit)
    assert (await rig.service.edit_server("web-01", replace(edit, based_on=2))).revision == 3


@on_loop
async def test_a_dry_edit_saves_nothing(rig: LaunchRig) -> None:
    edit = SettingsEdit(values=LaunchSettings(subnet_id="subnet-0c1b2c3d"))
    report = await rig.service.edit_server("web-01", edit, is_dry=True)
    assert [one.problem.value for one in report.findings] == ["SUBNET_NOT_FOUND"]
    assert await rig.store.servers() == {}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"subnet_id": "subnet-0c1b2c3d"}, "is not in this account and Region"),
        ({"static_private_ip": "10.0.2.9", "subnet_id": SUBNET.subnet_id}, "is not in subnet-0a1b2c3d"),
        ({"static_private_ip": "10.0.1.9"}, "needs a subnet to lie in"),
        ({"subnet_id": OTHER_SUBNET.subnet_id, "security_group_ids": (GROUP_ID,)}, "is not in vpc-2"),
        ({"instance_type": "m5.large"}, "would overwrite the instance type"),
        ({"instance_type": "x9.large", "right_sizing": RightSizing.NONE}, "is not to be had"),
        ({"copy_private_ip": True, "subnet_id": OTHER_SUBNET.subnet_id}, "which is to be copied, is not in"),
    ],
)
@on_loop
async def test_what_would_not_launch_is_not_saved(
    rig: LaunchRig, values: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationFailed, match=said):
        await rig.want("web-01", **values)
    assert await rig.store.servers() == {}


@on_loop
async def test_an_address_that_another_server_has_is_not_saved(rig: LaunchRig) -> None:
    await rig.want(subnet_id=SUBNET.subnet_id)
    await rig.want("web-01", static_private_ip="10.0.1.9")
    with pytest.raises(ValidationFailed, match="is also that of"):
        await rig.want("web-02", static_private_ip="10.0.1.9")


@on_loop
async def test_a_new_subnet_of_the_group_has_to_hold_the_addresses_of_its_servers(rig: LaunchRig) -> None:
    await rig.want(subnet_id=SUBNET.subnet_id)
    await rig.want("web-01", static_private_ip="10.0.1.9")
    with pytest.raises(ValidationFailed, match=r"web-01: 10\.0\.1\.9 is not in subnet-0b1b2c3d"):
        await rig.want(subnet_id=OTHER_SUBNET.subnet_id)
    await rig.want("web-01", subnet_id=SUBNET.subnet_id)
    await rig.want(subnet_id=OTHER_SUBNET.subnet_id)


@on_loop
async def test_an_address_in_use_is_not_saved_but_for_the_servers_own_instance(rig: LaunchRig) -> None:
    rig.aws.holders = {SUBNET.subnet_id: {"10.0.1.9": "i-0a1b2c3d"}}
    with pytest.raises(ValidationFailed, match="is held by i-0a1b2c3d"):
        await rig.want("web-01", subnet_id=SUBNET.subnet_id, static_private_ip="10.0.1.9")
    rig.inventory.rows = [a_row(1, recovery_instance_id="i-0a1b2c3d")]
    await rig.want("web-01", subnet_id=SUBNET.subnet_id, static_private_ip="10.0.1.9")


@on_loop
async def test_without_aws_an_edit_is_saved_and_says_what_was_not_checked(rig: LaunchRig) -> None:
    edit = SettingsEdit(values=LaunchSettings(subnet_id=SUBNET.subnet_id, right_sizing=RightSizing.NONE))
    report = await rig.service.edit_server("web-01", edit, ask_aws=False)
    assert report.is_saved
    assert [one.level.value for one in report.findings] == ["not checked"]


@on_loop
async def test_the_choices_are_those_of_the_account(rig: LaunchRig) -> None:
    facts = await rig.service.choices(a_key(1).scope)
    assert facts.subnets is not None
    assert set(facts.subnets) == {SUBNET.subnet_id, OTHER_SUBNET.subnet_id}
    assert facts.instance_profiles == {"app"}


# ---- at a start


@on_loop
async def test_a_preview_costs_nothing_for_servers_for_which_nothing_is_wanted(rig: LaunchRig) -> None:
    assert (await rig.service.preview(EVERYBODY)).lines == ()
    assert not READS & {operation for operation, _ in rig.aws.calls}


@on_loop
async def test_a_preview_of_the_same_has_the_same_fingerprint_and_of_another_another(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    first = await rig.service.preview(FIRST)
    assert (await rig.service.preview(FIRST)).fingerprint == first.fingerprint
    rig.aws.change(a_key(1), os_byol=True)
    second = await rig.service.preview(FIRST)
    assert second.fingerprint != first.fingerprint
    line = replace(second.lines[0], wanted=LaunchSettings())
    assert line.sentences == ("The copying of tags is on and becomes off.",)
