"""Counted kill points: the console is killed at every port call of a story, one after the other.

Told once to count the points; then, for each of them, told again, killed there, and taken up by a successor.
At the end the simulator's own truth must be that of the undisturbed story. Pairs kill the successor too.
"""

import itertools
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.helpers.engine_rig import Rig
from tests.helpers.sql_rig import SqlHouse
from tests.simulation.campaign import Campaign, decisive, on_new_loop
from tests.simulation.kill_points import told
from tests.simulation.profile import IS_QUICK, by_profile, say
from tests.simulation.stories import BY_NAME


def chosen(points: Sequence[str]) -> list[int]:
    """Return the points to kill at: all of them, or a quick run's choice with every kind and call in it."""
    return decisive(points) if IS_QUICK else list(range(1, len(points) + 1))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.timeout(600)
def test_killed_at_every_point_a_story_ends_as_if_undisturbed(name: str, pytestconfig: pytest.Config) -> None:
    campaign = Campaign(BY_NAME[name])
    points = campaign.points()
    campaign.kill_at((number,) for number in chosen(points))
    say(pytestconfig, f"kill points, {name}: {len(points)} points, {campaign}")
    assert campaign.kills == len(chosen(points))
    assert campaign.kinds["StartRecovery: before"] >= 1
    assert campaign.kinds["StartRecovery: done, not answered"] >= 1


@pytest.mark.timeout(by_profile(60, 300, 7_200))
def test_killed_again_while_recovering_each_wave_still_starts_once(pytestconfig: pytest.Config) -> None:
    campaign = Campaign(BY_NAME["two waves"])
    numbers = range(1, len(campaign.points()) + 1)
    pairs = list(itertools.product(numbers, numbers))
    wanted = by_profile(20, 400, len(pairs))
    campaign.kill_at(random.Random(4).sample(pairs, wanted))
    say(pytestconfig, f"pairs of kill points, two waves: {len(pairs)} pairs, {campaign}")
    assert campaign.kills > wanted


@pytest.mark.timeout(by_profile(60, 300, 7_200))
@pytest.mark.parametrize("name", ["two waves", "terminate", "real recovery"])
def test_killed_on_the_sql_journal_it_ends_the_same(name: str, pytestconfig: pytest.Config) -> None:
    campaign = Campaign(BY_NAME[name], journal_of=lambda: SqlHouse().journal_of)
    points = campaign.points()
    everywhere = [(number,) for number in range(1, len(points) + 1)]
    campaign.kill_at(random.Random(4).sample(everywhere, by_profile(8, 60, len(points))))
    say(pytestconfig, f"kill points on SQL, {name}: {len(points)} points, {campaign}")
    assert campaign.kills


@pytest.mark.timeout(by_profile(60, 300, 7_200))
def test_killed_without_tags_it_asks_or_ends_and_never_starts_twice(pytestconfig: pytest.Config) -> None:
    """Without tags a kill in the window of doubt leads to a question; nothing is guessed."""
    ends: Counter[str] = Counter()
    story = BY_NAME["two waves"]
    points = on_new_loop(lambda: told(story, tags=False, is_checked=False)).points
    for number in chosen(points):
        result = on_new_loop(lambda number=number: told(story, (number,), tags=False, is_checked=False))
        rig: Rig = result.telling.rig
        assert all(len(jobs) <= 1 for jobs in rig.made.values())
        assert len(rig.launch_jobs()) <= 2
        ends[result.end] += 1
    say(pytestconfig, f"kill points without tags: {dict(ends)}")
    assert set(ends) <= {"COMPLETED", "asks"}
    assert ends["asks"] >= 1
