"""Drills and recoveries: checked, started, controlled and watched."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from drs_desktop.domain.acceptance import NOTHING_ACCEPTED
from drs_desktop.domain.commands import (
    AddNote,
    AnswerStart,
    AnswerTask,
    Cancel,
    CancelAndCleanUp,
    Command,
    EndWait,
    ExtendWait,
    Pause,
    Resume,
    Retry,
    Skip,
    StartAnswer,
    StopWatching,
    Terminate,
)
from drs_desktop.domain.due import effects_due
from drs_desktop.domain.effects import WakeAt, WatchInstances
from drs_desktop.domain.errors import (
    AwsNotFound,
    AwsRejected,
    CommandRefused,
    DrsDesktopError,
    ValidationFailed,
)
from drs_desktop.domain.events import ExecutionCreated
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import Execution, ExecutionStatus
from drs_desktop.domain.ids import AccountId, ExecutionId, JobId, PlanId
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.ports import AwsAccess, Clock, ExecutionJournal, Ids, StoredEvent, WorkspaceInfo
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode
from drs_desktop.domain.steps import TIMED_WAIT, StepKey, StepStatus
from drs_desktop.engine.job_watcher import ScopeHealth, WatcherPool
from drs_desktop.engine.start_protocol import is_our_job
from drs_desktop.engine.states import StateCache
from drs_desktop.engine.supervisor import Supervisor
from drs_desktop.services.execution_views import ViewContext, execution_view
from drs_desktop.services.freshness import freshness
from drs_desktop.services.log_words import log_rows
from drs_desktop.services.start_preview import MoreChecks, StartPlanner, acceptances
from drs_desktop.services.views import (
    ExecutionRow,
    ExecutionUpdate,
    ExecutionView,
    JobLogRow,
    StartPreview,
)


@dataclass(frozen=True, kw_only=True)
class ExecutionParts:
    """What the execution service is made of."""

    planner: StartPlanner
    supervisor: Supervisor
    states: StateCache
    watchers: WatcherPool
    journal: ExecutionJournal
    aws: AwsAccess
    clock: Clock
    ids: Ids
    info: WorkspaceInfo


class _Subscription:
    """A listener of execution updates."""

    def __init__(self, listeners: list[Callable[[ExecutionUpdate], None]], own: Callable[..., None]) -> None:
        self._listeners = listeners
        self._own = own

    def close(self) -> None:
        if self._own in self._listeners:
            self._listeners.remove(self._own)


class ExecutionService:
    """Everything an operator can do with executions."""

    def __init__(self, parts: ExecutionParts, accounts: dict[AccountId, str]) -> None:
        self._parts = parts
        self._accounts = accounts
        self._listeners: list[Callable[[ExecutionUpdate], None]] = []
        parts.states.on_change(self._changed)
        parts.watchers.on_health(self._health_changed)
        parts.supervisor.on_failure(self._driving_failed)

    # ---- starting

    def also_check(self, check: MoreChecks) -> None:
        """Make one more check before each start from now on."""
        self._parts.planner.also_check(check)

    async def preview_start(
        self, plan_id: PlanId, mode: ExecutionMode, choice: PointChoice = LATEST
    ) -> StartPreview:
        """Check a start and say what it would call; see the port."""
        prepared = await self._parts.planner.plan_start(plan_id, mode, attended=True, choice=choice)
        return prepared.preview

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
        """Start a drill or a recovery and drive it from here; see the port."""
        plan = await self._parts.planner.plan(plan_id)
        if not mode.is_drill and confirm != plan.name:
            raise ValidationFailed(
                f"A real recovery of {plan.name} is confirmed with the plan's exact name; nothing was called."
            )
        prepared = await self._parts.planner.plan_start(plan_id, mode, attended=attended, choice=choice)
        if prepared.problem is not None:
            raise prepared.problem
        created = ExecutionCreated(
            at=self._parts.clock.service_now(),
            execution_id=self._parts.ids.new_execution_id(),
            plan_id=plan.plan_id,
            plan_name=plan.name,
            plan_revision=plan.revision,
            mode=mode,
            endpoint_fingerprint=self._parts.info.endpoint.fingerprint,
            created_by=self._parts.info.operator,
            waves=prepared.waves,
            recovery_time=plan.recovery_time,
            accepted=acceptances(prepared.findings, accepted, f"The {mode} of {plan.name} was not started:"),
        )
        await self._parts.supervisor.start(created)
        return created.execution_id

    async def drive(self, execution_id: ExecutionId) -> None:
        """Take the driver's seat because a person said so; see the port."""
        await self._parts.supervisor.drive(execution_id, decided=True)

    async def watch(self, execution_id: ExecutionId) -> None:
        """Take the driver's seat without a decision to start anything; see the port."""
        await self._parts.supervisor.drive(execution_id, decided=False)

    async def signed_in_as(self, principal: str) -> None:
        """Say who is signed in to AWS; after somebody else, every further start waits for a decision."""
        await self._parts.supervisor.signed_in_as(principal)

    # ---- controlling

    async def pause(self, execution_id: ExecutionId, reason: str = "") -> None:
        """Start nothing new; see the port."""
        await self._command(execution_id, Pause(reason=reason))

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
        """Let it go on, or release one hold; see the port."""
        seen = Resume(
            wave=wave, reason=reason, hold_id=hold_id, starts_held=starts_held, pause_seen=pause_seen
        )
        await self._command(execution_id, seen)

    async def cancel(self, execution_id: ExecutionId, reason: str = "") -> None:
        """Start nothing more, for good; see the port."""
        await self._command(execution_id, Cancel(reason=reason))

    async def terminate(
        self,
        execution_id: ExecutionId,
        *,
        confirm_plan_name: str | None = None,
        confirm_count: int | None = None,
    ) -> None:
        """Terminate what the execution launched; see the port."""
        command = Terminate(confirm_plan_name=confirm_plan_name, confirm_count=confirm_count)
        await self._command(execution_id, command)

    async def answer_start(
        self,
        execution_id: ExecutionId,
        key: AttemptKey,
        answer: StartAnswer,
        job_id: JobId | None = None,
        reason: str = "",
    ) -> None:
        """Settle a start in doubt; see the port."""
        if answer is StartAnswer.OURS and job_id is not None:
            await self._check_claimed_job(execution_id, key, job_id)
        command = AnswerStart(key=key, answer=answer, job_id=job_id, reason=reason)
        await self._command(execution_id, command)

    async def retry(self, execution_id: ExecutionId, wave: int) -> None:
        """Start what failed again; see the port."""
        await self._command(execution_id, Retry(wave=wave))

    async def skip(self, execution_id: ExecutionId, wave: int, reason: str) -> None:
        """Never run a wave; see the port."""
        await self._command(execution_id, Skip(wave=wave, reason=reason))

    async def end_wait(self, execution_id: ExecutionId, key: StepKey) -> None:
        """End a timed wait now; see the port."""
        await self._command(execution_id, EndWait(key=key))

    async def extend_wait(self, execution_id: ExecutionId, key: StepKey, by: timedelta) -> None:
        """Move the end of a timed wait; see the port."""
        await self._command(execution_id, ExtendWait(key=key, by=by))

    async def answer_task(
        self, execution_id: ExecutionId, key: StepKey, *, is_done: bool, answer: str = ""
    ) -> None:
        """Say how a manual task went; see the port."""
        await self._command(execution_id, AnswerTask(key=key, is_done=is_done, answer=answer))

    async def stop_watching(self, execution_id: ExecutionId, reason: str) -> None:
        """Look no more at its jobs; see the port."""
        await self._command(execution_id, StopWatching(reason=reason))

    async def cancel_and_clean_up(self, execution_id: ExecutionId, reason: str = "") -> None:
        """Cancel a drill and remove what it launched; see the port."""
        await self._command(execution_id, CancelAndCleanUp(reason=reason))

    async def add_note(self, execution_id: ExecutionId, text: str) -> None:
        """Write something down; see the port."""
        await self._command(execution_id, AddNote(text=text))

    async def _check_claimed_job(self, execution_id: ExecutionId, key: AttemptKey, job_id: JobId) -> None:
        state = await self._parts.states.get(execution_id)
        try:
            attempt = state.attempt(key)
        except KeyError:
            return  # the decider refuses the answer with its own sentence
        try:
            jobs = await self._parts.aws.reader(key.scope).describe_jobs([job_id])
        except (AwsRejected, AwsNotFound) as error:
            raise CommandRefused(f"AWS does not know {job_id} in {key.scope}: {error}") from error
        if not jobs:
            raise CommandRefused(f"AWS lists no job {job_id} in {key.scope}.")
        if not is_our_job(jobs[0], attempt):
            raise CommandRefused(f"Job {job_id} launches none of the servers of {key}: it cannot be ours.")

    async def _command(self, execution_id: ExecutionId, command: Command) -> None:
        await self._parts.states.get(execution_id)
        await self._parts.supervisor.command(execution_id, command)

    # ---- looking

    def driving_error(self, execution_id: ExecutionId) -> DrsDesktopError | None:
        """Return why this process had to stop driving it; see the port."""
        return self._parts.supervisor.failure(execution_id)

    async def confirm_seat(self, execution_id: ExecutionId) -> None:
        """Make sure that this process still drives it; see the port."""
        await self._parts.supervisor.confirm_seat(execution_id)

    async def view(self, execution_id: ExecutionId) -> ExecutionView:
        """Return the whole of an execution; see the port."""
        return self._view(await self._parts.states.get(execution_id))

    async def log(self, execution_id: ExecutionId) -> tuple[JobLogRow, ...]:
        """Return every line of an execution; see the port."""
        stored = await self._parts.journal.read(execution_id)
        state = fold(event.event for event in stored)
        if state is None:
            return ()
        return tuple(row for event in stored for row in log_rows(event, state))

    async def list_executions(self, *, live_only: bool = False) -> tuple[ExecutionRow, ...]:
        """Return executions, newest first; see the port."""
        return tuple(
            ExecutionRow(
                execution_id=summary.execution_id,
                plan_name=summary.plan_name,
                mode=ExecutionMode(summary.mode),
                status=ExecutionStatus(summary.status),
                reason=summary.reason,
                needs_person=summary.needs_person,
                created_at=summary.created_at,
                ended_at=summary.ended_at,
            )
            for summary in await self._parts.journal.summaries(live_only=live_only)
        )

    async def wait_until_settled(self, execution_id: ExecutionId) -> ExecutionView:
        """Return once it ended, or once only a person can go on; see the port."""
        changed = asyncio.Event()
        subscription = self.subscribe(lambda _update: changed.set())
        try:
            while True:
                if failure := self._parts.supervisor.failure(execution_id):
                    raise failure
                state = await self._parts.states.get(execution_id)
                view = self._view(state)
                is_over = view.status.is_terminal and not state.is_terminating
                if is_over or _only_a_person(state, view):
                    return view
                await changed.wait()
                changed.clear()
        finally:
            subscription.close()

    def subscribe(self, callback: Callable[[ExecutionUpdate], None]) -> _Subscription:
        """Call back after each committed change; see the port."""
        self._listeners.append(callback)
        return _Subscription(self._listeners, callback)

    # ---- publishing

    def _view(self, state: Execution) -> ExecutionView:
        return execution_view(state, self._context(state))

    def _context(self, state: Execution) -> ViewContext:
        fresh = freshness(state, self._parts.watchers.health)
        failure = self._parts.supervisor.failure(state.execution_id)
        return ViewContext(
            accounts=self._accounts,
            endpoint=self._parts.info.endpoint,
            local_now=self._parts.clock.local_now(),
            observed_at=fresh.observed_at,
            driving_problem=str(failure) if failure else "",
            watch_problem=fresh.problem,
        )

    def _changed(self, before: Execution | None, after: Execution, events: tuple[StoredEvent, ...]) -> None:
        view = self._view(after)
        old_servers = {server.key: server for server in before.servers} if before else {}
        new_servers = {server.key: server for server in after.servers}
        old_waves = {wave.number: wave for wave in before.waves} if before else {}
        self._tell(
            ExecutionUpdate(
                view=view,
                changed_servers=tuple(
                    row for row in view.servers if old_servers.get(row.key) is not new_servers[row.key]
                ),
                changed_waves=tuple(
                    row for row in view.waves if old_waves.get(row.number) is not after.wave(row.number)
                ),
                new_log=tuple(row for event in events for row in log_rows(event, after)),
            )
        )

    def _health_changed(self, health: ScopeHealth) -> None:
        """Say how old the data is, also when nothing in it changed."""
        for state in self._parts.states.known():
            is_live = state.end_status is None
            if is_live and any(server.key.scope == health.scope for server in state.servers):
                self._tell_again(state)

    def _driving_failed(self, execution_id: ExecutionId) -> None:
        for state in self._parts.states.known():
            if state.execution_id == execution_id:
                self._tell_again(state)

    def _tell_again(self, state: Execution) -> None:
        view = self._view(state)
        self._tell(ExecutionUpdate(view=view, changed_servers=(), changed_waves=(), new_log=()))

    def _tell(self, update: ExecutionUpdate) -> None:
        for listener in tuple(self._listeners):
            listener(update)


def _only_a_person(state: Execution, view: ExecutionView) -> bool:
    """Return whether nothing is under way that could change the execution before a person does."""
    if not view.needs_person or any(
        not isinstance(effect, WakeAt | WatchInstances) for effect in effects_due(state)
    ):
        return False
    steps = (step for wave in state.waves if wave.is_in_flight for step in wave.steps.values())
    return not any(step.status is StepStatus.RUNNING and step.spec.kind == TIMED_WAIT for step in steps)
