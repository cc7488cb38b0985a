"""Open a workspace: database, AWS access, engine and services, and close them in the reverse order."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.call_log import CallLog
from drs_desktop.aws.clients import SessionPolicies
from drs_desktop.aws.endpoint import ping, probe_simulator
from drs_desktop.aws.own_session import SessionHook
from drs_desktop.bootstrap.checks import identity_checks
from drs_desktop.bootstrap.console_operator import console_operator, door_to_aws
from drs_desktop.bootstrap.driver_locks import FileDriverLocks
from drs_desktop.bootstrap.endpoints import Place, find_place
from drs_desktop.bootstrap.ground import DATABASE_FILE, operator_name
from drs_desktop.bootstrap.guarding import Kept, guarding
from drs_desktop.bootstrap.launching import Launching
from drs_desktop.bootstrap.no_aws import NoAws
from drs_desktop.bootstrap.sign_in import SharedTokens, must_sign_in, session_hook
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.compute_facts import ComputeAccess
from drs_desktop.domain.credential_source import CodePrompt, nobody_to_ask
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.ports import AwsAccess, Clock, WorkspaceInfo
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.foreign_feed import ForeignFeed
from drs_desktop.engine.job_watcher import WatcherPool
from drs_desktop.engine.limiter import LimitedAws
from drs_desktop.engine.metrics import Metrics, MetricsView, log_regularly
from drs_desktop.engine.states import StateCache
from drs_desktop.engine.supervisor import Supervisor
from drs_desktop.engine.tasks import spawn
from drs_desktop.files.plan_files import YamlPlanFiles
from drs_desktop.files.sample_workspace import read_workspace
from drs_desktop.services.api import Services
from drs_desktop.services.authoring_service import AuthoringService
from drs_desktop.services.capacity_service import CapacityService
from drs_desktop.services.execution_service import ExecutionParts, ExecutionService
from drs_desktop.services.group_service import GroupService
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.paced_compute import PacedCompute
from drs_desktop.services.plan_service import PlanService
from drs_desktop.services.readiness_checks import OverlapCheck, SessionCheck
from drs_desktop.services.readiness_service import ReadinessService
from drs_desktop.services.server_detail import ServerReader
from drs_desktop.services.start_preview import PlannerParts, StartPlanner
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.inventory_cache import SqlInventoryCache
from drs_desktop.storage.leases import Driver
from drs_desktop.storage.plan_drafts import PlanDrafts
from drs_desktop.storage.server_history import SqlServerHistory
from drs_desktop.storage.workspace_repository import SqlWorkspaceRepository
from drs_desktop.system.clock import ScaledClock, SystemClock
from drs_desktop.system.ids import UlidIds
from drs_desktop.system.kept_figures import FiguresFolder
from drs_desktop.system.logging_setup import set_up_logging
from drs_desktop.system.paths import DataFolder, data_folder
from drs_desktop.system.prober import SimulatedProber, TcpProber
from drs_desktop.system.resource_paths import resource_path

_SYNCHRONISE_SECONDS = 10.0
DRAFTS_FOLDER = "drafts"
"""How often a console tells its simulator that it is there, and asks it for its time."""


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """The opened storage of a workspace."""

    database: Database
    journal: SqlExecutionJournal
    repository: SqlWorkspaceRepository
    accounts: tuple[TargetAccount, ...]
    figures: FiguresFolder
    drafts: PlanDrafts


@asynccontextmanager
async def open_workspace(
    choice: WorkspaceChoice, ask_code: CodePrompt = nobody_to_ask
) -> AsyncIterator[Services]:
    """Open the workspace that a command is about, on the running loop.

    Args:
        choice: which one.
        ask_code: asks a person for the code of an MFA device.

    Raises:
        DrsDesktopError: it cannot be opened; the sentence says why.
    """
    async with AsyncExitStack() as stack:
        data = data_folder()
        stack.callback(set_up_logging(data.logs).close)
        place = await find_place(choice, data)
        clock = _clock(place)
        stored = await _open_storage(place, data, clock, stack)
        info = WorkspaceInfo(name=place.name, endpoint=place.endpoint, operator=operator_name())
        guard = guarding(stored.database, clock, info, is_signed_in_to=must_sign_in(place))
        tokens = SharedTokens(SystemClock())
        hook = session_hook(place, stack, ask_code, tokens=tokens)
        aws = _aws(place, stored.accounts, info, data, clock, stack, guard.known.session_policy, hook)
        await _keep_simulator(place, clock, stack)
        kept = Kept(repository=stored.repository, journal=stored.journal)
        access = await guard.access(aws, kept, data.root)
        launching = Launching(
            aws=aws,
            who=access,
            trail=guard.trail,
            database=stored.database,
            repository=stored.repository,
            clock=clock,
            info=info,
        )
        audited = guard.audited(aws, access)
        services = await _services(info, stored, audited, aws, launching, clock, stack)
        assert isinstance(services.executions, ExecutionService)
        signed_in_as, door = services.executions.signed_in_as, door_to_aws(place, aws, tokens, stack)
        audited.tell(signed_in_as)
        operator = console_operator(guard, access, door, signed_in_as)
        services.executions.also_check(SessionCheck(operator.warning_before).findings)
        for check in identity_checks(place, aws, stored.repository, stored.database, clock):
            services.executions.also_check(check)
        services = guard.around(replace(services, operator=operator), aws, kept, access)
        yield replace(services, notices=(*place.notices, *guard.notices))


def _clock(place: Place) -> Clock:
    if place.simulator is None:
        return SystemClock()
    return ScaledClock(place.simulator.service_now, place.simulator.scale)


# ---- storage


async def _open_storage(place: Place, data: DataFolder, clock: Clock, stack: AsyncExitStack) -> _Stored:
    database = Database(place.folder / DATABASE_FILE)
    await asyncio.to_thread(database.open)
    stack.callback(database.close)
    driver = Driver(owner=f"process {os.getpid()}", host=socket.gethostname())
    journal = SqlExecutionJournal(database, clock, driver, FileDriverLocks(data.locks))
    stack.callback(journal.close)
    repository = SqlWorkspaceRepository(database, clock)
    if place.endpoint.is_simulated and not await repository.accounts():
        await _bring_sample(repository)
    accounts = await repository.accounts()
    return _Stored(
        database=database,
        journal=journal,
        repository=repository,
        accounts=accounts,
        figures=FiguresFolder(place.folder),
        drafts=PlanDrafts(place.folder / DRAFTS_FOLDER),
    )


async def _bring_sample(repository: SqlWorkspaceRepository) -> None:
    content = await asyncio.to_thread(read_workspace, resource_path("demo", "workspace.yaml"))
    await repository.save_groups(content.groups, by="sample workspace")
    await repository.save_plans(content.plans, by="sample workspace")
    await repository.save_accounts(content.accounts)


# ---- AWS


def _aws(
    place: Place,
    accounts: tuple[TargetAccount, ...],
    info: WorkspaceInfo,
    data: DataFolder,
    clock: Clock,
    stack: AsyncExitStack,
    session_policies: SessionPolicies,
    hook: SessionHook | None,
) -> BotoAwsAccess | NoAws:
    if place.endpoint.is_simulated and place.simulator is None:
        return NoAws(place.absence)
    own_keys = place.simulator.hub_keys if place.simulator and hook is None else None
    access = BotoAwsAccess(
        accounts=accounts,
        endpoint=place.endpoint,
        operator=info.operator,
        clock=clock,
        call_log=CallLog(data.logs / "aws-calls.jsonl", clock),
        hub_keys=own_keys,
        session_policies=session_policies,
        session_hook=hook,
    )
    stack.callback(access.close)
    return access


async def _keep_simulator(place: Place, clock: Clock, stack: AsyncExitStack) -> None:
    if place.simulator is None or not isinstance(clock, ScaledClock):
        return
    task = spawn(_stay_in_touch(place.simulator.url, place.simulator.instance_id, clock), name="simulator")
    stack.callback(task.cancel)


async def _stay_in_touch(url: str, instance_id: str, clock: ScaledClock) -> None:
    while True:
        await asyncio.to_thread(ping, url)
        identity = await asyncio.to_thread(probe_simulator, url)
        if identity is not None and identity.instance_id == instance_id:
            clock.adjust(identity.service_now, identity.scale)
        await asyncio.sleep(_SYNCHRONISE_SECONDS)


# ---- engine and services


async def _services(
    info: WorkspaceInfo,
    stored: _Stored,
    audited: AwsAccess,
    compute: ComputeAccess,
    launching: Launching,
    clock: Clock,
    stack: AsyncExitStack,
) -> Services:
    metrics = Metrics()
    aws = LimitedAws(audited, clock, metrics)
    context = _context(info, stored, aws, clock)
    watchers = WatcherPool(context)
    stack.push_async_callback(watchers.close)
    feed = ForeignFeed(stored.journal, context.hub, await stored.journal.last_position())
    stack.push_async_callback(feed.close)
    states = StateCache(stored.journal, context.hub)
    stack.callback(states.close)
    supervisor = Supervisor(context, watchers, feed)
    stack.push_async_callback(supervisor.stop)

    def figures() -> MetricsView:
        driven = supervisor.driven
        watched = sum(wave.is_in_flight for state in driven for wave in state.waves)
        return metrics.view(executions_driven=len(driven), waves_watched=watched)

    def keep(view: MetricsView) -> None:
        if metrics.has_watched:
            stored.figures.keep(asdict(view), clock.local_now())

    stack.callback(spawn(log_regularly(figures, clock, keep), name="metrics").cancel)
    stack.callback(lambda: keep(figures()))
    cache = SqlInventoryCache(stored.database, clock, info.endpoint)
    paced = PacedCompute(compute, aws)
    reader = ServerReader(aws, paced, SqlServerHistory(stored.database), states)
    inventory = InventoryService(aws, clock, stored.repository, cache, reader)
    plans = PlanService(stored.repository, inventory, stored.journal, info)
    launch_settings, launch_check = launching.service(inventory, aws, context.ids)
    checks = PlannerParts(
        clock=clock,
        compute=paced,
        more=(OverlapCheck(plans, states).findings, launch_check.findings),
    )
    planner = StartPlanner(aws, stored.repository, plans, checks)
    parts = ExecutionParts(
        planner=planner,
        supervisor=supervisor,
        states=states,
        watchers=watchers,
        journal=stored.journal,
        aws=aws,
        clock=clock,
        ids=context.ids,
        info=info,
    )
    names = {account.account_id: account.name for account in stored.accounts}
    return Services(
        info=info,
        service_now=clock.service_now,
        inventory=inventory,
        groups=GroupService(stored.repository, inventory, plans),
        plans=plans,
        executions=ExecutionService(parts, names),
        authoring=AuthoringService(stored.repository, inventory, plans, YamlPlanFiles(), info),
        capacity=CapacityService(aws, stored.repository, paced),
        launch_settings=launch_settings,
        readiness=ReadinessService(planner, stored.repository, clock),
        drafts=stored.drafts,
        metrics=figures,
        other_figures=lambda: tuple(asdict(k) for k in stored.figures.of_others(clock.local_now())),
    )


def _context(info: WorkspaceInfo, stored: _Stored, aws: AwsAccess, clock: Clock) -> EngineContext:
    tagging = {account.account_id: account.tags_allowed for account in stored.accounts}

    def tags_allowed(scope: Scope) -> bool:
        return tagging.get(scope.account_id, True)

    return EngineContext(
        journal=stored.journal,
        aws=aws,
        clock=clock,
        ids=UlidIds(info.name),
        hub=LocalEventHub(),
        endpoint=info.endpoint,
        operator=info.operator,
        tags_allowed=tags_allowed,
        prober=SimulatedProber() if info.endpoint.is_simulated else TcpProber(),
    )
