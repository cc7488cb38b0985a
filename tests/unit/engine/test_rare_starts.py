"""Starts that end otherwise than by AWS's answer: refused before the call, overtaken, contested."""

import asyncio
from datetime import timedelta

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import Pause
from drs_desktop.domain.effects import ReconcileStart, StartRecoveryPart
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsError,
    AwsUnreachable,
    CallNotSent,
    SignInNeeded,
    StorageError,
)
from drs_desktop.domain.events import StartArmed
from drs_desktop.domain.execution import AttemptStatus, ExecutionStatus
from drs_desktop.domain.status import execution_status
from drs_desktop.engine.start_protocol import StartProtocol
from drs_desktop.simulator.core.faults import ErrorAnswer, FaultRule, ResetBefore
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, Play, a_server
from tests.helpers.engine_rig import Console, Rig, a_wave
from tests.helpers.fakes import settle
from tests.unit.engine.desk import Desk

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
DENIED = AccessDenied(
    "not authorized to perform it", operation="any", scope=SCOPE, code="AccessDeniedException"
)
UNREACHABLE = AwsUnreachable("No answer came.", operation="any", scope=SCOPE)


class _Starting:
    """A desk whose execution has one server due to start."""

    def __init__(self, play: Play | None = None) -> None:
        self.desk = Desk(play)
        self.drs, self.play = self.desk.drs, self.desk.play
        self.drs.servers.append(a_server(1))
        self.protocol = StartProtocol(
            self.desk.context, self.desk.state, self.desk.submit, lambda: self.play.state.may_start
        )

    def begin(self) -> "asyncio.Task[None]":
        return self.desk.begin(self.protocol.start(self.desk.due(StartRecoveryPart)))

    async def start(self) -> None:
        await self.desk.ended(self.begin())

    def aws_will_accept(self) -> None:
        self.drs.answers.append(self.play.job_of())

    def assert_refused(self, sentence: str) -> None:
        assert sentence in self.play.server(1).error
        assert self.desk.aws.mutating_calls == ()

    async def waits_for(self, task: "asyncio.Task[None]") -> str:
        """Return the reason that is shown while the part waits."""
        await settle()
        assert not task.done()
        return execution_status(self.play.state).reason


@on_loop
async def test_start_that_may_not_look_first_is_refused_in_awss_words() -> None:
    starting = _Starting()
    starting.drs.errors["DescribeJobs"] = DENIED
    await starting.start()
    starting.assert_refused("not authorized to perform it")


@on_loop
async def test_start_whose_role_is_denied_is_refused_in_awss_words() -> None:
    starting = _Starting()
    starting.desk.aws.role_error = DENIED
    await starting.start()
    starting.assert_refused("not authorized to perform it")


@on_loop
async def test_start_of_a_server_that_drs_no_longer_has_is_refused() -> None:
    starting = _Starting()
    starting.drs.servers.clear()
    await starting.start()
    starting.assert_refused("srv-1")


@pytest.mark.parametrize("obstacle", ["role", "claims", "looking"])
def test_start_waits_while_what_it_needs_cannot_be_had_and_then_goes_on(obstacle: str) -> None:
    @on_loop
    async def body() -> None:
        starting = _Starting()
        desk = starting.desk
        errors: dict[str, AwsError] = {"DescribeJobs": UNREACHABLE} if obstacle == "looking" else {}
        starting.drs.errors = errors
        desk.aws.role_error = UNREACHABLE if obstacle == "role" else None
        desk.journal.read_error = StorageError("The database is locked.") if obstacle == "claims" else None
        task = starting.begin()
        expected = "The database is locked." if obstacle == "claims" else "No answer came."
        assert expected in await starting.waits_for(task)

        errors.clear()
        desk.aws.role_error = desk.journal.read_error = None
        starting.aws_will_accept()
        await desk.ended(task)
        assert starting.play.latest().status is AttemptStatus.ACCEPTED

    body()


@pytest.mark.parametrize("kind", [CallNotSent, SignInNeeded])
@on_loop
async def test_call_that_never_left_this_computer_is_tried_later_and_not_put_in_doubt(
    kind: type[AwsError],
) -> None:
    starting = _Starting()
    starting.drs.answers.append(kind("Nothing was sent.", operation="StartRecovery", scope=SCOPE))
    await starting.start()
    attempt = starting.play.latest()
    assert (attempt.status, attempt.reason) == (AttemptStatus.NOT_SENT, "Nothing was sent.")
    again = starting.desk.due(StartRecoveryPart)
    assert again.key.attempt == 2
    assert again.not_before is not None


@on_loop
async def test_start_that_waits_is_given_up_once_a_pause_came() -> None:
    starting = _Starting()
    starting.drs.errors["DescribeJobs"] = UNREACHABLE
    task = starting.begin()
    await starting.waits_for(task)
    starting.play.say(Pause())
    starting.drs.errors.clear()
    looks = len(starting.desk.aws.calls)
    await starting.desk.ended(task)
    assert len(starting.desk.aws.calls) == looks
    assert not starting.play.wave().attempts


@on_loop
async def test_pause_that_comes_while_it_looks_leaves_no_intent_behind() -> None:
    starting = _Starting()
    looking = starting.drs.gates["DescribeSourceServers"] = asyncio.Event()
    task = starting.begin()
    await settle()
    starting.play.say(Pause())
    looking.set()
    await starting.desk.ended(task)
    assert not any(isinstance(event, StartArmed) for event in starting.play.events)
    assert starting.desk.aws.mutating_calls == ()


@on_loop
async def test_looking_for_a_lost_start_ends_when_its_job_was_named_meanwhile() -> None:
    play = Play(1)
    key = play.doubt()
    starting = _Starting(play)
    task = starting.desk.begin(starting.protocol.reconcile(starting.desk.due(ReconcileStart)))
    await settle()
    assert not task.done()
    play.give(inputs.StartWasAccepted(key=key, job=play.job_of(), evidence="a person named it"))
    known = len(play.events)
    await starting.desk.ended(task)
    assert play.latest().reason == "a person named it"
    assert len(play.events) == known


@on_loop
async def test_conflict_after_a_doubt_is_looked_into_before_anything_is_sent_again() -> None:
    """The conflict may come from the job of the attempt that was in doubt before."""
    rig = Rig()
    for nth, action in ((1, ResetBefore()), (2, ErrorAnswer(code="ConflictException", status=409))):
        rig.simulation.faults.add(
            FaultRule(id=f"start-{nth}", operation="StartRecovery", action=action, nth=nth)
        )
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 3 * HOUR)
    state = rig.folded(execution_id)
    assert [a.status for a in state.attempts] == [
        AttemptStatus.NOT_STARTED,
        AttemptStatus.NOT_STARTED,
        AttemptStatus.FINISHED,
    ]
    assert len(rig.launch_jobs()) == 1
    rig.assert_sound()
    await rig.close()


@on_loop
async def test_server_in_another_live_attempt_is_not_started_until_that_one_is_over() -> None:
    rig = Rig()
    first = await rig.console()

    def hang_once_armed(console: Console, _name: str) -> None:
        if rig.store.events and isinstance(rig.store.events[-1].event, StartArmed):
            rig.on_point = None
            console.stop()

    rig.on_point = hang_once_armed
    armed = await first.start(a_wave(1, rig.server_keys))
    await settle()
    assert rig.store.claims
    assert rig.launch_jobs() == []

    second = await rig.console("driver-2")
    waiting = await second.start(a_wave(1, rig.server_keys[:1]))
    await rig.clock.advance(SECOND)
    assert armed in execution_status(second.now(waiting)).reason
    assert rig.sent == []

    first.go_on()
    await rig.clock.run_until(
        lambda: not first.is_driving(armed) and not second.is_driving(waiting), 3 * HOUR
    )
    ends = {rig.folded(execution_id).end_status for execution_id in (armed, waiting)}
    assert ends == {ExecutionStatus.COMPLETED}
    rig.assert_sound()
    await rig.close()
