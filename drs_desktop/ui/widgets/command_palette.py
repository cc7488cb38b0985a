"""Ctrl+K: type a few letters of what is to be done, Enter does it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from drs_desktop.ui.models.palette_model import PaletteModel, PaletteRow
from drs_desktop.ui.widgets.asking_dialog import AskingDialog
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme

_C = PaletteModel.Columns
_WIDTHS = {_C.NAME: 190, _C.MENU: 90, _C.KEYS: 120}
_MOVES = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})


class PaletteField(QLineEdit):
    """The search field; its arrows move in the list below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table: ConsoleTable | None = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.table is not None and event.key() in _MOVES:
            self.table.keyPressEvent(event)
            return
        super().keyPressEvent(event)


class CommandPalette(AskingDialog):
    """Finds an action by its words."""

    def __init__(self, theme: Theme, rows: Sequence[PaletteRow], parent: QWidget) -> None:
        super().__init__(theme, "commandPalette", self._title(parent), None, parent)
        self.setMinimumSize(760, 440)
        self.model = PaletteModel(self)
        self.model.set_rows(rows)
        self.field = PaletteField()
        self.field.setObjectName("paletteField")
        self.field.setPlaceholderText(self.tr("What do you want to do?"))
        self.field.setAccessibleName(self.windowTitle())
        self.table = ConsoleTable(
            self.model, theme, name="paletteList", title=self.tr("Actions"), widths=_WIDTHS
        )
        self.table.setSortingEnabled(False)
        self.field.table = self.table
        self.go_button = QPushButton(self.tr("Do it"))
        self.go_button.setObjectName("paletteGoButton")
        close = QPushButton(self.tr("Close"))
        close.setObjectName("paletteCloseButton")
        self.body.addWidget(self.field)
        self.body.addWidget(self.table, 1)
        self.add_foot(close, self.go_button, is_risky_default=True)
        self.field.textChanged.connect(self._on_typed)
        self.table.current_changed.connect(self._show_state)
        self.table.doubleClicked.connect(self._on_double_click)
        self._on_typed("")
        self.field.setFocus()

    @staticmethod
    def _title(parent: QWidget) -> str:
        return parent.tr("Find an action")

    @classmethod
    async def choose(cls, parent: QWidget, theme: Theme, rows: Sequence[PaletteRow]) -> str | None:
        """Return the id of the action that was chosen, or None."""
        palette = cls(theme, rows, parent)
        return palette.chosen if await palette.answer() else None

    @property
    def chosen(self) -> str | None:
        """Return the current action's id, if it can be used now."""
        row: PaletteRow | None = self.table.current_row
        return row.action_id if row is not None and not row.why_not else None

    def _on_typed(self, text: str) -> None:
        self.model.set_filter(text)
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, 0))
        self._show_state()

    def _show_state(self) -> None:
        self.go_button.setEnabled(self.chosen is not None)

    def _on_double_click(self) -> None:
        if self.chosen is not None:
            self.accept()
