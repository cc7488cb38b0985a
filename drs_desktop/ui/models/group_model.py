"""Protection groups and how they select."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject

from drs_desktop.domain.ids import AccountId, Scope
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

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._account_names: dict[AccountId, str] = {}

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
        accounts = (scope.account_id for scope in row.scopes)
        return " ".join([row.description, *accounts, *(member.name for member in row.members)])

    def name_accounts(self, names: Mapping[AccountId, str]) -> None:
        """Take the accounts' names for the rows that are set from now on."""
        self._account_names = dict(names)

    def _place(self, scope: Scope) -> str:
        return f"{self._account_names.get(scope.account_id) or scope.account_id} {scope.region}"

    def cells_of(self, row: ProtectionGroupRow) -> tuple[Cell, ...]:
        scopes = ", ".join(self._place(scope) for scope in row.scopes)
        ids = ", ".join(f"{scope.account_id} {scope.region}" for scope in row.scopes)
        return (
            Cell(text=row.name, tooltip=row.description),
            Cell(text=str(len(row.members)), sort=len(row.members), is_number=True),
            self._state(row),
            Cell(text=row.selection),
            Cell(text=scopes, tooltip=ids),
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
