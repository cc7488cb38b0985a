"""What changed between two versions of a plan or group, by meaning: a sentence each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain.fleet_index import FleetIndex
from drs_desktop.domain.ids import GroupId, ServerKey
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind, members
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave
from drs_desktop.domain.source_server import SourceServer

Groups = Mapping[GroupId, ProtectionGroup]


@dataclass(frozen=True, kw_only=True)
class PlanState:
    """A plan with the groups that stand beside it, before or after a change."""

    plan: RecoveryPlan
    groups: Groups


# ---- plans


def plan_differences(
    before: PlanState, after: PlanState, servers: Sequence[SourceServer] = ()
) -> tuple[str, ...]:
    """Return what is different in a plan, from its own fields to the servers that change their wave.

    Args:
        servers: those known now; with them it is told which servers come, go and move.
    """
    return (
        *_field_differences(before.plan, after.plan, _PLAN_FIELDS),
        *_wave_differences(before, after),
        *_group_moves(before, after),
        *_server_moves(before, after, servers),
    )


def _minutes(length: timedelta | None) -> str:
    return "none" if length is None else f"{length.total_seconds() / 60:g} minutes"


_PLAN_FIELDS: Mapping[str, Callable[[RecoveryPlan], str]] = {
    "The name": lambda plan: plan.name,
    "The description": lambda plan: plan.description,
    "The owner": lambda plan: plan.owner,
    "The notes": lambda plan: plan.notes,
    "The recovery time target (RTO)": lambda plan: _minutes(plan.recovery_time),
    "The recovery point target (RPO)": lambda plan: _minutes(plan.recovery_point),
}


def _field_differences(before: object, after: object, fields: Mapping[str, Callable[..., str]]) -> list[str]:
    """Return a sentence for each field that says something else now; long texts are not repeated."""
    found = []
    for name, read in fields.items():
        old, new = read(before), read(after)
        if old != new:
            found.append(f"{name} was {_quoted(old)}, is now {_quoted(new)}.")
    return found


def _quoted(text: str) -> str:
    if not text:
        return "empty"
    flat = " ".join(text.split())
    return f"{flat!r}" if len(flat) <= 60 else f"{flat[:59] + '…'!r}"


# ---- waves


def _wave_differences(before: PlanState, after: PlanState) -> Iterable[str]:
    pairs = _paired_waves(before.plan, after.plan)
    yield from (f"{_wave(wave)} is gone." for wave in before.plan.waves if wave.number not in pairs)
    kept = set(pairs.values())
    yield from (f"{_wave(wave)} is new." for wave in after.plan.waves if wave.number not in kept)
    new = {wave.number: wave for wave in after.plan.waves}
    for wave in before.plan.waves:
        if wave.number in pairs:
            yield from _one_wave(before.plan, wave, after.plan, new[pairs[wave.number]], pairs)


def _paired_waves(before: RecoveryPlan, after: RecoveryPlan) -> dict[int, int]:
    """Return, by the number before, the number after of each wave that is still there.

    A wave is known by its name; one that was renamed by its groups, then by its number.
    """
    pairs: dict[int, int] = {}
    for same in (_same_name, _same_groups, _same_number):
        for old in (wave for wave in before.waves if wave.number not in pairs):
            taken = set(pairs.values())
            match = next((w for w in after.waves if w.number not in taken and same(old, w)), None)
            if match is not None:
                pairs[old.number] = match.number
    return pairs


def _same_name(old: Wave, new: Wave) -> bool:
    return old.name == new.name


def _same_groups(old: Wave, new: Wave) -> bool:
    return bool(set(old.group_ids) & set(new.group_ids))


def _same_number(old: Wave, new: Wave) -> bool:
    return old.number == new.number


def _wave(wave: Wave) -> str:
    return f"Wave {wave.number} ({wave.name})"


_WAVE_FIELDS: Mapping[str, Callable[[Wave], str]] = {
    "the name": lambda wave: wave.name,
    "the description": lambda wave: wave.description,
    "the pause before it": lambda wave: "on" if wave.pause_before else "off",
    "the instruction": lambda wave: wave.instruction,
    "the failure policy": lambda wave: wave.failure_policy.value,
    "the success threshold": lambda wave: f"{wave.success_threshold:g}",
    "the time limit": lambda wave: _minutes(wave.time_limit),
}


def _one_wave(
    before: RecoveryPlan, old: Wave, after: RecoveryPlan, new: Wave, pairs: Mapping[int, int]
) -> Iterable[str]:
    if old.number != new.number:
        yield f"Wave {new.name} moved from place {old.number} to place {new.number}."
    yield from (f"{_wave(new)}: {text}" for text in _field_differences(old, new, _WAVE_FIELDS))
    waited = {pairs.get(number) for number in before.predecessors(old)}
    if waited != set(after.predecessors(new)):
        yield f"{_wave(new)} now waits for {_wave_numbers(after.predecessors(new))}."
    if (old.steps_before, old.steps_after) != (new.steps_before, new.steps_after):
        yield f"{_wave(new)}: {_step_words(old, new)}."
    yield from _optional_differences(old, new)


def _wave_numbers(numbers: Sequence[int]) -> str:
    return " and ".join(f"wave {number}" for number in sorted(numbers)) or "nothing"


def _step_words(old: Wave, new: Wave) -> str:
    was = [spec.name for spec in (*old.steps_before, *old.steps_after)]
    now = [spec.name for spec in (*new.steps_before, *new.steps_after)]
    if was == now:
        return "the settings of its steps changed"
    return f"its steps were {', '.join(was) or 'none'}, are now {', '.join(now) or 'none'}"


def _optional_differences(old: Wave, new: Wave) -> Iterable[str]:
    for key in sorted(new.optional_servers - old.optional_servers):
        yield f"{_wave(new)}: {key} is now optional."
    for key in sorted(old.optional_servers - new.optional_servers):
        yield f"{_wave(new)}: {key} is now critical."


# ---- groups and servers between waves


def _group_moves(before: PlanState, after: PlanState) -> Iterable[str]:
    old, new = _places(before.plan), _places(after.plan)
    pairs = _paired_waves(before.plan, after.plan)
    names = {group_id: group.name for state in (before, after) for group_id, group in state.groups.items()}
    for group_id in sorted({*old, *new}, key=lambda one: names.get(one, one)):
        yield from _moved(
            f"Group {names.get(group_id, group_id)}", old.get(group_id), new.get(group_id), pairs
        )


def _places(plan: RecoveryPlan) -> dict[GroupId, int]:
    return {group_id: wave.number for wave in plan.waves for group_id in wave.group_ids}


def _moved(what: str, old: int | None, new: int | None, pairs: Mapping[int, int]) -> Iterable[str]:
    """Tell that something changed its wave; a wave that moved as a whole moves nothing in it."""
    if old is None and new is not None:
        yield f"{what} is new in wave {new}."
    elif old is not None and new is None:
        yield f"{what} left wave {old} and the plan."
    elif old is not None and pairs.get(old) != new:
        yield f"{what} moved from wave {old} to wave {new}."


def _server_moves(before: PlanState, after: PlanState, servers: Sequence[SourceServer]) -> Iterable[str]:
    old, new = _server_places(before, servers), _server_places(after, servers)
    pairs = _paired_waves(before.plan, after.plan)
    for server in sorted(servers, key=lambda server: (server.name, server.key)):
        yield from _moved(server.name, old.get(server.key), new.get(server.key), pairs)


def _server_places(state: PlanState, servers: Sequence[SourceServer]) -> dict[ServerKey, int]:
    fleet = FleetIndex(servers)
    return {
        server.key: wave.number
        for wave in state.plan.waves
        for group_id in wave.group_ids
        if group_id in state.groups
        for server in fleet.members(state.groups[group_id])
    }


# ---- groups


def group_differences(
    before: ProtectionGroup, after: ProtectionGroup, servers: Sequence[SourceServer] = ()
) -> tuple[str, ...]:
    """Return what is different in a group: its fields, how it selects, and whom it selects now."""
    return (
        *_field_differences(before, after, _GROUP_FIELDS),
        *_key_differences(before, after),
        *_member_differences(before, after, servers),
    )


_GROUP_FIELDS: Mapping[str, Callable[[ProtectionGroup], str]] = {
    "The name": lambda group: group.name,
    "The description": lambda group: group.description,
    "The owner": lambda group: group.owner,
    "The selection": lambda group: group.selection.value,
    "The tags asked for": lambda group: " and ".join(f"{key} = {value}" for key, value in group.tags),
    "The accounts and Regions looked in": lambda group: "; ".join(str(scope) for scope in group.scopes),
}


def _key_differences(before: ProtectionGroup, after: ProtectionGroup) -> Iterable[str]:
    if before.selection is not SelectionKind.LIST or after.selection is not SelectionKind.LIST:
        return
    yield from (f"{key} is new on the list." for key in after.server_keys if key not in before.server_keys)
    yield from (f"{key} left the list." for key in before.server_keys if key not in after.server_keys)
    if set(before.server_keys) == set(after.server_keys) and before.server_keys != after.server_keys:
        yield "The order of the list changed."


def _member_differences(
    before: ProtectionGroup, after: ProtectionGroup, servers: Sequence[SourceServer]
) -> Iterable[str]:
    old, new = members(before, servers), members(after, servers)
    yield from (f"{server.name} now belongs to the group." for server in new if server not in old)
    yield from (f"{server.name} no longer belongs to the group." for server in old if server not in new)
