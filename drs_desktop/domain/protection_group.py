"""Protection groups: which source servers belong together."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from drs_desktop.domain.ids import GroupId, Scope, ServerKey
from drs_desktop.domain.source_server import SourceServer


class SelectionKind(StrEnum):
    """How a group finds its servers."""

    TAGS = "tags"
    LIST = "list"


@dataclass(frozen=True, kw_only=True)
class ProtectionGroup:
    """A named set of source servers, chosen by tags or by list, in one or several accounts and Regions.

    Attributes:
        owner: who answers for the group, as people write it.
        tags: all must match (AND); keys and values compare exactly, case included, as AWS does.
        server_keys: the members of a listed group, in the order written.
    """

    group_id: GroupId
    name: str
    description: str = ""
    selection: SelectionKind
    scopes: tuple[Scope, ...]
    tags: tuple[tuple[str, str], ...] = ()
    server_keys: tuple[ServerKey, ...] = ()
    owner: str = ""
    revision: int = 1

    def contains(self, server: SourceServer) -> bool:
        """Return whether the server is a member."""
        if server.key.scope not in self.scopes:
            return False
        if self.selection is SelectionKind.LIST:
            return server.key in self.server_keys
        return bool(self.tags) and set(self.tags) <= set(server.tags)


def members(group: ProtectionGroup, servers: Iterable[SourceServer]) -> tuple[SourceServer, ...]:
    """Return the group's servers among `servers`, ordered by name and key."""
    found = [server for server in servers if group.contains(server)]
    return tuple(sorted(found, key=lambda server: (server.name, server.key)))


def missing_members(group: ProtectionGroup, servers: Iterable[SourceServer]) -> tuple[ServerKey, ...]:
    """Return listed servers that no longer exist; a tag group cannot miss anything."""
    present = {server.key for server in servers}
    return tuple(key for key in group.server_keys if key not in present)
