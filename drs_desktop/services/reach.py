"""Which accounts something touches, and what somebody who is bound to accounts sees of a list."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from drs_desktop.domain.ids import AccountId, ExecutionId, PlanId
from drs_desktop.domain.roles import Access
from drs_desktop.services.api import Services
from drs_desktop.services.views import ExecutionRow, InventoryView, PlanRow, ProtectionGroupRow


class Reach(Protocol):
    """Says which accounts something touches."""

    async def of_execution(self, execution_id: ExecutionId) -> frozenset[AccountId]: ...

    async def of_plan(self, plan_id: PlanId) -> frozenset[AccountId]: ...


class ServiceReach:
    """Asks the services themselves, before they are guarded."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def of_execution(self, execution_id: ExecutionId) -> frozenset[AccountId]:
        """Return the accounts of an execution's servers."""
        view = await self._services.executions.view(execution_id)
        return frozenset(server.account_id for server in view.servers)

    async def of_plan(self, plan_id: PlanId) -> frozenset[AccountId]:
        """Return the accounts that a plan's groups may select servers in, and those of its servers."""
        plans = {row.plan_id: row for row in await self._services.plans.list_plans()}
        if plan_id not in plans:
            return frozenset()
        names = {name for wave in plans[plan_id].waves for name in wave.group_names}
        groups = [row for row in await self._services.groups.list_groups() if row.name in names]
        return frozenset(
            (*(scope.account_id for row in groups for scope in row.scopes), *_accounts_of(plans[plan_id]))
        )


def within_inventory(view: InventoryView, access: Access) -> InventoryView:
    """Return the servers within reach."""
    return InventoryView(
        rows=tuple(row for row in view.rows if access.reaches(row.account_id)),
        scopes=tuple(one for one in view.scopes if access.reaches(one.scope.account_id)),
    )


def within_groups(rows: Iterable[ProtectionGroupRow], access: Access) -> tuple[ProtectionGroupRow, ...]:
    """Return the groups that touch an account within reach, each with its members there."""
    return tuple(
        replace(row, members=tuple(one for one in row.members if access.reaches(one.account_id)))
        for row in rows
        if any(access.reaches(scope.account_id) for scope in row.scopes)
    )


def within_plans(rows: Iterable[PlanRow], access: Access) -> tuple[PlanRow, ...]:
    """Return the plans all of whose servers are within reach."""
    return tuple(row for row in rows if all(access.reaches(one) for one in _accounts_of(row)))


async def within_executions(
    rows: Iterable[ExecutionRow], access: Access, reach: Reach
) -> tuple[ExecutionRow, ...]:
    """Return the executions all of whose servers are within reach."""
    found = [(row, await reach.of_execution(row.execution_id)) for row in rows]
    return tuple(row for row, accounts in found if all(access.reaches(one) for one in accounts))


def _accounts_of(row: PlanRow) -> frozenset[AccountId]:
    return frozenset(server.account_id for wave in row.waves for server in wave.servers)
