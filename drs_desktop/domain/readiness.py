"""Will it launch? What is checked before a start, as findings; a check that could not be made says so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from drs_desktop.domain.capacity import Limit, limit_uses
from drs_desktop.domain.execution import FrozenServer, FrozenWave
from drs_desktop.domain.ids import GroupId, Scope, ServerKey
from drs_desktop.domain.job import Job
from drs_desktop.domain.protection_group import ProtectionGroup, missing_members
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_plan import RecoveryPlan, plan_problems
from drs_desktop.domain.source_server import BLOCKING_STATES, DataReplicationState, SourceServer
from drs_desktop.domain.start_checks import protected_instances
from drs_desktop.domain.start_recovery import ExecutionMode


class Level(StrEnum):
    """How a check came out."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, kw_only=True)
class ReadinessFinding:
    """One check, as a sentence with what to do where something is wrong."""

    level: Level
    text: str


@dataclass(frozen=True, kw_only=True)
class ScopeFacts:
    """What was read of one account and Region for a plan; `problem` says why nothing could be."""

    scope: Scope
    servers: tuple[SourceServer, ...] = ()
    jobs: tuple[Job, ...] = ()
    instances: tuple[RecoveryInstance, ...] = ()
    problem: str = ""


def check_plan(
    plan: RecoveryPlan,
    groups: Mapping[GroupId, ProtectionGroup],
    waves: Sequence[FrozenWave],
    mode: ExecutionMode,
    facts: Sequence[ScopeFacts],
) -> tuple[ReadinessFinding, ...]:
    """Return every finding about a start of the plan in this mode, failures first."""
    servers = {server.key: server for fact in facts for server in fact.servers}
    findings = [
        *_plan_findings(plan, groups),
        *_scope_findings(facts),
        *_wave_findings(waves, facts, groups, plan, servers),
        *_replication_findings(waves, mode, servers),
        *_target_findings(plan, waves, servers),
        *_busy_findings(waves, facts),
        *_quota_findings(waves, facts),
        *_instance_findings(waves, mode, facts),
    ]
    order = [Level.FAILED, Level.NOT_CHECKED, Level.WARNING, Level.PASSED]
    return tuple(sorted(findings, key=lambda finding: order.index(finding.level)))


def _plan_findings(
    plan: RecoveryPlan, groups: Mapping[GroupId, ProtectionGroup]
) -> Iterable[ReadinessFinding]:
    for problem in plan_problems(plan):
        yield ReadinessFinding(level=Level.FAILED, text=problem)
    for wave in plan.waves:
        for group_id in wave.group_ids:
            if group_id not in groups:
                text = f"Wave {wave.number} ({wave.name}) names the group {group_id}, which does not exist."
                yield ReadinessFinding(level=Level.FAILED, text=text)


def _scope_findings(facts: Sequence[ScopeFacts]) -> Iterable[ReadinessFinding]:
    for fact in facts:
        if fact.problem:
            text = f"Nothing could be checked in {fact.scope}: {fact.problem}"
            yield ReadinessFinding(level=Level.NOT_CHECKED, text=text)


def _wave_findings(
    waves: Sequence[FrozenWave],
    facts: Sequence[ScopeFacts],
    groups: Mapping[GroupId, ProtectionGroup],
    plan: RecoveryPlan,
    servers: Mapping[ServerKey, SourceServer],
) -> Iterable[ReadinessFinding]:
    is_complete = not any(fact.problem for fact in facts)
    for wave in waves:
        if not wave.servers and is_complete:
            text = f"Wave {wave.number} ({wave.name}) has no server. An empty wave is never done: mend it."
            yield ReadinessFinding(level=Level.FAILED, text=text)
        elif wave.servers:
            text = f"Wave {wave.number} ({wave.name}): {len(wave.servers)} servers."
            yield ReadinessFinding(level=Level.PASSED, text=text)
    yield from _twice_findings(waves)
    used = {group_id for wave in plan.waves for group_id in wave.group_ids}
    for group_id in sorted(used & set(groups)):
        for key in missing_members(groups[group_id], servers.values()) if is_complete else ():
            text = (
                f"Group {groups[group_id].name} lists {key}, which DRS no longer has. Take it off the list."
            )
            yield ReadinessFinding(level=Level.FAILED, text=text)


def _twice_findings(waves: Sequence[FrozenWave]) -> Iterable[ReadinessFinding]:
    seen: dict[ServerKey, int] = {}
    for wave in waves:
        for server in wave.servers:
            if server.key in seen:
                text = f"{server.name} falls into wave {seen[server.key]} and into wave {wave.number}."
                yield ReadinessFinding(level=Level.FAILED, text=text)
            seen.setdefault(server.key, wave.number)


def _all_servers(waves: Sequence[FrozenWave]) -> tuple[FrozenServer, ...]:
    return tuple(server for wave in waves for server in wave.servers)


def _replication_findings(
    waves: Sequence[FrozenWave], mode: ExecutionMode, servers: Mapping[ServerKey, SourceServer]
) -> Iterable[ReadinessFinding]:
    read = [servers[frozen.key] for frozen in _all_servers(waves) if frozen.key in servers]
    behind = [s for s in read if s.replication_state is not DataReplicationState.CONTINUOUS]
    blocked = [s for s in behind if s.replication_state in BLOCKING_STATES and mode.is_drill]
    older = [s for s in behind if s not in blocked]
    if blocked:
        text = (
            f"{_servers(len(blocked))} without a usable point in time: {_states(blocked)}. "
            "Mend the replication."
        )
        yield ReadinessFinding(level=Level.FAILED, text=text)
    if older:
        text = f"{_servers(len(older))} with older data than continuous replication: {_states(older)}."
        yield ReadinessFinding(level=Level.WARNING, text=text)
    if read and not behind:
        yield ReadinessFinding(level=Level.PASSED, text="Every server read is in continuous replication.")


def _target_findings(
    plan: RecoveryPlan, waves: Sequence[FrozenWave], servers: Mapping[ServerKey, SourceServer]
) -> Iterable[ReadinessFinding]:
    """Compare each server's lag with the plan's recovery point target, where the plan has one."""
    if plan.recovery_point is None:
        return
    target = f"the recovery point target of {plan.recovery_point.total_seconds() / 60:g} minutes"
    read = [servers[frozen.key] for frozen in _all_servers(waves) if frozen.key in servers]
    late = [f"{s.name} ({s.lag})" for s in read if s.lag is not None and s.lag > plan.recovery_point]
    unknown = [s.name for s in read if s.lag is None]
    if late:
        text = f"{_servers(len(late))} further behind than {target}: {_some(late)}. Look at the replication."
        yield ReadinessFinding(level=Level.WARNING, text=text)
    if unknown:
        text = f"It is not known whether {target} is met: DRS tells no lag of {_some(unknown)}."
        yield ReadinessFinding(level=Level.WARNING, text=text)
    if read and not late and not unknown:
        yield ReadinessFinding(level=Level.PASSED, text=f"Every server read is within {target}.")


def _quota_findings(waves: Sequence[FrozenWave], facts: Sequence[ScopeFacts]) -> Iterable[ReadinessFinding]:
    """Tell of an account and Region whose jobs leave no room, so that the first part would wait in line."""
    wanted = {server.key.scope for server in _all_servers(waves)}
    for fact in facts:
        uses = {use.limit: use for use in limit_uses(None, fact.jobs)}
        for limit in (Limit.ACTIVE_JOBS, Limit.SERVERS_IN_JOBS):
            use = uses[limit]
            if fact.scope in wanted and not fact.problem and use.available == 0:
                text = (
                    f"The limit of {use.maximum} {limit} is used up in {fact.scope}: what starts there waits "
                    "in line until a job ends."
                )
                yield ReadinessFinding(level=Level.WARNING, text=text)


def _states(servers: Sequence[SourceServer]) -> str:
    return _some([f"{server.name} ({server.replication_state})" for server in servers])


def _servers(count: int) -> str:
    return "1 server" if count == 1 else f"{count} servers"


def _some(names: Sequence[str]) -> str:
    """Return at most five names, and how many more there are."""
    more = len(names) - 5
    return ", ".join(names[:5]) + (f" and {more} more" if more > 0 else "")


def _busy_findings(waves: Sequence[FrozenWave], facts: Sequence[ScopeFacts]) -> Iterable[ReadinessFinding]:
    names = {server.key: server.name for server in _all_servers(waves)}
    for fact in facts:
        for job in (job for job in fact.jobs if job.is_active):
            busy = [
                name
                for key, name in names.items()
                if key.scope == fact.scope and key.source_server_id in job.source_server_ids
            ]
            if busy:
                text = f"Job {job.job_id} is processing {_some(busy)}: their wave waits in line."
                yield ReadinessFinding(level=Level.WARNING, text=text)


def _instance_findings(
    waves: Sequence[FrozenWave], mode: ExecutionMode, facts: Sequence[ScopeFacts]
) -> Iterable[ReadinessFinding]:
    names = {server.key: server.name for server in _all_servers(waves)}
    instances = [i for fact in facts for i in fact.instances if i.server in names]
    protected = protected_instances(mode, instances, frozenset())
    if protected:
        named = [f"{names[i.server]} ({i.recovery_instance_id})" for i in protected]
        text = (
            f"{_servers(len(named))} with a real recovery's instance, which a {mode} would delete: "
            f"{_some(named)}. Terminate or fail back that recovery first."
        )
        yield ReadinessFinding(level=Level.FAILED, text=text)
    drills = replaced_servers(waves, facts)
    if drills:
        what = "earlier drill instance" if len(drills) == 1 else "earlier drill instances"
        text = f"{len(drills)} {what} will be deleted: {_some(drills)}."
        yield ReadinessFinding(level=Level.WARNING, text=text)


def replaced_servers(waves: Sequence[FrozenWave], facts: Sequence[ScopeFacts]) -> tuple[str, ...]:
    """Return the names of the servers whose earlier drill instance a start deletes."""
    names = {server.key: server.name for server in _all_servers(waves)}
    return tuple(
        sorted(names[i.server] for fact in facts for i in fact.instances if i.is_drill and i.server in names)
    )
