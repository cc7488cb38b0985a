"""Paints the cells of every table and tree: status with its shape, ids monospaced, one line of selection."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from drs_desktop.ui.models.roles import Role
from drs_desktop.ui.models.status_text import Look
from drs_desktop.ui.widgets.shapes import SIZE, paint_shape
from drs_desktop.ui.widgets.theme import ROW_PIXELS, Theme, Token, id_font

PADDING = 8
_GAP = 6
_AnyIndex = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Draws a cell from its roles; knows no row type."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._id_font = id_font()

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "").replace("\n", " ")
        font = self._id_font if index.data(Role.IS_ID) else option.font
        width = QFontMetrics(font).horizontalAdvance(text) + 2 * PADDING + 2
        if isinstance(index.data(Role.LOOK), Look):
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
        look = index.data(Role.LOOK)
        if isinstance(look, Look):
            self._paint_look(painter, words, look, option)
        else:
            self._paint_text(painter, words, index, option)
        painter.restore()

    def _paint_look(self, painter: QPainter, rect: QRect, look: Look, option: QStyleOptionViewItem) -> None:
        colour = self._theme.tone(look.tone)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = self._theme.colour(Token.SELECTED if is_selected else Token.PAGE)
        box = QRectF(rect.left(), rect.center().y() - SIZE / 2 + 0.5, SIZE, SIZE)
        paint_shape(painter, box, look.shape, colour, ground)
        painter.setPen(colour)
        left = Qt.AlignmentFlag.AlignLeft
        beside = rect.adjusted(int(SIZE) + _GAP, 0, 0, 0)
        self._draw(painter, beside, look.word, left, Qt.TextElideMode.ElideRight)

    def _paint_text(
        self, painter: QPainter, rect: QRect, index: _AnyIndex, option: QStyleOptionViewItem
    ) -> None:
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        if index.data(Role.IS_ID):
            painter.setFont(self._id_font)
        else:
            painter.setFont(option.font)
        is_quiet = text == "–"
        painter.setPen(self._theme.colour(Token.MUTED if is_quiet else Token.TEXT))
        is_right = index.data(Qt.ItemDataRole.TextAlignmentRole)
        side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
        has_end = bool(index.data(Role.IS_ID)) or bool(index.data(Role.IS_NAME))
        mode = Qt.TextElideMode.ElideMiddle if has_end else Qt.TextElideMode.ElideRight
        self._draw(painter, rect, text, side, mode)

    def _draw(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        side: Qt.AlignmentFlag,
        mode: Qt.TextElideMode,
    ) -> None:
        line = text.replace("\n", " ")
        elided = painter.fontMetrics().elidedText(line, mode, rect.width())
        flags = int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.drawText(rect, flags, elided)
