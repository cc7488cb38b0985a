"""What the steps of a termination bring about. It touches only instances that were proved to be ours."""

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.execution import (
    SETTLED_TERMINATIONS,
    AttemptStatus,
    Execution,
    TerminationBatch,
    TerminationState,
)
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.times import Now


def decide_termination_prepared(
    given: inputs.TerminationPrepared, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    """Commit the intent of one TerminateRecoveryInstances call."""
    due = {key for key in requested_servers(state) if key.scope == given.scope}
    is_open = any((b.scope, b.number) == (given.scope, given.batch) for b in open_batches(state))
    if is_open or not given.servers or not set(given.servers) <= due:
        return ()
    return (
        ev.TerminationArmed(
            at=now.service,
            scope=given.scope,
            batch=given.batch,
            intent_id=given.intent_id,
            servers=given.servers,
            epoch=state.driver_epoch,
        ),
    )


def _armed_batch(
    given: inputs.TerminationWasAccepted | inputs.TerminationMustRepeat, state: Execution
) -> bool:
    return any(
        (b.scope, b.number) == (given.scope, given.batch) and b.status is AttemptStatus.ARMED
        for b in state.termination_batches
    )


def decide_termination_accepted(
    given: inputs.TerminationWasAccepted, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    """Follow the TERMINATE job."""
    if not _armed_batch(given, state):
        return ()
    return (
        ev.TerminationAccepted(at=now.service, scope=given.scope, batch=given.batch, job_id=given.job_id),
    )


def decide_termination_repeat(
    given: inputs.TerminationMustRepeat, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    """Put the batch's instances back in line; the call names fixed ids, so that repeating it is harmless."""
    if not any((b.scope, b.number) == (given.scope, given.batch) for b in state.termination_batches):
        return ()
    return (
        ev.TerminationReopened(at=now.service, scope=given.scope, batch=given.batch, reason=given.reason),
    )


def decide_termination_seen(
    given: inputs.TerminationSeen, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    """Record what became of one instance; a settled one stays settled."""
    server = next((s for s in state.servers if s.key == given.server), None)
    if server is None or server.termination is None or server.termination in SETTLED_TERMINATIONS:
        return ()
    return (
        ev.InstanceTerminationChanged(
            at=now.service, server=given.server, state=given.state, reason=given.reason
        ),
    )


def decide_instance_found(given: inputs.InstanceFound, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Record the instance of a server that is about to be removed, and of which only its job was known."""
    found = ((wave.number, wave.servers.get(given.server)) for wave in state.waves)
    number, server = next(((n, s) for n, s in found if s is not None), (0, None))
    if server is None or server.recovery_instance_id or server.termination is not TerminationState.REQUESTED:
        return ()
    return (
        ev.ServerLaunchChanged(
            at=now.service,
            wave=number,
            server=given.server,
            job_id=server.job_id,
            launch_status=LaunchStatus.LAUNCHED,
            phase=LaunchPhase.DONE,
            recovery_instance_id=given.recovery_instance_id,
        ),
    )


def open_batches(state: Execution) -> tuple[TerminationBatch, ...]:
    """Return the batches that AWS is working on, or may be."""
    terminating = {s.key for s in state.servers if s.termination is TerminationState.TERMINATING}
    return tuple(
        b
        for b in state.termination_batches
        if b.status in {AttemptStatus.ARMED, AttemptStatus.ACCEPTED} and terminating & set(b.servers)
    )


def requested_servers(state: Execution) -> tuple[ServerKey, ...]:
    """Return the servers whose instance waits for its TerminateRecoveryInstances call."""
    return tuple(s.key for s in state.servers if s.termination is TerminationState.REQUESTED)
