"""The table that every pane uses: fixed rows, sorting on request, selection and scroll that survive."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from drs_desktop.ui.models.table_model import NATURAL_ORDER, AnyIndex, TableModel
from drs_desktop.ui.widgets.cell_delegate import CellDelegate
from drs_desktop.ui.widgets.theme import ROW_PIXELS, Theme

WIDEST_COLUMN = 240
HEADER_ROOM = 28
FIT_AGAIN_MILLISECONDS = 400
ROWS_MEASURED = 200


class ConsoleTable(QTableView):
    """A table over one of our models; columns grow with their content, until the operator sizes them.

    Signals:
        current_changed: another row is current, or none; also after a reset.
    """

    current_changed = Signal()

    def __init__(
        self,
        model: TableModel[Any],
        theme: Theme,
        *,
        name: str,
        title: str,
        widths: Mapping[Any, int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._rows = model
        self._kept: Any = None
        self._scroll = 0
        self._sized_by_hand: set[int] = set()
        self._is_fitting = False
        self._fit_soon = QTimer(self, singleShot=True, interval=0)
        self._fit_soon.timeout.connect(self.fit_columns)
        self._build(model, theme, widths)
        self._fit_later = QTimer(self, singleShot=True, interval=FIT_AGAIN_MILLISECONDS)
        self._fit_later.timeout.connect(self.fit_columns)
        for changed in (model.modelReset, model.rowsInserted):
            changed.connect(self._on_content)
        model.dataChanged.connect(self._on_cells)
        model.modelAboutToBeReset.connect(self._keep_place)
        model.modelReset.connect(self._restore_place)
        theme.changed.connect(self.viewport().update)

    def _build(self, model: TableModel[Any], theme: Theme, widths: Mapping[Any, int]) -> None:
        self.setModel(model)
        self.setItemDelegate(CellDelegate(theme, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self._build_headers(widths)

    def _build_headers(self, widths: Mapping[Any, int]) -> None:
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setAccessibleName(self.accessibleName())
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_PIXELS)
        header = self.horizontalHeader()
        header.setAccessibleName(self.accessibleName())
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSortIndicator(NATURAL_ORDER, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setResizeContentsPrecision(ROWS_MEASURED)
        self.setSortingEnabled(True)
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        header.sectionResized.connect(self._on_resized)

    # ---- widths

    def fit_columns(self) -> None:
        """Widen every column to its header and the rows in sight; none ever becomes narrower by itself."""
        self._is_fitting = True
        header = self.horizontalHeader()
        for column in range(self._rows.columnCount() - 1):
            if column not in self._sized_by_hand and not self.isColumnHidden(column):
                title = header.fontMetrics().horizontalAdvance(self._title(column)) + HEADER_ROOM
                wanted = max(title, min(self.sizeHintForColumn(column), WIDEST_COLUMN))
                if wanted > self.columnWidth(column):
                    self.setColumnWidth(column, wanted)
        self._is_fitting = False

    @property
    def widths_by_hand(self) -> dict[int, int]:
        """Return the width of every column that the operator sized."""
        return {column: self.columnWidth(column) for column in sorted(self._sized_by_hand)}

    def size_by_hand(self, widths: Mapping[int, int]) -> None:
        """Size columns as the operator did before."""
        for column, width in widths.items():
            if column < self._rows.columnCount() - 1:
                self.setColumnWidth(column, width)
                self._sized_by_hand.add(column)

    def _title(self, column: int) -> str:
        return str(self._rows.headerData(column, Qt.Orientation.Horizontal))

    def _on_content(self) -> None:
        if not self._fit_soon.isActive():
            self._fit_soon.start()

    def _on_cells(self) -> None:
        """Measure again a little later: cells of a live table change all the time, widths hardly ever."""
        if not self._fit_later.isActive():
            self._fit_later.start()

    def _on_resized(self, column: int, _before: int, _after: int) -> None:
        if not self._is_fitting and column < self._rows.columnCount() - 1:
            self._sized_by_hand.add(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            row = self.currentIndex().row()
            cells = (self._rows.index(row, column) for column in range(self._rows.columnCount()))
            QGuiApplication.clipboard().setText("\t".join(str(cell.data() or "") for cell in cells))
            event.accept()
            return
        super().keyPressEvent(event)

    # ---- place

    @property
    def current_key(self) -> Any:
        """Return the key of the current row, or None."""
        row = self.current_row
        return None if row is None else self._rows.key_of(row)

    @property
    def current_row(self) -> Any:
        return self._rows.row_at(self.currentIndex())

    def select_key(self, key: Any) -> bool:
        """Make a row current; return whether it is shown."""
        index = self._rows.index_of(key)
        if index.isValid():
            self.setCurrentIndex(index)
        return index.isValid()

    def select_first(self) -> None:
        """Make the first row current when none is."""
        if not self.currentIndex().isValid() and self._rows.rowCount():
            self.setCurrentIndex(self._rows.index(0, 0))

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        super().currentChanged(current, previous)
        self.current_changed.emit()

    def _keep_place(self) -> None:
        self._kept = self.current_key
        self._scroll = self.verticalScrollBar().value()

    def _restore_place(self) -> None:
        if self._kept is not None:
            self.select_key(self._kept)
        self.verticalScrollBar().setValue(self._scroll)
        self.current_changed.emit()


class FollowingTable(ConsoleTable):
    """A table that stays at its end while rows come, unless the operator scrolled up."""

    def __init__(
        self,
        model: TableModel[Any],
        theme: Theme,
        *,
        name: str,
        title: str,
        widths: Mapping[Any, int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model, theme, name=name, title=title, widths=widths, parent=parent)
        self._is_following = True
        bar = self.verticalScrollBar()
        bar.actionTriggered.connect(self._on_scrolled)
        bar.rangeChanged.connect(self._keep_end)

    @property
    def is_following(self) -> bool:
        return self._is_following

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._is_following = True
        self._keep_end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        self._note_place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        self._note_place()

    def _on_scrolled(self) -> None:
        bar = self.verticalScrollBar()
        self._is_following = bar.sliderPosition() >= bar.maximum() - ROW_PIXELS

    def _note_place(self) -> None:
        bar = self.verticalScrollBar()
        self._is_following = bar.value() >= bar.maximum() - ROW_PIXELS

    def _keep_end(self) -> None:
        if self._is_following:
            bar = self.verticalScrollBar()
            bar.setValue(bar.maximum())
