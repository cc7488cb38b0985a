"""What the simulation found once, each as a test of its own."""

from datetime import timedelta
from itertools import pairwise

import pytest

from drs_desktop.domain.commands import AnswerStart, StartAnswer, Terminate
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.events import ModeContradicted
from drs_desktop.domain.execution import TerminationState
from drs_desktop.simulator.core.faults import ErrorAnswer, FaultRule
from drs_desktop.simulator.core.words import Subject
from tests.helpers.asynchronous import on_loop
from tests.helpers.engine_rig import Console, Fate, Rig, a_wave

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("code", ["ThrottlingException", "ConflictException"])
@on_loop
async def test_termination_that_aws_puts_off_waits_before_it_asks_again(code: str) -> None:
    rig = Rig(servers=2)
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 2 * HOUR)
    action = ErrorAnswer(code=code, status=429 if code.startswith("T") else 409)
    rule = FaultRule(id="later", action=action, operation="TerminateRecoveryInstances", times=3)
    rig.simulation.faults.add(rule)
    await console.say(execution_id, Terminate())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    moments = [call.at for call in rig.calls if call.operation == "TerminateRecoveryInstances"]
    assert len(moments) == 4
    line_wait = console.context.settings.line_wait
    assert all(later - earlier >= line_wait for earlier, later in pairwise(moments))
    state = await console.state(execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.TERMINATED}
    rig.assert_sound()
    await rig.close()


@on_loop
async def test_start_is_not_sent_while_what_forbids_it_is_being_committed() -> None:
    rig = Rig(servers=4)
    rig.simulation.words.tell(Subject.INITIATED_BY, "START_RECOVERY")
    console = await rig.console()
    waves = [a_wave(number, (key,), depends_on=()) for number, key in enumerate(rig.server_keys, start=1)]
    seen: list[bool] = []

    def look(where: Console, name: str) -> None:
        is_committed = any(isinstance(stored.event, ModeContradicted) for stored in rig.store.events)
        runner = where.supervisor.runner(rig.execution_ids[0]) if rig.execution_ids else None
        if name == "journal.append: done, not answered" and is_committed and runner:
            seen.append(runner._may_send())

    rig.on_point = look
    await console.start(*waves)
    await rig.clock.advance(timedelta(minutes=1))
    assert seen
    assert not any(seen)
    rig.assert_sound()
    await rig.close()


@pytest.mark.parametrize("moment", ["before the doubt", "while looking"])
@on_loop
async def test_wall_clock_set_forward_does_not_shorten_the_horizon(moment: str) -> None:
    """The request is on its way: it may not be called not started before it can no longer arrive (I-12)."""
    rig = Rig(servers=2)
    rig.simulation.signing_window_seconds = 60.0
    rig.fates.append(Fate(timedelta(seconds=50)))
    rig.simulation.visibility_lag.describe_jobs_seconds = 1.5

    def jump(_console: Console, name: str) -> None:
        if name == "StartRecovery: before":
            rig.on_point = None
            rig.clock.set_wall(timedelta(hours=1))

    # The fence is looked at before this point: from here on the request may be sent.
    rig.on_point = jump if moment == "before the doubt" else None
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.advance(timedelta(seconds=0.5))
    if moment == "while looking":
        rig.clock.set_wall(timedelta(hours=1))
    (attempt,) = console.now(execution_id).attempts
    with pytest.raises(CommandRefused, match="may still arrive"):
        await console.say(execution_id, AnswerStart(key=attempt.key, answer=StartAnswer.NOTHING_STARTED))
    await rig.clock.advance(timedelta(minutes=1))
    rig.assert_sound()
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert rig.jobs_per_part() == {("1", "1"): 1, ("2", "1"): 1}
    rig.assert_sound()
    await rig.close()


@on_loop
async def test_console_that_lost_its_seat_asks_aws_no_more_about_its_jobs() -> None:
    rig = Rig(servers=2)
    stopped = await rig.console()
    execution_id = await stopped.start(*stopped.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    stopped.stop()
    await rig.clock.advance(timedelta(minutes=1))
    successor = await rig.console("driver-2")
    await successor.drive(execution_id)
    stopped.go_on()
    await rig.clock.run_until(lambda: not stopped.is_driving(execution_id), HOUR)
    await rig.clock.advance(timedelta(seconds=30))
    asked: list[str] = []
    rig.on_point = lambda console, name: asked.append(name) if console is stopped else None
    await rig.clock.advance(timedelta(minutes=5))
    assert [name for name in asked if name.startswith("reader")] == []
    await rig.close()
