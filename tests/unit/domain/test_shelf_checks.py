"""What stands in the way of a change: things as they would be after it; what was not read is not passed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from drs_desktop.domain.document_versions import Document, DocumentChange
from drs_desktop.domain.ids import ExecutionId, GroupId, PlanId
from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.shelf_checks import ServersKnown, after_changes, change_problems, unchecked
from tests.helpers.builders import OTHER_SCOPE, SCOPE, a_group, a_key, a_plan, a_plan_wave, a_server

KNOWN = ServersKnown(servers=(a_server(1), a_server(2)), scopes=frozenset({SCOPE}))
GROUP, PLAN = a_group(1, [a_key(1)]), a_plan(1)
SHELF = PlanDocument(groups=(GROUP,), plans=(PLAN,))


def saving(*documents: Document) -> list[DocumentChange]:
    return [DocumentChange(document=document, based_on=1) for document in documents]


def removing(document: Document) -> list[DocumentChange]:
    return [DocumentChange(document=document, based_on=1, is_removal=True)]


def problems(
    changes: Sequence[DocumentChange],
    shelf: PlanDocument = SHELF,
    known: ServersKnown = KNOWN,
    live: Mapping[str, ExecutionId] | None = None,
) -> tuple[str, ...]:
    return change_problems(shelf, changes, known, live or {})


def test_sound_change_has_no_problem() -> None:
    assert problems(saving(replace(GROUP, description="The databases."), replace(PLAN, owner="anna"))) == ()


def test_shelf_after_a_change_has_what_was_saved_and_not_what_was_removed() -> None:
    new = a_group(2, [a_key(2)])
    changed = replace(PLAN, owner="anna")
    after = after_changes(SHELF, [*saving(new, changed), *removing(GROUP)])
    assert (after.groups, after.plans) == ((new,), (changed,))


def test_plan_may_come_together_with_the_group_that_it_needs() -> None:
    group = a_group(2, [a_key(2)])
    plan = a_plan([a_plan_wave(1, group_ids=(group.group_id,))], plan_id=PlanId("plan-2"), name="new")
    assert problems(saving(plan, group)) == ()
    (missing,) = problems(saving(plan))
    assert missing == "Plan new: wave 1 (Wave 1) names the group group-2, which does not exist."


def test_group_that_a_plan_uses_cannot_be_removed_unless_the_plan_goes_too() -> None:
    (refused,) = problems(removing(GROUP))
    assert refused == "Group Group 1 cannot be removed: it is in payroll. Take it out of there first."
    assert problems([*removing(GROUP), *removing(PLAN)]) == ()


def test_group_and_plan_of_a_live_execution_may_not_change() -> None:
    live = {"payroll": ExecutionId("demo-1")}
    (group,) = problems(saving(GROUP), live=live)
    assert group.startswith("Group Group 1 is in use: execution demo-1 of plan payroll is live.")
    (plan,) = problems(saving(PLAN), live=live)
    assert plan.startswith("Plan payroll is in use: execution demo-1")
    assert problems(saving(a_group(2, [a_key(2)])), live=live) == ()


def test_names_are_taken_whatever_their_case() -> None:
    twin = a_plan(1, plan_id=PlanId("plan-2"), name="PAYROLL")
    (taken,) = problems(saving(twin))
    assert "payroll" in taken.lower()
    group = a_group(2, [a_key(2)], name="GROUP 1")
    assert any("group 1" in problem.lower() for problem in problems(saving(group)))


def test_mistakes_of_a_plan_are_told_with_its_name() -> None:
    (empty,) = problems(saving(a_plan(0)))
    assert empty == "Plan payroll: Plan payroll has no wave."


def test_group_in_an_account_that_is_not_registered_is_refused() -> None:
    group = a_group(2, [a_key(2, OTHER_SCOPE)])
    assert f"Group Group 2 looks into {OTHER_SCOPE}, which is not registered in this workspace." in problems(
        saving(group)
    )


def test_listed_server_that_drs_does_not_have_is_refused_only_where_servers_could_be_read() -> None:
    group = replace(GROUP, server_keys=(a_key(1), a_key(9)))
    assert problems(saving(group)) == (f"Group Group 1 lists {a_key(9)}, which DRS does not have.",)
    unread = replace(KNOWN, unread={SCOPE: "No network."})
    assert problems(saving(group), known=unread) == ()


def test_server_in_two_groups_is_found_by_who_is_in_them_not_by_their_rules() -> None:
    (overlap,) = problems(saving(a_group(2, [a_key(1), a_key(2)])))
    assert "srv-1" in overlap


def test_overlap_between_groups_that_nobody_changes_is_no_problem_of_this_change() -> None:
    twins = PlanDocument(groups=(GROUP, a_group(2, [a_key(1)])), plans=())
    other = a_group(3, [a_key(2)])
    assert problems(saving(other), shelf=twins) == ()
    assert problems(saving(a_plan(1)), shelf=replace(twins, plans=(PLAN,))) == ()


def test_groups_of_an_account_that_could_not_be_read_are_unchecked_and_removed_ones_are_not() -> None:
    unread = replace(KNOWN, unread={SCOPE: "No network."})
    (sentence,) = unchecked(saving(GROUP), unread)
    assert sentence == (
        "Group Group 1: whether its servers exist and are in no other group could not be checked in "
        f"{SCOPE}: No network."
    )
    assert unchecked(removing(GROUP), unread) == ()
    assert unchecked(saving(PLAN), unread) == ()
    assert unchecked(saving(GROUP), KNOWN) == ()


def test_removing_what_nobody_uses_has_no_problem() -> None:
    assert problems(removing(a_group(9, group_id=GroupId("group-9")))) == ()
