"""Whole executions on the in-process simulator under virtual time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_desktop.domain.commands import Cancel, Pause, Resume, Terminate
from drs_desktop.domain.errors import (
    AnotherDriver,
    CommandRefused,
    DrivingFailed,
    NeedsOperator,
    StorageError,
)
from drs_desktop.domain.execution import ExecutionStatus, TerminationState, WaveStatus
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.status import execution_status, wave_status
from tests.helpers.asynchronous import on_loop
from tests.helpers.engine_rig import Rig, a_wave

HOUR = timedelta(hours=1)


@on_loop
async def test_drill_of_two_waves_launches_every_server_in_order() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 2 * HOUR)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert all(server.is_good and server.recovery_instance_id for server in state.servers)
    first, second = rig.launch_jobs()
    assert first.ended_at is not None
    assert second.created_at >= first.ended_at
    assert rig.jobs_per_part() == {("1", "1"): 1, ("2", "1"): 1}
    await rig.close()


@on_loop
async def test_independent_waves_run_side_by_side() -> None:
    rig = Rig()
    console = await rig.console()
    keys = rig.server_keys
    execution_id = await console.start(a_wave(1, keys[:2], depends_on=()), a_wave(2, keys[2:], depends_on=()))
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 2, timedelta(minutes=1))
    assert all(wave_status(wave) is not WaveStatus.PENDING for wave in console.now(execution_id).waves)
    await rig.close()


@on_loop
async def test_configured_pause_holds_for_four_hundred_days_and_a_restart() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves(pause=True))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
    assert await console.status(execution_id) == "PAUSED"
    await console.kill()
    await rig.clock.jump(timedelta(days=400))
    successor = await rig.console("driver-2")
    await successor.drive(execution_id, decided=False)
    await rig.clock.advance(HOUR)
    assert await successor.status(execution_id) == "PAUSED"
    assert len(rig.launch_jobs()) == 1
    await successor.say(execution_id, Resume())
    await rig.clock.run_until(lambda: not successor.is_driving(execution_id), HOUR)
    assert await successor.status(execution_id) == "COMPLETED"
    await rig.close()


@on_loop
async def test_pause_on_request_starts_no_further_wave_until_resumed() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await console.say(execution_id, Pause(reason="look at the database"))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
    await rig.clock.advance(HOUR)
    assert len(rig.launch_jobs()) == 1
    assert await console.status(execution_id) == "PAUSED"
    await console.say(execution_id, Resume())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert await console.status(execution_id) == "COMPLETED"
    await rig.close()


@on_loop
async def test_cancel_watches_what_runs_to_its_end_and_starts_nothing_more() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await console.say(execution_id, Cancel(reason="enough"))
    assert await console.status(execution_id) == "CANCELLING"
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.CANCELLED
    assert sum(server.is_launched for server in state.servers) == 2
    assert state.wave(2).end_status is WaveStatus.CANCELLED
    assert len(rig.launch_jobs()) == 1
    await rig.close()


@on_loop
async def test_terminate_removes_exactly_what_the_execution_launched() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    await console.say(execution_id, Terminate())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    state = await console.state(execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.TERMINATED}
    assert not any(place.instances for place in rig.simulation.states())
    await rig.close()


@on_loop
async def test_instances_that_a_later_drill_replaced_are_not_touched() -> None:
    rig = Rig()
    console = await rig.console()
    first = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: not console.is_driving(first), HOUR)
    second = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: not console.is_driving(second), HOUR)
    await console.say(first, Terminate())
    await rig.clock.run_until(lambda: not console.is_driving(first), HOUR)
    assert sum(len(place.instances) for place in rig.simulation.states()) == 4
    await rig.close()


@on_loop
async def test_drill_that_would_delete_a_real_recoverys_instance_calls_nothing() -> None:
    rig = Rig()
    console = await rig.console()
    recovery = await console.start(*console.two_waves(), mode=ExecutionMode.RECOVERY)
    await rig.clock.run_until(lambda: not console.is_driving(recovery), HOUR)
    before = len(rig.sent)
    drill = await console.start(*console.two_waves(policy=FailurePolicy.STOP))
    await rig.clock.run_until(lambda: not console.is_driving(drill), HOUR)
    state = await console.state(drill)
    assert state.end_status is ExecutionStatus.FAILED
    assert "real recovery's instance" in state.servers[0].error
    assert len(rig.sent) == before
    await rig.close()


@on_loop
async def test_failed_wave_with_policy_ask_holds_what_follows() -> None:
    rig = Rig(changes={"servers": _fleet_in_which_the_first_fails()})
    console = await rig.console()
    execution_id = await console.start(*console.two_waves(policy=FailurePolicy.ASK))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
    view = execution_status(console.now(execution_id))
    assert view.needs_person
    assert view.status is ExecutionStatus.PAUSED
    await console.say(execution_id, Resume(reason="go on"))
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.PARTIAL
    assert [s.error for s in state.servers if s.error] == ["no capacity"]
    await rig.close()


def _fleet_in_which_the_first_fails() -> list[dict[str, object]]:
    common = {
        "account": "target",
        "region": "eu-west-1",
        "machine": "linux",
        "tags": {"Application": "test"},
    }
    failing = {"fail_launch": {"event": "LAUNCH_FAILED", "raw_error": "no capacity"}}
    return [
        {"name": "bad-{n}", "count": 1, "subnet": "10.0.1", **common, "changes": {1: failing}},
        {"name": "srv-{n}", "count": 3, "subnet": "10.0.0", **common},
    ]


@on_loop
async def test_second_console_is_refused_while_the_first_lives() -> None:
    rig = Rig()
    first = await rig.console()
    execution_id = await first.start(*first.two_waves())
    second = await rig.console("driver-2")
    with pytest.raises(AnotherDriver):
        await second.drive(execution_id)
    await rig.close()


@on_loop
async def test_command_from_a_second_console_reaches_the_driver() -> None:
    rig = Rig()
    first = await rig.console()
    execution_id = await first.start(*first.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    second = await rig.console("driver-2")
    await second.say(execution_id, Cancel())
    assert first.now(execution_id).cancel_request is not None
    assert first.now(execution_id).cancel_request.by == "driver-2"  # type: ignore[union-attr]
    with pytest.raises(CommandRefused):
        await second.say(execution_id, Pause())
    await rig.close()


@on_loop
async def test_resume_with_two_holds_asks_which() -> None:
    rig = Rig()
    console = await rig.console()
    keys = rig.server_keys
    execution_id = await console.start(
        a_wave(1, keys[:2], depends_on=(), pause=True), a_wave(2, keys[2:], depends_on=(), pause=True)
    )
    await rig.clock.run_until(lambda: len(console.now(execution_id).holds) == 2, HOUR)
    with pytest.raises(NeedsOperator):
        await console.say(execution_id, Resume())
    await console.say(execution_id, Resume(wave=2))
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    assert console.now(execution_id).wave(1).hold is not None
    await rig.close()


@on_loop
async def test_stopped_driver_is_taken_over_after_its_lease_and_fenced_off() -> None:
    rig = Rig()
    first = await rig.console()
    execution_id = await first.start(*first.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    first.is_alive = False  # SIGSTOP: it holds its lock, but does nothing
    await rig.clock.advance(timedelta(seconds=31))
    second = await rig.console("driver-2")
    await second.drive(execution_id)
    await rig.clock.run_until(lambda: not second.is_driving(execution_id), HOUR)
    assert await second.status(execution_id) == "COMPLETED"
    assert rig.jobs_per_part() == {("1", "1"): 1, ("2", "1"): 1}
    await first.kill()
    await rig.close()


@on_loop
async def test_failing_database_stops_every_further_call() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    console.journal.write_error = StorageError("The disk is full.")
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    await rig.clock.advance(2 * HOUR) if rig.clock.sleeping else None
    assert len(rig.launch_jobs()) == 1
    failure = console.supervisor.failure(execution_id)
    assert failure is not None
    assert "disk is full" in str(failure)
    await rig.close()


@on_loop
async def test_mistake_of_the_program_ends_driving_and_is_told() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    console.journal.write_error = ZeroDivisionError("planted")
    with pytest.raises(DrivingFailed, match="ZeroDivisionError"):
        await console.say(execution_id, Pause())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert isinstance(console.supervisor.failure(execution_id), DrivingFailed)
    assert len(rig.launch_jobs()) == 1
    await rig.close()


@on_loop
async def test_sleep_over_a_wave_boundary_makes_the_next_start_a_decision() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await rig.clock.jump(timedelta(hours=2))  # the lid was closed
    await rig.clock.advance(timedelta(minutes=10))
    assert len(rig.launch_jobs()) == 1
    assert await console.status(execution_id) == "PAUSED"
    await console.say(execution_id, Resume())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert await console.status(execution_id) == "COMPLETED"
    await rig.close()


@on_loop
async def test_a_database_put_back_from_a_backup_holds_every_start_until_a_person_resumes() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await console.kill()
    rig.store.restored_after = len(rig.store.events)
    successor = await rig.console("driver-2")
    await successor.drive(execution_id, decided=True)
    await rig.clock.advance(2 * HOUR)
    assert len(rig.launch_jobs()) == 1
    view = execution_status(successor.now(execution_id))
    assert "The database is older than what this console last wrote" in view.reason
    assert view.needs_person
    await successor.say(execution_id, Resume())
    await rig.clock.run_until(lambda: not successor.is_driving(execution_id), HOUR)
    assert await successor.status(execution_id) == "COMPLETED"
    await rig.close()


@on_loop
async def test_two_commands_at_once_on_an_execution_nobody_drives_are_both_carried_out() -> None:
    rig = Rig()
    first = await rig.console()
    execution_id = await first.start(*first.two_waves(pause=True))
    await rig.clock.run_until(lambda: bool(first.now(execution_id).holds), HOUR)
    await first.kill()
    second = await rig.console("driver-2")
    await asyncio.gather(second.say(execution_id, Pause()), second.say(execution_id, Cancel()))
    await rig.clock.run_until(lambda: not second.is_driving(execution_id), HOUR)
    state = await second.state(execution_id)
    assert state.end_status is ExecutionStatus.CANCELLED
    assert state.pause_request is not None
    assert state.driver_epoch == 2
    await rig.close()


@on_loop
async def test_a_command_of_a_newer_program_is_refused_and_the_next_one_is_carried_out() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    other = console.journal.another()
    odd = await other.leave_command(execution_id, Pause(), "tomorrow")
    row = rig.store.commands[odd]
    row.pending = replace(row.pending, command=None, problem="A command Teleport was left: not known.")
    plain = await other.leave_command(execution_id, Cancel(), "anna")
    await rig.clock.run_until(lambda: console.now(execution_id).cancel_request is not None, HOUR)
    refused, done = await other.command_answer(odd), await other.command_answer(plain)
    assert refused is not None
    assert refused.refusal == "A command Teleport was left: not known."
    assert done is not None
    assert done.refusal == ""
    await rig.close()
