"""What AWS and this console did in one execution, in words."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from drs_desktop.services.views import JobLogRow
from drs_desktop.ui.models.status_text import time_words
from drs_desktop.ui.models.table_model import Cell, TableModel


class JobLogModel(TableModel[JobLogRow]):
    """One line per event, in order."""

    class Columns(IntEnum):
        AT = 0
        WAVE = 1
        SERVER = 2
        WORDS = 3
        EVENT = 4
        JOB = 5

    def key_of(self, row: JobLogRow) -> Any:
        return row.position

    def headers(self) -> Sequence[str]:
        return (
            self.tr("Time"),
            self.tr("Wave"),
            self.tr("Server"),
            self.tr("What happened"),
            self.tr("Event"),
            self.tr("Job"),
        )

    def cells_of(self, row: JobLogRow) -> tuple[Cell, ...]:
        return (
            Cell(text=time_words(row.at), sort=row.at.timestamp(), tooltip=row.at.isoformat()),
            Cell(text="–" if row.wave is None else str(row.wave), sort=row.wave or 0),
            Cell(text=row.server_name or "–", is_name=True),
            Cell(text=row.words),
            Cell(text=row.event, is_id=True),
            Cell(text=row.job_id or "–", is_id=row.job_id is not None),
        )
