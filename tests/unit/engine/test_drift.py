"""Drift on the in-process simulator: what others did in AWS is noticed while the execution is live."""

from datetime import timedelta
from typing import Any

from drs_desktop.domain.commands import Resume, Terminate
from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.execution import ExecutionStatus, TerminationState
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.status import execution_status
from drs_desktop.domain.terminable import terminable_servers
from drs_desktop.simulator.core.faults import ErrorAnswer, FaultRule
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.words import Subject
from tests.helpers.asynchronous import on_loop
from tests.helpers.engine_rig import SCOPE, Console, Rig, a_wave

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def _place(rig: Rig) -> RegionState:
    return rig.simulation.state(SCOPE.account_id, SCOPE.region)


def _kinds(console: Console, execution_id: ExecutionId) -> list[DriftKind]:
    return [drift.kind for drift in console.now(execution_id).drifts]


async def _at_the_pause(rig: Rig) -> tuple[Console, ExecutionId]:
    """Return an execution whose first wave is good, while the second waits for a person."""
    console = await rig.console()
    execution_id = await console.start(*console.two_waves(pause=True))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
    return console, execution_id


@on_loop
async def test_an_instance_that_somebody_removes_during_a_pause_is_noticed_within_two_minutes() -> None:
    rig = Rig()
    console, execution_id = await _at_the_pause(rig)
    instances = _place(rig).instances
    gone = next(iter(instances))
    _place(rig).forget_instance(gone)
    await rig.clock.run_until(lambda: bool(_kinds(console, execution_id)), 2 * MINUTE)
    (drift,) = console.now(execution_id).drifts
    assert (drift.kind, drift.recovery_instance_id) == (DriftKind.INSTANCE_GONE, gone)
    await console.say(execution_id, Resume())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert (await console.state(execution_id)).end_status is ExecutionStatus.PARTIAL
    await rig.close()


@on_loop
async def test_a_later_execution_of_the_same_servers_is_a_replacement() -> None:
    rig = Rig()
    console, execution_id = await _at_the_pause(rig)
    later = await console.start(a_wave(1, rig.server_keys[:2]))
    await rig.clock.run_until(lambda: not console.is_driving(later), HOUR)
    await rig.clock.run_until(lambda: len(_kinds(console, execution_id)) == 2, 2 * MINUTE)
    assert set(_kinds(console, execution_id)) <= {DriftKind.INSTANCE_REPLACED, DriftKind.INSTANCE_GONE}
    assert not any(server.is_good for server in console.now(execution_id).wave(1).servers.values())
    await rig.close()


@on_loop
async def test_good_instances_of_many_executions_are_looked_at_in_one_call_a_minute() -> None:
    rig = Rig(servers=8)
    console = await rig.console()
    keys = rig.server_keys
    ids = [
        await console.start(a_wave(1, keys[n : n + 1]), a_wave(2, keys[n + 4 : n + 5], pause=True))
        for n in range(4)
    ]
    await rig.clock.run_until(lambda: all(console.now(e).holds for e in ids), HOUR)
    rig.points.clear()
    await rig.clock.advance(10 * MINUTE)
    assert 9 <= rig.points.count("reader.describe_recovery_instances: before") <= 11
    await rig.close()


@on_loop
async def test_servers_of_a_job_whose_record_is_deleted_are_recognised_by_their_instances() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).accepted_job_ids), HOUR)
    place = _place(rig)
    (job_id,) = console.now(execution_id).accepted_job_ids
    await rig.clock.run_until(lambda: bool(place.instances), HOUR)
    del place.jobs[job_id]
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    state = await console.state(execution_id)
    assert [drift.kind for drift in state.drifts] == [DriftKind.JOB_DELETED]
    by_instance = {str(i.source_server_id) for i in place.instances.values()}
    good = {str(s.key.source_server_id) for s in state.servers if s.is_good}
    assert good == by_instance
    await rig.close()


async def _of_unknown_outcome(rig: Rig, *, keeps_instances: bool) -> tuple[Console, ExecutionId]:
    """Return a console and its ended execution, of whose servers nobody knows whether they launched."""
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys, policy=FailurePolicy.CONTINUE))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).accepted_job_ids), HOUR)
    (job_id,) = console.now(execution_id).accepted_job_ids
    await console.kill()
    await rig.clock.jump(HOUR)
    rig.simulation.settle()
    place = _place(rig)
    late = dict(place.instances)
    assert late
    del place.jobs[job_id]
    place.instances.clear()
    successor = await rig.console("driver-2")
    await successor.drive(execution_id, decided=True)
    await rig.clock.run_until(lambda: not successor.is_driving(execution_id), 3 * HOUR)
    assert not [s for s in (await successor.state(execution_id)).servers if s.recovery_instance_id]
    if keeps_instances:
        place.instances.update(late)
    return successor, execution_id


@on_loop
async def test_an_instance_that_shows_after_everybody_gave_up_is_terminated_by_its_job() -> None:
    rig = Rig()
    console, execution_id = await _of_unknown_outcome(rig, keeps_instances=True)
    await console.say(execution_id, Terminate())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    state = await console.state(execution_id)
    found = [s for s in state.servers if s.recovery_instance_id]
    assert found
    assert {server.termination for server in found} == {TerminationState.TERMINATED}
    assert not [
        i
        for i in _place(rig).instances.values()
        if i.source_server_id in {f.key.source_server_id for f in found}
    ]
    await rig.close()


@on_loop
async def test_a_termination_that_finds_no_instance_of_an_unknown_launch_says_so() -> None:
    rig = Rig()
    console, execution_id = await _of_unknown_outcome(rig, keeps_instances=False)
    await console.say(execution_id, Terminate())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    state = await console.state(execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.SKIPPED}
    assert "DRS lists no recovery instance of job" in state.servers[0].termination_reason
    await rig.close()


@on_loop
async def test_a_job_with_a_status_of_tomorrow_is_put_to_a_person_and_ends_by_its_servers_words() -> None:
    rig = Rig()
    rig.simulation.words.tell(Subject.JOB_STATUS, "SLUMBERING")
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), 3 * HOUR)
    assert _kinds(console, execution_id) == [DriftKind.JOB_NOT_UNDERSTOOD]
    assert execution_status(console.now(execution_id)).needs_person
    await console.say(execution_id, Resume())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert (await console.state(execution_id)).end_status is ExecutionStatus.COMPLETED
    await rig.close()


@on_loop
async def test_a_terminate_job_that_never_ends_is_given_up_in_words_and_may_be_asked_again() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    rig.simulation.words.tell(Subject.JOB_STATUS, "SLUMBERING")
    rig.simulation.words.tell(Subject.EC2_STATE, "RUNNING")
    compute: Any = rig.simulation.compute
    compute.protected.update(_place(rig).instances)
    await console.say(execution_id, Terminate())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 3 * HOUR)
    state = await console.state(execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.FAILED}
    assert "did not end within 2 hours" in state.servers[0].termination_reason
    assert len(terminable_servers(state)) == len(state.servers)
    await rig.close()


@on_loop
async def test_a_termination_that_aws_refuses_is_tried_less_and_less_and_given_up_in_words() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    conflict = ErrorAnswer(code="ConflictException", status=409, message="A job of it is in progress")
    rule = FaultRule(id="busy", action=conflict, operation="TerminateRecoveryInstances", times=0)
    rig.simulation.faults.add(rule)
    await console.say(execution_id, Terminate())
    await rig.clock.advance(HOUR)
    waiting = console.now(execution_id).servers[0]
    assert waiting.termination in {TerminationState.REQUESTED, TerminationState.TERMINATING}
    assert "A job of it is in progress" in waiting.termination_reason
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 2 * HOUR)
    state = await console.state(execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.FAILED}
    assert "It was tried for 2 hours" in state.servers[0].termination_reason
    assert len(state.termination_batches) < 40
    assert len(terminable_servers(state)) == len(state.servers)
    await rig.close()
