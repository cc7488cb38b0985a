"""The head of a live execution: what it is, how it stands, since when, and what can be asked of it."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from drs_desktop.domain.execution import WaveStatus
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.services.views import ActionState, ExecutionView
from drs_desktop.ui.models.execution_server_model import server_look
from drs_desktop.ui.models.status_text import (
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

_TONES = (Tone.DONE, Tone.FAILED, Tone.HELD, Tone.UNKNOWN, Tone.RUNNING, Tone.IDLE)


@dataclass(frozen=True, kw_only=True)
class HeaderButton:
    """One button of the header; `verb` is also the name of its signal."""

    verb: str
    text: str
    about: str
    is_danger: bool = False


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


class ExecutionHeader(QWidget):
    """Title, mode, status, reason, clock and the four buttons.

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
        self.reason = ElidedLabel("executionReason")
        self.clock = plain_label(name="executionClock", is_strong=True)
        self.wave = plain_label(name="executionWave")
        self.servers = plain_label(name="executionServers")
        self.age = plain_label(name="executionAge", mark="muted")
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

    def _first_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self.mode)
        line.addWidget(self.title)
        line.addWidget(self.status)
        line.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for entry in self._entries():
            buttons.addWidget(self._button(entry))
        line.addLayout(buttons)
        return line

    def _second_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(16)
        for label in (self.wave, self.clock, self.servers, self.age):
            line.addWidget(label)
        line.addWidget(self.started, 1)
        return line

    def _entries(self) -> tuple[HeaderButton, ...]:
        tr = self.tr
        return (
            HeaderButton(
                verb="pause", text=tr("Pause"), about=tr("Start nothing new until you resume (Ctrl+P)")
            ),
            HeaderButton(verb="resume", text=tr("Resume"), about=tr("Release what waits (Ctrl+R)")),
            HeaderButton(
                verb="cancel",
                text=tr("Cancel…"),
                about=tr("Start nothing more, for good; asks before it does"),
            ),
            HeaderButton(
                verb="terminate",
                text=tr("Terminate…"),
                about=tr("Delete the instances that this execution launched; asks before it does"),
                is_danger=True,
            ),
        )

    def _button(self, entry: HeaderButton) -> QPushButton:
        button = QPushButton(entry.text)
        button.setObjectName(f"{entry.verb}Button")
        button.setProperty("verb", entry.verb)
        button.setProperty("about", entry.about)
        button.setProperty("danger", entry.is_danger)
        button.clicked.connect(self._on_button)
        self.buttons[entry.verb] = button
        return button

    def _on_button(self) -> None:
        self.asked.emit(str(self.sender().property("verb")))

    # ---- what is shown

    def show_view(self, view: ExecutionView, now: datetime) -> None:
        self._view = view
        self.title.show_text(view.plan_name)
        self.mode.setText(mode_words(view.mode))
        self._paint_mode()
        self.status.show_look(execution_look(view.status, needs_person=view.needs_person), view.status.value)
        problem = view.driving_problem or view.watch_problem
        self.reason.show_text(problem or view.reason)
        _mark(self.reason, "bad", bool(problem))
        self.reason.setVisible(bool(self.reason.text()))
        self.wave.setText(wave_words(view))
        launched = sum(1 for server in view.servers if server.launch_status is LaunchStatus.LAUNCHED)
        self.servers.setText(self.tr("{0} of {1} servers launched").format(launched, len(view.servers)))
        begun = self.tr("begun {0} by {1}").format(moment_words(view.created_at), view.created_by)
        self.started.show_text(begun)
        self.progress.show_view(view)
        self._show_actions(view)
        self.show_time(now)

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

    def _show_actions(self, view: ExecutionView) -> None:
        actions = view.actions
        held = sum(1 for wave in view.waves if wave.is_held)
        resume = actions.resume
        if resume.enabled and held > 1:
            words = self.tr("{0} waves wait: resume the one you mean under Needs you.").format(held)
            resume = ActionState(enabled=False, reason=words)
        states = {
            "pause": actions.pause,
            "resume": resume,
            "cancel": actions.cancel,
            "terminate": actions.terminate,
        }
        for verb, state in states.items():
            button = self.buttons[verb]
            set_action_state(button, state, str(button.property("about")))

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
