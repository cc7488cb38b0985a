"""Which waves start, wait and end, and how the execution ends."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.commands import Cancel, Pause, Resume
from drs_desktop.domain.effects import CheckInstances, ReconcileStart, StartRecoveryPart, WakeAt, WatchJob
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import ExecutionStatus, HoldKind, WaveStatus
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.status import wave_status
from tests.helpers.builders import OTHER_SCOPE, SCOPE, START, Play, a_frozen_wave, a_key


def _started(play: Play) -> list[int]:
    return [wave.number for wave in play.state.waves if wave.started_at]


def _starts(play: Play) -> list[int]:
    return [effect.key.wave for effect in play.due if isinstance(effect, StartRecoveryPart)]


def _ends(play: Play) -> list[WaveStatus | None]:
    return [wave.end_status for wave in play.state.waves]


# ---- order


def test_a_wave_follows_the_one_before_it() -> None:
    play = Play(2)
    assert _started(play) == [1]
    play.accept(1)
    play.end_job(1)
    assert _started(play) == [1], "a launched server must be looked at first"
    play.see_instances(1)
    assert _started(play) == [1, 2]


def test_waves_without_predecessors_run_side_by_side_and_their_successor_waits_for_both() -> None:
    waves = [a_frozen_wave(1), a_frozen_wave(2, depends_on=()), a_frozen_wave(3, depends_on=(1, 2))]
    play = Play(waves)
    assert _starts(play) == [1, 2]
    play.run_wave(2)
    assert _started(play) == [1, 2]
    play.run_wave(1)
    assert _started(play) == [1, 2, 3]


def test_every_part_of_a_wave_must_end_before_the_wave_does() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)])])
    assert len(_starts(play)) == 2
    play.accept(1, 0)
    play.end_job(1, 0)
    play.see_instances(1, SCOPE)
    assert not play.wave().is_ended
    play.accept(1, 1)
    play.end_job(1, 1)
    play.see_instances(1, OTHER_SCOPE)
    assert play.state.end_status is ExecutionStatus.COMPLETED


def test_the_effects_follow_the_attempt_through_its_life() -> None:
    play = Play(1)
    key = AttemptKey(part=play.part(), attempt=1)
    assert [(type(e), e.key) for e in play.due if isinstance(e, StartRecoveryPart)] == [
        (StartRecoveryPart, key)
    ]
    play.doubt()
    assert play.due == (ReconcileStart(key=key),)
    play.give(inputs.StartWasAccepted(key=key, job=play.job_of(), evidence="our tags"))
    assert [type(effect) for effect in play.due] == [WatchJob, WakeAt]
    play.end_job()
    assert play.due == (CheckInstances(wave=1, scope=SCOPE),)
    play.see_instances()
    assert play.due == ()


def test_a_part_that_waits_in_line_keeps_its_place_and_says_until_when() -> None:
    play = Play(1)
    wait = inputs.StartMustWait(part=play.part(), reason="20 of 20 jobs", retry_at=START)
    assert len(play.give(wait)) == 1
    assert play.give(wait) == (), "the same reason is recorded once"
    effect = play.due[0]
    assert isinstance(effect, StartRecoveryPart)
    assert effect.not_before == START
    assert wave_status(play.wave()) is WaveStatus.QUEUED
    play.arm()
    assert not play.wave().deferrals


# ---- pauses


@pytest.mark.parametrize("number", [1, 2])
def test_a_configured_pause_holds_its_wave_until_it_is_released(number: int) -> None:
    waves = [a_frozen_wave(n, pause_before=n == number, instruction="Call the bank.") for n in (1, 2)]
    play = Play(waves)
    if number == 2:
        play.run_wave(1)
    hold = play.wave(number).hold
    assert hold is not None
    assert (hold.kind, hold.instruction) == (HoldKind.CONFIGURED_PAUSE, "Call the bank.")
    assert number not in _starts(play)
    play.say(Resume())
    assert number in _starts(play)


def test_an_operators_pause_holds_the_next_wave_and_leaves_the_running_one_alone() -> None:
    play = Play(2)
    play.accept(1)
    play.say(Pause())
    play.end_job(1)
    play.see_instances(1)
    hold = play.wave(2).hold
    assert hold is not None
    assert (hold.kind, hold.reason) == (HoldKind.OPERATOR_PAUSE, "anna asked for a pause.")
    play.say(Resume())
    assert _starts(play) == [2]


def test_a_pause_stops_the_parts_of_a_wave_that_were_not_sent_yet() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)])])
    play.accept(1, 0)
    play.say(Pause())
    assert _starts(play) == []
    play.say(Resume())
    assert _starts(play) == [1]


def test_an_armed_call_stays_due_through_a_pause_until_its_verdict() -> None:
    play = Play(1)
    key = play.arm()
    play.say(Pause())
    assert [e.key for e in play.due if isinstance(e, StartRecoveryPart)] == [key]
    play.give(inputs.StartWasNotSent(key=key, reason="A pause came.", retry_at=START))
    assert play.due == ()


def test_an_intent_is_not_committed_after_a_pause() -> None:
    play = Play(1)
    play.say(Pause())
    play.arm()
    assert not play.wave().attempts


def test_a_pause_holds_across_a_restart_even_when_the_new_driver_decided() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    play.restart(decided=True)
    assert play.wave().hold is not None
    assert play.due == ()


def test_after_an_undecided_restart_nothing_new_starts_before_a_person_says_so() -> None:
    play = Play(2)
    play.accept(1)
    play.restart(decided=False)
    play.end_job(1)
    play.see_instances(1)
    hold = play.wave(2).hold
    assert hold is not None
    assert hold.kind is HoldKind.AFTER_GAP
    play.say(Resume())
    assert _starts(play) == [2]


def test_a_decided_restart_goes_on_by_itself() -> None:
    play = Play(1)
    play.restart(decided=True)
    assert _starts(play) == [1]


def test_a_gap_holds_what_was_due_and_is_told_once() -> None:
    play = Play(1)
    gap = inputs.GapNoticed(reason="This machine slept for 20 minutes.")
    assert len(play.give(gap)) == 1
    assert play.give(gap) == ()
    assert play.due == ()


def test_a_gap_after_the_end_changes_nothing() -> None:
    play = Play(1)
    play.run_to_the_end()
    assert play.give(inputs.GapNoticed(reason="slept")) == ()


# ---- failures


def _with_failed_first(policy: FailurePolicy, *more: FailurePolicy) -> Play:
    policies = (policy, *more)
    waves = [a_frozen_wave(n, failure_policy=p) for n, p in enumerate(policies, start=1)]
    play = Play(waves)
    play.run_wave(1, failed=[1])
    return play


def test_the_policy_continue_goes_on_after_a_failure() -> None:
    play = _with_failed_first(FailurePolicy.CONTINUE, FailurePolicy.ASK)
    assert _starts(play) == [2]
    play.run_wave(2)
    assert play.state.end_status is ExecutionStatus.PARTIAL
    assert "1 critical server(s) did not come up: srv-1." in play.state.end_reason


def test_the_policy_stop_skips_every_wave_that_has_not_started_in_any_branch() -> None:
    waves = [
        a_frozen_wave(1, failure_policy=FailurePolicy.STOP),
        a_frozen_wave(2, depends_on=()),
        a_frozen_wave(3, depends_on=(2,)),
        a_frozen_wave(4, depends_on=(), pause_before=True),
    ]
    play = Play(waves)
    play.run_wave(1, failed=[1])
    assert _ends(play) == [WaveStatus.FAILED, None, WaveStatus.SKIPPED, WaveStatus.SKIPPED]
    assert play.wave(3).end_reason == 'Wave 1 "Wave 1" failed; its policy is stop.'
    assert play.wave(4).hold is None
    play.run_wave(2)
    assert play.state.end_status is ExecutionStatus.FAILED
    assert play.state.end_reason == 'Wave 1 "Wave 1" failed and stopped the plan.'


def test_the_policy_ask_holds_the_failed_wave_itself_until_a_person_accepts_the_failure() -> None:
    play = _with_failed_first(FailurePolicy.ASK, FailurePolicy.ASK)
    hold = play.wave(1).hold
    assert hold is not None
    assert hold.kind is HoldKind.DECISION
    assert hold.reason.startswith("it failed: 1 of 1 servers did not come up (srv-1: DRS gave no reason")
    assert play.wave(2).hold is None
    assert play.due == ()
    play.say(Resume(reason="go on without it"))
    assert play.wave(1).end_status is WaveStatus.FAILED
    assert _starts(play) == [2]


def test_an_independent_branch_goes_on_while_a_failed_wave_asks() -> None:
    ask = FailurePolicy.ASK
    waves = [
        a_frozen_wave(1, failure_policy=ask),
        a_frozen_wave(2, depends_on=()),
        a_frozen_wave(3, depends_on=(2,)),
    ]
    play = Play(waves)
    play.run_wave(1, failed=[1])
    play.run_wave(2)
    assert _starts(play) == [3]
    play.run_wave(3)
    assert play.state.end_status is None
    play.say(Cancel())
    assert _ends(play) == [WaveStatus.FAILED, WaveStatus.COMPLETED, WaveStatus.COMPLETED]
    assert play.state.end_status is ExecutionStatus.CANCELLED


@pytest.mark.parametrize("command", [Resume(), Resume(wave=1), Resume(reason="  ")])
def test_going_on_after_a_failure_needs_a_reason(command: Resume) -> None:
    play = _with_failed_first(FailurePolicy.ASK, FailurePolicy.ASK)
    play.say(Pause())
    with pytest.raises(CommandRefused, match="needs a reason"):
        play.say(command)
    assert play.state.pause_request is not None
    assert play.wave(1).hold is not None


def test_a_failure_that_a_person_accepted_is_not_asked_about_again() -> None:
    play = _with_failed_first(FailurePolicy.ASK, FailurePolicy.ASK, FailurePolicy.ASK)
    play.say(Resume(reason="go on without it"))
    play.run_wave(2)
    assert play.wave(3).hold is None
    assert _starts(play) == [3]


def test_a_second_failure_is_asked_about_although_the_first_was_accepted() -> None:
    play = _with_failed_first(FailurePolicy.ASK, FailurePolicy.ASK, FailurePolicy.ASK)
    play.say(Resume(reason="go on without it"))
    play.run_wave(2, failed=[2])
    hold = play.wave(2).hold
    assert hold is not None
    assert "srv-2" in hold.reason
    assert play.wave(3).hold is None


def test_a_failure_that_came_after_the_question_is_asked_about_by_itself() -> None:
    ask = FailurePolicy.ASK
    waves = [a_frozen_wave(n, depends_on=(), failure_policy=ask) for n in (1, 2)]
    play = Play([*waves, a_frozen_wave(3, depends_on=(1,))])
    play.run_wave(1, failed=[1])
    play.pass_time(timedelta(minutes=1))
    play.run_wave(2, failed=[2])
    play.say(Resume(wave=1, reason="go on without it"))
    assert play.wave(2).hold is not None
    assert _starts(play) == [3]


def test_a_decision_about_a_failure_does_not_release_the_configured_pause_behind_it() -> None:
    waves = [a_frozen_wave(1, failure_policy=FailurePolicy.ASK), a_frozen_wave(2, pause_before=True)]
    play = Play(waves)
    play.run_wave(1, failed=[1])
    play.say(Resume(reason="go on without it"))
    hold = play.wave(2).hold
    assert hold is not None
    assert hold.kind is HoldKind.CONFIGURED_PAUSE


def test_a_failed_optional_server_stops_nothing_but_is_named_at_the_end() -> None:
    waves = [
        a_frozen_wave(1, [a_key(1), a_key(2)], optional=1, failure_policy=FailurePolicy.STOP),
        a_frozen_wave(2, [a_key(3)]),
    ]
    play = Play(waves)
    play.run_wave(1, failed=[2])
    assert play.wave(1).end_status is WaveStatus.PARTIAL
    assert play.wave(1).end_reason.startswith("1 of 2 servers did not come up (srv-2:")
    play.run_wave(2)
    assert play.state.end_status is ExecutionStatus.COMPLETED
    assert play.state.end_reason == "Optional servers failed: srv-2."


def test_an_execution_in_which_nothing_launched_failed() -> None:
    play = Play([a_frozen_wave(1, failure_policy=FailurePolicy.CONTINUE)])
    play.run_wave(1, failed=[1])
    assert (play.state.end_status, play.state.end_reason) == (ExecutionStatus.FAILED, "No server launched.")


def test_many_failed_servers_are_counted_and_three_are_named() -> None:
    play = Play([a_frozen_wave(1, [a_key(n) for n in range(1, 7)])])
    play.run_wave(1, failed=[2, 3, 4, 5, 6])
    assert play.state.end_status is ExecutionStatus.PARTIAL
    assert "5 critical server(s) did not come up: srv-2, srv-3, srv-4 and 2 more." in play.state.end_reason


def test_a_launched_server_that_is_not_healthy_is_a_failure() -> None:
    play = Play(1)
    play.accept()
    play.end_job()
    play.see_instances(ec2_state=Ec2InstanceState.TERMINATED)
    assert play.wave().end_status is WaveStatus.PARTIAL
    assert play.state.end_status is ExecutionStatus.PARTIAL


@pytest.mark.parametrize("policy", FailurePolicy)
def test_an_empty_wave_is_never_done(policy: FailurePolicy) -> None:
    play = Play([a_frozen_wave(1, failure_policy=policy), a_frozen_wave(2, [], failure_policy=policy)])
    play.run_wave(1)
    if policy is FailurePolicy.ASK:
        assert play.state.end_status is None
        play.say(Resume(reason="go on without it"))
    assert play.wave(2).end_status is WaveStatus.FAILED
    assert play.state.end_status is ExecutionStatus.PARTIAL
    assert 'Wave 2 "Wave 2" had no server' in play.state.end_reason


def test_an_empty_wave_stops_what_follows_as_its_policy_says() -> None:
    stopped = Play([a_frozen_wave(1, [], failure_policy=FailurePolicy.STOP), a_frozen_wave(2)])
    assert _ends(stopped) == [WaveStatus.FAILED, WaveStatus.SKIPPED]
    asked = Play([a_frozen_wave(1, [], failure_policy=FailurePolicy.ASK), a_frozen_wave(2)])
    hold = asked.wave(1).hold
    assert hold is not None
    assert hold.kind is HoldKind.DECISION
    assert "an empty wave is never done" in hold.reason
    assert _starts(asked) == []
    asked.say(Resume(reason="go on without it"))
    assert _starts(asked) == [2]


# ---- cancel


def test_a_cancel_before_the_first_wave_ends_at_once() -> None:
    play = Play([a_frozen_wave(1, pause_before=True), a_frozen_wave(2)])
    play.say(Cancel())
    assert _ends(play) == [WaveStatus.CANCELLED] * 2
    assert (play.state.end_status, play.state.end_reason) == (
        ExecutionStatus.CANCELLED,
        "Cancelled by anna.",
    )


def test_a_cancel_before_the_call_ends_the_wave_without_it() -> None:
    play = Play(1)
    play.say(Cancel())
    assert play.state.end_status is ExecutionStatus.CANCELLED
    assert play.due == ()


@pytest.mark.parametrize("phase", ["armed", "doubt", "ask", "accepted"])
def test_a_cancel_with_something_in_flight_waits_for_it(phase: str) -> None:
    play = Play(2)
    {"armed": play.arm, "doubt": play.doubt, "ask": play.ask, "accepted": play.accept}[phase]()
    play.say(Cancel())
    assert play.state.end_status is None
    assert play.wave(2).end_status is WaveStatus.CANCELLED
    assert all(effect.key.wave == 1 for effect in play.due if isinstance(effect, StartRecoveryPart))


def test_a_cancelled_wave_whose_job_ends_keeps_what_it_launched() -> None:
    play = Play(2)
    play.accept()
    play.say(Cancel())
    play.end_job()
    play.see_instances()
    assert _ends(play) == [WaveStatus.COMPLETED, WaveStatus.CANCELLED]
    assert play.state.end_status is ExecutionStatus.CANCELLED


@pytest.mark.parametrize("given", ["not sent", "not started"])
def test_a_cancelled_attempt_that_made_no_job_is_not_tried_again(given: str) -> None:
    play = Play(1)
    key = play.arm() if given == "not sent" else play.doubt()
    play.say(Cancel())
    if given == "not sent":
        play.give(inputs.StartWasNotSent(key=key, reason="no network", retry_at=START))
    else:
        play.give(inputs.NothingWasStarted(key=key, evidence="nothing seen"))
    assert play.state.end_status is ExecutionStatus.CANCELLED


def test_what_comes_after_the_end_changes_nothing() -> None:
    play = Play(1)
    key = play.accept()
    play.end_job()
    play.see_instances()
    assert play.state.end_status is ExecutionStatus.COMPLETED
    late: Sequence[inputs.Input] = [
        inputs.ClockTicked(),
        inputs.StartIsUnknown(key=key, reason="late"),
        inputs.StartMustWait(part=key.part, reason="late", retry_at=START),
        inputs.StartWasRefused(key=AttemptKey(part=key.part, attempt=2), code="", message="late"),
        inputs.InstancesSeen(wave=1, scope=SCOPE, instances=()),
    ]
    assert [play.give(given) for given in late] == [()] * len(late)
    assert play.see_job() == ()


# ---- frozen


def test_a_frozen_execution_waits_for_the_cancel_of_a_person_and_is_never_complete() -> None:
    play = Play(1)
    play.accept()
    play.end_job()
    play.see_instances(is_drill=False)
    assert play.state.frozen
    assert play.wave().is_ended
    assert play.state.end_status is None
    with pytest.raises(CommandRefused, match="frozen and can only be cancelled"):
        play.say(Resume())
    play.say(Cancel())
    assert play.state.end_status is ExecutionStatus.CANCELLED


def test_a_frozen_execution_starts_no_further_wave() -> None:
    waves = [a_frozen_wave(1), a_frozen_wave(2, depends_on=()), a_frozen_wave(3)]
    play = Play(waves)
    play.accept(1)
    play.accept(2)
    play.end_job(1)
    play.see_instances(1, is_drill=False)
    play.end_job(2)
    play.see_instances(2)
    assert _started(play) == [1, 2]
    assert all(play.wave(number).is_ended for number in (1, 2))
    assert not play.state.may_start


def test_decide_is_not_given_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="str is not an input"):
        Play(1).give("resume")  # type: ignore[arg-type]


def test_a_driver_who_takes_the_seat_is_recorded_with_his_epoch() -> None:
    play = Play(1, epoch=4)
    attached = [event for event in play.events if isinstance(event, ev.DriverAttached)]
    assert [(event.epoch, event.by) for event in attached] == [(4, "anna")]
    assert play.state.driver_epoch == 4
