"""What the steps of the start protocol bring about."""

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    RESTARTABLE_ATTEMPTS,
    Attempt,
    AttemptStatus,
    Execution,
    WaveExecution,
)
from drs_desktop.domain.ids import JobId, ServerKey
from drs_desktop.domain.job import InitiatedBy, Job
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode, PartKey
from drs_desktop.domain.step_progress import may_start_servers
from drs_desktop.domain.times import Now


def decide_prepared(given: inputs.StartPrepared, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Commit the intent, unless a pause, a cancel or a hold came in between."""
    wave = state.wave(given.key.wave)
    is_held = not state.may_start or wave.hold is not None or not may_start_servers(wave)
    if is_held or not _is_next(given.key, state):
        return ()
    return (
        ev.StartArmed(
            at=now.service,
            key=given.key,
            intent_id=given.intent_id,
            source_server_ids=given.request.source_server_ids,
            is_drill=given.request.is_drill,
            request_digest=given.request.digest,
            baseline_job_ids=given.baseline.job_ids,
            not_after=given.not_after,
            horizon_at=given.horizon_at,
            epoch=state.driver_epoch,
        ),
    )


def _is_retry_due(wave: WaveExecution, part: PartKey) -> bool:
    return any(wave.servers[key].is_retry_due for key in servers_of(wave, part))


def _is_next(key: AttemptKey, state: Execution) -> bool:
    """Return whether this attempt is the one its part is waiting for; a part has one in flight at most."""
    wave = state.wave(key.wave)
    latest = wave.latest_attempt(key.part)
    if not wave.is_in_flight or (latest and latest.status in IN_FLIGHT_ATTEMPTS):
        return False
    if latest and latest.status not in RESTARTABLE_ATTEMPTS and not _is_retry_due(wave, key.part):
        return False
    return key.attempt == (latest.key.attempt + 1 if latest else 1)


def decide_must_wait(given: inputs.StartMustWait, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Record why a part waits in line, once for each new reason."""
    wave = state.wave(given.part.wave)
    before = wave.deferrals.get(given.part)
    if not wave.is_in_flight or (before and before.reason == given.reason):
        return ()
    return (ev.StartDeferred(at=now.service, part=given.part, reason=given.reason, retry_at=given.retry_at),)


def decide_accepted(given: inputs.StartWasAccepted, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Follow a job that is ours; freeze everything when AWS contradicts what was asked."""
    attempt = state.attempt(given.key)
    if attempt.status not in {AttemptStatus.ARMED, AttemptStatus.UNKNOWN, AttemptStatus.ASK}:
        return ()
    events: list[ev.Event] = [
        ev.StartAccepted(at=now.service, key=given.key, job_id=given.job.job_id, evidence=given.evidence)
    ]
    if detail := contradiction(state.mode, attempt, given.job):
        events.append(
            ev.ModeContradicted(at=now.service, key=given.key, job_id=given.job.job_id, detail=detail)
        )
    return tuple(events)


def contradiction(mode: ExecutionMode, attempt: Attempt, job: Job) -> str:
    """Return in what way a job is not the one that was asked for, or an empty string."""
    expected = InitiatedBy.START_DRILL if mode.is_drill else InitiatedBy.START_RECOVERY
    if job.initiated_by is not expected:
        return (
            f"A {mode} was asked for, but AWS reports job {job.job_id} as {job.initiated_by}. "
            "Everything is stopped: look at the job in the AWS console, then cancel this execution."
        )
    strangers = job.source_server_ids - set(attempt.source_server_ids)
    if strangers:
        return (
            f"Job {job.job_id} also launches servers that were not asked for "
            f"({', '.join(sorted(strangers))}). Everything is stopped: look at the job in the AWS console."
        )
    return ""


def decide_refused(given: inputs.StartWasRefused, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Fail the part: AWS said no, or a check before the call did."""
    wave = state.wave(given.key.wave)
    attempt = wave.attempts.get(given.key)
    is_awaited = attempt.status is AttemptStatus.ARMED if attempt else _is_next(given.key, state)
    if not is_awaited:
        return ()
    events: list[ev.Event] = [
        ev.StartRefused(at=now.service, key=given.key, code=given.code, message=given.message)
    ]
    events += [
        ev.ServerErrorRecorded(at=now.service, wave=wave.number, server=key, error=given.message)
        for key in _servers_meant(wave, given.key.part, attempt)
    ]
    return tuple(events)


def _servers_meant(wave: WaveExecution, part: PartKey, attempt: Attempt | None) -> tuple[ServerKey, ...]:
    if attempt is not None:
        return servers_of_attempt(wave, attempt)
    due = tuple(key for key in servers_of(wave, part) if wave.servers[key].is_retry_due)
    return due or servers_of(wave, part)


def servers_of_attempt(wave: WaveExecution, attempt: Attempt) -> tuple[ServerKey, ...]:
    """Return the servers that one attempt means: a retry means only some of its part."""
    return tuple(
        key for key in servers_of(wave, attempt.key.part) if key.source_server_id in attempt.source_server_ids
    )


def servers_of(wave: WaveExecution, part: PartKey) -> tuple[ServerKey, ...]:
    """Return the servers of one part of a wave."""
    for candidate in wave.parts:
        if candidate.key == part:
            return candidate.servers
    raise KeyError(part)


def decide_not_sent(given: inputs.StartWasNotSent, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Note that no byte left, so that the part may be armed again."""
    if state.attempt(given.key).status is not AttemptStatus.ARMED:
        return ()
    return (ev.StartNotSent(at=now.service, key=given.key, reason=given.reason, retry_at=given.retry_at),)


def decide_unknown(given: inputs.StartIsUnknown, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Put an attempt in doubt."""
    if state.attempt(given.key).status is not AttemptStatus.ARMED:
        return ()
    return (ev.StartOutcomeUnknown(at=now.service, key=given.key, reason=given.reason),)


def decide_nothing_started(
    given: inputs.NothingWasStarted, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    """Close a drill's attempt on evidence; before a real recovery is repeated, a person decides."""
    if state.attempt(given.key).status is not AttemptStatus.UNKNOWN:
        return ()
    if state.mode.is_drill:
        return (ev.StartNotStarted(at=now.service, key=given.key, evidence=given.evidence),)
    return (_ask(given.key, (), given.evidence, now),)


def decide_undecidable(given: inputs.StartIsUndecidable, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Ask a person, with the candidates."""
    if state.attempt(given.key).status is not AttemptStatus.UNKNOWN:
        return ()
    return (_ask(given.key, given.candidates, given.reason, now),)


def _ask(key: AttemptKey, candidates: tuple[JobId, ...], reason: str, now: Now) -> ev.Event:
    return ev.StartDecisionNeeded(at=now.service, key=key, candidates=candidates, reason=reason)
