"""How events about the removal of recovery instances change the state."""

from drs_desktop.domain import events as ev
from drs_desktop.domain.evolving import apply, with_server
from drs_desktop.domain.execution import (
    AttemptStatus,
    Execution,
    OperatorRequest,
    ServerLaunch,
    TerminationBatch,
    TerminationState,
)
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.replacing import replace


def _find_server(state: Execution, key: ServerKey) -> tuple[int, ServerLaunch]:
    for wave in state.waves:
        if key in wave.servers:
            return wave.number, wave.servers[key]
    raise KeyError(key)


def _with_batch(state: Execution, scope: Scope, number: int, batch: TerminationBatch) -> Execution:
    others = tuple(b for b in state.termination_batches if (b.scope, b.number) != (scope, number))
    return replace(state, termination_batches=(*others, batch))


@apply.register
def _(event: ev.TerminationRequested, state: Execution) -> Execution:
    state = replace(state, termination_request=OperatorRequest(by=event.by, at=event.at))
    for key in event.servers:
        number, server = _find_server(state, key)
        changed = replace(server, termination=TerminationState.REQUESTED, termination_reason="")
        state = with_server(state, number, changed)
    return state


@apply.register
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
        state = with_server(state, number, replace(server, termination=TerminationState.TERMINATING))
    return state


@apply.register
def _(event: ev.TerminationAccepted, state: Execution) -> Execution:
    batch = _batch(state, event.scope, event.batch)
    changed = replace(batch, status=AttemptStatus.ACCEPTED, job_id=event.job_id)
    return _with_batch(state, event.scope, event.batch, changed)


@apply.register
def _(event: ev.TerminationReopened, state: Execution) -> Execution:
    batch = _batch(state, event.scope, event.batch)
    for key in batch.servers:
        number, server = _find_server(state, key)
        if server.termination is TerminationState.TERMINATING:
            waiting = replace(server, termination=TerminationState.REQUESTED, termination_reason=event.reason)
            state = with_server(state, number, waiting)
    changed = replace(batch, status=AttemptStatus.NOT_SENT, reason=event.reason)
    return _with_batch(state, event.scope, event.batch, changed)


@apply.register
def _(event: ev.InstanceTerminationChanged, state: Execution) -> Execution:
    number, server = _find_server(state, event.server)
    changed = replace(server, termination=event.state, termination_reason=event.reason, changed_at=event.at)
    return with_server(state, number, changed)


def _batch(state: Execution, scope: Scope, number: int) -> TerminationBatch:
    for batch in state.termination_batches:
        if (batch.scope, batch.number) == (scope, number):
            return batch
    raise KeyError((scope, number))
