"""Services without an engine: rows made by hand, calls remembered, updates pushed on request."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from drs_desktop.domain.acceptance import NOTHING_ACCEPTED
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.document_versions import DocumentChange, DocumentVersion, StaleVersion
from drs_desktop.domain.draft_ports import PlanDraft
from drs_desktop.domain.errors import DrsDesktopError, NotFound
from drs_desktop.domain.execution import ExecutionStatus, Health, HoldKind, WaveStatus
from drs_desktop.domain.ids import (
    AccountId,
    ExecutionId,
    GroupId,
    JobId,
    PlanId,
    RecoveryInstanceId,
    Region,
    Scope,
    ServerKey,
    SourceServerId,
)
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.ports import WorkspaceInfo
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode, PartKey
from drs_desktop.domain.steps import TIMED_WAIT, StepKey, StepPhase, StepStatus
from drs_desktop.services.api import Services
from drs_desktop.services.authoring_service import ChangeReport
from drs_desktop.services.server_detail import ServerDetail
from drs_desktop.services.views import (
    ActionState,
    ExecutionActions,
    ExecutionRow,
    ExecutionUpdate,
    ExecutionView,
    Finding,
    InventoryView,
    JobLogRow,
    PlannedCall,
    PlannedServer,
    PlanRow,
    PlanWaveRow,
    ProtectionGroupRow,
    ScopeState,
    ServerLaunchRow,
    SourceServerRow,
    StartPreview,
    StartQuestion,
    StepRow,
    WaveRow,
)
from tests.helpers.fake_operator import FakeOperator

NOW = datetime(2026, 3, 23, 14, 10, tzinfo=UTC)
ACCOUNT = AccountId("012345678901")
OTHER_ACCOUNT = AccountId("445566778899")
REGION = Region("eu-west-1")
SCOPE = Scope(account_id=ACCOUNT, region=REGION)
ACCOUNT_NAMES = {ACCOUNT: "payroll-dr", OTHER_ACCOUNT: "storefront-dr"}
DRILL_ID = ExecutionId("demo-01J9Z3NDEKTSV4RRFFQ69G5FAV")
YES = ActionState(enabled=True)


def no(reason: str) -> ActionState:
    return ActionState(enabled=False, reason=reason)


def a_key(number: int = 1, account: AccountId = ACCOUNT, region: str = REGION) -> ServerKey:
    return ServerKey(
        account_id=account, region=Region(region), source_server_id=SourceServerId(f"s-{number:017x}")
    )


def a_server(number: int = 1, **changes: Any) -> SourceServerRow:
    key = changes.pop("key", a_key(number))
    row = SourceServerRow(
        key=key,
        name=f"db-pay-{number:02}",
        hostname=f"db-pay-{number:02}.corp.example",
        account_id=key.account_id,
        account_name=ACCOUNT_NAMES[key.account_id],
        region=key.region,
        operating_system="Red Hat Enterprise Linux release 8.10 (Ootpa)",
        replication_state=DataReplicationState.CONTINUOUS,
        replication_error="",
        lag=timedelta(),
        is_extended=False,
        staging_account_id="",
        instance_type="r6i.2xlarge",
        private_ip=f"10.20.1.{number}",
        disk_count=3,
        disk_bytes=760 * 2**30,
        tags=(("Application", "payroll"), ("Tier", "database")),
        recovery_instance_id=None,
        group_names=("payroll-databases",),
    )
    return replace(row, **changes)


def a_scope_state(**changes: Any) -> ScopeState:
    state = ScopeState(
        scope=SCOPE,
        account_name="payroll-dr",
        is_ok=True,
        title="Read",
        observed_at=NOW - timedelta(seconds=3),
    )
    return replace(state, **changes)


def an_inventory(*rows: SourceServerRow, scopes: tuple[ScopeState, ...] | None = None) -> InventoryView:
    return InventoryView(rows=rows, scopes=(a_scope_state(),) if scopes is None else scopes)


def a_failed_scope() -> ScopeState:
    return a_scope_state(
        scope=Scope(account_id=OTHER_ACCOUNT, region=Region("eu-central-1")),
        account_name="storefront-dr",
        is_ok=False,
        title="The role may not be assumed",
        explanation="AWS refused sts:AssumeRole for DRSDesktopTarget.",
        next_step="Check the trust policy and the external ID, then refresh.",
        observed_at=NOW - timedelta(minutes=42),
    )


def a_group(**changes: Any) -> ProtectionGroupRow:
    row = ProtectionGroupRow(
        group_id=GroupId("g-databases"),
        name="payroll-databases",
        description="Databases of payroll",
        selection="Tags: Application = payroll and Tier = database",
        scopes=(SCOPE,),
        members=tuple(a_server(n) for n in range(1, 5)),
        missing=(),
        plan_names=("payroll",),
        is_complete=True,
    )
    return replace(row, **changes)


def a_wave_of_plan(
    number: int, name: str, servers: tuple[SourceServerRow, ...], **changes: Any
) -> PlanWaveRow:
    row = PlanWaveRow(
        number=number,
        name=name,
        group_names=tuple(dict.fromkeys(group for server in servers for group in server.group_names)),
        depends_on=(number - 1,) if number > 1 else (),
        pause_before=False,
        instruction="",
        failure_policy="ask",
        servers=servers,
    )
    return replace(row, **changes)


def a_plan(name: str = "payroll", **changes: Any) -> PlanRow:
    databases = tuple(a_server(n) for n in range(1, 5))
    applications = tuple(
        a_server(n, name=f"app-pay-{n - 10:02}", group_names=("payroll-applications",)) for n in range(11, 19)
    )
    web = tuple(a_server(n, name=f"web-pay-{n - 20:02}", group_names=("payroll-web",)) for n in range(21, 27))
    row = PlanRow(
        plan_id=PlanId(f"p-{name}"),
        name=name,
        description="Payroll, databases first",
        revision=3,
        waves=(
            a_wave_of_plan(1, "Databases", databases),
            a_wave_of_plan(
                2,
                "Applications",
                applications,
                pause_before=True,
                instruction="Check that the database listener answers.",
            ),
            a_wave_of_plan(3, "Web", web),
        ),
        problems=(),
        live_execution_id=None,
        can_start=YES,
    )
    return replace(row, **changes)


def a_preview(plan: PlanRow, mode: ExecutionMode, **changes: Any) -> StartPreview:
    preview = StartPreview(
        plan_id=plan.plan_id,
        plan_name=plan.name,
        plan_revision=plan.revision,
        mode=mode,
        findings=(
            Finding(level="passed", text="All 18 servers replicate and have a usable point in time."),
            Finding(level="warning", text="app-pay-07 lags 42 min behind."),
        ),
        calls=tuple(
            PlannedCall(
                wave=wave.number,
                wave_name=wave.name,
                scope=SCOPE,
                account_name="payroll-dr",
                server_names=tuple(server.name for server in wave.servers),
            )
            for wave in plan.waves
        ),
        replaced_instances=("db-pay-01", "db-pay-02"),
        servers=tuple(a_planned_server(number) for number in range(1, 5)),
        made_at=NOW,
    )
    return replace(preview, **changes)


def a_planned_server(number: int = 1, wave: int = 1, **changes: Any) -> PlannedServer:
    row = PlannedServer(
        key=a_key(number),
        name=f"db-pay-{number:02}",
        wave=wave,
        replication_state=DataReplicationState.CONTINUOUS,
        lag=timedelta(),
        instance_type="r6i.2xlarge",
        vpc_id="vpc-0a1b2c3d4e5f60718",
        subnet_id="subnet-0a1b2c3d4e5f60718",
    )
    return replace(row, **changes)


def a_launch(number: int = 1, wave: int = 1, **changes: Any) -> ServerLaunchRow:
    key = changes.pop("key", a_key(number))
    row = ServerLaunchRow(
        execution_id=DRILL_ID,
        key=key,
        name=f"db-pay-{number:02}",
        wave=wave,
        wave_name="Databases",
        account_id=key.account_id,
        account_name=ACCOUNT_NAMES[key.account_id],
        region=key.region,
        is_critical=True,
        launch_status=None,
        phase=LaunchPhase.WAITING,
        health=Health.NOT_CHECKED,
        recovery_instance_id=None,
        changed_at=None,
        message="",
        job_id=None,
        termination=None,
        termination_reason="",
    )
    return replace(row, **changes)


def a_wait(wave: int = 1, **changes: Any) -> StepRow:
    row = StepRow(
        key=StepKey(wave=wave, phase=StepPhase.AFTER, index=1),
        name="Settle",
        kind=TIMED_WAIT,
        status=StepStatus.RUNNING,
        ends_at=NOW + timedelta(minutes=4),
    )
    return replace(row, **changes)


def launched(row: ServerLaunchRow, **changes: Any) -> ServerLaunchRow:
    done = replace(
        row,
        launch_status=LaunchStatus.LAUNCHED,
        phase=LaunchPhase.DONE,
        health=Health.HEALTHY,
        recovery_instance_id=RecoveryInstanceId(f"i-{int(row.key.source_server_id[2:], 16):017x}"),
        changed_at=NOW - timedelta(minutes=3),
        job_id=JobId("drsjob-1a2b3c4d5e6f70819"),
    )
    return replace(done, **changes)


def a_wave(number: int = 1, name: str = "Databases", **changes: Any) -> WaveRow:
    row = WaveRow(
        execution_id=DRILL_ID,
        number=number,
        name=name,
        status=WaveStatus.PENDING,
        reason="",
        instruction="",
        is_held=False,
        started_at=None,
        ended_at=None,
        server_count=4,
        launched_count=0,
        failed_count=0,
    )
    return replace(row, **changes)


def a_view(**changes: Any) -> ExecutionView:
    view = ExecutionView(
        execution_id=DRILL_ID,
        plan_name="payroll",
        mode=ExecutionMode.DRILL,
        status=ExecutionStatus.LAUNCHING,
        reason="",
        needs_person=False,
        pause_requested=False,
        created_at=NOW - timedelta(minutes=12, seconds=41),
        created_by="anna",
        ended_at=None,
        observed_at=NOW - timedelta(seconds=3),
        watch_problem="",
        endpoint="SIMULATION · 127.0.0.1:5000",
        waves=(a_wave(1, status=WaveStatus.LAUNCHING, started_at=NOW - timedelta(minutes=12)),),
        servers=tuple(a_launch(n) for n in range(1, 5)),
        questions=(),
        actions=ExecutionActions(
            pause=YES,
            resume=no("Nothing is paused."),
            cancel=YES,
            terminate=no("The execution is still live: cancel it or wait for its end first."),
        ),
        instances_left=0,
        version=7,
    )
    return replace(view, **changes)


def a_held_view(**changes: Any) -> ExecutionView:
    held = a_wave(
        2,
        "Applications",
        status=WaveStatus.HELD,
        is_held=True,
        hold_kind=HoldKind.CONFIGURED_PAUSE,
        reason="The plan pauses here.",
        instruction="Check that the database listener answers.",
        server_count=8,
    )
    first = a_wave(
        1,
        status=WaveStatus.COMPLETED,
        started_at=NOW - timedelta(minutes=12),
        ended_at=NOW - timedelta(minutes=2),
        launched_count=4,
    )
    view = a_view(
        status=ExecutionStatus.PAUSED,
        reason='Wave 2 "Applications" waits: The plan pauses here.',
        needs_person=True,
        waves=(first, held, a_wave(3, "Web", server_count=6)),
        servers=tuple(launched(a_launch(n)) for n in range(1, 5)),
        actions=ExecutionActions(
            pause=no("A pause is in force already."),
            resume=YES,
            cancel=YES,
            terminate=no("It is still live."),
        ),
    )
    return replace(view, **changes)


def a_view_with_everything() -> ExecutionView:
    """Return a drill with a failed wave that waits, one that waits for time, and one not begun."""
    base = a_view()
    failed = a_wave(
        1,
        started_at=base.created_at,
        is_held=True,
        hold_kind=HoldKind.DECISION,
        can_retry=YES,
        steps=(a_wait(1),),
    )
    later = a_wave(2, "Web", can_skip=YES, server_count=6)
    last = a_wave(3, "Reports", can_skip=YES, server_count=2)
    servers = (
        launched(a_launch(1)),
        a_launch(2, launch_status=LaunchStatus.FAILED, job_id=JobId("drsjob-1")),
        a_launch(3, launch_status=LaunchStatus.IN_PROGRESS, job_id=JobId("drsjob-2")),
    )
    actions = replace(base.actions, clean_up=YES, stop_watching=YES)
    return replace(base, waves=(failed, later, last), servers=servers, actions=actions, instances_left=1)


def a_finished_view(**changes: Any) -> ExecutionView:
    over = no("The execution ended as COMPLETED.")
    view = a_view(
        status=ExecutionStatus.COMPLETED,
        ended_at=NOW,
        servers=tuple(launched(a_launch(n)) for n in range(1, 5)),
        waves=(
            a_wave(
                1,
                status=WaveStatus.COMPLETED,
                started_at=NOW - timedelta(minutes=12),
                ended_at=NOW,
                launched_count=4,
            ),
        ),
        actions=ExecutionActions(pause=over, resume=over, cancel=over, terminate=YES),
        instances_left=4,
    )
    return replace(view, **changes)


def a_question(**changes: Any) -> StartQuestion:
    question = StartQuestion(
        execution_id=DRILL_ID,
        key=AttemptKey(part=PartKey(wave=2, scope=SCOPE, index=1), attempt=1),
        text='Wave 2 "Applications": the request left at 14:03:11 and no answer came (connection reset).',
        evidence=("8 servers were asked for.", "New launches of the same servers: none seen."),
        candidates=(),
        looks_until=NOW + timedelta(minutes=8),
        can_say_ours=no("No job of these servers has shown."),
        can_say_nothing_started=no("Until 14:18:11 the request may still arrive."),
    )
    return replace(question, **changes)


def a_row(view: ExecutionView) -> ExecutionRow:
    return ExecutionRow(
        execution_id=view.execution_id,
        plan_name=view.plan_name,
        mode=view.mode,
        status=view.status,
        reason=view.reason,
        needs_person=view.needs_person,
        created_at=view.created_at,
        ended_at=view.ended_at,
    )


def a_log_line(position: int = 1, **changes: Any) -> JobLogRow:
    row = JobLogRow(
        execution_id=DRILL_ID,
        position=position,
        at=NOW - timedelta(minutes=10) + timedelta(seconds=position),
        wave=1,
        scope=SCOPE,
        job_id=JobId("drsjob-1a2b3c4d5e6f70819"),
        event="CONVERSION_START",
        server_name="db-pay-01",
        words="Conversion of the snapshot has begun.",
    )
    return replace(row, **changes)


def an_update(view: ExecutionView, *, log: tuple[JobLogRow, ...] = ()) -> ExecutionUpdate:
    return ExecutionUpdate(view=view, changed_servers=view.servers, changed_waves=view.waves, new_log=log)


@dataclass
class FakeInventory:
    """Answers with `view`; an earlier run kept `kept`."""

    view: InventoryView = field(default_factory=an_inventory)
    refreshes: int = 0
    failure: DrsDesktopError | None = None
    kept: InventoryView = field(default_factory=an_inventory)

    async def refresh(self) -> InventoryView:
        self.refreshes += 1
        return await self.current()

    async def known(self) -> InventoryView:
        return self.kept

    async def server(self, key: ServerKey) -> ServerDetail:
        raise NotFound(f"No source server {key.source_server_id} is known.")

    async def current(self) -> InventoryView:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return self.view


@dataclass
class FakeGroups:
    rows: tuple[ProtectionGroupRow, ...] = ()

    async def list_groups(self) -> tuple[ProtectionGroupRow, ...]:
        return self.rows


@dataclass
class FakePlans:
    rows: tuple[PlanRow, ...] = ()

    async def list_plans(self) -> tuple[PlanRow, ...]:
        return self.rows

    async def plan_named(self, name: str) -> RecoveryPlan:
        raise NotFound(f"There is no plan {name}.")


@dataclass
class FakeSubscription:
    callbacks: list[Callable[[ExecutionUpdate], None]]
    callback: Callable[[ExecutionUpdate], None]

    def close(self) -> None:
        self.callbacks.remove(self.callback)


@dataclass
class FakeExecutions:
    """Remembers what was asked, in order; `push` tells the subscribers, on the engine's thread."""

    views: dict[ExecutionId, ExecutionView] = field(default_factory=dict)
    logs: dict[ExecutionId, tuple[JobLogRow, ...]] = field(default_factory=dict)
    previews: dict[ExecutionMode, StartPreview] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    failures: dict[str, DrsDesktopError] = field(default_factory=dict)
    callbacks: list[Callable[[ExecutionUpdate], None]] = field(default_factory=list)
    driving_failure: DrsDesktopError | None = None

    def add(self, view: ExecutionView, log: tuple[JobLogRow, ...] = ()) -> None:
        self.views[view.execution_id] = view
        self.logs[view.execution_id] = log

    def _note(self, verb: str, *what: Any) -> None:
        self.asked.append((verb, *what))
        if verb in self.failures:
            raise self.failures[verb]

    async def push(self, update: ExecutionUpdate) -> None:
        self.views[update.view.execution_id] = update.view
        for callback in tuple(self.callbacks):
            callback(update)

    async def preview_start(
        self, plan_id: PlanId, mode: ExecutionMode, choice: PointChoice = LATEST
    ) -> StartPreview:
        self._note("preview_start", plan_id, mode, *([] if choice.is_latest else [choice]))
        return self.previews[mode]

    async def start(
        self,
        plan_id: PlanId,
        mode: ExecutionMode,
        *,
        confirm: str | None = None,
        attended: bool = True,
        choice: PointChoice = LATEST,
        accepted: Mapping[str, str] = NOTHING_ACCEPTED,
    ) -> ExecutionId:
        more = [one for one in (dict(accepted), choice) if one and one != LATEST]
        self._note("start", plan_id, mode, confirm, *more)
        view = a_view(mode=mode)
        await self.push(an_update(view))
        return view.execution_id

    async def drive(self, execution_id: ExecutionId) -> None:
        self._note("drive", execution_id)

    async def watch(self, execution_id: ExecutionId) -> None:
        self._note("watch", execution_id)

    async def pause(self, execution_id: ExecutionId, reason: str = "") -> None:
        self._note("pause", execution_id)

    async def resume(
        self,
        execution_id: ExecutionId,
        wave: int | None = None,
        reason: str = "",
        *,
        hold_id: str | None = None,
        starts_held: str | None = None,
        pause_seen: bool = True,
    ) -> None:
        self._note("resume", execution_id, wave)

    async def cancel(self, execution_id: ExecutionId, reason: str = "") -> None:
        self._note("cancel", execution_id)

    async def terminate(
        self,
        execution_id: ExecutionId,
        *,
        confirm_plan_name: str | None = None,
        confirm_count: int | None = None,
    ) -> None:
        self._note("terminate", execution_id, confirm_plan_name, confirm_count)

    async def answer_start(
        self,
        execution_id: ExecutionId,
        key: AttemptKey,
        answer: StartAnswer,
        job_id: JobId | None = None,
        reason: str = "",
    ) -> None:
        self._note("answer_start", key, answer, job_id)

    async def retry(self, execution_id: ExecutionId, wave: int) -> None:
        self._note("retry", execution_id, wave)

    async def skip(self, execution_id: ExecutionId, wave: int, reason: str) -> None:
        self._note("skip", execution_id, wave, reason)

    async def end_wait(self, execution_id: ExecutionId, key: StepKey) -> None:
        self._note("end_wait", key)

    async def extend_wait(self, execution_id: ExecutionId, key: StepKey, by: timedelta) -> None:
        self._note("extend_wait", key, by)

    async def stop_watching(self, execution_id: ExecutionId, reason: str) -> None:
        self._note("stop_watching", execution_id, reason)

    async def cancel_and_clean_up(self, execution_id: ExecutionId, reason: str = "") -> None:
        self._note("clean_up", execution_id)

    async def add_note(self, execution_id: ExecutionId, text: str) -> None:
        self._note("note", execution_id, text)

    async def answer_task(
        self, execution_id: ExecutionId, key: StepKey, *, is_done: bool, answer: str = ""
    ) -> None:
        self._note("answer_task", key, is_done, answer)

    async def view(self, execution_id: ExecutionId) -> ExecutionView:
        return self.views[execution_id]

    async def log(self, execution_id: ExecutionId) -> tuple[JobLogRow, ...]:
        return self.logs.get(execution_id, ())

    async def list_executions(self, *, live_only: bool = False) -> tuple[ExecutionRow, ...]:
        rows = (a_row(view) for view in self.views.values())
        return tuple(row for row in rows if not (live_only and row.status.is_terminal))

    async def wait_until_settled(self, execution_id: ExecutionId) -> ExecutionView:
        return self.views[execution_id]

    def driving_error(self, execution_id: ExecutionId) -> DrsDesktopError | None:
        return self.driving_failure

    def subscribe(self, callback: Callable[[ExecutionUpdate], None]) -> FakeSubscription:
        self.callbacks.append(callback)
        return FakeSubscription(self.callbacks, callback)


@dataclass
class FakeAuthoring:
    """A shelf in memory; `newest` is the revision that another author saved meanwhile, if one did."""

    groups: tuple[ProtectionGroup, ...] = ()
    plans: tuple[RecoveryPlan, ...] = ()
    history: tuple[DocumentVersion, ...] = ()
    in_file: tuple[DocumentChange, ...] = ()
    problems: tuple[str, ...] = ()
    newest: int = 0
    exported: list[tuple[Path, tuple[str, ...]]] = field(default_factory=list)

    async def shelf(self) -> PlanDocument:
        return PlanDocument(groups=self.groups, plans=self.plans)

    async def check(self, changes: Sequence[DocumentChange]) -> ChangeReport:
        return ChangeReport(drafts=(), problems=self.problems)

    async def apply(
        self, changes: Sequence[DocumentChange], *, accept_unchecked: bool = False
    ) -> ChangeReport:
        (change,) = changes
        assert isinstance(change.document, RecoveryPlan)
        if self.newest > change.based_on:
            raise StaleVersion(
                change.document, change.based_on, self.newest, ("By ben:", "Wave 1 is longer.")
            )
        saved = replace(change.document, revision=change.based_on + 1)
        self.plans = (saved, *(plan for plan in self.plans if plan.plan_id != saved.plan_id))
        return ChangeReport(drafts=())

    async def read_file(self, path: Path) -> tuple[DocumentChange, ...]:
        return self.in_file

    async def export(self, path: Path, plan_names: Sequence[str] = ()) -> PlanDocument:
        self.exported.append((path, tuple(plan_names)))
        return await self.shelf()

    async def versions(self, kind: str, document_id: str) -> tuple[DocumentVersion, ...]:
        return self.history


@dataclass
class FakeDrafts:
    """Drafts in memory."""

    kept: dict[PlanId, PlanDraft] = field(default_factory=dict)

    async def keep(self, draft: PlanDraft) -> None:
        self.kept[draft.plan.plan_id] = draft

    async def drop(self, plan_id: PlanId) -> None:
        self.kept.pop(plan_id, None)

    async def drafts(self) -> tuple[PlanDraft, ...]:
        return tuple(self.kept.values())


def a_stored_group(name: str, tier: str) -> ProtectionGroup:
    return ProtectionGroup(
        group_id=GroupId(f"g-{name}"),
        name=name,
        selection=SelectionKind.TAGS,
        scopes=(SCOPE,),
        tags=(("Application", "payroll"), ("Tier", tier)),
    )


def a_shelf() -> FakeAuthoring:
    """Return the shelf with the payroll plan: three waves, a group in each, and one group in none."""
    names = ("databases", "applications", "web", "reports")
    groups = tuple(a_stored_group(name, "database" if name == "databases" else name) for name in names)
    waves = tuple(
        Wave(
            number=number,
            name=name.capitalize(),
            group_ids=(GroupId(f"g-{name}"),),
            pause_before=number == 2,
            instruction="Check that the database listener answers." if number == 2 else "",
        )
        for number, name in enumerate(names[:3], start=1)
    )
    plan = RecoveryPlan(
        plan_id=PlanId("p-payroll"),
        name="payroll",
        description="Payroll, databases first",
        waves=waves,
        recovery_time=timedelta(minutes=45),
        revision=3,
    )
    return FakeAuthoring(groups=groups, plans=(plan,))


@dataclass
class FakeWorkspace:
    """The four services with an endpoint; `services` is what a window takes."""

    inventory: FakeInventory = field(default_factory=FakeInventory)
    groups: FakeGroups = field(default_factory=FakeGroups)
    plans: FakePlans = field(default_factory=FakePlans)
    executions: FakeExecutions = field(default_factory=FakeExecutions)
    authoring: Any = field(default_factory=a_shelf)
    drafts: FakeDrafts = field(default_factory=FakeDrafts)
    capacity: Any = None
    operator: FakeOperator = field(default_factory=FakeOperator)
    administration: Any = None
    endpoint: Endpoint = field(
        default_factory=lambda: Endpoint(
            fingerprint="simulator-1", url="http://127.0.0.1:5000", is_simulated=True
        )
    )
    now: datetime = NOW
    opening_failure: Exception | None = None
    is_closed: bool = False

    @property
    def services(self) -> Services:
        return Services(
            info=WorkspaceInfo(name="demo", endpoint=self.endpoint, operator="anna"),
            service_now=lambda: self.now,
            inventory=self.inventory,
            groups=self.groups,
            plans=self.plans,
            executions=self.executions,
            authoring=self.authoring,
            drafts=self.drafts,
            capacity=self.capacity,
            operator=self.operator,
            administration=self.administration,
        )

    async def open(self) -> Services:
        if self.opening_failure is not None:
            raise self.opening_failure
        return self.services

    async def close(self) -> None:
        self.is_closed = True


def a_full_workspace() -> FakeWorkspace:
    """A workspace with servers, groups, a plan and nothing executed."""
    plan = a_plan()
    workspace = FakeWorkspace()
    workspace.inventory.view = an_inventory(*(server for wave in plan.waves for server in wave.servers))
    workspace.groups.rows = (a_group(),)
    workspace.plans.rows = (plan,)
    workspace.executions.previews = {mode: a_preview(plan, mode) for mode in ExecutionMode}
    return workspace
