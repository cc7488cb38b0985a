"""A status outside a table: shape and word in the colour of its tone."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from drs_desktop.ui.models.status_text import Look, Shape, Tone
from drs_desktop.ui.widgets.shapes import SIZE, paint_shape
from drs_desktop.ui.widgets.theme import Theme, Token, text_font

_GAP = 6


class StatusLabel(QWidget):
    """Shows one `Look`; read it by `look` or `text()`."""

    def __init__(self, theme: Theme, name: str, *, pixels: int = 13, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFont(text_font(pixels, is_strong=pixels > 13))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._shape_size = SIZE if pixels <= 13 else float(pixels)
        self.look = Look("", Tone.IDLE, Shape.CIRCLE)
        theme.changed.connect(self.update)

    def show_look(self, look: Look, tip: str = "") -> None:
        self.setToolTip(tip)
        if look == self.look:
            return
        self.look = look
        self.setAccessibleName(look.word)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self.look.word

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = int(self._shape_size) + _GAP + metrics.horizontalAdvance(self.look.word) + 2
        return QSize(width, max(metrics.height(), int(self._shape_size)) + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        size = self._shape_size
        colour = self._theme.tone(self.look.tone)
        box = QRectF(0, (self.height() - size) / 2, size, size)
        paint_shape(painter, box, self.look.shape, colour, self._theme.colour(Token.PAGE))
        painter.setPen(colour)
        words = self.rect().adjusted(int(size) + _GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.look.word)
        painter.end()
