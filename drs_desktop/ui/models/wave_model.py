"""The waves of one execution."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from drs_desktop.domain.execution import WaveStatus
from drs_desktop.services.views import WaveRow
from drs_desktop.ui.models.status_text import clock_words, time_words, wave_look
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell

_ORDER = tuple(WaveStatus)


class WaveModel(TableModel[WaveRow]):
    """One line per wave."""

    class Columns(IntEnum):
        NUMBER = 0
        NAME = 1
        STATUS = 2
        SERVERS = 3
        STARTED = 4
        TOOK = 5
        NOTE = 6

    def key_of(self, row: WaveRow) -> Any:
        return row.number

    def headers(self) -> Sequence[str]:
        return (
            self.tr("No."),
            self.tr("Wave"),
            self.tr("Status"),
            self.tr("Servers"),
            self.tr("Started"),
            self.tr("Took"),
            self.tr("Note"),
        )

    def cells_of(self, row: WaveRow) -> tuple[Cell, ...]:
        return (
            Cell(text=str(row.number), sort=row.number),
            Cell(text=row.name),
            status_cell(wave_look(row.status), _ORDER.index(row.status), row.status.value),
            self._servers(row),
            Cell(text=time_words(row.started_at), sort=row.started_at.timestamp() if row.started_at else 0.0),
            self._took(row),
            Cell(text=self._note(row)),
        )

    def aged_cells(self, row: WaveRow) -> tuple[tuple[int, Cell], ...]:
        if row.started_at is None or row.ended_at is not None:
            return ()
        return ((self.Columns.TOOK, self._took(row)),)

    def _note(self, row: WaveRow) -> str:
        if row.reason or row.started_at is not None or not row.instruction:
            return row.reason
        return self.tr("Pauses before: {0}").format(row.instruction)

    def _servers(self, row: WaveRow) -> Cell:
        text = self.tr("{0} of {1} launched").format(row.launched_count, row.server_count)
        if row.failed_count:
            text = self.tr("{0}, {1} failed").format(text, row.failed_count)
        return Cell(text=text, sort=row.launched_count)

    def _took(self, row: WaveRow) -> Cell:
        span = _span(row.started_at, row.ended_at or self.now)
        if span is None:
            return Cell(text="–", sort=-1.0, is_number=True)
        return Cell(text=clock_words(span), sort=span.total_seconds(), is_number=True)


def _span(begin: datetime | None, end: datetime) -> timedelta | None:
    return None if begin is None else end - begin
