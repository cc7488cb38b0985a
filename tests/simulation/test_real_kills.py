"""SIGKILL and SIGSTOP of the real program at random moments, against the simulator on the wire.

The seed repeats a run. A moment is an event: so many AWS calls have arrived. At the end the log of calls and
the journal of all the runs are held against the same rules as the runs under virtual time.
"""

import os
import random
import signal
from collections.abc import Iterator

import pytest

from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.processes import SMALL_SCENARIO, Command, Console, Simulator, serving, until
from tests.simulation.check_history import judged
from tests.simulation.profile import by_profile, say

pytestmark = pytest.mark.process

KILLS = int(os.environ.get("KILLS", by_profile(2, 20, 300)))
STOPS = int(os.environ.get("STOPS", by_profile(0, 2, 10)))
SEED = int(os.environ.get("KILLS_SEED", 4))
CALLS_OF_A_DRILL = 40
"""About as many AWS calls as a drill makes: moments beyond its end would kill nobody."""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("simulator"), scenario=SMALL_SCENARIO) as served:
        yield served


@pytest.fixture(scope="module")
def console(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with Console(tmp_path_factory.mktemp("console"), simulator.endpoint_url) as made:
        yield made


def after_calls(simulator: Simulator, command: Command, calls: int) -> bool:
    """Wait until so many more calls have arrived; return whether the command still runs."""
    wanted = len(simulator.calls()) + calls
    process = command.process
    until(lambda: len(simulator.calls()) >= wanted or process.poll() is not None, f"{calls} calls")
    return process.poll() is None


def kill_after(simulator: Simulator, command: Command, calls: int) -> bool:
    """Kill the command once so many more calls have arrived; return whether it was still running."""
    is_running = after_calls(simulator, command, calls)
    command.kill()
    return is_running and command.process.returncode == -signal.SIGKILL


@pytest.mark.timeout(60 + 90 * KILLS)
def test_killed_at_random_moments_every_wave_starts_once(
    console: Console, simulator: Simulator, pytestconfig: pytest.Config
) -> None:
    aws, chance = AwsWitness(simulator), random.Random(SEED)
    kills = drills = 0
    while kills < KILLS:
        earlier = {job.job_id for job in aws.launch_jobs()}
        command = console.start_drill()
        execution_id = command.until_known()
        drills += 1
        kills += kill_after(simulator, command, chance.randrange(CALLS_OF_A_DRILL))
        if kills < KILLS and chance.random() < 0.3:
            again = console.start("resume", execution_id, "--json", "--release-pauses")
            kills += kill_after(simulator, again, chance.randrange(CALLS_OF_A_DRILL // 2))
        report = console.status(execution_id)
        if report["status"] != "COMPLETED":
            report = console.resume(execution_id, "--release-pauses").expect(0).json
        assert report["status"] == "COMPLETED"
        jobs = [job for job in aws.launch_jobs() if job.job_id not in earlier]
        assert {job.tag("execution") for job in jobs} == {execution_id}
        assert [count for _, count in sorted(parts_of(jobs).items())] == [1, 1, 1]
    found = judged(console.home)
    say(pytestconfig, f"real kills: {kills} SIGKILL in {drills} drills, seed {SEED}; {found}")
    assert found.calls >= 3 * drills
    assert found.problems == []


@pytest.mark.skipif(STOPS == 0, reason="half a minute each: STOPS=10, or the profile ci; a journey has one")
@pytest.mark.timeout(60 + 180 * STOPS)
def test_stopped_at_random_moments_and_followed_a_driver_wakes_fenced_off(
    console: Console, simulator: Simulator, pytestconfig: pytest.Config
) -> None:
    aws, chance = AwsWitness(simulator), random.Random(SEED)
    stops = fenced = 0
    while stops < STOPS:
        command = console.start_drill()
        execution_id = command.until_known()
        if not after_calls(simulator, command, chance.randrange(CALLS_OF_A_DRILL // 2)):
            command.end()
            continue
        command.signal(signal.SIGSTOP)
        stops += 1
        followed = console.run("pause", execution_id, "--json")  # waits until the stopped one's lease is over
        command.signal(signal.SIGCONT)
        if followed.code == 0:
            command.end().expect(7)
            fenced += 1
            assert console.resume(execution_id, "--release-pauses").expect(0).json["status"] == "COMPLETED"
        else:  # it was stopped between its last event and its end
            followed.expect(3)
            command.end()
        jobs = aws.launch_jobs(execution_id)
        assert [count for _, count in sorted(parts_of(jobs).items())] == [1, 1, 1]
    found = judged(console.home)
    say(pytestconfig, f"real stops: {stops} SIGSTOP, {fenced} fenced off, seed {SEED}; {found}")
    assert found.problems == []
