"""Protection groups and the servers they select now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from drs_desktop.domain.fleet_index import FleetIndex
from drs_desktop.domain.ids import GroupId, ServerKey
from drs_desktop.domain.ports import WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.services.inventory_service import InventoryService, server_row
from drs_desktop.services.views import ProtectionGroupRow, SourceServerRow


class GroupService:
    """Lists protection groups."""

    def __init__(self, repository: WorkspaceRepository, inventory: InventoryService) -> None:
        self._repository = repository
        self._inventory = inventory

    async def list_groups(self) -> tuple[ProtectionGroupRow, ...]:
        """Return every group with its members; see the port."""
        servers = await self._inventory.servers()
        fleet = FleetIndex(servers)
        groups = await self._repository.groups()
        names = fleet.groups_of_servers(groups)
        accounts = {a.account_id: a.name for a in await self._repository.accounts()}
        rows = {
            server.key: server_row(
                server,
                accounts.get(server.key.account_id, server.key.account_id),
                names.get(server.key, ()),
            )
            for server in servers
        }
        plans = _plans_by_group(await self._repository.plans())
        return tuple(self._row(group, fleet, rows, plans.get(group.group_id, ())) for group in groups)

    def _row(
        self,
        group: ProtectionGroup,
        fleet: FleetIndex,
        rows: Mapping[ServerKey, SourceServerRow],
        plan_names: Sequence[str],
    ) -> ProtectionGroupRow:
        is_complete = self._inventory.is_complete
        return ProtectionGroupRow(
            group_id=group.group_id,
            name=group.name,
            description=group.description,
            selection=selection_words(group),
            scopes=group.scopes,
            members=tuple(rows[server.key] for server in fleet.members(group)),
            missing=fleet.missing(group) if is_complete else (),
            plan_names=tuple(plan_names),
            is_complete=is_complete,
        )


def _plans_by_group(plans: Sequence[RecoveryPlan]) -> dict[GroupId, list[str]]:
    found: dict[GroupId, list[str]] = defaultdict(list)
    for plan in plans:
        for group_id in {group_id for wave in plan.waves for group_id in wave.group_ids}:
            found[group_id].append(plan.name)
    return found


def selection_words(group: ProtectionGroup) -> str:
    """Return how a group selects, in words."""
    if group.selection is SelectionKind.LIST:
        return f"List of {len(group.server_keys)} servers"
    return "Tags: " + " and ".join(f"{key} = {value}" for key, value in group.tags)
