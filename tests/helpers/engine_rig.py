"""The engine on the in-process simulator under virtual time: consoles that can be killed at any port call.

The oracle is the simulator's own truth, never the journal.
"""

import asyncio
import contextvars
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.commands import Command
from drs_desktop.domain.errors import AwsError, OutcomeUnknown
from drs_desktop.domain.events import ExecutionCreated
from drs_desktop.domain.execution import Attempt, AttemptStatus, Execution, FrozenServer, FrozenWave
from drs_desktop.domain.ids import (
    AccountId,
    ExecutionId,
    IntentId,
    PlanId,
    RecoveryInstanceId,
    Region,
    Scope,
    ServerKey,
    SourceServerId,
)
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode, StartRecoveryRequest
from drs_desktop.domain.status import execution_status
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.foreign_feed import ForeignFeed
from drs_desktop.engine.job_watcher import WatcherPool
from drs_desktop.engine.states import StateCache
from drs_desktop.engine.supervisor import Supervisor
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.gateway import SimulatedAwsAccess, SimulatedDrs
from drs_desktop.simulator.scenario import parse_scenario
from tests.helpers.fakes import START, FakeClock, FakeIds, InMemoryJournal, JournalStore, settle
from tests.helpers.history import Call, Entry, HistoryCheck
from tests.helpers.simulator_process import DEMO, REGION, TARGET, small_scenario

SCOPE = Scope(account_id=AccountId(TARGET), region=Region(REGION))
PLAN = PlanId("plan")
_console: "contextvars.ContextVar[Console | None]" = contextvars.ContextVar("console", default=None)


class FakeProber:
    """Says which addresses answer (port `Prober`); counts how often it was asked.

    Attributes:
        answers: what the next calls say, in order; after that, `is_open`.
    """

    def __init__(self) -> None:
        self.is_open = True
        self.answers: list[bool] = []
        self.asked: list[tuple[str, int]] = []

    async def can_connect(self, address: str, port: int) -> bool:
        self.asked.append((address, port))
        return self.answers.pop(0) if self.answers else self.is_open


class SimulationClock(FakeClock):
    """A virtual clock that turns the simulator's clock with its own."""

    simulation: Simulation | None = None

    def _move(self, span: timedelta) -> None:
        super()._move(span)
        if self.simulation is not None:
            self.simulation.clock.advance(span * self.scale)


@dataclass(frozen=True)
class Fate:
    """What the network does to one StartRecovery: it arrives late or never, and no answer comes."""

    delay: timedelta | None
    """How late it arrives; None: never."""


@dataclass
class Rig:
    """One simulated AWS, one database, and the consoles on it.

    Attributes:
        fates: what the network does to the next StartRecovery calls; the others arrive at once.
        made: by intent, the jobs that AWS really made of it.
        acknowledged: the commands that were accepted, as the operator remembers them.
        on_point: called with a name at every port call, before it, after it, and before its answer arrives.
        points: the names met so far.
        tags: whether jobs may be tagged.
    """

    servers: int = 4
    tags: bool = True
    lag: float = 2.0
    changes: dict[str, Any] = field(default_factory=dict)
    on_point: "Callable[[Console, str], None] | None" = None
    points: list[str] = field(default_factory=list)
    fates: "deque[Fate]" = field(default_factory=deque)
    made: dict[IntentId, list[str]] = field(default_factory=dict)
    acknowledged: list[tuple[ExecutionId, Command]] = field(default_factory=list)
    journal_of: "Callable[[Console], Any] | None" = None
    problems: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    kills: int = 0

    def __post_init__(self) -> None:
        self.clock = SimulationClock(START)
        scenario = parse_scenario(DEMO, small_scenario(self.servers, **self.changes))
        self.simulation = build_simulation(scenario, clock=ServiceClock(scale=0, base=START))
        self.clock.simulation = self.simulation
        self.store = JournalStore()
        self.consoles: list[Console] = []
        self.sent: list[StartRecoveryRequest] = []
        self.ids = FakeIds()
        self.prober = FakeProber()
        self.check = HistoryCheck()
        self._checked = 0
        self._journeys: set[asyncio.Task[None]] = set()
        asyncio.get_running_loop().set_task_factory(_task_of_console)

    async def console(self, owner: str = "driver-1", **where: str) -> "Console":
        """Start a console: a process of its own on the same database."""
        console = Console(self, owner, **where)
        self.consoles.append(console)
        await console.open()
        return console

    def begin(self, console: "Console", work: Any) -> "asyncio.Task[Any]":
        """Run work as the console's own without waiting for it; it dies with the console."""
        token = _console.set(console)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            _console.reset(token)

    def on_its_way(self, journey: Any) -> None:
        """Let a request travel on its own, whatever becomes of who sent it."""
        token = _console.set(None)
        try:
            self._journeys.add(asyncio.get_running_loop().create_task(journey))
        finally:
            _console.reset(token)

    async def close(self) -> None:
        self.on_point = None
        for journey in self._journeys:
            journey.cancel()
        await asyncio.gather(*self._journeys, return_exceptions=True)
        for console in self.consoles:
            if console.is_alive:
                await console.close()

    # ---- what happened, in order

    @property
    def execution_ids(self) -> tuple[ExecutionId, ...]:
        return tuple(dict.fromkeys(stored.execution_id for stored in self.store.events))

    def note(self, entry: Entry | None = None) -> None:
        """Take up the events committed since, then a call just being sent."""
        for stored in self.store.events[self._checked :]:
            self.check.take(stored)
        self._checked = len(self.store.events)
        if entry is not None:
            self.check.take(entry)

    def folded(self, execution_id: ExecutionId) -> Execution:
        """Return the state as the journal alone has it."""
        self.note()
        return self.check.states[execution_id]

    def assert_sound(self) -> None:
        """Fail when anything happened that must not: by the log of events and calls, and by AWS's truth."""
        self.note()
        found = [*self.check.problems, *self.problems, *self._wrong_jobs()]
        assert not found, "\n".join(found)

    def _wrong_jobs(self) -> list[str]:
        found = [f"I-01: {intent} made {jobs}" for intent, jobs in self.made.items() if len(jobs) > 1]
        for state in self.check.states.values():
            for attempt in state.attempts:
                jobs = self.made.get(attempt.intent_id, [])
                if jobs and attempt.status in NO_JOB:
                    found.append(f"I-01: {attempt.key} is {attempt.status}, but AWS made {jobs}")
                own = [job for other in _same_part(state, attempt) for job in self.made.get(other, [])]
                if attempt.job_id is not None and attempt.job_id not in own:
                    found.append(f"I-01: {attempt.key} follows {attempt.job_id}, which is not its own {own}")
        return found

    # ---- the simulator's truth

    @property
    def server_keys(self) -> tuple[ServerKey, ...]:
        return self.keys_in(SCOPE)

    def keys_in(self, scope: Scope) -> tuple[ServerKey, ...]:
        state = self.simulation.state(scope.account_id, scope.region)
        return tuple(
            ServerKey(account_id=scope.account_id, region=scope.region, source_server_id=SourceServerId(key))
            for key in state.servers
        )

    def launch_jobs(self) -> list[Any]:
        """Return every LAUNCH job that was ever made, oldest first."""
        self.simulation.settle()
        return [
            job
            for state in self.simulation.states()
            for job in state.jobs.values()
            if str(getattr(job.type, "value", job.type)) == "LAUNCH"
        ]

    def jobs_per_part(self) -> Counter[tuple[str, str]]:
        """Return how many jobs each (wave, part) has, by their tags."""
        return Counter(
            (job.tags.get("drs-desktop:wave", ""), job.tags.get("drs-desktop:part", ""))
            for job in self.launch_jobs()
        )


NO_JOB = frozenset({AttemptStatus.NOT_STARTED, AttemptStatus.NOT_SENT, AttemptStatus.REFUSED})


def _same_part(state: Execution, attempt: Attempt) -> tuple[IntentId, ...]:
    return tuple(a.intent_id for a in state.attempts if a.key.part == attempt.key.part)


def _task_of_console(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    console = _console.get()
    if console is not None:
        console.tasks.add(task)
        task.add_done_callback(console.tasks.discard)
    return task


class Console:
    """One process: engine, hub and ports, all of which die with it."""

    def __init__(self, rig: Rig, owner: str, host: str = "host-1", fingerprint: str = "simulation") -> None:
        self.rig = rig
        self.owner = owner
        self.host = host
        self.is_alive = True
        self._is_buried = False
        self.tasks: set[asyncio.Task[Any]] = set()
        self.fingerprint = fingerprint
        self.journal: Any = (
            rig.journal_of(self)
            if rig.journal_of
            else InMemoryJournal(rig.clock, rig.store, owner=owner, host=host)
        )
        self.running = asyncio.Event()
        self.running.set()

    async def open(self) -> None:
        token = _console.set(self)
        try:
            hub = LocalEventHub()
            hub.subscribe(self._published)
            journal: Any = GuardedPort(self, self.journal, "journal")
            self.context = EngineContext(
                journal=journal,
                aws=GuardedAws(self),
                clock=ConsoleClock(self),
                ids=self.rig.ids,
                hub=hub,
                endpoint=Endpoint(
                    fingerprint=self.fingerprint,
                    is_simulated=True,
                    signing_window_seconds=self.rig.simulation.signing_window_seconds,
                    visibility_lag_seconds=self.rig.lag,
                ),
                operator=self.owner,
                tags_allowed=lambda _scope: self.rig.tags,
                prober=self.rig.prober,
            )
            self.watchers = WatcherPool(self.context)
            self.feed = ForeignFeed(journal, hub, 0)
            self.states = StateCache(journal, hub)
            self.supervisor = Supervisor(self.context, self.watchers, self.feed)
        finally:
            _console.reset(token)

    def _published(self, events: tuple[StoredEvent, ...]) -> None:
        """Hear what screens hear: only what is committed may be heard (I-03)."""
        durable = len(self.rig.store.events)
        if any(stored.position > durable for stored in events):
            self.rig.problems.append(f"I-03: published before it was committed: {events}")

    # ---- what an operator does

    async def start(self, *waves: FrozenWave, mode: ExecutionMode = ExecutionMode.DRILL) -> ExecutionId:
        execution_id = self.rig.ids.new_execution_id()
        created = ExecutionCreated(
            at=self.rig.clock.service_now(),
            execution_id=execution_id,
            plan_id=PLAN,
            plan_name="payroll",
            plan_revision=1,
            mode=mode,
            endpoint_fingerprint="simulation",
            created_by=self.owner,
            waves=waves or self.two_waves(),
        )
        await self.asked(self.supervisor.start(created))
        return execution_id

    def two_waves(
        self, *, pause: bool = False, policy: FailurePolicy = FailurePolicy.ASK
    ) -> tuple[FrozenWave, ...]:
        """Return the fleet in two waves of equal size."""
        keys = self.rig.server_keys
        half = len(keys) // 2
        return (
            a_wave(1, keys[:half], policy=policy),
            a_wave(2, keys[half:], pause=pause, policy=policy),
        )

    async def drive(self, execution_id: ExecutionId, *, decided: bool = True) -> None:
        await self.asked(self.supervisor.drive(execution_id, decided=decided))

    async def say(self, execution_id: ExecutionId, command: Command) -> None:
        await self.asked(self._command(execution_id, command))

    async def _command(self, execution_id: ExecutionId, command: Command) -> None:
        await self.supervisor.command(execution_id, command)
        self.rig.acknowledged.append((execution_id, command))

    async def asked(self, work: Any) -> Any:
        """Run work as this console's own, so that it dies with the console."""
        return await self.rig.begin(self, work)

    async def state(self, execution_id: ExecutionId) -> Execution:
        return await self.supervisor.load(execution_id)

    async def status(self, execution_id: ExecutionId) -> str:
        return execution_status(await self.state(execution_id)).status.value

    def now(self, execution_id: ExecutionId) -> Execution:
        """Return the state as the running driver has it."""
        runner = self.supervisor.runner(execution_id)
        assert runner is not None, "nobody drives it here"
        return runner.state

    @property
    def tasks_driving(self) -> bool:
        """Return whether any execution is driven here."""
        return bool(self.supervisor._runners)

    def is_driving(self, execution_id: ExecutionId) -> bool:
        return self.supervisor.runner(execution_id) is not None

    # ---- how it ends

    async def close(self) -> None:
        await self.supervisor.stop()
        await self.feed.close()
        await self.watchers.close()
        self.states.close()
        self.is_alive = False
        await self._drop_tasks()

    def strike(self) -> None:
        """Be dead from here on: every port call hangs, and nothing of this process is written any more."""
        self.is_alive = False
        self.journal.die()

    async def kill(self) -> None:
        """End as at kill -9: no task finishes, no lease is given back."""
        self.strike()
        self.rig.kills += 1
        self._is_buried = True
        await self._drop_tasks()

    def stop(self) -> None:
        """Do nothing any more, as after SIGSTOP: ports and timers wait for `go_on`."""
        self.running.clear()

    def go_on(self) -> None:
        """Wake up as after SIGCONT."""
        self.running.set()

    async def _drop_tasks(self) -> None:
        tasks = [task for task in self.tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await settle()

    async def point(self, name: str) -> None:
        """Be at a named place; a dead process goes no further, a stopped one waits."""
        if not self.running.is_set() and not self._is_buried:
            await self.running.wait()
        if self.is_alive:
            self.rig.points.append(name)
            if self.rig.on_point is not None:
                self.rig.on_point(self, name)
        if self._is_buried:
            raise asyncio.CancelledError
        if not self.is_alive:
            await asyncio.get_running_loop().create_future()


class ConsoleClock:
    """The rig's clock as one console has it: a stopped process does not notice that its time has come."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __getattr__(self, name: str) -> Any:
        return getattr(self._console.rig.clock, name)

    async def sleep(self, service: timedelta) -> None:
        await self._console.rig.clock.sleep(service)
        await self._console.running.wait()

    async def sleep_local(self, span: timedelta) -> None:
        await self._console.rig.clock.sleep_local(span)
        await self._console.running.wait()


class GuardedPort:
    """A port whose every coroutine passes three points: before, after the effect, after the answer."""

    def __init__(self, console: Console, inner: Any, name: str) -> None:
        self._console, self._inner, self._name = console, inner, name

    def __getattr__(self, method: str) -> Any:
        inner = getattr(self._inner, method)
        if not asyncio.iscoroutinefunction(inner):
            return inner

        async def guarded(*args: Any, **options: Any) -> Any:
            name = f"{self._name}.{method}"
            await self._console.point(f"{name}: before")
            try:
                result = await inner(*args, **options)
            finally:
                await self._console.point(f"{name}: done, not answered")
            return result

        return guarded


class GuardedActor(GuardedPort):
    """An actor of one intent: each call is held against the rules at the moment it is sent."""

    def __init__(self, console: Console, inner: SimulatedDrs, scope: Scope, intent_id: IntentId) -> None:
        super().__init__(console, inner, "actor")
        self._scope, self._intent_id = scope, intent_id

    async def start_recovery(self, request: StartRecoveryRequest) -> Any:
        rig = self._console.rig
        await self._console.point("StartRecovery: before")
        self._note("StartRecovery", request_digest=request.digest, is_drill=request.is_drill)
        rig.sent.append(request)
        if rig.fates:
            await self._misadventure(rig.fates.popleft(), request)
        try:
            return await self._arrive(request)
        finally:
            await self._console.point("StartRecovery: done, not answered")

    async def terminate_recovery_instances(self, instance_ids: Sequence[RecoveryInstanceId]) -> Any:
        await self._console.point("TerminateRecoveryInstances: before")
        self._note("TerminateRecoveryInstances", instance_ids=tuple(instance_ids))
        self._judge_ownership(instance_ids)
        try:
            return await self._inner.terminate_recovery_instances(instance_ids)
        finally:
            await self._console.point("TerminateRecoveryInstances: done, not answered")

    def _note(self, operation: str, **about: Any) -> None:
        rig = self._console.rig
        call = Call(
            operation=operation,
            scope=self._scope,
            intent_id=self._intent_id,
            at=rig.clock.local_now(),
            **about,
        )
        rig.calls.append(call)
        rig.note(call)
        for state in rig.check.states.values():
            intents = {a.intent_id for a in (*state.attempts, *state.termination_batches)}
            lease = rig.store.leases.get(state.execution_id)
            if self._intent_id in intents and lease and lease.owner != self._console.owner:
                rig.problems.append(f"I-09: {self._console.owner} called while {lease.owner} has the seat")

    async def _arrive(self, request: StartRecoveryRequest) -> Any:
        """Have AWS carry it out, and remember what it made of it."""
        rig = self._console.rig
        state = rig.simulation.state(self._scope.account_id, self._scope.region)
        before = set(state.jobs)
        try:
            return await self._inner.start_recovery(request)
        finally:
            rig.made.setdefault(self._intent_id, []).extend(set(state.jobs) - before)

    async def _misadventure(self, fate: Fate, request: StartRecoveryRequest) -> None:
        rig = self._console.rig
        window = timedelta(seconds=rig.simulation.signing_window_seconds)

        async def travel(delay: timedelta) -> None:
            await rig.clock.sleep_local(delay)
            if delay <= window:
                with suppress(AwsError):
                    await self._arrive(request)

        if fate.delay is not None:
            rig.on_its_way(travel(fate.delay))
        raise OutcomeUnknown("no answer came", operation="StartRecovery", scope=self._scope)

    def _judge_ownership(self, instance_ids: Sequence[RecoveryInstanceId]) -> None:
        """Hold what is to be terminated against AWS's truth (I-07)."""
        rig = self._console.rig
        place = rig.simulation.state(self._scope.account_id, self._scope.region)
        ours = {job for jobs in rig.made.values() for job in jobs}
        for instance_id in instance_ids:
            instance = place.instances.get(instance_id)
            if instance is not None and instance.job_id not in ours:
                rig.problems.append(f"I-07: {instance_id} was launched by {instance.job_id}, not by us")


class GuardedAws:
    """The simulator's AWS as one console reaches it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._access = SimulatedAwsAccess(console.rig.simulation)

    def reader(self, scope: Scope) -> Any:
        return GuardedPort(self._console, self._access.reader(scope), "reader")

    async def actor(self, scope: Scope, intent_id: IntentId) -> Any:
        await self._console.point("actor: before")
        inner: SimulatedDrs = await self._access.actor(scope, intent_id)
        return GuardedActor(self._console, inner, scope, intent_id)


def a_wave(
    number: int,
    keys: Sequence[ServerKey],
    *,
    name: str = "",
    pause: bool = False,
    policy: FailurePolicy = FailurePolicy.ASK,
    depends_on: tuple[int, ...] | None = None,
    **changes: Any,
) -> FrozenWave:
    """Return a frozen wave of these servers, changed as said."""
    wave = FrozenWave(
        number=number,
        name=name or f"Wave {number}",
        depends_on=depends_on if depends_on is not None else ((number - 1,) if number > 1 else ()),
        pause_before=pause,
        instruction="Look first." if pause else "",
        failure_policy=policy,
        servers=tuple(FrozenServer(key=key, name=f"server-{key.source_server_id[-4:]}") for key in keys),
    )
    return replace(wave, **changes)
