"""Resolve a plan's groups into the servers that an execution will start, once and for all."""

from collections.abc import Mapping, Sequence

from drs_desktop.domain.execution import FrozenServer, FrozenWave
from drs_desktop.domain.ids import GroupId, Scope, ServerKey
from drs_desktop.domain.protection_group import ProtectionGroup, members
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, Wave
from drs_desktop.domain.source_server import SourceServer


def freeze_waves(
    plan: RecoveryPlan,
    groups: Mapping[GroupId, ProtectionGroup],
    servers: Sequence[SourceServer],
    *,
    attended: bool,
) -> tuple[FrozenWave, ...]:
    """Return the plan's waves with their members of this moment, in the order of their numbers.

    Args:
        attended: whether a person watches; otherwise the policy `ask` means `stop`.
    """
    ordered = sorted(plan.waves, key=lambda wave: wave.number)
    return tuple(
        FrozenWave(
            number=wave.number,
            name=wave.name,
            depends_on=plan.predecessors(wave),
            pause_before=wave.pause_before,
            instruction=wave.instruction,
            failure_policy=_policy(wave, attended=attended),
            servers=_members(wave, groups, servers),
            success_threshold=wave.success_threshold,
            time_limit=wave.time_limit,
            steps_before=wave.steps_before,
            steps_after=wave.steps_after,
        )
        for wave in ordered
    )


def _policy(wave: Wave, *, attended: bool) -> FailurePolicy:
    if wave.failure_policy is FailurePolicy.ASK and not attended:
        return FailurePolicy.STOP
    return wave.failure_policy


def _members(
    wave: Wave, groups: Mapping[GroupId, ProtectionGroup], servers: Sequence[SourceServer]
) -> tuple[FrozenServer, ...]:
    found: dict[ServerKey, FrozenServer] = {}  # a server in two groups of one wave is started once
    for group_id in wave.group_ids:
        for server in members(groups[group_id], servers) if group_id in groups else ():
            frozen = FrozenServer(
                key=server.key,
                name=server.name,
                is_critical=server.key not in wave.optional_servers,
                group_name=groups[group_id].name,
            )
            found.setdefault(server.key, frozen)
    return tuple(found.values())


def scopes_of(plan: RecoveryPlan, groups: Mapping[GroupId, ProtectionGroup]) -> tuple[Scope, ...]:
    """Return the accounts and Regions in which the plan's groups look for servers."""
    found = {
        scope
        for wave in plan.waves
        for group_id in wave.group_ids
        if group_id in groups
        for scope in groups[group_id].scopes
    }
    return tuple(sorted(found))
