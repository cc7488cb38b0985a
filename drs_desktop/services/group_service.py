"""Protection groups and the servers they select now."""

from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.ports import WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind, members, missing_members
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.services.inventory_service import InventoryService, server_row
from drs_desktop.services.views import ProtectionGroupRow


class GroupService:
    """Lists protection groups."""

    def __init__(self, repository: WorkspaceRepository, inventory: InventoryService) -> None:
        self._repository = repository
        self._inventory = inventory

    async def list_groups(self) -> tuple[ProtectionGroupRow, ...]:
        """Return every group with its members; see the port."""
        servers = await self._inventory.servers()
        accounts = {a.account_id: a.name for a in await self._repository.accounts()}
        groups = await self._repository.groups()
        plans = await self._repository.plans()
        return tuple(self._row(group, groups, plans, servers, accounts) for group in groups)

    def _row(
        self,
        group: ProtectionGroup,
        groups: tuple[ProtectionGroup, ...],
        plans: tuple[RecoveryPlan, ...],
        servers: tuple[SourceServer, ...],
        accounts: dict[AccountId, str],
    ) -> ProtectionGroupRow:
        is_complete = self._inventory.is_complete
        return ProtectionGroupRow(
            group_id=group.group_id,
            name=group.name,
            description=group.description,
            selection=selection_words(group),
            scopes=group.scopes,
            members=tuple(
                server_row(s, accounts.get(s.key.account_id, s.key.account_id), groups)
                for s in members(group, servers)
            ),
            missing=missing_members(group, servers) if is_complete else (),
            plan_names=tuple(
                plan.name for plan in plans if any(group.group_id in wave.group_ids for wave in plan.waves)
            ),
            is_complete=is_complete,
        )


def selection_words(group: ProtectionGroup) -> str:
    """Return how a group selects, in words."""
    if group.selection is SelectionKind.LIST:
        return f"List of {len(group.server_keys)} servers"
    return "Tags: " + " and ".join(f"{key} = {value}" for key, value in group.tags)
