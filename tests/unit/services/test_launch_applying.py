"""Writing launch settings: the order of calls, what is checked and recorded, failures one by one, undo."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drs_desktop.domain.audit import AuditKind
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsRejected,
    AwsUnreachable,
    OutcomeUnknown,
    SignInNeeded,
    StorageError,
    Throttled,
)
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.launch_records import ABANDONED_AFTER, Outcome, SyncState, Verb
from drs_desktop.domain.launch_settings import RightSizing
from drs_desktop.domain.permissions import RefusedByRole
from drs_desktop.domain.roles import Role
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.launch_applier import SERVERS_AT_ONCE
from drs_desktop.services.launch_views import LaunchReport, LaunchSelection
from drs_desktop.storage.database import Database
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import a_key
from tests.helpers.launch_rig import AS_DRS_MAKES_IT, SUBNET, LaunchRig

EVERYBODY = LaunchSelection()
FIRST = LaunchSelection(servers=("web-01",))
KEY = a_key(1)
ID = KEY.source_server_id


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "workspace.db")
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def rig(database: Database) -> LaunchRig:
    return LaunchRig(database)


async def applied(rig: LaunchRig, selection: LaunchSelection = EVERYBODY) -> LaunchReport:
    return await rig.service.apply(await rig.service.preview(selection))


async def restored(rig: LaunchRig, *, is_forced: bool = False) -> LaunchReport:
    preview = await rig.service.preview_restore(EVERYBODY)
    return await rig.service.restore(preview, is_forced=is_forced)


async def state(rig: LaunchRig) -> SyncState:
    (server,) = (await rig.service.show(FIRST)).servers
    return server.state


# ---- writing


@on_loop
async def test_drs_is_written_first_and_then_the_launch_template(rig: LaunchRig) -> None:
    await rig.want("web-01", subnet_id=SUBNET.subnet_id, copy_tags=False)
    (outcome,) = (await applied(rig)).outcomes
    assert (outcome.is_well, outcome.is_written) == (True, True)
    assert rig.aws.writes == [
        ("UpdateLaunchConfiguration", ID),
        ("CreateLaunchTemplateVersion", ID),
        ("ModifyLaunchTemplate", ID),
    ]
    assert rig.aws.of(KEY).settings == replace(AS_DRS_MAKES_IT, subnet_id=SUBNET.subnet_id, copy_tags=False)
    assert await state(rig) is SyncState.READY


@on_loop
async def test_only_the_place_that_changes_is_written(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    await applied(rig)
    assert rig.aws.writes == [("UpdateLaunchConfiguration", ID)]


@on_loop
async def test_what_is_as_wanted_already_is_not_written_again(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    await applied(rig)
    calls = len(rig.aws.writes)
    assert (await applied(rig)).outcomes == ()
    assert len(rig.aws.writes) == calls


@on_loop
async def test_the_version_that_drs_makes_by_itself_is_what_ours_comes_from(rig: LaunchRig) -> None:
    """Its update of the launch configuration makes a version of the template: nothing of that may be lost."""

    def by_drs(operation: str, key: ServerKey) -> None:
        if operation == "UpdateLaunchConfiguration":
            rig.aws.change(key, detailed_monitoring=True)

    rig.aws.after_call = by_drs
    await rig.want("web-01", subnet_id=SUBNET.subnet_id, copy_tags=False)
    (outcome,) = (await applied(rig)).outcomes
    assert outcome.is_well
    assert rig.aws.of(KEY).settings.detailed_monitoring is True
    assert rig.aws.of(KEY).settings.subnet_id == SUBNET.subnet_id


@on_loop
async def test_what_was_written_but_is_not_in_force_is_a_failure(rig: LaunchRig) -> None:
    rig.aws.is_deaf = True
    await rig.want("web-01", copy_tags=False)
    (outcome,) = (await applied(rig)).outcomes
    assert not outcome.is_well
    assert "The copying of tags is on, not off." in outcome.text
    assert await state(rig) is SyncState.FAILED


@on_loop
async def test_a_template_that_is_gone_is_said_with_what_to_do(rig: LaunchRig) -> None:
    await rig.want("web-01", subnet_id=SUBNET.subnet_id)
    preview = await rig.service.preview(FIRST)
    rig.aws.of(KEY).default = 0
    (outcome,) = (await rig.service.apply(preview)).outcomes
    assert "somebody changed it" in outcome.text
    (again,) = (await applied(rig)).outcomes
    assert "DRS makes it again at the next launch" in again.text


# ---- written down before


@on_loop
async def test_each_server_is_audited_and_recorded_before_its_first_call(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    seen: list[list[AuditKind]] = []
    heard = rig.aws.called

    def called(operation: str, key: ServerKey | None, subject: str = "") -> None:
        if operation == "UpdateLaunchConfiguration":
            seen.append([entry.kind for entry in rig.trail.entries])
        heard(operation, key, subject)

    rig.aws.called = called  # type: ignore[method-assign]
    await applied(rig)
    assert seen[0][-2:] == [AuditKind.COMMAND, AuditKind.CALL]
    entry = rig.trail.entries[-1]
    assert dict(entry.details)["server"] == ID
    assert entry.words == "The launch settings of web-01 are about to be written: copying of tags."
    (record,) = await rig.service.records("web-01")
    assert (record.verb, record.outcome, record.before) == (Verb.APPLY, Outcome.DONE, AS_DRS_MAKES_IT)


@on_loop
async def test_what_cannot_be_written_down_is_not_called(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    preview = await rig.service.preview(FIRST)
    rig.trail.is_broken = True
    with pytest.raises(StorageError):
        await rig.service.apply(preview)
    assert rig.aws.writes == []


@on_loop
async def test_who_may_only_look_writes_nothing(database: Database) -> None:
    rig = LaunchRig(database, role=Role.VIEWER)
    await rig.want("web-01", copy_tags=False)
    preview = await rig.service.preview(FIRST)
    with pytest.raises(RefusedByRole, match="DRSViewer may not apply launch settings in AWS"):
        await rig.service.apply(preview)
    assert (rig.aws.writes, rig.aws.sessions) == ([], [])


# ---- as it was shown


@on_loop
async def test_what_somebody_changed_since_the_preview_is_left_alone(rig: LaunchRig) -> None:
    await rig.want(copy_tags=False)
    preview = await rig.service.preview(EVERYBODY)
    rig.aws.change(KEY, instance_type="c5.large")
    first, second = (await rig.service.apply(preview)).outcomes
    assert (first.is_written, second.is_well) == (False, True)
    assert "the instance type was m5.large and is c5.large" in first.text


@on_loop
async def test_what_was_edited_since_the_preview_is_not_written(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    preview = await rig.service.preview(FIRST)
    await rig.want("web-01", os_byol=True)
    (outcome,) = (await rig.service.apply(preview)).outcomes
    assert not outcome.is_written
    assert "edited since it was shown" in outcome.text


@on_loop
async def test_an_address_that_was_taken_since_the_preview_is_not_written(rig: LaunchRig) -> None:
    await rig.want("web-01", subnet_id=SUBNET.subnet_id, static_private_ip="10.0.1.9")
    preview = await rig.service.preview(FIRST)
    rig.aws.holders = {SUBNET.subnet_id: {"10.0.1.9": "eni-1"}}
    (outcome,) = (await rig.service.apply(preview)).outcomes
    assert "10.0.1.9 is held by eni-1" in outcome.text
    assert rig.aws.writes == []


@on_loop
async def test_what_could_not_be_checked_has_to_be_accepted_but_an_address_never_is(rig: LaunchRig) -> None:
    await rig.want("web-01", subnet_id=SUBNET.subnet_id)
    await rig.want("web-02", subnet_id=SUBNET.subnet_id, static_private_ip="10.0.1.9")
    preview = await rig.service.preview(EVERYBODY)

    def blind() -> None:
        rig.aws.fail("DescribeSubnets", AwsUnreachable("No network."))

    blind()
    assert [one.is_written for one in (await rig.service.apply(preview)).outcomes] == [False, False]
    blind()
    report = await rig.service.apply(preview, accept_unchecked=True)
    assert [one.is_well for one in report.outcomes] == [True, False]
    assert "could not be checked" in report.failed[0].text


@on_loop
async def test_another_console_at_the_same_server_is_respected(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    preview = await rig.service.preview(FIRST)
    await applied(rig, FIRST)
    (record,) = await rig.service.records("web-01")
    await rig.store.end(replace(record, outcome=Outcome.BEGUN, begun_by="ben@desk"))
    rig.aws.change(KEY, copy_tags=True)
    (outcome,) = (await rig.service.apply(preview)).outcomes
    assert "are being written by ben@desk" in outcome.text
    assert await state(rig) is SyncState.SYNCING


# ---- failures


@pytest.mark.parametrize(
    "error", [Throttled("Slow down."), AwsUnreachable("Reset."), OutcomeUnknown("No answer.")]
)
@on_loop
async def test_what_may_pass_is_tried_three_times(rig: LaunchRig, error: Exception) -> None:
    assert isinstance(error, Throttled | AwsUnreachable | OutcomeUnknown)
    await rig.want("web-01", copy_tags=False)
    rig.aws.fail("UpdateLaunchConfiguration", error, error)
    (outcome,) = (await applied(rig)).outcomes
    assert outcome.is_well
    assert len(rig.aws.writes) == 3
    assert [wait.total_seconds() for wait in rig.clock.slept] == [1, 2]


@on_loop
async def test_a_refusal_is_not_tried_again_and_keeps_no_other_back(rig: LaunchRig) -> None:
    await rig.want(copy_tags=False, os_byol=True)
    rig.aws.fail("UpdateLaunchConfiguration", AwsRejected("AWS refused it."), key=KEY)
    first, second = (await applied(rig)).outcomes
    assert (first.is_well, second.is_well) == (False, True)
    assert "AWS refused it. `launch-settings restore` puts back" in first.text
    assert rig.clock.slept == []


@on_loop
async def test_a_half_written_server_is_failed_and_can_be_put_back(rig: LaunchRig) -> None:
    await rig.want("web-01", subnet_id=SUBNET.subnet_id, copy_tags=False)
    rig.aws.fail("CreateLaunchTemplateVersion", AccessDenied("The role may not do this."))
    (outcome,) = (await applied(rig)).outcomes
    assert (outcome.is_well, outcome.is_written) == (False, True)
    assert rig.aws.of(KEY).settings.copy_tags is False
    assert await state(rig) is SyncState.FAILED
    (back,) = (await restored(rig)).outcomes
    assert back.is_well
    assert rig.aws.of(KEY).settings == AS_DRS_MAKES_IT


@on_loop
async def test_no_session_writes_nothing_and_says_so_for_every_server(rig: LaunchRig) -> None:
    await rig.want(copy_tags=False)
    preview = await rig.service.preview(EVERYBODY)
    rig.aws.fail("AssumeRole", AccessDenied("The role cannot be assumed."))
    report = await rig.service.apply(preview)
    assert [one.text for one in report.outcomes] == ["The role cannot be assumed."] * 2
    assert rig.aws.writes == []


@on_loop
async def test_after_a_session_ended_nothing_more_is_begun(database: Database) -> None:
    rig = LaunchRig(database, count=SERVERS_AT_ONCE * 3)
    await rig.want(copy_tags=False)
    rig.aws.fail("UpdateLaunchConfiguration", *[SignInNeeded("Sign in again.")] * 100)
    report = await applied(rig)
    assert len(report.failed) == SERVERS_AT_ONCE * 3
    assert len(rig.aws.writes) <= SERVERS_AT_ONCE


@on_loop
async def test_five_hundred_servers_are_written_with_a_result_each_and_some_at_once(
    database: Database,
) -> None:
    rig = LaunchRig(database, count=500)
    await rig.want(copy_tags=False)
    for number in range(1, 501, 50):
        rig.aws.fail("UpdateLaunchConfiguration", AwsRejected("AWS refused it."), key=a_key(number))
    told: list[tuple[int, int]] = []
    preview = await rig.service.preview(EVERYBODY)
    report = await rig.service.apply(preview, progress=lambda done, total: told.append((done, total)))
    assert (len(report.outcomes), len(report.failed)) == (500, 10)
    assert told == [(number, 500) for number in range(1, 501)]
    assert len(rig.aws.sessions) == 1


@on_loop
async def test_a_console_that_ends_half_way_leaves_word_of_it_and_what_to_put_back(rig: LaunchRig) -> None:
    await rig.want("web-01", subnet_id=SUBNET.subnet_id, copy_tags=False)
    preview = await rig.service.preview(FIRST)

    def end(operation: str, key: ServerKey) -> None:
        apply.cancel()

    rig.aws.after_call = end
    apply = spawn(rig.service.apply(preview), name="apply")
    with pytest.raises(asyncio.CancelledError):
        await apply
    assert rig.aws.writes == [("UpdateLaunchConfiguration", ID)]
    assert await state(rig) is SyncState.SYNCING

    rig.aws.after_call = None
    await rig.clock.advance(ABANDONED_AFTER)
    (server,) = (await rig.service.show(FIRST)).servers
    assert server.state is SyncState.FAILED
    assert "its end was never written down" in server.last_change
    (back,) = (await restored(rig)).outcomes
    assert back.is_well
    assert rig.aws.of(KEY).settings == AS_DRS_MAKES_IT


# ---- taking back


@on_loop
async def test_a_restore_puts_every_value_back_and_what_was_not_there_is_not_there_again(
    rig: LaunchRig,
) -> None:
    sized = {"right_sizing": RightSizing.NONE, "instance_type": "c5.large"}
    await rig.want("web-01", subnet_id=SUBNET.subnet_id, static_private_ip="10.0.1.9", **sized)
    await applied(rig)
    (outcome,) = (await restored(rig)).outcomes
    assert outcome.is_well
    assert rig.aws.of(KEY).settings == AS_DRS_MAKES_IT


@on_loop
async def test_restores_go_back_one_apply_each(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    await applied(rig)
    await rig.want("web-01", os_byol=True)
    await applied(rig)
    await restored(rig)
    assert rig.aws.of(KEY).settings == replace(AS_DRS_MAKES_IT, copy_tags=False)
    await restored(rig)
    assert rig.aws.of(KEY).settings == AS_DRS_MAKES_IT
    assert (await rig.service.preview_restore(EVERYBODY)).lines == ()


@on_loop
async def test_a_restore_leaves_what_somebody_changed_since_unless_told_to(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    await applied(rig)
    rig.aws.change(KEY, copy_tags=True)
    rig.aws.change(KEY, os_byol=True)
    (outcome,) = (await restored(rig)).outcomes
    assert not outcome.is_written
    assert "Somebody changed it since it was written" in outcome.text
    (forced,) = (await restored(rig, is_forced=True)).outcomes
    assert forced.is_well
    assert rig.aws.of(KEY).settings == replace(AS_DRS_MAKES_IT, os_byol=True)


@on_loop
async def test_what_was_never_in_force_can_be_put_back_without_force(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False, os_byol=True)
    rig.aws.is_deaf = True
    await applied(rig)
    rig.aws.is_deaf = False
    (outcome,) = (await restored(rig)).outcomes
    assert (outcome.is_well, outcome.text) == (True, "Already as it was before.")
    assert (await rig.service.preview_restore(EVERYBODY)).lines == ()


@on_loop
async def test_a_foreign_change_is_seen_after_an_apply(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    await applied(rig)
    rig.aws.change(KEY, copy_tags=True)
    (server,) = (await rig.service.show(FIRST)).servers
    assert server.state is SyncState.DRIFTED
    assert server.drift[0].endswith("the copying of tags was off and is on.")
    assert server.last_change.startswith("apply: done 20")


@on_loop
async def test_a_server_whose_last_look_failed_is_not_written(rig: LaunchRig) -> None:
    await rig.want("web-01", copy_tags=False)
    rig.aws.fail("GetLaunchConfiguration", AwsUnreachable("No network."))
    preview = await rig.service.preview(FIRST)
    (outcome,) = (await rig.service.apply(preview)).outcomes
    assert outcome.text == "Nothing was written: AWS could not be asked: No network."
