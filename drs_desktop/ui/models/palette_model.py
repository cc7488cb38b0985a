"""Every action of the window as a list that can be searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from drs_desktop.ui.models.table_model import Cell, TableModel


@dataclass(frozen=True, kw_only=True)
class PaletteRow:
    """One action; `why_not` says why it cannot be used now, and is empty when it can."""

    action_id: str
    name: str
    menu: str
    keys: str
    about: str
    why_not: str


class PaletteModel(TableModel[PaletteRow]):
    """One line per action."""

    class Columns(IntEnum):
        NAME = 0
        MENU = 1
        KEYS = 2
        ABOUT = 3

    def key_of(self, row: PaletteRow) -> Any:
        return row.action_id

    def headers(self) -> Sequence[str]:
        return (self.tr("Action"), self.tr("Menu"), self.tr("Keys"), self.tr("What it does"))

    def search_text(self, row: PaletteRow) -> str:
        return row.about

    def cells_of(self, row: PaletteRow) -> tuple[Cell, ...]:
        about = self.tr("Not now: {0}").format(row.why_not) if row.why_not else row.about
        return (Cell(text=row.name), Cell(text=row.menu), Cell(text=row.keys), Cell(text=about))
