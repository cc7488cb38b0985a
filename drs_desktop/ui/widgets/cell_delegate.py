"""Paints the cells of every table and tree: status with its shape, ids monospaced, one line of selection."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from drs_desktop.ui.models.roles import Role
from drs_desktop.ui.models.status_text import Look
from drs_desktop.ui.models.table_model import Cell
from drs_desktop.ui.widgets.shapes import SIZE, paint_shape
from drs_desktop.ui.widgets.theme import ROW_PIXELS, Theme, Token, id_font

PADDING = 8
_GAP = 6
_AnyIndex = QModelIndex | QPersistentModelIndex
_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_LEFT, _RIGHT = int(Qt.AlignmentFlag.AlignLeft | _MIDDLE), int(Qt.AlignmentFlag.AlignRight | _MIDDLE)


class CellDelegate(QStyledItemDelegate):
    """Draws a cell from its roles; knows no row type."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._id_font = id_font()

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        cell = _cell_of(index)
        font = self._id_font if cell.is_id else option.font
        width = QFontMetrics(font).horizontalAdvance(_one_line(cell.text)) + 2 * PADDING + 2
        if cell.look is not None:
            width += int(SIZE) + _GAP
        return QSize(width, ROW_PIXELS)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        painter.save()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        ground = self._theme.colour(Token.SELECTED if is_selected else Token.PAGE)
        painter.fillRect(rect, ground)
        if is_selected and bool(option.state & QStyle.StateFlag.State_HasFocus):
            painter.fillRect(
                rect.left(), rect.bottom() - 1, rect.width(), 2, self._theme.colour(Token.RUNNING)
            )
        words = rect.adjusted(PADDING, 0, -PADDING, 0)
        cell = _cell_of(index)
        if cell.look is not None:
            self._paint_look(painter, words, cell.look, ground)
        elif cell.text:
            self._paint_text(painter, words, cell, option)
        painter.restore()

    def _paint_look(self, painter: QPainter, rect: QRect, look: Look, ground: QColor) -> None:
        colour = self._theme.tone(look.tone)
        box = QRectF(rect.left(), rect.center().y() - SIZE / 2 + 0.5, SIZE, SIZE)
        paint_shape(painter, box, look.shape, colour, ground)
        painter.setPen(colour)
        beside = rect.adjusted(int(SIZE) + _GAP, 0, 0, 0)
        self._draw(painter, beside, look.word, _LEFT, Qt.TextElideMode.ElideRight)

    def _paint_text(self, painter: QPainter, rect: QRect, cell: Cell, option: QStyleOptionViewItem) -> None:
        painter.setFont(self._id_font if cell.is_id else option.font)
        painter.setPen(self._theme.colour(Token.MUTED if cell.text == "–" else Token.TEXT))
        has_end = cell.is_id or cell.is_name
        mode = Qt.TextElideMode.ElideMiddle if has_end else Qt.TextElideMode.ElideRight
        self._draw(painter, rect, cell.text, _RIGHT if cell.is_number else _LEFT, mode)

    @staticmethod
    def _draw(painter: QPainter, rect: QRect, text: str, side: int, mode: Qt.TextElideMode) -> None:
        elided = painter.fontMetrics().elidedText(_one_line(text), mode, rect.width())
        painter.drawText(rect, side, elided)


def _cell_of(index: _AnyIndex) -> Cell:
    cell = index.data(Role.CELL)
    return cell if isinstance(cell, Cell) else Cell(text=str(index.data() or ""))


def _one_line(text: str) -> str:
    return text.replace("\n", " ")
