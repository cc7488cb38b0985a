"""The timeline of an execution: waves as lanes, stages as stretches, the future dotted."""

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from drs_desktop.ui.models.plain_text import plain_tooltip
from drs_desktop.ui.models.timeline_model import Lane, TimelineModel
from drs_desktop.ui.widgets.theme import ROW_PIXELS, Theme, Token
from drs_desktop.ui.widgets.time_axis import TimeAxis
from drs_desktop.ui.widgets.timeline_painting import AXIS_PIXELS, LABEL_PIXELS, TimelinePainter

LANES_SHOWN = 7
SERVER_PIXELS = 22
_RIGHT_ROOM = 28
_LATER = 0.04


class TimelineView(QAbstractScrollArea):
    """Paints a `TimelineModel`; arrows choose a lane, right and left open and close it, Enter takes it.

    Signals:
        wave_chosen: the number of the wave that was taken, by Enter or a double click.
        current_changed: another lane is current.
    """

    wave_chosen = Signal(int)
    current_changed = Signal()

    def __init__(self, model: TimelineModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName(self.tr("Timeline of the waves"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self._model = model
        self._theme = theme
        self._current = 0
        model.changed.connect(self._on_changed)
        theme.changed.connect(self.viewport().update)

    # ---- lanes

    @property
    def current_lane(self) -> Lane | None:
        lanes = self._model.lanes
        return lanes[min(self._current, len(lanes) - 1)] if lanes else None

    def choose_wave(self, number: int) -> None:
        """Make a wave's lane the current one."""
        for position, lane in enumerate(self._model.lanes):
            if lane.number == number and lane.server is None:
                self._choose(position)

    def height_for_lanes(self) -> int:
        """Return the height that shows the waves, or as many lanes as there is room for."""
        lanes = self._model.lanes[:LANES_SHOWN]
        return AXIS_PIXELS + int(sum(map(_height, lanes))) + 8

    def _choose(self, position: int) -> None:
        lanes = self._model.lanes
        if not lanes:
            return
        self._current = min(max(position, 0), len(lanes) - 1)
        self._describe()
        self._show_current()
        self.viewport().update()
        self.current_changed.emit()

    def _describe(self) -> None:
        lane = self.current_lane
        words = lane.words if lane else ""
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def _show_current(self) -> None:
        top = self._top_of(self._current)
        height = _height(self._model.lanes[self._current])
        bar, room = self.verticalScrollBar(), self.viewport().height() - AXIS_PIXELS
        bar.setValue(int(min(max(bar.value(), top + height - room), top)))

    def _top_of(self, position: int) -> float:
        return sum(map(_height, self._model.lanes[:position]))

    def _on_changed(self) -> None:
        self._describe()
        self._fit_scroll_bar()
        self.viewport().update()

    def _fit_scroll_bar(self) -> None:
        total = self._top_of(len(self._model.lanes))
        room = self.viewport().height() - AXIS_PIXELS - 4
        self.verticalScrollBar().setRange(0, max(0, int(total - room)))
        self.verticalScrollBar().setSingleStep(ROW_PIXELS)
        self.verticalScrollBar().setPageStep(max(room, ROW_PIXELS))

    # ---- painting

    def axis(self) -> TimeAxis:
        """Return how time is laid out now."""
        begin, end = self._model.begins_at, self._model.ends_at
        length = max(end - begin, timedelta(seconds=10))
        width = self.viewport().width() - LABEL_PIXELS - _RIGHT_ROOM
        return TimeAxis(begin=begin, end=begin + length * (1 + _LATER), left=LABEL_PIXELS, width=width)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        width, height = self.viewport().width(), self.viewport().height()
        axis = self.axis()
        brush = TimelinePainter(painter, self._theme, axis)
        now = axis.x_of(self._model.now)
        brush.paint_axis(width, height, -width if self._model.is_over else now)
        painter.save()
        painter.setClipRect(0, AXIS_PIXELS, width, height - AXIS_PIXELS)
        self._paint_lanes(painter, brush, axis)
        painter.restore()
        brush.paint_legend()
        if not self._model.is_over:
            brush.paint_now(now, height, self.tr("now"))
        painter.end()

    def _paint_lanes(self, painter: QPainter, brush: TimelinePainter, axis: TimeAxis) -> None:
        boxes = self._boxes()
        for position, lane, box in boxes:
            if position == self._current:
                self._paint_current(painter, box)
            brush.paint_label(lane, QRectF(0, box.top(), LABEL_PIXELS - 8, box.height()))
        waves = {lane.number: (lane, box) for _, lane, box in boxes if lane.server is None}
        for lane, box in waves.values():
            self._paint_dependencies(brush, axis, lane, box, waves)
        for _, lane, box in boxes:
            brush.paint_bars(lane, box)

    def _paint_current(self, painter: QPainter, box: QRectF) -> None:
        painter.fillRect(box, self._theme.colour(Token.SELECTED if self.hasFocus() else Token.PANEL))
        if self.hasFocus():
            edge = QRectF(box.left(), box.top(), 3, box.height())
            painter.fillRect(edge, self._theme.colour(Token.RUNNING))

    def _paint_dependencies(
        self,
        brush: TimelinePainter,
        axis: TimeAxis,
        lane: Lane,
        box: QRectF,
        waves: dict[int, tuple[Lane, QRectF]],
    ) -> None:
        begun = lane.segments[0].begin if lane.segments else lane.planned and lane.planned.begins_at
        for number in lane.depends_on:
            if begun and number in waves:
                before, from_box = waves[number]
                ended = before.planned.ends_from if before.planned else None
                if before.segments and not before.planned:
                    ended = before.segments[-1].end
                if ended:
                    brush.paint_dependency(from_box, box, axis.x_of(ended), axis.x_of(begun))

    def _boxes(self) -> list[tuple[int, Lane, QRectF]]:
        """Return the lanes in sight with their places."""
        found = []
        top = AXIS_PIXELS + 2.0 - self.verticalScrollBar().value()
        for position, lane in enumerate(self._model.lanes):
            height = _height(lane)
            if top + height > AXIS_PIXELS and top < self.viewport().height():
                found.append((position, lane, QRectF(0, top, self.viewport().width(), height)))
            top += height
        return found

    # ---- Qt

    def sizeHint(self) -> QSize:
        return QSize(600, self.height_for_lanes())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_scroll_bar()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = self._moves().get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        move()
        event.accept()

    def _moves(self) -> dict[Qt.Key, Callable[[], None]]:
        last = len(self._model.lanes) - 1
        return {
            Qt.Key.Key_Up: lambda: self._choose(self._current - 1),
            Qt.Key.Key_Down: lambda: self._choose(self._current + 1),
            Qt.Key.Key_Home: lambda: self._choose(0),
            Qt.Key.Key_End: lambda: self._choose(last),
            Qt.Key.Key_Right: lambda: self._open(is_open=True),
            Qt.Key.Key_Left: lambda: self._open(is_open=False),
            Qt.Key.Key_Return: self._take,
            Qt.Key.Key_Enter: self._take,
        }

    def _open(self, *, is_open: bool) -> None:
        lane = self.current_lane
        if lane is None:
            return
        self.choose_wave(lane.number)
        wave = self.current_lane
        if wave is not None and wave.is_open is not is_open:
            self._model.toggle(wave.number)

    def _take(self) -> None:
        lane = self.current_lane
        if lane is not None:
            self.wave_chosen.emit(lane.number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._lane_at(event.position())
        if found is None:
            return
        position, lane = found
        self._choose(position)
        if lane.server is None and event.position().x() < 28:
            self._model.toggle(lane.number)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._take()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            found = self._lane_at(QPointF(event.pos()))
            text = found[1].words.replace("; ", "\n") if found else ""
            QToolTip.showText(event.globalPos(), plain_tooltip(text), self)
            return True
        return super().viewportEvent(event)

    def _lane_at(self, place: QPointF) -> tuple[int, Lane] | None:
        for position, lane, box in self._boxes():
            if place.y() > AXIS_PIXELS and box.contains(place):
                return position, lane
        return None


def _height(lane: Lane) -> int:
    return ROW_PIXELS if lane.server is None else SERVER_PIXELS
