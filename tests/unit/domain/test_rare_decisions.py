"""Branches of the decider that no story passes: what is asked of it is not there."""

from dataclasses import replace

import pytest

from drs_desktop.domain.decide_instances import _known_before
from drs_desktop.domain.decide_starts import servers_of
from drs_desktop.domain.ids import JobId
from tests.helpers.builders import Play


def test_part_that_a_wave_does_not_have_is_a_mistake_of_the_program() -> None:
    play = Play(2)
    with pytest.raises(KeyError):
        servers_of(play.wave(1), play.part(2))


def test_what_was_there_before_a_retry_is_what_its_own_attempt_saw() -> None:
    play = Play(1)
    earlier, ours = JobId("drsjob-earlier"), JobId("drsjob-ours")
    key = play.accept()
    first = replace(play.state.attempt(key), job_id=ours, baseline_job_ids=(earlier,))
    wave, server = play.wave(), replace(play.server(), job_id=ours)
    again = replace(
        first,
        key=replace(first.key, attempt=2),
        job_id=JobId("drsjob-again"),
        baseline_job_ids=(earlier, ours),
    )
    retried = replace(wave, attempts={first.key: first, again.key: again})
    assert _known_before(server, retried) == first.baseline_job_ids
    assert _known_before(replace(server, job_id=again.job_id), retried) == again.baseline_job_ids


def test_nothing_is_known_to_have_been_there_before_a_job_of_no_attempt() -> None:
    play = Play(1)
    play.accept()
    server = replace(play.server(), job_id=JobId("drsjob-of-nobody"))
    assert _known_before(server, play.wave()) == ()
