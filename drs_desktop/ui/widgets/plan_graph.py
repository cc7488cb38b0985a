"""The waves of a plan as a picture: left to right by what they wait for, the critical path heavier."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.ui.models.plan_layers import Place, places
from drs_desktop.ui.models.status_text import counted
from drs_desktop.ui.widgets.theme import Theme, Token

BOX = QSize(150, 44)
GAP = QSize(44, 14)
MARGIN = 12
PAUSE_PIXELS = 4


class PlanGraph(QWidget):
    """Paints the waves; a click or an arrow key chooses one.

    Signals:
        wave_chosen: its number.
    """

    wave_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planGraph")
        self.setAccessibleName(self.tr("Picture of the waves"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self._plan: RecoveryPlan | None = None
        self._places: tuple[Place, ...] = ()
        self._chosen: int | None = None
        theme.changed.connect(self.update)

    def show_plan(self, plan: RecoveryPlan, chosen: int | None) -> None:
        self._plan, self._chosen, self._places = plan, chosen, places(plan)
        columns = max((place.column for place in self._places), default=0) + 1
        rows = max((place.row for place in self._places), default=0) + 1
        width = 2 * MARGIN + columns * BOX.width() + (columns - 1) * GAP.width()
        height = 2 * MARGIN + rows * BOX.height() + (rows - 1) * GAP.height()
        self.setMinimumSize(width, height)
        self.setAccessibleDescription(self._words())
        self.update()

    def _words(self) -> str:
        """Return the picture as sentences, for a screen reader."""
        assert self._plan is not None
        lines = []
        for place in self._places:
            before = ", ".join(map(str, self._plan.predecessors(place.wave)))
            after = self.tr("after wave {0}").format(before) if before else self.tr("at once")
            lines.append(f"{place.wave.number} {place.wave.name}: {after}")
        return "; ".join(lines)

    # ---- painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        boxes = {place.wave.number: self._box(place) for place in self._places}
        for place in self._places:
            self._paint_arrows(painter, place, boxes)
        for place in self._places:
            self._paint_box(painter, place, boxes[place.wave.number])
        painter.end()

    def _box(self, place: Place) -> QRectF:
        left = MARGIN + place.column * (BOX.width() + GAP.width())
        top = MARGIN + place.row * (BOX.height() + GAP.height())
        return QRectF(left, top, BOX.width(), BOX.height())

    def _paint_arrows(self, painter: QPainter, place: Place, boxes: dict[int, QRectF]) -> None:
        assert self._plan is not None
        critical = {each.wave.number for each in self._places if each.is_critical}
        end = QPointF(boxes[place.wave.number].left(), boxes[place.wave.number].center().y())
        for number in self._plan.predecessors(place.wave):
            if number not in boxes:
                continue
            is_heavy = place.is_critical and number in critical
            colour = self._theme.colour(Token.TEXT if is_heavy else Token.MUTED)
            painter.setPen(QPen(colour, 2.0 if is_heavy else 1.0))
            begin = QPointF(boxes[number].right(), boxes[number].center().y())
            bend = end.x() - GAP.width() / 2
            painter.drawPolyline(QPolygonF([begin, QPointF(bend, begin.y()), QPointF(bend, end.y()), end]))
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF([end, end + QPointF(-6, -4), end + QPointF(-6, 4)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_box(self, painter: QPainter, place: Place, box: QRectF) -> None:
        is_chosen = place.wave.number == self._chosen
        painter.setBrush(self._theme.colour(Token.SELECTED if is_chosen else Token.PANEL))
        line = Token.RUNNING if is_chosen else Token.TEXT if place.is_critical else Token.MUTED
        painter.setPen(QPen(self._theme.colour(line), 2.0 if place.is_critical or is_chosen else 1.0))
        painter.drawRoundedRect(box, 6, 6)
        if place.wave.pause_before:
            self._paint_pause(painter, box)
        painter.setPen(self._theme.colour(Token.TEXT))
        words = box.adjusted(10, 4, -8, -4)
        metrics = painter.fontMetrics()
        title = f"{place.wave.number} {place.wave.name}"
        elided = metrics.elidedText(title, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), elided)
        painter.setPen(self._theme.colour(Token.MUTED))
        groups = counted(len(place.wave.group_ids), self.tr("group"), self.tr("groups"))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft), groups)

    def _paint_pause(self, painter: QPainter, box: QRectF) -> None:
        """Paint the bars of a pause before the wave, as the timeline does."""
        held = self._theme.colour(Token.HELD)
        for offset in (-21.0, -14.0):
            bar = QRectF(box.left() + offset, box.top() + 10, PAUSE_PIXELS, box.height() - 20)
            painter.fillRect(bar, held)

    # ---- choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for place in self._places:
            if self._box(place).contains(event.position()):
                self.wave_chosen.emit(place.wave.number)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        numbers = [place.wave.number for place in self._places]
        step = steps.get(Qt.Key(event.key()))
        if step is None or not numbers:
            super().keyPressEvent(event)
            return
        place = numbers.index(self._chosen) + step if self._chosen in numbers else 0
        self.wave_chosen.emit(numbers[max(0, min(place, len(numbers) - 1))])
