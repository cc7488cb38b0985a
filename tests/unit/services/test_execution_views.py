"""What an execution looks like, which actions are open, and why the others are not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.commands import Cancel, Pause, Terminate
from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.errors import CommandRefused, NeedsOperator
from drs_desktop.domain.execution import Execution, ExecutionStatus, TerminationState, WaveStatus
from drs_desktop.domain.ids import IntentId, JobId
from drs_desktop.domain.job import InitiatedBy
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.execution_views import ViewContext, execution_view
from drs_desktop.services.views import ExecutionView
from tests.helpers.builders import (
    ACCOUNT,
    ARM_SPAN,
    HORIZON,
    SCOPE,
    START,
    Play,
    a_frozen_wave,
    a_key,
)

ENDPOINT = Endpoint(fingerprint="aws", url="http://127.0.0.1:5000", is_simulated=True)


def _view(state: Execution, local_now: datetime = START) -> ExecutionView:
    return execution_view(
        state, ViewContext(accounts={ACCOUNT: "payroll-dr"}, endpoint=ENDPOINT, local_now=local_now)
    )


def _ended() -> Play:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    play.run_wave(1, failed=[2])
    return play


def _terminated(state: TerminationState) -> Play:
    play = _ended()
    play.say(Terminate())
    play.give(inputs.TerminationSeen(server=a_key(1), state=state, reason="why"))
    return play


def _begun(lead: Callable[[Play], object]) -> Play:
    play = Play(2)
    lead(play)
    return play


def test_drift_is_shown_as_what_it_is_with_when_it_was_seen() -> None:
    play = _begun(Play.accept)
    play.pass_time(timedelta(minutes=4))
    play.give(inputs.JobIsMissing(key=play.latest().key, job_id=JobId("drsjob-1-0")))
    (row,) = _view(play.state).drifts
    assert (row.kind, row.wave, row.server_names) == (DriftKind.JOB_DELETED, 1, ("srv-1",))
    assert row.seen_at == START + timedelta(minutes=4)
    assert "record of job drsjob-1-0 was deleted" in row.words


def _cancelling() -> Play:
    play = _begun(Play.accept)
    play.say(Cancel())
    return play


def _frozen() -> Play:
    return _begun(lambda play: play.accept(initiated_by=InitiatedBy.START_RECOVERY))


def _paused() -> Play:
    return _begun(lambda play: play.say(Pause()))


def _terminating() -> Play:
    play = _ended()
    play.say(Terminate())
    play.give(inputs.TerminationPrepared(scope=SCOPE, batch=1, intent_id=IntentId("t"), servers=(a_key(1),)))
    return play


OVER, LIVE = (
    "The execution ended as PARTIAL.",
    "The execution is still live: cancel it or wait for its end first.",
)
BEING_CANCELLED, NOTHING_PAUSED = "The execution is being cancelled.", "Nothing is paused."
IN_FORCE, GONE = "A pause is in force already.", "Its recovery instances were terminated."

NOTHING_RUNS = "Nothing is under way, so nothing is to be paused."

# pause, resume, cancel, terminate: "" is open, anything else the reason why not
ACTIONS = [
    ("running", lambda: _begun(Play.accept), ("", NOTHING_PAUSED, "", LIVE)),
    ("held", lambda: Play([a_frozen_wave(1, pause_before=True)]), (NOTHING_RUNS, "", "", LIVE)),
    ("paused", _paused, (IN_FORCE, "", "", LIVE)),
    ("restarted", lambda: _begun(lambda p: p.restart(decided=False)), (NOTHING_RUNS, "", "", LIVE)),
    ("frozen", _frozen, ("", "The execution is frozen and can only be cancelled.", "", LIVE)),
    ("cancelling", _cancelling, (BEING_CANCELLED, BEING_CANCELLED, BEING_CANCELLED, LIVE)),
    ("ended", _ended, (OVER, OVER, OVER, "")),
    (
        "terminating",
        _terminating,
        (OVER, OVER, OVER, "Its recovery instances are being terminated."),
    ),
    ("terminated", lambda: _terminated(TerminationState.TERMINATED), (OVER, OVER, OVER, GONE)),
    ("not terminated", lambda: _terminated(TerminationState.FAILED), (OVER, OVER, OVER, "")),
]


@pytest.mark.parametrize(("name", "make", "expected"), ACTIONS)
def test_each_action_is_open_or_says_why_not(
    name: str, make: Callable[[], Play], expected: tuple[str, ...]
) -> None:
    actions = _view(make().state).actions
    states = (actions.pause, actions.resume, actions.cancel, actions.terminate)
    assert all(state.reason.startswith(reason) for state, reason in zip(states, expected, strict=True))
    assert [state.enabled for state in states] == [reason == "" for reason in expected]


@pytest.mark.parametrize(("name", "make", "expected"), ACTIONS)
def test_what_is_open_is_accepted_by_the_decider(
    name: str, make: Callable[[], Play], expected: tuple[str, ...]
) -> None:
    commands = (Pause(), None, Cancel(), Terminate())
    for command, reason in zip(commands, expected, strict=True):
        if command is not None and reason == "":
            try:
                assert make().say(command), f"{command} does something when {name}"
            except (CommandRefused, NeedsOperator) as error:
                pytest.fail(f"{command} is shown as open when {name}, but: {error}")


def test_an_execution_that_launched_nothing_has_nothing_to_terminate() -> None:
    play = Play(1)
    play.say(Cancel())
    view = _view(play.state)
    assert view.actions.terminate.reason == "It launched no recovery instance."
    assert view.instances_left == 0


def test_the_instances_left_are_the_number_that_terminate_must_be_confirmed_with() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])], mode=ExecutionMode.RECOVERY)
    play.run_wave(1)
    for _ in range(2):
        count = _view(play.state).instances_left
        assert play.say(Terminate(confirm_plan_name="payroll", confirm_count=count))
        for number in (1, 2):
            failed = inputs.TerminationSeen(
                server=a_key(number), state=TerminationState.FAILED, reason="still there"
            )
            play.give(failed)


def test_rows_say_what_became_of_each_wave_and_server() -> None:
    view = _view(_ended().state)
    (wave,) = view.waves
    assert (wave.status, wave.server_count, wave.launched_count, wave.failed_count) == (
        WaveStatus.PARTIAL,
        2,
        1,
        1,
    )
    assert wave.reason.startswith("1 of 2 servers did not come up")
    good, bad = view.servers
    assert (good.name, good.account_name, good.message) == ("srv-1", "payroll-dr", "")
    assert good.recovery_instance_id == "i-00000000000000001"
    assert bad.message.startswith("DRS gave no reason")
    assert (view.status, view.endpoint) == (ExecutionStatus.PARTIAL, "SIMULATION · 127.0.0.1:5000")


def test_an_account_without_a_name_is_called_by_its_number() -> None:
    context = ViewContext(accounts={}, endpoint=ENDPOINT, local_now=START)
    assert execution_view(Play(1).state, context).servers[0].account_name == ACCOUNT


def test_a_wave_that_never_ran_has_no_failed_servers() -> None:
    play = Play(2)
    play.say(Cancel())
    assert [wave.failed_count for wave in _view(play.state).waves] == [1, 0]


def test_a_held_wave_shows_its_reason_and_instruction_and_a_waiting_one_its_place_in_line() -> None:
    held = Play([a_frozen_wave(1, pause_before=True, instruction="Call the bank.")])
    (row,) = _view(held.state).waves
    assert (row.is_held, row.reason, row.instruction) == (
        True,
        "a pause is configured before it.",
        "Call the bank.",
    )
    queued = Play(1)
    queued.give(inputs.StartMustWait(part=queued.part(), reason="20 of 20 jobs", retry_at=START))
    (row,) = _view(queued.state).waves
    assert (row.status, row.is_held, row.reason) == (WaveStatus.QUEUED, False, "20 of 20 jobs")


# ---- questions


def test_only_a_start_in_doubt_is_a_question() -> None:
    assert _view(_begun(Play.accept).state).questions == ()
    assert len(_view(_begun(Play.doubt).state).questions) == 1
    assert len(_view(_begun(Play.ask).state).questions) == 1


def test_before_the_horizon_nothing_was_started_cannot_be_said() -> None:
    play = _begun(Play.doubt)
    horizon = play.latest().horizon_at
    (early,) = _view(play.state, horizon - timedelta(seconds=1)).questions
    assert early.looks_until == horizon == START + ARM_SPAN + HORIZON
    assert early.can_say_ours.enabled
    assert early.can_say_nothing_started.reason == "Until 03:17:30 UTC the request may still arrive."
    (late,) = _view(play.state, horizon).questions
    assert late.can_say_nothing_started.enabled


def test_with_a_candidate_the_question_names_it_and_nothing_was_started_cannot_be_said() -> None:
    play = _begun(lambda play: play.ask(candidates=["drsjob-9"]))
    (question,) = _view(play.state, START + timedelta(hours=1)).questions
    assert question.candidates == ("drsjob-9",)
    assert "New launches of the same servers: drsjob-9." in question.evidence
    assert question.can_say_nothing_started.reason == "A job that may be ours exists: answer for it first."
    assert question.text.startswith('Wave 1 "Wave 1", account 012345678901')
    assert question.text.endswith("we do not know whether AWS started it. No tags.")


# ---- an execution of another simulator


def _elsewhere(state: Execution) -> ExecutionView:
    here = Endpoint(fingerprint="sim-2", url="http://127.0.0.1:5000", is_simulated=True)
    return execution_view(state, ViewContext(accounts={}, endpoint=here, local_now=START))


def test_of_an_execution_whose_simulator_is_gone_only_the_watching_can_be_stopped() -> None:
    play = Play(2, endpoint_fingerprint="sim-1")
    play.accept(1)
    actions = _elsewhere(play.state).actions
    assert actions.stop_watching.enabled
    for action in (actions.pause, actions.resume, actions.cancel, actions.terminate, actions.clean_up):
        assert not action.enabled
        assert "a simulator that is not there any more (instance sim-1)" in action.reason


def test_nothing_of_an_execution_begun_elsewhere_is_retried_or_skipped() -> None:
    play = Play(2, endpoint_fingerprint="sim-1")
    for wave in _elsewhere(play.state).waves:
        assert not wave.can_retry.enabled
        assert "a simulator that is not there any more" in wave.can_retry.reason
        assert wave.can_skip == wave.can_retry


def test_a_pause_is_open_while_another_wave_than_the_held_one_runs() -> None:
    play = Play([a_frozen_wave(1), a_frozen_wave(2, [a_key(7)], depends_on=(), pause_before=True)])
    play.accept(1)
    view = _view(play.state)
    assert view.waves[1].is_held
    assert view.actions.pause.enabled


def test_the_plans_time_target_at_the_start_is_shown() -> None:
    assert _view(Play(1, recovery_time=timedelta(minutes=45)).state).recovery_time == timedelta(minutes=45)
    assert _view(Play(1).state).recovery_time is None


def test_a_failed_server_says_why_it_usually_fails_and_what_to_do() -> None:
    good, bad = _view(_ended().state).servers
    assert (good.cause, good.remedy) == ("", "")
    assert bad.cause.startswith("AWS gave no text.")
    assert "permissions" in bad.remedy


def test_of_an_ended_execution_whose_simulator_is_gone_nothing_can_be_done() -> None:
    play = Play([a_frozen_wave(1, [a_key(1)])], endpoint_fingerprint="sim-1")
    play.run_wave(1)
    actions = _elsewhere(play.state).actions
    assert not actions.stop_watching.enabled
    assert not actions.terminate.enabled
