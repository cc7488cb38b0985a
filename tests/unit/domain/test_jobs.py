"""What observations of jobs and recovery instances mean; old news changes nothing."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.execution import AttemptStatus, ExecutionStatus, Health
from drs_desktop.domain.ids import JobId, RecoveryInstanceId
from drs_desktop.domain.job import (
    InitiatedBy,
    JobStatus,
    JobType,
    LaunchPhase,
    LaunchStatus,
    ParticipatingServer,
)
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.source_server import DataReplicationState, StagingStatus
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.words import AwsWord
from tests.helpers.builders import (
    OTHER_SCOPE,
    SCOPE,
    START,
    Play,
    a_frozen_wave,
    a_job,
    a_key,
    a_log_item,
    a_server,
    an_instance,
)

WORDS: list[type[AwsWord]] = [
    JobStatus,
    JobType,
    InitiatedBy,
    LaunchStatus,
    LaunchPhase,
    Ec2InstanceState,
    DataReplicationState,
    StagingStatus,
]


def _words(*words: str | None, first: int = 1) -> tuple[ParticipatingServer, ...]:
    """Return what a job says of servers 1, 2 and so on; None leaves one out."""
    return tuple(
        ParticipatingServer(source_server_id=a_key(n).source_server_id, launch_status=LaunchStatus(word))
        for n, word in enumerate(words, start=first)
        if word is not None
    )


@pytest.mark.parametrize("words", WORDS)
def test_a_word_not_yet_met_reads_as_unknown_and_something_else_is_an_error(words: type[AwsWord]) -> None:
    assert words("A_NEW_WORD").name == "UNKNOWN"
    assert words("").name == "UNKNOWN"
    with pytest.raises(ValueError, match="7"):
        words(7)  # type: ignore[arg-type]


# ---- the status of a server


def test_a_launched_server_has_its_instance_and_is_done() -> None:
    play = Play(1)
    play.accept()
    server = ParticipatingServer(
        source_server_id=a_key(1).source_server_id,
        launch_status=LaunchStatus.LAUNCHED,
        recovery_instance_id=RecoveryInstanceId("i-1"),
    )
    play.see_job(servers=(server,))
    assert play.server(1).is_launched
    assert play.server(1).phase is LaunchPhase.DONE
    assert play.server(1).recovery_instance_id == "i-1"
    assert not play.server(1).is_good, "nobody looked at the instance yet"


def test_the_instance_of_the_log_counts_where_the_job_names_none() -> None:
    play = Play(1)
    play.accept()
    item = a_log_item("LAUNCH_END", a_key(1), recovery_instance_id=RecoveryInstanceId("i-9"))
    play.see_job(servers=_words("LAUNCHED"), log=[item])
    assert play.server(1).recovery_instance_id == "i-9"


@pytest.mark.parametrize("order", list(permutations(["PENDING", "IN_PROGRESS", "LAUNCHED", "A_NEW_WORD"])))
def test_the_newest_word_stands_in_whatever_order_the_words_come(order: tuple[str, ...]) -> None:
    play = Play(1)
    play.accept()
    for word in order:
        play.see_job(servers=_words(word))
    assert play.server(1).launch_status is LaunchStatus.LAUNCHED


@pytest.mark.parametrize("word", ["FAILED", "TERMINATED", "PENDING", "A_NEW_WORD"])
def test_no_later_word_takes_a_launch_back_and_none_is_success_but_launched(word: str) -> None:
    play = Play(1)
    play.accept()
    play.see_job(servers=_words(word))
    assert not play.server(1).is_launched
    launched = Play(1)
    launched.accept()
    launched.see_job(servers=_words("LAUNCHED"))
    launched.see_job(servers=_words(word))
    assert launched.server(1).is_launched


@pytest.mark.parametrize("order", list(permutations(["PENDING", "STARTED", "COMPLETED", "A_NEW_WORD"])))
def test_the_newest_status_of_a_job_stands_in_whatever_order_it_comes(order: tuple[str, ...]) -> None:
    play = Play(1)
    play.accept()
    for word in order:
        play.see_job(status=JobStatus(word), servers=_words("PENDING"))
    assert play.latest().job_status is JobStatus.COMPLETED


def test_a_launching_server_without_news_of_its_own_makes_no_event() -> None:
    play = Play(1)
    play.accept()
    play.see_job(servers=_words("IN_PROGRESS"))
    assert play.see_job(servers=_words("IN_PROGRESS")) == ()
    assert play.see_job(servers=_words(None)) == (), "left out of the answer"


# ---- the phase


def test_the_phase_follows_the_log_and_never_goes_back() -> None:
    play = Play(1)
    play.accept()
    seen = []
    for event in ("CLEANUP_START", "SNAPSHOT_END", "SNAPSHOT_START", "A_NEW_EVENT", "CONVERSION_END"):
        play.see_job(servers=_words("PENDING"), log=[a_log_item(event, a_key(1))])
        seen.append(play.server(1).phase.value)
    assert seen == ["cleanup", "conversion", "conversion", "conversion", "launch"]


def test_the_error_of_the_log_is_kept_in_amazons_own_words() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    play.accept()
    failed = a_log_item("LAUNCH_FAILED", a_key(2), raw_error="InsufficientInstanceCapacity: m5.large")
    again = a_log_item("A_NEW_EVENT", a_key(2))
    play.see_job(log=[a_log_item("JOB_START"), failed, again])
    assert play.server(2).error == "InsufficientInstanceCapacity: m5.large"
    assert play.server(2).phase is LaunchPhase.DONE
    assert play.server(1).error == ""


def test_recorded_lines_are_counted_so_that_they_are_not_recorded_again() -> None:
    play = Play(1)
    play.accept()
    play.see_job(log=[a_log_item("JOB_START"), a_log_item("SNAPSHOT_START", a_key(1))])
    play.see_job(log=[a_log_item("SNAPSHOT_END", a_key(1))])
    assert play.latest().log_items == 3


# ---- the end of a job


def test_a_job_is_over_when_it_is_complete_its_log_is_read_and_every_server_has_its_verdict() -> None:
    play = Play(1)
    key = play.accept()
    play.see_job(servers=_words("LAUNCHED"))
    assert play.latest().status is AttemptStatus.ACCEPTED, "the job goes on"
    job = play.job_of(status=JobStatus.COMPLETED, servers=_words("LAUNCHED"), ended_at=START)
    play.give(inputs.JobSeen(key=key, job=job, new_log_items=(), is_log_complete=False))
    assert play.latest().status is AttemptStatus.ACCEPTED, "the log is not read to its end"
    play.see_job(status=JobStatus.COMPLETED, servers=_words("LAUNCHED"), ended_at=START)
    assert play.latest().status is AttemptStatus.FINISHED


@pytest.mark.parametrize("ended_at", [START, None])
@pytest.mark.parametrize(
    ("word", "text"),
    [
        (None, "DRS left this server out of job drsjob-1-0"),
        ("PENDING", "ended without a verdict for this server (last word: PENDING)"),
        ("A_NEW_WORD", "ended without a verdict for this server (last word: UNKNOWN)"),
    ],
)
def test_a_verdict_that_never_comes_is_waited_for_and_then_a_failure(
    word: str | None, text: str, ended_at: object
) -> None:
    play = Play(1)
    play.accept()
    play.see_job(status=JobStatus.COMPLETED, servers=_words(word), ended_at=ended_at)
    assert play.latest().status is AttemptStatus.ACCEPTED
    play.pass_time(timedelta(minutes=2, seconds=1))
    play.see_job(status=JobStatus.COMPLETED, servers=_words(word), ended_at=ended_at)
    assert play.latest().status is AttemptStatus.FINISHED
    assert text in play.server(1).error
    assert play.state.end_status is ExecutionStatus.FAILED


def test_a_server_that_launched_gets_no_error_from_a_later_look_without_it() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    play.accept()
    play.see_job(servers=_words("LAUNCHED", "PENDING"))
    play.pass_time(timedelta(minutes=5))
    ended_at = START + timedelta(minutes=2)
    play.see_job(status=JobStatus.COMPLETED, servers=_words(None, "FAILED"), ended_at=ended_at)
    assert play.server(1).error == ""
    assert play.server(2).error.startswith("DRS gave no reason. Look at job")


def test_a_job_that_fails_at_once_points_to_missing_permissions() -> None:
    play = Play(1)
    play.accept()
    play.see_job(
        status=JobStatus.COMPLETED,
        servers=_words("FAILED"),
        created_at=START,
        ended_at=START + timedelta(seconds=3),
    )
    assert "lacks an EC2 permission" in play.server(1).error


def test_a_job_of_which_one_server_launched_at_once_points_to_no_permission() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    play.accept()
    quick = {"created_at": START, "ended_at": START + timedelta(seconds=3)}
    play.see_job(status=JobStatus.COMPLETED, servers=_words("FAILED", "LAUNCHED"), **quick)
    assert "Look at job drsjob-1-0" in play.server(1).error


def test_a_job_that_fails_at_once_without_saying_when_it_ended_points_there_too() -> None:
    play = Play(1)
    play.accept()
    play.pass_time(timedelta(seconds=4))
    play.see_job(status=JobStatus.COMPLETED, servers=_words("FAILED"), created_at=START)
    assert "lacks an EC2 permission" in play.server(1).error


def test_amazons_text_is_not_replaced_by_ours() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    play.accept()
    play.see_job(log=[a_log_item("LAUNCH_FAILED", a_key(1), raw_error="earlier text")])
    now = [a_log_item("LAUNCH_FAILED", a_key(2), raw_error="text of now")]
    play.see_job(status=JobStatus.COMPLETED, servers=_words("FAILED", "FAILED"), ended_at=START, log=now)
    assert [play.server(n).error for n in (1, 2)] == ["earlier text", "text of now"]


def test_a_sighting_of_another_job_or_after_the_end_changes_nothing() -> None:
    play = Play(1)
    play.accept()
    assert play.see_job(job_id=JobId("drsjob-other"), servers=_words("LAUNCHED")) == ()
    play.end_job()
    assert play.see_job(servers=_words("FAILED")) == ()


# ---- recovery instances


def _launched(count: int = 1) -> Play:
    play = Play([a_frozen_wave(1, [a_key(n) for n in range(1, count + 1)])])
    play.accept()
    play.end_job()
    return play


@pytest.mark.parametrize("state", [Ec2InstanceState.RUNNING, Ec2InstanceState.STOPPED])
def test_an_instance_in_the_state_asked_for_is_healthy(state: Ec2InstanceState) -> None:
    play = _launched()
    play.see_instances(ec2_state=state)
    assert play.server(1).health is Health.HEALTHY
    assert play.server(1).ec2_state is state
    assert play.server(1).is_good


@pytest.mark.parametrize("word", ["PENDING", "STOPPING", "A_NEW_WORD"])
def test_an_instance_on_its_way_is_waited_for_and_then_unhealthy(word: str) -> None:
    play = _launched()
    assert play.see_instances(ec2_state=Ec2InstanceState(word)) == ()
    play.pass_time(timedelta(minutes=5))
    assert play.see_instances(ec2_state=Ec2InstanceState(word)) == ()
    play.pass_time(timedelta(seconds=1))
    play.see_instances(ec2_state=Ec2InstanceState(word))
    assert play.server(1).health is Health.UNHEALTHY
    assert "EC2 still reports it" in play.server(1).error


@pytest.mark.parametrize("word", ["SHUTTING-DOWN", "TERMINATED", "NOT_FOUND"])
def test_an_instance_that_is_gone_is_unhealthy_at_once(word: str) -> None:
    play = _launched()
    play.see_instances(ec2_state=Ec2InstanceState(word))
    assert play.server(1).health is Health.UNHEALTHY
    assert f"EC2 reports it {word} since" in play.server(1).error


def test_a_missing_instance_record_may_be_late_for_two_minutes() -> None:
    play = _launched()
    nothing = inputs.InstancesSeen(wave=1, scope=SCOPE, instances=())
    play.pass_time(timedelta(minutes=2))
    assert play.give(nothing) == ()
    play.pass_time(timedelta(seconds=1))
    play.give(nothing)
    assert "DRS lists no recovery instance for it" in play.server(1).error


def test_the_instance_of_another_job_or_server_says_nothing_about_ours() -> None:
    play = _launched()
    strangers = (an_instance(a_key(1), "drsjob-foreign"), an_instance(a_key(2), "drsjob-1-0"))
    assert play.give(inputs.InstancesSeen(wave=1, scope=SCOPE, instances=strangers)) == ()


def test_an_instance_is_known_by_its_id_when_its_record_names_no_job() -> None:
    play = Play(1)
    play.accept()
    item = a_log_item("LAUNCH_END", a_key(1), recovery_instance_id=RecoveryInstanceId("i-9"))
    play.see_job(status=JobStatus.COMPLETED, servers=_words("LAUNCHED"), ended_at=START, log=[item])
    instance = replace(an_instance(a_key(1)), recovery_instance_id=RecoveryInstanceId("i-9"), job_id=None)
    play.give(inputs.InstancesSeen(wave=1, scope=SCOPE, instances=(instance,)))
    assert play.server(1).is_good


def test_a_look_at_another_account_says_nothing() -> None:
    play = _launched()
    assert play.see_instances(scope=OTHER_SCOPE) == ()


def test_a_look_at_a_wave_that_does_not_run_says_nothing() -> None:
    play = Play(2)
    assert play.give(inputs.InstancesSeen(wave=2, scope=SCOPE, instances=(an_instance(a_key(2)),))) == ()


@pytest.mark.parametrize(("asked_as_drill", "kind"), [(True, "a real recovery's"), (False, "a drill's")])
def test_instances_of_the_other_mode_freeze_everything_with_one_event(
    asked_as_drill: bool, kind: str
) -> None:
    mode = ExecutionMode.DRILL if asked_as_drill else ExecutionMode.RECOVERY
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])], mode=mode)
    play.accept()
    play.end_job()
    events = play.see_instances(is_drill=not asked_as_drill)
    assert sum(isinstance(event, ev.ModeContradicted) for event in events) == 1
    assert f"of srv-1 as {kind} instance" in play.state.frozen


# ---- small words


def test_a_job_whose_status_is_not_understood_counts_as_active() -> None:
    assert a_job(status=JobStatus("NEW")).is_active
    assert not a_job(status=JobStatus.COMPLETED).is_active


def test_tags_are_read_by_their_exact_key() -> None:
    assert a_job(tags=(("Key", "value"),)).tag("Key") == "value"
    assert a_job(tags=(("Key", "value"),)).tag("key") is None
    assert a_server(tags=(("Tier", "web"),)).tag("Tier") == "web"


def test_windows_is_known_by_its_name() -> None:
    assert a_server(operating_system="Microsoft Windows Server 2022").is_windows
    assert not a_server(operating_system="Debian GNU/Linux 12").is_windows
