"""What is said before a start of the roles' permissions and of the home of the sign-in."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.actions import Action
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.freeze import freeze_waves
from drs_desktop.domain.ids import Region, Scope
from drs_desktop.domain.permission_report import DRILL, RECOVERY, Missing
from drs_desktop.domain.readiness import Check, Level, PlanFacts, ReadinessFinding, ScopeFacts
from drs_desktop.domain.sign_in import SsoSession
from drs_desktop.domain.source_server import Origin
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.target_accounts import RolePermissions
from drs_desktop.services.identity_checks import PermissionCheck, SignInCheck
from tests.helpers.accounts_rig import FakeProber
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, START, a_group, a_plan, a_server

CORP = SsoSession(name="corp", start_url="https://corp.awsapps.com/start", region=Region("eu-central-1"))
RUN = Missing(permission="ec2:RunInstances", is_forwarded=True, actions=(Action.START_EXECUTION,))
START_RECOVERY = Missing(
    permission="drs:StartRecovery", is_forwarded=False, actions=(Action.START_EXECUTION,)
)


def facts(mode: ExecutionMode = ExecutionMode.DRILL, *origins: str, more: Sequence[Scope] = ()) -> PlanFacts:
    """Return what was read for a plan whose servers stand in these Regions."""
    servers = [
        replace(a_server(number), origin=Origin(region=region))
        for number, region in enumerate(origins or ("",), start=1)
    ]
    plan, groups = a_plan(1), [a_group(1, [server.key for server in servers])]
    by_id = {group.group_id: group for group in groups}
    return PlanFacts(
        plan=plan,
        groups=by_id,
        waves=freeze_waves(plan, by_id, servers, attended=True),
        mode=mode,
        scopes=[
            ScopeFacts(scope=SCOPE, servers=tuple(servers)),
            *(ScopeFacts(scope=scope) for scope in more),
        ],
        now=START,
    )


class Repository:
    """The accounts of the workspace."""

    async def accounts(self) -> tuple[TargetAccount, ...]:
        account = TargetAccount(
            account_id=SCOPE.account_id,
            name="payroll-dr",
            role_arn=f"arn:aws:iam::{SCOPE.account_id}:role/DrsDesktop",
            regions=(SCOPE.region,),
        )
        return (account,)


def permission_lines(
    prober: Any, about: PlanFacts | None = None, patience: timedelta = timedelta(minutes=2)
) -> list[ReadinessFinding]:
    repository: Any = Repository()
    check = PermissionCheck(prober, repository, patience)
    return list(asyncio.run(check.findings(about or facts())))


def test_role_that_may_do_everything_passes() -> None:
    (line,) = permission_lines(FakeProber())
    assert (line.level, line.check) == (Level.PASSED, Check.PERMISSIONS)
    assert "payroll-dr" in line.text


def test_what_is_missing_is_named_with_what_cannot_be_done_and_the_way_on() -> None:
    (line,) = permission_lines(FakeProber(found=RolePermissions(missing=(START_RECOVERY,))))
    assert line.level is Level.WARNING
    assert "lacks drs:StartRecovery" in line.text
    assert "without it nobody can start a drill or a recovery" in line.fix
    assert f"drs-desktop accounts template {SCOPE.account_id}" in line.fix


def test_several_missing_permissions_are_one_line() -> None:
    (line,) = permission_lines(FakeProber(found=RolePermissions(missing=(START_RECOVERY, RUN))))
    assert "lacks drs:StartRecovery and ec2:RunInstances. DRS needs 1 of them in your name." in line.text


def test_missing_permission_never_stands_against_a_recovery() -> None:
    for found in (RolePermissions(missing=(RUN,)), RolePermissions(problem="IAM refused to say.")):
        (line,) = permission_lines(FakeProber(found=found), facts(ExecutionMode.RECOVERY))
        assert not line.hinders()


def test_what_could_not_be_asked_could_not_be_checked() -> None:
    (line,) = permission_lines(FakeProber(found=RolePermissions(problem="AccessDenied at IAM.")))
    assert (line.level, "could not be checked: AccessDenied at IAM." in line.text) == (
        Level.NOT_CHECKED,
        True,
    )


def test_drill_asks_for_the_clean_up_too_and_a_recovery_does_not() -> None:
    prober = FakeProber()
    permission_lines(prober, facts(ExecutionMode.DRILL))
    permission_lines(prober, facts(ExecutionMode.RECOVERY))
    assert prober.asked == [DRILL, RECOVERY]
    assert Action.TERMINATE in DRILL
    assert Action.TERMINATE not in RECOVERY


def test_an_account_is_asked_once_however_many_regions_it_has() -> None:
    prober = FakeProber()
    other = Scope(account_id=SCOPE.account_id, region=Region("eu-west-3"))
    permission_lines(prober, facts(more=(other,)))
    assert len(prober.asked) == 1


class SilentProber(FakeProber):
    """An IAM that never answers, because its only Region is gone."""

    async def permissions(self, *_: Any, **__: Any) -> RolePermissions:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


def test_iam_that_is_silent_keeps_nobody_waiting() -> None:
    (line,) = permission_lines(SilentProber(), patience=timedelta(milliseconds=1))
    assert (line.level, "no answer in time" in line.text) == (Level.NOT_CHECKED, True)


# ---- the home of the sign-in


async def sign_in_lines(
    session: SsoSession | ValidationFailed | None, *origins: str, glass: str = ""
) -> Sequence[ReadinessFinding]:
    def in_force() -> SsoSession | None:
        if isinstance(session, ValidationFailed):
            raise session
        return session

    async def registered() -> str:
        return glass

    return await SignInCheck(in_force, registered).findings(facts(ExecutionMode.RECOVERY, *origins))


@on_loop
async def test_sign_in_that_would_go_down_with_the_servers_is_a_warning_with_a_way_out() -> None:
    (line,) = await sign_in_lines(CORP, "eu-west-1", "eu-central-1")
    assert (line.level, line.check) == (Level.WARNING, Check.SIGN_IN)
    assert "depends on eu-central-1, the Region in which servers of this plan stand" in line.text
    assert "access break-glass" in line.fix
    assert not line.hinders()


@on_loop
async def test_registered_profile_takes_the_warning_away() -> None:
    (line,) = await sign_in_lines(CORP, "eu-central-1", glass="emergency")
    assert (line.level, "The profile emergency is registered" in line.text) == (Level.PASSED, True)


@on_loop
async def test_sign_in_with_its_home_elsewhere_passes() -> None:
    (line,) = await sign_in_lines(CORP, "eu-west-1")
    assert (line.level, "eu-central-1" in line.text) == (Level.PASSED, True)


@on_loop
async def test_where_nobody_signs_in_nothing_is_said() -> None:
    assert await sign_in_lines(None, "eu-central-1") == ()


@on_loop
async def test_configuration_that_cannot_be_read_is_no_pass() -> None:
    (line,) = await sign_in_lines(ValidationFailed("A line in it is wrong."), "eu-central-1")
    assert (line.level, line.hinders()) == (Level.NOT_CHECKED, False)
