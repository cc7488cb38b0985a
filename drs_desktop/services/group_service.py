"""Protection groups and the servers they select now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from drs_desktop.domain.ids import ExecutionId, GroupId
from drs_desktop.domain.ports import WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.shelf_checks import why_not_edit, why_not_remove
from drs_desktop.services.inventory_rows import ServerRows
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.plan_service import PlanService, action_state
from drs_desktop.services.views import ProtectionGroupRow


class GroupService:
    """Lists protection groups."""

    def __init__(
        self, repository: WorkspaceRepository, inventory: InventoryService, plans: PlanService
    ) -> None:
        self._repository = repository
        self._inventory = inventory
        self._plans = plans

    async def list_groups(self) -> tuple[ProtectionGroupRow, ...]:
        """Return every group with its members; see the port."""
        servers = await self._inventory.servers()
        groups = await self._repository.groups()
        rows = ServerRows(servers, groups, await self._repository.accounts())
        plans = _plans_by_group(await self._repository.plans())
        live = await self._plans.live_executions()
        return tuple(self._row(group, rows, plans.get(group.group_id, ()), live) for group in groups)

    def _row(
        self,
        group: ProtectionGroup,
        rows: ServerRows,
        plans: Sequence[RecoveryPlan],
        live: Mapping[str, ExecutionId],
    ) -> ProtectionGroupRow:
        is_complete = self._inventory.is_complete
        return ProtectionGroupRow(
            group_id=group.group_id,
            name=group.name,
            description=group.description,
            selection=selection_words(group),
            scopes=group.scopes,
            members=rows.members(group),
            missing=rows.fleet.missing(group) if is_complete else (),
            plan_names=tuple(plan.name for plan in plans),
            is_complete=is_complete,
            tags=group.tags,
            owner=group.owner,
            can_edit=action_state(why_not_edit(group, plans, live)),
            can_remove=action_state(why_not_remove(group, plans, live)),
        )


def _plans_by_group(plans: Sequence[RecoveryPlan]) -> dict[GroupId, list[RecoveryPlan]]:
    found: dict[GroupId, list[RecoveryPlan]] = defaultdict(list)
    for plan in plans:
        for group_id in {group_id for wave in plan.waves for group_id in wave.group_ids}:
            found[group_id].append(plan)
    return found


def selection_words(group: ProtectionGroup) -> str:
    """Return how a group selects, in words."""
    if group.selection is SelectionKind.LIST:
        return f"List of {len(group.server_keys)} servers"
    return "Tags: " + " and ".join(f"{key} = {value}" for key, value in group.tags)
