"""The fold: one event changes the state of an execution. Total over every event type, and pure."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import cast

from drs_desktop.domain import events as ev
from drs_desktop.domain import evolve_jobs, evolve_starts, evolve_terminations, evolve_waves
from drs_desktop.domain.evolving import IllegalTransition, ServerEvent, after_server_events, apply
from drs_desktop.domain.execution import (
    Execution,
    FrozenServer,
    FrozenWave,
    OperatorRequest,
    ServerLaunch,
    WaveExecution,
    split_into_parts,
)
from drs_desktop.domain.replacing import replace
from drs_desktop.domain.steps import StepExecution, StepKey, StepPhase

__all__ = ["PARTS", "IllegalTransition", "evolve", "fold"]

PARTS = (evolve_waves, evolve_starts, evolve_jobs, evolve_terminations)
"""Where the functions for the other events stand; those about the execution as a whole stand below."""


def evolve(state: Execution | None, event: ev.Event) -> Execution:
    """Return the state after one more event.

    Raises:
        ValueError: the first event is not ExecutionCreated, or the type is not known here.
    """
    after = _begun(event) if state is None else apply(event, state)
    return replace(after, version=state.version + 1 if state else 1)


def fold(events: Iterable[ev.Event], state: Execution | None = None) -> Execution | None:
    """Return the state after all the events, or None when there are none.

    Events about servers come in rows, one look at a job long, and are taken a row at a time.
    """
    history = tuple(events)
    after = state
    for wave, row in groupby(history, key=_wave_of_server_event):
        if after is None or wave is None:
            after = _one_by_one(row, after)
        else:
            after = after_server_events(cast("Iterable[ServerEvent]", row), after, wave)
    return replace(after, version=after.version + len(history)) if after and history else after


def _wave_of_server_event(event: ev.Event) -> int | None:
    return event.wave if isinstance(event, ServerEvent) else None


def _one_by_one(events: Iterable[ev.Event], state: Execution | None) -> Execution | None:
    for event in events:
        state = _begun(event) if state is None else apply(event, state)
    return state


def _begun(event: ev.Event) -> Execution:
    if not isinstance(event, ev.ExecutionCreated):
        raise ValueError(f"A journal begins with ExecutionCreated, not with {type(event).__name__}.")
    return _created(event)


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
        recovery_time=event.recovery_time,
    )


def _new_wave(wave: FrozenWave) -> WaveExecution:
    servers = {s.key: _new_server(s) for s in wave.servers}
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


def _new_server(server: FrozenServer) -> ServerLaunch:
    return ServerLaunch(
        key=server.key,
        name=server.name,
        is_critical=server.is_critical,
        group_name=server.group_name,
        snapshot_id=server.snapshot_id,
    )


def _new_steps(wave: FrozenWave) -> Iterator[StepExecution]:
    for phase, specs in ((StepPhase.BEFORE, wave.steps_before), (StepPhase.AFTER, wave.steps_after)):
        for index, spec in enumerate(specs, start=1):
            yield StepExecution(key=StepKey(wave=wave.number, phase=phase, index=index), spec=spec)


# ---- events about the execution as a whole


@apply.register
def _(event: ev.DriverAttached, state: Execution) -> Execution:
    return replace(state, driver_epoch=event.epoch)


@apply.register
def _(event: ev.StartsHeld, state: Execution) -> Execution:
    return replace(state, starts_held=event.reason)


@apply.register
def _(event: ev.StartsAllowed, state: Execution) -> Execution:
    return replace(state, starts_held="")


@apply.register
def _(event: ev.WatchingStopped, state: Execution) -> Execution:
    asked = OperatorRequest(by=event.by, at=event.at, reason=event.reason)
    return replace(state, unwatched=asked, is_aws_gone=event.is_aws_gone)


@apply.register
def _(event: ev.CleanUpRequested, state: Execution) -> Execution:
    return replace(state, is_clean_up_asked=True)


@apply.register
def _(event: ev.NoteAdded, state: Execution) -> Execution:
    return state  # it stands in the journal; nothing follows from it


@apply.register
def _(event: ev.PauseRequested, state: Execution) -> Execution:
    return replace(state, pause_request=OperatorRequest(by=event.by, at=event.at, reason=event.reason))


@apply.register
def _(event: ev.PauseWithdrawn, state: Execution) -> Execution:
    return replace(state, pause_request=None)


@apply.register
def _(event: ev.CancelRequested, state: Execution) -> Execution:
    return replace(state, cancel_request=OperatorRequest(by=event.by, at=event.at, reason=event.reason))


@apply.register
def _(event: ev.ExecutionEnded, state: Execution) -> Execution:
    return replace(state, end_status=event.status, end_reason=event.reason, ended_at=event.at)
