"""The recorded drill of two Linux servers, event by event within its recorded spread.

The table gives, for each event, the seconds after the event before it on the same server (the job's creation
at first), as recorded in two waves; both waves lie inside.
"""

from datetime import timedelta

import pytest

from drs_desktop.simulator.core.job import Job, JobStatus, LaunchStatus, LogEvent, LogItem
from drs_desktop.simulator.core.launching import start_recovery
from tests.unit.simulator.builders import a_drill, a_simulation, target_of

SERVER_EVENTS = [
    (LogEvent.SNAPSHOT_START, 1.2, 1.2),
    (LogEvent.SNAPSHOT_END, 0.2, 0.2),
    (LogEvent.CONVERSION_START, 50.5, 51.5),
    (LogEvent.CONVERSION_END, 175, 200),
    (LogEvent.LAUNCH_START, 0.5, 0.5),
    (LogEvent.LAUNCH_END, 275, 312),
]
JOB_START_AFTER = 0.4
JOB_END_AFTER = 2.8
RECORDED = {
    "wave A": {LogEvent.CONVERSION_END: 197, LogEvent.LAUNCH_END: 279},
    "wave B": {LogEvent.CONVERSION_END: 175, LogEvent.LAUNCH_END: 310},
}
TOTAL = (500, 572)
"""Recorded: 533 s and 539 s; the rest is what the phases together may vary."""


@pytest.fixture(params=range(1, 21))
def job(request: pytest.FixtureRequest) -> Job:
    """A drill of two servers that has ended, by the seed of its simulation."""
    simulation = a_simulation(2, seed=request.param)
    state = target_of(simulation)
    made = start_recovery(simulation, state, a_drill(*state.servers))
    simulation.run_until_idle()
    return made


def seconds(between: timedelta) -> float:
    return between.total_seconds()


def test_each_event_comes_when_it_was_recorded(job: Job) -> None:
    first, last = job.log[0], job.log[-1]
    assert (first.event, last.event) == (LogEvent.JOB_START, LogEvent.JOB_END)
    assert seconds(first.at - job.created_at) == pytest.approx(JOB_START_AFTER, abs=0.05)
    for server_id in job.participants:
        before = job.created_at
        items = [item for item in job.log if item.source_server_id == server_id]
        assert [item.event for item in items] == [event for event, _, _ in SERVER_EVENTS]
        for item, (_, least, most) in zip(items, SERVER_EVENTS, strict=True):
            assert least - 0.05 <= seconds(item.at - before) <= most + 0.05, item
            before = item.at
    assert seconds(last.at - job.log[-2].at) == pytest.approx(JOB_END_AFTER, abs=0.05)
    assert TOTAL[0] <= seconds(last.at - job.created_at) <= TOTAL[1]


def test_items_ascend_in_time_and_servers_interleave(job: Job) -> None:
    assert [item.at for item in job.log] == sorted(item.at for item in job.log)
    starts = [item.source_server_id for item in job.log if item.event is LogEvent.SNAPSHOT_START]
    assert starts == list(job.participants)
    assert _last_of(job, LogEvent.SNAPSHOT_END).at < _first_of(job, LogEvent.CONVERSION_END).at


def test_the_end_is_told_a_moment_before_its_entry(job: Job) -> None:
    assert job.status is JobStatus.COMPLETED
    assert {one.launch_status for one in job.participants.values()} == {LaunchStatus.LAUNCHED}
    assert job.ended_at is not None
    assert timedelta(0) < job.log[-1].at - job.ended_at < timedelta(seconds=1)


def test_both_recorded_waves_lie_inside_the_spread() -> None:
    spread = {event: (least, most) for event, least, most in SERVER_EVENTS}
    for wave in RECORDED.values():
        assert all(spread[event][0] <= length <= spread[event][1] for event, length in wave.items())
        total = 52.4 + sum(wave.values()) + 0.5 + JOB_END_AFTER
        assert TOTAL[0] <= total <= TOTAL[1]


def _first_of(job: Job, event: LogEvent) -> LogItem:
    return next(item for item in job.log if item.event is event)


def _last_of(job: Job, event: LogEvent) -> LogItem:
    return next(item for item in reversed(job.log) if item.event is event)
