"""Recovery plans, with the servers that fall into each wave now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import ExecutionId, ServerKey
from drs_desktop.domain.ports import ExecutionJournal, ExecutionSummary, WorkspaceInfo, WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave, plan_problems
from drs_desktop.domain.shelf_checks import why_not_edit, why_not_remove
from drs_desktop.services.inventory_rows import ServerRows
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.views import ActionState, LastExecution, PlanRow, PlanWaveRow, SourceServerRow


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
        executions = await self._executions()
        plans = await self._repository.plans()
        waves = {
            plan.name: tuple(_wave_row(plan, wave, lookup) for wave in _in_order(plan)) for plan in plans
        }
        sharing = _sharing(waves)
        return tuple(_row(plan, waves[plan.name], executions, sharing[plan.name]) for plan in plans)

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

    async def _executions(self) -> "_Executions":
        """Return which execution of each plan is live, and which was the newest, at this endpoint."""
        newest: dict[str, LastExecution] = {}
        for summary in await self._journal.summaries():
            if summary.endpoint_fingerprint == self._info.endpoint.fingerprint:
                newest.setdefault(summary.plan_name, _last(summary))
        return _Executions(live=await self.live_executions(), newest=newest)


@dataclass(frozen=True, kw_only=True)
class _Executions:
    """By plan name: the live execution, and the newest one."""

    live: Mapping[str, ExecutionId]
    newest: Mapping[str, LastExecution]


def _last(summary: ExecutionSummary) -> LastExecution:
    return LastExecution(
        execution_id=summary.execution_id,
        mode=summary.mode,
        status=summary.status,
        created_at=summary.created_at,
        ended_at=summary.ended_at,
    )


def _sharing(waves: Mapping[str, Sequence[PlanWaveRow]]) -> Mapping[str, tuple[str, ...]]:
    """Return, by plan name, the other plans with a server of it."""
    plans_of: dict[ServerKey, set[str]] = defaultdict(set)
    for name, rows in waves.items():
        for key in (server.key for row in rows for server in row.servers):
            plans_of[key].add(name)
    sharing: dict[str, set[str]] = {name: set() for name in waves}
    for names in plans_of.values():
        for name in names if len(names) > 1 else ():
            sharing[name] |= names - {name}
    return {name: tuple(sorted(others)) for name, others in sharing.items()}


def _in_order(plan: RecoveryPlan) -> list[Wave]:
    return sorted(plan.waves, key=lambda wave: wave.number)


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


def _row(
    plan: RecoveryPlan, waves: tuple[PlanWaveRow, ...], executions: _Executions, sharing: tuple[str, ...]
) -> PlanRow:
    problems, live = plan_problems(plan), executions.live.get(plan.name)
    return PlanRow(
        plan_id=plan.plan_id,
        name=plan.name,
        description=plan.description,
        revision=plan.revision,
        waves=waves,
        problems=problems,
        live_execution_id=live,
        can_start=_can_start(problems, live),
        owner=plan.owner,
        notes=plan.notes,
        recovery_time=plan.recovery_time,
        recovery_point=plan.recovery_point,
        can_edit=action_state(why_not_edit(plan, [plan], executions.live)),
        can_remove=action_state(why_not_remove(plan, [plan], executions.live)),
        last_execution=executions.newest.get(plan.name),
        shares_with=sharing,
        held_by=tuple(name for name in sharing if name in executions.live),
    )


def action_state(reasons: Sequence[str]) -> ActionState:
    """Return whether something is possible: the first reason against it, where there is one."""
    return ActionState(enabled=not reasons, reason=next(iter(reasons), ""))


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
        time_limit=wave.time_limit,
        step_names=tuple(step.name for step in (*wave.steps_before, *wave.steps_after)),
    )
