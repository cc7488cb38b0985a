"""How the timeline looks: bars by stage, waits hatched, the future dotted, the present a dashed line."""

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen

from drs_desktop.ui.models.status_text import Shape, Tone
from drs_desktop.ui.models.timeline_model import Lane, Segment, Stage
from drs_desktop.ui.widgets.shapes import SIZE, paint_shape
from drs_desktop.ui.widgets.theme import Theme, Token, text_font
from drs_desktop.ui.widgets.time_axis import TimeAxis

AXIS_PIXELS = 26
LABEL_PIXELS = 220
BAR_PIXELS = 14
_PADDING = 10
_INDENT = 16
_CORNER = 3.0
_STRENGTH = {
    Stage.PREPARE: 0.16,
    Stage.SNAPSHOT: 0.34,
    Stage.CONVERSION: 0.60,
    Stage.LAUNCH: 1.0,
    Stage.CHECK: 0.34,
}
LEGEND = (Stage.SNAPSHOT, Stage.CONVERSION, Stage.LAUNCH)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@cache
def fonts() -> tuple[QFont, QFont, QFont, QFont]:
    """Return the faces of times, of the present, of servers and of waves; looked up once, for speed."""
    return text_font(11), text_font(11, is_strong=True), text_font(12), text_font(13)


class TimelinePainter:
    """Paints one frame of the timeline with a theme's colours."""

    def __init__(self, painter: QPainter, theme: Theme, axis: TimeAxis) -> None:
        self._painter = painter
        self._theme = theme
        self._axis = axis
        self._page = theme.colour(Token.PAGE)
        self._small, self._strong, self._lesser, self._usual = fonts()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    # ---- axis and present

    def paint_axis(self, width: float, height: float, now: float) -> None:
        """Draw the times along the top, except under the word at `now`, and a faint line down from each."""
        painter = self._painter
        painter.setFont(self._small)
        faint = QPen(self._theme.colour(Token.LINE), 1)
        for x, words in self._axis.ticks():
            painter.setPen(faint)
            painter.drawLine(QPointF(round(x) + 0.5, AXIS_PIXELS), QPointF(round(x) + 0.5, height))
            painter.setPen(self._theme.colour(Token.MUTED))
            if x + 48 < width and not now - 60 < x < now + 16:
                painter.drawText(QRectF(x + 4, 0, 80, AXIS_PIXELS), int(_LEFT), words)
        painter.setPen(faint)
        painter.drawLine(QPointF(0, AXIS_PIXELS - 0.5), QPointF(width, AXIS_PIXELS - 0.5))

    def paint_legend(self) -> None:
        """Say above the lanes' names which stage looks how."""
        painter = self._painter
        painter.setFont(self._small)
        x = float(_PADDING)
        for stage in LEGEND:
            painter.fillRect(
                QRectF(x, AXIS_PIXELS / 2 - 4, 10, 8), self._mixed(Tone.RUNNING, _STRENGTH[stage])
            )
            painter.setPen(self._theme.colour(Token.MUTED))
            width = painter.fontMetrics().horizontalAdvance(stage.value)
            painter.drawText(QRectF(x + 14, 0, width + 4, AXIS_PIXELS), int(_LEFT), stage.value)
            x += width + 24

    def paint_now(self, x: float, height: float, words: str) -> None:
        """Draw the present over all lanes."""
        painter = self._painter
        pen = QPen(self._theme.colour(Token.TEXT), 1.2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, AXIS_PIXELS), QPointF(x, height))
        painter.setFont(self._strong)
        width = painter.fontMetrics().horizontalAdvance(words) + 10
        plate = QRectF(x - width / 2, 5, width, AXIS_PIXELS - 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(Token.TEXT))
        painter.drawRoundedRect(plate, _CORNER, _CORNER)
        painter.setPen(self._page)
        painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), words)

    # ---- a lane

    def paint_label(self, lane: Lane, box: QRectF) -> None:
        """Draw the name, status and count at the left of a lane."""
        painter = self._painter
        colour = self._theme.tone(lane.look.tone)
        left = box.left() + _PADDING + (_INDENT if lane.server else 0)
        if lane.server is None:
            self._paint_arrow(QPointF(left + 3, box.center().y()), is_open=lane.is_open)
            left += _INDENT
        mark = QRectF(left, box.center().y() - SIZE / 2, SIZE, SIZE)
        paint_shape(painter, mark, lane.look.shape, colour, self._page)
        painter.setFont(self._usual if lane.server is None else self._lesser)
        count_width = painter.fontMetrics().horizontalAdvance(lane.count) + 8 if lane.count else 0
        left += SIZE + 6
        name = QRectF(left, box.top(), box.right() - left - count_width, box.height())
        painter.setPen(self._theme.colour(Token.TEXT))
        title = painter.fontMetrics().elidedText(lane.title, Qt.TextElideMode.ElideRight, int(name.width()))
        painter.drawText(name, int(_LEFT), title)
        painter.setPen(self._theme.colour(Token.MUTED))
        painter.drawText(box.adjusted(0, 0, -8, 0), int(_RIGHT), lane.count)

    def _paint_arrow(self, middle: QPointF, *, is_open: bool) -> None:
        painter = self._painter
        painter.setPen(QPen(self._theme.colour(Token.MUTED), 1.4))
        x, y = middle.x(), middle.y()
        if is_open:
            painter.drawPolyline([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)])
        else:
            painter.drawPolyline([QPointF(x - 2, y - 4), QPointF(x + 2, y), QPointF(x - 2, y + 4)])

    def paint_bars(self, lane: Lane, box: QRectF) -> None:
        """Draw what was, what is and what may come of a lane."""
        size = BAR_PIXELS if lane.server is None else BAR_PIXELS - 6
        bar = QRectF(0, box.center().y() - size / 2, 0, size)
        if lane.planned is not None:
            self._paint_planned(lane, bar)
        for segment in lane.segments:
            self._paint_segment(lane, segment, bar)
        self._paint_outline(lane, bar)
        for at in lane.failures:
            mark = QRectF(self._axis.x_of(at) - 5, box.center().y() - 5, 10, 10)
            self._painter.fillRect(mark.adjusted(-1, -1, 1, 1), self._page)
            paint_shape(self._painter, mark, Shape.CROSS, self._theme.tone(Tone.FAILED), self._page)

    def _paint_segment(self, lane: Lane, segment: Segment, bar: QRectF) -> None:
        begin, end = self._axis.x_of(segment.begin), self._axis.x_of(segment.end)
        rect = QRectF(begin, bar.top(), max(end - begin, 1.5), bar.height())
        if segment.stage is Stage.WAIT:
            self._paint_hatched(rect, self._theme.tone(Tone.HELD))
            return
        tone = _tone(lane)
        self._painter.fillRect(rect, self._mixed(tone, _STRENGTH[segment.stage]))
        if segment.stage is Stage.CHECK:
            self._paint_hatched(rect, self._theme.tone(tone))

    def _paint_outline(self, lane: Lane, bar: QRectF) -> None:
        """Draw a line of full strength around what ran, so that its pale stages stand out from the page."""
        ran = [segment for segment in lane.segments if segment.stage is not Stage.WAIT]
        if not ran:
            return
        begin, end = self._axis.x_of(ran[0].begin), self._axis.x_of(ran[-1].end)
        self._painter.setPen(QPen(self._theme.tone(_tone(lane)), 1))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        rect = QRectF(begin, bar.top(), max(end - begin, 1.5), bar.height())
        self._painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_hatched(self, rect: QRectF, colour: QColor) -> None:
        painter = self._painter
        painter.fillRect(rect, QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(colour, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_planned(self, lane: Lane, bar: QRectF) -> None:
        """Draw a dotted outline: to the earliest end heavier, to the latest lighter."""
        assert lane.planned is not None
        painter = self._painter
        span = lane.planned
        left = self._axis.x_of(span.begins_at if not lane.segments else lane.segments[-1].end)
        for end, token in ((span.ends_to, Token.LINE), (span.ends_from, Token.IDLE)):
            rect = QRectF(left, bar.top(), self._axis.x_of(end) - left, bar.height())
            if rect.width() > 2:
                painter.setPen(QPen(self._theme.colour(token), 1.2, Qt.PenStyle.DotLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect, _CORNER, _CORNER)
        if lane.has_pause:
            mark = QRectF(left + 4, bar.top() + 1, 12, bar.height() - 2)
            paint_shape(painter, mark, Shape.PAUSE, self._theme.tone(Tone.HELD), self._page)

    def paint_dependency(self, from_box: QRectF, to_box: QRectF, ended: float, begun: float) -> None:
        """Draw a thin line from the end of one wave to the beginning of another."""
        if begun < ended:
            return
        painter = self._painter
        painter.setPen(QPen(self._theme.colour(Token.IDLE), 1))
        x, top, bottom = ended - 0.5, from_box.center().y() + BAR_PIXELS / 2, to_box.center().y()
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.drawLine(QPointF(x, bottom), QPointF(begun, bottom))

    def _mixed(self, tone: Tone, strength: float) -> QColor:
        """Return a status colour thinned with the page, so that stages differ by lightness."""
        colour = self._theme.tone(tone)
        parts = zip(colour.getRgb()[:3], self._page.getRgb()[:3], strict=True)  # type: ignore[index]
        return QColor(*(round(ink * strength + page * (1 - strength)) for ink, page in parts))


def _tone(lane: Lane) -> Tone:
    """Return the tone of a lane's bar: that of its end, or of running."""
    return lane.look.tone if lane.look.tone in {Tone.DONE, Tone.FAILED} else Tone.RUNNING
