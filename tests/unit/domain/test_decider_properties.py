"""Whatever comes in, in whatever order, some things never happen."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
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
from drs_desktop.domain.decider import decide
from drs_desktop.domain.due import effect_key, effects_due
from drs_desktop.domain.effects import StartRecoveryPart
from drs_desktop.domain.errors import CommandRefused, NeedsOperator
from drs_desktop.domain.evolve import evolve, fold
from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    AttemptStatus,
    Execution,
    ExecutionStatus,
    Health,
    TerminationState,
    WaveStatus,
)
from drs_desktop.domain.ids import IntentId, JobId, SourceServerId
from drs_desktop.domain.job import (
    ENDED_LAUNCH_STATUSES,
    InitiatedBy,
    Job,
    JobLogItem,
    JobStatus,
    JobType,
    LaunchStatus,
    ParticipatingServer,
)
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import (
    AttemptKey,
    Baseline,
    ExecutionMode,
    PartKey,
    StartRecoveryRequest,
)
from drs_desktop.domain.status import execution_status, wave_status
from drs_desktop.domain.step_progress import needs_performer
from drs_desktop.domain.steps import (
    MANUAL_TASK,
    STATUS_CHECKS,
    TIMED_WAIT,
    StepKey,
    StepPhase,
    StepSpec,
    StepStatus,
)
from drs_desktop.domain.times import Now
from drs_desktop.domain.transitions import (
    is_allowed_attempt_move,
    is_allowed_execution_move,
    is_allowed_wave_move,
)
from tests.helpers.builders import (
    ARM_SPAN,
    HORIZON,
    OTHER_SCOPE,
    START,
    a_creation,
    a_frozen_wave,
    a_key,
    an_instance,
)

WORDS = [*(word.value for word in LaunchStatus), "SOMETHING_NEW", ""]
LOG_EVENTS = ["CLEANUP_START", "SNAPSHOT_END", "CONVERSION_START", "LAUNCH_END", "LAUNCH_FAILED", "NEW_WORD"]
NOWHERE = AttemptKey(part=PartKey(wave=1, scope=OTHER_SCOPE, index=9), attempt=1)
SEEDS = 400
JOBS = ["drsjob-1", "drsjob-2", "drsjob-3"]


class Chance:
    """Draws from a seed; hypothesis chooses the seed. Drawing each step by itself is ten times slower."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def one(self, *choices: Any) -> Any:
        return self._random.choice(choices)

    def one_in(self, count: int) -> bool:
        return self._random.randrange(count) == 0

    def some(self, choices: Sequence[Any]) -> list[Any]:
        return [choice for choice in choices if not self.one_in(3)]

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


def a_random_creation(chance: Chance) -> ev.ExecutionCreated:
    """Return an execution of one to four waves in a graph, up to three servers each, over two scopes."""
    waves = []
    for number in range(1, chance.number(1, 4) + 1):
        size = chance.one(0, 1, 1, 1, 2, 3) if number > 1 else chance.one(1, 1, 2, 2, 0)
        keys = [a_key(10 * number + n, chance.one(a_key().scope, OTHER_SCOPE)) for n in range(1, size + 1)]
        waves.append(
            a_frozen_wave(
                number,
                keys,
                optional=chance.number(0, min(size, 1)),
                depends_on=tuple(chance.some(range(1, number))),
                pause_before=chance.one_in(4),
                failure_policy=chance.one(*FailurePolicy),
                success_threshold=chance.one(1.0, 1.0, 0.5),
                time_limit=chance.one(None, None, timedelta(minutes=20)),
                steps_before=_random_steps(chance),
                steps_after=_random_steps(chance),
            )
        )
    return a_creation(waves, mode=chance.one(*ExecutionMode))


def _random_steps(chance: Chance) -> tuple[StepSpec, ...]:
    wait = (("seconds", "300"),)
    steps = [
        StepSpec(kind=TIMED_WAIT, name="wait", settings=wait, is_critical=chance.one(True, False)),
        StepSpec(kind=MANUAL_TASK, name="call", instruction="Call.", is_critical=chance.one(True, False)),
        StepSpec(kind=STATUS_CHECKS, name="checks", retries=1, time_limit=timedelta(minutes=10)),
    ]
    return tuple(step for step in steps if chance.one_in(6))


class World:
    """Says anything that could come in: mostly what is likely in this state, at times nonsense."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance

    def anything(self, state: Execution, now: Now) -> inputs.Input:
        chance = self.chance
        kind = chance.number(0, 27)
        if kind == 0:
            return inputs.OperatorSaid(command=self._command(state), by="anna")
        if kind == 1:
            return self._person_who_goes_on(state)
        if kind < 10:
            return self._start_input(state, now)
        if kind < 16:
            return self._sighting(state)
        if kind < 21:
            return self._instances(state)
        if kind == 21:
            return self._termination(state)
        if kind == 22:
            return chance.one(
                inputs.GapNoticed(reason="This machine slept."),
                inputs.DriverTookSeat(
                    epoch=state.driver_epoch + 1, by="bert", decided=chance.one(True, False)
                ),
            )
        if kind in {23, 24, 25}:
            return self._step(state)
        return inputs.ClockTicked()

    def _step(self, state: Execution) -> inputs.Input:
        """Carry out, answer or end a step that runs; any step at times."""
        chance = self.chance
        steps = [step for wave in state.waves for step in wave.steps.values()]
        running = [step for step in steps if step.status is StepStatus.RUNNING] or steps
        if not running:
            return inputs.ClockTicked()
        step = chance.one(*running)
        if needs_performer(step):
            bad = tuple(s.key for s in state.wave(step.key.wave).servers.values() if s.is_launched)
            done = not chance.one_in(3)
            return inputs.StepPerformed(
                key=step.key,
                attempt=step.attempt,
                is_done=done,
                evidence="looked",
                failed_servers=() if done else bad,
            )
        command = chance.one(
            AnswerTask(key=step.key, is_done=not chance.one_in(3), answer="so"),
            EndWait(key=step.key),
            ExtendWait(key=step.key, by=timedelta(seconds=chance.number(-400, 400))),
        )
        return inputs.OperatorSaid(command=command, by="anna")

    def _person_who_goes_on(self, state: Execution) -> inputs.Input:
        asked = [a.key for a in state.attempts if a.status is AttemptStatus.ASK]
        if asked:
            answer = AnswerStart(
                key=asked[0],
                answer=self.chance.one(*StartAnswer),
                job_id=self.chance.one(None, *map(JobId, JOBS)),
            )
            return inputs.OperatorSaid(command=answer, by="anna")
        if state.cancel_request is not None:
            return inputs.OperatorSaid(command=StopWatching(reason="stuck"), by="anna")
        held = [wave.number for wave in state.holds]
        if held and self.chance.one_in(2):
            return inputs.OperatorSaid(command=Retry(wave=held[0]), by="anna")
        return inputs.OperatorSaid(command=Resume(wave=held[0] if held else None, reason="seen"), by="anna")

    def _command(self, state: Execution) -> Command:
        chance = self.chance
        return chance.one(  # type: ignore[no-any-return]
            Pause(),
            Resume(wave=chance.one(None, 1, 2), reason=chance.one("", "seen")),
            Cancel(),
            CancelAndCleanUp(),
            StopWatching(reason=chance.one("", "stuck")),
            Retry(wave=chance.number(1, 5)),
            Skip(wave=chance.number(1, 5), reason=chance.one("", "not today")),
            AddNote(text=chance.one("", "seen")),
            EndWait(key=StepKey(wave=chance.number(1, 5), phase=StepPhase.BEFORE, index=1)),
            Terminate(
                confirm_plan_name=chance.one(None, state.plan_name), confirm_count=chance.one(None, 1, 2)
            ),
            AnswerStart(
                key=chance.one(NOWHERE, *(a.key for a in state.attempts), *_keys(state)),
                answer=chance.one(*StartAnswer),
                job_id=chance.one(None, *map(JobId, JOBS)),
            ),
        )

    def _job(self, state: Execution, key: AttemptKey, job_id: str | None) -> Job:
        chance = self.chance
        part = next(p for w in state.waves for p in w.parts if p.key == key.part)
        ids = [server.source_server_id for server in part.servers if not chance.one_in(12)]
        if chance.one_in(30):
            ids.append(SourceServerId("s-stranger"))
        expected = InitiatedBy.START_DRILL if state.mode.is_drill else InitiatedBy.START_RECOVERY
        status = JobStatus(chance.one("PENDING", "STARTED", "COMPLETED", "COMPLETED", "NEW"))
        word = chance.one(None, "LAUNCHED", "LAUNCHED", "FAILED")
        return Job(
            job_id=JobId(job_id or chance.one(*JOBS)),
            job_type=JobType.LAUNCH,
            initiated_by=InitiatedBy("NEW") if chance.one_in(40) else expected,
            status=status,
            created_at=START,
            ended_at=chance.one(None, START, START) if status is JobStatus.COMPLETED else None,
            servers=tuple(
                ParticipatingServer(
                    source_server_id=server_id, launch_status=LaunchStatus(word or chance.one(*WORDS))
                )
                for server_id in ids
            ),
        )

    def _start_input(self, state: Execution, now: Now) -> inputs.Input:
        """Return the outcome of a step of the start protocol; for what is due, or for anything at all."""
        chance = self.chance
        armed = [a.key for a in state.attempts if a.status is AttemptStatus.ARMED]
        if armed and not chance.one_in(6):
            return self._outcome(state, chance.one(*armed), now)
        doubtful = [a.key for a in state.attempts if a.status is AttemptStatus.UNKNOWN]
        if doubtful and not chance.one_in(3):
            return self._finding(state, chance.one(*doubtful))
        due = [effect.key for effect in effects_due(state) if isinstance(effect, StartRecoveryPart)]
        if due and not chance.one_in(6):
            return self._preparation(state, chance.one(*due), now)
        keys = _keys(state)
        if not keys:
            return inputs.ClockTicked()
        key = chance.one(*keys)
        is_known = key in state.wave(key.wave).attempts
        return self._outcome(state, key, now) if is_known else self._preparation(state, key, now)

    def _preparation(self, state: Execution, key: AttemptKey, now: Now) -> inputs.Input:
        part = next(p for w in state.waves for p in w.parts if p.key == key.part)
        prepared = inputs.StartPrepared(
            key=key,
            intent_id=IntentId("intent"),
            request=StartRecoveryRequest(
                scope=key.scope,
                source_server_ids=tuple(server.source_server_id for server in part.servers),
                is_drill=state.mode.is_drill,
            ),
            baseline=Baseline(job_ids=()),
            not_after=now.local + ARM_SPAN,
            horizon_at=now.local + ARM_SPAN + HORIZON,
        )
        wait = inputs.StartMustWait(part=key.part, reason="20 of 20 jobs", retry_at=now.service)
        refused = inputs.StartWasRefused(key=key, code="AccessDenied", message="no")
        return self.chance.one(*[prepared] * 8, wait, refused)  # type: ignore[no-any-return]

    def _finding(self, state: Execution, key: AttemptKey) -> inputs.Input:
        chance = self.chance
        fresh = f"drsjob-{key.wave}-{key.part.index}-{key.attempt}-{key.scope.region}"
        return chance.one(  # type: ignore[no-any-return]
            inputs.StartWasAccepted(key=key, job=self._job(state, key, fresh), evidence="our tags"),
            inputs.NothingWasStarted(key=key, evidence="nothing seen"),
            inputs.StartIsUndecidable(
                key=key, candidates=chance.one((), (JobId("drsjob-9"),)), reason="no tags"
            ),
        )

    def _outcome(self, state: Execution, key: AttemptKey, now: Now) -> inputs.Input:
        chance = self.chance
        fresh = f"drsjob-{key.wave}-{key.part.index}-{key.attempt}-{key.scope.region}"
        accepted = inputs.StartWasAccepted(key=key, job=self._job(state, key, fresh), evidence="answer")
        return chance.one(  # type: ignore[no-any-return]
            *[accepted] * 8,
            inputs.StartWasRefused(key=key, code="AccessDenied", message="no"),
            inputs.StartWasNotSent(key=key, reason="no network", retry_at=now.service),
            inputs.StartIsUnknown(key=key, reason="reset"),
            self._finding(state, key),
        )

    def _sighting(self, state: Execution) -> inputs.Input:
        chance = self.chance
        attempts = [a for a in state.attempts if a.status is AttemptStatus.ACCEPTED] or list(state.attempts)
        if not attempts:
            return inputs.ClockTicked()
        attempt = chance.one(*attempts)
        job = self._job(state, attempt.key, None if chance.one_in(10) else attempt.job_id)
        if chance.one_in(30):
            return inputs.JobIsMissing(key=attempt.key, job_id=job.job_id)
        items = tuple(
            JobLogItem(
                at=START,
                event=chance.one(*LOG_EVENTS),
                source_server_id=chance.one(None, *job.source_server_ids),
                raw_error=chance.one(None, "no capacity"),
            )
            for _ in range(chance.one(0, 0, 1, 2))
        )
        return inputs.JobSeen(
            key=attempt.key, job=job, new_log_items=items, is_log_complete=not chance.one_in(4)
        )

    def _instances(self, state: Execution) -> inputs.Input:
        chance = self.chance
        wave = chance.one(*([w for w in state.waves if w.is_in_flight] or state.waves))
        states = [*(state.value for state in Ec2InstanceState), "NEW", *["RUNNING"] * 20]
        return inputs.InstancesSeen(
            wave=wave.number,
            scope=chance.one(OTHER_SCOPE, *(key.scope for key in wave.servers)),
            instances=tuple(
                an_instance(
                    server.key,
                    str(server.job_id or "drsjob-8"),
                    ec2_state=Ec2InstanceState(chance.one(*states)),
                    is_drill=state.mode.is_drill is not chance.one_in(40),
                )
                for server in wave.servers.values()
                if not chance.one_in(8)
            ),
        )

    def _termination(self, state: Execution) -> inputs.Input:
        chance = self.chance
        servers = [server.key for server in state.servers]
        if not servers:
            return inputs.ClockTicked()
        chosen = tuple({chance.one(*servers), chance.one(*servers)})
        scope, batch = chosen[0].scope, chance.number(1, 3)
        return chance.one(  # type: ignore[no-any-return]
            inputs.TerminationPrepared(scope=scope, batch=batch, intent_id=IntentId("t"), servers=chosen),
            inputs.TerminationWasAccepted(scope=scope, batch=batch, job_id=JobId("drsjob-t")),
            inputs.TerminationMustRepeat(scope=scope, batch=batch, reason="no answer"),
            inputs.TerminationSeen(server=chosen[0], state=TerminationState.TERMINATED),
            inputs.TerminationSeen(server=chosen[0], state=TerminationState.FAILED, reason="still there"),
        )


def _keys(state: Execution) -> list[AttemptKey]:
    parts = [part.key for wave in state.waves for part in wave.parts]
    return [AttemptKey(part=part, attempt=n) for part in parts for n in (1, 2, 3)]


class _Watched:
    """Folds events one by one and checks after each what must never happen."""

    def __init__(self, created: ev.ExecutionCreated) -> None:
        state = fold((created,))
        assert state is not None
        self.state = state

    def take(self, events: tuple[ev.Event, ...]) -> None:
        before = self.state
        for event in events:
            after = evolve(self.state, event)
            self._check_step(self.state, after, event)
            self.state = after
        _check_status_move(before, self.state)
        _check_state(self.state)

    @staticmethod
    def _check_step(before: Execution, after: Execution, event: ev.Event) -> None:
        if before.end_status is not None:
            assert after.end_status is before.end_status, "a terminal status is final"
            assert all(new.end_status is old.end_status for old, new in _waves(before, after))
        for old, new in _waves(before, after):
            assert is_allowed_wave_move(wave_status(old), wave_status(new)), (event, wave_status(old))
            for key, attempt in old.attempts.items():
                assert is_allowed_attempt_move(attempt.status, new.attempts[key].status), event
            for key, server in old.servers.items():
                if server.launch_status in ENDED_LAUNCH_STATUSES and not new.servers[key].is_retry_due:
                    assert new.servers[key].launch_status is server.launch_status, "a verdict is final"
        if isinstance(event, ev.StartArmed):
            assert before.may_start, "nothing is armed while starting is held"
            assert event.is_drill is before.mode.is_drill


def _waves(before: Execution, after: Execution):  # type: ignore[no-untyped-def]
    return zip(before.waves, after.waves, strict=True)


def _check_status_move(before: Execution, after: Execution) -> None:
    old, new = execution_status(before).status, execution_status(after).status
    assert is_allowed_execution_move(old, new), (old, new)


def _check_state(state: Execution) -> None:
    due = effects_due(state)
    assert len({effect_key(effect) for effect in due}) == len(due), "one effect, one key"
    for effect in due:
        if isinstance(effect, StartRecoveryPart):
            attempt = state.wave(effect.key.wave).attempts.get(effect.key)
            assert state.may_start or (attempt and attempt.status is AttemptStatus.ARMED)
            assert not state.wave(effect.key.wave).is_ended
    for wave in state.waves:
        for part in wave.parts:
            live = [
                a for a in wave.attempts.values() if a.key.part == part.key and a.status in IN_FLIGHT_ATTEMPTS
            ]
            assert len(live) <= 1, "one part has at most one attempt in flight"
            assert not (live and wave.is_ended), "a wave with something in flight is not over"
            assert not (live and state.end_status), "an execution with something in flight is not over"
        if not wave.servers:
            assert wave.end_status is not WaveStatus.COMPLETED, "an empty wave is never done"
        if wave.end_status is WaveStatus.COMPLETED:
            assert all(s.is_launched and s.health is Health.HEALTHY for s in wave.servers.values())
            assert not any(step.is_failure for step in wave.steps.values()), "a failed step is no success"
    jobs = [a.job_id for a in state.attempts if a.job_id]
    assert len(jobs) == len(set(jobs)), "one job belongs to one attempt"
    if state.end_status is ExecutionStatus.COMPLETED:
        meant = [wave for wave in state.waves if not wave.skipped_by]
        critical = [s for wave in meant for s in wave.servers.values() if s.is_critical]
        assert all(s.launch_status is LaunchStatus.LAUNCHED for s in critical)
        assert all(s.health is Health.HEALTHY for s in critical)
        assert any(s.is_launched for s in state.servers)
        assert all(wave.servers for wave in meant), "an empty wave keeps it from being complete"
        assert not state.frozen, "a contradiction about the mode is never called complete"


def _run(seed: int, steps: int, check: Callable[[_Watched, inputs.Input, Now], None]) -> _Watched:
    """Play a random world for some steps; what came in stands in the report of a failure."""
    chance = Chance(seed)
    watched, world = _Watched(a_random_creation(chance)), World(chance)
    now = Now(service=START, local=START)
    watched.take(decide(watched.state, inputs.DriverTookSeat(epoch=1, by="anna", decided=True), now))
    history: list[inputs.Input] = []
    try:
        for _ in range(steps):
            given_input = world.anything(watched.state, now)
            history.append(given_input)
            passed = timedelta(seconds=chance.one(0, 1, 60, 400))
            now = Now(service=now.service + passed, local=now.local + passed)
            try:
                events = decide(watched.state, given_input, now)
            except (CommandRefused, NeedsOperator):
                assert isinstance(given_input, inputs.OperatorSaid), "only a person is refused"
                continue
            watched.take(events)
            check(watched, given_input, now)
    except BaseException as error:
        error.add_note(f"{watched.state}\n\nCame in last:\n" + "\n".join(map(str, history[-6:])))
        raise
    return watched


@given(st.integers(0, 2**32), st.integers(1, 120))
@settings(max_examples=SEEDS)
def test_no_run_of_the_decider_ever_makes_a_forbidden_move(seed: int, steps: int) -> None:
    _run(seed, steps, lambda watched, given_input, now: None)


@given(st.integers(0, 2**32), st.integers(1, 60))
@settings(max_examples=SEEDS // 4)
def test_the_same_sighting_seen_twice_adds_nothing_the_second_time(seed: int, steps: int) -> None:
    def check(watched: _Watched, given_input: inputs.Input, now: Now) -> None:
        is_job = isinstance(given_input, inputs.JobSeen) and not given_input.new_log_items
        if is_job or isinstance(given_input, inputs.InstancesSeen):
            assert decide(watched.state, given_input, now) == ()

    _run(seed, steps, check)


def test_the_random_world_reaches_every_end_and_every_kind_of_attempt() -> None:
    """The properties above say nothing about states that are never reached."""
    ends, attempts, waves = set(), set(), set()

    def collect(watched: _Watched, given_input: inputs.Input, now: Now) -> None:
        ends.add(execution_status(watched.state).status)
        attempts.update(attempt.status for attempt in watched.state.attempts)
        waves.update(wave_status(wave) for wave in watched.state.waves)

    for seed in range(150):
        _run(seed, 120, collect)
    assert ends == set(ExecutionStatus) - {ExecutionStatus.PENDING}, "the driver leaves that one at once"
    assert attempts == set(AttemptStatus)
    assert waves == set(WaveStatus)
