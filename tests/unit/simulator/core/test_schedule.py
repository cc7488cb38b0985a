from dataclasses import replace
from datetime import timedelta

from drs_desktop.simulator.core.durations import PhaseTimes
from drs_desktop.simulator.core.job import LaunchStatus, LogEvent
from drs_desktop.simulator.core.schedule import LaunchPlan, Step, plan_launch, plan_termination
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from tests.unit.simulator.builders import START

TIMES = PhaseTimes(
    conversion=timedelta(seconds=190),
    launch=timedelta(seconds=280),
    cleanup=timedelta(seconds=60),
    terminate=timedelta(seconds=90),
)
PLAN = LaunchPlan(source_server_id="s-1", times=TIMES)


def offsets(steps: list[Step]) -> list[tuple[str, float]]:
    return [(str(step.event), (step.at - START).total_seconds()) for step in steps]


def test_launch_follows_the_recorded_times() -> None:
    assert offsets(plan_launch(START, [PLAN])) == [
        ("JOB_START", 0.4),
        ("SNAPSHOT_START", 1.2),
        ("SNAPSHOT_END", 1.4),
        ("CONVERSION_START", 52.4),
        ("CONVERSION_END", 242.4),
        ("LAUNCH_START", 242.9),
        ("LAUNCH_END", 522.9),
        ("JOB_END", 525.7),
    ]


def test_job_ends_after_its_slowest_server() -> None:
    slow = replace(PLAN, source_server_id="s-2", times=replace(TIMES, launch=timedelta(seconds=900)))
    steps = plan_launch(START, [slow, PLAN])
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert offsets(steps)[-2:] == [("LAUNCH_END", 1142.9), ("JOB_END", 1145.7)]


def test_earlier_instance_is_cleaned_up_before_the_snapshot() -> None:
    events = [name for name, _ in offsets(plan_launch(START, [replace(PLAN, has_earlier_instance=True)]))]
    assert events[:4] == ["JOB_START", "CLEANUP_START", "CLEANUP_END", "SNAPSHOT_START"]


def test_failure_ends_the_servers_line_at_its_event() -> None:
    for kind in (LaunchFailure.CONVERSION_FAIL, LaunchFailure.LAUNCH_FAILED):
        failing = replace(PLAN, failure=PlannedFailure(kind=kind, raw_error="why"))
        *_, last, end = plan_launch(START, [failing])
        assert (last.event, last.raw_error) == (LogEvent(kind.value), "why")
        assert last.launch_status is LaunchStatus.FAILED
        assert end.event is LogEvent.JOB_END


def test_silent_failure_is_over_in_a_second() -> None:
    silent = replace(PLAN, failure=PlannedFailure(kind=LaunchFailure.SILENT))
    steps = plan_launch(START, [silent])
    assert [name for name, _ in offsets(steps)] == [
        "JOB_START",
        "SNAPSHOT_START",
        "SNAPSHOT_END",
        "None",
        "JOB_END",
    ]
    assert steps[-1].at - START <= timedelta(seconds=1)


def test_fast_mode_and_pinned_snapshot_leave_events_out() -> None:
    plan = replace(PLAN, skips_conversion=True, uses_previous_snapshot=True)
    assert [name for name, _ in offsets(plan_launch(START, [plan]))] == [
        "JOB_START",
        "USING_PREVIOUS_SNAPSHOT",
        "LAUNCH_START",
        "LAUNCH_END",
        "JOB_END",
    ]


def test_termination_cleans_up_every_server() -> None:
    steps = plan_termination(START, [("s-1", TIMES), ("s-2", TIMES)])
    ended = [step.source_server_id for step in steps if step.launch_status is LaunchStatus.TERMINATED]
    assert ended == ["s-1", "s-2"]
    assert (steps[0].event, steps[-1].event) == (LogEvent.JOB_START, LogEvent.JOB_END)
