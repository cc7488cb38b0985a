"""What operators may ask, when it is refused and why, and that asking twice does no harm."""

from datetime import timedelta

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.commands import (
    AnswerStart,
    Cancel,
    Command,
    Pause,
    Resume,
    StartAnswer,
    Terminate,
)
from drs_desktop.domain.decide_commands import terminable_servers
from drs_desktop.domain.effects import ReconcileStart, StartRecoveryPart
from drs_desktop.domain.errors import CommandRefused, NeedsOperator
from drs_desktop.domain.evolve import evolve
from drs_desktop.domain.execution import AttemptStatus, ExecutionStatus, HoldKind, TerminationState
from drs_desktop.domain.ids import IntentId, JobId
from drs_desktop.domain.start_recovery import AttemptKey, Baseline, ExecutionMode
from tests.helpers.builders import (
    ARM_SPAN,
    HORIZON,
    OTHER_SCOPE,
    SCOPE,
    START,
    Play,
    a_frozen_wave,
    a_key,
)


def _ended(mode: ExecutionMode = ExecutionMode.DRILL, failed: tuple[int, ...] = ()) -> Play:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])], mode=mode)
    play.run_wave(1, failed=failed)
    assert play.state.end_status is not None
    return play


# ---- pause, resume, cancel


@pytest.mark.parametrize("command", [Pause(reason="lunch"), Cancel(reason="wrong plan")])
def test_the_same_command_twice_changes_nothing_the_second_time(command: Command) -> None:
    play = Play(2)
    play.accept()
    assert play.say(command)
    assert play.say(command) == ()


def test_resume_without_a_pause_changes_nothing() -> None:
    assert Play(2).say(Resume()) == ()


@pytest.mark.parametrize(
    ("command", "verb"), [(Pause(), "pause"), (Resume(), "resume"), (Cancel(), "cancel")]
)
def test_nothing_can_be_done_to_an_execution_that_ended(command: Command, verb: str) -> None:
    with pytest.raises(CommandRefused, match=f"ended as COMPLETED: there is nothing to {verb}"):
        _ended().say(command)


@pytest.mark.parametrize("command", [Pause(), Resume()])
def test_a_cancelled_execution_is_neither_paused_nor_resumed(command: Command) -> None:
    play = Play(1)
    play.accept()
    play.say(Cancel())
    with pytest.raises(CommandRefused, match="is being cancelled"):
        play.say(command)


def test_resume_with_two_holds_asks_which_and_with_a_wave_releases_just_that_one() -> None:
    play = Play([a_frozen_wave(n, depends_on=(), pause_before=True) for n in (1, 2)])
    with pytest.raises(NeedsOperator, match=r"Several waves wait \(1, 2\)"):
        play.say(Resume())
    play.say(Resume(wave=2))
    assert [wave.number for wave in play.state.holds] == [1]


def test_resume_of_a_wave_that_is_not_held_is_refused() -> None:
    with pytest.raises(CommandRefused, match=r"Wave 2 .* is not held"):
        Play(2).say(Resume(wave=2))


def test_the_reason_and_the_person_stand_in_the_journal() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    play.say(Resume(reason="bank agreed"), by="bert")
    released = next(event for event in play.events if isinstance(event, ev.WaveReleased))
    assert (released.by, released.reason) == ("bert", "bank agreed")


def test_resume_withdraws_the_pause_and_the_hold_after_a_restart_together() -> None:
    play = Play(1)
    play.say(Pause())
    play.restart(decided=False)
    play.say(Resume())
    assert play.state.pause_request is None
    assert play.state.starts_held == ""
    assert isinstance(play.due[0], StartRecoveryPart)


def test_resume_of_a_wave_leaves_the_pause_that_somebody_asked_for() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    play.say(Pause(reason="network maintenance"))
    play.say(Resume(wave=1))
    assert play.state.pause_request is not None
    assert play.due == ()
    hold = play.wave(1).hold
    assert hold is not None
    assert hold.kind is HoldKind.OPERATOR_PAUSE


def test_resume_of_a_wave_that_waits_for_the_pause_on_request_ends_that_pause_for_every_wave() -> None:
    play = Play([a_frozen_wave(n, depends_on=(), pause_before=True) for n in (1, 2)])
    play.say(Pause())
    play.say(Resume(wave=1))
    play.say(Resume(wave=2))
    assert [w.hold.kind for w in play.state.waves if w.hold] == [HoldKind.OPERATOR_PAUSE] * 2
    play.say(Resume(wave=2, reason="done"))
    assert play.state.pause_request is None
    assert [type(effect) for effect in play.due] == [StartRecoveryPart] * 2


def test_resume_of_a_wave_leaves_starts_held_after_a_gap_until_they_are_released_too() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    play.give(inputs.GapNoticed(reason="The computer slept."))
    play.say(Resume(wave=1))
    hold = play.wave(1).hold
    assert hold is not None
    assert (hold.kind, play.due) == (HoldKind.AFTER_GAP, ())
    play.say(Resume(wave=1))
    assert not play.state.starts_held
    assert [type(effect) for effect in play.due] == [StartRecoveryPart]


def test_resume_of_all_is_not_in_doubt_between_waves_that_wait_for_one_pause() -> None:
    play = Play([a_frozen_wave(n, depends_on=(), pause_before=True) for n in (1, 2)])
    play.say(Pause())
    play.say(Resume(wave=1))
    play.say(Resume(wave=2))
    play.say(Resume())
    assert [type(effect) for effect in play.due] == [StartRecoveryPart] * 2


def test_resume_of_a_hold_that_was_released_already_releases_nothing_that_came_since() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    seen = play.wave(1).hold
    assert seen is not None
    play.say(Pause())
    play.say(Resume(wave=1, hold_id=seen.hold_id))
    assert play.say(Resume(wave=1, hold_id=seen.hold_id)) == ()
    assert play.state.pause_request is not None


def test_resume_leaves_a_gap_that_was_noticed_after_the_person_looked() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    seen = play.wave(1).hold
    assert seen is not None
    play.give(inputs.GapNoticed(reason="A backup was put back.", outweighs=True))
    play.say(Resume(hold_id=seen.hold_id, starts_held="", pause_seen=False))
    hold = play.wave(1).hold
    assert hold is not None
    assert (hold.kind, hold.reason, play.due) == (HoldKind.AFTER_GAP, "A backup was put back.", ())
    play.say(Resume(starts_held="A backup was put back."))
    assert [type(effect) for effect in play.due] == [StartRecoveryPart]


def test_resume_leaves_a_pause_that_came_after_the_person_looked() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    play.say(Pause())
    play.say(Resume(pause_seen=False))
    assert play.state.pause_request is not None


def test_a_gap_that_outweighs_is_put_to_a_person_although_starts_are_held_already() -> None:
    play = Play(1)
    play.give(inputs.GapNoticed(reason="The computer slept."))
    play.give(inputs.GapNoticed(reason="It slept again."))
    assert play.state.starts_held == "The computer slept."
    play.give(inputs.GapNoticed(reason="A backup was put back.", outweighs=True))
    assert play.state.starts_held == "A backup was put back."
    play.say(Resume(starts_held="The computer slept."))
    assert play.state.starts_held == "A backup was put back."
    assert play.give(inputs.GapNoticed(reason="A backup was put back.", outweighs=True)) == ()


# ---- terminate


def test_terminate_waits_for_the_end() -> None:
    play = Play(1)
    play.accept()
    with pytest.raises(CommandRefused, match="still live"):
        play.say(Terminate())


def test_terminate_without_anything_launched_is_refused() -> None:
    play = Play(1)
    play.say(Cancel())
    with pytest.raises(CommandRefused, match="launched no recovery instance"):
        play.say(Terminate())


def test_terminate_after_a_drill_needs_no_confirmation_and_takes_only_what_was_launched() -> None:
    play = _ended(failed=(2,))
    events = play.say(Terminate())
    assert [event.servers for event in events if isinstance(event, ev.TerminationRequested)] == [(a_key(1),)]
    assert play.say(Terminate()) == (), "asked twice"


@pytest.mark.parametrize(
    ("name", "count"), [(None, None), ("payroll", None), (None, 2), ("Payroll", 2), ("payroll", 1)]
)
def test_terminate_after_a_recovery_needs_the_exact_name_and_count(
    name: str | None, count: int | None
) -> None:
    play = _ended(ExecutionMode.RECOVERY)
    with pytest.raises(CommandRefused, match=r"confirm with the plan's name \(payroll\) .* \(2\)"):
        play.say(Terminate(confirm_plan_name=name, confirm_count=count))
    assert play.state.termination_request is None


def test_a_confirmed_terminate_after_a_recovery_is_accepted() -> None:
    play = _ended(ExecutionMode.RECOVERY)
    play.say(Terminate(confirm_plan_name="payroll", confirm_count=2))
    assert [server.termination for server in play.state.servers] == [TerminationState.REQUESTED] * 2


def test_an_instance_of_a_job_that_is_not_ours_is_never_terminable() -> None:
    play = _ended()
    foreign = ev.ServerLaunchChanged(
        at=START,
        wave=1,
        server=a_key(1),
        job_id=JobId("drsjob-foreign"),
        launch_status=play.server(1).launch_status,
        phase=play.server(1).phase,
    )
    assert [s.key for s in terminable_servers(evolve(play.state, foreign))] == [a_key(2)]


def test_what_could_not_be_terminated_can_be_asked_for_again() -> None:
    play = _ended(ExecutionMode.RECOVERY)
    play.say(Terminate(confirm_plan_name="payroll", confirm_count=2))
    for number, state in ((1, TerminationState.TERMINATED), (2, TerminationState.FAILED)):
        play.give(inputs.TerminationSeen(server=a_key(number), state=state, reason="why"))
    assert [server.key for server in terminable_servers(play.state)] == [a_key(2)]
    play.say(Terminate(confirm_plan_name="payroll", confirm_count=1))
    assert play.server(2).termination is TerminationState.REQUESTED
    assert play.server(2).termination_reason == ""
    assert play.server(1).termination is TerminationState.TERMINATED


# ---- a start in doubt


def _answer(key: AttemptKey, answer: StartAnswer, job_id: str | None = None, reason: str = "") -> AnswerStart:
    return AnswerStart(key=key, answer=answer, job_id=JobId(job_id) if job_id else None, reason=reason)


@pytest.mark.parametrize("answer", StartAnswer)
def test_only_a_start_in_doubt_can_be_answered_for(answer: StartAnswer) -> None:
    play = Play(1)
    key = play.accept()
    with pytest.raises(CommandRefused, match="is not in doubt: it is ACCEPTED"):
        play.say(_answer(key, answer, "drsjob-9"))
    with pytest.raises(CommandRefused, match="has no wave 1, part 1"):
        play.say(_answer(AttemptKey(part=key.part, attempt=2), answer, "drsjob-9"))


def test_keep_looking_is_what_happens_anyway_while_the_witnesses_are_read() -> None:
    play = Play(1)
    assert play.say(_answer(play.doubt(), StartAnswer.KEEP_LOOKING)) == ()


def test_keep_looking_after_the_question_looks_for_another_horizon_and_drops_the_candidates() -> None:
    play = Play(1)
    key = play.ask(candidates=["drsjob-9"])
    play.pass_time(timedelta(hours=1))
    play.say(_answer(key, StartAnswer.KEEP_LOOKING))
    assert play.latest().status is AttemptStatus.UNKNOWN
    assert play.latest().horizon_at == play.now.local + HORIZON
    assert play.latest().candidates == ()
    assert play.due == (ReconcileStart(key=key),)


def test_a_job_that_a_person_calls_ours_is_followed_with_the_evidence_in_the_journal() -> None:
    play = Play(1)
    key = play.ask(candidates=["drsjob-9"])
    play.say(_answer(key, StartAnswer.OURS, "drsjob-9", reason="seen in CloudTrail"))
    assert (play.latest().status, play.latest().job_id) == (AttemptStatus.ACCEPTED, "drsjob-9")
    assert play.latest().reason == "decided by anna: seen in CloudTrail"


def test_ours_needs_a_job_that_is_nobody_elses_and_was_not_there_before() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)])])
    play.accept(1, 0)
    key = play.doubt(1, 1, baseline=Baseline(job_ids=(JobId("drsjob-old"),)))
    with pytest.raises(CommandRefused, match="its id is needed"):
        play.say(_answer(key, StartAnswer.OURS))
    with pytest.raises(CommandRefused, match="already belongs to another attempt"):
        play.say(_answer(key, StartAnswer.OURS, "drsjob-1-0"))
    with pytest.raises(CommandRefused, match="was there before this attempt"):
        play.say(_answer(key, StartAnswer.OURS, "drsjob-old"))


def test_before_the_horizon_nobody_can_say_that_nothing_was_started() -> None:
    play = Play(1)
    key = play.doubt()
    play.pass_time(ARM_SPAN + HORIZON - timedelta(seconds=1))
    with pytest.raises(CommandRefused, match=r"Until 03:17:30 UTC the request may still arrive"):
        play.say(_answer(key, StartAnswer.NOTHING_STARTED))


def test_while_a_candidate_exists_nobody_can_say_that_nothing_was_started() -> None:
    play = Play(1)
    key = play.ask(candidates=["drsjob-8", "drsjob-9"])
    play.pass_time(ARM_SPAN + HORIZON)
    with pytest.raises(CommandRefused, match=r"may be ours exists \(drsjob-8, drsjob-9\)"):
        play.say(_answer(key, StartAnswer.NOTHING_STARTED))


def test_nothing_was_started_lets_a_drill_start_again_at_once() -> None:
    play = Play(1)
    key = play.ask()
    play.pass_time(ARM_SPAN + HORIZON)
    play.say(_answer(key, StartAnswer.NOTHING_STARTED))
    assert play.latest().status is AttemptStatus.NOT_STARTED
    effect = play.due[0]
    assert isinstance(effect, StartRecoveryPart)
    assert effect.key == AttemptKey(part=key.part, attempt=2)


def test_nothing_was_started_in_a_recovery_waits_for_one_more_word_of_the_person() -> None:
    play = Play(1, mode=ExecutionMode.RECOVERY)
    key = play.ask()
    play.pass_time(ARM_SPAN + HORIZON)
    play.say(_answer(key, StartAnswer.NOTHING_STARTED))
    assert play.due == ()
    assert "resume to start it again" in play.state.starts_held
    play.say(Resume())
    assert isinstance(play.due[0], StartRecoveryPart)


# ---- the course of a termination


def _prepare(batch: int, *numbers: int) -> inputs.TerminationPrepared:
    servers = tuple(a_key(number) for number in numbers)
    return inputs.TerminationPrepared(
        scope=SCOPE, batch=batch, intent_id=IntentId(f"t-{batch}"), servers=servers
    )


def test_terminations_go_out_in_batches_of_at_most_a_hundred_per_account_and_region() -> None:
    keys = [*(a_key(n) for n in range(1, 103)), a_key(200, OTHER_SCOPE)]
    play = Play([a_frozen_wave(1, keys)])
    play.run_wave(1)
    play.say(Terminate())
    due = [(e.scope, e.batch, len(e.servers)) for e in play.due]  # type: ignore[union-attr]
    assert due == [(SCOPE, 1, 100), (OTHER_SCOPE, 1, 1)]


def test_a_batch_is_armed_watched_and_settled() -> None:
    play = _ended()
    play.say(Terminate())
    assert len(play.give(_prepare(1, 1, 2))) == 1
    assert [type(e).__name__ for e in play.due] == ["TerminateBatch"]
    play.give(inputs.TerminationWasAccepted(scope=SCOPE, batch=1, job_id=JobId("drsjob-t")))
    assert [type(e).__name__ for e in play.due] == ["WatchTermination"]
    for number in (1, 2):
        play.give(inputs.TerminationSeen(server=a_key(number), state=TerminationState.TERMINATED))
    assert play.due == ()
    assert not play.state.is_terminating
    late = inputs.TerminationSeen(server=a_key(1), state=TerminationState.FAILED, reason="late")
    assert play.give(late) == (), "a settled instance stays settled"


def test_a_call_whose_answer_was_lost_is_repeated_as_a_batch_of_its_own() -> None:
    play = _ended()
    play.say(Terminate())
    play.give(_prepare(1, 1, 2))
    play.restart(decided=False)
    assert [(type(e).__name__, e.batch) for e in play.due] == [("TerminateBatch", 2)]  # type: ignore[union-attr]
    assert play.give(inputs.TerminationWasAccepted(scope=SCOPE, batch=1, job_id=JobId("late"))) == ()


def test_a_deferred_call_puts_its_instances_back_in_line() -> None:
    play = _ended()
    play.say(Terminate())
    assert play.give(inputs.TerminationMustRepeat(scope=SCOPE, batch=1, reason="no network")) == ()
    play.give(_prepare(1, 1))
    play.give(inputs.TerminationMustRepeat(scope=SCOPE, batch=1, reason="no network"))
    assert play.server(1).termination is TerminationState.REQUESTED


def test_only_what_was_asked_for_is_terminated() -> None:
    play = _ended()
    assert play.give(_prepare(1, 1)) == (), "nobody asked"
    play.say(Terminate())
    assert play.give(_prepare(1)) == (), "nothing in it"
    assert play.give(_prepare(1, 1, 99)) == (), "a stranger in it"
    play.give(_prepare(1, 1))
    assert play.give(_prepare(1, 2)) == (), "the number is taken by a batch under way"
    assert play.give(_prepare(2, 1)) == (), "it is under way already"
    unknown = inputs.TerminationSeen(server=a_key(99), state=TerminationState.TERMINATED)
    assert play.give(unknown) == ()


def test_an_instance_that_is_gone_before_the_call_is_settled_without_it() -> None:
    play = _ended()
    play.say(Terminate())
    gone = inputs.TerminationSeen(server=a_key(1), state=TerminationState.TERMINATED, reason="already gone")
    play.give(gone)
    assert play.server(1).termination_reason == "already gone"
    assert play.state.end_status is ExecutionStatus.COMPLETED
