"""The guard around the services: every method of every protocol, asked as every role."""

import inspect
from typing import Any

import pytest

from drs_desktop.domain.actions import ACTIONS
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ids import AccountId, ExecutionId, PlanId
from drs_desktop.domain.permissions import RefusedByRole, role_has
from drs_desktop.domain.point_in_time import PointChoice
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.roles import Access, Role
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.api import ExecutionApi, GroupApi, InventoryApi, PlanApi, Services
from drs_desktop.services.authoring_service import AuthoringApi
from drs_desktop.services.capacity_service import CapacityApi
from drs_desktop.services.guard_rules import (
    AUTHORING_RULES,
    CAPACITY_RULES,
    EXECUTION_RULES,
    GROUP_RULES,
    INVENTORY_RULES,
    LAUNCH_RULES,
    PLAN_RULES,
    READINESS_RULES,
    Rule,
    Rules,
)
from drs_desktop.services.guarded import Guard, Guarded, guarded
from drs_desktop.services.launch_settings_service import LaunchSettingsApi
from drs_desktop.services.readiness_service import ReadinessApi
from tests.helpers.access_rig import AccessRig
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import START
from tests.helpers.fake_services import (
    ACCOUNT,
    OTHER_ACCOUNT,
    a_group,
    a_key,
    a_plan,
    a_row,
    a_server,
    a_view,
    an_inventory,
    an_update,
)

PROTOCOLS: list[tuple[type, Rules]] = [
    (InventoryApi, INVENTORY_RULES),
    (GroupApi, GROUP_RULES),
    (PlanApi, PLAN_RULES),
    (ExecutionApi, EXECUTION_RULES),
    (AuthoringApi, AUTHORING_RULES),
    (CapacityApi, CAPACITY_RULES),
    (LaunchSettingsApi, LAUNCH_RULES),
    (ReadinessApi, READINESS_RULES),
]
NO_SERVICES = {
    "info",
    "service_now",
    "metrics",
    "other_figures",
    "notices",
    "administration",
    "operator",
    "drafts",
}
"""What a workspace offers beside services; those that administer or sign in refuse by themselves, and a draft
becomes a plan only through a service."""
METHODS = [(protocol, name, rule) for protocol, rules in PROTOCOLS for name, rule in rules.items()]
IDS = [f"{protocol.__name__}.{name}" for protocol, name, _ in METHODS]


def methods_of(protocol: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(protocol, inspect.isfunction) if not name.startswith("_")}


class Recorder:
    """A service that does nothing but remember that it was reached; its methods are those of a protocol."""

    def __init__(self, protocol: type, result: Any = None) -> None:
        self.reached: list[str] = []
        for name in methods_of(protocol):
            is_async = inspect.iscoroutinefunction(getattr(protocol, name))
            setattr(self, name, self._waiting(name, result) if is_async else self._immediate(name))

    def _waiting(self, name: str, result: Any) -> Any:
        async def method(*args: Any, **kwargs: Any) -> Any:
            self.reached.append(name)
            return result

        return method

    def _immediate(self, name: str) -> Any:
        return lambda *args, **kwargs: self.reached.append(name)


class FixedReach:
    """Everything is in one account."""

    def __init__(self, account: AccountId = ACCOUNT) -> None:
        self._accounts = frozenset({account})

    async def of_execution(self, execution_id: ExecutionId) -> frozenset[AccountId]:
        return self._accounts

    async def of_plan(self, plan_id: PlanId) -> frozenset[AccountId]:
        return self._accounts


def behind_guard(
    rig: AccessRig, inner: object, rules: Rules, account: AccountId = ACCOUNT
) -> tuple[Any, Guard]:
    guard = Guard(rig.service, rig.known, FixedReach(account))
    return Guarded(inner, rules, guard), guard


async def call(service: Any, name: str) -> Any:
    result = getattr(service, name)("subject")
    return await result if inspect.isawaitable(result) else result


@pytest.mark.parametrize(("protocol", "rules"), PROTOCOLS)
def test_every_method_of_every_service_has_a_rule_and_every_rule_a_method(
    protocol: type, rules: Rules
) -> None:
    assert set(rules) == methods_of(protocol)


@pytest.mark.parametrize(("protocol", "rules"), PROTOCOLS)
def test_rule_names_a_parameter_that_the_method_takes_first(protocol: type, rules: Rules) -> None:
    for name, rule in rules.items():
        parameters = list(inspect.signature(getattr(protocol, name)).parameters)
        assert not rule.about or parameters[1] == rule.about, name


@pytest.mark.parametrize(("protocol", "rules"), PROTOCOLS)
def test_what_does_not_wait_only_looks(protocol: type, rules: Rules) -> None:
    immediate = [n for n in methods_of(protocol) if not inspect.iscoroutinefunction(getattr(protocol, n))]
    assert not any(ACTIONS[rules[name].action].is_change for name in immediate)


def test_every_service_of_a_workspace_is_behind_the_guard() -> None:
    rig = AccessRig()
    plain: Any = {name: object() for name in Services.__dataclass_fields__}
    services = guarded(Services(**plain), rig.service, rig.known, plain["administration"])
    for name in set(plain) - NO_SERVICES:
        assert isinstance(getattr(services, name), Guarded), name


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("protocol", "name", "rule"), METHODS, ids=IDS)
@on_loop
async def test_method_is_reached_exactly_if_the_role_may_do_its_action(
    protocol: type, name: str, rule: Rule, role: Role
) -> None:
    rig = AccessRig(Access(role=role, accounts=frozenset({ACCOUNT})))
    await rig.service.current()
    inner = Recorder(protocol, result=())
    service, _ = behind_guard(rig, inner, {name: rule})
    is_bound_out = role is Role.CROSS_ACCOUNT and rule.spans_accounts
    if role_has(role, rule.action) and not is_bound_out:
        await call(service, name)
    else:
        with pytest.raises(RefusedByRole, match=f"{role} may not {ACTIONS[rule.action].words}"):
            await call(service, name)
    assert inner.reached == ([name] if role_has(role, rule.action) and not is_bound_out else [])
    wrote = ["command" if inner.reached else "refusal"]
    assert rig.kinds == (wrote if ACTIONS[rule.action].is_change and not is_bound_out else [])


@on_loop
async def test_method_without_a_rule_cannot_be_called() -> None:
    rig = AccessRig(Access(role=Role.ADMIN))
    service, _ = behind_guard(rig, Recorder(ExecutionApi), {})
    with pytest.raises(RefusedByRole, match="Nothing says who may call pause"):
        await service.pause("subject")


@on_loop
async def test_nothing_is_done_that_cannot_be_written_down() -> None:
    rig = AccessRig(Access(role=Role.OPERATOR))
    rig.audit.is_broken = True
    inner = Recorder(ExecutionApi)
    service, _ = behind_guard(rig, inner, EXECUTION_RULES)
    with pytest.raises(StorageError):
        await service.pause("subject")
    assert inner.reached == []


@on_loop
async def test_audit_row_names_execution_mode_and_principal() -> None:
    rig = AccessRig(Access(role=Role.OPERATOR, principal="anna"))
    service, _ = behind_guard(rig, Recorder(ExecutionApi), EXECUTION_RULES)
    await service.start(PlanId("payroll"), ExecutionMode.RECOVERY, confirm="payroll")
    (entry,) = rig.audit.entries
    assert entry.words == "About to start a drill or a recovery."
    assert dict(entry.details) == {
        "principal": "anna",
        "action": "start-execution",
        "plan_id": "payroll",
        "mode": "recovery",
    }


@on_loop
async def test_audit_row_of_a_start_names_what_was_accepted_and_that_points_were_chosen() -> None:
    rig = AccessRig(Access(role=Role.OPERATOR, principal="anna"))
    service, _ = behind_guard(rig, Recorder(ExecutionApi), EXECUTION_RULES)
    plan, mode = PlanId("payroll"), ExecutionMode.RECOVERY
    await service.start(plan, mode, accepted={"vcpus": "raised", "old-data": "gone"}, choice=PointChoice())
    await service.start(plan, mode, choice=PointChoice(for_all=START))
    first, second = (dict(entry.details) for entry in rig.audit.entries)
    assert (first["accepted"], first.get("data")) == ("old-data, vcpus", None)
    assert (second.get("accepted"), second["data"]) == (None, "chosen points in time")


@on_loop
async def test_bound_role_is_refused_in_another_account_and_nothing_happens() -> None:
    rig = AccessRig(Access(role=Role.CROSS_ACCOUNT, accounts=frozenset({ACCOUNT})))
    inner = Recorder(ExecutionApi)
    service, _ = behind_guard(rig, inner, EXECUTION_RULES, OTHER_ACCOUNT)
    for name in ("start", "pause", "terminate", "view", "log"):
        with pytest.raises(RefusedByRole, match=f"in account {OTHER_ACCOUNT}"):
            await call(service, name)
    assert inner.reached == []


@on_loop
async def test_bound_role_sees_only_its_own_accounts_in_lists() -> None:
    rig = AccessRig(Access(role=Role.CROSS_ACCOUNT, accounts=frozenset({ACCOUNT})))
    inside, outside = a_server(1), a_server(key=a_key(2, OTHER_ACCOUNT))
    inventory, _ = behind_guard(rig, Recorder(InventoryApi, an_inventory(inside, outside)), INVENTORY_RULES)
    assert (await inventory.current()).rows == (inside,)
    rows = (a_row(a_view()),)
    reached, _ = behind_guard(rig, Recorder(ExecutionApi, rows), EXECUTION_RULES)
    hidden, _ = behind_guard(rig, Recorder(ExecutionApi, rows), EXECUTION_RULES, OTHER_ACCOUNT)
    assert await reached.list_executions() == rows
    assert await hidden.list_executions() == ()


@on_loop
async def test_bound_role_does_not_get_at_a_plan_of_other_accounts_by_name() -> None:
    rig = AccessRig(Access(role=Role.CROSS_ACCOUNT, accounts=frozenset({ACCOUNT})))
    plan = RecoveryPlan(plan_id=PlanId("payroll"), name="payroll", waves=())
    inside, _ = behind_guard(rig, Recorder(PlanApi, plan), PLAN_RULES)
    outside, _ = behind_guard(rig, Recorder(PlanApi, plan), PLAN_RULES, OTHER_ACCOUNT)
    assert await inside.plan_named("payroll") == plan
    with pytest.raises(RefusedByRole, match="it is of other accounts"):
        await outside.plan_named("payroll")


@on_loop
async def test_bound_role_without_accounts_sees_no_group_and_no_plan() -> None:
    rig = AccessRig(Access(role=Role.CROSS_ACCOUNT))
    groups, _ = behind_guard(rig, Recorder(GroupApi, (a_group(),)), GROUP_RULES)
    plans, _ = behind_guard(rig, Recorder(PlanApi, (a_plan(),)), PLAN_RULES)
    assert await groups.list_groups() == ()
    assert await plans.list_plans() == ()


@on_loop
async def test_viewer_sees_every_control_disabled_with_the_reason() -> None:
    rig = AccessRig(Access(role=Role.VIEWER))
    service, _ = behind_guard(rig, Recorder(ExecutionApi, a_view()), EXECUTION_RULES)
    view = await service.view("subject")
    states = [getattr(view.actions, name) for name in ("pause", "resume", "cancel", "terminate")]
    assert [state.enabled for state in states] == [False] * 4
    assert states[0].reason.startswith("DRSViewer may not pause an execution;")


@on_loop
async def test_operator_sees_controls_as_they_are() -> None:
    rig = AccessRig(Access(role=Role.OPERATOR))
    service, _ = behind_guard(rig, Recorder(ExecutionApi, a_view()), EXECUTION_RULES)
    assert await service.view("subject") == a_view()


@on_loop
async def test_viewer_cannot_start_from_the_list_of_plans() -> None:
    rig = AccessRig(Access(role=Role.VIEWER))
    service, _ = behind_guard(rig, Recorder(PlanApi, (a_plan(),)), PLAN_RULES)
    (plan,) = await service.list_plans()
    assert plan.can_start.reason.startswith("DRSViewer may not start a drill or a recovery")
    assert plan.can_edit.reason.startswith("DRSViewer may not edit recovery plans")


@on_loop
async def test_viewer_cannot_edit_or_remove_a_group_of_the_list() -> None:
    rig = AccessRig(Access(role=Role.VIEWER))
    service, _ = behind_guard(rig, Recorder(GroupApi, (a_group(),)), GROUP_RULES)
    (group,) = await service.list_groups()
    assert group.can_edit.reason.startswith("DRSViewer may not edit protection groups")
    assert group.can_remove.reason.startswith("DRSViewer may not delete protection groups")


@on_loop
async def test_updates_reach_a_listener_as_its_role_may_see_them() -> None:
    rig = AccessRig(Access(role=Role.VIEWER))
    await rig.service.current()
    _, guard = behind_guard(rig, Recorder(ExecutionApi), EXECUTION_RULES)
    heard: list[Any] = []
    guard.listener(heard.append)(an_update(a_view()))
    assert not heard[0].view.actions.cancel.enabled


@on_loop
async def test_updates_of_other_accounts_do_not_reach_a_bound_listener() -> None:
    rig = AccessRig(Access(role=Role.CROSS_ACCOUNT, accounts=frozenset({AccountId("999999999999")})))
    await rig.service.current()
    _, guard = behind_guard(rig, Recorder(ExecutionApi), EXECUTION_RULES)
    heard: list[Any] = []
    guard.listener(heard.append)(an_update(a_view()))
    assert heard == []
