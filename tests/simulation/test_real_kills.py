"""SIGKILL and SIGSTOP of the real program at random moments, against the simulator on the wire.

The seed repeats a run. Lanes run side by side: who waits for a stopped program's lease leaves the machine to
the others. At the end the log of calls and the journal of each lane are held against the same rules as the
runs under virtual time, and AWS may have no job but those of the journals.
"""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.simulation.profile import by_profile, say
from tests.simulation.real_kills import Lane, a_lane

pytestmark = pytest.mark.process

KILLS = int(os.environ.get("KILLS", by_profile(2, 16, 300)))
STOPS = int(os.environ.get("STOPS", by_profile(0, 4, 10)))
SEED = int(os.environ.get("KILLS_SEED", 4))
LANES = 2
"""Lanes of each kind: a machine of two cores has no use for more."""


def shares(wanted: int) -> Iterator[int]:
    """Return how much of it each lane does."""
    return (part for lane in range(LANES) if (part := (wanted + lane) // LANES))


def kill(seed: int, wanted: int) -> Lane:
    with a_lane(seed) as lane:
        return lane.kill(wanted)


def stop(seed: int, wanted: int) -> Lane:
    with a_lane(seed) as lane:
        return lane.stop(wanted)


def total(lanes: "list[Future[Lane]]") -> Counter[str]:
    return sum((lane.result().done for lane in lanes), Counter[str]())


@pytest.mark.timeout(300 + 90 * KILLS + 180 * STOPS)
def test_killed_or_stopped_at_random_moments_every_wave_starts_once(pytestconfig: pytest.Config) -> None:
    with ThreadPoolExecutor(2 * LANES) as pool:
        stops = [pool.submit(stop, SEED + 1000 + lane, part) for lane, part in enumerate(shares(STOPS))]
        kills = [pool.submit(kill, SEED + lane, part) for lane, part in enumerate(shares(KILLS))]
        done = total(kills)
        say(pytestconfig, f"real kills, seed {SEED}: {done['kills']} SIGKILL, each drill with one job a wave")
        done += total(stops)
    say(
        pytestconfig,
        f"real processes, seed {SEED}: {done['kills']} SIGKILL in {done['drills']} drills, {done['stops']} "
        f"SIGSTOP ({done['fenced off']} fenced off, {done['stopped in a commit']} while the database was "
        f"theirs); history check: {done['events']} events, "
        f"{done['calls']} changing calls, 0 problems; {done['jobs']} jobs in AWS, one for each wave",
    )
    assert (done["kills"], done["stops"]) == (KILLS, STOPS)
