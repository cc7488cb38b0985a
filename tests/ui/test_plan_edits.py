"""Edits of plans as functions: what they do to numbers, dependencies and groups."""

from dataclasses import replace

import pytest

from drs_desktop.domain.ids import GroupId, PlanId
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave, plan_problems
from drs_desktop.ui.models.plan_edits import (
    add_wave,
    may_depend,
    move_group,
    move_wave,
    put_group,
    remove_wave,
    set_dependencies,
    set_plan,
    set_wave,
    wave_of_group,
)
from drs_desktop.ui.models.plan_layers import places


def a_wave(number: int, *groups: str, depends_on: tuple[int, ...] | None = None) -> Wave:
    ids = tuple(map(GroupId, groups or (f"g{number}",)))
    return Wave(number=number, name=f"W{number}", group_ids=ids, depends_on=depends_on)


def a_plan(*waves: Wave) -> RecoveryPlan:
    return RecoveryPlan(plan_id=PlanId("p"), name="payroll", waves=waves or tuple(map(a_wave, (1, 2, 3))))


def order(plan: RecoveryPlan) -> list[str]:
    return [wave.name for wave in plan.waves]


def test_a_new_wave_comes_after_the_chosen_one() -> None:
    edit = add_wave(a_plan(), 1)
    assert order(edit.plan) == ["W1", "New wave", "W2", "W3"]
    assert [wave.number for wave in edit.plan.waves] == [1, 2, 3, 4]
    assert (edit.wave, edit.text) == (2, "add a wave")


def test_dependencies_go_along_when_waves_get_other_numbers() -> None:
    plan = a_plan(a_wave(1), a_wave(2), a_wave(3, depends_on=(1, 2)))
    assert add_wave(plan, 1).plan.waves[3].depends_on == (1, 3)
    moved = move_wave(plan, 2, -1)
    assert moved is not None
    assert order(moved.plan) == ["W2", "W1", "W3"]
    assert moved.plan.waves[2].depends_on == (1, 2)
    assert moved.wave == 1


def test_a_wave_does_not_leave_the_line() -> None:
    assert move_wave(a_plan(), 1, -1) is None
    assert move_wave(a_plan(), 3, 1) is None


def test_who_waited_for_a_removed_wave_waits_for_what_it_waited_for() -> None:
    plan = a_plan(
        a_wave(1), a_wave(2, depends_on=(1,)), a_wave(3, depends_on=(2,)), a_wave(4, depends_on=(2, 3))
    )
    rest = remove_wave(plan, 2).plan
    assert order(rest) == ["W1", "W3", "W4"]
    assert [wave.depends_on for wave in rest.waves] == [None, (1,), (1, 2)]
    assert plan_problems(rest) == ()


def test_a_wave_cannot_wait_for_itself_or_for_what_waits_for_it() -> None:
    plan = a_plan()
    assert may_depend(plan, 3, on=1)
    assert not may_depend(plan, 1, on=1)
    assert not may_depend(plan, 1, on=3), "3 waits for 2, which waits for 1"


def test_dependencies_are_written_in_order() -> None:
    assert set_dependencies(a_plan(), 3, (2, 1)).plan.waves[2].depends_on == (1, 2)
    assert set_dependencies(a_plan(), 3, None).plan.waves[2].depends_on is None


def test_a_group_stands_in_one_wave() -> None:
    edit = put_group(a_plan(), GroupId("g1"), "databases", 3)
    assert [wave.group_ids for wave in edit.plan.waves] == [(), ("g2",), ("g3", "g1")]
    assert edit.text == "put group databases into wave 3"
    assert wave_of_group(put_group(edit.plan, GroupId("g1"), "databases", None).plan, GroupId("g1")) is None


def test_a_group_moves_a_wave_at_a_time_and_not_beyond() -> None:
    edit = move_group(a_plan(), GroupId("g2"), "web", -1)
    assert edit is not None
    assert edit.plan.waves[0].group_ids == ("g1", "g2")
    assert move_group(edit.plan, GroupId("g2"), "web", -1) is None


def test_typing_in_one_field_is_one_step() -> None:
    first = set_wave(a_plan(), 1, "name", "D", "the name")
    second = set_wave(first.plan, 1, "name", "Da", "the name")
    other = set_wave(first.plan, 2, "name", "Da", "the name")
    assert first.merges == second.merges != other.merges
    assert set_plan(a_plan(), "owner", "Anna", "the owner").text == "change the owner"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_moving_there_and_back_changes_nothing(number: int) -> None:
    plan = a_plan(a_wave(1), a_wave(2, depends_on=()), a_wave(3, depends_on=(1,)))
    for by in (-1, 1):
        there = move_wave(plan, number, by)
        if there is not None and there.wave is not None:
            back = move_wave(there.plan, there.wave, -by)
            assert back is not None
            assert back.plan == plan


def test_picture_puts_waves_after_what_they_wait_for() -> None:
    plan = a_plan(
        a_wave(1), a_wave(2, depends_on=()), a_wave(3, depends_on=(1, 2)), a_wave(4, depends_on=(3,))
    )
    placed = {place.wave.number: (place.column, place.row, place.is_critical) for place in places(plan)}
    assert placed == {1: (0, 0, True), 2: (0, 1, False), 3: (1, 0, True), 4: (2, 0, True)}


def test_picture_of_waves_in_a_circle_is_drawn_all_the_same() -> None:
    plan = a_plan(a_wave(1, depends_on=(2,)), a_wave(2, depends_on=(1,)))
    assert {place.wave.number for place in places(plan)} == {1, 2}
    assert places(replace(plan, waves=())) == ()
