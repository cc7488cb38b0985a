"""Recovery plans, with the servers that fall into each wave now."""

from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import AccountId, ExecutionId
from drs_desktop.domain.ports import ExecutionJournal, WorkspaceInfo, WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup, members
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave, plan_problems
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.services.inventory_service import InventoryService, server_row
from drs_desktop.services.views import ActionState, PlanRow, PlanWaveRow


class PlanService:
    """Lists recovery plans."""

    def __init__(
        self,
        repository: WorkspaceRepository,
        inventory: InventoryService,
        journal: ExecutionJournal,
        info: WorkspaceInfo,
    ) -> None:
        self._repository = repository
        self._inventory = inventory
        self._journal = journal
        self._info = info

    async def list_plans(self) -> tuple[PlanRow, ...]:
        """Return every plan; see the port."""
        servers = await self._inventory.servers()
        accounts = {a.account_id: a.name for a in await self._repository.accounts()}
        groups = {group.group_id: group for group in await self._repository.groups()}
        live = await self.live_executions()
        return tuple(
            _row(plan, tuple(groups.values()), servers, accounts, live.get(plan.name))
            for plan in await self._repository.plans()
        )

    async def plan_named(self, name: str) -> RecoveryPlan:
        """Return the plan with this name or id; see the port."""
        plans = await self._repository.plans()
        for plan in plans:
            if name in {plan.name, plan.plan_id}:
                return plan
        known = ", ".join(plan.name for plan in plans) or "none"
        raise NotFound(
            f"There is no recovery plan {name!r} in workspace {self._info.name}. Plans here: {known}."
        )

    async def live_executions(self) -> dict[str, ExecutionId]:
        """Return, by plan name, the executions that are live at this endpoint."""
        return {
            summary.plan_name: summary.execution_id
            for summary in await self._journal.summaries(live_only=True)
            if summary.endpoint_fingerprint == self._info.endpoint.fingerprint
        }


def _row(
    plan: RecoveryPlan,
    groups: tuple[ProtectionGroup, ...],
    servers: tuple[SourceServer, ...],
    accounts: dict[AccountId, str],
    live: ExecutionId | None,
) -> PlanRow:
    problems = plan_problems(plan)
    return PlanRow(
        plan_id=plan.plan_id,
        name=plan.name,
        description=plan.description,
        revision=plan.revision,
        waves=tuple(
            _wave_row(plan, wave, groups, servers, accounts)
            for wave in sorted(plan.waves, key=lambda wave: wave.number)
        ),
        problems=problems,
        live_execution_id=live,
        can_start=_can_start(problems, live),
    )


def _can_start(problems: tuple[str, ...], live: ExecutionId | None) -> ActionState:
    if problems:
        return ActionState(enabled=False, reason=problems[0])
    if live is not None:
        return ActionState(enabled=False, reason=f"Execution {live} of this plan is live.")
    return ActionState(enabled=True)


def _wave_row(
    plan: RecoveryPlan,
    wave: Wave,
    groups: tuple[ProtectionGroup, ...],
    servers: tuple[SourceServer, ...],
    accounts: dict[AccountId, str],
) -> PlanWaveRow:
    chosen = [group for group in groups if group.group_id in wave.group_ids]
    return PlanWaveRow(
        number=wave.number,
        name=wave.name,
        group_names=tuple(group.name for group in chosen),
        depends_on=plan.predecessors(wave),
        pause_before=wave.pause_before,
        instruction=wave.instruction,
        failure_policy=wave.failure_policy.value,
        servers=tuple(
            server_row(server, accounts.get(server.key.account_id, server.key.account_id), groups)
            for group in chosen
            for server in members(group, servers)
        ),
    )
