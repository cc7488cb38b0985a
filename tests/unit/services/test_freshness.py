"""How old a view is: as old as the oldest of what is in flight, and nothing else."""

from datetime import timedelta

from drs_desktop.domain.execution import FrozenWave
from drs_desktop.engine.job_watcher import ScopeHealth
from drs_desktop.services.freshness import Freshness, freshness
from tests.helpers.builders import OTHER_SCOPE, SCOPE, START, Play, a_frozen_wave, a_key

LATER = START + timedelta(minutes=9)
OLD = ScopeHealth(scope=SCOPE, observed_at=START, problem="No network.")
NEW = ScopeHealth(scope=OTHER_SCOPE, observed_at=LATER)
HEALTH = {SCOPE: OLD, OTHER_SCOPE: NEW}


def _waves() -> list[FrozenWave]:
    return [a_frozen_wave(1, [a_key(1)]), a_frozen_wave(2, [a_key(2, OTHER_SCOPE)], depends_on=())]


def test_before_anything_was_seen_nothing_is_known() -> None:
    play = Play(1)
    assert freshness(play.state, {}.get) == Freshness()


def test_what_is_in_flight_in_two_places_is_as_old_as_the_older() -> None:
    play = Play(_waves())
    play.accept(1)
    play.accept(2)
    assert freshness(play.state, HEALTH.get) == Freshness(observed_at=START, problem="No network.")


def test_a_place_where_nothing_is_in_flight_any_more_makes_nothing_old() -> None:
    play = Play(_waves())
    play.accept(2)
    assert freshness(play.state, HEALTH.get) == Freshness(observed_at=LATER)


def test_with_nothing_in_flight_the_newest_look_counts() -> None:
    play = Play(_waves())
    assert freshness(play.state, HEALTH.get) == Freshness(observed_at=LATER)
