"""What is wrong with a protection group, by itself and beside the others: one server, one group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drs_desktop.domain.fleet_index import FleetIndex
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.source_server import SourceServer

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 1_000
LONGEST_OWNER = 255
LONGEST_TAG_KEY, LONGEST_TAG_VALUE, MOST_TAGS = 128, 256, 50
"""What AWS allows of the tags of one resource; a group that asks for more could never match."""


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """A server that several groups select."""

    key: ServerKey
    server_name: str
    group_names: tuple[str, ...]

    @property
    def sentence(self) -> str:
        groups = " and ".join(self.group_names)
        return (
            f"{self.server_name} ({self.key}) is in the groups {groups}. A server belongs to one group only."
        )


def overlaps(groups: Sequence[ProtectionGroup], servers: Iterable[SourceServer]) -> tuple[Overlap, ...]:
    """Return the servers in more than one group, by name.

    The members are compared, not the rules: two groups with different tags may well select the same server.
    """
    names: dict[ServerKey, str] = {}
    holders: dict[ServerKey, list[str]] = {}
    fleet = FleetIndex(servers)
    for group in groups:
        for server in fleet.members(group):
            names[server.key] = server.name
            holders.setdefault(server.key, []).append(group.name)
    found = [
        Overlap(key=key, server_name=names[key], group_names=tuple(sorted(held_by)))
        for key, held_by in holders.items()
        if len(held_by) > 1
    ]
    return tuple(sorted(found, key=lambda overlap: (overlap.server_name, overlap.key)))


@dataclass(frozen=True, kw_only=True)
class DoubledMachine:
    """A machine of which groups select several records: the extended server and its staging twin."""

    name: str
    selected: tuple[tuple[ServerKey, str], ...]
    """Each record, with the name of the group that selects it."""

    @property
    def group_names(self) -> frozenset[str]:
        return frozenset(group for _, group in self.selected)

    @property
    def sentence(self) -> str:
        records = " and ".join(f"as {key} by the group {group}" for key, group in self.selected)
        return f"{self.name} is selected {records}. These are one machine: let the groups select one of them."


def doubled_machines(
    groups: Sequence[ProtectionGroup], servers: Iterable[SourceServer]
) -> tuple[DoubledMachine, ...]:
    """Return the machines that would be launched several times, by name."""
    records: dict[str, dict[ServerKey, tuple[str, str]]] = {}
    fleet = FleetIndex(servers)
    for group in groups:
        for server in fleet.members(group):
            records.setdefault(server.machine_arn, {})[server.key] = (server.name, group.name)
    found = [
        DoubledMachine(
            name=min(name for name, _ in held.values()),
            selected=tuple(sorted((key, group) for key, (_, group) in held.items())),
        )
        for arn, held in records.items()
        if arn and len(held) > 1
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.selected)))


def name_problem(what: str, name: str, taken: Iterable[str]) -> str:
    """Return what is wrong with a group's or a plan's name, or an empty string.

    Args:
        what: the noun, such as `group`.
        taken: the names of the others; they are compared without regard to case.
    """
    if not name.strip() or name != name.strip():
        return f"The name of a {what} is neither empty nor begins or ends with a blank; it is {name!r}."
    if len(name) > LONGEST_NAME:
        return f"The name of {what} {name[:20]}… has {len(name)} characters; {LONGEST_NAME} are allowed."
    same = [other for other in taken if other.casefold() == name.casefold()]
    return f"There is a {what} {same[0]} already; names differ by more than case." if same else ""


def group_problems(group: ProtectionGroup, others: Iterable[ProtectionGroup] = ()) -> tuple[str, ...]:
    """Return what is wrong with a group as written, a sentence each; servers are not looked at."""
    taken = [other.name for other in others if other.group_id != group.group_id]
    found = [
        name_problem("group", group.name, taken),
        _too_long(group, "description", group.description, LONGEST_DESCRIPTION),
        _too_long(group, "owner", group.owner, LONGEST_OWNER),
        *_selection_problems(group),
    ]
    return tuple(problem for problem in found if problem)


def _too_long(group: ProtectionGroup, what: str, text: str, limit: int) -> str:
    if len(text) <= limit:
        return ""
    return f"The {what} of group {group.name} has {len(text)} characters; {limit} are allowed."


def _selection_problems(group: ProtectionGroup) -> Iterable[str]:
    name = f"Group {group.name}"
    if not group.scopes:
        yield f"{name} names no account and Region to look in."
    if group.selection is SelectionKind.LIST:
        yield from _list_problems(group, name)
    else:
        yield from _tag_problems(group, name)


def _list_problems(group: ProtectionGroup, name: str) -> Iterable[str]:
    if not group.server_keys:
        yield f"{name} lists no server."
    if group.tags:
        yield f"{name} has a list and tags; a group selects by one of them."
    if len(set(group.server_keys)) != len(group.server_keys):
        yield f"{name} lists a server twice."
    for key in group.server_keys:
        if key.scope not in group.scopes:
            yield f"{name} lists {key}, but not the account and Region of it among its places."


def _tag_problems(group: ProtectionGroup, name: str) -> Iterable[str]:
    if not group.tags:
        yield f"{name} has no tag to select by."
    if group.server_keys:
        yield f"{name} has tags and a list; a group selects by one of them."
    if len(group.tags) > MOST_TAGS:
        yield f"{name} asks for {len(group.tags)} tags; a server has at most {MOST_TAGS}."
    if len(dict(group.tags)) != len(group.tags):
        yield f"{name} asks for two values of one tag; no server has both."
    for key, value in group.tags:
        if not 0 < len(key) <= LONGEST_TAG_KEY or len(value) > LONGEST_TAG_VALUE:
            yield (
                f"{name} asks for the tag {key[:20]!r}: a key has 1 to {LONGEST_TAG_KEY} characters, "
                f"a value at most {LONGEST_TAG_VALUE}."
            )
