"""Stand-ins for the rest of the program: services that play a script, and a person at a terminal."""

import asyncio
import io
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_desktop.cli.app import run
from drs_desktop.cli.program import DoctorLine, JournalCheck, SimulatorOptions, WorkspaceChoice
from drs_desktop.cli.streams import Streams
from drs_desktop.domain.acceptance import NOTHING_ACCEPTED
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.errors import DrsDesktopError, NotFound
from drs_desktop.domain.execution import ExecutionStatus, Health, HoldKind, TerminationState, WaveStatus
from drs_desktop.domain.ids import (
    AccountId,
    ExecutionId,
    JobId,
    PlanId,
    RecoveryInstanceId,
    Region,
    Scope,
    ServerKey,
    SourceServerId,
)
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.ports import WorkspaceInfo
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode, PartKey
from drs_desktop.domain.steps import StepKey
from drs_desktop.services.api import Services
from drs_desktop.services.views import (
    ActionState,
    ExecutionActions,
    ExecutionRow,
    ExecutionUpdate,
    ExecutionView,
    PlanRow,
    ServerLaunchRow,
    StartQuestion,
    WaveRow,
)

EXECUTION = ExecutionId("demo-01J9Z3NDEKTSV4RRFFQ69G5FAV")
ACCOUNT, REGION = AccountId("012345678901"), Region("eu-central-1")
BANNER = "== SIMULATION · 127.0.0.1:5000 ==\n"
"""What stands on standard error whenever a workspace of the fakes was opened."""
BEGAN = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(minutes=30)
YES, NO = ActionState(enabled=True), ActionState(enabled=False, reason="not now")
PAUSE_REASON = "a pause is configured before it."


def a_key(number: int = 1) -> ServerKey:
    server_id = SourceServerId(f"s-{number:017}")
    return ServerKey(account_id=ACCOUNT, region=REGION, source_server_id=server_id)


def a_server(number: int = 1, wave: int = 1, **changes: Any) -> ServerLaunchRow:
    """Return a server that launched and is healthy."""
    row = ServerLaunchRow(
        execution_id=EXECUTION,
        key=a_key(number),
        name=f"db-{number}",
        wave=wave,
        wave_name=f"Wave {wave}",
        account_id=ACCOUNT,
        account_name="payroll-dr",
        region=REGION,
        is_critical=True,
        launch_status=LaunchStatus.LAUNCHED,
        phase=LaunchPhase.DONE,
        health=Health.HEALTHY,
        recovery_instance_id=RecoveryInstanceId(f"i-{number:017}"),
        changed_at=BEGAN,
        message="",
        job_id=JobId("drsjob-1"),
        termination=None,
        termination_reason="",
    )
    return replace(row, **changes)


def a_failed_server(number: int = 1, message: str = "no capacity", **changes: Any) -> ServerLaunchRow:
    failed = {
        "launch_status": LaunchStatus.FAILED,
        "health": Health.NOT_CHECKED,
        "recovery_instance_id": None,
        "message": message,
    }
    return a_server(number, **(failed | changes))


def a_wave(number: int = 1, status: WaveStatus = WaveStatus.COMPLETED, **changes: Any) -> WaveRow:
    has_started = status not in {WaveStatus.PENDING, WaveStatus.HELD}
    has_ended = status in {WaveStatus.COMPLETED, WaveStatus.PARTIAL, WaveStatus.FAILED}
    row = WaveRow(
        execution_id=EXECUTION,
        number=number,
        name=f"Wave {number}",
        status=status,
        reason=PAUSE_REASON if status is WaveStatus.HELD else "",
        instruction="",
        is_held=status is WaveStatus.HELD,
        hold_kind=HoldKind.CONFIGURED_PAUSE if status is WaveStatus.HELD else None,
        started_at=BEGAN if has_started else None,
        ended_at=NOW if has_ended else None,
        server_count=1,
        launched_count=1 if status is WaveStatus.COMPLETED else 0,
        failed_count=1 if status is WaveStatus.FAILED else 0,
    )
    return replace(row, **changes)


def a_view(status: ExecutionStatus, **changes: Any) -> ExecutionView:
    """Return a view with one wave and one server; what can be asked follows the status."""
    is_over, is_paused = status.is_terminal, status is ExecutionStatus.PAUSED
    view = ExecutionView(
        execution_id=EXECUTION,
        plan_name="payroll",
        mode=ExecutionMode.DRILL,
        status=status,
        reason="",
        needs_person=is_paused,
        pause_requested=False,
        created_at=BEGAN,
        created_by="ops",
        ended_at=NOW if is_over else None,
        observed_at=BEGAN,
        watch_problem="",
        endpoint="SIMULATION · 127.0.0.1:5000",
        waves=(a_wave(1, WaveStatus.COMPLETED if is_over else WaveStatus.POLLING),),
        servers=(a_server(1),),
        questions=(),
        actions=ExecutionActions(
            pause=NO if is_over else YES,
            resume=YES if is_paused else NO,
            cancel=NO if is_over else YES,
            terminate=YES if is_over else NO,
        ),
        instances_left=1 if is_over else 0,
        version=0,
    )
    return replace(view, **changes)


def completed(**changes: Any) -> ExecutionView:
    return a_view(ExecutionStatus.COMPLETED, **changes)


def polling(**changes: Any) -> ExecutionView:
    return a_view(ExecutionStatus.POLLING, **changes)


def paused_before(*waves: int, **changes: Any) -> ExecutionView:
    """Return an execution that is held by a configured pause before the waves."""
    held = tuple(a_wave(number, WaveStatus.HELD) for number in waves)
    values = {"reason": f'Wave {waves[0]} "Wave {waves[0]}" waits: {PAUSE_REASON}', "waves": held}
    return a_view(ExecutionStatus.PAUSED, **(values | changes))


def a_question(wave: int = 2, index: int = 1, **changes: Any) -> StartQuestion:
    scope = Scope(account_id=ACCOUNT, region=REGION)
    key = AttemptKey(part=PartKey(wave=wave, scope=scope, index=index), attempt=1)
    question = StartQuestion(
        execution_id=EXECUTION,
        key=key,
        text="We do not know.",
        evidence=("Seen: nothing.",),
        candidates=(JobId("drsjob-7"),),
        looks_until=NOW,
        can_say_ours=YES,
        can_say_nothing_started=NO,
    )
    return replace(question, **changes)


def in_doubt(question: StartQuestion, *, is_asked: bool, **changes: Any) -> ExecutionView:
    """Return an execution with a start in doubt: one a person must settle, or one still looked for."""
    begun = "We do not know whether AWS started" if is_asked else "Outcome unknown, looking:"
    values = {
        "needs_person": True,
        "reason": f"{begun} {question.key}: no answer came",
        "waves": (a_wave(question.key.wave, WaveStatus.STARTING),),
        "questions": (replace(question, is_asked=is_asked),),
    }
    status = changes.pop("status", ExecutionStatus.INITIATED)
    return a_view(status, **(values | changes))


class FakeExecutions:
    """Plays views in order; a view that waits for a person, or the last, stops until a command comes.

    Attributes:
        calls: every command, as a tuple of its name and arguments.
        refusals: errors to raise, by the name of the command; each is raised once.
        plays_on: whether the script goes on though a view waits for a person.
        seat_loss: what is found when the driver's seat is to be confirmed; None: it is still ours.
    """

    def __init__(self, *script: ExecutionView) -> None:
        views = [replace(view, version=number) for number, view in enumerate(script, start=1)]
        self.current = views[0] if views else None
        self._script = deque(views[1:])
        self._listeners: list[Callable[[ExecutionUpdate], None]] = []
        self.calls: list[tuple[Any, ...]] = []
        self.refusals: dict[str, BaseException] = {}
        self.rows: tuple[ExecutionRow, ...] = ()
        self.plays_on = False
        self.driving_failure: DrsDesktopError | None = None
        self.seat_loss: DrsDesktopError | None = None

    def _command(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, *arguments))
        if refusal := self.refusals.pop(name, None):
            raise refusal

    def play(self) -> None:
        """Show the next view, and the one after it at the next turn of the loop, until one waits."""
        if not self._script:
            return
        self.current = self._script.popleft()
        update = ExecutionUpdate(view=self.current, changed_servers=(), changed_waves=(), new_log=())
        for listener in tuple(self._listeners):
            listener(update)
        if self.plays_on or not self.current.needs_person or "looking" in self.current.reason:
            asyncio.get_running_loop().call_soon(self.play)

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
        self._command("start", plan_id, mode, confirm, attended, *more)
        asyncio.get_running_loop().call_soon(self.play)
        return EXECUTION

    async def drive(self, execution_id: ExecutionId) -> None:
        self._command("drive")

    async def pause(self, execution_id: ExecutionId, reason: str = "") -> None:
        self._command("pause", reason)
        self.play()

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
        self._command("resume", wave)
        self.play()

    async def cancel(self, execution_id: ExecutionId, reason: str = "") -> None:
        self._command("cancel", reason)
        self.play()

    async def terminate(
        self,
        execution_id: ExecutionId,
        *,
        confirm_plan_name: str | None = None,
        confirm_count: int | None = None,
    ) -> None:
        self._command("terminate", confirm_plan_name, confirm_count)
        self.play()

    async def answer_start(
        self,
        execution_id: ExecutionId,
        key: AttemptKey,
        answer: StartAnswer,
        job_id: JobId | None = None,
        reason: str = "",
    ) -> None:
        self._command("answer", key, answer, job_id, reason)
        self.play()

    async def retry(self, execution_id: ExecutionId, wave: int) -> None:
        self._command("retry", wave)

    async def skip(self, execution_id: ExecutionId, wave: int, reason: str) -> None:
        self._command("skip", wave, reason)

    async def end_wait(self, execution_id: ExecutionId, key: StepKey) -> None:
        self._command("end wait", str(key))

    async def extend_wait(self, execution_id: ExecutionId, key: StepKey, by: timedelta) -> None:
        self._command("extend wait", str(key), by.total_seconds())

    async def answer_task(
        self, execution_id: ExecutionId, key: StepKey, *, is_done: bool, answer: str = ""
    ) -> None:
        self._command("task", str(key), is_done, answer)

    async def stop_watching(self, execution_id: ExecutionId, reason: str) -> None:
        self._command("stop watching", reason)

    async def cancel_and_clean_up(self, execution_id: ExecutionId, reason: str = "") -> None:
        self._command("clean up", reason)

    async def add_note(self, execution_id: ExecutionId, text: str) -> None:
        self._command("note", text)

    async def view(self, execution_id: ExecutionId) -> ExecutionView:
        if self.current is None:
            raise NotFound(f"There is no execution {execution_id} in this workspace.")
        return self.current

    async def list_executions(self, *, live_only: bool = False) -> tuple[ExecutionRow, ...]:
        return self.rows

    def driving_error(self, execution_id: ExecutionId) -> DrsDesktopError | None:
        return self.driving_failure

    async def confirm_seat(self, execution_id: ExecutionId) -> None:
        if self.seat_loss is not None:
            raise self.seat_loss

    def subscribe(self, callback: Callable[[ExecutionUpdate], None]) -> "_Subscription":
        self._listeners.append(callback)
        return _Subscription(self._listeners, callback)

    @property
    def names(self) -> list[str]:
        return [call[0] for call in self.calls]

    @property
    def listener_count(self) -> int:
        return len(self._listeners)


@dataclass
class _Subscription:
    listeners: list[Any]
    own: Any

    def close(self) -> None:
        self.listeners.remove(self.own)


class FakePlans:
    """Knows the plan `payroll` alone."""

    async def plan_named(self, name: str) -> PlanRow:
        if name not in {"payroll", "storefront"}:
            raise NotFound(f"There is no plan {name}. There are: payroll, storefront.")
        return PlanRow(
            plan_id=PlanId(f"plan-{name}"),
            name=name,
            description="",
            revision=1,
            waves=(),
            problems=(),
            live_execution_id=None,
            can_start=YES,
        )


@dataclass
class FakeProgram:
    """The composition root; records what it was asked for."""

    executions: FakeExecutions = field(default_factory=FakeExecutions)
    draws: bool = False
    window_code: int = 0
    doctor_lines: tuple[DoctorLine, ...] = (DoctorLine(name="Python", value="3.11.2"),)
    journal_check: JournalCheck = field(
        default_factory=lambda: JournalCheck(workspace="demo", rows=12, broken=())
    )
    open_error: BaseException | None = None
    endpoint: Endpoint = Endpoint(fingerprint="sim", url="http://127.0.0.1:5000", is_simulated=True)  # noqa: RUF009  # frozen
    choices: list[WorkspaceChoice] = field(default_factory=list)
    windows: list[WorkspaceChoice] = field(default_factory=list)
    served: list[SimulatorOptions] = field(default_factory=list)
    is_open: bool = False
    is_interrupted: bool = False
    """Whether Ctrl-C was pressed before the command began."""

    def hear_interruptions(self) -> None:
        if self.is_interrupted:
            raise KeyboardInterrupt

    @asynccontextmanager
    async def open(self, choice: WorkspaceChoice) -> AsyncIterator[Services]:
        self.choices.append(choice)
        if self.open_error:
            raise self.open_error
        self.is_open = True
        try:
            yield self._services()
        finally:
            self.is_open = False

    def _services(self) -> Services:
        unused: Any = None
        plans: Any = FakePlans()
        executions: Any = self.executions
        return Services(
            info=WorkspaceInfo(name="demo", endpoint=self.endpoint, operator="ops"),
            service_now=lambda: NOW,
            inventory=unused,
            groups=unused,
            plans=plans,
            executions=executions,
            authoring=unused,
            capacity=unused,
        )

    def run_window(self, choice: WorkspaceChoice, execution_id: str | None = None) -> int:
        self.windows.append(choice)
        return self.window_code

    def can_draw(self) -> bool:
        return self.draws

    def serve_simulator(
        self, options: SimulatorOptions, announce: Callable[[Mapping[str, object]], None]
    ) -> None:
        self.served.append(options)
        announce(
            {
                "endpoint_url": "http://127.0.0.1:5000",
                "instance_id": "one",
                "region": "eu-west-1",
                "hub": {"access_key_id": "AKIAHUB", "secret_access_key": "not/a/secret"},
            }
        )

    def simulator_scenarios(self) -> dict[str, str]:
        return {"demo": "A fleet.", "large": "A large fleet."}

    async def doctor(self, choice: WorkspaceChoice, *, asks_aws: bool = False) -> tuple[DoctorLine, ...]:
        asked = DoctorLine(name="STS in eu-west-1", value="answers")
        return (*self.doctor_lines, asked) if asks_aws else self.doctor_lines

    async def verify_journal(self, choice: WorkspaceChoice) -> JournalCheck:
        return self.journal_check


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Return the last line of standard output, which must be one JSON object."""
        body = json.loads(self.out.splitlines()[-1])
        assert isinstance(body, dict)
        return body


def ran(program: FakeProgram, *argv: str, typed: Sequence[str] | None = None) -> Ran:
    """Run a command line; `typed` makes a person sit at the terminal who types these lines, then leaves."""
    out, err = io.StringIO(), io.StringIO()
    lines = deque(typed or ())

    async def read_line() -> str | None:
        await asyncio.sleep(0)
        return lines.popleft() if lines else None

    streams = Streams(stdout=out, stderr=err, is_interactive=typed is not None, read_line=read_line)
    code = run(program, argv, streams)
    assert not program.is_open
    assert program.executions.listener_count == 0
    return Ran(code=code, out=out.getvalue(), err=err.getvalue())


def terminated(state: TerminationState | None, number: int = 1) -> ServerLaunchRow:
    return a_server(number, termination=state)
