"""What an execution and its waves are called at any moment: derived, with the reason beside the word."""

from dataclasses import dataclass

from drs_desktop.domain.decide_instances import unchecked_servers
from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    AttemptStatus,
    Execution,
    ExecutionStatus,
    HoldKind,
    WaveExecution,
    WaveStatus,
)
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.step_progress import is_settled, may_start_servers
from drs_desktop.domain.steps import StepExecution, StepStatus

_CANNOT_BE_STOPPED = "DRS jobs cannot be stopped: what was started is watched to its end."


@dataclass(frozen=True, kw_only=True)
class StatusView:
    """A status, why it is so, and whether a person must act for it to change."""

    status: ExecutionStatus
    reason: str = ""
    needs_person: bool = False
    pause_requested: bool = False


def wave_status(wave: WaveExecution) -> WaveStatus:
    """Return where a wave stands."""
    if wave.end_status is not None:
        return wave.end_status
    if wave.hold is not None:
        return WaveStatus.HELD
    if wave.started_at is None:
        return WaveStatus.PENDING
    return _status_in_flight(wave)


def _status_in_flight(wave: WaveExecution) -> WaveStatus:
    statuses = {a.status for a in wave.attempts.values()}
    if AttemptStatus.ACCEPTED in statuses:
        passed = any(_has_passed_conversion(wave, key) for key in wave.servers)
        return WaveStatus.LAUNCHING if passed else WaveStatus.POLLING
    if statuses & IN_FLIGHT_ATTEMPTS:
        return WaveStatus.STARTING
    if not may_start_servers(wave):
        return WaveStatus.PREPARING
    if wave.deferrals:
        return WaveStatus.QUEUED
    if all(is_settled(wave, part.key) for part in wave.parts):
        return WaveStatus.VERIFYING
    return WaveStatus.STARTING if statuses else WaveStatus.PREPARING


def _has_passed_conversion(wave: WaveExecution, key: object) -> bool:
    server = wave.servers[key]  # type: ignore[index]  # keys come from the mapping itself
    begun = server.launch_status in {LaunchStatus.IN_PROGRESS, LaunchStatus.LAUNCHED}
    return begun or server.phase is LaunchPhase.LAUNCH


def execution_status(state: Execution) -> StatusView:
    """Return the execution's status by the first rule that matches, with its reason."""
    pause = state.pause_request is not None and state.end_status is None
    if state.end_status is not None:
        return StatusView(status=state.end_status, reason=state.end_reason)
    doubt = _doubt(state)
    in_flight = [wave for wave in state.waves if wave.is_in_flight and _is_active(wave)]
    if state.cancel_request is not None:
        return StatusView(
            status=ExecutionStatus.CANCELLING,
            reason=doubt or _asked_about_jobs(state) or _not_understood(in_flight) or _CANNOT_BE_STOPPED,
            needs_person=bool(doubt or _asked_about_jobs(state)),
        )
    if in_flight:
        return StatusView(
            status=_in_flight_status(in_flight),
            reason=doubt
            or _held_reason(state)
            or _task_reason(state)
            or _not_understood(in_flight)
            or _queue_reason(in_flight),
            needs_person=bool(doubt or state.holds or state.starts_held or state.frozen or _tasks(state)),
            pause_requested=pause,
        )
    if state.holds or state.starts_held or state.pause_request or state.frozen:
        return StatusView(
            status=ExecutionStatus.PAUSED,
            reason=_held_reason(state),
            needs_person=True,
            pause_requested=pause,
        )
    before_first = all(wave.started_at is None for wave in state.waves)
    status = ExecutionStatus.PENDING if before_first else ExecutionStatus.INITIATED
    waiting = [wave for wave in state.waves if wave.is_in_flight]
    return StatusView(status=status, reason=_queue_reason(waiting))


def _is_active(wave: WaveExecution) -> bool:
    """Return whether AWS may be doing something for the wave, or a step or check of it is under way."""
    if any(a.status in IN_FLIGHT_ATTEMPTS for a in wave.attempts.values()) or unchecked_servers(wave):
        return True
    return any(step.status is StepStatus.RUNNING for step in wave.steps.values())


def _tasks(state: Execution) -> tuple[StepExecution, ...]:
    """Return the manual tasks that wait for a person."""
    steps = (step for wave in state.waves if wave.is_in_flight for step in wave.steps.values())
    return tuple(step for step in steps if step.waits_for_person)


def _task_reason(state: Execution) -> str:
    for step in _tasks(state):
        return f'Wave {step.key.wave}: "{step.spec.name}" waits for you: {step.spec.instruction}'
    return ""


def _in_flight_status(waves: list[WaveExecution]) -> ExecutionStatus:
    statuses = {_status_in_flight(wave) for wave in waves}  # also of one held over its time limit
    if statuses & {WaveStatus.LAUNCHING, WaveStatus.VERIFYING}:
        return ExecutionStatus.LAUNCHING
    if WaveStatus.POLLING in statuses:
        return ExecutionStatus.POLLING
    return ExecutionStatus.INITIATED


def _doubt(state: Execution) -> str:
    """Return what a person must settle about starts in doubt, or an empty string."""
    if state.frozen:
        return state.frozen
    asked = [a for a in state.attempts if a.status is AttemptStatus.ASK]
    if asked:
        return f"We do not know whether AWS started {asked[0].key}: {asked[0].reason}"
    unknown = [a for a in state.attempts if a.status is AttemptStatus.UNKNOWN]
    if unknown:
        return f"Outcome unknown, looking: {unknown[0].key}: {unknown[0].reason}"
    return ""


def _held_reason(state: Execution) -> str:
    if state.frozen:
        return state.frozen
    hold = _first_hold(state)
    gap = "" if state.starts_held in hold else state.starts_held
    return " ".join(text for text in (hold, gap, _pause_reason(state)) if text)


def _first_hold(state: Execution) -> str:
    for wave in state.holds:
        assert wave.hold is not None
        text = f'Wave {wave.number} "{wave.name}" waits: {wave.hold.reason}'
        return f"{text} {wave.hold.instruction}".strip()
    return ""


def _asked_about_jobs(state: Execution) -> str:
    """Return what a person is asked about jobs of a cancelled execution: only to stop watching ends it."""
    kinds = {HoldKind.NOT_UNDERSTOOD, HoldKind.STILL_RUNNING}
    asked = [wave.hold for wave in state.holds if wave.hold and wave.hold.kind in kinds]
    return asked[0].reason if asked else ""


def _pause_reason(state: Execution) -> str:
    request = state.pause_request
    if request is None:
        return ""
    why = f" ({request.reason})" if request.reason else ""
    return f"Pause asked by {request.by}{why}: nothing new is started."


def _not_understood(waves: list[WaveExecution]) -> str:
    for wave in waves:
        for attempt in wave.not_understood:
            since = f"{attempt.not_understood_at:%H:%M:%S} UTC"
            return f"Job {attempt.job_id}: since {since} AWS gives it a status that is not known here."
    return ""


def _queue_reason(waves: list[WaveExecution]) -> str:
    for wave in waves:
        for deferral in wave.deferrals.values():
            return f'Wave {wave.number} "{wave.name}" is queued: {deferral.reason}'
    return ""
