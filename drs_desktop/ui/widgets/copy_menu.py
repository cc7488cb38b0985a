"""The context menu that copies lines of a table: text, CSV, JSON, and commands for the AWS command line."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication

from drs_desktop.ui.models.copying import as_csv, as_json, as_text
from drs_desktop.ui.models.table_model import TableModel
from drs_desktop.ui.widgets.table_view import ConsoleTable

Commands = Callable[[Any], str]


class CopyMenu(QObject):
    """Gives a table its context menu; the menu key opens it where there is no mouse.

    Args:
        commands: what a row is in the AWS command line; None where it is nothing there.
    """

    def __init__(self, table: ConsoleTable, model: TableModel[Any], commands: Commands | None = None) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._commands = commands
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for name, text, slot in self._entries():
            action = QAction(text, table)
            action.setObjectName(name)
            action.triggered.connect(slot)
            table.addAction(action)

    def _entries(self) -> tuple[tuple[str, str, Callable[[], None]], ...]:
        entries = (
            ("copyLine", self.tr("Copy the line"), self._on_line),
            ("copyAllText", self.tr("Copy all shown as text"), self._on_all_text),
            ("copyAllCsv", self.tr("Copy all shown as CSV"), self._on_all_csv),
            ("copyAllJson", self.tr("Copy all shown as JSON"), self._on_all_json),
        )
        if self._commands is None:
            return entries
        return (*entries, ("copyCommands", self.tr("Copy AWS commands for the line"), self._on_commands))

    # ---- what is copied

    def _line(self, row: int) -> list[str]:
        columns = range(self._model.columnCount())
        return [str(self._model.index(row, column).data() or "") for column in columns]

    def _lines(self) -> list[list[str]]:
        return [self._line(row) for row in range(self._model.rowCount())]

    def _on_line(self) -> None:
        index = self._table.currentIndex()
        if index.isValid():
            _copy("\t".join(self._line(index.row())))

    def _on_all_text(self) -> None:
        _copy(as_text(self._model.headers(), self._lines()))

    def _on_all_csv(self) -> None:
        _copy(as_csv(self._model.headers(), self._lines()))

    def _on_all_json(self) -> None:
        rows = [self._model.row_at(self._model.index(row, 0)) for row in range(self._model.rowCount())]
        _copy(as_json(rows))

    def _on_commands(self) -> None:
        row = self._table.current_row
        if row is not None and self._commands is not None and (words := self._commands(row)):
            _copy(words)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
