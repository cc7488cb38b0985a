"""The servers of one execution."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from drs_desktop.domain.execution import Health, TerminationState
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.services.views import ServerLaunchRow
from drs_desktop.ui.models.status_text import (
    Look,
    Tone,
    duration_words,
    health_look,
    launch_look,
    phase_rank,
    phase_words,
    termination_look,
)
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell

_LAUNCH_ORDER = (None, *LaunchStatus)
_GOING = frozenset({TerminationState.TERMINATING, TerminationState.TERMINATED})


def server_look(row: ServerLaunchRow) -> Look:
    """Return how a server stands: what became of its instance, once a person asked to remove it."""
    return termination_look(row.termination) if row.termination else launch_look(row.launch_status)


def server_words(row: ServerLaunchRow) -> str:
    """Return the one line that matters about a server: why it failed in plain words, else AWS's own text."""
    return row.termination_reason or row.cause or row.message


def told_in_full(row: ServerLaunchRow) -> str:
    """Return all that is known of what went wrong with a server: AWS's text, the cause, the remedy."""
    parts = (row.termination_reason, row.message, row.cause, row.remedy)
    return "\n".join(part for part in parts if part)


def wave_mark(number: int) -> str:
    """Return the word that finds the servers of a wave, and no others."""
    return f"wave={number};"


def account_mark(account_id: AccountId) -> str:
    return f"account={account_id};"


def state_mark(row: ServerLaunchRow) -> str:
    return tone_mark(server_look(row).tone)


def tone_mark(tone: Tone) -> str:
    """Return the word that finds the servers that stand alike."""
    return f"state={tone.value};"


class ExecutionServerModel(TableModel[ServerLaunchRow]):
    """One line per server."""

    class Columns(IntEnum):
        NAME = 0
        WAVE = 1
        PHASE = 2
        LAUNCH = 3
        HEALTH = 4
        INSTANCE = 5
        SINCE = 6
        MESSAGE = 7
        WHERE = 8

    def key_of(self, row: ServerLaunchRow) -> Any:
        return row.key

    def headers(self) -> Sequence[str]:
        return (
            self.tr("Server"),
            self.tr("Wave"),
            self.tr("Phase"),
            self.tr("Launch"),
            self.tr("Health"),
            self.tr("Instance"),
            self.tr("Since"),
            self.tr("Message"),
            self.tr("Where"),
        )

    def search_text(self, row: ServerLaunchRow) -> str:
        words = (row.wave_name, row.account_id, row.key.source_server_id, row.job_id, row.launch_status)
        marks = (wave_mark(row.wave), state_mark(row), account_mark(row.account_id))
        return " ".join(map(str, (*words, row.message, *marks)))

    def cells_of(self, row: ServerLaunchRow) -> tuple[Cell, ...]:
        where = f"{row.account_name or row.account_id} {row.region}"
        return (
            Cell(text=row.name, tooltip=f"{row.name}\n{where}\n{row.key.source_server_id}", is_name=True),
            Cell(text=str(row.wave), sort=(row.wave, row.name), tooltip=row.wave_name),
            Cell(text=phase_words(row.phase), sort=phase_rank(row.phase)),
            self._launch(row),
            self._health(row),
            Cell(text=row.recovery_instance_id or "–", is_id=row.recovery_instance_id is not None),
            self._since(row),
            Cell(text=server_words(row), tooltip=told_in_full(row)),
            Cell(text=where, tooltip=f"{row.account_name} {row.account_id} {row.region}".strip()),
        )

    def aged_cells(self, row: ServerLaunchRow) -> tuple[tuple[int, Cell], ...]:
        return ((self.Columns.SINCE, self._since(row)),)

    def _launch(self, row: ServerLaunchRow) -> Cell:
        words = row.launch_status.value if row.launch_status else self.tr("no job yet")
        if not row.is_critical:
            words = self.tr("{0}; the server is optional").format(words)
        return status_cell(server_look(row), _LAUNCH_ORDER.index(row.launch_status), words)

    def _health(self, row: ServerLaunchRow) -> Cell:
        if row.launch_status is not LaunchStatus.LAUNCHED or row.termination in _GOING:
            return Cell(text="–", sort=-1)  # there is no instance, not yet or no more, to be healthy
        return status_cell(health_look(row.health), list(Health).index(row.health))

    def _since(self, row: ServerLaunchRow) -> Cell:
        if row.changed_at is None:
            return Cell(text="–", sort=-1.0, is_number=True)
        age = self.now - row.changed_at
        return Cell(text=duration_words(age), sort=-row.changed_at.timestamp(), is_number=True)
