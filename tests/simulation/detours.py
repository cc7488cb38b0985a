"""What may come in an execution's way, each once: the places that no undisturbed story passes."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from drs_desktop.domain.commands import AddNote, Cancel, Pause, Resume, StopWatching, Terminate
from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.errors import CommandRefused, LeaseLost, WrongEndpoint
from drs_desktop.domain.events import StartArmed
from drs_desktop.domain.execution import AttemptStatus, Execution, ExecutionStatus, TerminationState
from drs_desktop.domain.ids import AccountId, ExecutionId, IntentId, ServerKey
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.recovery_snapshot import SnapshotId
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode, StartRecoveryRequest, job_tags
from drs_desktop.domain.steps import STATUS_CHECKS, TCP_PROBE, TIMED_WAIT, StepSpec
from drs_desktop.simulator.core.faults import DenyPermission, ErrorAnswer, FaultRule, ResetBefore
from drs_desktop.simulator.core.removing import forget_job
from drs_desktop.simulator.gateway import SimulatedAwsAccess
from tests.helpers.engine_rig import SCOPE, Console, Rig, a_wave
from tests.simulation.stories import QUICK_JOBS

LIMIT = timedelta(hours=6)
Detour = Callable[..., Awaitable[None]]


def a_rig(**options: Any) -> Rig:
    return Rig(servers=2, changes={"durations": QUICK_JOBS}, **options)


async def _begun(rig: Rig) -> tuple[Console, ExecutionId]:
    """Return a console whose drill of two waves has its first job."""
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, LIMIT)
    return console, execution_id


async def _ended(rig: Rig, console: Console, execution_id: ExecutionId) -> Execution:
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), LIMIT)
    rig.assert_sound()
    return rig.folded(execution_id)


def _fault(rig: Rig, operation: str, action: Any, times: int = 1) -> None:
    rule = FaultRule(id=operation, action=action, operation=operation, times=times)
    rig.simulation.faults.add(rule)


def _place(rig: Rig) -> Any:
    return rig.simulation.state(SCOPE.account_id, SCOPE.region)


# ---- two consoles


async def a_second_console_gives_the_commands(**options: Any) -> None:
    rig = a_rig(**options)
    driver, execution_id = await _begun(rig)
    other = await rig.console("driver-2")
    await other.states.get(execution_id)
    await rig.clock.run_until(rig.begin(other, other.say(execution_id, Pause())).done, LIMIT)
    assert rig.folded(execution_id).pause_request is not None
    nonsense = rig.begin(other, other.say(execution_id, Resume(wave=9)))
    await rig.clock.run_until(nonsense.done, LIMIT)
    assert isinstance(nonsense.exception(), CommandRefused)
    await rig.clock.run_until(rig.begin(other, other.say(execution_id, Resume())).done, LIMIT)
    assert (await _ended(rig, driver, execution_id)).end_status is ExecutionStatus.COMPLETED
    assert (await other.journal.summaries())[0].execution_id == execution_id
    await rig.close()


async def the_driver_dies_before_it_reads_a_command(**options: Any) -> None:
    rig = a_rig(**options)
    driver, execution_id = await _begun(rig)
    other = await rig.console("driver-2")
    rig.on_point = lambda console, name: console.strike() if console is driver else None
    said = rig.begin(other, other.say(execution_id, Cancel()))
    await rig.clock.advance(timedelta(seconds=1))
    await driver.kill()
    await rig.clock.run_until(said.done, LIMIT)
    assert (await _ended(rig, other, execution_id)).end_status is ExecutionStatus.CANCELLED
    await rig.close()


async def a_command_comes_while_the_seat_is_being_left(**options: Any) -> None:
    rig = a_rig(**options)
    console, execution_id = await _begun(rig)
    said: list[Any] = []

    def leaving(where: Console, name: str) -> None:
        if name == "journal.release_lease: before" and not said:
            said.append(rig.begin(where, where.say(execution_id, Terminate())))

    rig.on_point = leaving
    await rig.clock.run_until(lambda: bool(said) and said[0].done(), LIMIT)
    state = await _ended(rig, console, execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.TERMINATED}
    await rig.close()


# ---- starting


async def everything_is_slow_or_refused_at_first(**options: Any) -> None:
    rig = a_rig(**options)
    throttled = ErrorAnswer(code="ThrottlingException", status=429)
    _fault(rig, "DescribeSourceServers", throttled)
    _fault(rig, "StartRecovery", throttled)
    _fault(rig, "DescribeJobLogItems", throttled)
    rig.simulation.visibility_lag.recovery_instances_seconds = 20
    console, execution_id = await _begun(rig)
    state = await _ended(rig, console, execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert AttemptStatus.NOT_SENT in {attempt.status for attempt in state.attempts}
    await rig.close()


async def reading_is_denied(**options: Any) -> None:
    await _fails(lambda rig: _deny(rig, "drs:DescribeJobs"), **options)


async def the_role_is_denied(**options: Any) -> None:
    rig = a_rig(**options)
    console = await rig.console()
    key = rig.server_keys[0]
    rig.simulation.accounts = tuple(
        account for account in rig.simulation.accounts if account.id != key.account_id
    )
    execution_id = await console.start(a_wave(1, (key,), policy=FailurePolicy.STOP))
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.FAILED
    await rig.close()


async def a_server_has_vanished(**options: Any) -> None:
    rig = a_rig(**options)
    console = await rig.console()
    known = rig.server_keys[0]
    stranger = ServerKey(
        account_id=AccountId(known.account_id),
        region=known.region,
        source_server_id=type(known.source_server_id)("s-00000000000000000"),
    )
    execution_id = await console.start(a_wave(1, (stranger,), policy=FailurePolicy.STOP))
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.FAILED
    await rig.close()


def _deny(rig: Rig, permission: str) -> None:
    rule = FaultRule(id=permission, action=DenyPermission(permission=permission), times=0)
    rig.simulation.faults.add(rule)


async def _fails(obstacle: Callable[[Rig], None], **options: Any) -> None:
    rig = a_rig(**options)
    obstacle(rig)
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys, policy=FailurePolicy.STOP))
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.FAILED
    assert rig.sent == []
    await rig.close()


async def a_chosen_point_in_time_is_gone(**options: Any) -> None:
    rig = a_rig(**options)
    console = await rig.console()
    first, second = console.two_waves()
    gone = SnapshotId("pit-00000000000000000")
    pinned = replace(first, servers=tuple(replace(one, snapshot_id=gone) for one in first.servers))
    execution_id = await console.start(pinned, second)
    await rig.clock.run_until(lambda: bool(rig.folded(execution_id).holds), LIMIT)
    await rig.clock.advance(timedelta(minutes=5))
    assert rig.launch_jobs() == []
    await console.say(execution_id, Resume(reason="the newest data will do"))
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.COMPLETED
    await rig.close()


async def the_machine_sleeps_between_intent_and_call(**options: Any) -> None:
    rig = a_rig(**options)

    def sleep_once(_console: Console, name: str) -> None:
        armed = rig.store.events and isinstance(rig.store.events[-1].event, StartArmed)
        if name == "journal.append: done, not answered" and armed:
            rig.on_point = None
            rig.clock.set_wall(timedelta(minutes=10))

    rig.on_point = sleep_once
    console, execution_id = await _begun(rig)
    state = await _ended(rig, console, execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    assert "too slow" in next(a.reason for a in state.attempts if a.status is AttemptStatus.NOT_SENT)
    await rig.close()


async def the_machine_sleeps_for_an_hour(**options: Any) -> None:
    rig = a_rig(**options)
    console, execution_id = await _begun(rig)
    await rig.clock.jump(timedelta(hours=1))
    await rig.clock.run_until(lambda: rig.folded(execution_id).starts_held != "", LIMIT)
    await console.say(execution_id, Resume())
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.COMPLETED
    await rig.close()


async def the_program_itself_fails_in_a_call(**options: Any) -> None:
    rig = a_rig(**options)

    def fail_once(_console: Console, name: str) -> None:
        if name == "StartRecovery: before":
            rig.on_point = None
            raise RuntimeError("a mistake in the program")

    rig.on_point = fail_once
    console, execution_id = await _begun(rig)
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.COMPLETED
    await rig.close()


async def the_program_itself_fails_while_looking(**options: Any) -> None:
    rig = a_rig(**options)
    console, execution_id = await _begun(rig)

    def fail_once(_console: Console, name: str) -> None:
        if name == "reader.describe_recovery_instances: before":
            rig.on_point = None
            raise RuntimeError("a mistake in the program")

    rig.on_point = fail_once
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.COMPLETED
    await rig.close()


async def a_driver_that_was_stopped_asks_after_its_seat(**options: Any) -> None:
    rig = a_rig(**options)
    driver, execution_id = await _begun(rig)
    await driver.asked(driver.supervisor.confirm_seat(execution_id))
    driver.stop()
    await rig.clock.advance(timedelta(minutes=1))
    successor = await rig.console("driver-2")
    await successor.drive(execution_id)
    driver.go_on()
    try:
        await driver.asked(driver.supervisor.confirm_seat(execution_id))
    except LeaseLost:
        pass
    else:
        raise AssertionError("I-09: a driver that was stopped believes that it still has its seat")
    assert (await _ended(rig, successor, execution_id)).end_status is ExecutionStatus.COMPLETED
    await rig.close()


# ---- steps


async def steps_wait_check_and_probe(**options: Any) -> None:
    rig = a_rig(**options)
    console = await rig.console()
    wave = replace(
        a_wave(1, rig.server_keys),
        steps_before=(StepSpec(kind=TIMED_WAIT, name="settle", settings=(("seconds", "60"),)),),
        steps_after=(
            StepSpec(kind=STATUS_CHECKS, name="boots"),
            StepSpec(
                kind=TCP_PROBE, name="listens", settings=(("port", "443"),), retries=1, is_critical=False
            ),
        ),
    )
    _fault(rig, "DescribeInstanceStatus", ErrorAnswer(code="RequestLimitExceeded", status=503))
    execution_id = await console.start(wave)
    state = await _ended(rig, console, execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED
    statuses = {step.spec.name: step.status.value for step in state.waves[0].steps.values()}
    assert statuses == {"settle": "DONE", "boots": "DONE", "listens": "DONE"}, statuses
    await rig.close()


async def somebody_else_signs_in(**options: Any) -> None:
    rig = a_rig(**options)
    console, execution_id = await _begun(rig)
    for principal in ("alice", "bob"):
        await console.asked(console.supervisor.signed_in_as(principal))
    await rig.clock.run_until(lambda: bool(rig.folded(execution_id).holds), LIMIT)
    assert "bob" in rig.folded(execution_id).starts_held
    await console.say(execution_id, Resume())
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.COMPLETED
    await rig.close()


# ---- what other people do


async def its_simulator_is_gone(**options: Any) -> None:
    rig = a_rig(**options)
    driver, execution_id = await _begun(rig)
    visitor = await rig.console("driver-2", fingerprint="another")
    await rig.clock.run_until(rig.begin(visitor, visitor.say(execution_id, AddNote(text="odd"))).done, LIMIT)
    await driver.kill()
    said = rig.begin(visitor, visitor.say(execution_id, StopWatching(reason="gone")))
    await rig.clock.run_until(said.done, LIMIT)
    await said
    refused = rig.begin(visitor, visitor.say(execution_id, Resume()))
    await rig.clock.run_until(refused.done, LIMIT)
    assert isinstance(refused.exception(), WrongEndpoint)
    assert rig.folded(execution_id).end_status is ExecutionStatus.CANCELLED
    rig.assert_sound()
    await rig.close()


async def the_journal_does_not_know_what_it_started(**options: Any) -> None:
    """A backup was put back: AWS has a job of the second wave, which the journal would start now."""
    rig = a_rig(**options)
    console = await rig.console()
    execution_id = await console.start(*console.two_waves(pause=True))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), LIMIT)
    wave = console.now(execution_id).wave(2)
    (part,) = wave.parts
    key = AttemptKey(part=part.key, attempt=1)
    request = StartRecoveryRequest(
        scope=SCOPE,
        source_server_ids=tuple(server.source_server_id for server in part.servers),
        is_drill=True,
        tags=job_tags(execution_id, key, ExecutionMode.DRILL, IntentId("of-the-lost-journal")),
    )
    actor = await SimulatedAwsAccess(rig.simulation).actor(SCOPE, IntentId("of-the-lost-journal"))
    await actor.start_recovery(request)
    await rig.clock.advance(timedelta(hours=1))
    await rig.clock.run_until(rig.begin(console, console.say(execution_id, Resume(wave=2))).done, LIMIT)
    await rig.clock.run_until(lambda: bool(console.now(execution_id).starts_held), LIMIT)
    assert "the journal does not know it" in console.now(execution_id).starts_held
    assert rig.jobs_per_part() == {("1", "1"): 1, ("2", "1"): 1}
    await rig.clock.run_until(rig.begin(console, console.say(execution_id, Resume())).done, LIMIT)
    await rig.clock.advance(timedelta(hours=1))
    assert rig.jobs_per_part() == {("1", "1"): 1, ("2", "1"): 1}, "nor does a person's word start it twice"
    await rig.clock.run_until(rig.begin(console, console.say(execution_id, Cancel())).done, LIMIT)
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.CANCELLED
    await rig.close()


async def a_job_is_deleted_in_flight(**options: Any) -> None:
    rig = a_rig(**options)
    console, execution_id = await _begun(rig)
    place = _place(rig)
    forget_job(place, next(iter(place.jobs.values())))
    state = await _ended(rig, console, execution_id)
    assert state.end_status is ExecutionStatus.COMPLETED, "its instances tell that the servers launched"
    assert [drift.kind for drift in state.drifts] == [DriftKind.JOB_DELETED]
    await rig.close()


async def an_instance_is_removed_during_a_pause(**options: Any) -> None:
    rig = a_rig(**options)
    console = await rig.console()
    execution_id = await console.start(*console.two_waves(pause=True))
    await rig.clock.run_until(lambda: bool(rig.folded(execution_id).holds), LIMIT)
    _place(rig).forget_instance(next(iter(_place(rig).instances)))
    await rig.clock.run_until(lambda: bool(rig.folded(execution_id).drifts), LIMIT)
    await console.say(execution_id, Resume())
    assert (await _ended(rig, console, execution_id)).end_status is ExecutionStatus.PARTIAL
    await rig.close()


# ---- terminations


async def _launched(rig: Rig) -> tuple[Console, ExecutionId, list[str]]:
    console, execution_id = await _begun(rig)
    await _ended(rig, console, execution_id)
    return console, execution_id, sorted(_place(rig).instances)


async def instances_are_gone_or_replaced_when_they_are_to_be_terminated(**options: Any) -> None:
    rig = a_rig(**options)
    console, execution_id, instances = await _launched(rig)
    rig.simulation.compute.terminate(SCOPE.account_id, SCOPE.region, instances[0])
    _place(rig).instances[instances[1]].job_id = "drsjob-of-somebody-else"
    await console.say(execution_id, Terminate())
    state = await _ended(rig, console, execution_id)
    assert {server.termination for server in state.servers} == {
        TerminationState.TERMINATED,
        TerminationState.SKIPPED,
    }
    assert not any(call.operation == "TerminateRecoveryInstances" for call in rig.calls)
    await rig.close()


async def nobody_knows_what_launched_until_it_is_terminated(**options: Any) -> None:
    rig = a_rig(**options)
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys, policy=FailurePolicy.CONTINUE))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).accepted_job_ids), LIMIT)
    (job_id,) = console.now(execution_id).accepted_job_ids
    await console.kill()
    await rig.clock.jump(timedelta(hours=1))
    rig.simulation.settle()
    place = _place(rig)
    late = dict(sorted(place.instances.items())[:1])
    del place.jobs[job_id]
    place.instances.clear()
    successor = await rig.console("driver-2")
    await successor.drive(execution_id, decided=True)
    await rig.clock.run_until(lambda: not successor.is_driving(execution_id), LIMIT)
    place.instances.update(late)
    await successor.say(execution_id, Terminate())
    await rig.clock.run_until(lambda: not successor.is_driving(execution_id), LIMIT)
    found = {
        server.recovery_instance_id is not None: server.termination
        for server in rig.folded(execution_id).servers
    }
    assert found == {True: TerminationState.TERMINATED, False: TerminationState.SKIPPED}
    await rig.close()


async def terminating_is_denied_and_then_protected(**options: Any) -> None:
    rig = a_rig(**options)
    console, execution_id, instances = await _launched(rig)
    _fault(rig, "TerminateRecoveryInstances", ErrorAnswer(code="AccessDeniedException", status=403))
    await console.say(execution_id, Terminate())
    state = await _ended(rig, console, execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.FAILED}
    compute: Any = rig.simulation.compute
    compute.protected.update(instances)
    _fault(rig, "TerminateRecoveryInstances", ResetBefore())
    await console.say(execution_id, Terminate())
    state = await _ended(rig, console, execution_id)
    assert {server.termination for server in state.servers} == {TerminationState.FAILED}
    with suppress(CommandRefused):
        await console.say(execution_id, Pause())
    await rig.close()


DETOURS: tuple[Detour, ...] = (
    a_second_console_gives_the_commands,
    the_driver_dies_before_it_reads_a_command,
    a_command_comes_while_the_seat_is_being_left,
    its_simulator_is_gone,
    the_journal_does_not_know_what_it_started,
    everything_is_slow_or_refused_at_first,
    reading_is_denied,
    the_role_is_denied,
    a_server_has_vanished,
    a_chosen_point_in_time_is_gone,
    the_machine_sleeps_between_intent_and_call,
    the_machine_sleeps_for_an_hour,
    the_program_itself_fails_in_a_call,
    the_program_itself_fails_while_looking,
    a_driver_that_was_stopped_asks_after_its_seat,
    steps_wait_check_and_probe,
    somebody_else_signs_in,
    a_job_is_deleted_in_flight,
    an_instance_is_removed_during_a_pause,
    instances_are_gone_or_replaced_when_they_are_to_be_terminated,
    nobody_knows_what_launched_until_it_is_terminated,
    terminating_is_denied_and_then_protected,
)
