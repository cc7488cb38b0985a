"""Watching: never older than fifteen seconds while a job is in flight, or said to be old."""

import asyncio
from datetime import timedelta

from drs_desktop.domain.errors import AwsUnreachable
from drs_desktop.domain.ids import JobId
from drs_desktop.domain.job import JobStatus, LaunchStatus
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.job_watcher import JobSighting, JobWatcher, ScopeHealth
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, START, a_job, a_key, a_log_item
from tests.helpers.fakes import FakeAws, FakeClock, FakeIds, InMemoryJournal
from tests.unit.services.office import ENDPOINT

JOB = JobId("drsjob-1")
FIFTEEN, HOUR = timedelta(seconds=15), timedelta(hours=1)


class Post:
    """A watcher of one job, and what it told."""

    def __init__(self) -> None:
        self.clock, self.aws = FakeClock(), FakeAws()
        self.drs = self.aws.drs(SCOPE)
        self.health: list[ScopeHealth] = []
        self.sightings: list[JobSighting] = []
        journal = InMemoryJournal(self.clock)
        self.watcher = JobWatcher(
            SCOPE,
            EngineContext(
                journal=journal,
                aws=self.aws,
                clock=self.clock,
                ids=FakeIds(),
                hub=LocalEventHub(),
                endpoint=ENDPOINT,
                operator="anna",
            ),
            self.health.append,
        )

    def watch(self, word: LaunchStatus = LaunchStatus.PENDING) -> None:
        self.drs.jobs[JOB] = a_job([a_key(1)], JobStatus.PENDING, word)
        self.watcher.watch(JOB, self._sink)

    async def _sink(self, sighting: JobSighting) -> None:
        self.sightings.append(sighting)


@on_loop
async def test_a_job_of_which_nothing_can_change_soon_is_still_seen_every_fifteen_seconds() -> None:
    post = Post()
    post.watch()
    ages = []
    for _ in range(60):
        await post.clock.advance(timedelta(seconds=1))
        assert post.watcher.health.observed_at is not None
        ages.append(post.clock.service_now() - post.watcher.health.observed_at)
    assert max(ages) < FIFTEEN
    assert not any(health.problem for health in post.health)
    await post.watcher.close()


@on_loop
async def test_a_look_that_hangs_makes_what_is_known_old_after_fifteen_seconds() -> None:
    post = Post()
    post.watch(LaunchStatus.IN_PROGRESS)
    await post.clock.advance(timedelta(seconds=1))
    post.drs.gates["DescribeJobs"] = gate = asyncio.Event()
    await post.clock.run_until(lambda: bool(post.watcher.health.problem), HOUR)
    assert post.clock.service_now() - START <= FIFTEEN + timedelta(seconds=1)
    assert "has not answered since 03:00:0" in post.watcher.health.problem
    gate.set()
    await post.clock.run_until(lambda: not post.watcher.health.problem, HOUR)
    await post.watcher.close()


@on_loop
async def test_a_first_look_that_hangs_is_said_too() -> None:
    post = Post()
    post.drs.gates["DescribeJobs"] = asyncio.Event()
    post.watch()
    await post.clock.run_until(lambda: bool(post.watcher.health.problem), HOUR)
    assert "has not answered so far" in post.watcher.health.problem
    assert len(post.health) == 1, "said once"
    await post.clock.advance(HOUR)
    assert len(post.health) == 1
    await post.watcher.close()


@on_loop
async def test_a_look_that_fails_says_why_at_once_and_keeps_the_time_of_the_last_good_one() -> None:
    post = Post()
    post.watch()
    await post.clock.advance(timedelta(seconds=1))
    post.drs.errors["DescribeJobs"] = AwsUnreachable("No network.")
    await post.clock.run_until(lambda: bool(post.watcher.health.problem), HOUR)
    assert (post.watcher.health.problem, post.watcher.health.observed_at) == ("No network.", START)
    await post.clock.advance(HOUR)
    assert post.watcher.health.problem == "No network."
    await post.watcher.close()


@on_loop
async def test_the_log_is_read_again_only_while_it_may_grow() -> None:
    post = Post()
    line = a_log_item("JOB_START")
    post.drs.logs[JOB] = (line,)
    post.watch()
    await post.clock.advance(timedelta(minutes=5))
    assert post.aws.operations("DescribeJobLogItems") == ("DescribeJobLogItems",)
    assert {sighting.log for sighting in post.sightings} == {(line,)}
    post.drs.jobs[JOB] = a_job([a_key(1)], JobStatus.STARTED, LaunchStatus.PENDING)
    await post.clock.advance(timedelta(minutes=1))
    assert len(post.aws.operations("DescribeJobLogItems")) > 5, "between beginning and end each look reads it"
    post.drs.logs[JOB] = (line, line)
    post.drs.jobs[JOB] = a_job([a_key(1)], JobStatus.COMPLETED, LaunchStatus.LAUNCHED)
    await post.clock.advance(timedelta(minutes=1))
    last = post.sightings[-1]
    assert (last.is_log_complete, last.log) == (True, (line, line))
    read = len(post.aws.operations("DescribeJobLogItems"))
    await post.clock.advance(timedelta(minutes=1))
    assert len(post.aws.operations("DescribeJobLogItems")) == read
    await post.watcher.close()
