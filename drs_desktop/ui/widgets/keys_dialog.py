"""The sheet of keys: every shortcut, by menu, in two columns that fit a screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from drs_desktop.ui.widgets.asking_dialog import AskingDialog
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.theme import Theme, id_font

SHEET_PIXELS = 680


@dataclass(frozen=True, kw_only=True)
class KeyRow:
    """One action with its shortcuts."""

    menu: str
    keys: str
    name: str


class KeysDialog(AskingDialog):
    """Shows what every key does; closed by Escape or Enter."""

    def __init__(self, theme: Theme, rows: Sequence[KeyRow], parent: QWidget) -> None:
        super().__init__(theme, "keysDialog", parent.tr("Keys"), None, parent)
        self.setMinimumWidth(SHEET_PIXELS)
        self.body.addWidget(plain_label(self.windowTitle(), pixels=16, is_strong=True))
        columns = QHBoxLayout()
        columns.setSpacing(32)
        for menus in _halves(rows):
            columns.addLayout(self._column(menus), 1)
        self.body.addLayout(columns)
        note = self.tr("Alt opens the menus. In a table, arrows move and Ctrl+C copies the line.")
        self.body.addWidget(plain_label(note, mark="muted", wraps=True))
        self.body.addStretch(1)
        close = QPushButton(self.tr("Close"))
        close.setObjectName("keysCloseButton")
        self.add_foot(close)

    def _column(self, menus: Sequence[tuple[str, Sequence[KeyRow]]]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        for menu, rows in menus:
            heading = plain_label(menu, name="keysMenu", is_strong=True)
            heading.setContentsMargins(0, 8, 0, 0)
            column.addWidget(heading)
            column.addLayout(self._grid(rows))
        column.addStretch(1)
        return column

    def _grid(self, rows: Sequence[KeyRow]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for number, row in enumerate(rows):
            grid.addWidget(plain_label(row.name, name="keysName"), number, 0)
            grid.addWidget(_keys(row.keys), number, 1, Qt.AlignmentFlag.AlignRight)
        return grid

    @classmethod
    async def tell(cls, parent: QWidget, theme: Theme, rows: Sequence[KeyRow]) -> None:
        """Show the sheet until it is closed."""
        await cls(theme, rows, parent).answer()


def _keys(text: str) -> QLabel:
    label = plain_label(text, name="keysKeys", mark="muted")
    label.setFont(id_font())
    return label


_Menu = tuple[str, list[KeyRow]]


def _halves(rows: Sequence[KeyRow]) -> tuple[list[_Menu], list[_Menu]]:
    """Return the menus, in their order, in two columns of about the same height."""
    menus: dict[str, list[KeyRow]] = {}
    for row in rows:
        menus.setdefault(row.menu, []).append(row)
    all_menus = list(menus.items())
    splits = ((all_menus[:place], all_menus[place:]) for place in range(len(all_menus) + 1))
    return min(splits, key=lambda halves: max(map(_height, halves)))


def _height(menus: Sequence[_Menu]) -> int:
    return sum(len(rows) + 2 for _, rows in menus)
