"""What every part of the fold uses: the dispatch by event type, and changes of one place in the state."""

from collections.abc import Iterable
from functools import singledispatch

from drs_desktop.domain import events as ev
from drs_desktop.domain.execution import Attempt, Execution, ServerLaunch, WaveExecution
from drs_desktop.domain.replacing import replace
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.transitions import is_allowed_attempt_move


class IllegalTransition(ValueError):
    """An event asks for a move that the tables of `transitions` do not have."""


@singledispatch
def apply(event: ev.Event, state: Execution) -> Execution:
    """Return the state after an event, but for its version; one function for each type is registered."""
    raise ValueError(f"The event type {type(event).__name__} is not known to this version of the program.")


ServerEvent = ev.ServerLaunchChanged | ev.ServerErrorRecorded | ev.ServerChecked
"""An event that changes one server of one wave and nothing else."""


@singledispatch
def server_after(event: ServerEvent, server: ServerLaunch) -> ServerLaunch:
    """Return what one server is after an event about it; one function for each such type is registered."""
    raise ValueError(f"The event type {type(event).__name__} is not about a server alone.")


@apply.register
def _(event: ServerEvent, state: Execution) -> Execution:
    return after_server_events((event,), state, event.wave)


def after_server_events(events: Iterable[ServerEvent], state: Execution, number: int) -> Execution:
    """Return the state after events about servers of one wave: one copy of the wave for all of them."""
    wave = state.wave(number)
    servers = dict(wave.servers)
    changes = server_after.registry
    for event in events:
        servers[event.server] = changes[type(event)](event, servers[event.server])
    return with_wave(state, replace(wave, servers=servers))


def with_wave(state: Execution, wave: WaveExecution) -> Execution:
    """Return the state with the wave of this number exchanged."""
    waves = state.waves
    index = state.wave_index(wave.number)
    return replace(state, waves=(*waves[:index], wave, *waves[index + 1 :]))


def with_server(state: Execution, number: int, server: ServerLaunch) -> Execution:
    """Return the state with one server of a wave exchanged."""
    wave = state.wave(number)
    return with_wave(state, replace(wave, servers={**wave.servers, server.key: server}))


def with_attempt(state: Execution, attempt: Attempt) -> Execution:
    """Return the state with an attempt added or exchanged.

    Raises:
        IllegalTransition: the table of attempts does not have this move.
    """
    wave = state.wave(attempt.key.wave)
    before = wave.attempts.get(attempt.key)
    if before and not is_allowed_attempt_move(before.status, attempt.status):
        raise IllegalTransition(f"{attempt.key} cannot go from {before.status} to {attempt.status}.")
    return with_wave(state, replace(wave, attempts={**wave.attempts, attempt.key: attempt}))


def without_deferral(state: Execution, key: AttemptKey) -> Execution:
    """Return the state in which the attempt's part waits in line no more."""
    wave = state.wave(key.wave)
    kept = {part: d for part, d in wave.deferrals.items() if part != key.part}
    return with_wave(state, replace(wave, deferrals=kept))
