"""Recovery plans, with the servers that fall into each wave now."""

from collections.abc import Sequence

from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import ExecutionJournal, WorkspaceInfo, WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave, plan_problems
from drs_desktop.services.inventory_rows import ServerRows
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.views import ActionState, PlanRow, PlanWaveRow, SourceServerRow


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
        groups = await self._repository.groups()
        lookup = _Lookup(groups, ServerRows(servers, groups, await self._repository.accounts()))
        live = await self.live_executions()
        return tuple(_row(plan, lookup, live.get(plan.name)) for plan in await self._repository.plans())

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


class _Lookup:
    """Groups by id and rows by server, made once for all plans."""

    def __init__(self, groups: Sequence[ProtectionGroup], rows: ServerRows) -> None:
        self._groups = {group.group_id: group for group in groups}
        self._rows = rows

    def groups_of(self, wave: Wave) -> tuple[ProtectionGroup, ...]:
        """Return the wave's groups, in the order in which the workspace lists them."""
        wanted = set(wave.group_ids)
        return tuple(group for group_id, group in self._groups.items() if group_id in wanted)

    def rows_of(self, group: ProtectionGroup) -> tuple[SourceServerRow, ...]:
        """Return the rows of the group's servers."""
        return self._rows.members(group)


def _row(plan: RecoveryPlan, lookup: _Lookup, live: ExecutionId | None) -> PlanRow:
    problems = plan_problems(plan)
    return PlanRow(
        plan_id=plan.plan_id,
        name=plan.name,
        description=plan.description,
        revision=plan.revision,
        waves=tuple(
            _wave_row(plan, wave, lookup) for wave in sorted(plan.waves, key=lambda wave: wave.number)
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


def _wave_row(plan: RecoveryPlan, wave: Wave, lookup: _Lookup) -> PlanWaveRow:
    chosen = lookup.groups_of(wave)
    return PlanWaveRow(
        number=wave.number,
        name=wave.name,
        group_names=tuple(group.name for group in chosen),
        depends_on=plan.predecessors(wave),
        pause_before=wave.pause_before,
        instruction=wave.instruction,
        failure_policy=wave.failure_policy.value,
        servers=tuple(row for group in chosen for row in lookup.rows_of(group)),
    )
