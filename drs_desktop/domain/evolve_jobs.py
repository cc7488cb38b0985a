"""How events about jobs, servers and their instances change the state."""

from datetime import datetime

from drs_desktop.domain import events as ev
from drs_desktop.domain.drift import Drift, DriftKind
from drs_desktop.domain.evolving import apply, server_after, with_attempt, with_server, with_wave
from drs_desktop.domain.execution import AttemptStatus, Execution, ServerLaunch
from drs_desktop.domain.job import JobStatus
from drs_desktop.domain.replacing import replace


@apply.register
def _(event: ev.JobObserved, state: Execution) -> Execution:
    attempt = state.attempt(event.key)
    changed = replace(
        attempt,
        job_status=event.status,
        job_created_at=event.created_at or attempt.job_created_at,
        job_ended_at=event.ended_at or attempt.job_ended_at or _end_seen(event),
    )
    return with_attempt(state, changed)


@apply.register
def _(event: ev.JobLogRecorded, state: Execution) -> Execution:
    attempt = state.attempt(event.key)
    return with_attempt(state, replace(attempt, log_items=attempt.log_items + len(event.items)))


@apply.register
def _(event: ev.JobEnded, state: Execution) -> Execution:
    attempt = replace(state.attempt(event.key), status=AttemptStatus.FINISHED)
    state = with_attempt(state, attempt)
    return with_wave(state, replace(state.wave(event.key.wave), launched_at=event.at))


@server_after.register
def _(event: ev.ServerLaunchChanged, server: ServerLaunch) -> ServerLaunch:
    return replace(
        server,
        job_id=event.job_id,
        launch_status=event.launch_status,
        phase=event.phase,
        recovery_instance_id=event.recovery_instance_id or server.recovery_instance_id,
        is_sought=False,
        changed_at=event.at,
    )


@server_after.register
def _(event: ev.ServerErrorRecorded, server: ServerLaunch) -> ServerLaunch:
    return replace(server, error=event.error)


@server_after.register
def _(event: ev.ServerChecked, server: ServerLaunch) -> ServerLaunch:
    return replace(
        server,
        recovery_instance_id=event.recovery_instance_id or server.recovery_instance_id,
        ec2_state=event.ec2_state,
        health=event.health,
        error=event.reason or server.error,
        changed_at=event.at,
    )


def _end_seen(event: ev.JobObserved) -> datetime | None:
    """Return when a job that does not say when it ended was first seen ended."""
    return event.at if event.status is JobStatus.COMPLETED else None


@apply.register
def _(event: ev.DriftSeen, state: Execution) -> Execution:
    seen = Drift(
        kind=event.kind,
        wave=event.wave,
        seen_at=event.at,
        words=event.words,
        servers=event.servers,
        job_id=event.job_id,
        recovery_instance_id=event.recovery_instance_id,
    )
    state = replace(state, drifts=(*state.drifts, seen))
    if event.kind is DriftKind.JOB_NOT_UNDERSTOOD and event.key is not None:
        return with_attempt(state, replace(state.attempt(event.key), not_understood_at=event.at))
    return _seeking(event, state) if event.kind is DriftKind.JOB_DELETED else state


def _seeking(event: ev.DriftSeen, state: Execution) -> Execution:
    for key in event.servers:
        server = state.wave(event.wave).servers[key]
        state = with_server(state, event.wave, replace(server, job_id=event.job_id, is_sought=True))
    return state


@apply.register
def _(event: ev.JobUnderstood, state: Execution) -> Execution:
    return with_attempt(state, replace(state.attempt(event.key), not_understood_at=None))
