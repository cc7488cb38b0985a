"""What others do to our jobs and instances in AWS: each is recorded as what it is, with when it was seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.commands import Cancel, Resume, Retry, StopWatching, Terminate
from drs_desktop.domain.decide_instances import UNRECORDED_GRACE
from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.effects import CheckInstances, WakeAt, WatchJob
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import (
    JOB_PATIENCE,
    NOT_UNDERSTOOD_LIMIT,
    AttemptStatus,
    ExecutionStatus,
    Health,
    HoldKind,
)
from drs_desktop.domain.ids import JobId, RecoveryInstanceId
from drs_desktop.domain.job import JobStatus, LaunchStatus, ParticipatingServer
from drs_desktop.domain.recovery_instance import Ec2InstanceState, RecoveryInstance
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import Baseline
from drs_desktop.domain.status import execution_status
from drs_desktop.domain.terminable import terminable_servers
from tests.helpers.builders import SCOPE, START, Play, a_frozen_wave, a_key, an_instance

NEW_WORD = JobStatus("ON_HOLD")
OURS = "drsjob-1-0"


def _words(*words: str) -> tuple[ParticipatingServer, ...]:
    return tuple(
        ParticipatingServer(source_server_id=a_key(n).source_server_id, launch_status=LaunchStatus(word))
        for n, word in enumerate(words, start=1)
    )


def _two(**changes: object) -> Play:
    """Return an execution of one wave whose two servers are in a job of ours."""
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)], **changes)])
    play.accept()
    return play


def _lose_job(play: Play) -> tuple[ev.Event, ...]:
    return play.give(inputs.JobIsMissing(key=play.latest().key, job_id=JobId(OURS)))


def _see(play: Play, *instances: RecoveryInstance) -> tuple[ev.Event, ...]:
    return play.give(inputs.InstancesSeen(wave=1, scope=SCOPE, instances=instances))


def _watch(play: Play, *instances: RecoveryInstance) -> tuple[ev.Event, ...]:
    keys = frozenset(server.key for server in play.state.servers)
    return play.give(inputs.InstancesWatched(servers=keys, instances=instances))


def _standing() -> Play:
    """Return an execution whose first wave is good, while the second waits for a person."""
    play = Play([a_frozen_wave(1), a_frozen_wave(2, pause_before=True)])
    play.run_wave(1)
    return play


def _only_drift(play: Play) -> DriftKind:
    (drift,) = play.state.drifts
    assert drift.words
    return drift.kind


# ---- a job whose record was deleted


def test_a_deleted_job_is_recorded_with_its_time_and_frees_its_servers() -> None:
    play = _two()
    play.see_job(servers=_words("LAUNCHED", "IN_PROGRESS"))
    play.pass_time(timedelta(minutes=7))
    assert play.give(inputs.JobIsMissing(key=play.latest().key, job_id=JobId("drsjob-other"))) == ()
    _lose_job(play)
    (drift,) = play.state.drifts
    assert (drift.kind, drift.seen_at, drift.job_id) == (DriftKind.JOB_DELETED, play.now.service, OURS)
    assert drift.servers == (a_key(2),)
    assert play.latest().status is AttemptStatus.FINISHED


def test_after_a_deleted_job_a_server_that_did_launch_is_recognised_from_its_instance() -> None:
    play = _two()
    _lose_job(play)
    assert CheckInstances(wave=1, scope=SCOPE) in play.due
    both = (an_instance(a_key(1), OURS), an_instance(a_key(2), OURS))
    _see(play, *both)
    assert {server.launch_status for server in play.state.servers} == {LaunchStatus.LAUNCHED}
    assert all(server.is_good and server.recovery_instance_id for server in play.state.servers)
    assert play.state.end_status is ExecutionStatus.COMPLETED


def test_after_a_deleted_job_the_instance_of_another_job_recognises_nobody() -> None:
    play = _two()
    _lose_job(play)
    assert _see(play, an_instance(a_key(1), "drsjob-other")) == ()


def test_after_a_deleted_job_a_server_without_an_instance_is_not_known_and_never_good() -> None:
    play = _two()
    play.see_job(servers=_words("LAUNCHED", "IN_PROGRESS"))
    _lose_job(play)
    play.see_instances()
    play.pass_time(timedelta(hours=1))
    assert play.see_instances() == ()
    play.pass_time(timedelta(seconds=1))
    play.see_instances()
    assert play.server(2).launch_status is LaunchStatus.UNKNOWN
    assert "whether it launched is not known" in play.server(2).error
    assert play.server(1).is_good
    assert play.state.end_status is ExecutionStatus.PARTIAL


def test_a_server_sought_in_vain_can_be_started_again() -> None:
    play = _two(failure_policy=FailurePolicy.ASK)
    _lose_job(play)
    play.pass_time(timedelta(minutes=61))
    _see(play)
    play.say(Retry(wave=1))
    assert not any(server.is_sought for server in play.state.servers)
    assert play.arm() in play.wave().attempts


def test_an_instance_of_the_other_mode_freezes_also_when_its_job_is_gone() -> None:
    play = _two()
    _lose_job(play)
    _see(play, an_instance(a_key(1), OURS, is_drill=False))
    assert "as a real recovery's instance" in play.state.frozen


# ---- a job whose status nobody here knows


def test_a_job_that_is_not_understood_is_recorded_once_and_shown() -> None:
    play = _two()
    play.see_job(status=JobStatus.STARTED)
    play.see_job(status=NEW_WORD)
    assert _only_drift(play) is DriftKind.JOB_NOT_UNDERSTOOD
    assert play.see_job(status=NEW_WORD) == ()
    view = execution_status(play.state)
    assert "AWS gives it a status that is not known here" in view.reason
    assert not view.needs_person


@pytest.mark.parametrize("limit", [None, timedelta(minutes=30)])
def test_a_job_that_is_not_understood_is_put_to_a_person_in_time(limit: timedelta | None) -> None:
    play = _two(time_limit=limit)
    play.pass_time(timedelta(minutes=5))
    play.see_job(status=NEW_WORD)
    moment = play.now.service + (limit or NOT_UNDERSTOOD_LIMIT)
    assert WakeAt(moment=moment) in play.due
    play.pass_time((limit or NOT_UNDERSTOOD_LIMIT) - timedelta(seconds=1))
    play.give(inputs.ClockTicked())
    assert play.wave().hold is None
    play.pass_time(timedelta(seconds=1))
    play.give(inputs.ClockTicked())
    assert play.wave().hold is not None
    assert play.wave().hold.kind is HoldKind.NOT_UNDERSTOOD
    assert execution_status(play.state).needs_person
    assert any(isinstance(effect, WatchJob) for effect in play.due), "it is watched on"


def _asked(play: Play) -> None:
    play.pass_time(NOT_UNDERSTOOD_LIMIT)
    play.give(inputs.ClockTicked())
    assert play.wave().hold is not None


def test_resume_takes_each_servers_own_word_and_never_calls_the_rest_a_success() -> None:
    play = _two()
    play.see_job(status=NEW_WORD, servers=_words("LAUNCHED", "FAILED"))
    _asked(play)
    assert play.latest().status is AttemptStatus.ACCEPTED
    play.say(Resume())
    assert play.latest().status is AttemptStatus.FINISHED
    play.see_instances()
    assert play.state.end_status is ExecutionStatus.PARTIAL


def test_after_resume_what_has_no_last_word_is_waited_for_and_asked_about_again() -> None:
    play = _two()
    play.see_job(status=NEW_WORD, servers=_words("LAUNCHED", "IN_PROGRESS"))
    _asked(play)
    play.say(Resume())
    assert play.latest().status is AttemptStatus.ACCEPTED
    _asked(play)
    play.say(Resume())
    play.see_job(status=NEW_WORD, servers=_words("LAUNCHED", "LAUNCHED"))
    play.see_instances()
    assert play.state.end_status is ExecutionStatus.COMPLETED


def test_a_status_that_is_known_again_is_followed_as_ever() -> None:
    play = _two()
    play.see_job(status=JobStatus.STARTED)
    play.see_job(status=NEW_WORD)
    events = play.see_job(status=JobStatus.STARTED)
    assert [type(event) for event in events] == [ev.JobUnderstood]
    assert play.wave().ask_at is None
    play.end_job()
    play.see_instances()
    assert play.state.end_status is ExecutionStatus.COMPLETED


def test_a_job_that_is_not_understood_can_be_cancelled_and_left() -> None:
    play = _two()
    play.see_job(status=NEW_WORD)
    with pytest.raises(CommandRefused):
        play.say(Retry(wave=1))
    play.say(Cancel())
    assert "not known here" in execution_status(play.state).reason
    play.say(StopWatching(reason="nobody knows that word"))
    assert play.state.end_status is ExecutionStatus.CANCELLED


# ---- instances, at their first verdict


def _launched(baseline: tuple[str, ...] = ()) -> Play:
    play = Play(1)
    ids = tuple(JobId(job) for job in baseline)
    key = play.arm(baseline=Baseline(job_ids=ids))
    play.give(inputs.StartWasAccepted(key=key, job=play.job_of(), evidence="the answer"))
    play.end_job()
    return play


@pytest.mark.parametrize(
    ("baseline", "kind"),
    [((), DriftKind.INSTANCE_REPLACED), (("drsjob-9",), DriftKind.INSTANCE_FOREIGN)],
)
def test_a_strangers_instance_in_place_of_ours_is_named_as_what_it_is(
    baseline: tuple[str, ...], kind: DriftKind
) -> None:
    play = _launched(baseline)
    play.pass_time(timedelta(minutes=2, seconds=1))
    _see(play, an_instance(a_key(1), "drsjob-9"))
    assert _only_drift(play) is kind
    assert play.state.drifts[0].job_id == "drsjob-9"
    assert "launched by job drsjob-9, is not ours" in play.server(1).error
    assert play.state.end_status is ExecutionStatus.FAILED or not play.server(1).is_good


def test_an_instance_without_a_job_is_foreign() -> None:
    play = _launched()
    play.pass_time(timedelta(minutes=2, seconds=1))
    _see(play, replace(an_instance(a_key(1)), job_id=None))
    assert _only_drift(play) is DriftKind.INSTANCE_FOREIGN


def test_an_instance_that_is_gone_at_its_first_verdict_is_recorded() -> None:
    play = _launched()
    play.see_instances(ec2_state=Ec2InstanceState.TERMINATED)
    assert _only_drift(play) is DriftKind.INSTANCE_GONE
    assert play.server(1).health is Health.UNHEALTHY


# ---- instances that were good


def test_a_good_instance_that_is_still_there_is_no_news() -> None:
    play = _standing()
    assert _watch(play, an_instance(a_key(1), OURS)) == ()


@pytest.mark.parametrize("state", [None, Ec2InstanceState.TERMINATED])
def test_a_good_instance_that_is_gone_later_is_recorded_and_no_longer_good(
    state: Ec2InstanceState | None,
) -> None:
    play = _standing()
    play.pass_time(timedelta(hours=1))
    seen = (an_instance(a_key(1), OURS, ec2_state=state),) if state else ()
    _watch(play, *seen)
    (drift,) = play.state.drifts
    assert (drift.kind, drift.seen_at) == (DriftKind.INSTANCE_GONE, START + timedelta(hours=1))
    assert play.server(1).health is Health.UNHEALTHY
    assert _watch(play, *seen) == (), "said once"
    play.say(Resume())
    play.run_wave(2)
    assert play.state.end_status is ExecutionStatus.PARTIAL


def test_a_good_instance_that_somebody_replaced_later_is_recorded() -> None:
    play = _standing()
    theirs = RecoveryInstanceId("i-theirs")
    _watch(play, an_instance(a_key(1), "drsjob-9", recovery_instance_id=theirs))
    assert play.state.drifts[0].recovery_instance_id == theirs
    assert _only_drift(play) is DriftKind.INSTANCE_REPLACED


def test_a_server_that_was_not_looked_at_is_not_judged() -> None:
    play = _standing()
    assert play.give(inputs.InstancesWatched(servers=frozenset(), instances=())) == ()


def test_after_the_end_no_look_changes_anything() -> None:
    play = Play(1)
    play.run_wave(1)
    assert _watch(play) == ()


# ---- jobs that do not end


def _wait(play: Play, span: timedelta) -> None:
    play.pass_time(span)
    play.give(inputs.ClockTicked())


def test_a_job_that_does_not_end_is_put_to_a_person_whatever_the_policy_and_without_a_time_limit() -> None:
    play = Play([a_frozen_wave(1, failure_policy=FailurePolicy.CONTINUE)])
    play.accept()
    _wait(play, JOB_PATIENCE - timedelta(seconds=1))
    assert play.wave().hold is None
    assert WakeAt(moment=START + JOB_PATIENCE) in play.due
    _wait(play, timedelta(seconds=1))
    hold = play.wave().hold
    assert hold is not None
    assert hold.kind is HoldKind.STILL_RUNNING
    assert "have not ended for more than 4 hours (job drsjob-1-0)" in hold.reason
    assert execution_status(play.state).needs_person
    assert any(isinstance(effect, WatchJob) for effect in play.due), "it is watched on"


def test_a_person_who_waits_on_is_asked_again_as_much_later() -> None:
    play = Play(1)
    play.accept()
    _wait(play, JOB_PATIENCE * 1.5)
    play.say(Resume())
    _wait(play, JOB_PATIENCE - timedelta(seconds=1))
    assert play.wave().hold is None
    _wait(play, timedelta(seconds=1))
    assert play.wave().hold is not None


def test_a_job_that_ends_after_all_takes_its_question_with_it() -> None:
    play = Play(1)
    play.accept()
    _wait(play, JOB_PATIENCE)
    play.end_job()
    play.see_instances()
    assert play.state.end_status is ExecutionStatus.COMPLETED


def test_a_failure_is_asked_about_although_nobody_answered_the_question_before() -> None:
    play = Play([a_frozen_wave(1, failure_policy=FailurePolicy.ASK)])
    play.accept()
    _wait(play, JOB_PATIENCE)
    play.end_job(failed=[1])
    hold = play.wave().hold
    assert hold is not None
    assert hold.kind is HoldKind.DECISION


def test_a_cancelled_execution_whose_job_does_not_end_says_that_it_waits_for_a_person() -> None:
    play = Play(1)
    play.accept()
    play.say(Cancel())
    assert not execution_status(play.state).needs_person
    _wait(play, JOB_PATIENCE)
    status = execution_status(play.state)
    assert (status.status, status.needs_person) == (ExecutionStatus.CANCELLING, True)
    assert "stop watching" in status.reason


# ---- servers of which it is not known whether they launched


def _with_unknown_server() -> Play:
    """Return an ended drill of which one server launched, and of the other nobody knows."""
    play = _two()
    _lose_job(play)
    _see(play, an_instance(a_key(1), OURS))
    play.pass_time(UNRECORDED_GRACE + timedelta(seconds=1))
    _see(play, an_instance(a_key(1), OURS))
    assert play.state.end_status is not None
    return play


def test_a_server_of_which_nobody_knows_whether_it_launched_is_looked_for_by_a_termination() -> None:
    play = _with_unknown_server()
    assert [server.key for server in terminable_servers(play.state)] == [a_key(1), a_key(2)]
    play.say(Terminate())
    late = RecoveryInstanceId("i-late")
    play.give(inputs.InstanceFound(server=a_key(2), recovery_instance_id=late))
    server = play.server(2)
    assert (server.recovery_instance_id, server.launch_status) == (late, LaunchStatus.LAUNCHED)
    assert play.give(inputs.InstanceFound(server=a_key(2), recovery_instance_id=late)) == (), "known now"


def test_an_instance_is_looked_for_only_once_its_removal_was_asked_for() -> None:
    play = _with_unknown_server()
    found = inputs.InstanceFound(server=a_key(2), recovery_instance_id=RecoveryInstanceId("i-late"))
    assert play.give(found) == ()


def test_an_execution_of_which_nobody_knows_what_launched_does_not_say_that_nothing_did() -> None:
    play = Play(1)
    play.accept()
    _lose_job(play)
    _see(play)
    play.pass_time(UNRECORDED_GRACE + timedelta(seconds=1))
    _see(play)
    assert play.state.end_status is ExecutionStatus.FAILED
    assert play.state.end_reason == (
        "No server is known to have launched; whether these did is not known: srv-1."
    )
