"""A table of rows by key that keeps its own order and filter, and formats a cell once per change."""

from collections.abc import Iterable, Sequence
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
    if role == Role.CELL:
        return cell
    if role == Qt.ItemDataRole.DisplayRole:
        return cell.text
    if role == Qt.ItemDataRole.ToolTipRole:
        return plain_tooltip(cell.tooltip or cell.text)
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return _RIGHT if cell.is_number else None
    if role == Role.LOOK:
        return cell.look
    if role == Role.SORT:
        return _sort_value(cell)
    return None


def _sort_value(cell: Cell) -> Any:
    return cell.text.casefold() if cell.sort is None else cell.sort


_HIDDEN = -1


@dataclass(slots=True, eq=False)
class _Entry(Generic[Row]):
    """What is kept of one row; `position` is where it is shown, or `_HIDDEN`.

    Attributes:
        blob: all words that find it, folded.
    """

    key: Any
    row: Row
    cells: tuple[Cell, ...]
    blob: str
    position: int = _HIDDEN


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows by key; subclasses say what the columns are and how a row becomes cells.

    New rows come at the end and nothing moves by itself: order changes only when `sort` is called.
    """

    Columns: ClassVar[type[IntEnum]]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = datetime.now(UTC)
        self._entries: dict[Any, _Entry[Row]] = {}
        self._order: list[_Entry[Row]] = []
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
        if list(fresh) == list(self._entries):
            self.upsert(fresh.values())
            return
        self.beginResetModel()
        self._entries = {key: self._entry(key, row) for key, row in fresh.items()}
        self._take_order(self._wanted_order(self._entries.values()))
        self.endResetModel()

    def upsert(self, rows: Iterable[Row]) -> None:
        """Replace rows of known keys in place and add the others at the end."""
        new: list[_Entry[Row]] = []
        must_filter = False
        for row in rows:
            key = self.key_of(row)
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = self._entry(key, row)
                new.append(entry)
            elif entry.row != row:
                self._take(entry, row)
                must_filter = must_filter or self._matches(entry) != (entry.position != _HIDDEN)
        self._append([entry for entry in new if self._matches(entry)])
        if must_filter:
            self._relayout(self._entries.values())

    def row_at(self, index: AnyIndex) -> Row | None:
        """Return the row behind an index, or None for an invalid one."""
        return self._order[index.row()].row if index.isValid() else None

    def row_of(self, key: Any) -> Row | None:
        entry = self._entries.get(key)
        return entry.row if entry else None

    def index_of(self, key: Any, column: int = 0) -> QModelIndex:
        """Return the index of a key's row; invalid when it is not shown."""
        entry = self._entries.get(key)
        return QModelIndex() if entry is None else self._index(entry, column)

    def _index(self, entry: _Entry[Row], column: int) -> QModelIndex:
        return QModelIndex() if entry.position == _HIDDEN else self.index(entry.position, column)

    @property
    def all_rows(self) -> tuple[Row, ...]:
        return tuple(entry.row for entry in self._entries.values())

    @property
    def total(self) -> int:
        """Return the number of rows, those filtered away included."""
        return len(self._entries)

    def tick(self, now: datetime) -> None:
        """Take the time, and renew the cells that show an age."""
        self.now = now
        for entry in self._entries.values():
            for column, cell in self.aged_cells(entry.row):
                self._renew(entry, column, cell)

    def _renew(self, entry: _Entry[Row], column: int, cell: Cell) -> None:
        before = entry.cells[column]
        if before == cell:
            return
        entry.cells = (*entry.cells[:column], cell, *entry.cells[column + 1 :])
        if entry.position != _HIDDEN and before.text != cell.text:
            index = self._index(entry, column)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DisplayRole])

    def _entry(self, key: Any, row: Row) -> _Entry[Row]:
        cells = self.cells_of(row)
        return _Entry(key=key, row=row, cells=cells, blob=self._blob(row, cells))

    def _blob(self, row: Row, cells: tuple[Cell, ...]) -> str:
        return " ".join([*(cell.text for cell in cells), self.search_text(row)]).casefold()

    def _take(self, entry: _Entry[Row], row: Row) -> None:
        """Put a newer row in an entry's place."""
        entry.row, entry.cells = row, self.cells_of(row)
        entry.blob = self._blob(row, entry.cells)
        if entry.position != _HIDDEN:
            self.dataChanged.emit(self._index(entry, 0), self._index(entry, self.columnCount() - 1))

    def _append(self, entries: list[_Entry[Row]]) -> None:
        if not entries:
            return
        first = len(self._order)
        self.beginInsertRows(ROOT, first, first + len(entries) - 1)
        for position, entry in enumerate(entries, start=first):
            entry.position = position
        self._order += entries
        self.endInsertRows()

    # ---- order and filter

    @property
    def filter_text(self) -> str:
        return " ".join(self._terms)

    def set_filter(self, text: str) -> None:
        """Show only the rows that hold every word of the text."""
        before, self._terms = self._terms, tuple(text.casefold().split())
        # A longer word finds nothing that the shorter one did not: what is shown already holds all there is.
        is_narrower = all(any(old in new for new in self._terms) for old in before)
        self._relayout(self._order if is_narrower else self._entries.values(), is_sorted=is_narrower)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort_column = column
        self._is_descending = order is Qt.SortOrder.DescendingOrder
        self._relayout(self._entries.values())

    def _matches(self, entry: _Entry[Row]) -> bool:
        return all(term in entry.blob for term in self._terms)

    def _wanted_order(self, entries: Iterable[_Entry[Row]], *, is_sorted: bool = False) -> list[_Entry[Row]]:
        """Return those of the entries that are to be shown, in order; they may be in order already."""
        wanted = list(entries)
        for term in self._terms:
            wanted = [entry for entry in wanted if term in entry.blob]
        if self._sort_column != NATURAL_ORDER and not is_sorted:
            column = self._sort_column
            wanted.sort(key=lambda entry: _sort_value(entry.cells[column]), reverse=self._is_descending)
        return wanted

    def _take_order(self, entries: list[_Entry[Row]]) -> None:
        for entry in self._order:
            entry.position = _HIDDEN
        self._order = entries
        for position, entry in enumerate(entries):
            entry.position = position

    def _relayout(self, entries: Iterable[_Entry[Row]], *, is_sorted: bool = False) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._order[index.row()] for index in before]
        self._take_order(self._wanted_order(entries, is_sorted=is_sorted))
        after = [self._index(entry, index.column()) for entry, index in zip(kept, before, strict=True)]
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
        entry = self._order[index.row()]
        if role == Role.ROW:
            return entry.row
        if role == Role.KEY:
            return entry.key
        return cell_data(entry.cells[index.column()], role)

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
        first = next(iter(self._entries.values()), None)
        return first is not None and first.cells[column].is_number
