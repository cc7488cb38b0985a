"""The steps of the start protocol, and what is believed of a job."""

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.effects import StartRecoveryPart
from drs_desktop.domain.execution import AttemptStatus, ExecutionStatus
from drs_desktop.domain.ids import IntentId, JobId, SourceServerId
from drs_desktop.domain.job import InitiatedBy, LaunchStatus, ParticipatingServer
from drs_desktop.domain.start_recovery import (
    AttemptKey,
    ExecutionMode,
    StartRecoveryRequest,
    job_tags,
)
from tests.helpers.builders import EXECUTION_ID, SCOPE, START, Play, a_key


def test_the_intent_is_committed_whole_before_the_call() -> None:
    play = Play(1)
    key = play.arm()
    attempt = play.state.attempt(key)
    request = StartRecoveryRequest(scope=SCOPE, source_server_ids=(a_key(1).source_server_id,), is_drill=True)
    assert attempt.status is AttemptStatus.ARMED
    assert attempt.request_digest == request.digest
    assert attempt.source_server_ids == (a_key(1).source_server_id,)


def test_a_part_is_not_armed_twice_nor_out_of_turn() -> None:
    play = Play(1)
    play.arm()
    assert len(play.wave().attempts) == 1
    play.arm()
    assert len(play.wave().attempts) == 1, "a second attempt while the first is in flight"
    other = Play(1)
    key = AttemptKey(part=other.part(), attempt=1)
    other.arm(key=AttemptKey(part=key.part, attempt=5))
    assert not other.wave().attempts, "an attempt out of turn"


def test_the_tags_name_the_attempt_in_full() -> None:
    key = AttemptKey(part=Play(1).part(), attempt=2)
    tags = dict(job_tags(EXECUTION_ID, key, ExecutionMode.RECOVERY, IntentId("intent-9")))
    assert tags == {
        "drs-desktop:execution": EXECUTION_ID,
        "drs-desktop:wave": "1",
        "drs-desktop:part": "1",
        "drs-desktop:attempt": "2",
        "drs-desktop:mode": "recovery",
        "drs-desktop:intent": "intent-9",
    }


def test_the_digest_tells_a_drill_from_a_recovery() -> None:
    ids = (SourceServerId("s-1"),)
    drill = StartRecoveryRequest(scope=SCOPE, source_server_ids=ids, is_drill=True)
    recovery = StartRecoveryRequest(scope=SCOPE, source_server_ids=ids, is_drill=False)
    assert drill.digest != recovery.digest


def test_a_refusal_ends_the_part_and_tells_every_server_why() -> None:
    play = Play(1)
    key = play.arm()
    play.give(inputs.StartWasRefused(key=key, code="AccessDenied", message="The role may not do this."))
    assert play.latest().reason == "AccessDenied: The role may not do this."
    assert play.server(1).error == "The role may not do this."
    assert play.state.end_status is ExecutionStatus.FAILED


def test_a_refusal_by_a_check_makes_no_call_and_ends_the_part_too() -> None:
    play = Play(1)
    key = AttemptKey(part=play.part(), attempt=1)
    play.give(inputs.StartWasRefused(key=key, code="", message="DRS no longer has srv-1."))
    assert play.latest().status is AttemptStatus.REFUSED
    assert play.state.end_status is ExecutionStatus.FAILED


def test_a_refusal_that_comes_after_the_verdict_changes_nothing() -> None:
    play = Play(1)
    key = play.accept()
    assert play.give(inputs.StartWasRefused(key=key, code="", message="late")) == ()
    later = AttemptKey(part=key.part, attempt=2)
    assert play.give(inputs.StartWasRefused(key=later, code="", message="out of turn")) == ()
    assert play.latest().status is AttemptStatus.ACCEPTED


def test_what_was_not_sent_is_armed_again_as_a_new_attempt_after_its_wait() -> None:
    play = Play(1)
    key = play.arm()
    play.give(inputs.StartWasNotSent(key=key, reason="no network", retry_at=START))
    effect = play.due[0]
    assert isinstance(effect, StartRecoveryPart)
    assert (effect.key.attempt, effect.not_before) == (2, START)


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        (InitiatedBy.START_RECOVERY, ExecutionMode.DRILL),
        (InitiatedBy.START_DRILL, ExecutionMode.RECOVERY),
        (InitiatedBy.FAILBACK, ExecutionMode.RECOVERY),
        (InitiatedBy("A_NEW_WORD"), ExecutionMode.DRILL),
    ],
)
def test_a_job_of_another_mode_is_followed_but_freezes_everything(
    word: InitiatedBy, mode: ExecutionMode
) -> None:
    play = Play(2, mode=mode)
    play.accept(initiated_by=word)
    assert play.latest().status is AttemptStatus.ACCEPTED, "it is in flight all the same"
    assert f"A {mode} was asked for" in play.state.frozen
    assert not play.state.may_start


def test_a_job_that_turns_out_to_be_of_another_mode_freezes_everything_once() -> None:
    play = Play(2)
    play.accept()
    assert play.see_job(initiated_by=InitiatedBy.START_RECOVERY)
    frozen = play.state.frozen
    play.see_job(initiated_by=InitiatedBy.FAILBACK)
    assert play.state.frozen == frozen


def test_a_job_with_a_server_that_was_not_asked_for_freezes_everything() -> None:
    stranger = ParticipatingServer(
        source_server_id=SourceServerId("s-stranger"), launch_status=LaunchStatus.PENDING
    )
    play = Play(2)
    play.accept(servers=(stranger,))
    assert "also launches servers that were not asked for (s-stranger)" in play.state.frozen


def test_an_answer_after_the_verdict_changes_nothing() -> None:
    play = Play(1)
    key = play.accept()
    late = inputs.StartWasAccepted(key=key, job=play.job_of(job_id=JobId("drsjob-9")), evidence="late")
    assert play.give(late) == ()
    assert play.give(inputs.StartWasNotSent(key=key, reason="late", retry_at=START)) == ()
    assert play.give(inputs.StartIsUnknown(key=key, reason="late")) == ()
    assert play.give(inputs.NothingWasStarted(key=key, evidence="late")) == ()
    assert play.give(inputs.StartIsUndecidable(key=key, candidates=(), reason="late")) == ()
    assert play.latest().job_id == "drsjob-1-0"


def test_an_armed_attempt_is_in_doubt_for_a_new_driver() -> None:
    play = Play(1)
    key = play.arm()
    play.restart(decided=True)
    assert play.state.attempt(key).status is AttemptStatus.UNKNOWN
    assert "ended between the intent and the answer" in play.latest().reason
    assert [type(effect).__name__ for effect in play.due] == ["ReconcileStart"]


def test_nothing_seen_closes_a_drills_attempt_and_asks_in_a_recovery() -> None:
    drill = Play(1)
    drill.give(inputs.NothingWasStarted(key=drill.doubt(), evidence="nothing seen"))
    assert drill.latest().status is AttemptStatus.NOT_STARTED
    recovery = Play(1, mode=ExecutionMode.RECOVERY)
    recovery.give(inputs.NothingWasStarted(key=recovery.doubt(), evidence="nothing seen"))
    assert recovery.latest().status is AttemptStatus.ASK
    assert recovery.due == (), "only a person goes on"


def test_a_late_witness_settles_even_what_a_person_is_asked_about() -> None:
    play = Play(1)
    key = play.ask(candidates=["drsjob-9"])
    play.give(inputs.StartWasAccepted(key=key, job=play.job_of(), evidence="our tags"))
    assert play.latest().status is AttemptStatus.ACCEPTED
