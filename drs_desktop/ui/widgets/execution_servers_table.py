"""The servers of an execution: whatever the width, what went wrong stays in sight."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme

_C = ExecutionServerModel.Columns
_WIDTHS: dict[int, int] = {
    _C.NAME: 116,
    _C.WAVE: 50,
    _C.PHASE: 88,
    _C.LAUNCH: 116,
    _C.HEALTH: 100,
    _C.INSTANCE: 156,
    _C.SINCE: 60,
    _C.MESSAGE: 200,
}
MESSAGE_PIXELS = 200
NAME_PIXELS = 128
ID_PIXELS = 96
WHERE_PIXELS = 180
_LEAST: dict[int, int] = {
    _C.NAME: NAME_PIXELS,
    _C.INSTANCE: ID_PIXELS,
    _C.MESSAGE: MESSAGE_PIXELS,
    _C.WHERE: WHERE_PIXELS,
}
_GIVES_WAY = (_C.WHERE, _C.INSTANCE, _C.PHASE, _C.SINCE)
"""Columns that are left out where there is no room, the first first; the Server tab has them all."""


class ExecutionServersTable(ConsoleTable):
    """The table that gives the message its room: others become narrower, then are left out."""

    def __init__(self, model: ExecutionServerModel, theme: Theme, *, title: str) -> None:
        super().__init__(model, theme, name="executionServersTable", title=title, widths=_WIDTHS)
        self._wanted = dict(_WIDTHS)

    def fit_columns(self) -> None:
        for column, width in self._wanted.items():
            if column not in self._sized_by_hand:
                self._resize(column, width)
        super().fit_columns()
        self._wanted = {column: max(width, self._wanted[column]) for column, width in self._widths()}
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _widths(self) -> list[tuple[int, int]]:
        return [(column, self.columnWidth(column) or width) for column, width in self._wanted.items()]

    def _make_room(self) -> None:
        """Share out the width: what the message lacks is taken from names, ids, and then whole columns."""
        hidden = set(_GIVES_WAY)
        for column in reversed(_GIVES_WAY):
            if self._least(hidden - {column}) <= self.viewport().width():
                hidden.discard(column)
            else:
                break
        self._hide(hidden)
        spare = self.viewport().width() - self._least(hidden)
        for column, least in ((_C.NAME, NAME_PIXELS), (_C.INSTANCE, ID_PIXELS)):
            if column not in hidden and column not in self._sized_by_hand:
                width = min(self._wanted[column], least + max(0, spare))
                spare -= max(0, width - least)
                self._resize(column, width)
        self._resize(_C.MESSAGE, MESSAGE_PIXELS + max(0, spare))

    def _least(self, hidden: set[ExecutionServerModel.Columns]) -> int:
        wanted = self._wanted | _LEAST
        wanted |= {column: self.columnWidth(column) for column in self._sized_by_hand}
        return sum(wanted[column] for column in _C if column not in hidden)

    def _hide(self, hidden: set[ExecutionServerModel.Columns]) -> None:
        self._is_fitting = True
        for column in _GIVES_WAY:
            self.setColumnHidden(column, column in hidden)
        self._is_fitting = False

    def _on_resized(self, column: int, before: int, after: int) -> None:
        last = _C.MESSAGE if self.isColumnHidden(_C.WHERE) else _C.WHERE
        if column != last:  # the last one stretches by itself
            super()._on_resized(column, before, after)

    def _resize(self, column: int, width: int) -> None:
        self._is_fitting = True
        self.setColumnWidth(column, width)
        self._is_fitting = False


def servers_table(model: ExecutionServerModel, theme: Theme, parent: QWidget) -> ExecutionServersTable:
    """Return the table of an execution's servers."""
    return ExecutionServersTable(model, theme, title=parent.tr("Servers of the execution"))
