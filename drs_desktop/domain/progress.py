"""What follows from the state alone: which waves start, wait, end; when the execution ends."""

from drs_desktop.domain import events as ev
from drs_desktop.domain.decide_instances import unchecked_servers
from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    AttemptStatus,
    Execution,
    ExecutionStatus,
    HoldKind,
    ServerLaunch,
    WaveExecution,
    WaveStatus,
)
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.domain.job_questions import jobs_by_their_servers_word, questions_about_jobs
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.step_progress import are_starts_over, are_steps_over, step_progress
from drs_desktop.domain.steps import StepPhase, StepStatus
from drs_desktop.domain.terminable import terminable_servers
from drs_desktop.domain.times import Now


def progress(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Return the next facts that follow by themselves; empty when there is nothing but to wait.

    The caller folds them and asks again until nothing follows any more.
    """
    if state.end_status is not None:
        return _clean_up(state, now)
    return (
        step_progress(state, now)
        or jobs_by_their_servers_word(state, now)
        or _ended_waves(state, now)
        or _overdue_waves(state, now)
        or questions_about_jobs(state, now)
        or _dropped_waves(state, now)
        or _due_waves(state, now)
        or _end(state, now)
    )


# ---- waves that end


def _ended_waves(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    return tuple(
        event
        for wave in state.waves
        if wave.is_in_flight and (status := _final_status(state, wave))
        for event in _end_or_ask(state, wave, status, now)
    )


def _final_status(state: Execution, wave: WaveExecution) -> WaveStatus | None:
    if any(a.status in IN_FLIGHT_ATTEMPTS for a in wave.attempts.values()):
        return None
    if unchecked_servers(wave) and not state.is_aws_gone:
        return None
    if state.unwatched is not None:
        return WaveStatus.CANCELLED
    if _is_broken_before_start(wave):
        return WaveStatus.FAILED
    if not are_starts_over(wave) or not are_steps_over(wave, StepPhase.BEFORE):
        return WaveStatus.CANCELLED if state.cancel_request else None
    if not _may_end_without_steps(state, wave) and not are_steps_over(wave, StepPhase.AFTER):
        return None
    servers = wave.servers.values()
    is_clean = not any(step.is_failure for step in wave.steps.values())
    if servers and is_clean and all(server.is_good for server in servers):
        return WaveStatus.COMPLETED
    return WaveStatus.PARTIAL if any(server.is_launched for server in servers) else WaveStatus.FAILED


def _is_broken_before_start(wave: WaveExecution) -> bool:
    return not wave.attempts and any(step.is_failure for step in wave.steps_of(StepPhase.BEFORE))


def _may_end_without_steps(state: Execution, wave: WaveExecution) -> bool:
    launched = any(server.is_launched for server in wave.servers.values())
    return state.cancel_request is not None or not launched


def _end_or_ask(state: Execution, wave: WaveExecution, status: WaveStatus, now: Now) -> tuple[ev.Event, ...]:
    """End a wave; but one that failed by a policy that asks is first put to a person."""
    is_bad = status in {WaveStatus.PARTIAL, WaveStatus.FAILED} and wave.is_short_of_success
    asks = wave.failure_policy is FailurePolicy.ASK and not wave.is_failure_accepted
    reason = _failure_summary(wave)
    if is_bad and asks and state.cancel_request is None:
        is_asked = wave.hold is not None and wave.hold.kind is HoldKind.DECISION
        return () if is_asked else (_failure_hold(state, wave, reason, now),)
    return (ev.WaveEnded(at=now.service, wave=wave.number, status=status, reason=reason),)


def _failure_hold(state: Execution, wave: WaveExecution, reason: str, now: Now) -> ev.Event:
    return ev.WaveHeld(
        at=now.service,
        wave=wave.number,
        hold_id=f"wave-{wave.number}-at-{state.version}",
        kind=HoldKind.DECISION,
        reason=(
            f"it failed: {reason}. Retry starts the failed servers again; resume goes on without them and "
            "needs a reason; cancel stops."
        ),
    )


def _failure_summary(wave: WaveExecution) -> str:
    if broken := [step for step in wave.steps.values() if step.is_failure]:
        return f"step {broken[0].spec.name}: {broken[0].evidence or 'failed'}"
    failed = [s for s in wave.servers.values() if not s.is_good and wave.started_at]
    if not failed:
        return ""
    first = f"{failed[0].name}: {failed[0].error or 'not started'}"
    return f"{len(failed)} of {len(wave.servers)} servers did not come up ({first})"


def _overdue_waves(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    return tuple(
        event
        for wave in state.waves
        if wave.limit_at is not None and now.service >= wave.limit_at
        for event in _overdue(state, wave, now)
    )


def _overdue(state: Execution, wave: WaveExecution, now: Now) -> tuple[ev.Event, ...]:
    overdue = ev.WaveOverdue(at=now.service, wave=wave.number)
    if wave.failure_policy is not FailurePolicy.ASK or wave.hold or state.cancel_request:
        return (overdue,)
    held = ev.WaveHeld(
        at=now.service,
        wave=wave.number,
        hold_id=f"wave-{wave.number}-at-{state.version}",
        kind=HoldKind.OVERDUE,
        reason="it is over its time limit. Its jobs are watched on: resume waits, cancel stops the plan.",
    )
    return (overdue, held)


# ---- waves that will never run


def _dropped_waves(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    waiting = [wave for wave in state.waves if wave.started_at is None and not wave.is_ended]
    if state.cancel_request is not None:
        status, reason = WaveStatus.CANCELLED, "The execution was cancelled."
    elif stopper := _stopping_wave(state):
        status, reason = WaveStatus.SKIPPED, f"{_what_stopped(stopper)}; its policy is stop."
    else:
        return ()
    return tuple(
        ev.WaveEnded(at=now.service, wave=wave.number, status=status, reason=reason) for wave in waiting
    )


def _stopping_wave(state: Execution) -> WaveExecution | None:
    for wave in state.waves:
        if (wave.has_failed or wave.overdue_at is not None) and wave.failure_policy is FailurePolicy.STOP:
            return wave
    return None


def _what_stopped(wave: WaveExecution) -> str:
    what = "failed" if wave.has_failed else "is over its time limit"
    return f'Wave {wave.number} "{wave.name}" {what}'


# ---- waves whose turn it is


def _due_waves(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    if state.frozen:
        return ()
    ended = {wave.number for wave in state.waves if wave.is_ended or _is_left_behind(wave)}
    events: list[ev.Event] = []
    for wave in state.waves:
        if wave.started_at is not None or wave.is_ended or not set(wave.depends_on) <= ended:
            continue
        if wave.hold is None:
            events.append(_hold_or_start(state, wave, now))
    return tuple(events)


def _is_left_behind(wave: WaveExecution) -> bool:
    """Return whether the plan goes on without a wave that is over its time limit."""
    return wave.overdue_at is not None and wave.failure_policy is FailurePolicy.CONTINUE


def _hold_or_start(state: Execution, wave: WaveExecution, now: Now) -> ev.Event:
    if not wave.servers:
        reason = "No server belongs to this wave; an empty wave is never done."
        if wave.failure_policy is FailurePolicy.ASK and not wave.is_failure_accepted:
            return _failure_hold(state, wave, reason, now)
        return ev.WaveEnded(at=now.service, wave=wave.number, status=WaveStatus.FAILED, reason=reason)
    hold = _reason_to_hold(state, wave)
    if hold is None:
        return ev.WaveStarted(at=now.service, wave=wave.number)
    kind, reason = hold
    return ev.WaveHeld(
        at=now.service,
        wave=wave.number,
        hold_id=f"wave-{wave.number}-at-{state.version}",
        kind=kind,
        reason=reason,
        instruction=wave.instruction if kind is HoldKind.CONFIGURED_PAUSE else "",
    )


def _reason_to_hold(state: Execution, wave: WaveExecution) -> tuple[HoldKind, str] | None:
    if wave.pause_before and not wave.is_pause_released:
        return HoldKind.CONFIGURED_PAUSE, "a pause is configured before it."
    if state.pause_request is not None:
        return HoldKind.OPERATOR_PAUSE, f"{state.pause_request.by} asked for a pause."
    if state.starts_held:
        return HoldKind.AFTER_GAP, state.starts_held
    return None


# ---- the end


def _end(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    if not all(wave.is_ended for wave in state.waves):
        return ()
    if state.frozen and state.cancel_request is None:
        return ()  # what AWS contradicts is never called complete: a person looks, and cancels
    if _is_anything_in_flight(state):
        return ()
    status, reason = _verdict(state)
    return (ev.ExecutionEnded(at=now.service, status=status, reason=reason),)


def _is_anything_in_flight(state: Execution) -> bool:
    return any(attempt.status in IN_FLIGHT_ATTEMPTS for attempt in state.attempts)


def _verdict(state: Execution) -> tuple[ExecutionStatus, str]:
    if state.cancel_request is not None:
        return ExecutionStatus.CANCELLED, _cancelled_reason(state)
    wanted = [s for wave in state.waves if not wave.skipped_by for s in wave.servers.values()]
    launched = [s for s in wanted if s.is_launched]
    bad = [s for s in wanted if not s.is_good]
    if not launched:
        return ExecutionStatus.FAILED, _nothing_launched(wanted)
    stopper = _stopping_wave(state)
    if stopper and any(w.end_status is WaveStatus.SKIPPED and not w.skipped_by for w in state.waves):
        return ExecutionStatus.FAILED, f"{_what_stopped(stopper)} and stopped the plan."
    critical = [s for s in bad if s.is_critical]
    if critical:
        return (
            ExecutionStatus.PARTIAL,
            f"{len(critical)} critical server(s) did not come up: {_names(critical)}.",
        )
    if broken := [w for w in state.waves if w.has_failed and any(s.is_failure for s in w.steps.values())]:
        return ExecutionStatus.PARTIAL, f'A step of wave {broken[0].number} "{broken[0].name}" failed.'
    if empty := [wave for wave in state.waves if not wave.servers and not wave.skipped_by]:
        return ExecutionStatus.PARTIAL, f'Wave {empty[0].number} "{empty[0].name}" had no server.'
    return ExecutionStatus.COMPLETED, _blemishes(state, bad)


def _nothing_launched(wanted: list[ServerLaunch]) -> str:
    unknown = [server for server in wanted if server.launch_status is LaunchStatus.UNKNOWN]
    if not unknown:
        return "No server launched."
    return f"No server is known to have launched; whether these did is not known: {_names(unknown)}."


def _blemishes(state: Execution, bad: list[ServerLaunch]) -> str:
    """Return what a completed execution must not hide."""
    steps = [step for wave in state.waves for step in wave.steps.values()]
    failed = [step.spec.name for step in steps if step.status is StepStatus.FAILED]
    skipped = [wave.name for wave in state.waves if wave.skipped_by]
    found = (
        f"Optional servers failed: {_names(bad)}." if bad else "",
        f"Optional steps failed: {', '.join(failed)}." if failed else "",
        f"With skips: {', '.join(skipped)}." if skipped else "",
    )
    return " ".join(text for text in found if text)


def _cancelled_reason(state: Execution) -> str:
    assert state.cancel_request is not None
    reason = f"Cancelled by {state.cancel_request.by}."
    if state.unwatched is None:
        return reason
    left = [
        str(a.job_id or f"{a.key} (in doubt)") for a in state.attempts if a.status is AttemptStatus.ABANDONED
    ]
    return f"{reason} {state.unwatched.by} stopped watching; left running: {', '.join(left) or 'nothing'}."


def _names(servers: list[ServerLaunch]) -> str:
    names = [server.name for server in servers[:3]]
    more = len(servers) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


# ---- after the end


def _clean_up(state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Terminate what a drill launched, once, when a person asked for that with the cancel."""
    if not state.is_clean_up_asked or state.termination_request is not None:
        return ()
    servers = terminable_servers(state)
    if not servers:
        return ()
    assert state.cancel_request is not None
    by = state.cancel_request.by
    return (ev.TerminationRequested(at=now.service, by=by, servers=tuple(s.key for s in servers)),)
