"""What Resume releases: one hold, or all that keeps an execution from going on."""

from drs_desktop.domain import events as ev
from drs_desktop.domain.commands import Resume
from drs_desktop.domain.errors import CommandRefused, NeedsOperator
from drs_desktop.domain.execution import Execution, HoldKind, WaveExecution
from drs_desktop.domain.refusals import refuse_if_over
from drs_desktop.domain.times import Now


def resume(command: Resume, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Let an execution go on, or release one hold; what is not in force any more is no error.

    Raises:
        CommandRefused: it cannot go on, the wave is not held, or a failure is passed over without a reason.
        NeedsOperator: several waves wait, each for a reason of its own.
    """
    refuse_if_over(state, "resume")
    if state.cancel_request is not None:
        raise CommandRefused(f"Execution {state.execution_id} is being cancelled and cannot be resumed.")
    if state.frozen:
        raise CommandRefused(
            f"Execution {state.execution_id} is frozen and can only be cancelled: {state.frozen}"
        )
    wave = _wave_to_release(command, state)
    if wave is not None:
        _refuse_without_reason(command, wave)
    if command.wave is not None:
        return _release_one(wave, command, by, state, now) if wave else ()
    return (
        *(_release(wave, command, by, now) if wave else ()),
        *_withdraw_pause(command, by, state, now),
        *_allow_starts(command, by, state, now),
    )


def _wave_to_release(command: Resume, state: Execution) -> WaveExecution | None:
    """Return the wave whose hold is meant, or None when that hold is gone, or none is of a wave alone."""
    if command.wave is not None:
        held = tuple(wave for wave in state.holds if wave.number == command.wave)
        if not held and command.hold_id is None:
            raise CommandRefused(f"Wave {command.wave} of execution {state.execution_id} is not held.")
    else:
        held = tuple(wave for wave in state.holds if wave.hold and not wave.hold.kind.is_of_all)
    if command.hold_id is not None:
        held = tuple(wave for wave in held if wave.hold and wave.hold.hold_id == command.hold_id)
    if len(held) > 1:
        waves = ", ".join(str(wave.number) for wave in held)
        raise NeedsOperator(f"Several waves wait ({waves}): say which one with --wave N.")
    return held[0] if held else None


def _refuse_without_reason(command: Resume, wave: WaveExecution) -> None:
    if wave.hold is not None and wave.hold.kind.needs_reason and not command.reason.strip():
        raise CommandRefused(
            f'Wave {wave.number} "{wave.name}" waits for a decision: to go on all the same needs a reason, '
            "which goes on record."
        )


def _release_one(
    wave: WaveExecution, command: Resume, by: str, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    """Return what ends just the wait of one wave; a wait of all waves ends for all of them."""
    assert wave.hold is not None
    match wave.hold.kind:
        case HoldKind.OPERATOR_PAUSE:
            return _withdraw_pause(command, by, state, now)
        case HoldKind.AFTER_GAP:
            return _allow_starts(command, by, state, now)
        case _:
            return _release(wave, command, by, now)


def _release(wave: WaveExecution, command: Resume, by: str, now: Now) -> tuple[ev.Event, ...]:
    assert wave.hold is not None
    hold_id = wave.hold.hold_id
    return (ev.WaveReleased(at=now.service, wave=wave.number, hold_id=hold_id, by=by, reason=command.reason),)


def _withdraw_pause(command: Resume, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    if not command.pause_seen:
        return ()
    released = _release_all(HoldKind.OPERATOR_PAUSE, command, by, state, now)
    if state.pause_request is None:
        return released
    return (*released, ev.PauseWithdrawn(at=now.service, by=by, reason=command.reason))


def _allow_starts(command: Resume, by: str, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    if command.starts_held is not None and command.starts_held != state.starts_held:
        return ()  # nobody has read this reason yet
    released = _release_all(HoldKind.AFTER_GAP, command, by, state, now)
    if not state.starts_held:
        return released
    return (*released, ev.StartsAllowed(at=now.service, by=by, reason=command.reason))


def _release_all(
    kind: HoldKind, command: Resume, by: str, state: Execution, now: Now
) -> tuple[ev.Event, ...]:
    held = (wave for wave in state.holds if wave.hold and wave.hold.kind is kind)
    return tuple(event for wave in held for event in _release(wave, command, by, now))
