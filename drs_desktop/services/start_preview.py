"""What a start would do and whether it may: read from AWS just now, changed nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.execution import FrozenWave, split_into_parts
from drs_desktop.domain.freeze import freeze_waves, scopes_of
from drs_desktop.domain.ids import AccountId, GroupId, PlanId, Scope
from drs_desktop.domain.ports import AwsAccess, WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.readiness import Level, ReadinessFinding, ScopeFacts, check_plan, replaced_servers
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.plan_service import PlanService
from drs_desktop.services.views import Finding, PlannedCall, StartPreview


@dataclass(frozen=True, kw_only=True)
class PreparedStart:
    """A checked start; `problem` is the AWS error that kept a check from being made."""

    preview: StartPreview
    waves: tuple[FrozenWave, ...]
    problem: AwsError | None = None


@dataclass(frozen=True, kw_only=True)
class _Read:
    facts: ScopeFacts
    error: AwsError | None = None


class StartPlanner:
    """Prepares starts."""

    def __init__(self, aws: AwsAccess, repository: WorkspaceRepository, plans: PlanService) -> None:
        self._aws = aws
        self._repository = repository
        self._plans = plans

    async def plan(self, plan_id: PlanId) -> RecoveryPlan:
        """Return a plan.

        Raises:
            NotFound: there is none with this id.
        """
        return await self._repository.plan(plan_id)

    async def plan_start(self, plan_id: PlanId, mode: ExecutionMode, *, attended: bool) -> PreparedStart:
        """Resolve the plan's servers, read what stands in the way, and return it all."""
        plan = await self.plan(plan_id)
        groups = {group.group_id: group for group in await self._repository.groups()}
        reads = await asyncio.gather(*(self._read(scope) for scope in scopes_of(plan, groups)))
        facts = [read.facts for read in reads]
        servers = [server for fact in facts for server in fact.servers]
        waves = freeze_waves(plan, groups, servers, attended=attended)
        facts = await self._with_instances(waves, facts)
        preview = await self._preview(plan, groups, waves, mode, facts)
        problem = next((read.error for read in reads if read.error), None)
        return PreparedStart(preview=preview, waves=waves, problem=problem)

    async def _read(self, scope: Scope) -> _Read:
        try:
            reader = self._aws.reader(scope)
            servers, jobs = await asyncio.gather(reader.describe_source_servers(), reader.describe_jobs())
        except AwsError as error:
            return _Read(facts=ScopeFacts(scope=scope, problem=str(error)), error=error)
        return _Read(facts=ScopeFacts(scope=scope, servers=servers, jobs=jobs))

    async def _with_instances(
        self, waves: tuple[FrozenWave, ...], facts: list[ScopeFacts]
    ) -> list[ScopeFacts]:
        return list(await asyncio.gather(*(self._instances(waves, fact) for fact in facts)))

    async def _instances(self, waves: tuple[FrozenWave, ...], fact: ScopeFacts) -> ScopeFacts:
        wanted = [s.key.source_server_id for w in waves for s in w.servers if s.key.scope == fact.scope]
        if not wanted or fact.problem:
            return fact
        try:
            instances = await self._aws.reader(fact.scope).describe_recovery_instances(wanted)
        except AwsError as error:
            return ScopeFacts(scope=fact.scope, servers=fact.servers, jobs=fact.jobs, problem=str(error))
        return ScopeFacts(scope=fact.scope, servers=fact.servers, jobs=fact.jobs, instances=instances)

    async def _preview(
        self,
        plan: RecoveryPlan,
        groups: Mapping[GroupId, ProtectionGroup],
        waves: tuple[FrozenWave, ...],
        mode: ExecutionMode,
        facts: list[ScopeFacts],
    ) -> StartPreview:
        findings = check_plan(plan, groups, waves, mode, facts)
        live = (await self._plans.live_executions()).get(plan.name)
        if live is not None:
            text = f"Execution {live} of this plan is live: end it first."
            findings = (ReadinessFinding(level=Level.FAILED, text=text), *findings)
        accounts = {account.account_id: account.name for account in await self._repository.accounts()}
        return StartPreview(
            plan_id=plan.plan_id,
            plan_name=plan.name,
            plan_revision=plan.revision,
            mode=mode,
            findings=tuple(Finding(level=f.level.value, text=f.text) for f in findings),
            calls=planned_calls(waves, accounts),
            replaced_instances=replaced_servers(waves, facts),
        )


def planned_calls(
    waves: tuple[FrozenWave, ...], accounts: Mapping[AccountId, str]
) -> tuple[PlannedCall, ...]:
    """Return the StartRecovery calls that a start would make, in the order of the waves."""
    calls: list[PlannedCall] = []
    for wave in waves:
        names = {server.key: server.name for server in wave.servers}
        for part in split_into_parts(wave.number, tuple(names)):
            scope = part.key.scope
            calls.append(
                PlannedCall(
                    wave=wave.number,
                    wave_name=wave.name,
                    scope=scope,
                    account_name=accounts.get(scope.account_id, scope.account_id),
                    server_names=tuple(sorted(names[key] for key in part.servers)),
                )
            )
    return tuple(calls)
