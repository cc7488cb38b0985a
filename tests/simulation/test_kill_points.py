"""Counted kill points: the console is killed at every moment of a story, one after the other.

Told once to count the moments; then, for each of them, told again, killed there, and taken up by a successor.
At the end the simulator's own truth must be that of the undisturbed story. Pairs kill the successor too. One
kill for each world is enough, and the worlds of every `await` are counted with those of the port calls.
"""

import random
from collections import Counter

import pytest

from tests.helpers.engine_rig import Rig
from tests.helpers.sql_rig import SqlHouse
from tests.simulation.campaign import Campaign, on_new_loop
from tests.simulation.kill_points import distinct, told
from tests.simulation.profile import IS_NIGHT, IS_QUICK, by_profile, say
from tests.simulation.stories import BY_NAME

each_story = pytest.mark.parametrize("name", BY_NAME)


@each_story
@pytest.mark.timeout(600)
def test_killed_where_only_an_await_is_a_story_ends_as_if_undisturbed(
    name: str, pytestconfig: pytest.Config
) -> None:
    """What outlives a kill at an `await` outlives one at a port call too; where it does not, it is killed."""
    points = Campaign(BY_NAME[name]).undisturbed()
    awaits = Campaign(BY_NAME[name]).undisturbed(awaits=True)
    sites = set(awaits.points) - set(points.points)
    passes = sum(moment in sites for moment in awaits.points)
    own = distinct(awaits.legs[0], points.legs[0])
    Campaign(BY_NAME[name]).kill_at(((number,) for number in own), awaits=True)
    say(
        pytestconfig, f"awaits, {name}: {passes} passes of {len(sites)} sites, {len(own)} worlds of their own"
    )
    assert passes > len(sites) > 0


@each_story
@pytest.mark.timeout(600)
def test_killed_at_every_point_a_story_ends_as_if_undisturbed(name: str, pytestconfig: pytest.Config) -> None:
    campaign = Campaign(BY_NAME[name])
    whole = campaign.undisturbed()
    chosen = distinct(whole.legs[0]) if IS_QUICK else range(1, len(whole.points) + 1)
    campaign.kill_at((number,) for number in chosen)
    worlds = len(distinct(whole.legs[0]))
    say(pytestconfig, f"kill points, {name}: {len(whole.points)} points in {worlds} worlds, {campaign}")
    assert campaign.kills == len(chosen)


@pytest.mark.parametrize("name", by_profile(("two waves",), tuple(BY_NAME), tuple(BY_NAME)))
@pytest.mark.timeout(600)
def test_killed_at_each_await_site_a_story_ends_as_if_undisturbed(
    name: str, pytestconfig: pytest.Config
) -> None:
    campaign = Campaign(BY_NAME[name])
    moments = campaign.undisturbed(awaits=True).points
    first = {moment: number for number, moment in reversed(list(enumerate(moments, start=1)))}
    campaign.kill_at(((number,) for number in sorted(first.values())), awaits=True)
    say(pytestconfig, f"await sites and port calls, {name}: {len(moments)} passes, {campaign}")
    assert campaign.kills == len(first)


@pytest.mark.timeout(by_profile(600, 1_800, 7_200))
def test_killed_again_while_recovering_each_wave_still_starts_once(pytestconfig: pytest.Config) -> None:
    campaign = Campaign(BY_NAME["two waves"])
    pairs = campaign.pairs(every_point=IS_NIGHT)
    wanted = by_profile(40, len(pairs), len(pairs))
    campaign.kill_at(random.Random(4).sample(pairs, wanted))
    say(
        pytestconfig, f"pairs of kill points, two waves: {wanted} of {len(pairs)} pairs of worlds, {campaign}"
    )
    assert campaign.kills == 2 * wanted


@pytest.mark.timeout(by_profile(600, 1_800, 7_200))
@pytest.mark.parametrize("name", ["two waves", "terminate", "real recovery"])
def test_killed_on_the_sql_journal_it_ends_the_same(name: str, pytestconfig: pytest.Config) -> None:
    worlds = distinct(Campaign(BY_NAME[name]).undisturbed().legs[0])
    campaign = Campaign(BY_NAME[name], journal_of=lambda: SqlHouse().journal_of)
    wanted = by_profile(8, len(worlds), len(worlds))
    campaign.kill_at((number,) for number in random.Random(4).sample(worlds, wanted))
    say(pytestconfig, f"kill points on SQL, {name}: {wanted} of {len(worlds)} worlds, {campaign}")
    assert campaign.kills == wanted


@pytest.mark.timeout(by_profile(600, 1_800, 7_200))
def test_killed_without_tags_it_asks_or_ends_and_never_starts_twice(pytestconfig: pytest.Config) -> None:
    """Without tags a kill in the window of doubt leads to a question; nothing is guessed."""
    ends: Counter[str] = Counter()
    story = BY_NAME["two waves"]
    whole = on_new_loop(lambda: told(story, tags=False, is_checked=False))
    for number in distinct(whole.legs[0]):
        result = on_new_loop(lambda number=number: told(story, (number,), tags=False, is_checked=False))
        rig: Rig = result.telling.rig
        assert all(len(jobs) <= 1 for jobs in rig.made.values())
        assert len(rig.launch_jobs()) <= 2
        ends[result.end] += 1
    say(pytestconfig, f"kill points without tags: {dict(ends)}")
    assert set(ends) <= {"COMPLETED", "asks"}
    assert ends["asks"] >= 1
