"""The head of a live execution: what it is, how it stands, since when, and what can be asked of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.execution import WaveStatus
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.services.views import ActionState, ExecutionView
from drs_desktop.ui.models.execution_server_model import server_look
from drs_desktop.ui.models.forecast import Forecast
from drs_desktop.ui.models.recovery_target import Target, recovery_target
from drs_desktop.ui.models.status_text import (
    Look,
    Shape,
    Tone,
    age_words,
    clock_words,
    execution_look,
    mode_words,
    moment_words,
)
from drs_desktop.ui.widgets.asking_dialog import ModeEdge
from drs_desktop.ui.widgets.plain_text import ElidedLabel, plain_label, set_action_state, set_tip
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme, Token, text_font

WIDE_PIXELS = 860
TARGET_PIXELS = 72
FACTS_SPACING = 16
HEADER_MARGINS = 32
STARTED_PIXELS = 180
STALE_AFTER = timedelta(seconds=90)
"""Longer than two slow looks at AWS."""
_TONES = (Tone.DONE, Tone.FAILED, Tone.HELD, Tone.UNKNOWN, Tone.RUNNING, Tone.IDLE)


class ProgressLine(QWidget):
    """One thin line that shows how many servers stand how; the words are beside it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(4)
        self.setAccessibleName(self.tr("Progress of the servers"))
        self._theme = theme
        self._counts: dict[Tone, int] = {}
        theme.changed.connect(self.update)

    def show_view(self, view: ExecutionView) -> None:
        counts: dict[Tone, int] = {}
        for server in view.servers:
            tone = server_look(server).tone
            counts[tone] = counts.get(tone, 0) + 1
        if counts != self._counts:
            self._counts = counts
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        total = sum(self._counts.values()) or 1
        left = 0.0
        painter.fillRect(self.rect(), self._theme.colour(Token.LINE))
        for tone in _TONES:
            width = self.width() * self._counts.get(tone, 0) / total
            if tone is not Tone.IDLE and width:
                painter.fillRect(QRectF(left, 0, width, self.height()), self._theme.tone(tone))
            left += width
        painter.end()


class TargetBar(QWidget):
    """How much of the time target is used; the words are beside it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(TARGET_PIXELS, 6)
        self.setAccessibleName(self.tr("Share of the time target used"))
        self._theme = theme
        self._target: Target | None = None
        theme.changed.connect(self.update)

    def show_target(self, target: Target | None) -> None:
        self._target = target
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._target is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour(Token.LINE))
        width = self.width() * min(1.0, self._target.share)
        painter.fillRect(QRectF(0, 0, width, self.height()), self._theme.tone(self._target.look.tone))
        painter.end()


class ExecutionHeader(QWidget):
    """Title, mode, status, reason, clock, expected end, and the buttons.

    Signals:
        asked: the verb of the button pressed.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view: ExecutionView | None = None
        self.buttons: dict[str, QPushButton] = {}
        self._build()
        theme.changed.connect(self._paint_mode)

    # ---- building

    def _build(self) -> None:
        self.edge = ModeEdge(self._theme)
        self.title = ElidedLabel("executionTitle")
        self.title.setFont(text_font(16, is_strong=True))
        self.mode = plain_label(name="executionMode", pixels=11, is_strong=True)
        self.status = StatusLabel(self._theme, "executionStatus", pixels=16)
        self.reason = plain_label(name="executionReason", wraps=True)
        self.clock = plain_label(name="executionClock", is_strong=True)
        self.wave = plain_label(name="executionWave")
        self.expected = plain_label(name="executionExpected")
        self.servers = plain_label(name="executionServers")
        self.target = StatusLabel(self._theme, "executionTarget")
        self.target_bar = TargetBar(self._theme)
        self.age = plain_label(name="executionAge", mark="muted")
        self.stale = StatusLabel(self._theme, "executionStale")
        self.stale.show_look(Look(self.tr("Stale"), Tone.UNKNOWN, Shape.QUESTION))
        self.started = ElidedLabel("executionStarted")
        self.started.setProperty("muted", True)
        self.progress = ProgressLine(self._theme)
        column = QVBoxLayout()
        column.setContentsMargins(6, 10, 16, 8)
        column.setSpacing(4)
        column.addLayout(self._first_line())
        column.addLayout(self._second_line())
        column.addWidget(self.reason)
        column.addSpacing(2)
        column.addWidget(self.progress)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.edge)
        outer.addLayout(column, 1)

    def _first_line(self) -> QBoxLayout:
        """Return what it is and what can be asked of it: side by side, or one below the other."""
        names = QHBoxLayout()
        names.setSpacing(12)
        names.addWidget(self.mode)
        names.addWidget(self.title)
        names.addWidget(self.status)
        names.addStretch(1)
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(6)
        self._top.addLayout(names, 1)
        self._top.addLayout(self._button_line())
        return self._top

    def _button_line(self) -> QHBoxLayout:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for verb, text in self._entries():
            buttons.addWidget(self._button(verb, text))
        self.more = QToolButton()
        self.more.setObjectName("moreButton")
        self.more.setText(self.tr("More"))
        self.more.setAccessibleName(self.tr("More actions"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_tip(self.more, self.tr("Note, retry, skip, waits, clean up, stop watching"))
        buttons.addWidget(self.more)
        buttons.addStretch(1)
        return buttons

    def _second_line(self) -> QBoxLayout:
        """Return when it will be done and what the data is worth: side by side, or one below the other."""
        self._when = (self.wave, self.clock, self.expected, self.target, self.target_bar)
        self._data = (self.servers, self.age, self.stale)
        when, data = QHBoxLayout(), QHBoxLayout()
        for layout, labels in ((when, self._when), (data, self._data)):
            layout.setSpacing(FACTS_SPACING)
            for label in labels:
                layout.addWidget(label)
        when.addStretch(0)
        data.addWidget(self.started, 1)
        self._facts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._facts.addLayout(when)
        self._facts.addLayout(data, 1)
        return self._facts

    def _entries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("pause", self.tr("Pause")),
            ("resume", self.tr("Resume")),
            ("cancel", self.tr("Cancel…")),
            ("terminate", self.tr("Terminate…")),
        )

    def _about(self) -> dict[str, str]:
        return {
            "pause": self.tr("Start nothing new until you resume; nothing is called in AWS (Ctrl+P)"),
            "resume": self.tr("Release what waits; what it allows is then started in AWS (Ctrl+R)"),
            "cancel": self.tr("Start nothing more, for good; asks before it does"),
            "terminate": self.tr("Delete the instances that this execution launched; asks before it does"),
        }

    def _button(self, verb: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"{verb}Button")
        button.setProperty("verb", verb)
        button.setProperty("danger", verb == "terminate")
        button.clicked.connect(self._on_button)
        self.buttons[verb] = button
        return button

    def _on_button(self) -> None:
        self.asked.emit(str(self.sender().property("verb")))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put side by side what fits side by side; who began it when is left to the clock's tip where not."""
        direction = QBoxLayout.Direction
        is_wide = self.width() >= WIDE_PIXELS
        self._top.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        self.target_bar.setVisible(is_wide and not self.target.isHidden())
        room = self.width() - HEADER_MARGINS - _wanted_width(self._when) - _wanted_width(self._data)
        self._facts.setDirection(direction.LeftToRight if room >= 0 else direction.TopToBottom)
        self._facts.setSpacing(FACTS_SPACING if room >= 0 else 4)
        self.started.setVisible(room < 0 or room >= STARTED_PIXELS)

    # ---- what is shown

    def show_view(self, view: ExecutionView, now: datetime) -> None:
        self._view = view
        self.title.show_text(view.plan_name)
        self.mode.setText(mode_words(view.mode))
        self._paint_mode()
        self.status.show_look(execution_look(view.status, needs_person=view.needs_person), view.status.value)
        problem = view.driving_problem or view.watch_problem
        self.reason.setText(problem or view.reason)
        _mark(self.reason, "bad", bool(problem))
        self.reason.setVisible(bool(self.reason.text()))
        self.wave.setText(wave_words(view))
        launched = sum(1 for server in view.servers if server.launch_status is LaunchStatus.LAUNCHED)
        self.servers.setText(self.tr("{0} of {1} launched").format(launched, len(view.servers)))
        begun = self.tr("begun {0} by {1}").format(moment_words(view.created_at), view.created_by)
        self.started.show_text(begun)
        set_tip(self.clock, begun)
        self.progress.show_view(view)
        set_tip(self.age, self._about_age())
        self.show_time(now)

    def _about_age(self) -> str:
        return self.tr(
            "When AWS last answered whole about what is under way in this execution. "
            "The age in the status bar is that of the source servers, which are read once a minute."
        )

    def show_time(self, now: datetime) -> None:
        """Renew clock and age."""
        view = self._view
        if view is None:
            return
        end = view.ended_at or now
        clock = clock_words(end - view.created_at)
        text = self.tr("took {0}") if view.status.is_terminal else self.tr("elapsed {0}")
        self.clock.setText(text.format(clock))
        self.age.setText(age_words(view.observed_at, now))
        self.age.setVisible(not view.status.is_terminal)
        self.stale.setVisible(is_stale(view, now))

    def show_forecast(self, expected: Forecast | None, now: datetime) -> None:
        """Show when the end is expected and how that is against the target; in the tips, what it rests on."""
        self.expected.setText(expected_words(expected))
        self.expected.setVisible(bool(self.expected.text()))
        set_tip(self.expected, expected.basis if expected else "")
        target = recovery_target(self._view, expected, now) if self._view else None
        self.target.setVisible(target is not None)
        self.target_bar.show_target(target)
        if target is not None:
            self.target.show_look(target.look)
            set_tip(self.target, target.about)
            set_tip(self.target_bar, target.about)
        self._arrange()

    def show_states(self, states: Mapping[str, ActionState]) -> None:
        """Enable the buttons, or let them say why they cannot be used."""
        about = self._about()
        for verb, button in self.buttons.items():
            set_action_state(button, states[verb], about[verb])

    def _paint_mode(self) -> None:
        view = self._view
        if view is None:
            return
        self.edge.show_mode(view.mode)
        token = Token.RUNNING if view.mode.is_drill else Token.RECOVERY
        colour = self._theme.tokens[token]
        self.mode.setStyleSheet(
            f"color: {colour}; border: 1px solid {colour}; border-radius: 6px; padding: 1px 6px;"
        )
        set_tip(self.mode, self.tr("Mode: {0}").format(mode_words(view.mode)))


def _wanted_width(widgets: Iterable[QWidget]) -> int:
    return sum(w.sizeHint().width() + FACTS_SPACING for w in widgets if not w.isHidden())


def is_stale(view: ExecutionView, now: datetime) -> bool:
    """Return whether what is shown of a live execution is so old that AWS must have gone on without us."""
    if view.status.is_terminal or view.observed_at is None:
        return False
    return now - view.observed_at > STALE_AFTER


def expected_words(expected: Forecast | None) -> str:
    """Return when the end is expected, as a range where the two ends differ."""
    if expected is None or expected.ends_from is None or expected.ends_to is None:
        return ""
    if not expected.is_measured:
        return QCoreApplication.translate("ExecutionHeader", "end not known yet")
    first, last = (f"{at.astimezone():%H:%M}" for at in (expected.ends_from, expected.ends_to))
    if first == last:
        return QCoreApplication.translate("ExecutionHeader", "done about {0}").format(first)
    return QCoreApplication.translate("ExecutionHeader", "done {0} to {1}").format(first, last)


def _mark(label: QLabel, mark: str, is_on: bool) -> None:
    if label.property(mark) != is_on:
        label.setProperty(mark, is_on)
        label.style().unpolish(label)
        label.style().polish(label)
    label.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)


def wave_words(view: ExecutionView) -> str:
    """Return which wave is the newest begun, of how many."""
    ended = {WaveStatus.COMPLETED, WaveStatus.PARTIAL, WaveStatus.FAILED}
    begun = [wave.number for wave in view.waves if wave.started_at or wave.is_held or wave.status in ended]
    number = max(begun, default=0)
    place = sum(1 for wave in view.waves if wave.number <= number)
    return QCoreApplication.translate("ExecutionHeader", "wave {0} of {1}").format(place, len(view.waves))
