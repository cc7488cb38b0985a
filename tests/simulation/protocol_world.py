"""A tiny AWS with a bad network, around the real start protocol: every combination of choices is run.

The network delays, loses or refuses; reads lag; the console dies at the worst moments; a stranger uses the
AWS console. What drives is the program's own code: `StartProtocol`, `decide`, `evolve` with its transition
table, `judge`, `effects_due`. The verdict it reaches is held against what really happened.
"""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from drs_desktop.domain import inputs
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.decider import decide
from drs_desktop.domain.due import effects_due
from drs_desktop.domain.effects import ReconcileStart, StartRecoveryPart
from drs_desktop.domain.errors import AwsConflict, AwsUnreachable, OutcomeUnknown, SignInNeeded
from drs_desktop.domain.events import Event, ExecutionCreated, StartArmed
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import Attempt, AttemptStatus, Execution
from drs_desktop.domain.ids import IntentId, JobId, PlanId, Scope, SourceServerId
from drs_desktop.domain.job import (
    InitiatedBy,
    Job,
    JobStatus,
    JobType,
    LaunchStatus,
    ParticipatingServer,
)
from drs_desktop.domain.ports import Fence, no_fence
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.source_server import LastLaunch, SourceServer
from drs_desktop.domain.start_recovery import ExecutionMode, StartRecoveryRequest
from drs_desktop.domain.times import Now
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.settings import EngineSettings
from drs_desktop.engine.start_protocol import StartProtocol
from tests.helpers.builders import EXECUTION_ID, a_key, a_server
from tests.helpers.engine_rig import a_wave
from tests.helpers.fakes import START, FakeIds

FENCE = 5
"""Seconds for which an intent may be sent, and for which AWS takes a signed request."""
_NO_JOB = frozenset({AttemptStatus.NOT_STARTED, AttemptStatus.NOT_SENT, AttemptStatus.REFUSED})
_SERVER = a_key()
_EARLIER = LastLaunch(job_id=JobId("drsjob-earlier"), launch_type="DRILL", at=None)
_SEEN = a_server(last_launch=_EARLIER)
_ABSENT: Any = None  # neither a journal nor a hub belongs to the protocol


def _begun(mode: ExecutionMode) -> Execution:
    """Return an execution of one wave with one server that is due to start."""
    created = ExecutionCreated(
        at=START,
        execution_id=EXECUTION_ID,
        plan_id=PlanId("plan"),
        plan_name="payroll",
        plan_revision=1,
        mode=mode,
        endpoint_fingerprint="world",
        created_by="operator",
        waves=(a_wave(1, (_SERVER,)),),
    )
    state = fold((created,))
    assert state is not None
    seated = inputs.DriverTookSeat(epoch=1, by="operator", decided=True)
    begun = fold(decide(state, seated, Now(service=START, local=START)), state)
    assert begun is not None
    return begun


class _NoClaims:
    """The journal as the protocol asks it: nobody else starts anything here."""

    async def claims(self, endpoint: str, scope: Any) -> tuple[()]:
        return ()


class Violation(Exception):
    """What must never be; the text says which."""


class Crash(BaseException):
    """The console dies here."""


@dataclass
class Choices:
    """Replays a prefix of choices, then takes the first option of each."""

    prefix: Sequence[int]
    log: list[tuple[str, int, int]] = field(default_factory=list)

    def pick(self, name: str, options: Sequence[Any]) -> Any:
        chosen = self.prefix[len(self.log)] if len(self.log) < len(self.prefix) else 0
        self.log.append((name, chosen, len(options)))
        return options[chosen]


@dataclass(frozen=True)
class Explored:
    """How many runs there were, and how they ended."""

    runs: int
    ends: Counter[str]
    examples: dict[str, str]
    """By kind of violation: the choices of the first run that had it."""

    @property
    def violations(self) -> int:
        return sum(count for end, count in self.ends.items() if end.startswith("VIOLATION"))

    def __str__(self) -> str:
        return f"{self.runs} runs, {self.violations} violations: {dict(sorted(self.ends.items()))}"


async def explore(run: Callable[[Choices], Coroutine[Any, Any, str]]) -> Explored:
    """Run every combination of choices, depth first."""
    todo: list[list[int]] = [[]]
    ends: Counter[str] = Counter()
    examples: dict[str, str] = {}
    while todo:
        choices = Choices(todo.pop())
        begun = len(choices.prefix)
        try:
            end = await run(choices)
        except Violation as error:
            end = f"VIOLATION {error}"
            examples.setdefault(end, ", ".join(f"{name} #{taken}" for name, taken, _ in choices.log))
        ends[end] += 1
        for place in range(begun, len(choices.log)):
            taken = [taken for _, taken, _ in choices.log[:place]]
            todo += [[*taken, other] for other in range(1, choices.log[place][2])]
    return Explored(sum(ends.values()), ends, examples)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What the world may do, and what of the protocol is taken away."""

    delays: tuple[float | None, ...] = (None, 0, 4, 5)
    """How long a request travels; None: it is lost."""
    lags: tuple[float, ...] = (0, 1, 3)
    durations: tuple[float, ...] = (1, 8)
    strangers: tuple[float | None, ...] = (None, 0, 3)
    """When somebody else starts the same server."""
    pauses: tuple[float, ...] = (0, 4, 50)
    """Between a crash and the next start of the program."""
    sleeps: tuple[float, ...] = (0,)
    """How long the machine sleeps between the intent and the call."""
    rival: bool = False
    """Whether another console takes over from a machine that sleeps for too long."""
    sends: int = 1
    """How often the client sends by itself while no answer comes."""
    tags: bool = True
    mode: ExecutionMode = ExecutionMode.DRILL
    poll: float = 1.5
    """Seconds between two looks at the witnesses."""
    assumed_window: float = FENCE
    assumed_lag: float = 3
    protocol: type[StartProtocol] = StartProtocol
    deletes: tuple[bool, ...] = (False,)
    """Whether somebody deletes the record of a job that ended."""
    dark: tuple[tuple[float, float] | None, ...] = (None,)
    """From when to when every read fails."""
    failed_is_empty: bool = False
    """Whether a read that fails gives an empty list."""


@dataclass
class _Made:
    """A job that exists."""

    job_id: JobId
    tags: tuple[tuple[str, str], ...]
    is_drill: bool
    begins: float
    ends: float
    visible: float
    is_ours: bool
    is_deletable: bool


class World:
    """One run: the service, the network, the clock, and the journal of one execution."""

    def __init__(self, choices: Choices, variant: Variant) -> None:
        self.choices, self.variant = choices, variant
        self.time = 0.0
        self.jobs: list[_Made] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self.state = _begun(variant.mode)
        self.crash = ""
        self.has_rival = False
        self.must_die_at = choices.pick("crash", ("none", "before", "sent", "answered"))
        self.dark = choices.pick("dark", variant.dark)
        stranger = choices.pick("stranger", variant.strangers)
        if stranger is not None:
            self.at(stranger, lambda: self._serve((), True, self.time, is_ours=False))

    # ---- time

    def at(self, moment: float, happen: Callable[[], Any]) -> None:
        heapq.heappush(self._due, (moment, next(self._numbers), happen))
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        end = self.time + seconds
        while self._due and self._due[0][0] <= end:
            moment, _, happen = heapq.heappop(self._due)
            self.time = max(self.time, moment)
            happen()
        self.time = end

    def drain(self) -> None:
        """Let everything arrive that is still under way."""
        while self._due:
            self.pass_time(max(self._due[0][0] - self.time, 0))

    # the Clock port: one clock for all; who sleeps lets the world go on

    def service_now(self) -> Any:
        return START + timedelta(seconds=self.time)

    local_now = service_now

    def local_elapsed(self) -> timedelta:
        return timedelta(seconds=self.time)

    async def sleep(self, span: timedelta) -> None:
        self.pass_time(span.total_seconds())

    sleep_local = sleep

    # ---- the service

    def _serve(
        self, tags: tuple[tuple[str, str], ...], is_drill: bool, signed: float, *, is_ours: bool
    ) -> str:
        if self.time - signed > FENCE:
            return "expired"
        if any(job.begins <= self.time < job.ends for job in self.jobs):
            return "conflict"
        lag = self.choices.pick("lag", self.variant.lags)
        duration = self.choices.pick("duration", self.variant.durations)
        is_deletable = self.choices.pick("deleted", self.variant.deletes)
        self.jobs.append(
            _Made(
                job_id=JobId(f"drsjob-{len(self.jobs) + 1}"),
                tags=tags,
                is_drill=is_drill,
                begins=self.time,
                ends=self.time + duration,
                visible=self.time + lag,
                is_ours=is_ours,
                is_deletable=is_deletable,
            )
        )
        return self.jobs[-1].job_id

    def _shown(self, made: _Made) -> Job:
        has_ended = made.ends <= self.time
        return Job(
            job_id=made.job_id,
            job_type=JobType.LAUNCH,
            initiated_by=InitiatedBy.START_DRILL if made.is_drill else InitiatedBy.START_RECOVERY,
            status=JobStatus.COMPLETED if has_ended else JobStatus.STARTED,
            tags=made.tags,
            servers=(
                ParticipatingServer(
                    source_server_id=_SERVER.source_server_id, launch_status=LaunchStatus.PENDING
                ),
            ),
        )

    # the ports DrsReader and AwsAccess

    def _read(self) -> list[_Made]:
        if self.dark is None or not self.dark[0] <= self.time < self.dark[1]:
            return self.jobs
        if self.variant.failed_is_empty:
            return []
        raise AwsUnreachable("no answer")

    async def describe_jobs(self, job_ids: Sequence[JobId] | None = None) -> tuple[Job, ...]:
        return tuple(
            self._shown(job)
            for job in self._read()
            if job.visible <= self.time and not (job.is_deletable and job.ends <= self.time)
        )

    async def describe_source_servers(
        self, server_ids: Sequence[SourceServerId] | None = None
    ) -> tuple[SourceServer, ...]:
        visible = [job.job_id for job in self._read() if job.visible <= self.time]
        last = replace(_EARLIER, job_id=visible[-1]) if visible else _EARLIER
        return (replace(_SEEN, last_launch=last),)

    async def describe_recovery_instances(
        self, server_ids: Sequence[SourceServerId]
    ) -> tuple[RecoveryInstance, ...]:
        return ()

    def reader(self, scope: Scope) -> "World":
        return self

    async def actor(self, scope: Scope, intent_id: IntentId) -> "World":
        return self

    # the port DrsActor, as the client below it behaves

    async def start_recovery(self, request: StartRecoveryRequest, fence: Fence = no_fence) -> Job:
        answer = "lost"
        for _ in range(self.variant.sends):
            answer = self._send(request)
            if self.crash == "sent":
                raise Crash
            if answer != "lost":
                break
        if self.crash == "answered":
            raise Crash
        return self._answered(answer)

    def _send(self, request: StartRecoveryRequest) -> str:
        delay = self.choices.pick("delay", self.variant.delays)
        signed, answers = self.time, []
        if delay is None:
            if self.crash != "sent":
                self.pass_time(1)
            return "lost"
        self.at(
            signed + delay,
            lambda: answers.append(self._serve(request.tags, request.is_drill, signed, is_ours=True)),
        )
        if self.crash == "sent":
            return "lost"
        self.pass_time(delay)
        return answers[0] if self.choices.pick("answer", ("seen", "lost")) == "seen" else "lost"

    def _answered(self, answer: str) -> Job:
        if answer == "lost":
            raise OutcomeUnknown("no answer came")
        if answer == "expired":
            raise SignInNeeded("the signature has expired")
        if answer == "conflict":
            raise AwsConflict("the server is in another job")
        return next(self._shown(job) for job in self.jobs if job.job_id == answer)

    # ---- the console

    async def submit(self, given: inputs.Input) -> tuple[Event, ...]:
        events = decide(self.state, given, Now(service=self.service_now(), local=self.service_now()))
        after = fold(events, self.state)
        assert after is not None
        self.state = after
        if any(isinstance(event, StartArmed) for event in events):
            self.crash = self.must_die_at
            if self.crash == "before":
                raise Crash
            slept = self.choices.pick("sleep", self.variant.sleeps)
            self.pass_time(slept)
            if slept > FENCE and self.variant.rival:
                await self._rival_takes_over()
        return events

    async def _rival_takes_over(self) -> None:
        """Let a second console settle the doubt while the first sleeps; the first can then write nothing."""
        crash, self.crash = self.crash, "none"
        await self.submit(inputs.DriverTookSeat(epoch=2, by="rival", decided=True))
        effect = self.due
        assert isinstance(effect, ReconcileStart)
        await self.console().reconcile(effect)
        self.crash, self.has_rival = crash, True

    async def _submit_of_first(self, given: inputs.Input) -> tuple[Event, ...]:
        if self.has_rival:
            raise Crash
        return await self.submit(given)

    def console(self, *, is_first: bool = False) -> StartProtocol:
        context = EngineContext(
            journal=_NoClaims(),  # type: ignore[arg-type]  # the protocol asks it for nothing else
            aws=self,
            clock=self,
            ids=FakeIds(),
            hub=_ABSENT,
            endpoint=Endpoint(
                fingerprint="world",
                is_simulated=True,
                signing_window_seconds=self.variant.assumed_window,
                visibility_lag_seconds=self.variant.assumed_lag,
            ),
            operator="operator",
            tags_allowed=lambda _scope: self.variant.tags,
            settings=EngineSettings(
                arm_span_local=timedelta(seconds=FENCE), quick_poll=timedelta(seconds=self.variant.poll)
            ),
        )
        submit = self._submit_of_first if is_first else self.submit
        return self.variant.protocol(context, lambda: self.state, submit, lambda: self.state.may_start)

    async def restart(self) -> None:
        self.crash = self.must_die_at = "none"
        self.has_rival = False
        self.pass_time(self.choices.pick("pause", self.variant.pauses))
        await self.submit(inputs.DriverTookSeat(epoch=2, by="operator", decided=True))

    # ---- what came of it

    @property
    def due(self) -> StartRecoveryPart | ReconcileStart | None:
        steps = (e for e in effects_due(self.state) if isinstance(e, StartRecoveryPart | ReconcileStart))
        return next(steps, None)

    @property
    def attempt(self) -> Attempt | None:
        return max(self.state.attempts, key=lambda a: a.key.attempt, default=None)

    def judge_verdict(self) -> str:
        """Hold the verdict against the truth.

        Raises:
            Violation: they contradict each other.
        """
        attempt = self.attempt
        assert attempt is not None
        self.drain()
        ours = [job.job_id for job in self.jobs if job.is_ours]
        if len(ours) > 1:
            raise Violation("duplicate job")
        if (
            attempt.status in {AttemptStatus.NOT_STARTED, AttemptStatus.NOT_SENT, AttemptStatus.REFUSED}
            and ours
        ):
            raise Violation(f"declared {attempt.status}, but it runs")
        if attempt.status is AttemptStatus.ACCEPTED and attempt.job_id not in ours:
            raise Violation("adopted a stranger's job")
        if attempt.status is AttemptStatus.ASK and ours and ours[0] not in attempt.candidates:
            raise Violation("ours not among the candidates")
        return attempt.status.value


async def one_start(choices: Choices, variant: Variant) -> str:
    """Start one server once, by the protocol, until there is a verdict."""
    world = World(choices, variant)
    console = world.console(is_first=True)
    for _ in range(12):
        effect = next(
            (e for e in effects_due(world.state) if isinstance(e, StartRecoveryPart | ReconcileStart)), None
        )
        attempt = world.attempt
        settled = attempt is not None and attempt.status is not AttemptStatus.UNKNOWN
        if effect is None or settled:
            return world.judge_verdict()
        try:
            if isinstance(effect, ReconcileStart):
                await console.reconcile(effect)
            else:
                await console.start(effect)
        except Crash:
            await world.restart()
            console = world.console()
    raise Violation("it never comes to a verdict")


async def explored(variant: Variant) -> Explored:
    """Run every combination of choices of a variant."""

    async def run(choices: Choices) -> str:
        return await one_start(choices, variant)

    return await explore(run)


def explore_variant(variant: Variant) -> Explored:
    return asyncio.run(explored(variant))
