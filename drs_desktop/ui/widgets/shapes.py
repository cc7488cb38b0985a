"""The shapes that stand beside every status word, drawn in the colour of its tone."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from drs_desktop.ui.models.status_text import Shape

SIZE = 14.0


def paint_shape(painter: QPainter, box: QRectF, shape: Shape, colour: QColor, ground: QColor) -> None:
    """Draw a shape that fills a square box; `ground` is what shows through its cut-outs."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / SIZE, box.height() / SIZE)
    _PAINTERS[shape](painter, colour, ground)
    painter.restore()


def _pen(colour: QColor, width: float = 1.6) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _fill(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)


def _check(painter: QPainter, colour: QColor, ground: QColor) -> None:
    _fill(painter, colour)
    painter.drawEllipse(QRectF(1, 1, 12, 12))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(ground, 1.7))
    painter.drawPolyline(QPolygonF([QPointF(4.2, 7.2), QPointF(6.2, 9.2), QPointF(9.8, 5.2)]))


def _half(painter: QPainter, colour: QColor, _ground: QColor) -> None:
    _fill(painter, colour)
    painter.drawPie(QRectF(1.8, 1.8, 10.4, 10.4), 90 * 16, 180 * 16)
    _circle(painter, colour, _ground)


def _circle(painter: QPainter, colour: QColor, _ground: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(colour, 1.5))
    painter.drawEllipse(QRectF(1.8, 1.8, 10.4, 10.4))


def _pause(painter: QPainter, colour: QColor, _ground: QColor) -> None:
    _fill(painter, colour)
    painter.drawRoundedRect(QRectF(3, 2, 3, 10), 1, 1)
    painter.drawRoundedRect(QRectF(8, 2, 3, 10), 1, 1)


def _triangle(painter: QPainter, colour: QColor, ground: QColor) -> None:
    painter.setPen(_pen(colour, 1.4))
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(7, 1.8), QPointF(12.8, 12), QPointF(1.2, 12)]))
    painter.setPen(_pen(ground, 1.5))
    painter.drawLine(QPointF(7, 5.4), QPointF(7, 8.2))
    painter.drawPoint(QPointF(7, 10.4))


def _cross(painter: QPainter, colour: QColor, ground: QColor) -> None:
    _fill(painter, colour)
    painter.drawRoundedRect(QRectF(1, 1, 12, 12), 2, 2)
    painter.setPen(_pen(ground, 1.7))
    painter.drawLine(QPointF(4.6, 4.6), QPointF(9.4, 9.4))
    painter.drawLine(QPointF(9.4, 4.6), QPointF(4.6, 9.4))


def _dash(painter: QPainter, colour: QColor, _ground: QColor) -> None:
    painter.setPen(_pen(colour, 1.8))
    painter.drawLine(QPointF(3, 7), QPointF(11, 7))


def _question(painter: QPainter, colour: QColor, ground: QColor) -> None:
    _fill(painter, colour)
    painter.drawPolygon(QPolygonF([QPointF(7, 0), QPointF(14, 7), QPointF(7, 14), QPointF(0, 7)]))
    font = QFont(painter.font())
    font.setPixelSize(10)
    font.setWeight(QFont.Weight.Bold)
    painter.setFont(font)
    painter.setPen(ground)
    painter.drawText(QRectF(0, 0, 14, 14), Qt.AlignmentFlag.AlignCenter, "?")


_PAINTERS: dict[Shape, Callable[[QPainter, QColor, QColor], None]] = {
    Shape.CHECK: _check,
    Shape.HALF: _half,
    Shape.PAUSE: _pause,
    Shape.TRIANGLE: _triangle,
    Shape.CROSS: _cross,
    Shape.CIRCLE: _circle,
    Shape.DASH: _dash,
    Shape.QUESTION: _question,
}
