"""What an execution and its waves are called, rule by rule, and why."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import Cancel, Pause, Resume
from drs_desktop.domain.execution import ExecutionStatus, WaveStatus
from drs_desktop.domain.job import InitiatedBy, LaunchStatus, ParticipatingServer
from drs_desktop.domain.status import StatusView, execution_status, wave_status
from tests.helpers.builders import (
    OTHER_SCOPE,
    SCOPE,
    START,
    Play,
    a_frozen_wave,
    a_key,
    a_log_item,
)

S, W = ExecutionStatus, WaveStatus


def _view(play: Play) -> StatusView:
    return execution_status(play.state)


def _waves(play: Play) -> list[WaveStatus]:
    return [wave_status(wave) for wave in play.state.waves]


def _say(play: Play, word: str) -> None:
    server = ParticipatingServer(source_server_id=a_key(1).source_server_id, launch_status=LaunchStatus(word))
    play.see_job(servers=(server,))


# ---- waves


def _not_begun(play: Play) -> None:
    """Leave it as it is."""


def _queued(play: Play) -> None:
    play.give(inputs.StartMustWait(part=play.part(), reason="20 of 20 jobs", retry_at=START))


def _not_sent(play: Play) -> None:
    play.give(inputs.StartWasNotSent(key=play.arm(), reason="no network", retry_at=START))


def _not_started(play: Play) -> None:
    play.give(inputs.NothingWasStarted(key=play.doubt(), evidence="nothing seen"))


def _converted(play: Play) -> None:
    play.accept()
    play.see_job(log=[a_log_item("CONVERSION_END", a_key(1))])


def _in_progress(play: Play) -> None:
    play.accept()
    _say(play, "IN_PROGRESS")


def _verifying(play: Play) -> None:
    play.accept()
    play.end_job()


@pytest.mark.parametrize(
    ("lead", "wave", "execution"),
    [
        (_not_begun, W.PREPARING, S.INITIATED),
        (_queued, W.QUEUED, S.INITIATED),
        (_not_sent, W.QUEUED, S.INITIATED),
        (_not_started, W.STARTING, S.INITIATED),
        (Play.arm, W.STARTING, S.INITIATED),
        (Play.doubt, W.STARTING, S.INITIATED),
        (Play.ask, W.STARTING, S.INITIATED),
        (Play.accept, W.POLLING, S.POLLING),
        (_converted, W.LAUNCHING, S.LAUNCHING),
        (_in_progress, W.LAUNCHING, S.LAUNCHING),
        (_verifying, W.VERIFYING, S.LAUNCHING),
        (Play.run_wave, W.COMPLETED, S.COMPLETED),
    ],
)
def test_a_wave_and_its_execution_are_called_by_what_happened_last(
    lead: Callable[[Play], object], wave: WaveStatus, execution: ExecutionStatus
) -> None:
    play = Play(1)
    lead(play)
    assert (_waves(play), _view(play).status) == ([wave], execution)


def test_a_wave_whose_second_part_was_not_started_yet_is_starting() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)])])
    play.accept(1, 0)
    play.end_job(1, 0)
    assert _waves(play) == [W.STARTING]


# ---- rule 5 and 4: before, between, held


def test_before_anybody_drives_an_execution_is_pending() -> None:
    play = Play(2, begin=False)
    assert _view(play) == StatusView(status=S.PENDING)
    assert _waves(play) == [W.PENDING, W.PENDING]


def test_a_held_wave_pauses_the_execution_and_says_what_to_do() -> None:
    play = Play([a_frozen_wave(1, pause_before=True, instruction="Call the bank.")])
    assert _waves(play) == [W.HELD]
    assert _view(play) == StatusView(
        status=S.PAUSED,
        reason='Wave 1 "Wave 1" waits: a pause is configured before it. Call the bank.',
        needs_person=True,
    )


def test_a_running_wave_never_hides_a_held_one() -> None:
    play = Play([a_frozen_wave(1), a_frozen_wave(2, depends_on=(), pause_before=True)])
    play.accept(1)
    view = _view(play)
    assert (view.status, view.needs_person) == (S.POLLING, True)
    assert 'Wave 2 "Wave 2" waits' in view.reason


def test_a_pause_that_stops_the_only_part_due_is_a_pause() -> None:
    play = Play(1)
    play.say(Pause())
    assert _view(play) == StatusView(
        status=S.PAUSED,
        reason="Pause asked by anna: nothing new is started.",
        needs_person=True,
        pause_requested=True,
    )
    play.say(Resume())
    assert _view(play).status is S.INITIATED


def test_the_reason_given_for_a_pause_is_shown_also_beside_a_hold() -> None:
    play = Play([a_frozen_wave(1, pause_before=True)])
    play.say(Pause(reason="network maintenance"))
    assert _view(play).reason == (
        'Wave 1 "Wave 1" waits: a pause is configured before it. '
        "Pause asked by anna (network maintenance): nothing new is started."
    )


def test_a_pause_asked_during_a_wave_is_shown_while_the_wave_goes_on() -> None:
    play = Play(2)
    play.accept()
    play.say(Pause())
    view = _view(play)
    assert (view.status, view.pause_requested, view.needs_person) == (S.POLLING, True, False)


def test_after_an_undecided_restart_the_reason_says_so() -> None:
    play = Play(1)
    play.restart(decided=False)
    view = _view(play)
    assert (view.status, view.needs_person) == (S.PAUSED, True)
    assert view.reason.startswith("The program was restarted")


def test_a_queued_wave_has_its_reason() -> None:
    play = Play(1)
    _queued(play)
    assert _view(play).reason == 'Wave 1 "Wave 1" is queued: 20 of 20 jobs'


# ---- rule 3: doubt


def test_a_start_in_doubt_is_not_a_pause_and_needs_a_person() -> None:
    play = Play(1)
    play.doubt()
    view = _view(play)
    assert (view.status, view.needs_person) == (S.INITIATED, True)
    assert view.reason.startswith("Outcome unknown, looking: wave 1, part 1 in account")
    asking = Play(1)
    asking.ask()
    assert _view(asking).reason.startswith("We do not know whether AWS started wave 1, part 1")


def test_a_doubt_beside_a_running_job_is_told_first() -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2, OTHER_SCOPE)])])
    play.accept(1, 0)
    play.doubt(1, 1)
    view = _view(play)
    assert (view.status, view.needs_person) == (S.POLLING, True)
    assert view.reason.startswith("Outcome unknown")


# ---- frozen


def test_a_frozen_execution_says_why_whatever_else_is_true() -> None:
    play = Play(1)
    play.accept(initiated_by=InitiatedBy.START_RECOVERY)
    running = _view(play)
    assert (running.status, running.needs_person) == (S.POLLING, True)
    assert "A drill was asked for" in running.reason
    play.give(inputs.JobIsMissing(key=play.latest().key, job_id=play.job_of().job_id))
    play.pass_time(timedelta(minutes=61))
    play.give(inputs.InstancesSeen(wave=1, scope=SCOPE, instances=()))
    idle = _view(play)
    assert (idle.status, idle.needs_person) == (S.PAUSED, True)
    assert "A drill was asked for" in idle.reason


# ---- rule 2 and 1: cancelling, ended


def test_a_cancel_with_something_in_flight_goes_on_watching_and_says_so() -> None:
    play = Play(2)
    play.accept()
    play.say(Cancel())
    assert _view(play) == StatusView(
        status=S.CANCELLING, reason="DRS jobs cannot be stopped: what was started is watched to its end."
    )


def test_a_cancel_with_a_start_in_doubt_needs_a_person() -> None:
    play = Play(1)
    play.ask()
    play.say(Cancel())
    view = _view(play)
    assert (view.status, view.needs_person) == (S.CANCELLING, True)


@pytest.mark.parametrize(("failed", "status"), [((), S.COMPLETED), ((2,), S.PARTIAL), ((1, 2), S.FAILED)])
def test_an_end_stands_whatever_was_asked_before(failed: tuple[int, ...], status: ExecutionStatus) -> None:
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])])
    play.accept()
    play.say(Pause())
    play.end_job(failed=failed)
    play.see_instances()
    view = _view(play)
    assert (view.status, view.needs_person, view.pause_requested) == (status, False, False)
