"""SIGKILL of the real program at random moments, against the simulator on the wire; the seed repeats a run.

A moment is an event: so many AWS calls have arrived. At the end the log of calls and the journal of all the
runs are held against the same rules as the runs under virtual time.
"""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import Driver
from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.fakes import FakeClock, FakeLocks
from tests.helpers.history import merged, problems_of, read_calls
from tests.helpers.processes import SMALL_SCENARIO, Command, Console, Simulator, serving, until
from tests.simulation.profile import by_profile, say

pytestmark = pytest.mark.process

KILLS = int(os.environ.get("KILLS", by_profile(2, 20, 300)))
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


def kill_after(simulator: Simulator, command: Command, calls: int) -> bool:
    """Kill the command once so many more calls have arrived; return whether it was still running."""
    wanted = len(simulator.calls()) + calls
    process = command.process
    until(lambda: len(simulator.calls()) >= wanted or process.poll() is not None, f"{calls} calls")
    is_running = process.poll() is None
    command.kill()
    return is_running and process.returncode == -signal.SIGKILL


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
    problems, calls, events = asyncio.run(judged(console.home))
    say(
        pytestconfig,
        f"real kills: {kills} SIGKILL in {drills} drills, seed {SEED}; history check: "
        f"{events} events, {calls} changing calls, {len(problems)} problems",
    )
    assert calls >= 3 * drills
    assert problems == []


def find_database(home: Path) -> Path:
    (file,) = home.rglob("workspace.sqlite3")
    return file


async def judged(home: Path) -> tuple[list[str], int, int]:
    """Hold the journal and the log of calls of a data folder against the rules."""
    calls = read_calls(home / "logs" / "aws-calls.jsonl")
    database = Database(find_database(home))
    database.open()
    clock: Any = FakeClock()
    journal = SqlExecutionJournal(database, clock, Driver(owner="check", host="here"), FakeLocks())
    try:
        events = await journal.read_since(0)
        assert await journal.verify() == ()
    finally:
        journal.close()
        database.close()
    return problems_of(merged(events, calls)), len(calls), len(events)
