"""The index answers as walking over all servers does, only sooner."""

from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain.fleet_index import FleetIndex
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind, members, missing_members
from tests.helpers.builders import OTHER_SCOPE, SCOPE, a_group, a_key, a_server

_scopes = st.sampled_from([SCOPE, OTHER_SCOPE])
_tags = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2).map(
    lambda tags: tuple(tags.items())
)
_servers = st.lists(
    st.builds(lambda n, scope, tags: a_server(n, scope, tags=tags), st.integers(1, 6), _scopes, _tags),
    max_size=8,
    unique_by=lambda server: server.key,
)


def _tag_group(scopes: list[object], tags: tuple[tuple[str, str], ...]) -> ProtectionGroup:
    return a_group(1, selection=SelectionKind.TAGS, scopes=tuple(scopes), tags=tags)


_groups = st.one_of(
    st.builds(_tag_group, st.lists(_scopes, max_size=2), _tags),
    st.lists(st.builds(a_key, st.integers(1, 6), _scopes), max_size=5).map(lambda keys: a_group(1, keys)),
)


@given(_servers, _groups)
def test_members_and_missing_are_those_found_by_looking_at_each_server(
    servers: list[object], group: ProtectionGroup
) -> None:
    index = FleetIndex(servers)  # type: ignore[arg-type]
    assert index.members(group) == members(group, servers)  # type: ignore[arg-type]
    assert index.missing(group) == missing_members(group, servers)  # type: ignore[arg-type]


def test_every_server_tells_its_groups_and_one_in_none_is_left_out() -> None:
    servers = [a_server(1), a_server(2), a_server(3)]
    names = FleetIndex(servers).groups_of_servers([a_group(1, [a_key(1)]), a_group(2, [a_key(1), a_key(2)])])
    assert names == {a_key(1): ("Group 1", "Group 2"), a_key(2): ("Group 2",)}
