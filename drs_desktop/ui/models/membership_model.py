"""The servers that fall into a wave of a plan that is being written, each with why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.services.views import SourceServerRow
from drs_desktop.ui.models.status_text import replication_look, tr
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A server in a wave, and the group and reason that put it there."""

    server: SourceServerRow
    wave: int
    wave_name: str
    group_id: GroupId
    group_name: str
    reason: str


def is_member(group: ProtectionGroup, server: SourceServerRow) -> bool:
    """Return whether a group selects a server, by the same rule as the group itself."""
    if server.key.scope not in group.scopes:
        return False
    if group.selection is SelectionKind.LIST:
        return server.key in group.server_keys
    return bool(group.tags) and set(group.tags) <= set(server.tags)


def why_member(group: ProtectionGroup) -> str:
    """Return why a group selects its servers."""
    if group.selection is SelectionKind.LIST:
        return tr("in the list")
    return tr("tags {0}").format(" and ".join(f"{key} = {value}" for key, value in group.tags))


def member_counts(
    groups: Mapping[GroupId, ProtectionGroup], servers: Iterable[SourceServerRow]
) -> dict[GroupId, int]:
    """Return how many of the servers each group selects."""
    known = tuple(servers)
    return {group_id: sum(is_member(group, server) for server in known) for group_id, group in groups.items()}


def memberships(
    plan: RecoveryPlan, groups: Mapping[GroupId, ProtectionGroup], servers: Sequence[SourceServerRow]
) -> tuple[Membership, ...]:
    """Return the servers of every wave, in the order of the waves."""
    return tuple(
        Membership(
            server=server,
            wave=wave.number,
            wave_name=wave.name,
            group_id=group_id,
            group_name=groups[group_id].name,
            reason=why_member(groups[group_id]),
        )
        for wave in sorted(plan.waves, key=lambda wave: wave.number)
        for group_id in wave.group_ids
        if group_id in groups
        for server in servers
        if is_member(groups[group_id], server)
    )


class MembershipModel(TableModel[Membership]):
    """One line per server of a wave."""

    class Columns(IntEnum):
        NAME = 0
        WAVE = 1
        GROUP = 2
        REASON = 3
        STATE = 4
        WHERE = 5

    def key_of(self, row: Membership) -> Any:
        return (row.wave, row.group_id, row.server.key)

    def headers(self) -> Sequence[str]:
        return (
            self.tr("Server"),
            self.tr("Wave"),
            self.tr("Group"),
            self.tr("Why"),
            self.tr("Replication"),
            self.tr("Where"),
        )

    def cells_of(self, row: Membership) -> tuple[Cell, ...]:
        server = row.server
        where = f"{server.account_name or server.account_id} {server.region}"
        return (
            Cell(text=server.name, is_name=True, tooltip=f"{server.name}\n{server.key.source_server_id}"),
            Cell(text=str(row.wave), sort=(row.wave, server.name), tooltip=row.wave_name),
            Cell(text=row.group_name),
            Cell(text=row.reason),
            status_cell(replication_look(server.replication_state)),
            Cell(text=where),
        )
