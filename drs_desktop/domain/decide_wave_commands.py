"""What an operator does with one wave: retry, skip, its waits and tasks; and to stop watching jobs."""

from drs_desktop.domain import events as ev
from drs_desktop.domain.commands import AnswerTask, EndWait, ExtendWait, Retry, Skip, StopWatching
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    AttemptStatus,
    Execution,
    HoldKind,
    ServerLaunch,
    WaveExecution,
    WaveStatus,
)
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.domain.refusals import refuse_if_over
from drs_desktop.domain.step_progress import find_step
from drs_desktop.domain.steps import (
    LONGEST_WAIT,
    MANUAL_TASK,
    TIMED_WAIT,
    StepExecution,
    StepKey,
    StepStatus,
)
from drs_desktop.domain.times import Now

_LIVE_DOUBTS = IN_FLIGHT_ATTEMPTS - {AttemptStatus.ACCEPTED}
_WITHOUT_INSTANCE = frozenset({LaunchStatus.FAILED, LaunchStatus.TERMINATED})
_IN_VAIN = frozenset({AttemptStatus.REFUSED, AttemptStatus.NOT_SENT, AttemptStatus.NOT_STARTED})


def _wave(state: Execution, number: int, verb: str) -> WaveExecution:
    refuse_if_over(state, verb)
    try:
        return state.wave(number)
    except KeyError:
        raise CommandRefused(f"Execution {state.execution_id} has no wave {number}.") from None


# ---- retry and skip


def retry(command: Retry, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Start the servers of a wave whose launch failed again, while the wave waits for that decision.

    Raises:
        CommandRefused: nothing failed, the wave is over, or it still runs.
    """
    wave = _wave(state, command.wave, "retry")
    if state.cancel_request is not None or state.frozen:
        raise CommandRefused(f"Execution {state.execution_id} starts nothing any more: it cannot be retried.")
    if wave.is_ended or wave.started_at is None:
        raise CommandRefused(f"Wave {wave.number} is not waiting for a decision about a failure.")
    if wave.hold is None:
        return () if any(s.is_retry_due for s in wave.servers.values()) else _refuse_running(wave)
    if wave.hold.kind is not HoldKind.DECISION:
        raise CommandRefused(f"Wave {wave.number} waits for something else: {wave.hold.reason}")
    servers = tuple(s.key for s in wave.servers.values() if _is_retried(s))
    if not servers and not any(step.is_failure for step in wave.steps.values()):
        raise CommandRefused(
            f"No launch of wave {wave.number} failed. To launch a running server anew deletes its instance; "
            "that is another action."
        )
    return (ev.RetryRequested(at=now.service, wave=wave.number, servers=servers, by=by),)


def _refuse_running(wave: WaveExecution) -> tuple[ev.Event, ...]:
    raise CommandRefused(f"Wave {wave.number} is still under way: wait until it asks.")


def _is_retried(server: ServerLaunch) -> bool:
    """Return whether a retry starts the server: it has no instance that a new launch would delete.

    One whose job ended with a word that nobody here knows may have an instance that runs.
    """
    return server.launch_status in _WITHOUT_INSTANCE or server.recovery_instance_id is None


def skip(command: Skip, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Never run a wave that has started nothing.

    Raises:
        CommandRefused: it has started something, it is over, or no reason was given.
    """
    wave = _wave(state, command.wave, "skip")
    if not command.reason.strip():
        raise CommandRefused("Skipping a wave needs a reason.")
    if wave.is_ended:
        if wave.skipped_by:
            return ()
        raise CommandRefused(f"Wave {wave.number} is over already.")
    if any(attempt.status not in _IN_VAIN for attempt in wave.attempts.values()):
        raise CommandRefused(f"Wave {wave.number} has started servers: it can be accepted, but not skipped.")
    return (
        ev.WaveEnded(
            at=now.service,
            wave=wave.number,
            status=WaveStatus.SKIPPED,
            reason=f"{by} skipped it: {command.reason}",
            by=by,
        ),
    )


# ---- waits and tasks


def _running(state: Execution, key: StepKey, kind: str) -> StepExecution:
    step = find_step(state, key)
    if step is None:
        raise CommandRefused(f"Execution {state.execution_id} has no {key}.")
    if step.spec.kind != kind:
        raise CommandRefused(f"{step.spec.name} is no {kind}.")
    if step.status is not StepStatus.RUNNING or state.end_status is not None:
        raise CommandRefused(f"{step.spec.name} is not running: it is {step.status}.")
    return step


def end_wait(command: EndWait, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """End a timed wait now."""
    step = find_step(state, command.key)
    if step is not None and step.spec.kind == TIMED_WAIT and step.is_ended:
        return ()
    _running(state, command.key, TIMED_WAIT)
    return (
        ev.StepEnded(at=now.service, key=command.key, status=StepStatus.DONE, evidence="Ended early.", by=by),
    )


def extend_wait(command: ExtendWait, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Move the end of a timed wait."""
    step = _running(state, command.key, TIMED_WAIT)
    assert step.ends_at is not None
    assert step.started_at is not None
    if command.by > LONGEST_WAIT - (step.ends_at - step.started_at):
        raise CommandRefused(f"{step.spec.name} may last {LONGEST_WAIT.days} days in all, not longer.")
    ends_at = max(step.ends_at + max(command.by, -LONGEST_WAIT), now.service)
    return (ev.StepExtended(at=now.service, key=command.key, ends_at=ends_at, by=by),)


def answer_task(command: AnswerTask, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Take a person's word for a manual task; a failed one is not tried again by itself."""
    step = find_step(state, command.key)
    status = StepStatus.DONE if command.is_done else StepStatus.FAILED
    if step is not None and step.spec.kind == MANUAL_TASK and step.status is status:
        return ()
    _running(state, command.key, MANUAL_TASK)
    return (ev.StepEnded(at=now.service, key=command.key, status=status, evidence=command.answer, by=by),)


# ---- stop watching


def stop_watching(command: StopWatching, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Look no more at the jobs of a cancelled execution, or of one whose simulator is gone.

    Raises:
        CommandRefused: it is not cancelled, a start is in doubt, or no reason was given.
    """
    if state.end_status is not None:
        raise CommandRefused(
            f"Execution {state.execution_id} ended as {state.end_status}: nothing is watched."
        )
    if not command.reason.strip():
        raise CommandRefused("To stop watching needs a reason: the jobs go on in AWS, and nobody here looks.")
    if not command.is_aws_gone:
        _refuse_while_it_can_be_watched(state)
    if state.unwatched is not None and state.is_aws_gone is command.is_aws_gone:
        return ()
    watched = [a for a in state.attempts if a.status in IN_FLIGHT_ATTEMPTS]
    events: list[ev.Event] = []
    if state.cancel_request is None:
        events.append(ev.CancelRequested(at=now.service, by=by, reason=command.reason))
    events += [
        ev.WatchingStopped(
            at=now.service,
            by=by,
            reason=command.reason,
            job_ids=tuple(a.job_id for a in watched if a.job_id),
            is_aws_gone=command.is_aws_gone,
        )
    ]
    events += [ev.StartAbandoned(at=now.service, key=a.key, by=by) for a in watched]
    return tuple(events)


def _refuse_while_it_can_be_watched(state: Execution) -> None:
    if state.cancel_request is None:
        raise CommandRefused("Cancel first: then what still runs can be left unwatched.")
    if any(attempt.status in _LIVE_DOUBTS for attempt in state.attempts):
        raise CommandRefused("A start is in doubt: settle whether AWS started it first.")
