"""Retry, skip, time limits, thresholds, stop watching, clean up, notes: what they do, and when not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.commands import (
    AddNote,
    Cancel,
    CancelAndCleanUp,
    Pause,
    Resume,
    Retry,
    Skip,
    StopWatching,
)
from drs_desktop.domain.effects import StartRecoveryPart, TerminateBatch, WakeAt, WatchInstances, WatchJob
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import (
    AttemptStatus,
    ExecutionStatus,
    HoldKind,
    TerminationState,
    WaveStatus,
)
from drs_desktop.domain.job import JobStatus, LaunchStatus, ParticipatingServer
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode
from tests.helpers.builders import OTHER_SCOPE, SCOPE, START, Play, a_frozen_wave, a_key

ASK, STOP, CONTINUE = FailurePolicy.ASK, FailurePolicy.STOP, FailurePolicy.CONTINUE
HOUR = timedelta(hours=1)


def _due_servers(play: Play) -> list[str]:
    effects = [effect for effect in play.due if isinstance(effect, StartRecoveryPart)]
    return [key.source_server_id[-1] for effect in effects for key in effect.servers]


def _asking(servers: int = 3, failed: tuple[int, ...] = (2,)) -> Play:
    keys = [a_key(n) for n in range(1, servers + 1)]
    play = Play([a_frozen_wave(1, keys, failure_policy=ASK), a_frozen_wave(2, [a_key(9)])])
    play.run_wave(failed=failed)
    return play


def _see_retried(play: Play) -> None:
    """Show the job of the second attempt ended, with what it was asked to launch launched."""
    ids = play.latest().source_server_ids
    words = tuple(ParticipatingServer(source_server_id=i, launch_status=LaunchStatus.LAUNCHED) for i in ids)
    job = {"job_id": "drsjob-again", "servers": words, "ended_at": play.now.service}
    play.see_job(status=JobStatus.COMPLETED, **job)
    play.see_instances()


# ---- retry


def test_a_retry_starts_only_the_failed_servers_as_a_new_attempt() -> None:
    play = _asking()
    play.say(Retry(wave=1))
    (effect,) = [effect for effect in play.due if isinstance(effect, StartRecoveryPart)]
    assert (effect.key.attempt, effect.servers) == (2, (a_key(2),))
    assert play.server(1).is_good
    assert play.server(2).launch_status is None


def test_a_retry_given_twice_is_one_retry() -> None:
    play = _asking()
    play.say(Retry(wave=1))
    assert play.say(Retry(wave=1)) == ()
    play.accept(job_id="drsjob-again")
    with pytest.raises(CommandRefused, match="still under way: wait until it asks"):
        play.say(Retry(wave=1))


def test_a_retry_that_succeeds_completes_the_wave() -> None:
    play = _asking()
    play.say(Retry(wave=1))
    key = play.accept(job_id="drsjob-again")
    assert key.attempt == 2
    _see_retried(play)
    assert play.wave(1).end_status is WaveStatus.COMPLETED
    assert _due_servers(play) == ["9"]


def test_a_retry_across_parts_starts_no_part_that_came_up() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)], failure_policy=ASK)])
    play.accept(1, 0)
    play.end_job(1, 0)
    play.see_instances(1, SCOPE)
    play.accept(1, 1)
    play.end_job(1, 1, failed=[2], scope=OTHER_SCOPE)
    play.say(Retry(wave=1))
    (effect,) = [effect for effect in play.due if isinstance(effect, StartRecoveryPart)]
    assert isinstance(effect, StartRecoveryPart)
    assert effect.key.scope == OTHER_SCOPE


def test_a_refused_start_is_retried_whole() -> None:
    play = Play([a_frozen_wave(1, failure_policy=ASK)])
    key = play.arm()
    play.give(inputs.StartWasRefused(key=key, code="AccessDenied", message="no"))
    play.say(Retry(wave=1))
    assert _due_servers(play) == ["1"]


def test_a_pause_stops_a_retry_that_was_not_sent_yet() -> None:
    play = _asking()
    play.say(Retry(wave=1))
    play.say(Pause())
    assert play.due == (WatchInstances(scope=SCOPE),)
    play.say(Resume())
    assert _due_servers(play) == ["2"]


def test_a_retry_makes_no_sense_where_nothing_asks() -> None:
    held = Play([a_frozen_wave(1, pause_before=True)])
    with pytest.raises(CommandRefused, match="not waiting for a decision"):
        held.say(Retry(wave=1))
    with pytest.raises(CommandRefused, match="has no wave 7"):
        held.say(Retry(wave=7))
    over = Play(1)
    over.run_to_the_end()
    with pytest.raises(CommandRefused, match="ended as COMPLETED: there is nothing to retry"):
        over.say(Retry(wave=1))
    cancelled = Play(1)
    cancelled.accept()
    cancelled.say(Cancel())
    with pytest.raises(CommandRefused, match="starts nothing any more"):
        cancelled.say(Retry(wave=1))
    overdue = Play([a_frozen_wave(1, time_limit=HOUR, failure_policy=ASK)])
    overdue.accept()
    overdue.pass_time(HOUR)
    overdue.give(inputs.ClockTicked())
    with pytest.raises(CommandRefused, match="waits for something else: it is over its time limit"):
        overdue.say(Retry(wave=1))


def test_a_retry_never_relaunches_a_server_that_has_an_instance() -> None:
    play = Play([a_frozen_wave(1, failure_policy=ASK)])
    play.accept()
    play.end_job()
    play.see_instances(ec2_state=Ec2InstanceState.TERMINATED)
    with pytest.raises(CommandRefused, match="No launch of wave 1 failed"):
        play.say(Retry(wave=1))


# ---- skip


def test_a_skipped_wave_never_runs_and_what_follows_goes_on_with_the_reason_on_record() -> None:
    play = Play(3)
    play.say(Skip(wave=2, reason="not needed tonight"), by="bert")
    assert play.wave(2).end_reason == "bert skipped it: not needed tonight"
    assert play.say(Skip(wave=2, reason="again")) == ()
    play.run_wave(1)
    play.run_wave(3)
    assert (play.state.end_status, play.state.end_reason) == (
        ExecutionStatus.COMPLETED,
        "With skips: Wave 2.",
    )


def test_a_skip_releases_what_waits_for_a_held_wave() -> None:
    play = Play([a_frozen_wave(1, pause_before=True), a_frozen_wave(2)])
    play.say(Skip(wave=1, reason="no"))
    assert _due_servers(play) == ["2"]


def test_a_wave_that_started_something_cannot_be_skipped() -> None:
    play = Play(2)
    play.arm()
    with pytest.raises(CommandRefused, match="has started servers"):
        play.say(Skip(wave=1, reason="no"))
    over = Play(2)
    over.run_wave(1)
    with pytest.raises(CommandRefused, match="is over already"):
        over.say(Skip(wave=1, reason="no"))
    with pytest.raises(CommandRefused, match="needs a reason"):
        over.say(Skip(wave=2, reason="  "))


def test_a_wave_whose_start_came_to_nothing_can_be_skipped() -> None:
    play = Play(2)
    key = play.arm()
    play.give(inputs.StartWasNotSent(key=key, reason="no network", retry_at=START))
    play.say(Skip(wave=1, reason="no network tonight"))
    assert play.wave(1).end_status is WaveStatus.SKIPPED
    assert _due_servers(play) == ["2"]


def test_an_execution_of_skipped_waves_only_launched_nothing() -> None:
    play = Play(1)
    play.say(Skip(wave=1, reason="no"))
    assert play.state.end_status is ExecutionStatus.FAILED


# ---- success threshold


@pytest.mark.parametrize(
    ("threshold", "failed", "is_failure"),
    [(1.0, 1, True), (0.75, 1, False), (0.75, 2, True), (0.5, 2, False), (0.51, 2, True), (0.0, 4, False)],
)
def test_the_threshold_says_how_many_critical_servers_are_enough(
    threshold: float, failed: int, is_failure: bool
) -> None:
    keys = [a_key(n) for n in range(1, 5)]
    wave = a_frozen_wave(1, keys, success_threshold=threshold, failure_policy=ASK)
    play = Play([wave, a_frozen_wave(2, [a_key(9)])])
    play.run_wave(failed=range(1, failed + 1))
    assert (play.wave(1).hold is not None) is is_failure
    assert bool(_due_servers(play)) is not is_failure


def test_a_threshold_is_counted_exactly() -> None:
    keys = [a_key(n) for n in range(1, 101)]
    wave = a_frozen_wave(1, keys, success_threshold=0.07, failure_policy=STOP)
    play = Play([wave])
    play.run_wave(failed=range(8, 101))
    assert not play.wave(1).has_failed, "7 of 100 are 0.07 of them, whatever floats say"


def test_enough_servers_never_make_the_execution_complete_while_a_critical_one_failed() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)], success_threshold=0.5, failure_policy=STOP)])
    play.run_wave(failed=[2])
    assert play.wave(1).end_status is WaveStatus.PARTIAL
    assert play.state.end_status is ExecutionStatus.PARTIAL


# ---- time limit


def _overdue(policy: FailurePolicy) -> Play:
    waves = [a_frozen_wave(1, time_limit=HOUR, failure_policy=policy), a_frozen_wave(2)]
    play = Play(waves)
    play.accept()
    play.pass_time(HOUR - timedelta(seconds=1))
    play.give(inputs.ClockTicked())
    assert play.wave(1).overdue_at is None
    play.pass_time(timedelta(seconds=1))
    play.give(inputs.ClockTicked())
    assert play.wave(1).overdue_at is not None
    assert any(isinstance(effect, WatchJob) for effect in play.due), "the job is watched to its end"
    return play


def test_over_its_time_limit_a_wave_asks_and_its_job_may_still_complete_it() -> None:
    play = _overdue(ASK)
    hold = play.wave(1).hold
    assert hold is not None
    assert hold.kind is HoldKind.OVERDUE
    play.end_job()
    play.see_instances()
    assert play.wave(1).end_status is WaveStatus.COMPLETED
    assert _due_servers(play) == ["2"]


def test_an_overdue_wave_that_is_resumed_is_not_asked_about_again() -> None:
    play = _overdue(ASK)
    play.say(Resume())
    play.pass_time(HOUR)
    play.give(inputs.ClockTicked())
    assert play.wave(1).hold is None


def test_an_overdue_wave_that_then_fails_asks_about_the_failure_too() -> None:
    play = _overdue(ASK)
    seen = play.wave(1).hold
    assert seen is not None
    play.end_job(failed=[1])
    play.say(Resume(wave=1, hold_id=seen.hold_id))
    hold = play.wave(1).hold
    assert hold is not None
    assert hold.kind is HoldKind.DECISION


def test_over_its_time_limit_a_wave_that_stops_skips_what_has_not_started() -> None:
    play = _overdue(STOP)
    assert play.wave(2).end_status is WaveStatus.SKIPPED
    assert play.wave(2).end_reason == 'Wave 1 "Wave 1" is over its time limit; its policy is stop.'
    play.end_job()
    play.see_instances()
    assert play.state.end_status is ExecutionStatus.FAILED
    assert play.state.end_reason == 'Wave 1 "Wave 1" is over its time limit and stopped the plan.'


def test_over_its_time_limit_a_wave_that_continues_is_left_behind() -> None:
    play = _overdue(CONTINUE)
    assert _due_servers(play) == ["2"]
    play.run_wave(2)
    assert play.state.end_status is None
    play.end_job(1)
    play.see_instances(1)
    assert play.state.end_status is ExecutionStatus.COMPLETED


def test_the_unsent_parts_of_an_overdue_wave_wait_for_the_person() -> None:
    keys = [a_key(1), a_key(2, OTHER_SCOPE)]
    play = Play([a_frozen_wave(1, keys, time_limit=HOUR, failure_policy=ASK)])
    play.accept(1, 0)
    play.pass_time(HOUR)
    play.give(inputs.ClockTicked())
    assert _due_servers(play) == []
    play.arm(1, 1)
    assert len(play.wave(1).attempts) == 1, "an intent on its way is not committed under a hold"
    play.say(Resume())
    assert _due_servers(play) == ["2"]


# ---- stop watching


def _cancelled() -> Play:
    play = Play(2)
    play.accept()
    play.say(Cancel())
    return play


def test_stop_watching_ends_the_execution_and_says_what_is_left() -> None:
    play = _cancelled()
    play.say(StopWatching(reason="AWS is stuck"), by="bert")
    assert play.latest().status is AttemptStatus.ABANDONED
    assert play.state.end_status is ExecutionStatus.CANCELLED
    assert play.state.end_reason == "Cancelled by anna. bert stopped watching; left running: drsjob-1-0."
    assert play.due == ()
    assert play.see_job() == (), "nobody looks any more"


def test_stop_watching_is_refused_before_a_cancel_and_without_a_reason() -> None:
    play = Play(1)
    play.accept()
    with pytest.raises(CommandRefused, match="Cancel first"):
        play.say(StopWatching(reason="stuck"))
    play.say(Cancel())
    with pytest.raises(CommandRefused, match="needs a reason"):
        play.say(StopWatching(reason=" "))


@pytest.mark.parametrize("phase", ["arm", "doubt", "ask"])
def test_stop_watching_is_refused_while_a_start_is_in_doubt(phase: str) -> None:
    play = Play(1)
    getattr(play, phase)()
    play.say(Cancel())
    with pytest.raises(CommandRefused, match="A start is in doubt"):
        play.say(StopWatching(reason="stuck"))


def test_stop_watching_after_the_end_is_refused_and_twice_is_once() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)])])
    play.accept(1, 0)
    play.accept(1, 1)
    play.say(Cancel())
    play.end_job(1, 0)
    play.say(StopWatching(reason="stuck"))
    assert play.state.end_status is None, "a launched server is still looked at"
    assert play.say(StopWatching(reason="stuck")) == ()
    play.see_instances(1, SCOPE)
    assert play.state.end_status is ExecutionStatus.CANCELLED
    with pytest.raises(CommandRefused, match="nothing is watched"):
        play.say(StopWatching(reason="stuck"))


# ---- cancel and clean up


def test_cancel_and_clean_up_waits_for_the_jobs_and_then_terminates() -> None:
    play = Play(2)
    play.accept()
    play.say(CancelAndCleanUp(reason="wrong night"))
    assert not any(isinstance(effect, TerminateBatch) for effect in play.due)
    play.end_job()
    play.see_instances()
    assert play.state.end_status is ExecutionStatus.CANCELLED
    assert [type(effect) for effect in play.due] == [TerminateBatch]
    assert play.server(1).termination is TerminationState.REQUESTED


def test_cancel_and_clean_up_after_a_plain_cancel_adds_the_clean_up_once() -> None:
    play = _cancelled()
    (asked,) = play.say(CancelAndCleanUp())
    assert isinstance(asked, ev.CleanUpRequested)
    assert play.say(CancelAndCleanUp()) == ()
    play.end_job()
    play.see_instances()
    assert play.say(CancelAndCleanUp()) == ()


def test_cancel_and_clean_up_with_nothing_launched_just_ends() -> None:
    play = Play(1)
    play.say(CancelAndCleanUp())
    assert (play.state.end_status, play.due) == (ExecutionStatus.CANCELLED, ())


def test_a_recovery_is_never_cleaned_up_in_one_go() -> None:
    with pytest.raises(CommandRefused, match="Only a drill"):
        Play(1, mode=ExecutionMode.RECOVERY).say(CancelAndCleanUp())


def test_cancel_and_clean_up_after_another_end_is_refused() -> None:
    play = Play(1)
    play.run_to_the_end()
    with pytest.raises(CommandRefused, match="ended as COMPLETED: there is nothing to cancel"):
        play.say(CancelAndCleanUp())


# ---- notes, and somebody else at the console


def test_a_note_stands_in_the_journal_also_after_the_end() -> None:
    play = Play(1)
    play.run_to_the_end()
    (note,) = play.say(AddNote(text=" The bank was called. "), by="bert")
    assert note == ev.NoteAdded(at=play.now.service, by="bert", text="The bank was called.")
    with pytest.raises(CommandRefused, match="needs some text"):
        play.say(AddNote(text=" "))


def test_somebody_else_signed_in_holds_the_next_start_and_not_what_runs() -> None:
    play = Play(2)
    play.accept()
    play.give(inputs.PrincipalChanged(before="anna", after="bert"))
    assert [type(effect) for effect in play.due] == [WatchJob, WakeAt]
    play.end_job()
    play.see_instances()
    hold = play.wave(2).hold
    assert hold is not None
    assert hold.kind is HoldKind.AFTER_GAP
    assert hold.reason == "bert is signed in now, not anna: a person must let starting go on."
    play.say(Resume())
    assert _due_servers(play) == ["2"]


@pytest.mark.parametrize("phase", ["arm", "doubt", "ask", "accept"])
def test_with_its_simulator_gone_an_execution_can_be_closed_whatever_is_in_doubt(phase: str) -> None:
    play = Play(2)
    getattr(play, phase)()
    play.say(StopWatching(reason="the demo is gone", is_aws_gone=True), by="bert")
    assert play.state.end_status is ExecutionStatus.CANCELLED
    assert "bert stopped watching" in play.state.end_reason
    assert play.due == ()


def test_with_its_simulator_gone_a_launched_server_is_not_looked_at_any_more() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)])])
    play.accept(1, 0)
    play.accept(1, 1)
    play.say(Cancel())
    play.end_job(1, 0)
    play.say(StopWatching(reason="stuck"))
    play.say(StopWatching(reason="and gone", is_aws_gone=True))
    assert play.state.end_status is ExecutionStatus.CANCELLED


def test_a_retry_never_starts_a_server_whose_instance_may_run() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)], failure_policy=FailurePolicy.ASK)])
    play.run_wave(1, failed=[2])
    changed = replace(play.server(1), launch_status=LaunchStatus.UNKNOWN)
    servers = {**play.wave().servers, changed.key: changed}
    play.state = replace(play.state, waves=(replace(play.wave(), servers=servers),))
    (asked,) = (event for event in play.say(Retry(wave=1)) if isinstance(event, ev.RetryRequested))
    assert asked.servers == (a_key(2),)


# ---- a point in time that is gone


def _point_gone() -> tuple[Play, inputs.PointsAreGone]:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    gone = inputs.PointsAreGone(wave=1, servers=(a_key(1),), reason="it is gone.")
    play.give(gone)
    return play, gone


def test_a_point_in_time_that_is_gone_is_asked_about_once() -> None:
    play, gone = _point_gone()
    hold = play.wave(1).hold
    assert hold is not None
    assert hold.kind is HoldKind.POINT_GONE
    assert play.give(gone) == ()


def test_the_newest_data_counts_only_for_servers_whose_point_is_gone_and_with_a_reason() -> None:
    play, _ = _point_gone()
    with pytest.raises(CommandRefused, match="needs a reason"):
        play.say(Resume(wave=1))
    assert play.server(1).is_point_gone
    play.say(Resume(wave=1, reason="there is no better one"))
    assert not play.server(1).is_point_gone
    assert _due_servers(play) == ["1", "2"]


def test_a_point_in_time_that_is_gone_is_nothing_to_a_cancelled_execution() -> None:
    play = Play(2)
    play.accept()
    play.say(Cancel())
    assert play.give(inputs.PointsAreGone(wave=1, servers=(a_key(1),), reason="gone.")) == ()
