"""Differences of plans and groups are told by meaning, and equal ones differ in nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.plan_differences import PlanState, group_differences, plan_differences
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, Wave
from drs_desktop.domain.steps import StepSpec
from tests.helpers.builders import SCOPE, a_group, a_key, a_plan, a_plan_wave, a_server

SERVERS = [a_server(number, name=f"db-0{number}") for number in (1, 2, 3)]
GROUPS = (a_group(1, [a_key(1)]), a_group(2, [a_key(2)]), a_group(3, [a_key(3)]))


def a_state(plan: RecoveryPlan, groups: Sequence[ProtectionGroup] = GROUPS) -> PlanState:
    return PlanState(plan=plan, groups={group.group_id: group for group in groups})


def told(before: RecoveryPlan, after: RecoveryPlan) -> str:
    return "\n".join(plan_differences(a_state(before), a_state(after), SERVERS))


def a_wave(number: int, *groups: int, **changes: object) -> Wave:
    ids = tuple(GroupId(f"group-{group}") for group in groups)
    return replace(a_plan_wave(number), group_ids=ids, **changes)  # type: ignore[arg-type]


def test_the_same_plan_differs_in_nothing() -> None:
    assert told(a_plan(3), a_plan(3)) == ""


def test_a_server_that_changes_its_wave_is_told_by_name_and_waves() -> None:
    first, second = a_wave(1, 1, 2), a_wave(2, 3)
    changed = [a_wave(1, 1), a_wave(2, 3, 2)]
    assert "db-02 moved from wave 1 to wave 2." in told(a_plan([first, second]), a_plan(changed))


def test_a_server_that_its_group_takes_elsewhere_is_told_though_the_plan_is_the_same() -> None:
    moved = (a_group(1, []), a_group(2, [a_key(1), a_key(2)]), GROUPS[2])
    lines = plan_differences(a_state(a_plan(3)), a_state(a_plan(3), moved), SERVERS)
    assert lines == ("db-01 moved from wave 1 to wave 2.",)


def test_a_wave_that_changes_places_moves_itself_and_not_its_servers() -> None:
    before = a_plan([a_wave(1, 1, name="Data"), a_wave(2, 2, name="Web")])
    after = a_plan([a_wave(1, 2, name="Web"), a_wave(2, 1, name="Data")])
    said = told(before, after)
    assert "Wave Data moved from place 1 to place 2." in said
    assert "db-01" not in said


def test_a_renamed_wave_is_the_same_wave() -> None:
    said = told(a_plan([a_wave(1, 1)]), a_plan([a_wave(1, 1, name="Databases")]))
    assert said == "Wave 1 (Databases): the name was 'Wave 1', is now 'Databases'."


def test_new_and_gone_waves_are_told_with_their_servers() -> None:
    said = told(a_plan(1), a_plan(2))
    assert "Wave 2 (Wave 2) is new." in said
    assert "db-02 is new in wave 2." in said
    said = told(a_plan(2), a_plan(1))
    assert "Wave 2 (Wave 2) is gone." in said
    assert "db-02 left wave 2 and the plan." in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "wages"}, "The name was 'payroll', is now 'wages'."),
        ({"owner": "anna"}, "The owner was empty, is now 'anna'."),
        ({"recovery_time": timedelta(hours=1)}, "(RTO) was 'none', is now '60 minutes'."),
        ({"notes": "x" * 100}, "x…'."),
    ],
)
def test_fields_of_the_plan_are_told_old_and_new(changes: dict[str, object], said: str) -> None:
    assert said in told(a_plan(1), replace(a_plan(1), **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"failure_policy": FailurePolicy.STOP}, "the failure policy was 'ask', is now 'stop'"),
        ({"pause_before": True}, "the pause before it was 'off', is now 'on'"),
        ({"depends_on": ()}, "now waits for nothing"),
        ({"optional_servers": frozenset({a_key(2)})}, "is now optional"),
        ({"steps_after": (StepSpec(kind="manual task", name="DNS"),)}, "were none, are now DNS"),
    ],
)
def test_settings_of_a_wave_are_told_with_the_wave(changes: dict[str, object], said: str) -> None:
    text = told(a_plan([a_wave(1, 1), a_wave(2, 2)]), a_plan([a_wave(1, 1), a_wave(2, 2, **changes)]))
    assert text.startswith("Wave 2 (Wave 2)")
    assert said in text


def test_saying_the_usual_predecessor_outright_changes_nothing() -> None:
    before = a_plan([a_wave(1, 1), a_wave(2, 2)])
    assert told(before, a_plan([a_wave(1, 1), a_wave(2, 2, depends_on=(1,))])) == ""


def test_a_group_tells_whom_it_takes_in_and_lets_go() -> None:
    before, after = a_group(1, [a_key(1), a_key(2)]), a_group(1, [a_key(2), a_key(3)])
    lines = group_differences(before, after, SERVERS)
    assert f"{a_key(3)} is new on the list." in lines
    assert "db-03 now belongs to the group." in lines
    assert "db-01 no longer belongs to the group." in lines


def test_a_group_that_selects_otherwise_says_how() -> None:
    after = a_group(1, selection=SelectionKind.TAGS, scopes=(SCOPE,), tags=(("Tier", "web"),))
    said = "\n".join(group_differences(a_group(1, [a_key(1)], scopes=(SCOPE,)), after))
    assert "The selection was 'list', is now 'tags'." in said
    assert "The tags asked for was empty, is now 'Tier = web'." in said


def test_the_same_group_differs_in_nothing() -> None:
    assert group_differences(GROUPS[0], replace(GROUPS[0], revision=7), SERVERS) == ()
