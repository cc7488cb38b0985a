"""What becomes of a StartRecovery whose answer is lost, refused, late or a lie."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.commands import AnswerStart, Pause, Resume, StartAnswer
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import AttemptStatus, ExecutionStatus
from drs_desktop.domain.ids import ExecutionId, JobId
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.status import execution_status
from drs_desktop.simulator.core.faults import Action, ErrorAnswer, FaultRule, ResetAfter, ResetBefore
from drs_desktop.simulator.core.launching import StartRecovery, start_recovery
from tests.helpers.asynchronous import on_loop
from tests.helpers.engine_rig import SCOPE, Console, Rig, a_wave

HOUR = timedelta(hours=1)


def fail_start(rig: Rig, action: Action, *, nth: int = 1, times: int = 1) -> None:
    rig.simulation.faults.add(
        FaultRule(id=f"start-{nth}", operation="StartRecovery", action=action, nth=nth, times=times)
    )


def foreign_drill(rig: Rig, *server_ids: str) -> str:
    """Start a drill as somebody else's console would: no tags."""
    with rig.simulation.lock:
        rig.simulation.settle()
        state = rig.simulation.state(SCOPE.account_id, SCOPE.region)
        wanted = StartRecovery(snapshot_ids=dict.fromkeys(server_ids), is_drill=True, tags={})
        return str(start_recovery(rig.simulation, state, wanted).id)


async def one_wave(rig: Rig, **options: Any) -> tuple[Console, ExecutionId]:
    console = await rig.console()
    return console, await console.start(a_wave(1, rig.server_keys), **options)


async def until_ended(rig: Rig, console: Console, execution_id: ExecutionId) -> None:
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 3 * HOUR)


def attempts(console: Console, execution_id: ExecutionId) -> list[AttemptStatus]:
    return [attempt.status for attempt in console.now(execution_id).attempts]


@on_loop
async def test_lost_answer_is_adopted_by_its_tag() -> None:
    rig = Rig()
    fail_start(rig, ResetAfter())
    console, execution_id = await one_wave(rig)
    await until_ended(rig, console, execution_id)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert [a.reason for a in state.attempts] == ["the job carries our tags"]
    assert len(rig.launch_jobs()) == len(rig.sent) == 1
    await rig.close()


@on_loop
async def test_drill_whose_request_never_arrived_is_started_again_only_after_the_horizon() -> None:
    rig = Rig()
    fail_start(rig, ResetBefore())
    console, execution_id = await one_wave(rig)
    began = rig.clock.local_now()
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    assert rig.clock.local_now() - began >= timedelta(seconds=30 + 5 + 2)
    await until_ended(rig, console, execution_id)
    state = await console.state(execution_id)
    assert [a.status for a in state.attempts] == [AttemptStatus.NOT_STARTED, AttemptStatus.FINISHED]
    assert len(rig.launch_jobs()) == 1
    await rig.close()


@on_loop
async def test_recovery_whose_request_never_arrived_asks_before_it_starts_again() -> None:
    rig = Rig()
    fail_start(rig, ResetBefore())
    console, execution_id = await one_wave(rig, mode=ExecutionMode.RECOVERY)
    await rig.clock.run_until(lambda: attempts(console, execution_id) == [AttemptStatus.ASK], HOUR)
    await rig.clock.advance(HOUR)
    assert rig.launch_jobs() == []
    key = console.now(execution_id).attempts[0].key
    await console.say(execution_id, AnswerStart(key=key, answer=StartAnswer.NOTHING_STARTED))
    await rig.clock.advance(HOUR)
    assert rig.launch_jobs() == []
    assert execution_status(console.now(execution_id)).needs_person
    await console.say(execution_id, Resume())
    await until_ended(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    assert len(rig.launch_jobs()) == 1
    await rig.close()


@on_loop
async def test_nothing_can_be_said_to_have_been_started_before_the_horizon() -> None:
    rig = Rig()
    fail_start(rig, ResetBefore())
    console, execution_id = await one_wave(rig, mode=ExecutionMode.RECOVERY)
    await rig.clock.run_until(lambda: attempts(console, execution_id) == [AttemptStatus.UNKNOWN], HOUR)
    key = console.now(execution_id).attempts[0].key
    with pytest.raises(CommandRefused, match="may still arrive"):
        await console.say(execution_id, AnswerStart(key=key, answer=StartAnswer.NOTHING_STARTED))
    await rig.close()


@on_loop
async def test_lost_answer_without_tags_is_put_to_a_person_with_the_candidate() -> None:
    rig = Rig(tags=False)
    fail_start(rig, ResetAfter())
    console, execution_id = await one_wave(rig)
    await rig.clock.run_until(lambda: attempts(console, execution_id) == [AttemptStatus.ASK], 2 * HOUR)
    [attempt] = console.now(execution_id).attempts
    [job] = rig.launch_jobs()
    assert attempt.candidates == (job.id,)
    with pytest.raises(CommandRefused, match="may be ours"):
        await console.say(execution_id, AnswerStart(key=attempt.key, answer=StartAnswer.NOTHING_STARTED))
    ours = AnswerStart(key=attempt.key, answer=StartAnswer.OURS, job_id=JobId(job.id))
    await console.say(execution_id, ours)
    await until_ended(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    assert len(rig.launch_jobs()) == 1
    await rig.close()


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 429), ("ServiceQuotaExceededException", 402)]
)
def test_refusal_that_passes_is_waited_out(code: str, status: int) -> None:
    @on_loop
    async def body() -> None:
        rig = Rig()
        fail_start(rig, ErrorAnswer(code=code, status=status), times=3)
        console, execution_id = await one_wave(rig)
        await until_ended(rig, console, execution_id)
        assert await console.status(execution_id) == "COMPLETED"
        assert len(rig.sent) == 4
        assert len(rig.launch_jobs()) == 1
        await rig.close()

    body()


@on_loop
async def test_denied_start_fails_the_wave_with_awss_sentence() -> None:
    rig = Rig()
    denied = ErrorAnswer(code="AccessDeniedException", status=403, message="not authorized to perform it")
    fail_start(rig, denied)
    console, execution_id = await one_wave(rig)
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
    assert "not authorized to perform it" in execution_status(console.now(execution_id)).reason
    await console.say(execution_id, Resume(reason="go on"))
    await until_ended(rig, console, execution_id)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.FAILED
    assert "not authorized to perform it" in state.servers[0].error
    await rig.close()


@on_loop
async def test_part_waits_in_line_while_a_foreign_job_holds_a_server() -> None:
    rig = Rig()
    foreign = foreign_drill(rig, str(rig.server_keys[0].source_server_id))
    console, execution_id = await one_wave(rig)
    await rig.clock.advance(timedelta(minutes=1))
    reason = execution_status(console.now(execution_id)).reason
    assert foreign in reason
    assert rig.sent == []
    await until_ended(rig, console, execution_id)
    assert await console.status(execution_id) == "COMPLETED"
    assert len(rig.launch_jobs()) == 2
    await rig.close()


@on_loop
async def test_pause_between_intent_and_call_sends_nothing() -> None:
    rig = Rig()
    console = await rig.console()
    pauses: list[asyncio.Task[None]] = []

    def pause_before_the_intent_is_known(at: Console, name: str) -> None:
        if name == "actor: before":
            rig.on_point = None
            execution_id = ExecutionId(rig.store.events[0].execution_id)
            pauses.append(asyncio.get_running_loop().create_task(at.say(execution_id, Pause())))

    rig.on_point = pause_before_the_intent_is_known
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await rig.clock.advance(HOUR)
    assert [task.done() for task in pauses] == [True]
    assert rig.sent == []
    await console.say(execution_id, Resume())
    await until_ended(rig, console, execution_id)
    assert len(rig.launch_jobs()) == 1
    await rig.close()


def _is_armed(rig: Rig) -> bool:
    return any(type(stored.event).__name__ == "StartArmed" for stored in rig.store.events)


@on_loop
async def test_machine_that_slept_between_intent_and_call_sends_nothing() -> None:
    rig = Rig()
    console = await rig.console()

    def sleep_once_armed(_at: Console, name: str) -> None:
        if name == "journal.append: done, not answered" and _is_armed(rig):
            rig.on_point = None
            rig.clock._move(timedelta(seconds=40))

    rig.on_point = sleep_once_armed
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await until_ended(rig, console, execution_id)
    state = await console.state(execution_id)
    assert [a.status for a in state.attempts] == [AttemptStatus.NOT_SENT, AttemptStatus.FINISHED]
    assert len(rig.sent) == len(rig.launch_jobs()) == 1
    await rig.close()
