"""The fold: one event changes the state of an execution. Total over every event type, and pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import singledispatch

from drs_desktop.domain import events as ev
from drs_desktop.domain.execution import (
    Attempt,
    AttemptStatus,
    Deferral,
    Execution,
    FrozenWave,
    Health,
    Hold,
    HoldKind,
    OperatorRequest,
    ServerLaunch,
    TerminationBatch,
    TerminationState,
    WaveExecution,
    split_into_parts,
)
from drs_desktop.domain.ids import IntentId, Scope, ServerKey
from drs_desktop.domain.job import JobStatus, LaunchPhase
from drs_desktop.domain.replacing import replace
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.steps import StepExecution, StepKey, StepPhase, StepStatus
from drs_desktop.domain.transitions import is_allowed_attempt_move


class IllegalTransition(ValueError):
    """An event asks for a move that the tables of `transitions` do not have."""


def evolve(state: Execution | None, event: ev.Event) -> Execution:
    """Return the state after one more event.

    Raises:
        ValueError: the first event is not ExecutionCreated, or the type is not known here.
    """
    if state is None:
        if not isinstance(event, ev.ExecutionCreated):
            raise ValueError(f"A journal begins with ExecutionCreated, not with {type(event).__name__}.")
        return replace(_created(event), version=1)
    return replace(_apply(event, state), version=state.version + 1)


def fold(events: Iterable[ev.Event], state: Execution | None = None) -> Execution | None:
    """Return the state after all the events, or None when there are none."""
    for event in events:
        state = evolve(state, event)
    return state


def _created(event: ev.ExecutionCreated) -> Execution:
    return Execution(
        execution_id=event.execution_id,
        plan_id=event.plan_id,
        plan_name=event.plan_name,
        plan_revision=event.plan_revision,
        mode=event.mode,
        endpoint_fingerprint=event.endpoint_fingerprint,
        created_at=event.at,
        created_by=event.created_by,
        waves=tuple(_new_wave(wave) for wave in event.waves),
    )


def _new_wave(wave: FrozenWave) -> WaveExecution:
    servers = {
        s.key: ServerLaunch(key=s.key, name=s.name, is_critical=s.is_critical, group_name=s.group_name)
        for s in wave.servers
    }
    return WaveExecution(
        number=wave.number,
        name=wave.name,
        depends_on=wave.depends_on,
        pause_before=wave.pause_before,
        instruction=wave.instruction,
        failure_policy=wave.failure_policy,
        parts=split_into_parts(wave.number, tuple(servers)),
        servers=servers,
        success_threshold=wave.success_threshold,
        time_limit=wave.time_limit,
        steps={step.key: step for step in _new_steps(wave)},
    )


def _new_steps(wave: FrozenWave) -> Iterator[StepExecution]:
    for phase, specs in ((StepPhase.BEFORE, wave.steps_before), (StepPhase.AFTER, wave.steps_after)):
        for index, spec in enumerate(specs, start=1):
            yield StepExecution(key=StepKey(wave=wave.number, phase=phase, index=index), spec=spec)


# ---- helpers that change one place and leave the rest alone


def _with_wave(state: Execution, wave: WaveExecution) -> Execution:
    return replace(state, waves=tuple(wave if w.number == wave.number else w for w in state.waves))


def _with_server(state: Execution, number: int, server: ServerLaunch) -> Execution:
    wave = state.wave(number)
    return _with_wave(state, replace(wave, servers={**wave.servers, server.key: server}))


def _with_attempt(state: Execution, attempt: Attempt) -> Execution:
    wave = state.wave(attempt.key.wave)
    before = wave.attempts.get(attempt.key)
    if before and not is_allowed_attempt_move(before.status, attempt.status):
        raise IllegalTransition(f"{attempt.key} cannot go from {before.status} to {attempt.status}.")
    return _with_wave(state, replace(wave, attempts={**wave.attempts, attempt.key: attempt}))


def _without_deferral(state: Execution, key: AttemptKey) -> Execution:
    wave = state.wave(key.wave)
    kept = {part: d for part, d in wave.deferrals.items() if part != key.part}
    return _with_wave(state, replace(wave, deferrals=kept))


def _find_server(state: Execution, key: ServerKey) -> tuple[int, ServerLaunch]:
    for wave in state.waves:
        if key in wave.servers:
            return wave.number, wave.servers[key]
    raise KeyError(key)


def _with_batch(state: Execution, scope: Scope, number: int, batch: TerminationBatch) -> Execution:
    others = tuple(b for b in state.termination_batches if (b.scope, b.number) != (scope, number))
    return replace(state, termination_batches=(*others, batch))


# ---- one function per event


@singledispatch
def _apply(event: ev.Event, state: Execution) -> Execution:
    raise ValueError(f"The event type {type(event).__name__} is not known to this version of the program.")


@_apply.register
def _(event: ev.DriverAttached, state: Execution) -> Execution:
    return replace(state, driver_epoch=event.epoch)


@_apply.register
def _(event: ev.StartsHeld, state: Execution) -> Execution:
    return replace(state, starts_held=event.reason)


@_apply.register
def _(event: ev.StartsAllowed, state: Execution) -> Execution:
    return replace(state, starts_held="")


@_apply.register
def _(event: ev.WaveHeld, state: Execution) -> Execution:
    hold = Hold(
        hold_id=event.hold_id,
        kind=event.kind,
        reason=event.reason,
        since=event.at,
        instruction=event.instruction,
    )
    return _with_wave(state, replace(state.wave(event.wave), hold=hold))


@_apply.register
def _(event: ev.WaveReleased, state: Execution) -> Execution:
    wave = state.wave(event.wave)
    kind = wave.hold.kind if wave.hold else None
    changed = replace(
        wave,
        hold=None,
        is_pause_released=wave.is_pause_released or kind is HoldKind.CONFIGURED_PAUSE,
        is_failure_accepted=wave.is_failure_accepted or kind is HoldKind.DECISION,
    )
    return _with_wave(state, changed)


@_apply.register
def _(event: ev.WaveStarted, state: Execution) -> Execution:
    return _with_wave(state, replace(state.wave(event.wave), started_at=event.at, hold=None))


@_apply.register
def _(event: ev.StartDeferred, state: Execution) -> Execution:
    wave = state.wave(event.part.wave)
    deferral = Deferral(reason=event.reason, retry_at=event.retry_at)
    return _with_wave(state, replace(wave, deferrals={**wave.deferrals, event.part: deferral}))


@_apply.register
def _(event: ev.StartArmed, state: Execution) -> Execution:
    attempt = Attempt(
        key=event.key,
        status=AttemptStatus.ARMED,
        intent_id=event.intent_id,
        source_server_ids=event.source_server_ids,
        request_digest=event.request_digest,
        not_after=event.not_after,
        horizon_at=event.horizon_at,
        baseline_job_ids=event.baseline_job_ids,
    )
    state = _without_deferral(_with_attempt(state, attempt), event.key)
    return _with_retries_begun(state, event.key)


def _with_retries_begun(state: Execution, key: AttemptKey) -> Execution:
    """Forget, for the servers of a part that is being started, that a person asked for them again."""
    wave = state.wave(key.wave)
    part = next(part for part in wave.parts if part.key == key.part)
    begun = {
        k: replace(wave.servers[k], is_retry_due=False) for k in part.servers if wave.servers[k].is_retry_due
    }
    return _with_wave(state, replace(wave, servers={**wave.servers, **begun}))


@_apply.register
def _(event: ev.StartAccepted, state: Execution) -> Execution:
    attempt = state.attempt(event.key)
    changed = replace(attempt, status=AttemptStatus.ACCEPTED, job_id=event.job_id, reason=event.evidence)
    return _with_attempt(state, changed)


@_apply.register
def _(event: ev.StartRefused, state: Execution) -> Execution:
    wave = state.wave(event.key.wave)
    attempt = wave.attempts.get(event.key)
    reason = f"{event.code}: {event.message}" if event.code else event.message
    if attempt is None:  # refused by a check before any intent: remember the refusal all the same
        attempt = Attempt(
            key=event.key,
            status=AttemptStatus.REFUSED,
            intent_id=_NO_INTENT,
            source_server_ids=(),
            request_digest="",
            not_after=event.at,
            horizon_at=event.at,
            baseline_job_ids=(),
        )
    changed = replace(attempt, status=AttemptStatus.REFUSED, reason=reason)
    state = _without_deferral(_with_attempt(state, changed), event.key)
    return _with_retries_begun(state, event.key)


@_apply.register
def _(event: ev.StartNotSent, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.NOT_SENT, reason=event.reason)
    state = _with_attempt(state, attempt)
    wave = state.wave(event.key.wave)
    deferral = Deferral(reason=event.reason, retry_at=event.retry_at)
    return _with_wave(state, replace(wave, deferrals={**wave.deferrals, event.key.part: deferral}))


@_apply.register
def _(event: ev.StartOutcomeUnknown, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.UNKNOWN, reason=event.reason)
    return _with_attempt(state, attempt)


@_apply.register
def _(event: ev.StartDecisionNeeded, state: Execution) -> Execution:
    attempt = replace(
        state.attempt(event.key),
        status=AttemptStatus.ASK,
        candidates=event.candidates,
        reason=event.reason,
    )
    return _with_attempt(state, attempt)


@_apply.register
def _(event: ev.StartLookedAgain, state: Execution) -> Execution:
    attempt = replace(
        state.attempt(event.key),
        status=AttemptStatus.UNKNOWN,
        horizon_at=event.horizon_at,
        candidates=(),
    )
    return _with_attempt(state, attempt)


@_apply.register
def _(event: ev.StartNotStarted, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.NOT_STARTED, reason=event.evidence)
    return _with_attempt(state, attempt)


@_apply.register
def _(event: ev.ModeContradicted, state: Execution) -> Execution:
    return replace(state, frozen=event.detail)


@_apply.register
def _(event: ev.JobObserved, state: Execution) -> Execution:
    attempt = state.attempt(event.key)
    changed = replace(
        attempt,
        job_status=event.status,
        job_created_at=event.created_at or attempt.job_created_at,
        job_ended_at=event.ended_at or attempt.job_ended_at or _end_seen(event),
    )
    return _with_attempt(state, changed)


@_apply.register
def _(event: ev.JobLogRecorded, state: Execution) -> Execution:
    attempt = state.attempt(event.key)
    return _with_attempt(state, replace(attempt, log_items=attempt.log_items + len(event.items)))


@_apply.register
def _(event: ev.JobEnded, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.FINISHED)
    state = _with_attempt(state, attempt)
    return _with_wave(state, replace(state.wave(event.key.wave), launched_at=event.at))


@_apply.register
def _(event: ev.ServerLaunchChanged, state: Execution) -> Execution:
    server = state.wave(event.wave).servers[event.server]
    changed = replace(
        server,
        job_id=event.job_id,
        launch_status=event.launch_status,
        phase=event.phase,
        recovery_instance_id=event.recovery_instance_id or server.recovery_instance_id,
        changed_at=event.at,
    )
    return _with_server(state, event.wave, changed)


@_apply.register
def _(event: ev.ServerErrorRecorded, state: Execution) -> Execution:
    server = state.wave(event.wave).servers[event.server]
    return _with_server(state, event.wave, replace(server, error=event.error))


@_apply.register
def _(event: ev.ServerChecked, state: Execution) -> Execution:
    server = state.wave(event.wave).servers[event.server]
    changed = replace(
        server,
        recovery_instance_id=event.recovery_instance_id or server.recovery_instance_id,
        ec2_state=event.ec2_state,
        health=event.health,
        error=event.reason or server.error,
        changed_at=event.at,
    )
    return _with_server(state, event.wave, changed)


@_apply.register
def _(event: ev.WaveEnded, state: Execution) -> Execution:
    wave = state.wave(event.wave)
    changed = replace(
        wave,
        end_status=event.status,
        end_reason=event.reason,
        ended_at=event.at,
        skipped_by=event.by,
        hold=None,
        deferrals={},
    )
    return _with_wave(state, changed)


def _with_step(state: Execution, step: StepExecution) -> Execution:
    wave = state.wave(step.key.wave)
    return _with_wave(state, replace(wave, steps={**wave.steps, step.key: step}))


@_apply.register
def _(event: ev.StepStarted, state: Execution) -> Execution:
    step = state.wave(event.key.wave).steps[event.key]
    changed = replace(
        step,
        status=StepStatus.RUNNING,
        attempt=event.attempt,
        started_at=event.at,
        ends_at=event.ends_at,
        ended_at=None,
        evidence="",
        ended_by="",
        failed_servers=(),
    )
    return _with_step(state, changed)


@_apply.register
def _(event: ev.StepExtended, state: Execution) -> Execution:
    step = state.wave(event.key.wave).steps[event.key]
    return _with_step(state, replace(step, ends_at=event.ends_at))


@_apply.register
def _(event: ev.StepEnded, state: Execution) -> Execution:
    wave = state.wave(event.key.wave)
    step = replace(
        wave.steps[event.key],
        status=event.status,
        ended_at=event.at,
        evidence=event.evidence,
        ended_by=event.by,
        failed_servers=event.failed_servers,
    )
    state = _with_step(state, step)
    if not step.is_failure:
        return state
    for key in event.failed_servers:  # launched but not healthy is never green
        server = wave.servers[key]
        error = f"{step.spec.name}: {event.evidence}"
        changed = replace(server, health=Health.UNHEALTHY, error=error, changed_at=event.at)
        state = _with_server(state, wave.number, changed)
    return state


@_apply.register
def _(event: ev.WaveOverdue, state: Execution) -> Execution:
    return _with_wave(state, replace(state.wave(event.wave), overdue_at=event.at))


@_apply.register
def _(event: ev.RetryRequested, state: Execution) -> Execution:
    wave = state.wave(event.wave)
    retried = {key: _to_retry(wave.servers[key], event.at) for key in event.servers}
    checked = {
        key: replace(server, health=Health.NOT_CHECKED, error="")
        for key, server in wave.servers.items()
        if server.is_launched and server.health is Health.UNHEALTHY
    }
    steps = {
        key: replace(step, status=StepStatus.PENDING, attempt=0) if _is_done_again(step, event) else step
        for key, step in wave.steps.items()
    }
    changed = replace(
        wave,
        hold=None,
        servers={**wave.servers, **checked, **retried},
        steps=steps,
        is_failure_accepted=False,
    )
    return _with_wave(state, changed)


def _is_done_again(step: StepExecution, event: ev.RetryRequested) -> bool:
    """Return whether a retry repeats a step: it failed, or it has not looked at the servers to come."""
    is_behind = step.key.phase is StepPhase.AFTER and bool(event.servers)
    return step.status is StepStatus.FAILED or is_behind


def _to_retry(server: ServerLaunch, at: datetime) -> ServerLaunch:
    return replace(
        server,
        launch_status=None,
        phase=LaunchPhase.WAITING,
        job_id=None,
        recovery_instance_id=None,
        ec2_state=None,
        health=Health.NOT_CHECKED,
        error="",
        changed_at=at,
        is_retry_due=True,
    )


@_apply.register
def _(event: ev.StartAbandoned, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.ABANDONED)
    return _with_attempt(state, attempt)


@_apply.register
def _(event: ev.WatchingStopped, state: Execution) -> Execution:
    asked = OperatorRequest(by=event.by, at=event.at, reason=event.reason)
    return replace(state, unwatched=asked, is_aws_gone=event.is_aws_gone)


@_apply.register
def _(event: ev.CleanUpRequested, state: Execution) -> Execution:
    return replace(state, is_clean_up_asked=True)


@_apply.register
def _(event: ev.NoteAdded, state: Execution) -> Execution:
    return state  # it stands in the journal; nothing follows from it


@_apply.register
def _(event: ev.PauseRequested, state: Execution) -> Execution:
    return replace(state, pause_request=OperatorRequest(by=event.by, at=event.at, reason=event.reason))


@_apply.register
def _(event: ev.PauseWithdrawn, state: Execution) -> Execution:
    return replace(state, pause_request=None)


@_apply.register
def _(event: ev.CancelRequested, state: Execution) -> Execution:
    return replace(state, cancel_request=OperatorRequest(by=event.by, at=event.at, reason=event.reason))


@_apply.register
def _(event: ev.ExecutionEnded, state: Execution) -> Execution:
    return replace(state, end_status=event.status, end_reason=event.reason, ended_at=event.at)


@_apply.register
def _(event: ev.TerminationRequested, state: Execution) -> Execution:
    state = replace(state, termination_request=OperatorRequest(by=event.by, at=event.at))
    for key in event.servers:
        number, server = _find_server(state, key)
        changed = replace(server, termination=TerminationState.REQUESTED, termination_reason="")
        state = _with_server(state, number, changed)
    return state


@_apply.register
def _(event: ev.TerminationArmed, state: Execution) -> Execution:
    batch = TerminationBatch(
        scope=event.scope,
        number=event.batch,
        intent_id=event.intent_id,
        servers=event.servers,
        status=AttemptStatus.ARMED,
    )
    state = _with_batch(state, event.scope, event.batch, batch)
    for key in event.servers:
        number, server = _find_server(state, key)
        state = _with_server(state, number, replace(server, termination=TerminationState.TERMINATING))
    return state


@_apply.register
def _(event: ev.TerminationAccepted, state: Execution) -> Execution:
    batch = _batch(state, event.scope, event.batch)
    changed = replace(batch, status=AttemptStatus.ACCEPTED, job_id=event.job_id)
    return _with_batch(state, event.scope, event.batch, changed)


@_apply.register
def _(event: ev.TerminationReopened, state: Execution) -> Execution:
    batch = _batch(state, event.scope, event.batch)
    for key in batch.servers:
        number, server = _find_server(state, key)
        if server.termination is TerminationState.TERMINATING:
            state = _with_server(state, number, replace(server, termination=TerminationState.REQUESTED))
    changed = replace(batch, status=AttemptStatus.NOT_SENT, reason=event.reason)
    return _with_batch(state, event.scope, event.batch, changed)


@_apply.register
def _(event: ev.InstanceTerminationChanged, state: Execution) -> Execution:
    number, server = _find_server(state, event.server)
    changed = replace(server, termination=event.state, termination_reason=event.reason, changed_at=event.at)
    return _with_server(state, number, changed)


def _end_seen(event: ev.JobObserved) -> datetime | None:
    """Return when a job that does not say when it ended was first seen ended."""
    return event.at if event.status is JobStatus.COMPLETED else None


def _batch(state: Execution, scope: Scope, number: int) -> TerminationBatch:
    for batch in state.termination_batches:
        if (batch.scope, batch.number) == (scope, number):
            return batch
    raise KeyError((scope, number))


_NO_INTENT = IntentId("")
