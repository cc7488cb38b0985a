"""What an author can do to a plan: each edit a function from plan to plan, with the words for undo."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave
from drs_desktop.ui.models.status_text import tr


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A plan after one step of its author.

    Attributes:
        text: what undo says it undoes.
        merges: edits that follow each other with the same word here are one step, as typing is; empty: never.
        wave: the number of the wave that is to be chosen afterwards, or None.
    """

    plan: RecoveryPlan
    text: str
    merges: str = ""
    wave: int | None = None


# ---- the plan itself


def set_plan(plan: RecoveryPlan, field: str, value: Any, what: str) -> Edit:
    """Return the plan with another value in one of its own fields; `what` is the field in words."""
    changed: RecoveryPlan = replace(plan, **{field: value})
    return Edit(plan=changed, text=tr("change {0}").format(what), merges=f"plan.{field}")


# ---- waves


def wave_of(plan: RecoveryPlan, number: int | None) -> Wave | None:
    return next((wave for wave in plan.waves if wave.number == number), None)


def set_wave(plan: RecoveryPlan, number: int, field: str, value: Any, what: str) -> Edit:
    """Return the plan with another value in one field of a wave; `what` is the field in words."""
    return Edit(
        plan=_with_wave(plan, number, lambda wave: replace(wave, **{field: value})),
        text=tr("change {0} of wave {1}").format(what, number),
        merges=f"wave.{number}.{field}",
        wave=number,
    )


def add_wave(plan: RecoveryPlan, after: int | None) -> Edit:
    """Return the plan with a new wave after another one, or at the end."""
    place = after if after is not None else max((wave.number for wave in plan.waves), default=0)
    moved = {wave.number: wave.number + (wave.number > place) for wave in plan.waves}
    new = Wave(number=place + 1, name=tr("New wave"), group_ids=())
    waves = _in_order((*_renumbered(plan, moved), new))
    return Edit(plan=replace(plan, waves=waves), text=tr("add a wave"), wave=new.number)


def remove_wave(plan: RecoveryPlan, number: int) -> Edit:
    """Return the plan without a wave; those that waited for it wait for what it waited for."""
    gone = wave_of(plan, number)
    if gone is None:
        return Edit(plan=plan, text="")
    before = plan.predecessors(gone)
    rest = [_without(wave, number, before) for wave in plan.waves if wave.number != number]
    moved = {wave.number: wave.number - (wave.number > number) for wave in rest}
    waves = _renumbered(replace(plan, waves=tuple(rest)), moved)
    near = min(number, len(waves)) or None
    text = tr('remove wave {0} "{1}"').format(number, gone.name)
    return Edit(plan=replace(plan, waves=_in_order(waves)), text=text, wave=near)


def move_wave(plan: RecoveryPlan, number: int, by: int) -> Edit | None:
    """Return the plan with a wave one place earlier (-1) or later (+1); None at the end of the line.

    What was written about dependencies goes along with the waves; what was left to the order follows it.
    """
    order = [wave.number for wave in _in_order(plan.waves)]
    place = order.index(number)
    if not 0 <= place + by < len(order):
        return None
    other = order[place + by]
    swapped = {each: each for each in order} | {number: other, other: number}
    waves = _in_order(_renumbered(plan, swapped))
    text = tr("move wave {0} earlier") if by < 0 else tr("move wave {0} later")
    return Edit(plan=replace(plan, waves=waves), text=text.format(number), wave=other)


def set_dependencies(plan: RecoveryPlan, number: int, depends_on: tuple[int, ...] | None) -> Edit:
    """Return the plan with what a wave waits for; None means the wave before it."""
    wanted = None if depends_on is None else tuple(sorted(depends_on))
    return replace(set_wave(plan, number, "depends_on", wanted, tr("what it waits for")), merges="")


def may_depend(plan: RecoveryPlan, number: int, on: int) -> bool:
    """Return whether a wave may wait for another one: not for itself, nor for one that waits for it."""
    return number != on and number not in _all_before(plan, on)


# ---- groups


def put_group(plan: RecoveryPlan, group_id: GroupId, name: str, number: int | None) -> Edit:
    """Return the plan with a group in this wave and in no other; None takes it out of the plan."""
    waves = tuple(_placed(wave, group_id, number) for wave in plan.waves)
    if number is None:
        text = tr("take group {0} out").format(name)
    else:
        text = tr("put group {0} into wave {1}").format(name, number)
    return Edit(plan=replace(plan, waves=waves), text=text, wave=number)


def wave_of_group(plan: RecoveryPlan, group_id: GroupId) -> int | None:
    """Return the number of the wave that a group stands in, or None."""
    return next((wave.number for wave in plan.waves if group_id in wave.group_ids), None)


def move_group(plan: RecoveryPlan, group_id: GroupId, name: str, by: int) -> Edit | None:
    """Return the plan with a group one wave earlier (-1) or later (+1); None where there is no such wave."""
    number = wave_of_group(plan, group_id)
    order = [wave.number for wave in _in_order(plan.waves)]
    if number is None or not 0 <= order.index(number) + by < len(order):
        return None
    return put_group(plan, group_id, name, order[order.index(number) + by])


# ---- inside


def _in_order(waves: Iterable[Wave]) -> tuple[Wave, ...]:
    return tuple(sorted(waves, key=lambda wave: wave.number))


def _with_wave(plan: RecoveryPlan, number: int, change: Callable[[Wave], Wave]) -> RecoveryPlan:
    waves = tuple(change(wave) if wave.number == number else wave for wave in plan.waves)
    return replace(plan, waves=waves)


def _renumbered(plan: RecoveryPlan, numbers: Mapping[int, int]) -> tuple[Wave, ...]:
    return tuple(
        replace(
            wave,
            number=numbers[wave.number],
            depends_on=None
            if wave.depends_on is None
            else tuple(sorted(numbers.get(number, number) for number in wave.depends_on)),
        )
        for wave in plan.waves
    )


def _without(wave: Wave, gone: int, before: tuple[int, ...]) -> Wave:
    if wave.depends_on is None or gone not in wave.depends_on:
        return wave
    kept = {number for number in wave.depends_on if number != gone} | set(before)
    return replace(wave, depends_on=tuple(sorted(kept)))


def _placed(wave: Wave, group_id: GroupId, number: int | None) -> Wave:
    others = tuple(each for each in wave.group_ids if each != group_id)
    if wave.number != number:
        return replace(wave, group_ids=others)
    return wave if group_id in wave.group_ids else replace(wave, group_ids=(*others, group_id))


def _all_before(plan: RecoveryPlan, number: int) -> set[int]:
    """Return every wave that must have ended before this one, and itself."""
    found: set[int] = set()
    open_ = {number}
    while open_:
        current = open_.pop()
        found.add(current)
        wave = wave_of(plan, current)
        open_ |= set(plan.predecessors(wave)) - found if wave else set()
    return found
