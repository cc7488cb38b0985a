"""Groups: what is wrong with one by itself, and a server in two of them."""

from dataclasses import replace

import pytest

from drs_desktop.domain.group_conflicts import doubled_machines, group_problems, name_problem, overlaps
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.source_server import SourceServer, StagingStatus
from tests.helpers.builders import OTHER_SCOPE, SCOPE, a_group, a_key, a_server


def a_tag_group(number: int, **tags: str) -> ProtectionGroup:
    return a_group(number, selection=SelectionKind.TAGS, scopes=(SCOPE,), tags=tuple(tags.items()))


def test_groups_with_different_tags_overlap_where_they_select_the_same_server() -> None:
    server = a_server(1, tags=(("Tier", "web"), ("App", "shop")))
    groups = (a_tag_group(1, Tier="web"), a_tag_group(2, App="shop"))
    [overlap] = overlaps(groups, [server, a_server(2, tags=(("Tier", "web"),))])
    assert (overlap.key, overlap.group_names) == (server.key, (groups[0].name, groups[1].name))
    assert server.name in overlap.sentence


def test_groups_with_the_same_tags_in_other_accounts_do_not_overlap() -> None:
    tags = (("Tier", "web"),)
    here, there = a_tag_group(1, Tier="web"), replace(a_tag_group(2, Tier="web"), scopes=(OTHER_SCOPE,))
    assert overlaps((here, there), [a_server(1, tags=tags), a_server(2, OTHER_SCOPE, tags=tags)]) == ()


def test_a_listed_server_overlaps_with_tags_that_select_it() -> None:
    server = a_server(1, tags=(("Tier", "web"),))
    assert len(overlaps((a_group(1, [server.key]), a_tag_group(2, Tier="web")), [server])) == 1


@pytest.mark.parametrize("tag", [("tier", "web"), ("Tier", "Web"), ("Tier", "web ")])
def test_tags_match_exactly_case_and_blanks_included(tag: tuple[str, str]) -> None:
    assert not a_tag_group(1, Tier="web").contains(a_server(1, tags=(tag,)))


def _extended(number: int, twin: SourceServer) -> SourceServer:
    return a_server(
        number, OTHER_SCOPE, staging_status=StagingStatus.EXTENDED, staging_arn=twin.arn, name=twin.name
    )


def test_a_server_and_its_extended_copy_are_one_machine_that_is_selected_twice() -> None:
    twin = a_server(1)
    copy = _extended(7, twin)
    groups = [a_group(1, [twin.key]), a_group(2, [copy.key])]
    [doubled] = doubled_machines(groups, [twin, copy, a_server(2)])
    assert doubled.group_names == {"Group 1", "Group 2"}
    assert f"as {twin.key} by the group Group 1 and as {copy.key} by the group Group 2" in doubled.sentence


def test_one_record_of_a_machine_is_no_doubling_and_neither_are_servers_without_arn() -> None:
    twin = a_server(1)
    copy = _extended(7, twin)
    nameless = [a_server(3, arn=""), a_server(4, arn="")]
    groups = [a_group(1, [copy.key, *(one.key for one in nameless)], scopes=(SCOPE, OTHER_SCOPE))]
    assert doubled_machines(groups, [twin, copy, *nameless]) == ()


def test_every_tag_must_match() -> None:
    group = a_tag_group(1, Tier="web", App="shop")
    assert not group.contains(a_server(1, tags=(("Tier", "web"),)))
    assert group.contains(a_server(1, tags=(("Tier", "web"), ("App", "shop"), ("More", "yes"))))


def test_a_group_in_order_has_no_problem() -> None:
    assert group_problems(a_group(1, [a_key(1)]), [a_tag_group(2, Tier="web")]) == ()
    assert group_problems(a_tag_group(2, Tier="web"), [a_group(1, [a_key(1)])]) == ()


def test_a_group_saved_again_is_not_in_its_own_way() -> None:
    group = a_group(1, [a_key(1)])
    assert group_problems(group, [group]) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " web"}, "begins or ends with a blank"),
        ({"name": "x" * 65}, "has 65 characters"),
        ({"description": "x" * 1001}, "description of group"),
        ({"owner": "x" * 256}, "owner of group"),
        ({"scopes": ()}, "no account and Region to look in"),
        ({"server_keys": ()}, "lists no server"),
        ({"tags": (("Tier", "web"),)}, "selects by one of them"),
        ({"server_keys": (a_key(1), a_key(1))}, "lists a server twice"),
        ({"server_keys": (a_key(1, OTHER_SCOPE),)}, "not the account and Region of it"),
    ],
)
def test_what_is_wrong_with_a_list_is_told(changes: dict[str, object], said: str) -> None:
    group = replace(a_group(1, [a_key(1)]), **changes)  # type: ignore[arg-type]
    assert any(said in problem for problem in group_problems(group))


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ((), "no tag to select by"),
        ((("Tier", "web"), ("Tier", "data")), "two values of one tag"),
        (tuple((f"k{n}", "") for n in range(51)), "51 tags"),
        ((("", "x"),), "a key has 1 to 128"),
        ((("k", "x" * 257),), "a value at most 256"),
    ],
)
def test_what_is_wrong_with_tags_is_told(tags: tuple[tuple[str, str], ...], said: str) -> None:
    group = replace(a_tag_group(1), tags=tags)
    assert any(said in problem for problem in group_problems(group))


def test_names_that_differ_by_case_only_are_the_same_name() -> None:
    assert "There is a plan Payroll already" in name_problem("plan", "payroll", ["Payroll"])
