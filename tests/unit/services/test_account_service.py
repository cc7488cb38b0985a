"""Target accounts on a real database: registered, edited, tested, removed when nothing uses them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drs_desktop.domain.accounts import StagingAccount
from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsError,
    AwsRejected,
    AwsUnreachable,
    NotFound,
    ValidationFailed,
)
from drs_desktop.domain.ids import AccountId, GroupId, PlanId, Region
from drs_desktop.domain.permission_report import Missing
from drs_desktop.domain.permissions import RefusedByRole
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave
from drs_desktop.domain.target_accounts import ProbeLevel, RolePermissions
from drs_desktop.services.access_service import DEMO_ACCESS
from drs_desktop.storage.database import Database
from tests.helpers.access_rig import AccessRig
from tests.helpers.accounts_rig import NUMBER, PAYROLL, Desk, FakeReader
from tests.helpers.asynchronous import on_loop
from tests.helpers.fake_services import DRILL_ID, a_finished_view, a_launch, a_view

HUB = AccountId("111111111111")
STAGING = StagingAccount(
    account_id=AccountId("444444444444"),
    role_arn="arn:aws:iam::444444444444:role/ReadServers",
    external_id="between-us",
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An administrator's desk in an empty workspace."""
    database = Database(tmp_path / "workspace.db")
    database.open()
    yield Desk(database)
    database.close()


@on_loop
async def test_registered_account_is_listed_and_reached(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    (row,) = await desk.service.list_accounts()
    assert (row.account, row.use.words) == (PAYROLL, "")
    assert desk.aws.reached == [(PAYROLL,)]


@on_loop
async def test_account_is_found_by_number_and_by_name(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    assert (await desk.service.show(NUMBER)).account == PAYROLL
    assert (await desk.service.show(AccountId("payroll-dr"))).account == PAYROLL
    with pytest.raises(NotFound, match=r"There are: 012345678901 \(payroll-dr\)\."):
        await desk.service.show(AccountId("storefront"))


@on_loop
async def test_account_is_registered_once(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    with pytest.raises(ValidationFailed, match="registered already"):
        await desk.service.add(replace(PAYROLL, name="other"))


@on_loop
async def test_entry_that_cannot_be_meant_is_not_saved(desk: Desk) -> None:
    with pytest.raises(ValidationFailed, match="at least one Region"):
        await desk.service.add(replace(PAYROLL, regions=()))
    assert await desk.service.list_accounts() == ()


@on_loop
async def test_edited_account_replaces_the_earlier_one(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    changed = replace(PAYROLL, environment="production", colour="#b45309")
    await desk.service.edit(changed)
    assert [row.account for row in await desk.service.list_accounts()] == [changed]


@on_loop
async def test_account_that_was_never_registered_cannot_be_edited(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.service.edit(PAYROLL)


@on_loop
async def test_removed_account_is_gone_and_may_come_back(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    await desk.service.remove(NUMBER)
    assert await desk.service.list_accounts() == ()
    assert desk.aws.reached[-1] == ()
    await desk.service.add(PAYROLL)
    assert len(await desk.service.list_accounts()) == 1


@on_loop
async def test_account_of_a_group_and_its_plan_stays(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    await desk.repository.save_groups([_group()], by="anna")
    await desk.repository.save_plans([_plan()], by="anna")
    with pytest.raises(ValidationFailed, match="protection group db; recovery plan payroll"):
        await desk.service.remove(NUMBER)
    assert len(await desk.service.list_accounts()) == 1


@pytest.mark.parametrize(("left", "is_used"), [(3, True), (0, False)])
@on_loop
async def test_account_with_instances_left_of_an_ended_execution_stays(
    desk: Desk, left: int, is_used: bool
) -> None:
    await desk.service.add(PAYROLL)
    desk.history.views = [a_finished_view(servers=(a_launch(),), instances_left=left)]
    (row,) = await desk.service.list_accounts()
    assert bool(row.use.execution_ids) is is_used


@on_loop
async def test_account_of_a_live_execution_stays(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    desk.history.views = [a_view(servers=(a_launch(),), instances_left=0)]
    with pytest.raises(ValidationFailed, match=f"execution {DRILL_ID}"):
        await desk.service.remove(NUMBER)


# ---- testing an account


@on_loop
async def test_account_in_order_passes_every_test(desk: Desk) -> None:
    findings = await desk.validated()
    assert [level for level, _ in findings] == [ProbeLevel.PASSED] * 4
    assert findings[0][1] == "eu-west-1: the role can be assumed and DRS answers; source servers: 2."


@on_loop
async def test_each_region_is_tried_for_itself(desk: Desk) -> None:
    code = "UninitializedAccountException"
    desk.aws.readers[Region("eu-central-1")] = FakeReader(AwsRejected("Not initialised.", code=code))
    findings = await desk.validated()
    assert findings[0][0] is ProbeLevel.PASSED
    assert findings[1] == (
        ProbeLevel.FAILED,
        "eu-central-1: DRS is not initialised there; open its console once, or drop the Region.",
    )


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (AccessDenied("The role may not."), ProbeLevel.FAILED),
        (AwsUnreachable("No network."), ProbeLevel.NOT_CHECKED),
    ],
)
@on_loop
async def test_what_could_not_be_tried_is_not_said_to_have_failed(
    desk: Desk, error: AwsError, level: ProbeLevel
) -> None:
    desk.aws.readers[Region("eu-west-1")] = FakeReader(error)
    assert (await desk.validated())[0] == (level, f"eu-west-1: {error}")


@on_loop
async def test_role_that_opens_without_the_external_id_is_a_warning(desk: Desk) -> None:
    desk.prober.is_open = True
    assert (await desk.validated())[2][0] is ProbeLevel.WARNING


@on_loop
async def test_external_id_that_could_not_be_tried_is_said_so(desk: Desk) -> None:
    desk.prober.error = AwsUnreachable("No network.")
    level, text = (await desk.validated())[2]
    assert (level, "could not be checked: No network." in text) == (ProbeLevel.NOT_CHECKED, True)


@on_loop
async def test_missing_rights_are_named(desk: Desk) -> None:
    missing = Missing(permission="ec2:CreateVolume", is_forwarded=True, actions=())
    desk.prober.found = RolePermissions(missing=(missing,))
    level, text = (await desk.validated())[3]
    assert (level, text.startswith("The role lacks ec2:CreateVolume.")) == (ProbeLevel.FAILED, True)


@on_loop
async def test_rights_that_nobody_may_ask_about_are_not_checked(desk: Desk) -> None:
    desk.prober.found = RolePermissions(problem="SimulatePrincipalPolicy was refused.")
    assert (await desk.validated())[3][0] is ProbeLevel.NOT_CHECKED


# ---- templates and permissions


@on_loop
async def test_each_staging_account_is_tried_in_each_region(desk: Desk) -> None:
    desk.aws.staging[STAGING.account_id] = FakeReader(AccessDenied("The role may not do this."))
    await desk.service.add(replace(PAYROLL, staging=(STAGING,)))
    found = [one for one in await desk.service.validate(NUMBER) if "staging account" in one.text]
    assert [one.level for one in found] == [ProbeLevel.FAILED] * 2
    desk.aws.staging.clear()
    found = [one for one in await desk.service.validate(NUMBER) if "staging account" in one.text]
    assert [one.level for one in found] == [ProbeLevel.PASSED] * 2


@on_loop
async def test_template_of_a_staging_account_only_reads(desk: Desk) -> None:
    await desk.service.add(replace(PAYROLL, staging=(STAGING,)))
    text = await desk.service.template(
        NUMBER, hub_account_id=HUB, principal_pattern="*", staging_id=STAGING.account_id
    )
    assert "ReadServers" in text
    assert "drs:DescribeSourceServers" in text
    assert "drs:StartRecovery" not in text
    with pytest.raises(NotFound, match="has no staging account"):
        await desk.service.template(NUMBER, hub_account_id=HUB, principal_pattern="*", staging_id=HUB)


@on_loop
async def test_template_is_of_the_account_registered(desk: Desk) -> None:
    await desk.service.add(replace(PAYROLL, source_role_arn=f"arn:aws:iam::{NUMBER}:role/DrsReader"))
    text = await desk.service.template(
        NUMBER, hub_account_id=AccountId("1" * 12), principal_pattern="arn:*", side=RoleSide.SOURCE
    )
    role = json.loads(text)["Resources"]["Role"]["Properties"]
    assert role["RoleName"] == "DrsReader"
    assert "between-us" in json.dumps(role["AssumeRolePolicyDocument"])


@on_loop
async def test_template_of_a_source_role_needs_one(desk: Desk) -> None:
    await desk.service.add(PAYROLL)
    with pytest.raises(ValidationFailed, match="has no source role"):
        await desk.service.template(
            NUMBER, hub_account_id=AccountId("1" * 12), principal_pattern="arn:*", side=RoleSide.SOURCE
        )


@on_loop
async def test_operator_manages_no_accounts(desk: Desk) -> None:
    desk.rig = AccessRig(DEMO_ACCESS)
    service = desk.service
    for refused in (
        service.list_accounts(),
        service.show(NUMBER),
        service.add(PAYROLL),
        service.edit(PAYROLL),
        service.remove(NUMBER),
        service.validate(NUMBER),
    ):
        with pytest.raises(RefusedByRole, match="DRSOperator may not"):
            await refused
    assert await desk.repository.accounts() == ()


def _group() -> ProtectionGroup:
    return ProtectionGroup(
        group_id=GroupId("db"),
        name="db",
        selection=SelectionKind.TAGS,
        tags=(("Tier", "db"),),
        scopes=(PAYROLL.scopes[0],),
    )


def _plan() -> RecoveryPlan:
    wave = Wave(number=1, name="Databases", group_ids=(GroupId("db"),))
    return RecoveryPlan(plan_id=PlanId("payroll"), name="payroll", waves=(wave,))
