"""Recovery plans, one line each."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from drs_desktop.services.views import PlanRow
from drs_desktop.ui.models.status_text import Look, Shape, Tone
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell


class PlanListModel(TableModel[PlanRow]):
    """One line per recovery plan."""

    class Columns(IntEnum):
        NAME = 0
        STATE = 1
        WAVES = 2
        SERVERS = 3

    def key_of(self, row: PlanRow) -> Any:
        return row.plan_id

    def headers(self) -> Sequence[str]:
        return (self.tr("Plan"), self.tr("State"), self.tr("Waves"), self.tr("Servers"))

    def search_text(self, row: PlanRow) -> str:
        return row.description

    def cells_of(self, row: PlanRow) -> tuple[Cell, ...]:
        servers = sum(len(wave.servers) for wave in row.waves)
        return (
            Cell(text=row.name, tooltip=row.description),
            self._state(row),
            Cell(text=str(len(row.waves)), sort=len(row.waves), is_number=True),
            Cell(text=str(servers), sort=servers, is_number=True),
        )

    def _state(self, row: PlanRow) -> Cell:
        if row.live_execution_id is not None:
            return status_cell(Look(self.tr("Live now"), Tone.RUNNING, Shape.HALF), 0)
        if row.problems:
            look = Look(self.tr("Has problems"), Tone.FAILED, Shape.CROSS)
            return status_cell(look, 1, "\n".join(row.problems))
        if not row.can_start.enabled:
            look = Look(self.tr("Cannot start"), Tone.HELD, Shape.TRIANGLE)
            return status_cell(look, 2, row.can_start.reason)
        return status_cell(Look(self.tr("Can start"), Tone.DONE, Shape.CHECK), 3)
