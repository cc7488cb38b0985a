"""The allowed moves of what we own: executions, waves, attempts. What AWS owns is recorded, never refused."""

from drs_desktop.domain.execution import AttemptStatus as A
from drs_desktop.domain.execution import ExecutionStatus as S
from drs_desktop.domain.execution import WaveStatus as W

_ENDS = frozenset({S.COMPLETED, S.PARTIAL, S.FAILED, S.CANCELLED})
_LIVE = frozenset({S.INITIATED, S.POLLING, S.LAUNCHING, S.PAUSED, S.CANCELLING})

EXECUTION_MOVES: dict[S, frozenset[S]] = {
    S.PENDING: _LIVE | _ENDS,
    S.INITIATED: _LIVE | _ENDS,
    S.POLLING: _LIVE | _ENDS,
    S.LAUNCHING: _LIVE | _ENDS,
    S.PAUSED: _LIVE | _ENDS | {S.PENDING},
    S.CANCELLING: _ENDS,
    **{end: frozenset() for end in _ENDS},
}
"""From a status to those that may follow it. Terminal statuses are final."""

_WAVE_ENDS = frozenset({W.COMPLETED, W.PARTIAL, W.FAILED, W.SKIPPED, W.CANCELLED})
_WAVE_LIVE = frozenset({W.QUEUED, W.PREPARING, W.STARTING, W.POLLING, W.LAUNCHING, W.VERIFYING})

WAVE_MOVES: dict[W, frozenset[W]] = {
    W.PENDING: _WAVE_LIVE | {W.HELD, W.SKIPPED, W.CANCELLED, W.FAILED},
    W.HELD: _WAVE_LIVE | {W.PENDING, W.HELD} | _WAVE_ENDS,
    **dict.fromkeys(_WAVE_LIVE, _WAVE_LIVE | _WAVE_ENDS | {W.HELD}),
    **{end: frozenset() for end in _WAVE_ENDS},
}

ATTEMPT_MOVES: dict[A, frozenset[A]] = {
    # What is in doubt is left behind only together with a simulator that is gone.
    A.ARMED: frozenset({A.ACCEPTED, A.REFUSED, A.NOT_SENT, A.UNKNOWN, A.ABANDONED}),
    A.UNKNOWN: frozenset({A.ACCEPTED, A.NOT_STARTED, A.ASK, A.ABANDONED}),
    A.ASK: frozenset({A.ACCEPTED, A.NOT_STARTED, A.UNKNOWN, A.ABANDONED}),
    A.ACCEPTED: frozenset({A.FINISHED, A.ABANDONED}),
    A.REFUSED: frozenset(),
    A.NOT_SENT: frozenset(),
    A.NOT_STARTED: frozenset(),
    A.FINISHED: frozenset(),
    A.ABANDONED: frozenset(),
}


def is_allowed_execution_move(old: S, new: S) -> bool:
    """Return whether an execution may go from one status to another; staying is always allowed."""
    return old is new or new in EXECUTION_MOVES[old]


def is_allowed_wave_move(old: W, new: W) -> bool:
    """Return whether a wave may go from one status to another."""
    return old is new or new in WAVE_MOVES[old]


def is_allowed_attempt_move(old: A, new: A) -> bool:
    """Return whether a start attempt may go from one state to another."""
    return old is new or new in ATTEMPT_MOVES[old]
