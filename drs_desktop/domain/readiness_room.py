"""Is there room? The limits of DRS, the vCPU quotas of EC2, and what runs already."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from drs_desktop.domain.capacity import Limit, limit_uses
from drs_desktop.domain.compute_facts import Aspect, ComputeFacts, VcpuFamily, family_of
from drs_desktop.domain.execution import FrozenWave
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.readiness_finding import (
    Accept,
    Check,
    Level,
    ReadinessFinding,
    ScopeFacts,
    all_servers,
    servers_counted,
)
from drs_desktop.domain.start_recovery import MAX_SERVERS_IN_ACTIVE_JOBS

CONVERSION_VCPUS = 2
"""What a conversion server is taken to have, of which DRS makes one for each server; AWS does not say."""


def quota_findings(waves: Sequence[FrozenWave], facts: Sequence[ScopeFacts]) -> Iterable[ReadinessFinding]:
    """Tell of limits of DRS that make a part of the plan wait in line."""
    for fact in facts:
        mine = [s for s in all_servers(waves) if s.key.scope == fact.scope]
        if not mine or fact.problem:
            continue
        yield from _full(fact)
        yield from _too_large(waves, fact.scope)


def _full(fact: ScopeFacts) -> Iterable[ReadinessFinding]:
    uses = {use.limit: use for use in limit_uses(None, fact.jobs)}
    for limit in (Limit.ACTIVE_JOBS, Limit.SERVERS_IN_JOBS):
        if uses[limit].available == 0:
            text = (
                f"The limit of {uses[limit].maximum} {limit} is used up in {fact.scope}: what starts there "
                "waits in line until a job ends."
            )
            yield ReadinessFinding(level=Level.WARNING, text=text, check=Check.DRS_QUOTAS)


def _too_large(waves: Sequence[FrozenWave], scope: Scope) -> Iterable[ReadinessFinding]:
    for wave in waves:
        count = sum(server.key.scope == scope for server in wave.servers)
        if count > MAX_SERVERS_IN_ACTIVE_JOBS:
            text = (
                f"Wave {wave.number} ({wave.name}) starts {count} servers in {scope}, where at most "
                f"{MAX_SERVERS_IN_ACTIVE_JOBS} may be in jobs: the rest waits in line."
            )
            yield ReadinessFinding(level=Level.WARNING, text=text, check=Check.DRS_QUOTAS)


def vcpu_findings(
    compute: ComputeFacts, types: Mapping[ServerKey, str], replaced: Mapping[VcpuFamily, int]
) -> Iterable[ReadinessFinding]:
    """Compare what the servers of a plan need in one account and Region with the vCPU quotas there.

    Args:
        types: the instance type of each server, as far as it is known.
        replaced: vCPUs of earlier instances that the start deletes.
    """
    if not compute.was_read(Aspect.QUOTAS, Aspect.TYPES, Aspect.RUNNING):
        why = next(compute.problems[a] for a in _FOR_VCPUS if a in compute.problems)
        text = f"Whether the vCPU quotas of {compute.scope} suffice could not be checked: {why}"
        yield ReadinessFinding(
            level=Level.NOT_CHECKED, text=text, check=Check.VCPUS, is_essential=False, fix=_READ_RIGHTS
        )
        return
    needed: Counter[VcpuFamily] = Counter()
    for instance_type in types.values():
        needed[family_of(instance_type)] += compute.vcpus.get(instance_type, 0)
    for family, count in sorted(needed.items()):
        if count:
            yield _against_quota(compute, family, count, replaced.get(family, 0), len(types))


_FOR_VCPUS = (Aspect.QUOTAS, Aspect.TYPES, Aspect.RUNNING)
_READ_RIGHTS = "Give the role the rights of docs/permissions.md, or look in the AWS console."


def _against_quota(
    compute: ComputeFacts, family: VcpuFamily, needed: int, replaced: int, servers: int
) -> ReadinessFinding:
    name = f"{family.name.lower().replace('_', ' ')} vCPUs in {compute.scope}"
    quota = compute.quotas.get(family)
    if quota is None:
        text = f"AWS tells no quota of {name}; {needed} are needed."
        return ReadinessFinding(level=Level.NOT_CHECKED, text=text, check=Check.VCPUS, is_essential=False)
    running = max(0, compute.running_vcpus(family) - replaced)
    total = running + needed
    said = f"{needed} needed and {running} running of {quota} {name}"
    conversion = servers * CONVERSION_VCPUS if family is VcpuFamily.STANDARD else 0
    fix = f"Ask AWS for a higher quota ({family.value}), or launch smaller types."
    if total > quota:
        return ReadinessFinding(
            level=Level.FAILED,
            text=f"The vCPU quota does not suffice: {said}. Servers would fail to launch.",
            fix=fix,
            check=Check.VCPUS,
            accept=Accept.VCPUS,
        )
    if total + conversion > quota:
        text = (
            f"The vCPU quota is tight: {said}, and while {servers_counted(servers)} are converted about "
            f"{conversion} more."
        )
        return ReadinessFinding(level=Level.WARNING, text=text, fix=fix, check=Check.VCPUS)
    return ReadinessFinding(level=Level.PASSED, text=f"The vCPU quota suffices: {said}.", check=Check.VCPUS)
