"""Protection groups and how they select."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from drs_desktop.services.views import ProtectionGroupRow
from drs_desktop.ui.models.status_text import Look, Shape, Tone
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell


class GroupModel(TableModel[ProtectionGroupRow]):
    """One line per protection group."""

    class Columns(IntEnum):
        NAME = 0
        SERVERS = 1
        STATE = 2
        SELECTION = 3
        SCOPES = 4
        PLANS = 5

    def key_of(self, row: ProtectionGroupRow) -> Any:
        return row.group_id

    def headers(self) -> Sequence[str]:
        return (
            self.tr("Group"),
            self.tr("Servers"),
            self.tr("State"),
            self.tr("Selects by"),
            self.tr("Accounts and Regions"),
            self.tr("Recovery plans"),
        )

    def search_text(self, row: ProtectionGroupRow) -> str:
        return " ".join([row.description, *(member.name for member in row.members)])

    def cells_of(self, row: ProtectionGroupRow) -> tuple[Cell, ...]:
        scopes = ", ".join(f"{scope.account_id} {scope.region}" for scope in row.scopes)
        return (
            Cell(text=row.name, tooltip=row.description),
            Cell(text=str(len(row.members)), sort=len(row.members), is_number=True),
            self._state(row),
            Cell(text=row.selection),
            Cell(text=scopes),
            Cell(text=", ".join(row.plan_names) or self.tr("in no plan")),
        )

    def _state(self, row: ProtectionGroupRow) -> Cell:
        if not row.is_complete:
            look = Look(self.tr("Not fully known"), Tone.UNKNOWN, Shape.QUESTION)
            return status_cell(
                look, 1, self.tr("An account could not be read: more servers may belong here.")
            )
        if row.missing:
            look = Look(self.tr("{0} missing").format(len(row.missing)), Tone.FAILED, Shape.CROSS)
            ids = ", ".join(key.source_server_id for key in row.missing)
            return status_cell(look, 0, self.tr("DRS no longer has: {0}").format(ids))
        if not row.members:
            look = Look(self.tr("Empty"), Tone.HELD, Shape.TRIANGLE)
            return status_cell(look, 2, self.tr("No server is selected now."))
        return status_cell(Look(self.tr("Complete"), Tone.DONE, Shape.CHECK), 3)
