"""What will happen in a job and when, computed once when the job is made.

The order and the distances are those of the recorded drills: snapshot at once, conversion after 51 s, launch
half a second after conversion, JOB_END 2.8 s after the last server.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.simulator.core import durations
from drs_desktop.simulator.core.durations import PhaseTimes
from drs_desktop.simulator.core.job import LaunchStatus, LogEvent
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure

_AT_ONCE = (LaunchFailure.SILENT, LaunchFailure.SNAPSHOT_FAIL, LaunchFailure.SERVER_SKIPPED)
"""Failures after which nothing is left to wait for."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that falls due: an entry in the log, a change of launch status, or both."""

    at: datetime
    event: LogEvent | None = None
    source_server_id: str | None = None
    launch_status: LaunchStatus | None = None
    raw_error: str | None = None
    attempt: int | None = None
    most_attempts: int | None = None


@dataclass(frozen=True, kw_only=True)
class LaunchPlan:
    """What is known about one server's launch before it begins."""

    source_server_id: str
    times: PhaseTimes
    has_earlier_instance: bool = False
    uses_previous_snapshot: bool = False
    skips_conversion: bool = False
    failure: PlannedFailure | None = None

    def fails_with(self, *kinds: LaunchFailure) -> bool:
        """Return whether the launch goes wrong in one of these ways."""
        return self.failure is not None and self.failure.kind in kinds


def plan_launch(created_at: datetime, servers: Iterable[LaunchPlan]) -> list[Step]:
    """Return the steps of a LAUNCH job in the order in which they fall due."""
    started_at = created_at + durations.TO_JOB_START
    plans = list(servers)
    steps = [Step(at=started_at, event=LogEvent.JOB_START)]
    for plan in plans:
        steps += _launch_steps(plan, started_at)
    if any(plan.fails_with(LaunchFailure.NEVER_ENDS) for plan in plans):
        return sorted(steps, key=lambda step: step.at)
    silent = all(plan.fails_with(*_AT_ONCE) for plan in plans)
    return _closed(steps, durations.TO_JOB_END_SILENT if silent else durations.TO_JOB_END)


def plan_termination(created_at: datetime, servers: Iterable[tuple[str, PhaseTimes]]) -> list[Step]:
    """Return the steps of a TERMINATE job (their order is uncertain: no recording exists)."""
    started_at = created_at + durations.TO_JOB_START
    steps = [Step(at=started_at, event=LogEvent.JOB_START)]
    for server_id, times in servers:
        begins = started_at + durations.TO_CLEANUP_START
        steps.append(
            Step(
                at=begins,
                event=LogEvent.CLEANUP_START,
                source_server_id=server_id,
                launch_status=LaunchStatus.IN_PROGRESS,
            )
        )
        steps.append(
            Step(
                at=begins + times.terminate,
                event=LogEvent.CLEANUP_END,
                source_server_id=server_id,
                launch_status=LaunchStatus.TERMINATED,
            )
        )
    return _closed(steps, durations.TO_JOB_END)


def _closed(steps: list[Step], pause: timedelta) -> list[Step]:
    ordered = sorted(steps, key=lambda step: step.at)
    return [*ordered, Step(at=ordered[-1].at + pause, event=LogEvent.JOB_END)]


def _launch_steps(plan: LaunchPlan, started_at: datetime) -> list[Step]:
    run = _ServerRun(plan, started_at)
    if plan.has_earlier_instance:
        run.after(durations.TO_CLEANUP_START, LogEvent.CLEANUP_START)
        run.after(plan.times.cleanup, LogEvent.CLEANUP_END)
    for phase in (_snapshot_phase, _conversion_phase, _launch_phase):
        phase(run, plan)
        if run.has_ended:
            break
    return run.steps


def _snapshot_phase(run: "_ServerRun", plan: LaunchPlan) -> None:
    pause = durations.SNAPSHOT if plan.fails_with(*_AT_ONCE) else durations.TO_SNAPSHOT_START
    if plan.fails_with(LaunchFailure.SERVER_SKIPPED):
        run.fail(LogEvent.SERVER_SKIPPED, pause)
    elif plan.fails_with(LaunchFailure.PREVIOUS_SNAPSHOT):
        run.after(pause, LogEvent.SNAPSHOT_START)
        run.after(durations.SNAPSHOT, LogEvent.SNAPSHOT_FAIL, tells_why=True)
        run.after(durations.SNAPSHOT, LogEvent.USING_PREVIOUS_SNAPSHOT)
    elif plan.uses_previous_snapshot:
        run.after(pause, LogEvent.USING_PREVIOUS_SNAPSHOT)
    else:
        run.after(pause, LogEvent.SNAPSHOT_START)
        if plan.fails_with(LaunchFailure.SNAPSHOT_FAIL):
            return run.fail(LogEvent.SNAPSHOT_FAIL, durations.SNAPSHOT)
        run.after(durations.SNAPSHOT, LogEvent.SNAPSHOT_END)
    if plan.fails_with(LaunchFailure.SILENT):
        run.fail(None)
    return None


def _conversion_phase(run: "_ServerRun", plan: LaunchPlan) -> None:
    run.wait(durations.TO_CONVERSION_START)
    if plan.skips_conversion:
        return
    run.after(timedelta(0), LogEvent.CONVERSION_START)
    if plan.fails_with(LaunchFailure.CONVERSION_FAIL):
        run.fail(LogEvent.CONVERSION_FAIL, plan.times.conversion)
    else:
        run.after(plan.times.conversion, LogEvent.CONVERSION_END)


def _launch_phase(run: "_ServerRun", plan: LaunchPlan) -> None:
    run.after(durations.TO_LAUNCH_START, LogEvent.LAUNCH_START, LaunchStatus.IN_PROGRESS)
    if plan.fails_with(LaunchFailure.NEVER_ENDS):
        return
    if plan.fails_with(LaunchFailure.LAUNCH_END):
        run.fail(LogEvent.LAUNCH_END, plan.times.launch)
    elif plan.fails_with(LaunchFailure.LAUNCH_FAILED, LaunchFailure.CONVERSION_FAIL):
        run.fail(LogEvent.LAUNCH_FAILED, plan.times.launch)
    else:
        run.after(plan.times.launch, LogEvent.LAUNCH_END, LaunchStatus.LAUNCHED)


class _ServerRun:
    """Collects the steps of one server while walking along its time line."""

    def __init__(self, plan: LaunchPlan, at: datetime) -> None:
        self.steps: list[Step] = []
        self.has_ended = False
        self._server_id = plan.source_server_id
        self._failure = plan.failure
        self._at = at

    def wait(self, pause: timedelta) -> None:
        """Move on without an event."""
        self._at += pause

    def after(
        self,
        pause: timedelta,
        event: LogEvent | None,
        status: LaunchStatus | None = None,
        *,
        tells_why: bool = False,
    ) -> None:
        """Move on by `pause` and log `event` there, with the failure's text if it tells why."""
        self._at += pause
        failure = self._failure if tells_why else None
        self.steps.append(
            Step(
                at=self._at,
                event=event,
                source_server_id=self._server_id,
                launch_status=status,
                raw_error=failure.raw_error if failure else None,
                attempt=failure.attempt if failure else None,
                most_attempts=failure.most_attempts if failure else None,
            )
        )

    def fail(self, event: LogEvent | None, pause: timedelta = timedelta(0)) -> None:
        """End this server's line as FAILED."""
        self.after(pause, event, LaunchStatus.FAILED, tells_why=True)
        self.has_ended = True
