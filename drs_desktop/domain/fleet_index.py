"""Which servers a group selects, found without walking over all of them for each group."""

from collections import defaultdict
from collections.abc import Iterable

from drs_desktop.domain.ids import AccountId, Region, ServerKey
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.source_server import SourceServer

_Place = tuple[AccountId, Region]
"""A scope as plain texts: there is one for every server, and a tuple of texts is looked up far quicker."""


class FleetIndex:
    """The source servers known, by key and by tag; answers as `protection_group.members` does."""

    def __init__(self, servers: Iterable[SourceServer]) -> None:
        self._by_key: dict[ServerKey, SourceServer] = {}
        self._by_tag: dict[_Place, dict[tuple[str, str], list[SourceServer]]] = defaultdict(dict)
        for server in servers:
            key = server.key
            self._by_key[key] = server
            in_place = self._by_tag[key.account_id, key.region]
            for tag in set(server.tags):
                in_place.setdefault(tag, []).append(server)

    def members(self, group: ProtectionGroup) -> tuple[SourceServer, ...]:
        """Return the group's servers, ordered by name and key."""
        found = self._listed(group) if group.selection is SelectionKind.LIST else self._tagged(group)
        return tuple(sorted(found, key=lambda server: (server.name, server.key)))

    def groups_of_servers(self, groups: Iterable[ProtectionGroup]) -> dict[ServerKey, tuple[str, ...]]:
        """Return the names of the groups that each server falls into; servers in none are left out."""
        names: dict[ServerKey, list[str]] = defaultdict(list)
        for group in groups:
            for server in self.members(group):
                names[server.key].append(group.name)
        return {key: tuple(found) for key, found in names.items()}

    def missing(self, group: ProtectionGroup) -> tuple[ServerKey, ...]:
        """Return the listed servers that are not among those known, in the order of the list."""
        return tuple(key for key in group.server_keys if key not in self._by_key)

    def _listed(self, group: ProtectionGroup) -> list[SourceServer]:
        scopes = set(group.scopes)
        known = (self._by_key.get(key) for key in dict.fromkeys(group.server_keys))
        return [server for server in known if server is not None and server.key.scope in scopes]

    def _tagged(self, group: ProtectionGroup) -> list[SourceServer]:
        if not group.tags:
            return []
        asked = set(group.tags)
        candidates = (
            server
            for scope in set(group.scopes)
            for server in self._by_tag.get((scope.account_id, scope.region), {}).get(group.tags[0], ())
        )
        return [server for server in candidates if asked <= set(server.tags)]
