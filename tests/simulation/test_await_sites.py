"""Nowhere in the engine or the journal does anything wait that no simulated run has passed."""

import pytest

from tests.helpers.sql_rig import SqlHouse
from tests.simulation.await_sites import missing, reached, sites
from tests.simulation.campaign import on_new_loop
from tests.simulation.detours import DETOURS, Detour
from tests.simulation.kill_points import told
from tests.simulation.profile import say
from tests.simulation.stories import STORIES

NOT_SIMULATED = {
    "EngineThread.": "the thread that carries the loop; tests/unit/engine and the journeys run it",
    "SqlExecutionJournal.verify": "nothing of the engine calls it; tests/unit/storage/test_hash_chain.py",
    "SqlExecutionJournal.last_position": "read once when a workspace opens; tests/contract/test_journal.py",
    "TokenBucket.": "the rig's AWS has no pace; tests/unit/engine/test_limiter.py",
    "LimitedAws.": "the same",
    "LimitedReader.": "the same",
    "CountedActor.": "the same",
    "ExecutionRunner.run": "a database put back from a backup; tests/unit/engine/test_executions.py",
    "Ec2StatusChecks.perform": "instances here boot at once; tests/unit/engine/test_wave_steps.py",
    "log_regularly": "writes figures to the log each minute; tests/unit/engine/test_limiter.py",
    "StateCache._read_on": "only when foreign events overtake each other; no decision reads the cache",
}


@pytest.mark.parametrize("detour", DETOURS, ids=lambda detour: detour.__name__)
@pytest.mark.timeout(600)
def test_detour_ends_well_on_both_journals(detour: Detour) -> None:
    on_new_loop(detour)
    on_new_loop(lambda: detour(journal_of=SqlHouse().journal_of))


@pytest.mark.timeout(600)
def test_every_await_site_is_reached(pytestconfig: pytest.Config) -> None:
    with reached() as lines:
        for story in STORIES:
            on_new_loop(lambda story=story: told(story, journal_of=SqlHouse().journal_of))
        first = STORIES[0]
        points = on_new_loop(lambda: told(first)).points
        kill = points.index("StartRecovery: before") + 1
        on_new_loop(lambda: told(first, (kill,), journal_of=SqlHouse().journal_of))
        for detour in DETOURS:
            on_new_loop(lambda detour=detour: detour(journal_of=SqlHouse().journal_of))
    never = missing(lines)
    left_out = [site for site in never if any(name in site.function for name in NOT_SIMULATED)]
    all_sites = len(sites())
    say(pytestconfig, f"await sites: {all_sites}, reached {all_sites - len(never)}, left out {len(left_out)}")
    unreached = [site.name for site in never if site not in left_out]
    assert unreached == [], "\n".join(unreached)
    unused = [name for name in NOT_SIMULATED if not any(name in site.function for site in left_out)]
    assert unused == [], "these are reached now, or are gone"
