"""Services behind a guard: each method is refused before anything happens, unless its row says it may be.

The guard stands around whole services, so that no method can be forgotten: one that has no rule is refused.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from drs_desktop.domain.actions import ACTIONS
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.permissions import RefusedByRole, may
from drs_desktop.domain.point_in_time import PointChoice
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.roles import Access
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.access_service import AccessService, KnownAccess
from drs_desktop.services.administration import Administration
from drs_desktop.services.api import Services
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
from drs_desktop.services.guarded_views import permitted
from drs_desktop.services.reach import (
    Reach,
    ServiceReach,
    within_executions,
    within_groups,
    within_inventory,
    within_plans,
)
from drs_desktop.services.server_detail import ServerDetail
from drs_desktop.services.views import ExecutionUpdate, InventoryView


class Guard:
    """Asks before, and hides after, what is not for somebody."""

    def __init__(self, access: AccessService, known: KnownAccess, reach: Reach) -> None:
        self._access = access
        self._known = known
        self._reach = reach

    async def admit(self, rule: Rule, subject: Any, details: tuple[tuple[str, str], ...] = ()) -> Access:
        """Return the access if the method may be called; what changes something is written down first.

        Raises:
            RefusedByRole: it may not; nothing happened.
        """
        access = await self._access.current()
        if access.is_bound and rule.spans_accounts:
            raise RefusedByRole(
                f"{access.role} may not {ACTIONS[rule.action].words} this way: it would show every account."
            )
        accounts = await self._accounts(rule, subject) if access.is_bound else ()
        about = ((rule.about, str(subject)),) if rule.about else ()
        return await self._access.admit(access, rule.action, accounts, (*about, *details))

    async def _accounts(self, rule: Rule, subject: Any) -> frozenset[AccountId]:
        if rule.about == "execution_id":
            return await self._reach.of_execution(subject)
        if rule.about == "plan_id":
            return await self._reach.of_plan(subject)
        return self._known.access.accounts

    def admit_at_once(self, rule: Rule) -> Access:
        """Return the access if something that only looks may be called, by what is known without waiting."""
        verdict = may(self._known.access, rule.action)
        if not verdict.is_allowed or ACTIONS[rule.action].is_change:
            raise RefusedByRole(verdict.reason)
        return self._known.access

    async def shown(self, name: str, result: Any, access: Access) -> Any:
        """Return the result of a method as somebody with this access may see it."""
        if access.is_bound:
            result = await self._within(name, result, access)
        return permitted(result, access)

    async def _within(self, name: str, result: Any, access: Access) -> Any:
        if isinstance(result, InventoryView):
            return within_inventory(result, access)
        if isinstance(result, ServerDetail):
            return _server_within(result, access)
        if isinstance(result, RecoveryPlan):
            return await self._plan_within(result, access)
        if name == "list_groups":
            return within_groups(result, access)
        if name == "list_plans":
            return within_plans(result, access)
        if name == "list_executions":
            return await within_executions(result, access, self._reach)
        return result

    async def _plan_within(self, plan: RecoveryPlan, access: Access) -> RecoveryPlan:
        if all(access.reaches(one) for one in await self._reach.of_plan(plan.plan_id)):
            return plan
        raise RefusedByRole(f"{access.role} may not look at the plan {plan.name}: it is of other accounts.")

    def listener(self, callback: Callable[[ExecutionUpdate], None]) -> Callable[[ExecutionUpdate], None]:
        """Return a listener that hears only what is within reach, with what is not permitted disabled."""

        def hear(update: ExecutionUpdate) -> None:
            access = self._known.access
            if all(access.reaches(server.account_id) for server in update.view.servers):
                callback(permitted(update, access))

        return hear


def _server_within(detail: ServerDetail, access: Access) -> ServerDetail:
    if access.reaches(detail.row.account_id):
        return detail
    raise RefusedByRole(f"{access.role} may not look at {detail.row.name}: it is of another account.")


class Guarded:
    """A service whose methods are only those that have a rule."""

    def __init__(self, inner: object, rules: Rules, guard: Guard) -> None:
        self._inner = inner
        self._rules = rules
        self._guard = guard

    def __getattr__(self, name: str) -> Callable[..., Any]:
        rule = self._rules.get(name)
        method = getattr(self._inner, name)
        if rule is None:
            raise RefusedByRole(f"Nothing says who may call {name}, so nobody may.")
        if name == "subscribe":
            return lambda callback: method(self._guard.listener(callback))
        if inspect.iscoroutinefunction(method):
            return self._waiting(name, rule, method)
        return self._immediate(rule, method)

    def _waiting(self, name: str, rule: Rule, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            access = await self._guard.admit(rule, _subject(rule, args, kwargs), _details(args, kwargs))
            return await self._guard.shown(name, await method(*args, **kwargs), access)

        return call

    def _immediate(self, rule: Rule, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._guard.admit_at_once(rule)
            return method(*args, **kwargs)

        return call


def _subject(rule: Rule, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not rule.about:
        return None
    return kwargs[rule.about] if rule.about in kwargs else args[0]


def _details(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what else the audit trail says of a call: drill or recovery, what was accepted, from when."""
    given = (*args, *kwargs.values())
    modes = [("mode", one.value) for one in given if isinstance(one, ExecutionMode)]
    accepted = [("accepted", ", ".join(sorted(kwargs["accepted"])))] if kwargs.get("accepted") else []
    points = [("data", "chosen points in time") for one in given if _is_chosen(one)]
    return (*modes, *accepted, *points)


def _is_chosen(given: Any) -> bool:
    return isinstance(given, PointChoice) and not given.is_latest


def guarded(
    services: Services, access: AccessService, known: KnownAccess, administration: Administration
) -> Services:
    """Return the services behind a guard, and those that refuse by themselves beside them."""
    guard = Guard(access, known, ServiceReach(services))

    def behind(service: object, rules: Rules) -> Any:
        return cast(Any, Guarded(service, rules, guard))

    return replace(
        services,
        inventory=behind(services.inventory, INVENTORY_RULES),
        groups=behind(services.groups, GROUP_RULES),
        plans=behind(services.plans, PLAN_RULES),
        executions=behind(services.executions, EXECUTION_RULES),
        authoring=behind(services.authoring, AUTHORING_RULES),
        capacity=behind(services.capacity, CAPACITY_RULES),
        launch_settings=services.launch_settings and behind(services.launch_settings, LAUNCH_RULES),
        readiness=services.readiness and behind(services.readiness, READINESS_RULES),
        administration=administration,
    )
