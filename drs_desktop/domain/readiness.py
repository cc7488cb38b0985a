"""Will it launch? One report for a plan and a mode; a check that could not be made says so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from drs_desktop.domain.compute_facts import VcpuFamily, family_of
from drs_desktop.domain.execution import FrozenWave
from drs_desktop.domain.ids import GroupId, ServerKey
from drs_desktop.domain.landing import Landing, landings
from drs_desktop.domain.point_in_time import LATEST, ChosenPoints, PointChoice, choose_points, wanted_of
from drs_desktop.domain.protection_group import ProtectionGroup, missing_members
from drs_desktop.domain.readiness_data import (
    data_facts,
    needs_its_points,
    point_findings,
    replication_findings,
    target_findings,
)
from drs_desktop.domain.readiness_finding import (
    Accept,
    Check,
    Level,
    ReadinessFinding,
    ScopeFacts,
    all_servers,
    in_order,
    servers_counted,
    some,
)
from drs_desktop.domain.readiness_network import compute_findings, drill_findings
from drs_desktop.domain.readiness_room import quota_findings, vcpu_findings
from drs_desktop.domain.recovery_instance import GONE_STATES, RecoveryInstance
from drs_desktop.domain.recovery_plan import RecoveryPlan, plan_problems
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_checks import protected_instances
from drs_desktop.domain.start_recovery import ExecutionMode

__all__ = [
    "Accept",
    "Check",
    "Level",
    "PlanFacts",
    "ReadinessFinding",
    "ScopeFacts",
    "check_plan",
    "landed_servers",
    "newest_points",
    "replaced_servers",
]


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """What a plan would start, and what was read about it.

    Attributes:
        now: service time of the reading.
        more: findings of checks that others make, such as permissions and the sign-in.
    """

    plan: RecoveryPlan
    groups: Mapping[GroupId, ProtectionGroup]
    waves: Sequence[FrozenWave]
    mode: ExecutionMode
    scopes: Sequence[ScopeFacts]
    now: datetime
    choice: PointChoice = LATEST
    more: Sequence[ReadinessFinding] = ()

    @property
    def servers(self) -> dict[ServerKey, SourceServer]:
        """Return every source server that was read."""
        return {server.key: server for fact in self.scopes for server in fact.servers}

    @property
    def chosen(self) -> ChosenPoints:
        """Return what the choice of points in time comes to."""
        snapshots = {key: found for fact in self.scopes for key, found in fact.snapshots.items()}
        return choose_points(self.choice, all_servers(self.waves), snapshots)


def check_plan(facts: PlanFacts) -> tuple[ReadinessFinding, ...]:
    """Return every finding about a start, failures first; servers are gathered, however many there are."""
    return in_order([
        *_plan_findings(facts.plan, facts.groups),
        *_scope_findings(facts.scopes),
        *_wave_findings(facts),
        *_data_findings(facts),
        *_busy_findings(facts.waves, facts.scopes),
        *quota_findings(facts.waves, facts.scopes),
        *_instance_findings(facts),
        *_compute_findings(facts),
        *facts.more,
    ])  # fmt: skip


def _plan_findings(
    plan: RecoveryPlan, groups: Mapping[GroupId, ProtectionGroup]
) -> Iterable[ReadinessFinding]:
    for problem in plan_problems(plan):
        yield ReadinessFinding(level=Level.FAILED, text=problem, fix="Edit the plan.")
    for wave in plan.waves:
        for group_id in wave.group_ids:
            if group_id not in groups:
                text = f"Wave {wave.number} ({wave.name}) names the group {group_id}, which does not exist."
                yield ReadinessFinding(level=Level.FAILED, text=text, fix="Edit the plan.")


def _scope_findings(scopes: Sequence[ScopeFacts]) -> Iterable[ReadinessFinding]:
    for fact in scopes:
        if fact.problem:
            yield ReadinessFinding(
                level=Level.NOT_CHECKED,
                text=f"Nothing could be checked in {fact.scope}: {fact.problem}",
                check=Check.REACH,
            )


# ---- waves


def _wave_findings(facts: PlanFacts) -> Iterable[ReadinessFinding]:
    is_complete = not any(fact.problem for fact in facts.scopes)
    for wave in facts.waves:
        name = f"Wave {wave.number} ({wave.name})"
        if not wave.servers and is_complete:
            yield ReadinessFinding(
                level=Level.FAILED,
                text=f"{name} has no server. An empty wave is never done.",
                fix="Mend its groups, or take the wave out.",
                check=Check.WAVES,
            )
        elif wave.servers:
            text = f"{name}: {servers_counted(len(wave.servers))}."
            yield ReadinessFinding(level=Level.PASSED, text=text, check=Check.WAVES)
    yield from _twice_findings(facts.waves)
    if is_complete:
        yield from _missing_findings(facts)


def _missing_findings(facts: PlanFacts) -> Iterable[ReadinessFinding]:
    used = {group_id for wave in facts.plan.waves for group_id in wave.group_ids}
    for group_id in sorted(used & set(facts.groups)):
        group = facts.groups[group_id]
        gone = [str(key) for key in missing_members(group, facts.servers.values())]
        if gone:
            yield ReadinessFinding(
                level=Level.FAILED,
                text=f"Group {group.name} lists {some(gone)}, which DRS no longer has.",
                fix="Take that off the list.",
                check=Check.WAVES,
            )


def _twice_findings(waves: Sequence[FrozenWave]) -> Iterable[ReadinessFinding]:
    seen: dict[ServerKey, int] = {}
    twice: dict[tuple[int, int], list[str]] = {}
    for wave in waves:
        for server in wave.servers:
            if server.key in seen:
                twice.setdefault((seen[server.key], wave.number), []).append(server.name)
            seen.setdefault(server.key, wave.number)
    for (first, second), names in twice.items():
        verb = "falls" if len(names) == 1 else "fall"
        yield ReadinessFinding(
            level=Level.FAILED,
            text=f"{some(names)} {verb} into wave {first} and into wave {second}.",
            fix="Leave each server in one group only.",
            check=Check.WAVES,
        )


# ---- data, jobs and instances


def _data_findings(facts: PlanFacts) -> Iterable[ReadinessFinding]:
    data = data_facts(facts.waves, facts.scopes, facts.chosen, facts.now)
    frozen = all_servers(facts.waves)
    wanted = wanted_of(facts.choice, frozen)
    pinned = [server for server in frozen if server.key in wanted]
    newest = replace(data, servers=tuple(s for s in data.servers if s.key not in wanted))
    yield from replication_findings(newest, facts.mode)
    yield from target_findings(newest, facts.plan.recovery_point)
    yield from point_findings(data, pinned)


def newest_points(facts: PlanFacts) -> dict[ServerKey, datetime]:
    """Return, of each server that does not replicate continuously, when its newest usable data is from."""
    data = data_facts(facts.waves, facts.scopes, facts.chosen, facts.now)
    behind = (server for server in data.servers if needs_its_points(server))
    return {server.key: at for server in behind if (at := data.newest(server)) is not None}


def _busy_findings(waves: Sequence[FrozenWave], scopes: Sequence[ScopeFacts]) -> Iterable[ReadinessFinding]:
    """Tell of servers that are in a job, all those of one account and Region in one line."""
    for fact in scopes:
        mine = {s.key.source_server_id: s.name for s in all_servers(waves) if s.key.scope == fact.scope}
        jobs = [job for job in fact.jobs if job.is_active and job.source_server_ids & set(mine)]
        if jobs:
            busy = sorted(mine[one] for job in jobs for one in job.source_server_ids if one in mine)
            ids = [str(job.job_id) for job in jobs]
            said = f"Job {ids[0]} is" if len(ids) == 1 else f"Jobs {some(ids)} are"
            text = f"{said} processing {some(busy)}: their wave waits in line."
            yield ReadinessFinding(level=Level.WARNING, text=text, check=Check.BUSY)


def _instance_findings(facts: PlanFacts) -> Iterable[ReadinessFinding]:
    names = {server.key: server.name for server in all_servers(facts.waves)}
    instances = [i for fact in facts.scopes for i in fact.instances if i.server in names]
    protected = protected_instances(facts.mode, instances, frozenset())
    if protected:
        named = [f"{names[i.server]} ({i.recovery_instance_id})" for i in protected]
        yield ReadinessFinding(
            level=Level.FAILED,
            text=(
                f"{servers_counted(len(named))} with a real recovery's instance, which a {facts.mode} would "
                f"delete: {some(named)}."
            ),
            fix="Terminate or fail back that recovery first.",
            check=Check.INSTANCES,
        )
    drills = replaced_servers(facts.waves, facts.scopes)
    if drills:
        what = "earlier drill instance" if len(drills) == 1 else "earlier drill instances"
        text = f"{len(drills)} {what} will be deleted: {some(drills)}."
        yield ReadinessFinding(level=Level.WARNING, text=text, check=Check.INSTANCES)


def replaced_servers(waves: Sequence[FrozenWave], scopes: Sequence[ScopeFacts]) -> tuple[str, ...]:
    """Return the names of the servers whose earlier drill instance a start deletes."""
    names = {server.key: server.name for server in all_servers(waves)}
    return tuple(
        sorted(names[i.server] for fact in scopes for i in fact.instances if i.is_drill and i.server in names)
    )


# ---- what EC2 says


def landed_servers(facts: PlanFacts) -> dict[ServerKey, Landing]:
    """Return where the servers would land, as far as EC2 was read."""
    found: dict[ServerKey, Landing] = {}
    for fact in facts.scopes:
        if fact.compute is not None:
            found |= {one.server.key: one for one in landings(fact.compute, _mine(facts, fact))}
    return found


def _mine(facts: PlanFacts, fact: ScopeFacts) -> list[SourceServer]:
    known = {server.key: server for server in fact.servers}
    return [known[server.key] for server in all_servers(facts.waves) if server.key in known]


def _compute_findings(facts: PlanFacts) -> Iterable[ReadinessFinding]:
    for fact in facts.scopes:
        mine = _mine(facts, fact)
        if fact.compute is None or not mine:
            continue
        landed = landings(fact.compute, mine)
        replaced = _replaced(facts, fact)
        yield from compute_findings(fact.compute, landed, frozenset(i.private_ip for i in replaced))
        types = {one.server.key: one.instance_type for one in landed if one.instance_type}
        yield from vcpu_findings(fact.compute, types, _freed(types, replaced, fact.compute.vcpus))
        if facts.mode.is_drill:
            yield from drill_findings(landed, _occupied(fact))


def _replaced(facts: PlanFacts, fact: ScopeFacts) -> list[RecoveryInstance]:
    """Return the earlier drill instances that run and that the start deletes."""
    wanted = {server.key for server in all_servers(facts.waves)}
    return [i for i in fact.instances if i.is_drill and i.server in wanted and i.ec2_state not in GONE_STATES]


def _freed(
    types: Mapping[ServerKey, str], replaced: Sequence[RecoveryInstance], vcpus: Mapping[str, int]
) -> dict[VcpuFamily, int]:
    """Return the vCPUs that deleted instances give back, taken to be of the type launched now."""
    freed: dict[VcpuFamily, int] = {}
    for instance in replaced:
        instance_type = types.get(instance.server, "")
        family = family_of(instance_type)
        freed[family] = freed.get(family, 0) + vcpus.get(instance_type, 0)
    return freed


def _occupied(fact: ScopeFacts) -> frozenset[str]:
    """Return the addresses of a real recovery's instances."""
    real = (i for i in fact.instances if not i.is_drill and i.ec2_state not in GONE_STATES)
    return frozenset(i.private_ip for i in real if i.private_ip)
