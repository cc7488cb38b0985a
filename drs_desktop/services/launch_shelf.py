"""Servers with what people keep for them: their group's defaults, and what they have of their own."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from drs_desktop.domain.address_checks import LaunchedServer
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import GroupId, ServerKey
from drs_desktop.domain.launch_documents import GroupDefaults, LaunchSettingsStore, ServerSettings
from drs_desktop.domain.launch_settings import (
    NO_OVERRIDE,
    NOTHING_SET,
    LaunchSettings,
    ServerOverride,
    SettingOrigin,
    effective_settings,
    origins,
    set_fields,
)
from drs_desktop.domain.ports import WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.launch_views import LaunchSelection
from drs_desktop.services.views import SourceServerRow


@dataclass(frozen=True, kw_only=True)
class ShelfServer:
    """One server and what is kept for it."""

    key: ServerKey
    name: str
    group: ProtectionGroup | None
    defaults: GroupDefaults | None
    own: ServerSettings | None
    machine: LaunchedServer

    @property
    def group_name(self) -> str:
        return self.group.name if self.group else ""

    @property
    def shared(self) -> LaunchSettings:
        """Return what the group wants."""
        return self.defaults.settings if self.defaults else NOTHING_SET

    @property
    def override(self) -> ServerOverride:
        """Return what the server has of its own."""
        return self.own.override if self.own else NO_OVERRIDE

    @property
    def wanted(self) -> LaunchSettings:
        """Return what counts for the server."""
        return effective_settings(self.shared, self.override)

    @property
    def is_configured(self) -> bool:
        """Return whether anything at all is wanted for it."""
        return bool(set_fields(self.wanted))

    @property
    def origins(self) -> dict[str, SettingOrigin]:
        """Return where each value comes from."""
        return origins(self.shared, self.override)


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Every server known, every group, and what is kept for them."""

    servers: tuple[ShelfServer, ...]
    groups: tuple[ProtectionGroup, ...]
    plans: tuple[RecoveryPlan, ...]
    defaults: dict[GroupId, GroupDefaults]

    def group(self, name: str) -> ProtectionGroup:
        """Return the group with this name or id.

        Raises:
            NotFound: there is none; the sentence names those there are.
        """
        for group in self.groups:
            if name in {group.name, group.group_id}:
                return group
        known = ", ".join(group.name for group in self.groups) or "none"
        raise NotFound(f"There is no protection group {name!r} here. Groups: {known}.")

    def server(self, name: str) -> ShelfServer:
        """Return the server with this name or id.

        Raises:
            NotFound: there is none, or several have the name.
        """
        found = [one for one in self.servers if name in {one.name, one.key.source_server_id, str(one.key)}]
        if len(found) > 1:
            keys = ", ".join(str(one.key) for one in found)
            raise NotFound(f"Several source servers are called {name!r}: {keys}. Give one of these.")
        if not found:
            raise NotFound(
                f"There is no source server {name!r} here. `drs-desktop servers list` shows those there are."
            )
        return found[0]

    def selected(self, selection: LaunchSelection) -> tuple[ShelfServer, ...]:
        """Return the servers that are meant, those of groups by name.

        Raises:
            NotFound: a group, server or plan of that name does not exist.
        """
        if selection == LaunchSelection():
            return tuple(one for one in self.servers if one.group is not None)
        ids = {self.group(name).group_id for name in selection.groups} | self._of_plans(selection.plans)
        keys = {self.server(name).key for name in selection.servers}
        return tuple(one for one in self.servers if one.key in keys or _is_in(one, ids))

    def of_keys(self, keys: Collection[ServerKey]) -> tuple[ShelfServer, ...]:
        """Return the servers with these keys."""
        return tuple(one for one in self.servers if one.key in keys)

    def chosen_groups(self, selection: LaunchSelection) -> tuple[ProtectionGroup, ...]:
        """Return the groups of which a selection speaks."""
        if selection == LaunchSelection():
            return self.groups
        ids = {self.group(name).group_id for name in selection.groups} | self._of_plans(selection.plans)
        return tuple(group for group in self.groups if group.group_id in ids)

    def _of_plans(self, names: Iterable[str]) -> set[GroupId]:
        return {group_id for name in names for wave in self._plan(name).waves for group_id in wave.group_ids}

    def _plan(self, name: str) -> RecoveryPlan:
        for plan in self.plans:
            if name in {plan.name, plan.plan_id}:
                return plan
        known = ", ".join(plan.name for plan in self.plans) or "none"
        raise NotFound(f"There is no recovery plan {name!r} here. Plans: {known}.")


def _is_in(server: ShelfServer, ids: set[GroupId]) -> bool:
    return server.group is not None and server.group.group_id in ids


class LaunchShelf:
    """Puts servers and settings together."""

    def __init__(
        self, repository: WorkspaceRepository, inventory: InventoryService, store: LaunchSettingsStore
    ) -> None:
        self._repository = repository
        self._inventory = inventory
        self._store = store

    async def read(self, *, ask_aws: bool = True) -> Shelf:
        """Return every server with what is kept for it.

        Args:
            ask_aws: whether source servers that are due are read; what is known of them serves otherwise.
        """
        view = await (self._inventory.current() if ask_aws else self._inventory.known())
        groups = await self._repository.groups()
        defaults, own = await self._store.groups(), await self._store.servers()
        return Shelf(
            servers=_servers(view.rows, groups, defaults, own),
            groups=groups,
            plans=await self._repository.plans(),
            defaults=defaults,
        )


def _servers(
    rows: Sequence[SourceServerRow],
    groups: Sequence[ProtectionGroup],
    defaults: dict[GroupId, GroupDefaults],
    own: dict[ServerKey, ServerSettings],
) -> tuple[ShelfServer, ...]:
    by_name = {group.name: group for group in groups}
    found = []
    for row in rows:
        group = next((by_name[name] for name in row.group_names if name in by_name), None)
        found.append(
            ShelfServer(
                key=row.key,
                name=row.name,
                group=group,
                defaults=defaults.get(group.group_id) if group else None,
                own=own.get(row.key),
                machine=LaunchedServer(private_ip=row.private_ip, instance_id=row.recovery_instance_id or ""),
            )
        )
    return tuple(found)
