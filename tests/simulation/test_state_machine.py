"""Random operators, faults, kills, rivals and strangers on the engine, under virtual time.

After each step everything that happened is held against the invariants, from the log of events and calls and
from the simulator's own truth. At the end the faults stop, and every execution must end, or ask a person for
a reason that the log shows.
"""

import asyncio
import typing
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from drs_desktop.domain import commands
from drs_desktop.domain import events as ev
from drs_desktop.domain.errors import (
    AnotherDriver,
    CommandRefused,
    LeaseLost,
    NeedsOperator,
    StorageError,
    WrongEndpoint,
)
from drs_desktop.domain.execution import AttemptStatus, Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.status import execution_status
from drs_desktop.domain.steps import StepKey, StepPhase
from drs_desktop.simulator.core.errors import DrsError
from drs_desktop.simulator.core.faults import ErrorAnswer, FaultRule, Html503, ResetAfter, ResetBefore
from drs_desktop.simulator.core.launching import StartRecovery, start_recovery
from drs_desktop.simulator.core.removing import delete_job, forget_job
from drs_desktop.simulator.core.words import Subject
from tests.helpers.engine_rig import SCOPE, Console, Fate, Rig, a_wave
from tests.simulation.profile import by_profile, say
from tests.simulation.stories import QUICK_JOBS

SECOND = timedelta(seconds=1)
DONE: Counter[str] = Counter()
"""What all examples of a run did, for its figures."""
FAULTS: dict[str, Any] = {
    "throttled": ErrorAnswer(code="ThrottlingException", status=429),
    "conflict": ErrorAnswer(code="ConflictException", status=409),
    "quota": ErrorAnswer(code="ServiceQuotaExceededException", status=402),
    "denied": ErrorAnswer(code="AccessDeniedException", status=403),
    "signed out": ErrorAnswer(code="ExpiredTokenException", status=403),
    "500": ErrorAnswer(code="InternalServerException", status=500),
    "reset before": ResetBefore(),
    "reset after": ResetAfter(),
    "a proxy's page": Html503(),
}
OPERATIONS = (
    "StartRecovery",
    "TerminateRecoveryInstances",
    "DescribeJobs",
    "DescribeJobLogItems",
    "DescribeSourceServers",
    "DescribeRecoveryInstances",
)
EXPECTED = (AnotherDriver, CommandRefused, LeaseLost, NeedsOperator, StorageError)


# ---- one way to make each command; a new command needs one more


def _answer(state: Execution, rig: Rig, draw: Callable[[Any], Any]) -> commands.Command | None:
    """Return what an honest operator answers who has looked into the AWS console."""
    asked = [a for a in state.attempts if a.status in {AttemptStatus.ASK, AttemptStatus.UNKNOWN}]
    if not asked:
        return None
    attempt = draw(st.sampled_from(asked))
    own = rig.made.get(attempt.intent_id, [])
    kinds = [commands.StartAnswer.KEEP_LOOKING]
    kinds.append(commands.StartAnswer.OURS if own else commands.StartAnswer.NOTHING_STARTED)
    answer = draw(st.sampled_from(kinds))
    job_id: Any = own[0] if own and answer is commands.StartAnswer.OURS else None
    return commands.AnswerStart(key=attempt.key, answer=answer, job_id=job_id)


_STEP = StepKey(wave=1, phase=StepPhase.BEFORE, index=1)
MAKERS: dict[type, Callable[[Execution, Rig, Callable[[Any], Any]], commands.Command | None]] = {
    commands.Pause: lambda state, rig, draw: commands.Pause(reason="look"),
    commands.Resume: lambda state, rig, draw: commands.Resume(
        wave=draw(st.sampled_from([None, None, 1, 2, 3])), hold_only=draw(st.booleans())
    ),
    commands.Cancel: lambda state, rig, draw: commands.Cancel(),
    commands.Terminate: lambda state, rig, draw: commands.Terminate(
        confirm_plan_name=draw(st.sampled_from([None, state.plan_name])),
        confirm_count=draw(st.sampled_from([None, sum(s.is_launched for s in state.servers)])),
    ),
    commands.AnswerStart: _answer,
    commands.Retry: lambda state, rig, draw: commands.Retry(wave=draw(st.sampled_from([1, 2, 3]))),
    commands.Skip: lambda state, rig, draw: commands.Skip(
        wave=draw(st.sampled_from([1, 2, 3])), reason="not tonight"
    ),
    commands.EndWait: lambda state, rig, draw: commands.EndWait(key=_STEP),
    commands.ExtendWait: lambda state, rig, draw: commands.ExtendWait(key=_STEP, by=timedelta(minutes=1)),
    commands.AnswerTask: lambda state, rig, draw: commands.AnswerTask(key=_STEP, is_done=True),
    commands.StopWatching: lambda state, rig, draw: commands.StopWatching(reason="stuck"),
    commands.CancelAndCleanUp: lambda state, rig, draw: commands.CancelAndCleanUp(),
    commands.AddNote: lambda state, rig, draw: commands.AddNote(text="seen"),
}


def test_every_command_has_a_rule() -> None:
    assert set(MAKERS) == set(typing.get_args(commands.Command))


LEAVES: dict[type, type] = {
    commands.Pause: ev.PauseRequested,
    commands.Cancel: ev.CancelRequested,
    commands.Terminate: ev.TerminationRequested,
}
"""What an accepted command leaves in the journal, where it always leaves the same (I-03)."""


class Operation(RuleBasedStateMachine):
    """A day of operations."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self.rig: Rig
        self.commands: list[Any] = []
        self.has_lied = False
        self.is_wall_clock_wrong = False

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    # ---- the world

    @initialize(
        tags=st.sampled_from([True, True, True, False]),
        mode=st.sampled_from([ExecutionMode.DRILL, ExecutionMode.DRILL, ExecutionMode.RECOVERY]),
        policy=st.sampled_from(FailurePolicy),
        pause=st.booleans(),
        side_by_side=st.booleans(),
        lag=st.sampled_from([0.0, 1.5]),
        failing=st.sampled_from([None, None, "silent"]),
    )
    def begin(
        self, tags: bool, mode: Any, policy: Any, pause: bool, side_by_side: bool, **world: Any
    ) -> None:
        async def work() -> None:
            self.rig = Rig(servers=4, tags=tags, changes={"durations": QUICK_JOBS})
            self.rig.simulation.visibility_lag.describe_jobs_seconds = world["lag"]
            if world["failing"]:
                server = next(iter(self._place().servers.values()))
                server.launch_failure = None
            console = await self.rig.console("driver-1")
            keys = self.rig.server_keys
            depends = () if side_by_side else (1,)
            await console.start(
                a_wave(1, keys[:2], policy=policy),
                a_wave(2, keys[2:3], policy=policy, pause=pause, depends_on=depends),
                a_wave(3, keys[3:], policy=policy, depends_on=(2,)),
                mode=mode,
            )

        self.run(work())

    def _place(self) -> Any:
        return self.rig.simulation.state(SCOPE.account_id, SCOPE.region)

    @property
    def alive(self) -> list[Console]:
        return [console for console in self.rig.consoles if console.is_alive]

    @property
    def awake(self) -> list[Console]:
        return [console for console in self.alive if console.running.is_set()]

    def _done(self, what: str) -> None:
        DONE[what] += 1

    # ---- time

    @rule(seconds=st.sampled_from([1, 4, 20, 60, 60, 200, 900]))
    def time_passes(self, seconds: int) -> None:
        self._done("time")
        self._advance(timedelta(seconds=seconds))

    @rule(span=st.sampled_from([timedelta(seconds=40), timedelta(hours=2), timedelta(days=30)]))
    def machine_sleeps(self, span: timedelta) -> None:
        self._done("sleep of the machine")
        self.run(self.rig.clock.jump(span))

    @rule(span=st.sampled_from([timedelta(hours=-1), timedelta(hours=1)]))
    def wall_clock_is_set(self, span: timedelta) -> None:
        self._done("wall clock set")
        self.is_wall_clock_wrong = True
        self.rig.clock.set_wall(span)

    def _advance(self, span: timedelta) -> None:
        self.run(self.rig.clock.advance(span))

    # ---- the operator

    @precondition(lambda self: self.awake)
    @rule(data=st.data(), kind=st.sampled_from(list(MAKERS)))
    def operator_says(self, data: Any, kind: type) -> None:
        execution_id = data.draw(st.sampled_from(self.rig.execution_ids), "execution")
        command = MAKERS[kind](self.rig.folded(execution_id), self.rig, data.draw)
        if command is None:
            return
        console = data.draw(st.sampled_from(self.awake), "console")
        self._done(f"command {kind.__name__}")
        self._carry_out(console, execution_id, command)

    def _carry_out(self, console: Console, execution_id: ExecutionId, command: commands.Command) -> None:
        async def work() -> Any:
            task = self.rig.begin(console, console.say(execution_id, command))
            for _ in range(120):
                await self.rig.clock.advance(SECOND)
                if task.done():
                    break
            return task

        task = self.run(work())
        if not task.done():
            is_excused = (
                self.is_wall_clock_wrong  # a dead driver's lease may then seem to last for hours
                or len(self.awake) < len(self.alive)
                or any(c.journal.write_error for c in self.alive)
            )
            assert is_excused, f"no answer to {command} within two minutes"
            self.commands.append(task)
            return
        error = task.exception()
        if error is None:
            self._done("acknowledged")
            events = [e.event for e in self.rig.store.events if e.execution_id == execution_id]
            left = LEAVES.get(type(command))
            is_there = left is None or any(isinstance(event, left) for event in events)
            assert is_there, f"I-03: {command} was acknowledged, and the journal has nothing of it"
        else:
            assert isinstance(error, EXPECTED), repr(error)

    @precondition(lambda self: self.awake and len(self.rig.execution_ids) < 3)
    @rule(data=st.data(), shape=st.sampled_from(["one wave", "an empty wave"]))
    def another_execution_starts(self, data: Any, shape: str) -> None:
        console = data.draw(st.sampled_from(self.awake), "console")
        keys = self.rig.server_keys
        waves = (a_wave(1, keys[1:3]),) if shape == "one wave" else (a_wave(1, ()), a_wave(2, keys[:1]))
        self._done(f"another execution, {shape}")
        self._try(console.start(*waves))

    def _try(self, work: Any) -> None:
        async def tried() -> None:
            try:
                await work
            except EXPECTED:
                self._done("refused")

        self.run(tried())

    # ---- AWS and its network

    @rule(
        operation=st.sampled_from(OPERATIONS),
        fault=st.sampled_from(sorted(FAULTS)),
        times=st.integers(1, 3),
    )
    def calls_fail(self, operation: str, fault: str, times: int) -> None:
        self._done(f"fault {fault}")
        rule_ = FaultRule(id=operation, action=FAULTS[fault], operation=operation, times=times)
        self.rig.simulation.faults.add(rule_)

    @rule(delay=st.sampled_from([None, 0.5, 3.0, 4.9, 6.0]))
    def next_start_is_late_or_lost(self, delay: float | None) -> None:
        self._done("request lost" if delay is None else "request late")
        self.rig.fates.append(Fate(None if delay is None else timedelta(seconds=delay)))

    @rule(is_drill=st.booleans(), data=st.data())
    def stranger_starts_a_server(self, is_drill: bool, data: Any) -> None:
        place = self._place()
        server = data.draw(st.sampled_from(sorted(place.servers)), "server")
        try:
            wanted = StartRecovery(snapshot_ids={server: None}, is_drill=is_drill)
            start_recovery(self.rig.simulation, place, wanted)
        except DrsError:
            return
        self._done("foreign job")

    @precondition(lambda self: self._place().instances)
    @rule(data=st.data())
    def instance_is_terminated_behind_our_back(self, data: Any) -> None:
        instance = data.draw(st.sampled_from(sorted(self._place().instances)), "instance")
        self.rig.simulation.compute.terminate(SCOPE.account_id, SCOPE.region, instance)
        self._done("instance terminated")

    @precondition(lambda self: self._place().jobs)
    @rule(data=st.data(), is_forced=st.sampled_from([False, False, True]))
    def job_is_deleted(self, data: Any, is_forced: bool) -> None:
        place = self._place()
        job = place.jobs[data.draw(st.sampled_from(sorted(place.jobs)), "job")]
        if is_forced:
            forget_job(place, job)
        else:
            try:
                delete_job(self.rig.simulation, place, job.id)
            except DrsError:
                return
        self._done("job deleted")

    @precondition(lambda self: not self.has_lied)
    @rule(subject=st.sampled_from([Subject.INITIATED_BY, Subject.IS_DRILL]), word=st.booleans())
    def aws_tells_another_mode(self, subject: Subject, word: bool) -> None:
        told = {Subject.INITIATED_BY: ("START_RECOVERY", "START_DRILL"), Subject.IS_DRILL: ("false", "true")}
        self.rig.simulation.words.tell(subject, told[subject][word])
        self.has_lied = True
        self._done("lie about the mode")

    @rule(
        word=st.sampled_from(
            [
                (Subject.JOB_STATUS, "REWINDING"),
                (Subject.LAUNCH_STATUS, "TELEPORTED"),
                (Subject.LOG_EVENT, "NEW_EVENT"),
                (Subject.EC2_STATE, "DREAMING"),
            ]
        )
    )
    def aws_says_a_word_of_tomorrow(self, word: tuple[Subject, str]) -> None:
        self.rig.simulation.words.tell(*word)
        self._done("unknown word")

    @rule()
    def aws_says_known_words_again(self) -> None:
        self._tell_the_truth()

    def _tell_the_truth(self) -> None:
        for subject in Subject:
            self.rig.simulation.words.tell(subject, None)

    # ---- processes

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), decided=st.booleans())
    def console_is_killed_and_another_takes_over(self, data: Any, decided: bool) -> None:
        self._done("kill")
        console = data.draw(st.sampled_from(self.alive), "console")
        self.run(console.kill())
        self._open_and_drive(decided=decided)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), points=st.integers(1, 30))
    def console_is_killed_in_the_middle(self, data: Any, points: int) -> None:
        """Kill it at its n-th port call from now on."""
        console = data.draw(st.sampled_from(self.alive), "console")
        left = points

        def count(where: Console, _name: str) -> None:
            nonlocal left
            if where is console:
                left -= 1
                if left == 0:
                    where.strike()

        async def work() -> None:
            self.rig.on_point = count
            await self.rig.clock.advance(timedelta(minutes=1))
            self.rig.on_point = None
            await console.kill()

        self.run(work())
        self._done("kill in the middle")
        self._open_and_drive(decided=True)

    @precondition(lambda self: len(self.alive) < 3)
    @rule(decided=st.booleans(), host=st.sampled_from(["host-1", "host-2"]))
    def another_console_wants_the_seat(self, decided: bool, host: str) -> None:
        self._done("second driver")
        self._open_and_drive(decided=decided, host=host)

    def _open_and_drive(self, *, decided: bool, host: str = "host-1") -> None:
        async def work() -> None:
            console = await self.rig.console(f"driver-{len(self.rig.consoles) + 1}", host=host)
            for execution_id in self.rig.execution_ids:
                try:
                    await console.drive(execution_id, decided=decided)
                except EXPECTED:
                    continue

        self.run(work())

    @precondition(lambda self: self.awake)
    @rule(data=st.data())
    def process_is_stopped(self, data: Any) -> None:
        self._done("SIGSTOP")
        data.draw(st.sampled_from(self.awake), "console").stop()

    @rule()
    def stopped_processes_go_on(self) -> None:
        for console in self.alive:
            console.go_on()
        self._advance(SECOND)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def database_refuses_writes(self, data: Any) -> None:
        self._done("write error")
        data.draw(st.sampled_from(self.alive), "console").journal.write_error = StorageError("disk full")

    @rule()
    def database_writes_again(self) -> None:
        for console in self.rig.consoles:
            console.journal.write_error = None

    @rule()
    def console_of_another_aws_is_refused(self) -> None:
        async def work() -> None:
            console = await self.rig.console("driver-elsewhere", host="host-3", fingerprint="another")
            for execution_id in self.rig.execution_ids:
                with pytest.raises((WrongEndpoint, AnotherDriver)):
                    await console.drive(execution_id)
            await console.close()

        if not any(console.journal.write_error for console in self.rig.consoles):
            self._done("wrong endpoint")
            self.run(work())

    # ---- what must hold after each step

    @invariant()
    def nothing_happened_that_must_not(self) -> None:
        if hasattr(self, "rig"):
            self.rig.assert_sound()

    # ---- when the faults stop, every execution ends or asks

    def teardown(self) -> None:
        try:
            if hasattr(self, "rig"):
                self._faults_stop()
                for _ in range(4):
                    self._someone_drives()
                    if self._settles():
                        break
                self._judge_the_ends()
                self.nothing_happened_that_must_not()
                self.run(self._close())
        finally:
            self.runner.close()

    async def _close(self) -> None:
        await self.rig.close()
        await asyncio.gather(*self.commands, return_exceptions=True)

    def _faults_stop(self) -> None:
        self.rig.simulation.faults.release_all()
        self.rig.fates.clear()
        self._tell_the_truth()
        self.database_writes_again()
        self.stopped_processes_go_on()

    def _someone_drives(self) -> None:
        """Have each execution driven; after a wall clock set back only a machine of its own may at once."""
        self._advance(timedelta(minutes=1))
        for host in ("host-1", "host-2"):
            if not all(self._is_driven(execution_id) for execution_id in self.rig.execution_ids):
                self._open_and_drive(decided=True, host=host)

    def _settles(self) -> bool:
        """Let a day pass, or as much of it as it takes; return whether nothing more is to come."""
        began = self.rig.clock.local_elapsed()

        def is_over() -> bool:
            is_late = self.rig.clock.local_elapsed() - began > timedelta(hours=24)
            return is_late or all(self._rests(e) or not self._is_driven(e) for e in self.rig.execution_ids)

        self.run(self.rig.clock.run_until(is_over, timedelta(hours=25)))
        return self.rig.clock.local_elapsed() - began > timedelta(hours=24) or all(
            self._rests(execution_id) for execution_id in self.rig.execution_ids
        )

    def _is_driven(self, execution_id: ExecutionId) -> bool:
        return any(console.is_driving(execution_id) for console in self.alive)

    def _rests(self, execution_id: ExecutionId) -> bool:
        """Return whether it ended, or waits for a person and for nothing else."""
        state = self.rig.folded(execution_id)
        if state.end_status is not None:
            return not state.is_terminating
        looking = {AttemptStatus.ARMED, AttemptStatus.UNKNOWN, AttemptStatus.ACCEPTED}
        busy = any(attempt.status in looking for attempt in state.attempts)
        return not busy and (execution_status(state).needs_person or self._is_behind_a_question(state))

    def _is_behind_a_question(self, state: Execution) -> bool:
        """Return whether it waits in line for a server that another execution asks a person about."""
        reasons = [deferral.reason for wave in state.waves for deferral in wave.deferrals.values()]
        return any(
            other in reason and any(a.status is AttemptStatus.ASK for a in self.rig.folded(other).attempts)
            for other in self.rig.execution_ids
            if other != state.execution_id
            for reason in reasons
        )

    def _judge_the_ends(self) -> None:
        for execution_id in self.rig.execution_ids:
            state = self.rig.folded(execution_id)
            assert self._rests(execution_id), f"I-29: {execution_id} neither ends nor asks: {state}"
            DONE["executions"] += 1
            for attempt in state.attempts:
                if attempt.status is AttemptStatus.ASK:
                    self._judge_question(state, attempt)
                    DONE["asking about a start"] += 1
            DONE["executions ended" if state.end_status else "executions that ask"] += 1
        DONE["virtual minutes"] += int(self.rig.clock.local_elapsed().total_seconds() // 60)
        DONE["mutating calls"] += len(self.rig.calls)
        DONE["examples"] += 1

    def _judge_question(self, state: Execution, attempt: Any) -> None:
        """Fail when a person is asked although a witness could have told."""
        jobs = self._place().jobs
        own = [job for job in self.rig.made.get(attempt.intent_id, []) if job in jobs]
        assert not (own and self.rig.tags), f"asks about {attempt.key} although {own} carries our tags"


class TestOperation(Operation.TestCase):  # type: ignore[misc,name-defined]  # made by hypothesis
    settings = settings(
        max_examples=by_profile(30, 150, 20_000),
        stateful_step_count=by_profile(30, 50, 80),
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    @pytest.fixture(autouse=True)
    def _figures(self, pytestconfig: pytest.Config) -> Any:
        DONE.clear()
        yield
        say(pytestconfig, f"state machine: {dict(sorted(DONE.items()))}")


TestOperation = pytest.mark.timeout(by_profile(150, 900, 86_400))(TestOperation)  # type: ignore[misc]
