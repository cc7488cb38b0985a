"""A table of rows by key that keeps its own order and filter, and formats a cell once per change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, ClassVar, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from drs_desktop.ui.models.plain_text import plain_tooltip
from drs_desktop.ui.models.roles import Role
from drs_desktop.ui.models.status_text import Look

Row = TypeVar("Row")
AnyIndex = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
NATURAL_ORDER = -1
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell, ready to paint.

    Attributes:
        sort: what the cell sorts by; None means its text, without regard to case.
        tooltip: what the tooltip says; empty means the text itself.
        is_id: whether it is an identifier.
        is_number: whether it is compared with its neighbours, so aligned to the right.
        is_name: whether its end tells it from others, so that its middle is left out for want of room.
    """

    text: str = ""
    sort: Any = None
    look: Look | None = None
    tooltip: str = ""
    is_id: bool = False
    is_number: bool = False
    is_name: bool = False


def status_cell(look: Look, rank: Any = None, tooltip: str = "") -> Cell:
    """Return the cell of a status: shape and word painted by the delegate."""
    return Cell(text=look.word, look=look, sort=rank, tooltip=tooltip)


def cell_data(cell: Cell, role: int) -> Any:
    """Return what a cell answers to a role that needs no row."""
    if role == Qt.ItemDataRole.DisplayRole:
        return cell.text
    if role == Qt.ItemDataRole.ToolTipRole:
        return plain_tooltip(cell.tooltip or cell.text)
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return _RIGHT if cell.is_number else None
    if role == Role.LOOK:
        return cell.look
    if role == Role.IS_ID:
        return cell.is_id
    if role == Role.IS_NAME:
        return cell.is_name
    if role == Role.SORT:
        return _sort_value(cell)
    return None


def _sort_value(cell: Cell) -> Any:
    return cell.text.casefold() if cell.sort is None else cell.sort


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows by key; subclasses say what the columns are and how a row becomes cells.

    New rows come at the end and nothing moves by itself: order changes only when `sort` is called.
    """

    Columns: ClassVar[type[IntEnum]]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = datetime.now(UTC)
        self._rows: dict[Any, Row] = {}
        self._cells: dict[Any, tuple[Cell, ...]] = {}
        self._blobs: dict[Any, str] = {}
        self._order: list[Any] = []
        self._positions: dict[Any, int] = {}
        self._terms: tuple[str, ...] = ()
        self._sort_column = NATURAL_ORDER
        self._is_descending = False

    # ---- what a subclass says

    def key_of(self, row: Row) -> Any:
        raise NotImplementedError

    def headers(self) -> Sequence[str]:
        raise NotImplementedError

    def cells_of(self, row: Row) -> tuple[Cell, ...]:
        raise NotImplementedError

    def search_text(self, row: Row) -> str:
        """Return words to find the row by, beside those in its cells."""
        return ""

    def aged_cells(self, row: Row) -> tuple[tuple[int, Cell], ...]:
        """Return the cells that change with the time alone, with their columns."""
        return ()

    # ---- rows

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show exactly these rows; when the keys are those shown already, nothing is reset."""
        fresh = {self.key_of(row): row for row in rows}
        if list(fresh) == list(self._rows):
            self.upsert(fresh.values())
            return
        self.beginResetModel()
        self._rows, self._cells, self._blobs = {}, {}, {}
        for key, row in fresh.items():
            self._store(key, row)
        self._take_order(self._wanted_order())
        self.endResetModel()

    def upsert(self, rows: Iterable[Row]) -> None:
        """Replace rows of known keys in place and add the others at the end."""
        new_keys = []
        must_filter = False
        for row in rows:
            key = self.key_of(row)
            if key not in self._rows:
                self._store(key, row)
                new_keys.append(key)
            elif self._rows[key] != row:
                self._store(key, row)
                self._announce(key)
                must_filter = must_filter or self._matches(key) != (key in self._positions)
        self._append([key for key in new_keys if self._matches(key)])
        if must_filter:
            self._relayout()

    def row_at(self, index: AnyIndex) -> Row | None:
        """Return the row behind an index, or None for an invalid one."""
        return self._rows[self._order[index.row()]] if index.isValid() else None

    def row_of(self, key: Any) -> Row | None:
        return self._rows.get(key)

    def index_of(self, key: Any, column: int = 0) -> QModelIndex:
        """Return the index of a key's row; invalid when it is not shown."""
        position = self._positions.get(key)
        return QModelIndex() if position is None else self.index(position, column)

    @property
    def all_rows(self) -> tuple[Row, ...]:
        return tuple(self._rows.values())

    @property
    def total(self) -> int:
        """Return the number of rows, those filtered away included."""
        return len(self._rows)

    def tick(self, now: datetime) -> None:
        """Take the time, and renew the cells that show an age."""
        self.now = now
        for key, row in self._rows.items():
            for column, cell in self.aged_cells(row):
                self._renew(key, column, cell)

    def _renew(self, key: Any, column: int, cell: Cell) -> None:
        cells = self._cells[key]
        if cells[column] == cell:
            return
        self._cells[key] = (*cells[:column], cell, *cells[column + 1 :])
        if key in self._positions and cells[column].text != cell.text:
            index = self.index_of(key, column)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DisplayRole])

    def _store(self, key: Any, row: Row) -> None:
        cells = self.cells_of(row)
        self._rows[key] = row
        self._cells[key] = cells
        self._blobs[key] = " ".join([*(cell.text for cell in cells), self.search_text(row)]).casefold()

    def _announce(self, key: Any) -> None:
        if key in self._positions:
            last = self.columnCount() - 1
            self.dataChanged.emit(self.index_of(key), self.index_of(key, last))

    def _append(self, keys: list[Any]) -> None:
        if not keys:
            return
        first = len(self._order)
        self.beginInsertRows(ROOT, first, first + len(keys) - 1)
        self._take_order([*self._order, *keys])
        self.endInsertRows()

    # ---- order and filter

    @property
    def filter_text(self) -> str:
        return " ".join(self._terms)

    def set_filter(self, text: str) -> None:
        """Show only the rows that hold every word of the text."""
        self._terms = tuple(text.casefold().split())
        self._relayout()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort_column = column
        self._is_descending = order is Qt.SortOrder.DescendingOrder
        self._relayout()

    def _matches(self, key: Any) -> bool:
        return all(term in self._blobs[key] for term in self._terms)

    def _wanted_order(self) -> list[Any]:
        keys = [key for key in self._rows if self._matches(key)]
        if self._sort_column != NATURAL_ORDER:
            keys.sort(key=self._sort_key(self._sort_column), reverse=self._is_descending)
        return keys

    def _sort_key(self, column: int) -> Callable[[Any], Any]:
        return lambda key: _sort_value(self._cells[key][column])

    def _take_order(self, keys: list[Any]) -> None:
        self._order = keys
        self._positions = {key: position for position, key in enumerate(keys)}

    def _relayout(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._order[index.row()] for index in before]
        self._take_order(self._wanted_order())
        after = [self.index_of(key, index.column()) for key, index in zip(keys, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    # ---- Qt

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self.Columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        key = self._order[index.row()]
        if role == Role.ROW:
            return self._rows[key]
        if role == Role.KEY:
            return key
        return cell_data(self._cells[key][index.column()], role)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.headers()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self._is_number(section) else _LEFT
        return None

    def _is_number(self, column: int) -> bool:
        first = next(iter(self._cells.values()), None)
        return first is not None and first[column].is_number
