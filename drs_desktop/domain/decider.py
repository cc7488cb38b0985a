"""What follows from an input: `decide` returns facts, and has no clock, no I/O and no randomness."""

from functools import singledispatch

from drs_desktop.domain import inputs
from drs_desktop.domain.commands import StopWatching
from drs_desktop.domain.decide_commands import decide_command
from drs_desktop.domain.decide_instances import decide_instances, decide_standing
from drs_desktop.domain.decide_jobs import decide_job_missing, decide_job_seen
from drs_desktop.domain.decide_starts import (
    decide_accepted,
    decide_must_wait,
    decide_not_sent,
    decide_nothing_started,
    decide_prepared,
    decide_refused,
    decide_undecidable,
    decide_unknown,
)
from drs_desktop.domain.decide_terminations import (
    decide_instance_found,
    decide_termination_accepted,
    decide_termination_prepared,
    decide_termination_repeat,
    decide_termination_seen,
)
from drs_desktop.domain.events import (
    DriverAttached,
    Event,
    PointInTimeGone,
    StartOutcomeUnknown,
    StartsHeld,
    TerminationReopened,
    WaveHeld,
)
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import AttemptStatus, Execution, HoldKind
from drs_desktop.domain.progress import progress
from drs_desktop.domain.step_progress import decide_step_performed
from drs_desktop.domain.times import Now


def decide(state: Execution, given: inputs.Input, now: Now) -> tuple[Event, ...]:
    """Return the facts that follow from one input, in order; an empty tuple when it changes nothing.

    Raises:
        CommandRefused: an operator's command makes no sense now; the sentence says why.
        NeedsOperator: a command is ambiguous.
    """
    return _with_progress(_react(given, state, now), state, now)


def _with_progress(first: tuple[Event, ...], state: Execution, now: Now) -> tuple[Event, ...]:
    events = list(first)
    current = fold(events, state)
    assert current is not None
    while more := progress(current, now):
        events += more
        current = fold(more, current)
        assert current is not None
    return tuple(events)


def decide_elsewhere(state: Execution, said: inputs.OperatorSaid, now: Now) -> tuple[Event, ...]:
    """Return what a command brings about for an execution whose AWS is another one than this console's.

    Nothing is looked at or started, and no wave goes on by itself: the time here may be another than there.

    Raises:
        CommandRefused: it makes no sense now.
    """
    events = decide_command(said.command, said.by, state, now)
    return _with_progress(events, state, now) if isinstance(said.command, StopWatching) else events


@singledispatch
def _react(given: object, state: Execution, now: Now) -> tuple[Event, ...]:
    raise TypeError(f"{type(given).__name__} is not an input of the decider.")


@_react.register
def _(given: inputs.OperatorSaid, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_command(given.command, given.by, state, now)


@_react.register
def _(given: inputs.DriverTookSeat, state: Execution, now: Now) -> tuple[Event, ...]:
    events: list[Event] = [DriverAttached(at=now.service, epoch=given.epoch, by=given.by)]
    events += [
        StartOutcomeUnknown(
            at=now.service,
            key=attempt.key,
            reason="The program ended between the intent and the answer.",
        )
        for attempt in state.attempts
        if attempt.status is AttemptStatus.ARMED
    ]
    events += [
        TerminationReopened(
            at=now.service,
            scope=batch.scope,
            batch=batch.number,
            reason="The program ended before the answer.",
        )
        for batch in state.termination_batches
        if batch.status is AttemptStatus.ARMED
    ]
    is_restart = state.driver_epoch > 0
    if is_restart and not given.decided:
        events += _hold_starts(
            state, "The program was restarted: a person must say that starting may go on.", now
        )
    return tuple(events)


@_react.register
def _(given: inputs.GapNoticed, state: Execution, now: Now) -> tuple[Event, ...]:
    if not given.outweighs or not state.starts_held or given.reason == state.starts_held:
        return _hold_starts(state, given.reason, now)
    if state.end_status is not None:
        return ()
    again = tuple(
        WaveHeld(
            at=now.service,
            wave=wave.number,
            hold_id=f"wave-{wave.number}-at-{state.version}",
            kind=HoldKind.AFTER_GAP,
            reason=given.reason,
        )
        for wave in state.holds
        if wave.hold and wave.hold.kind is HoldKind.AFTER_GAP
    )
    return (StartsHeld(at=now.service, reason=given.reason), *again)


def _hold_starts(state: Execution, reason: str, now: Now) -> tuple[Event, ...]:
    if state.end_status is not None or state.starts_held:
        return ()
    return (StartsHeld(at=now.service, reason=reason),)


@_react.register
def _(given: inputs.PointsAreGone, state: Execution, now: Now) -> tuple[Event, ...]:
    """Ask a person, by name: the newest data may be just what was not to be launched."""
    wave = state.wave(given.wave)
    if wave.hold is not None or not wave.is_in_flight or state.cancel_request is not None:
        return ()
    return (
        PointInTimeGone(at=now.service, wave=given.wave, servers=given.servers),
        WaveHeld(
            at=now.service,
            wave=given.wave,
            hold_id=f"wave-{given.wave}-at-{state.version}",
            kind=HoldKind.POINT_GONE,
            reason=given.reason,
        ),
    )


@_react.register
def _(given: inputs.ClockTicked, state: Execution, now: Now) -> tuple[Event, ...]:
    return ()


@_react.register
def _(given: inputs.StartPrepared, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_prepared(given, state, now)


@_react.register
def _(given: inputs.StartMustWait, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_must_wait(given, state, now)


@_react.register
def _(given: inputs.StartWasAccepted, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_accepted(given, state, now)


@_react.register
def _(given: inputs.StartWasRefused, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_refused(given, state, now)


@_react.register
def _(given: inputs.StartWasNotSent, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_not_sent(given, state, now)


@_react.register
def _(given: inputs.StartIsUnknown, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_unknown(given, state, now)


@_react.register
def _(given: inputs.NothingWasStarted, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_nothing_started(given, state, now)


@_react.register
def _(given: inputs.StartIsUndecidable, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_undecidable(given, state, now)


@_react.register
def _(given: inputs.JobSeen, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_job_seen(given, state, now)


@_react.register
def _(given: inputs.JobIsMissing, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_job_missing(given, state, now)


@_react.register
def _(given: inputs.InstancesSeen, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_instances(given, state, now)


@_react.register
def _(given: inputs.InstancesWatched, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_standing(given, state, now)


@_react.register
def _(given: inputs.TerminationPrepared, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_termination_prepared(given, state, now)


@_react.register
def _(given: inputs.TerminationWasAccepted, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_termination_accepted(given, state, now)


@_react.register
def _(given: inputs.TerminationMustRepeat, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_termination_repeat(given, state, now)


@_react.register
def _(given: inputs.TerminationSeen, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_termination_seen(given, state, now)


@_react.register
def _(given: inputs.InstanceFound, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_instance_found(given, state, now)


@_react.register
def _(given: inputs.StepPerformed, state: Execution, now: Now) -> tuple[Event, ...]:
    return decide_step_performed(given, state, now)


@_react.register
def _(given: inputs.PrincipalChanged, state: Execution, now: Now) -> tuple[Event, ...]:
    reason = f"{given.after} is signed in now, not {given.before}: a person must let starting go on."
    return _hold_starts(state, reason, now)
