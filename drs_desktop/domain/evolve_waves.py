"""How events about waves and their steps change the state."""

from datetime import datetime

from drs_desktop.domain import events as ev
from drs_desktop.domain.evolving import apply, with_server, with_wave
from drs_desktop.domain.execution import Attempt, Execution, Health, Hold, HoldKind, ServerLaunch
from drs_desktop.domain.job import LaunchPhase
from drs_desktop.domain.replacing import replace
from drs_desktop.domain.steps import StepExecution, StepPhase, StepStatus


@apply.register
def _(event: ev.WaveHeld, state: Execution) -> Execution:
    hold = Hold(
        hold_id=event.hold_id,
        kind=event.kind,
        reason=event.reason,
        since=event.at,
        instruction=event.instruction,
    )
    return with_wave(state, replace(state.wave(event.wave), hold=hold))


@apply.register
def _(event: ev.WaveReleased, state: Execution) -> Execution:
    wave = state.wave(event.wave)
    kind = wave.hold.kind if wave.hold else None
    changed = replace(
        wave,
        hold=None,
        is_pause_released=wave.is_pause_released or kind is HoldKind.CONFIGURED_PAUSE,
        is_failure_accepted=wave.is_failure_accepted or kind is HoldKind.DECISION,
        waited_on_at=event.at if kind is HoldKind.STILL_RUNNING else wave.waited_on_at,
    )
    if kind is HoldKind.NOT_UNDERSTOOD:
        changed = replace(changed, attempts={k: _asked(a, event.at) for k, a in wave.attempts.items()})
    if kind is HoldKind.POINT_GONE:
        changed = replace(changed, servers={k: _from_newest(s) for k, s in wave.servers.items()})
    return with_wave(state, changed)


def _from_newest(server: ServerLaunch) -> ServerLaunch:
    """Return a server after a person, told that its point is gone, said that its newest data will do."""
    return replace(server, snapshot_id=None, is_point_gone=False) if server.is_point_gone else server


def _asked(attempt: Attempt, at: datetime) -> Attempt:
    """Return an attempt whose job is not understood, after a person said to go on: asked again in time."""
    if attempt.not_understood_at is None:
        return attempt
    return replace(attempt, not_understood_at=at, is_server_word_enough=True)


@apply.register
def _(event: ev.WaveStarted, state: Execution) -> Execution:
    return with_wave(state, replace(state.wave(event.wave), started_at=event.at, hold=None))


@apply.register
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
    return with_wave(state, changed)


def _with_step(state: Execution, step: StepExecution) -> Execution:
    wave = state.wave(step.key.wave)
    return with_wave(state, replace(wave, steps={**wave.steps, step.key: step}))


@apply.register
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


@apply.register
def _(event: ev.StepExtended, state: Execution) -> Execution:
    step = state.wave(event.key.wave).steps[event.key]
    return _with_step(state, replace(step, ends_at=event.ends_at))


@apply.register
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
        state = with_server(state, wave.number, changed)
    return state


@apply.register
def _(event: ev.WaveOverdue, state: Execution) -> Execution:
    return with_wave(state, replace(state.wave(event.wave), overdue_at=event.at))


@apply.register
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
    return with_wave(state, changed)


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
        is_sought=False,
        is_retry_due=True,
    )
