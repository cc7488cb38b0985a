"""Steps, retry, limits and the long commands on the in-process simulator under virtual time."""

from datetime import timedelta

import pytest

from drs_desktop.domain.commands import (
    AnswerTask,
    Cancel,
    CancelAndCleanUp,
    EndWait,
    ExtendWait,
    Pause,
    Resume,
    Retry,
    StopWatching,
)
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import (
    AttemptStatus,
    ExecutionStatus,
    Health,
    HoldKind,
    TerminationState,
    WaveStatus,
)
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.status import execution_status
from drs_desktop.domain.steps import (
    MANUAL_TASK,
    STATUS_CHECKS,
    TCP_PROBE,
    TIMED_WAIT,
    StepKey,
    StepPhase,
    StepSpec,
    StepStatus,
)
from drs_desktop.simulator.core.acts import fail_next_launch
from drs_desktop.simulator.core.faults import ErrorAnswer, FaultRule, ResetAfter
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from tests.helpers.asynchronous import on_loop
from tests.helpers.engine_rig import Console, Rig, a_wave

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE = StepKey(wave=1, phase=StepPhase.BEFORE, index=1)
AFTER = StepKey(wave=1, phase=StepPhase.AFTER, index=1)
TASK = StepSpec(kind=MANUAL_TASK, name="DNS", instruction="Point the name there.")
CHECKS = StepSpec(kind=STATUS_CHECKS, name="checks", time_limit=HOUR)
PROBE = StepSpec(kind=TCP_PROBE, name="port", settings=(("port", "443"),), retries=2)


def a_wait(span: timedelta) -> StepSpec:
    return StepSpec(kind=TIMED_WAIT, name="settle", settings=(("seconds", str(span.total_seconds())),))


async def one_wave(rig: Rig, **changes: object) -> tuple[Console, ExecutionId]:
    console = await rig.console()
    return console, await console.start(a_wave(1, rig.server_keys, **changes))


async def until_over(rig: Rig, console: Console, execution_id: ExecutionId, limit: timedelta = DAY) -> None:
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), limit)


async def until_held(rig: Rig, console: Console, execution_id: ExecutionId) -> HoldKind:
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), DAY)
    hold = console.now(execution_id).holds[0].hold
    assert hold is not None
    return hold.kind


def fail_launch_of(rig: Rig, number: int = 0) -> None:
    failure = PlannedFailure(kind=LaunchFailure.LAUNCH_FAILED, raw_error="no capacity")
    fail_next_launch(rig.simulation, str(rig.server_keys[number].source_server_id), failure)


# ---- waits


@on_loop
async def test_a_wait_ends_by_itself_and_only_then_the_servers_start() -> None:
    rig = Rig()
    console, execution_id = await one_wave(rig, steps_before=(a_wait(2 * HOUR),))
    await rig.clock.advance(2 * HOUR - timedelta(seconds=1))
    assert rig.launch_jobs() == []
    await until_over(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    await rig.close()


@on_loop
async def test_a_wait_that_is_ended_early_or_made_longer_moves_the_start() -> None:
    rig = Rig()
    console, execution_id = await one_wave(rig, steps_before=(a_wait(2 * HOUR),))
    await console.say(execution_id, ExtendWait(key=BEFORE, by=HOUR))
    await rig.clock.advance(2 * HOUR + timedelta(minutes=59))
    assert rig.launch_jobs() == []
    await console.say(execution_id, EndWait(key=BEFORE))
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, timedelta(seconds=30))
    await rig.close()


@on_loop
async def test_a_wait_of_four_hundred_days_survives_a_restart_in_its_middle() -> None:
    rig = Rig()
    console, execution_id = await one_wave(rig, steps_before=(a_wait(400 * DAY),))
    await rig.clock.advance(HOUR)
    await console.kill()
    await rig.clock.jump(200 * DAY)
    successor = await rig.console("driver-2")
    await successor.drive(execution_id, decided=True)
    await rig.clock.advance(HOUR)
    assert successor.now(execution_id).wave(1).steps[BEFORE].status is StepStatus.RUNNING
    await rig.clock.jump(200 * DAY)
    await rig.clock.advance(HOUR)
    state = await successor.state(execution_id)
    assert state.wave(1).steps[BEFORE].status is StepStatus.DONE
    assert rig.launch_jobs() == [], "the machine was silent for months: a person must look first"
    assert await successor.status(execution_id) == "PAUSED"
    await successor.say(execution_id, Resume())
    await until_over(rig, successor, execution_id)
    assert await successor.status(execution_id) == "COMPLETED"
    assert len(rig.launch_jobs()) == 1
    await rig.close()


# ---- tasks


@on_loop
async def test_a_manual_task_waits_for_a_person_across_a_restart() -> None:
    rig = Rig()
    console, execution_id = await one_wave(rig, steps_after=(TASK,))
    await rig.clock.run_until(lambda: execution_status(console.now(execution_id)).needs_person, DAY)
    await console.kill()
    successor = await rig.console("driver-2")
    await successor.drive(execution_id, decided=False)
    await rig.clock.advance(DAY)
    await successor.say(execution_id, AnswerTask(key=AFTER, is_done=True, answer="done"))
    await until_over(rig, successor, execution_id)
    assert await successor.status(execution_id) == "COMPLETED"
    await rig.close()


# ---- checks


@on_loop
async def test_status_checks_that_pass_complete_the_wave() -> None:
    rig = Rig()
    console, execution_id = await one_wave(rig, steps_after=(CHECKS,))
    await until_over(rig, console, execution_id)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert state.wave(1).steps[AFTER].evidence == "4 passed their status checks"
    await rig.close()


async def _with_checks_saying(rig: Rig, word: str) -> tuple[Console, ExecutionId]:
    """Start a wave with status checks; the first server's instance gives this word as soon as it exists."""
    console = await rig.console()
    execution_id = await console.start(
        a_wave(1, rig.server_keys, steps_after=(a_wait(HOUR), CHECKS), policy=FailurePolicy.CONTINUE)
    )
    wave = console.now(execution_id).wave(1)
    await rig.clock.run_until(lambda: console.now(execution_id).wave(1).steps[AFTER].attempt == 1, DAY)
    wave = console.now(execution_id).wave(1)
    instance = wave.servers[rig.server_keys[0]].recovery_instance_id
    assert instance is not None
    rig.simulation.compute.set_status_checks(str(instance), word)
    return console, execution_id


@pytest.mark.parametrize(
    ("word", "why", "bad"),
    [("impaired", "EC2 status checks failed on", 1), ("initializing", "longer than its time limit", 4)],
)
def test_launched_but_not_healthy_is_never_green(word: str, why: str, bad: int) -> None:
    @on_loop
    async def run() -> None:
        rig = Rig()
        console, execution_id = await _with_checks_saying(rig, word)
        await until_over(rig, console, execution_id)
        state = await console.state(execution_id)
        assert state.end_status is ExecutionStatus.PARTIAL
        assert state.wave(1).end_status is WaveStatus.PARTIAL
        assert why in state.wave(1).end_reason
        assert sum(server.health is Health.UNHEALTHY for server in state.servers) == bad
        await rig.close()

    run()


@on_loop
async def test_a_probe_is_tried_again_after_a_while_and_the_answer_of_the_last_try_counts() -> None:
    rig = Rig()
    rig.prober.answers = [False] * 4 + [False] * 4
    console, execution_id = await one_wave(rig, steps_after=(PROBE,))
    await until_over(rig, console, execution_id)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert state.wave(1).steps[AFTER].attempt == 3
    assert len(rig.prober.asked) == 12
    assert {port for _, port in rig.prober.asked} == {443}
    await rig.close()


@on_loop
async def test_a_probe_that_never_answers_asks_what_to_do_and_names_the_servers() -> None:
    rig = Rig(servers=2)
    rig.prober.is_open = False
    console, execution_id = await one_wave(rig, steps_after=(PROBE,))
    assert await until_held(rig, console, execution_id) is HoldKind.DECISION
    assert "port 443 does not answer on" in execution_status(console.now(execution_id)).reason
    rig.prober.is_open = True
    await console.say(execution_id, Retry(wave=1))
    await until_over(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    assert len(rig.launch_jobs()) == 1, "a step that is tried again launches nothing"
    await rig.close()


@on_loop
async def test_a_check_that_aws_does_not_answer_is_asked_again_and_does_not_fail() -> None:
    rig = Rig()
    rule = FaultRule(
        id="checks",
        operation="DescribeInstanceStatus",
        action=ErrorAnswer(code="ThrottlingException", status=429, message="slow down"),
        times=3,
    )
    rig.simulation.faults.add(rule)
    console, execution_id = await one_wave(rig, steps_after=(CHECKS,))
    await until_over(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    await rig.close()


# ---- retry


@on_loop
async def test_a_retry_relaunches_only_what_failed_with_one_job_of_its_own() -> None:
    rig = Rig()
    fail_launch_of(rig, 1)
    console, execution_id = await one_wave(rig)
    assert await until_held(rig, console, execution_id) is HoldKind.DECISION
    kept = {s.key: s.recovery_instance_id for s in console.now(execution_id).servers if s.is_launched}
    assert len(kept) == 3
    await console.say(execution_id, Retry(wave=1))
    await until_over(rig, console, execution_id)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert [len(request.source_server_ids) for request in rig.sent] == [4, 1]
    assert len(rig.launch_jobs()) == 2
    assert all(state.wave(1).servers[key].recovery_instance_id == one for key, one in kept.items())
    await rig.close()


@pytest.mark.parametrize(
    "place",
    [
        "journal.append: before",
        "journal.append: done, not answered",
        "StartRecovery: before",
        "StartRecovery: done, not answered",
    ],
)
def test_a_retry_across_a_kill_has_one_job(place: str) -> None:
    @on_loop
    async def run() -> None:
        rig = Rig()
        fail_launch_of(rig)
        console, execution_id = await one_wave(rig)
        await until_held(rig, console, execution_id)

        def strike(at: Console, name: str) -> None:
            if at is console and name == place:
                at.strike()

        rig.on_point = strike
        rig.begin(console, console.supervisor.command(execution_id, Retry(wave=1)))
        await rig.clock.run_until(lambda: not console.is_alive, HOUR)
        await console.kill()
        rig.on_point = None
        successor = await rig.console("driver-2")
        await successor.drive(execution_id, decided=True)
        await rig.clock.advance(HOUR)
        if (await successor.state(execution_id)).holds:  # the retry had not been committed
            await successor.say(execution_id, Retry(wave=1))
        await until_over(rig, successor, execution_id)
        assert await successor.status(execution_id) == "COMPLETED"
        assert len(rig.launch_jobs()) == 2
        await rig.close()

    run()


@on_loop
async def test_a_retry_whose_answer_is_lost_is_adopted_and_not_sent_again() -> None:
    rig = Rig()
    fail_launch_of(rig)
    console, execution_id = await one_wave(rig)
    await until_held(rig, console, execution_id)
    rig.simulation.faults.add(
        FaultRule(id="lost", operation="StartRecovery", action=ResetAfter(), nth=1, times=1)
    )
    await console.say(execution_id, Retry(wave=1))
    await until_over(rig, console, execution_id)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert [a.key.attempt for a in state.attempts] == [1, 2]
    assert len(rig.launch_jobs()) == 2
    await rig.close()


# ---- a limit on a wave's time


@on_loop
async def test_an_overdue_wave_asks_while_its_job_is_watched_to_the_end() -> None:
    rig = Rig()
    console = await rig.console()
    first, second = console.two_waves()
    minute = timedelta(minutes=1)
    execution_id = await console.start(a_wave(1, rig.server_keys[:2], time_limit=minute), second)
    assert await until_held(rig, console, execution_id) is HoldKind.OVERDUE
    await until_over(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    assert first.number == 1
    await rig.close()


# ---- stop watching, cancel and clean up


@on_loop
async def test_stop_watching_gives_the_servers_back_and_says_what_goes_on() -> None:
    rig = Rig()
    console, execution_id = await one_wave(rig)
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await rig.clock.advance(timedelta(seconds=30))
    await console.say(execution_id, Cancel())
    await console.say(execution_id, StopWatching(reason="AWS is stuck"))
    await until_over(rig, console, execution_id)
    state = await console.state(execution_id)
    assert [a.status for a in state.attempts] == [AttemptStatus.ABANDONED]
    assert rig.launch_jobs()[0].id in state.end_reason
    assert not rig.store.claims
    await rig.close()


@on_loop
async def test_stop_watching_is_refused_while_a_start_is_in_doubt() -> None:
    rig = Rig(tags=False)
    rig.simulation.faults.add(
        FaultRule(id="lost", operation="StartRecovery", action=ResetAfter(), nth=1, times=1)
    )
    console, execution_id = await one_wave(rig)
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await console.say(execution_id, Cancel())
    with pytest.raises(CommandRefused, match="A start is in doubt"):
        await console.say(execution_id, StopWatching(reason="enough"))
    await rig.close()


@pytest.mark.parametrize("kill_after", [None, timedelta(seconds=5), timedelta(minutes=20), HOUR])
def test_cancel_and_clean_up_is_one_durable_action(kill_after: timedelta | None) -> None:
    @on_loop
    async def run() -> None:
        rig = Rig()
        console = await rig.console()
        execution_id = await console.start(*console.two_waves())
        await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
        await rig.clock.advance(timedelta(seconds=30))
        await console.say(execution_id, CancelAndCleanUp(reason="wrong night"))
        if kill_after is not None:
            await rig.clock.advance(kill_after)
            await console.kill()
            console = await rig.console("driver-2")
            await console.drive(execution_id, decided=False)
        await rig.clock.run_until(lambda: not console.is_driving(execution_id), DAY)
        state = await console.state(execution_id)
        assert state.end_status is ExecutionStatus.CANCELLED
        launched = [server for server in state.wave(1).servers.values() if server.is_launched]
        assert len(launched) == 2
        assert {server.termination for server in launched} == {TerminationState.TERMINATED}
        assert not any(place.instances for place in rig.simulation.states())
        await rig.close()

    run()


@on_loop
async def test_a_clean_up_on_its_way_stops_a_start_like_a_cancel() -> None:
    rig = Rig()
    console = await rig.console()
    asked: list[object] = []

    def clean_up_before_the_call(at: Console, name: str) -> None:
        if name == "journal.append: done, not answered" and not asked and _is_armed(rig):
            asked.append(rig.begin(at, at.supervisor.command(execution_id, CancelAndCleanUp())))

    execution_id = await console.start(a_wave(1, rig.server_keys))
    rig.on_point = clean_up_before_the_call
    await until_over(rig, console, execution_id)
    assert asked
    assert rig.sent == []
    assert await console.status(execution_id) == "CANCELLED"
    await rig.close()


def _is_armed(rig: Rig) -> bool:
    return bool(rig.store.claims)


# ---- a pause, and somebody else at the console


@on_loop
async def test_a_pause_stops_the_steps_after_a_wave_until_it_is_resumed() -> None:
    rig = Rig()
    console, execution_id = await one_wave(rig, steps_after=(PROBE,))
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await console.say(execution_id, Pause())
    await rig.clock.advance(DAY)
    assert rig.prober.asked == []
    await console.say(execution_id, Resume())
    await until_over(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    await rig.close()


@on_loop
async def test_the_same_person_signing_in_again_is_no_decision() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    for principal in ("anna", "anna"):
        await console.asked(console.supervisor.signed_in_as(principal))
    await until_over(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    await rig.close()


@on_loop
async def test_a_change_of_sign_in_reaches_every_execution_though_one_cannot_record_it() -> None:
    rig = Rig()
    console = await rig.console()
    first = await console.start(a_wave(1, rig.server_keys[:1]), a_wave(2, rig.server_keys[1:2]))
    second = await console.start(a_wave(1, rig.server_keys[2:3]), a_wave(2, rig.server_keys[3:4]))
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 2, HOUR)
    await console.asked(console.supervisor.signed_in_as("anna"))
    rig.store.leases[first].epoch += 1  # another process took it over just now
    await console.asked(console.supervisor.signed_in_as("bert"))
    assert "bert is signed in now, not anna" in console.now(second).starts_held
    await rig.close()


@on_loop
async def test_somebody_else_signed_in_holds_the_next_start_only() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await console.asked(console.supervisor.principal_changed("anna", "bert"))
    await rig.clock.advance(DAY)
    assert len(rig.launch_jobs()) == 1
    assert console.now(execution_id).wave(1).end_status is WaveStatus.COMPLETED
    await console.say(execution_id, Resume())
    await until_over(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    await rig.close()
