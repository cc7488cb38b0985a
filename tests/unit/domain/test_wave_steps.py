"""Steps before and after a wave: waits, tasks and checks, by the clock, by a person, by a performer."""

from datetime import timedelta

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import AnswerTask, Cancel, EndWait, ExtendWait, Pause, Resume, Retry
from drs_desktop.domain.effects import PerformStep, StartRecoveryPart, WakeAt, WatchInstances
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import ExecutionStatus, Health, HoldKind, WaveStatus
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.status import execution_status, wave_status
from drs_desktop.domain.steps import (
    MANUAL_TASK,
    STATUS_CHECKS,
    TCP_PROBE,
    TIMED_WAIT,
    StepExecution,
    StepKey,
    StepPhase,
    StepSpec,
    StepStatus,
    step_problem,
)
from tests.helpers.builders import SCOPE, START, Play, a_frozen_wave, a_key

BEFORE = StepKey(wave=1, phase=StepPhase.BEFORE, index=1)
AFTER = StepKey(wave=1, phase=StepPhase.AFTER, index=1)
MINUTE = timedelta(minutes=1)
WAIT = StepSpec(kind=TIMED_WAIT, name="settle", settings=(("seconds", "300"),))
TASK = StepSpec(kind=MANUAL_TASK, name="DNS", instruction="Point the name at the recovery site.")
CHECKS = StepSpec(kind=STATUS_CHECKS, name="checks")


def _play(before: tuple[StepSpec, ...] = (), after: tuple[StepSpec, ...] = (), **changes: object) -> Play:
    return Play([a_frozen_wave(1, steps_before=before, steps_after=after, **changes)])


def _launched(*after: StepSpec, **changes: object) -> Play:
    play = _play(after=after, **changes)
    play.run_wave()
    return play


def _step(play: Play, key: StepKey = BEFORE) -> StepExecution:
    return play.wave().steps[key]


def _starts(play: Play) -> bool:
    return any(isinstance(effect, StartRecoveryPart) for effect in play.due)


def _tick(play: Play, span: timedelta = timedelta(0)) -> None:
    play.pass_time(span)
    play.give(inputs.ClockTicked())


def _perform(play: Play, key: StepKey, *, done: bool, failed: tuple[int, ...] = ()) -> None:
    play.give(
        inputs.StepPerformed(
            key=key,
            attempt=_step(play, key).attempt,
            is_done=done,
            evidence="looked",
            failed_servers=tuple(a_key(n) for n in failed),
        )
    )


# ---- a timed wait


def test_a_wait_before_a_wave_keeps_its_servers_back_and_ends_by_the_clock() -> None:
    play = _play((WAIT,))
    assert wave_status(play.wave()) is WaveStatus.PREPARING
    assert play.due == (WakeAt(moment=START + 5 * MINUTE),)
    _tick(play, 5 * MINUTE - timedelta(seconds=1))
    assert not _starts(play)
    _tick(play, timedelta(seconds=1))
    assert (_step(play).status, _step(play).evidence) == (StepStatus.DONE, "The wait is over.")
    assert _starts(play)


def test_a_wait_can_be_ended_early_twice_with_one_effect() -> None:
    play = _play((WAIT,))
    play.say(EndWait(key=BEFORE), by="bert")
    assert (_step(play).status, _step(play).ended_by) == (StepStatus.DONE, "bert")
    assert _starts(play)
    assert play.say(EndWait(key=BEFORE)) == ()


def test_a_wait_can_be_made_longer_and_shorter_while_it_runs() -> None:
    play = _play((WAIT,))
    play.say(ExtendWait(key=BEFORE, by=10 * MINUTE))
    assert play.due == (WakeAt(moment=START + 15 * MINUTE),)
    _tick(play, 6 * MINUTE)
    assert not _step(play).is_ended
    play.say(ExtendWait(key=BEFORE, by=-timedelta(days=9)))
    assert _step(play).status is StepStatus.DONE


def test_a_wait_is_never_extended_beyond_four_hundred_days() -> None:
    play = _play((WAIT,))
    with pytest.raises(CommandRefused, match="may last 400 days in all"):
        play.say(ExtendWait(key=BEFORE, by=timedelta(days=400)))
    with pytest.raises(CommandRefused, match="may last 400 days in all"):
        play.say(ExtendWait(key=BEFORE, by=timedelta.max))


def test_a_wait_that_is_over_is_not_extended() -> None:
    play = _play((WAIT,))
    play.say(EndWait(key=BEFORE))
    with pytest.raises(CommandRefused, match="settle is not running: it is DONE"):
        play.say(ExtendWait(key=BEFORE, by=MINUTE))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (EndWait(key=AFTER), "has no step 1 after wave 1"),
        (EndWait(key=BEFORE), "DNS is no timed wait"),
        (ExtendWait(key=BEFORE, by=MINUTE), "DNS is no timed wait"),
        (AnswerTask(key=AFTER, is_done=True), "has no step 1 after wave 1"),
    ],
)
def test_a_command_for_another_kind_of_step_is_refused(command: EndWait | AnswerTask, words: str) -> None:
    with pytest.raises(CommandRefused, match=words):
        _play((TASK,)).say(command)


def test_a_wait_ends_while_its_wave_is_held_and_nothing_spins() -> None:
    play = _play((WAIT,), time_limit=MINUTE, failure_policy=FailurePolicy.ASK)
    _tick(play, MINUTE)
    hold = play.wave().hold
    assert hold is not None
    assert hold.kind is HoldKind.OVERDUE
    _tick(play, 4 * MINUTE)
    assert _step(play).status is StepStatus.DONE
    assert play.due == (), "held: nothing starts, and no past moment is waited for"
    play.say(Resume())
    assert _starts(play)


def test_a_pause_lets_a_wait_end_and_starts_neither_the_next_step_nor_servers() -> None:
    play = _play((WAIT, TASK))
    play.say(Pause())
    _tick(play, 5 * MINUTE)
    second = StepKey(wave=1, phase=StepPhase.BEFORE, index=2)
    assert _step(play).status is StepStatus.DONE
    assert _step(play, second).status is StepStatus.PENDING
    assert execution_status(play.state).status is ExecutionStatus.PAUSED
    play.say(Resume())
    assert _step(play, second).status is StepStatus.RUNNING


def test_a_pause_keeps_the_steps_after_the_servers_back() -> None:
    play = _play(after=(CHECKS,))
    play.accept()
    play.say(Pause())
    play.end_job()
    play.see_instances()
    assert play.due == (WatchInstances(scope=SCOPE),)
    assert not play.wave().is_ended
    play.say(Resume())
    assert PerformStep(key=AFTER, attempt=1) in play.due


def test_a_cancel_drops_the_steps_that_are_left() -> None:
    play = _launched(WAIT)
    assert execution_status(play.state).status is ExecutionStatus.LAUNCHING
    play.say(Cancel())
    assert play.wave().end_status is WaveStatus.COMPLETED
    assert play.state.end_status is ExecutionStatus.CANCELLED


# ---- a manual task


def test_a_manual_task_needs_a_person_and_says_what_to_do() -> None:
    play = _launched(TASK)
    view = execution_status(play.state)
    assert view.needs_person
    assert view.reason == 'Wave 1: "DNS" waits for you: Point the name at the recovery site.'
    assert play.due == (WatchInstances(scope=SCOPE),)


def test_a_task_that_is_done_ends_its_wave_and_a_second_answer_changes_nothing() -> None:
    play = _launched(TASK)
    play.say(AnswerTask(key=AFTER, is_done=True, answer="changed at 03:12"), by="bert")
    assert (_step(play, AFTER).evidence, _step(play, AFTER).ended_by) == ("changed at 03:12", "bert")
    assert play.state.end_status is ExecutionStatus.COMPLETED
    assert play.say(AnswerTask(key=AFTER, is_done=True)) == ()
    with pytest.raises(CommandRefused, match="DNS is not running: it is DONE"):
        play.say(AnswerTask(key=AFTER, is_done=False))


def test_a_task_that_failed_fails_a_wave_whose_servers_are_all_well() -> None:
    play = _launched(TASK)
    play.say(AnswerTask(key=AFTER, is_done=False, answer="no access"))
    assert (play.wave().end_status, play.wave().end_reason) == (WaveStatus.PARTIAL, "step DNS: no access")
    assert play.state.end_status is ExecutionStatus.PARTIAL


def test_a_failed_step_before_the_servers_starts_none_of_them() -> None:
    play = _play((TASK,))
    play.say(AnswerTask(key=BEFORE, is_done=False))
    assert play.wave().end_status is WaveStatus.FAILED
    assert play.state.end_status is ExecutionStatus.FAILED
    assert not play.wave().attempts


def test_a_failed_step_is_tried_again_by_a_retry() -> None:
    play = _play((TASK,), failure_policy=FailurePolicy.ASK)
    play.say(AnswerTask(key=BEFORE, is_done=False, answer="nobody there"))
    hold = play.wave().hold
    assert hold is not None
    assert "step DNS: nobody there" in hold.reason
    play.say(Retry(wave=1))
    assert _step(play).status is StepStatus.RUNNING
    play.say(AnswerTask(key=BEFORE, is_done=True))
    assert _starts(play)


def test_an_optional_step_that_failed_is_named_at_the_end_and_stops_nothing() -> None:
    optional = StepSpec(kind=MANUAL_TASK, name="call", instruction="Call.", is_critical=False)
    play = _play((optional,), failure_policy=FailurePolicy.STOP)
    play.say(AnswerTask(key=BEFORE, is_done=False))
    play.run_wave()
    assert play.state.end_status is ExecutionStatus.COMPLETED
    assert play.state.end_reason == "Optional steps failed: call."


# ---- checks that are performed


def test_a_check_that_fails_makes_its_servers_unhealthy_and_the_wave_is_not_green() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)], steps_after=(CHECKS,))])
    play.run_wave()
    assert wave_status(play.wave()) is WaveStatus.VERIFYING
    _perform(play, AFTER, done=False, failed=(2,))
    assert play.server(2).health is Health.UNHEALTHY
    assert play.server(1).health is Health.HEALTHY
    assert play.wave().end_status is WaveStatus.PARTIAL
    assert play.state.end_status is ExecutionStatus.PARTIAL


def test_a_check_without_an_answer_in_time_proves_nothing_good() -> None:
    play = _launched(StepSpec(kind=STATUS_CHECKS, name="checks", time_limit=10 * MINUTE))
    _tick(play, 10 * MINUTE)
    assert play.server(1).health is Health.UNHEALTHY
    assert play.server(1).error == "checks: It took longer than its time limit."
    assert play.state.end_status is ExecutionStatus.PARTIAL


def test_retries_are_new_attempts_and_the_last_failure_counts() -> None:
    play = _launched(StepSpec(kind=TCP_PROBE, name="port", settings=(("port", "443"),), retries=2))
    for attempt in (1, 2, 3):
        assert PerformStep(key=AFTER, attempt=attempt) in play.due
        _perform(play, AFTER, done=False)
    assert _step(play, AFTER).status is StepStatus.FAILED


def test_a_late_outcome_of_an_earlier_attempt_changes_nothing() -> None:
    play = _launched(StepSpec(kind=TCP_PROBE, name="port", settings=(("port", "443"),), retries=2))
    _perform(play, AFTER, done=False)
    late = inputs.StepPerformed(key=AFTER, attempt=1, is_done=True, evidence="late")
    assert play.give(late) == ()
    nowhere = StepKey(wave=9, phase=StepPhase.AFTER, index=1)
    assert play.give(inputs.StepPerformed(key=nowhere, attempt=1, is_done=True, evidence="")) == ()


def test_steps_after_a_wave_run_in_order_and_not_at_all_when_nothing_launched() -> None:
    play = _launched(WAIT, TASK)
    second = StepKey(wave=1, phase=StepPhase.AFTER, index=2)
    assert _step(play, second).status is StepStatus.PENDING
    _tick(play, 5 * MINUTE)
    assert _step(play, second).status is StepStatus.RUNNING
    failed = _play(after=(TASK,))
    failed.run_wave(failed=[1])
    assert failed.wave().end_status is WaveStatus.FAILED


def test_servers_that_are_retried_are_looked_at_by_the_steps_after_them() -> None:
    waves = [a_frozen_wave(1, [a_key(1), a_key(2)], steps_after=(CHECKS,), failure_policy=FailurePolicy.ASK)]
    play = Play(waves)
    play.accept()
    play.end_job(failed=[2])
    play.see_instances()
    _perform(play, AFTER, done=True)
    assert play.wave().hold is not None
    play.say(Retry(wave=1))
    assert _step(play, AFTER).status is StepStatus.PENDING


# ---- what a plan's author wrote


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (WAIT, ""),
        (TASK, ""),
        (CHECKS, ""),
        (StepSpec(kind=TCP_PROBE, name="p", settings=(("port", "443"),)), ""),
        (StepSpec(kind=TCP_PROBE, name="p", settings=(("port", "65536"),)), "says no port"),
        (StepSpec(kind=TCP_PROBE, name="p"), "says no port"),
        (StepSpec(kind=TIMED_WAIT, name="w"), "says no number of seconds"),
        (StepSpec(kind=TIMED_WAIT, name="w", settings=(("seconds", "0"),)), "more than nothing"),
        (StepSpec(kind=TIMED_WAIT, name="w", settings=(("seconds", "nan"),)), "more than nothing"),
        (StepSpec(kind=TIMED_WAIT, name="w", settings=(("seconds", "1e9"),)), "at most 400 days"),
        (StepSpec(kind=MANUAL_TASK, name="t", instruction=" "), "says not what a person should do"),
        (StepSpec(kind="dance", name="d"), "is of the kind 'dance', which is not known here"),
        (StepSpec(kind=STATUS_CHECKS, name="c", retries=-1), "that cannot be"),
        (StepSpec(kind=STATUS_CHECKS, name="c", time_limit=timedelta(0)), "that cannot be"),
    ],
)
def test_a_step_that_makes_no_sense_is_named(spec: StepSpec, problem: str) -> None:
    found = step_problem(spec)
    assert problem in found
    assert bool(found) is bool(problem)


def test_a_kind_that_was_registered_is_known() -> None:
    assert step_problem(StepSpec(kind="dance", name="d"), {"dance": lambda spec: ""}) == ""
