"""A locked console: everything that changes something is refused and disabled, everything else goes on."""

from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.actions import ACTIONS, Action
from drs_desktop.domain.ids import AccountId, Region, Scope
from drs_desktop.domain.permissions import NEEDS_PRESENCE, ConsoleLocked, may, role_has
from drs_desktop.domain.roles import Access, Role
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.access_service import DEMO_ACCESS
from drs_desktop.services.guard_rules import EXECUTION_RULES
from drs_desktop.services.guarded import Guard, Guarded
from tests.helpers.access_rig import AccessRig
from tests.helpers.asynchronous import on_loop
from tests.helpers.fake_services import DRILL_ID, FakeExecutions, a_view

REASON = "The console is locked: nobody touched it for 45 minutes. Unlock it before anything is changed."
EMERGENCY = "Frankfurt is gone and nobody answers."


async def an_idle_rig() -> AccessRig:
    rig = AccessRig(everybody=DEMO_ACCESS)
    rig.lock.limit(timedelta(minutes=45))
    await rig.clock.advance(timedelta(minutes=45))
    return rig


def behind_guard(rig: AccessRig, executions: FakeExecutions) -> Any:
    nowhere: Any = None
    return Guarded(executions, EXECUTION_RULES, Guard(rig.service, rig.known, nowhere))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_lock_takes_exactly_what_changes_something(role: Role, action: Action) -> None:
    access = Access(role=role, accounts=frozenset({AccountId("1")}), lock_reason=REASON)
    verdict = may(access, action, access.accounts)
    changes = ACTIONS[action].is_change or action in NEEDS_PRESENCE
    assert verdict.is_allowed is (role_has(role, action) and not changes)


@on_loop
async def test_locked_console_starts_nothing() -> None:
    rig, executions = await an_idle_rig(), FakeExecutions()
    with pytest.raises(ConsoleLocked, match="Unlock it before anything is changed"):
        await behind_guard(rig, executions).start("p", ExecutionMode.DRILL)
    assert executions.asked == []
    assert rig.kinds == ["refusal"]


@on_loop
async def test_view_stays_live_with_its_controls_disabled() -> None:
    rig, executions = await an_idle_rig(), FakeExecutions()
    executions.add(a_view())
    view = await behind_guard(rig, executions).view(DRILL_ID)
    assert view.actions.pause.reason == REASON
    assert not any(state.enabled for state in vars(view.actions).values())


@on_loop
async def test_unlocked_console_does_everything_again() -> None:
    rig, executions = await an_idle_rig(), FakeExecutions()
    executions.add(a_view())
    rig.lock.unlock()
    await behind_guard(rig, executions).pause(DRILL_ID)
    assert executions.asked == [("pause", DRILL_ID)]


@on_loop
async def test_engine_goes_on_behind_the_lock() -> None:
    rig = await an_idle_rig()
    scope = Scope(account_id=AccountId("111111111111"), region=Region("eu-west-1"))
    assert (await rig.service.who_acts(scope)).role is Role.OPERATOR


@on_loop
async def test_sessions_keep_their_policy_behind_the_lock() -> None:
    rig = AccessRig(everybody=DEMO_ACCESS)
    await rig.service.current()
    account = AccountId("111111111111")
    before = [rig.known.session_policy(account, is_acting) for is_acting in (False, True)]
    rig.lock.lock()
    assert [rig.known.session_policy(account, is_acting) for is_acting in (False, True)] == before


@on_loop
async def test_nobody_takes_an_emergency_role_at_a_locked_console() -> None:
    rig = await an_idle_rig()
    with pytest.raises(ConsoleLocked):
        await rig.service.elevate(Role.ADMIN, EMERGENCY)
    assert rig.store.elevations == {}


@on_loop
async def test_command_line_never_locks() -> None:
    rig = AccessRig(everybody=DEMO_ACCESS)
    await rig.clock.advance(timedelta(days=30))
    assert (await rig.service.require(Action.PAUSE)).lock_reason == ""


@on_loop
async def test_touch_keeps_the_console_open() -> None:
    rig = AccessRig(everybody=DEMO_ACCESS)
    rig.lock.limit(timedelta(minutes=45))
    await rig.clock.advance(timedelta(minutes=30))
    rig.lock.touch()
    await rig.clock.advance(timedelta(minutes=30))
    assert not rig.lock.state.is_locked
    await rig.clock.advance(timedelta(minutes=20))
    assert rig.lock.locked_for == timedelta(minutes=5)
