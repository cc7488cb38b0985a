"""The hatched band that says that nothing here is real."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from drs_desktop.ui.widgets.theme import Theme, Token, text_font

HEIGHT = 24
_STEP = 12


class SimulationBand(QWidget):
    """Violet hatching over the whole width, with the endpoint's title in the middle."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("simulationBand")
        self.setFixedHeight(HEIGHT)
        self.setFont(text_font(11, is_strong=True))
        self._theme = theme
        self._text = ""
        self.hide()
        theme.changed.connect(self.update)

    def show_title(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.update()

    def text(self) -> str:
        return self._text

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour = self._theme.colour(Token.UNKNOWN)
        page = self._theme.colour(Token.PAGE)
        painter.fillRect(self.rect(), page)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 4))
        for left in range(-HEIGHT, self.width() + HEIGHT, _STEP):
            painter.drawLine(left, HEIGHT + 2, left + HEIGHT + 4, -2)
        width = painter.fontMetrics().horizontalAdvance(self._text) + 32
        plate = QRect((self.width() - width) // 2, 0, width, HEIGHT)
        painter.fillRect(plate, page)
        painter.setPen(colour)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
