"""The tables of allowed moves are whole, and terminal means terminal."""

from enum import StrEnum

import pytest

from drs_desktop.domain.execution import (
    IN_FLIGHT_ATTEMPTS,
    TERMINAL_STATUSES,
    AttemptStatus,
    ExecutionStatus,
    WaveStatus,
)
from drs_desktop.domain.transitions import (
    ATTEMPT_MOVES,
    EXECUTION_MOVES,
    WAVE_MOVES,
    is_allowed_attempt_move,
    is_allowed_execution_move,
    is_allowed_wave_move,
)

TABLES = [(EXECUTION_MOVES, ExecutionStatus), (WAVE_MOVES, WaveStatus), (ATTEMPT_MOVES, AttemptStatus)]


@pytest.mark.parametrize(("table", "statuses"), TABLES)
def test_every_status_has_its_row(table: dict[StrEnum, frozenset[StrEnum]], statuses: type[StrEnum]) -> None:
    assert set(table) == set(statuses)


@pytest.mark.parametrize(("table", "statuses"), TABLES)
def test_every_status_can_be_reached(
    table: dict[StrEnum, frozenset[StrEnum]], statuses: type[StrEnum]
) -> None:
    first = next(iter(statuses))
    assert {first}.union(*table.values()) == set(statuses)


def test_terminal_statuses_are_final() -> None:
    assert {status for status, after in EXECUTION_MOVES.items() if not after} == TERMINAL_STATUSES
    assert all(status.is_terminal for status in TERMINAL_STATUSES)
    assert not ExecutionStatus.PAUSED.is_terminal


def test_an_attempt_that_is_not_in_flight_never_moves_again() -> None:
    assert {status for status, after in ATTEMPT_MOVES.items() if after} == IN_FLIGHT_ATTEMPTS


def test_staying_is_always_allowed_and_going_back_from_an_end_never() -> None:
    assert is_allowed_execution_move(ExecutionStatus.FAILED, ExecutionStatus.FAILED)
    assert not is_allowed_execution_move(ExecutionStatus.CANCELLED, ExecutionStatus.POLLING)
    assert not is_allowed_execution_move(ExecutionStatus.CANCELLING, ExecutionStatus.PAUSED)
    assert is_allowed_wave_move(WaveStatus.PENDING, WaveStatus.HELD)
    assert not is_allowed_wave_move(WaveStatus.POLLING, WaveStatus.PENDING)
    assert not is_allowed_attempt_move(AttemptStatus.UNKNOWN, AttemptStatus.REFUSED)
    assert not is_allowed_attempt_move(AttemptStatus.ACCEPTED, AttemptStatus.UNKNOWN)
