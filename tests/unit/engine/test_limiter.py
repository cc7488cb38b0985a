"""The pace of calls, and what is counted of them."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from drs_desktop.domain.errors import Throttled
from drs_desktop.domain.ids import IntentId, JobId
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.engine.limiter import LimitedAws, Pace, TokenBucket
from drs_desktop.engine.metrics import Metrics, MetricsView, OperationFigures, log_regularly
from drs_desktop.engine.tasks import spawn
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, SCOPE, a_job, a_key
from tests.helpers.fakes import FakeAws, FakeClock

SECOND = timedelta(seconds=1)


def _figures(metrics: Metrics) -> dict[str, OperationFigures]:
    view = metrics.view(executions_driven=0, waves_watched=0)
    return {one.operation: one for one in view.operations}


async def _take_many(clock: FakeClock, bucket: TokenBucket, count: int) -> timedelta:
    tasks = [spawn(bucket.take(), name="take") for _ in range(count)]
    return await clock.run_until(lambda: all(task.done() for task in tasks))


@on_loop
async def test_a_burst_goes_at_once_and_the_rest_at_the_pace() -> None:
    clock = FakeClock()
    bucket = TokenBucket(Pace(per_second=5, burst=10), clock)
    assert await _take_many(clock, bucket, 10) == timedelta(0)
    assert await _take_many(clock, bucket, 5) == SECOND
    await clock.advance(timedelta(minutes=1))
    assert await _take_many(clock, bucket, 10) == timedelta(0), (
        "rest fills the bucket, but not beyond a burst"
    )
    assert await _take_many(clock, bucket, 1) == SECOND / 5


@on_loop
async def test_a_clock_that_is_turned_back_stops_nothing() -> None:
    clock = FakeClock()
    bucket = TokenBucket(Pace(per_second=5, burst=10), clock)
    await _take_many(clock, bucket, 10)
    clock.turn_service(-timedelta(days=30))
    assert await _take_many(clock, bucket, 1) == timedelta(0)


@on_loop
async def test_reads_never_keep_a_start_back_nor_those_of_another_region() -> None:
    clock, aws, metrics = FakeClock(), FakeAws(), Metrics()
    limited = LimitedAws(aws, clock, metrics)
    reads = [spawn(limited.reader(SCOPE).describe_jobs(), name="read") for _ in range(100)]
    await clock.advance(timedelta(0))
    assert sum(task.done() for task in reads) == 10
    aws.drs(SCOPE).answers.append(a_job([a_key(1)]))
    actor = await limited.actor(SCOPE, IntentId("i-1"))
    request = StartRecoveryRequest(scope=SCOPE, source_server_ids=(a_key(1).source_server_id,), is_drill=True)
    await actor.start_recovery(request)
    await limited.reader(OTHER_SCOPE).describe_jobs()
    assert clock.local_elapsed() == timedelta(0)
    await clock.run_until(lambda: all(task.done() for task in reads))
    assert clock.local_elapsed() == 18 * SECOND
    assert _figures(metrics)["DescribeJobs"].limiter_waits == 90


@on_loop
async def test_calls_errors_and_throttles_are_counted_by_operation() -> None:
    aws, metrics = FakeAws(), Metrics()
    limited = LimitedAws(aws, FakeClock(), metrics)
    aws.drs(SCOPE).errors["DescribeJobs"] = Throttled("Slow down.")
    with pytest.raises(Throttled):
        await limited.reader(SCOPE).describe_jobs([JobId("drsjob-1")])
    aws.drs(SCOPE).errors.clear()
    await limited.reader(SCOPE).describe_jobs()
    await limited.reader(SCOPE).describe_source_servers()
    await limited.reader(SCOPE).describe_recovery_instances([])
    await limited.reader(SCOPE).describe_job_log_items(JobId("drsjob-1"))
    figures = _figures(metrics)
    jobs = figures["DescribeJobs"]
    assert (jobs.calls, jobs.errors, jobs.throttles) == (2, 1, 1)
    assert sorted(figures) == [
        "DescribeJobLogItems",
        "DescribeJobs",
        "DescribeRecoveryInstances",
        "DescribeSourceServers",
    ]


def test_latencies_add_up_and_the_longest_is_kept() -> None:
    metrics = Metrics()
    for seconds in (1, 3, 2):
        metrics.called("DescribeJobs", seconds * SECOND, is_error=False, is_throttled=False)
    figures = _figures(metrics)["DescribeJobs"]
    assert (figures.total_seconds, figures.longest_seconds) == (6.0, 3.0)


@on_loop
async def test_the_figures_are_logged_every_minute() -> None:
    clock = FakeClock()
    kept: list[MetricsView] = []
    with capture_logs() as lines:
        task = spawn(log_regularly(lambda: MetricsView(executions_driven=2), clock, kept.append), name="log")
        await clock.advance(timedelta(minutes=3))
        task.cancel()
    assert [line["executions_driven"] for line in lines if line["event"] == "metrics"] == [2, 2, 2]
    assert len(kept) == 3
