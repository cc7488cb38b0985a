"""The services of one workspace over the real engine and a fake AWS, under virtual time."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.job import InitiatedBy, Job, JobStatus, LaunchStatus
from drs_desktop.domain.ports import WorkspaceInfo
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.foreign_feed import ForeignFeed
from drs_desktop.engine.job_watcher import WatcherPool
from drs_desktop.engine.states import StateCache
from drs_desktop.engine.supervisor import Supervisor
from drs_desktop.services.execution_service import ExecutionParts, ExecutionService
from drs_desktop.services.group_service import GroupService
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.plan_service import PlanService
from drs_desktop.services.readiness_checks import OverlapCheck
from drs_desktop.services.server_detail import ServerReader
from drs_desktop.services.start_preview import PlannerParts, StartPlanner
from tests.helpers.builders import (
    OTHER_SCOPE,
    SCOPE,
    a_group,
    a_job,
    a_key,
    a_plan,
    a_server,
    an_account,
    an_instance,
)
from tests.helpers.fake_compute import FakeCompute
from tests.helpers.fakes import (
    FakeAws,
    FakeClock,
    FakeIds,
    FakeInventoryCache,
    FakeRepository,
    FakeServerHistory,
    InMemoryJournal,
)

ENDPOINT = Endpoint(fingerprint="aws")


@dataclass(kw_only=True)
class Office:
    """Everything a window would be given, and what stands for AWS behind it."""

    aws: FakeAws
    clock: FakeClock
    journal: InMemoryJournal
    repository: FakeRepository
    inventory: InventoryService
    cache: FakeInventoryCache
    history: FakeServerHistory
    groups: GroupService
    plans: PlanService
    planner: StartPlanner
    compute: FakeCompute
    executions: ExecutionService

    def will_launch(
        self,
        number: int,
        job_id: str,
        *,
        scope: Scope = SCOPE,
        is_drill: bool = True,
        word: LaunchStatus = LaunchStatus.LAUNCHED,
    ) -> Job:
        """Prepare AWS to answer the next start with a job of this server that ends at once."""
        drs = self.aws.drs(scope)
        key = a_key(number, scope)
        now = self.clock.service_now()
        job = a_job(
            [key],
            JobStatus.COMPLETED,
            word,
            job_id=job_id,
            initiated_by=InitiatedBy.START_DRILL if is_drill else InitiatedBy.START_RECOVERY,
            created_at=now,
            ended_at=now + timedelta(minutes=5),
        )
        drs.answers.append(job)
        if word is LaunchStatus.LAUNCHED:
            drs.instances.append(an_instance(key, job_id, is_drill=is_drill))
        return job


@asynccontextmanager
async def an_office(
    plans: Sequence[RecoveryPlan] | None = None,
    groups: Sequence[ProtectionGroup] | None = None,
    accounts: Sequence[TargetAccount] | None = None,
    cache: FakeInventoryCache | None = None,
) -> AsyncIterator[Office]:
    """Open a workspace: plan `payroll` of two waves with a server each, in two accounts."""
    clock, aws = FakeClock(), FakeAws()
    aws.drs(SCOPE).servers = [a_server(1)]
    aws.drs(OTHER_SCOPE).servers = [a_server(2, OTHER_SCOPE)]
    repository = FakeRepository(
        accounts if accounts is not None else (an_account(SCOPE), an_account(OTHER_SCOPE)),
        groups if groups is not None else (a_group(1, [a_key(1)]), a_group(2, [a_key(2, OTHER_SCOPE)])),
        plans if plans is not None else (a_plan(2),),
    )
    journal, hub, ids = InMemoryJournal(clock), LocalEventHub(), FakeIds()
    info = WorkspaceInfo(name="test", endpoint=ENDPOINT, operator="anna")
    context = EngineContext(
        journal=journal, aws=aws, clock=clock, ids=ids, hub=hub, endpoint=ENDPOINT, operator="anna"
    )
    watchers, feed = WatcherPool(context), ForeignFeed(journal, hub, 0)
    supervisor, states = Supervisor(context, watchers, feed), StateCache(journal, hub)
    cache = cache if cache is not None else FakeInventoryCache()
    compute, history = FakeCompute(), FakeServerHistory()
    reader = ServerReader(aws, compute, history, states)
    inventory = InventoryService(aws, clock, repository, cache, reader)
    plan_service = PlanService(repository, inventory, journal, info)
    checks = PlannerParts(clock=clock, compute=compute, more=(OverlapCheck(plan_service, states).findings,))
    planner = StartPlanner(aws, repository, plan_service, checks)
    parts = ExecutionParts(
        planner=planner,
        supervisor=supervisor,
        states=states,
        watchers=watchers,
        journal=journal,
        aws=aws,
        clock=clock,
        ids=ids,
        info=info,
    )
    names = {account.account_id: account.name for account in await repository.accounts()}
    try:
        yield Office(
            aws=aws,
            clock=clock,
            journal=journal,
            repository=repository,
            inventory=inventory,
            cache=cache,
            history=history,
            groups=GroupService(repository, inventory, plan_service),
            plans=plan_service,
            planner=planner,
            compute=compute,
            executions=ExecutionService(parts, names),
        )
    finally:
        await supervisor.stop()
        await watchers.close()
        await feed.close()
        states.close()
