"""An execution's state as the rows that screens show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.commands import CancelAndCleanUp, Command, Retry, Skip, StopWatching
from drs_desktop.domain.decide_commands import decide_command
from drs_desktop.domain.drift import Drift
from drs_desktop.domain.elsewhere import is_gone_for_good, why_elsewhere
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import (
    Attempt,
    AttemptStatus,
    Execution,
    ExecutionStatus,
    ServerLaunch,
    WaveExecution,
)
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.domain.status import StatusView, execution_status, wave_status
from drs_desktop.domain.steps import StepExecution, StepPhase
from drs_desktop.domain.terminable import terminable_servers
from drs_desktop.domain.times import Now
from drs_desktop.services.launch_advice import launch_advice
from drs_desktop.services.views import (
    ActionState,
    DriftRow,
    ExecutionActions,
    ExecutionView,
    ServerLaunchRow,
    StartQuestion,
    StepRow,
    WaveRow,
)

_YES = ActionState(enabled=True)


@dataclass(frozen=True, kw_only=True)
class ViewContext:
    """What a view needs beyond the state itself."""

    accounts: Mapping[AccountId, str]
    endpoint: Endpoint
    local_now: datetime
    observed_at: datetime | None = None
    watch_problem: str = ""
    driving_problem: str = ""


def _no(reason: str) -> ActionState:
    return ActionState(enabled=False, reason=reason)


def execution_view(state: Execution, context: ViewContext) -> ExecutionView:
    """Return the whole view of an execution."""
    status = execution_status(state)
    waves = tuple(wave_row(state, wave, context.endpoint) for wave in state.waves)
    return ExecutionView(
        execution_id=state.execution_id,
        plan_name=state.plan_name,
        mode=state.mode,
        status=status.status,
        reason=status.reason,
        needs_person=status.needs_person,
        pause_requested=status.pause_requested,
        starts_held=state.starts_held,
        created_at=state.created_at,
        created_by=state.created_by,
        ended_at=state.ended_at,
        observed_at=context.observed_at,
        watch_problem=context.watch_problem,
        driving_problem=context.driving_problem,
        endpoint=context.endpoint.title,
        waves=waves,
        tasks=tuple(step for wave in waves for step in wave.steps if step.waits_for_person),
        servers=tuple(
            server_row(state, wave, server, context)
            for wave in state.waves
            for server in wave.servers.values()
        ),
        questions=tuple(
            _question(state, attempt, context)
            for attempt in state.attempts
            if attempt.status in {AttemptStatus.UNKNOWN, AttemptStatus.ASK}
        ),
        actions=_actions(state, status, context.endpoint),
        drifts=tuple(_drift_row(state, drift) for drift in state.drifts),
        instances_left=len(terminable_servers(state)),
        recovery_time=state.recovery_time,
        version=state.version,
    )


def wave_row(state: Execution, wave: WaveExecution, here: Endpoint) -> WaveRow:
    """Return the row of one wave, as seen from an endpoint."""
    servers = wave.servers.values()
    deferral = next(iter(wave.deferrals.values()), None)
    held = wave.hold.reason if wave.hold else ""
    return WaveRow(
        execution_id=state.execution_id,
        number=wave.number,
        name=wave.name,
        status=wave_status(wave),
        reason=held or (deferral.reason if deferral else "") or wave.end_reason,
        instruction=wave.hold.instruction if wave.hold else wave.instruction,
        is_held=wave.hold is not None,
        hold_kind=wave.hold.kind if wave.hold else None,
        hold_id=wave.hold.hold_id if wave.hold else None,
        started_at=wave.started_at,
        ended_at=wave.ended_at,
        server_count=len(servers),
        launched_count=sum(server.is_launched for server in servers),
        failed_count=sum(_has_failed(wave, server) for server in servers),
        depends_on=wave.depends_on,
        steps=tuple(_step_row(wave, step) for step in sorted(wave.steps.values(), key=_in_order)),
        can_retry=_possible_here(Retry(wave=wave.number), state, here),
        can_skip=_possible_here(Skip(wave=wave.number, reason="asked"), state, here),
    )


def _in_order(step: StepExecution) -> tuple[bool, int]:
    return step.key.phase is StepPhase.AFTER, step.key.index


def _step_row(wave: WaveExecution, step: StepExecution) -> StepRow:
    return StepRow(
        key=step.key,
        name=step.spec.name,
        kind=step.spec.kind,
        status=step.status,
        instruction=step.spec.instruction,
        ends_at=step.ends_at,
        evidence=step.evidence,
        waits_for_person=step.waits_for_person and wave.is_in_flight,
    )


def _possible(command: Command, state: Execution) -> ActionState:
    """Return whether a command would do something, by asking the decider itself."""
    now = Now(service=state.created_at, local=state.created_at)
    try:
        events = decide_command(command, "", state, now)
    except CommandRefused as refusal:
        return _no(str(refusal))
    return _YES if events else _no("It was asked for already.")


def _possible_here(command: Command, state: Execution, here: Endpoint) -> ActionState:
    """Return the same for a command that needs the AWS that the execution was begun against."""
    if state.endpoint_fingerprint != here.fingerprint:
        return _no(why_elsewhere(state, here))
    return _possible(command, state)


def _has_failed(wave: WaveExecution, server: ServerLaunch) -> bool:
    is_over = wave.is_ended and wave.started_at is not None
    return server.launch_status is LaunchStatus.FAILED or (is_over and not server.is_good)


def server_row(
    state: Execution, wave: WaveExecution, server: ServerLaunch, context: ViewContext
) -> ServerLaunchRow:
    """Return the row of one server."""
    advice = launch_advice(server.launch_status, server.error)
    return ServerLaunchRow(
        execution_id=state.execution_id,
        key=server.key,
        name=server.name,
        wave=wave.number,
        wave_name=wave.name,
        account_id=server.key.account_id,
        account_name=context.accounts.get(server.key.account_id, server.key.account_id),
        region=server.key.region,
        is_critical=server.is_critical,
        launch_status=server.launch_status,
        phase=server.phase,
        health=server.health,
        recovery_instance_id=server.recovery_instance_id,
        changed_at=server.changed_at,
        message=server.error,
        job_id=server.job_id,
        termination=server.termination,
        termination_reason=server.termination_reason,
        cause=advice.cause,
        remedy=advice.remedy,
    )


def _drift_row(state: Execution, drift: Drift) -> DriftRow:
    servers = state.wave(drift.wave).servers
    return DriftRow(
        kind=drift.kind,
        wave=drift.wave,
        server_names=tuple(servers[key].name for key in drift.servers),
        seen_at=drift.seen_at,
        words=drift.words,
        job_id=drift.job_id,
        recovery_instance_id=drift.recovery_instance_id,
    )


def _question(state: Execution, attempt: Attempt, context: ViewContext) -> StartQuestion:
    wave = state.wave(attempt.key.wave)
    return StartQuestion(
        execution_id=state.execution_id,
        key=attempt.key,
        text=(
            f'Wave {wave.number} "{wave.name}", {attempt.key.scope}: '
            f"we do not know whether AWS started it. {attempt.reason}"
        ),
        evidence=(
            f"Intent {attempt.intent_id}, {len(attempt.source_server_ids)} servers.",
            f"The request could be sent until {attempt.not_after:%H:%M:%S} UTC.",
            f"New launches of the same servers: {', '.join(attempt.candidates) or 'none seen'}.",
        ),
        candidates=attempt.candidates,
        is_asked=attempt.status is AttemptStatus.ASK,
        looks_until=attempt.horizon_at,
        can_say_ours=_YES,
        can_say_nothing_started=_can_say_nothing(attempt, context.local_now),
    )


def _can_say_nothing(attempt: Attempt, local_now: datetime) -> ActionState:
    if local_now < attempt.horizon_at:
        return _no(f"Until {attempt.horizon_at:%H:%M:%S} UTC the request may still arrive.")
    if attempt.candidates:
        return _no("A job that may be ours exists: answer for it first.")
    return _YES


def _actions(state: Execution, status: StatusView, here: Endpoint) -> ExecutionActions:
    if state.endpoint_fingerprint != here.fingerprint:
        return _actions_elsewhere(state, here)
    return ExecutionActions(
        pause=_can_pause(state, status),
        resume=_can_resume(state, status),
        cancel=_can_cancel(state),
        terminate=_can_terminate(state),
        clean_up=_possible(CancelAndCleanUp(), state),
        stop_watching=_possible(StopWatching(reason="asked"), state),
    )


def _actions_elsewhere(state: Execution, here: Endpoint) -> ExecutionActions:
    refused = _no(why_elsewhere(state, here))
    stop = StopWatching(reason="asked", is_aws_gone=is_gone_for_good(state, here))
    return ExecutionActions(
        pause=refused,
        resume=refused,
        cancel=refused,
        terminate=refused,
        clean_up=refused,
        stop_watching=_possible(stop, state),
    )


def _over(state: Execution) -> ActionState | None:
    if state.end_status is not None:
        return _no(f"The execution ended as {state.end_status}.")
    if state.cancel_request is not None:
        return _no("The execution is being cancelled.")
    return None


def _can_pause(state: Execution, status: StatusView) -> ActionState:
    if over := _over(state):
        return over
    if state.pause_request:
        return _no("A pause is in force already.")
    if status.status is ExecutionStatus.PAUSED:
        return _no(f"Nothing is under way, so nothing is to be paused. {status.reason}".strip())
    return _YES


def _can_resume(state: Execution, status: StatusView) -> ActionState:
    if over := _over(state):
        return over
    if state.frozen:
        return _no("The execution is frozen and can only be cancelled.")
    if state.holds or state.starts_held or state.pause_request:
        return _YES
    return _no("Nothing is paused.")


def _can_cancel(state: Execution) -> ActionState:
    return _over(state) or _YES


def _can_terminate(state: Execution) -> ActionState:
    if state.end_status is None:
        return _no("The execution is still live: cancel it or wait for its end first.")
    if state.is_terminating:
        return _no("Its recovery instances are being terminated.")
    if terminable_servers(state):
        return _YES
    if any(server.termination for server in state.servers):
        return _no("Its recovery instances were terminated.")
    return _no("It launched no recovery instance.")
