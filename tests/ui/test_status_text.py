"""Words: every enum has some, and times read as people say them."""

from datetime import timedelta

import pytest

from drs_desktop.domain.execution import ExecutionStatus, Health, TerminationState, WaveStatus
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.ui.models import status_text
from tests.helpers.fake_services import NOW


def test_every_status_has_word_tone_and_shape() -> None:
    looks = [
        *map(status_text.execution_look, ExecutionStatus),
        *map(status_text.wave_look, WaveStatus),
        *map(status_text.launch_look, (None, *LaunchStatus)),
        *map(status_text.health_look, Health),
        *map(status_text.termination_look, TerminationState),
        *map(status_text.replication_look, DataReplicationState),
    ]
    assert all(look.word for look in looks)
    assert all(status_text.phase_words(phase) for phase in LaunchPhase)


def test_no_two_tones_share_a_shape() -> None:
    """A person who sees no colour tells done, running, held, failed and unknown apart by shape."""
    looks = [*map(status_text.execution_look, ExecutionStatus), *map(status_text.launch_look, LaunchStatus)]
    tones: dict[status_text.Shape, set[status_text.Tone]] = {}
    for look in looks:
        tones.setdefault(look.shape, set()).add(look.tone)
    assert all(len(found) == 1 for found in tones.values()), tones


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (41, "41 s"),
        (185, "3 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_duration_words(seconds: int, words: str) -> None:
    assert status_text.duration_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("seconds", "words"), [(9, "00:09"), (761, "12:41"), (3761, "1:02:41")])
def test_clock_words(seconds: int, words: str) -> None:
    assert status_text.clock_words(timedelta(seconds=seconds)) == words


def test_age_words() -> None:
    assert status_text.age_words(NOW - timedelta(seconds=3), NOW) == "data 3 s old"
    assert status_text.age_words(None, NOW) == "no data yet"


def test_finding_level_not_known_counts_as_not_checked() -> None:
    assert status_text.finding_look("odd") == status_text.finding_look("not checked")
    assert (
        status_text.finding_rank("failed")
        < status_text.finding_rank("odd")
        < status_text.finding_rank("passed")
    )


def test_counted_takes_the_right_noun() -> None:
    assert status_text.counted(1, "server", "servers") == "1 server"
    assert status_text.counted(0, "server", "servers") == "0 servers"
