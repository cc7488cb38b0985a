"""Watching: never older than fifteen seconds while a job is in flight, or said to be old."""

import asyncio
from dataclasses import replace
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
    assert len(post.aws.operations("DescribeJobLogItems")) > 5, "between beginning and end it may grow"
    post.drs.logs[JOB] = (line, line)
    post.drs.jobs[JOB] = a_job([a_key(1)], JobStatus.COMPLETED, LaunchStatus.LAUNCHED)
    await post.clock.advance(timedelta(minutes=1))
    last = post.sightings[-1]
    assert (last.is_log_complete, last.log) == (True, (line, line))
    read = len(post.aws.operations("DescribeJobLogItems"))
    await post.clock.advance(timedelta(minutes=1))
    assert len(post.aws.operations("DescribeJobLogItems")) == read
    await post.watcher.close()


JOBS = tuple(JobId(f"drsjob-{number}") for number in range(1, 21))


def _twenty(post: Post) -> None:
    for number, job_id in enumerate(JOBS, start=1):
        job = a_job([a_key(number)], JobStatus.STARTED, LaunchStatus.IN_PROGRESS)
        post.drs.jobs[job_id] = replace(job, job_id=job_id)
        post.watcher.watch(job_id, post._sink)


@on_loop
async def test_twenty_jobs_under_way_cost_one_log_a_look_and_each_has_its_turn() -> None:
    post = Post()
    _twenty(post)
    await post.clock.advance(timedelta(seconds=1))
    assert len(post.aws.operations("DescribeJobLogItems")) == 20, "each is new"
    post.aws.calls.clear()
    for job_id in JOBS:
        post.drs.logs[job_id] = (a_log_item("CONVERSION_START"),)
    await post.clock.advance(20 * post.watcher._context.settings.quick_poll)
    assert len(post.aws.operations("DescribeJobLogItems")) == len(post.aws.operations("DescribeJobs")) == 20
    assert {sighting.job_id for sighting in post.sightings if sighting.log} == set(JOBS)
    await post.watcher.close()


@on_loop
async def test_the_log_of_a_job_that_changed_is_read_at_once() -> None:
    post = Post()
    _twenty(post)
    await post.clock.advance(timedelta(seconds=1))
    for job_id in JOBS[5:10]:
        launched = a_job([a_key(1)], JobStatus.STARTED, LaunchStatus.LAUNCHED)
        post.drs.jobs[job_id] = replace(launched, job_id=job_id)
        post.drs.logs[job_id] = (a_log_item("LAUNCH_END"),)
    post.sightings.clear()
    await post.clock.advance(post.watcher._context.settings.quick_poll)
    assert {sighting.job_id for sighting in post.sightings if sighting.log} == set(JOBS[5:10])
    await post.watcher.close()


@on_loop
async def test_a_job_whose_last_server_launched_is_seen_ended_two_seconds_after_it_ended() -> None:
    post = Post()
    post.watch(LaunchStatus.IN_PROGRESS)
    await post.clock.advance(timedelta(minutes=1))
    post.drs.jobs[JOB] = a_job([a_key(1)], JobStatus.STARTED, LaunchStatus.LAUNCHED)
    await post.clock.advance(timedelta(seconds=6))
    post.drs.jobs[JOB] = a_job([a_key(1)], JobStatus.COMPLETED, LaunchStatus.LAUNCHED)
    await post.clock.advance(timedelta(seconds=2))
    assert post.sightings[-1].is_log_complete
    await post.watcher.close()


@on_loop
async def test_a_job_that_launched_and_never_ends_is_not_looked_at_in_haste_for_ever() -> None:
    post = Post()
    post.watch(LaunchStatus.IN_PROGRESS)
    post.drs.jobs[JOB] = a_job([a_key(1)], JobStatus.STARTED, LaunchStatus.LAUNCHED)
    await post.clock.advance(timedelta(minutes=1))
    post.aws.calls.clear()
    await post.clock.advance(timedelta(minutes=1))
    assert len(post.aws.operations("DescribeJobs")) == 6
    await post.watcher.close()


@on_loop
async def test_a_look_that_breaks_is_shown_and_made_again() -> None:
    post = Post()
    post.drs.errors["DescribeJobs"] = ValueError("an answer that nobody thought of")
    post.watch()
    await post.clock.advance(timedelta(seconds=1))
    assert "failed inside the program (ValueError)" in post.watcher.health.problem
    del post.drs.errors["DescribeJobs"]
    await post.clock.advance(timedelta(minutes=2))
    assert post.watcher.health.problem == ""
    assert post.sightings
    await post.watcher.close()
