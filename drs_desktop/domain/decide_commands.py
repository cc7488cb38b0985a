"""What an operator's command does, or why it is refused. Every command may be given twice."""

from drs_desktop.domain import events as ev
from drs_desktop.domain.commands import (
    AddNote,
    AnswerStart,
    AnswerTask,
    Cancel,
    CancelAndCleanUp,
    Command,
    EndWait,
    ExtendWait,
    Pause,
    Resume,
    Retry,
    Skip,
    StartAnswer,
    StopWatching,
    Terminate,
)
from drs_desktop.domain.decide_resume import resume
from drs_desktop.domain.decide_wave_commands import (
    answer_task,
    end_wait,
    extend_wait,
    retry,
    skip,
    stop_watching,
)
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import (
    Attempt,
    AttemptStatus,
    Execution,
)
from drs_desktop.domain.refusals import refuse_if_over
from drs_desktop.domain.terminable import terminable_servers
from drs_desktop.domain.times import Now


def decide_command(command: Command, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Return what a command brings about.

    Raises:
        CommandRefused: it makes no sense now.
        NeedsOperator: it could mean more than one thing.
    """
    match command:
        case Pause():
            return _pause(command, by, state, now)
        case Resume():
            return resume(command, by, state, now)
        case Cancel():
            return _cancel(command, by, state, now)
        case Terminate():
            return _terminate(command, by, state, now)
        case AnswerStart():
            return _answer(command, by, state, now)
        case Retry():
            return retry(command, by, state, now)
        case Skip():
            return skip(command, by, state, now)
        case EndWait():
            return end_wait(command, by, state, now)
        case ExtendWait():
            return extend_wait(command, by, state, now)
        case AnswerTask():
            return answer_task(command, by, state, now)
        case StopWatching():
            return stop_watching(command, by, state, now)
        case CancelAndCleanUp():
            return _cancel_and_clean_up(command, by, state, now)
        case AddNote():
            return _note(command, by, now)


def _pause(command: Pause, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    refuse_if_over(state, "pause")
    if state.cancel_request is not None:
        raise CommandRefused(
            f"Execution {state.execution_id} is being cancelled: nothing more starts anyway."
        )
    if state.pause_request is not None:
        return ()
    return (ev.PauseRequested(at=now.service, by=by, reason=command.reason),)


def _cancel(command: Cancel, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    refuse_if_over(state, "cancel")
    if state.cancel_request is not None:
        return ()
    return (ev.CancelRequested(at=now.service, by=by, reason=command.reason),)


def _cancel_and_clean_up(
    command: CancelAndCleanUp, by: str, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    if not state.mode.is_drill:
        raise CommandRefused(
            "Only a drill can be cancelled and cleaned up in one go: a real recovery's servers are removed "
            "by a termination of their own, confirmed by name and number."
        )
    if state.is_clean_up_asked and state.end_status is not None:
        return ()
    asked = () if state.is_clean_up_asked else (ev.CleanUpRequested(at=now.service, by=by),)
    return (*_cancel(Cancel(reason=command.reason), by, state, now), *asked)


def _note(command: AddNote, by: str, now: Now) -> tuple[ev.Event, ...]:
    text = command.text.strip()
    if not text:
        raise CommandRefused("A note needs some text.")
    return (ev.NoteAdded(at=now.service, by=by, text=text),)


# ---- terminate


def _terminate(command: Terminate, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    if state.end_status is None:
        raise CommandRefused(
            f"Execution {state.execution_id} is still live: cancel it or wait for its end first."
        )
    servers = terminable_servers(state)
    if not servers:
        if any(s.termination for s in state.servers):
            return ()
        raise CommandRefused(f"Execution {state.execution_id} launched no recovery instance.")
    if not state.mode.is_drill:
        _require_confirmation(command, state, len(servers))
    return (ev.TerminationRequested(at=now.service, by=by, servers=tuple(s.key for s in servers)),)


def _require_confirmation(command: Terminate, state: Execution, count: int) -> None:
    if command.confirm_plan_name == state.plan_name and command.confirm_count == count:
        return
    raise CommandRefused(
        f"Terminating after a recovery removes production servers: confirm with the plan's name "
        f"({state.plan_name}) and the number of instances ({count})."
    )


# ---- a start in doubt


def _answer(command: AnswerStart, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    attempt = _attempt_in_doubt(command, state)
    match command.answer:
        case StartAnswer.KEEP_LOOKING:
            return _keep_looking(attempt, by, now)
        case StartAnswer.OURS:
            return _ours(command, attempt, by, state, now)
        case StartAnswer.NOTHING_STARTED:
            return _nothing_started(command, attempt, by, state, now)


def _attempt_in_doubt(command: AnswerStart, state: Execution) -> Attempt:
    try:
        attempt = state.attempt(command.key)
    except KeyError:
        raise CommandRefused(f"Execution {state.execution_id} has no {command.key}.") from None
    if attempt.status not in {AttemptStatus.UNKNOWN, AttemptStatus.ASK}:
        raise CommandRefused(f"{command.key} is not in doubt: it is {attempt.status}.")
    return attempt


def _keep_looking(attempt: Attempt, by: str, now: Now) -> tuple[ev.Event, ...]:
    if attempt.status is AttemptStatus.UNKNOWN:
        return ()
    horizon = now.local + (attempt.horizon_at - attempt.not_after)
    return (ev.StartLookedAgain(at=now.service, key=attempt.key, by=by, horizon_at=horizon),)


def _ours(
    command: AnswerStart, attempt: Attempt, by: str, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    if command.job_id is None:
        raise CommandRefused("Say which job is ours: its id is needed.")
    if command.job_id in state.accepted_job_ids:
        raise CommandRefused(f"Job {command.job_id} already belongs to another attempt of this execution.")
    if command.job_id in attempt.baseline_job_ids:
        raise CommandRefused(f"Job {command.job_id} was there before this attempt: it cannot be its job.")
    evidence = f"decided by {by}: {command.reason}" if command.reason else f"decided by {by}"
    return (ev.StartAccepted(at=now.service, key=attempt.key, job_id=command.job_id, evidence=evidence),)


def _nothing_started(
    command: AnswerStart, attempt: Attempt, by: str, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    if now.local < attempt.horizon_at:
        raise CommandRefused(
            f"Until {attempt.horizon_at:%H:%M:%S} UTC the request may still arrive: keep looking until then."
        )
    if attempt.candidates:
        jobs = ", ".join(attempt.candidates)
        raise CommandRefused(f"A job that may be ours exists ({jobs}): it must be answered for first.")
    evidence = f"decided by {by}: {command.reason}" if command.reason else f"decided by {by}"
    events: list[ev.Event] = [ev.StartNotStarted(at=now.service, key=attempt.key, evidence=evidence)]
    if not state.mode.is_drill and not state.starts_held:
        reason = f"Nothing was started for {attempt.key.part}: resume to start it again."
        events.append(ev.StartsHeld(at=now.service, reason=reason))
    return tuple(events)
