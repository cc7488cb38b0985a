"""What waits for a person: holds with their instruction, and starts that nobody knows the outcome of."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.execution import HoldKind
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.steps import StepKey
from drs_desktop.services.views import ActionState, ExecutionView, StartQuestion, StepRow, WaveRow
from drs_desktop.ui.models.status_text import Look, Shape, Tone
from drs_desktop.ui.widgets.drift_notes import DriftNotes
from drs_desktop.ui.widgets.plain_text import plain_label, set_action_state
from drs_desktop.ui.widgets.question_card import QuestionCard
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.task_card import TaskCard
from drs_desktop.ui.widgets.theme import Theme


@dataclass(frozen=True)
class Wait:
    """A wait that one Resume ends; `wave` is None when the whole execution waits."""

    wave: int | None
    title: str
    words: str
    can_retry: ActionState | None = None
    can_skip: ActionState | None = None
    """None where it would make no sense; otherwise whether it can be done now, and if not, why."""
    needs_reason: bool = False


class HoldCard(QFrame):
    """One wait, with its instruction and its Resume button; beside it Retry or Skip where they make sense.

    Signals:
        released: the wave's number, or None.
        retried: the wave's number; what would be called is shown first.
        skipped: the wave's number; the reason is asked for first.
    """

    released = Signal(object)
    retried = Signal(object)
    skipped = Signal(object)

    def __init__(self, theme: Theme, wave: int | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("holdCard")
        self.setProperty("card", True)
        self._wave = wave
        self._status = StatusLabel(theme, "holdStatus")
        self._text = plain_label(name="holdText", wraps=True)
        self.resume = QPushButton(self.tr("Resume"))
        self.resume.setObjectName("holdResumeButton")
        self.resume.setProperty("primary", True)
        self.resume.clicked.connect(self._on_resume)
        self.skip = QPushButton(self.tr("Skip…"))
        self.skip.setObjectName("holdSkipButton")
        self.skip.clicked.connect(self._on_skip)
        self.retry = QPushButton(self.tr("Retry…"))
        self.retry.setObjectName("holdRetryButton")
        self.retry.clicked.connect(self._on_retry)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._status)
        words.addWidget(self._text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(13, 8, 12, 8)
        layout.setSpacing(8)
        layout.addLayout(words, 1)
        for button in (self.skip, self.retry, self.resume):
            layout.addWidget(button)

    def show_wait(self, wait: Wait, state: ActionState) -> None:
        self._status.show_look(Look(wait.title, Tone.HELD, Shape.PAUSE))
        self._text.setText(wait.words)
        self._text.setVisible(bool(wait.words))
        self.setAccessibleName(f"{wait.title} {wait.words}".strip())
        self.resume.setText(self.tr("Go on…") if wait.needs_reason else self.tr("Resume"))
        set_action_state(self.resume, state, self.tr("Go on: {0}").format(wait.title))
        about = self.tr("Never run the wave; asks for the reason first")
        _offer(self.skip, wait.can_skip, about)
        about = self.tr("Start the failed servers again; those that launched are left alone")
        _offer(self.retry, wait.can_retry, about)

    def _on_resume(self) -> None:
        self.released.emit(self._wave)

    def _on_retry(self) -> None:
        self.retried.emit(self._wave)

    def _on_skip(self) -> None:
        self.skipped.emit(self._wave)


def _offer(button: QPushButton, state: ActionState | None, about: str) -> None:
    button.setVisible(state is not None)
    if state is not None:
        set_action_state(button, state, about)


class NeedsYou(QWidget):
    """All that waits for a person in one execution, and below it what others did to it in AWS.

    Signals:
        released: a wave's number, or None for the whole execution.
        answered: an `Answer`.
        retried, skipped: a wave's number.
        task_answered: a `TaskAnswer` of `task_card`.
    """

    released = Signal(object)
    answered = Signal(object)
    retried = Signal(object)
    skipped = Signal(object)
    task_answered = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("needsYou")
        self._theme = theme
        self._holds: dict[int | None, HoldCard] = {}
        self._questions: dict[AttemptKey, QuestionCard] = {}
        self._tasks: dict[StepKey, TaskCard] = {}
        self._title = plain_label(name="needsYouTitle", is_strong=True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 8, 16, 8)
        self._layout.setSpacing(6)
        self._layout.addWidget(self._title)
        self._drift = DriftNotes(theme)
        self._layout.addWidget(self._drift)

    @property
    def is_empty(self) -> bool:
        return not self._holds and not self._questions and not self._tasks and self._drift.isHidden()

    def height_for(self, width: int) -> int:
        """Return the height that all cards want at a width."""
        self._layout.activate()
        if self._layout.hasHeightForWidth():
            return self._layout.totalHeightForWidth(width)
        return self._layout.totalSizeHint().height()

    def show_view(self, view: ExecutionView) -> None:
        """Add, renew and remove cards; one that stays is not touched otherwise."""
        waits = {wait.wave: wait for wait in self._waits(view)}
        questions = {question.key: question for question in view.questions}
        self._drop(self._holds, waits)
        self._drop(self._questions, questions)
        for wait in waits.values():
            self._hold_card(wait.wave).show_wait(wait, view.actions.resume)
        for question in questions.values():
            self._show_question(question)
        tasks = {task.key: task for task in view.tasks}
        self._drop(self._tasks, tasks)
        for task in tasks.values():
            self._show_task(task)
        count = len(waits) + len(questions) + len(tasks)
        self._title.setText(self.tr("Needs you ({0})").format(count))
        self._title.setVisible(count > 0)
        self._drift.show_drifts(view.drifts)

    def _waits(self, view: ExecutionView) -> Iterable[Wait]:
        held = [wave for wave in view.waves if wave.is_held]
        for wave in held:
            yield self._wait_of(wave)
        if (
            not held
            and not view.questions
            and not view.tasks
            and view.needs_person
            and not view.status.is_terminal
        ):
            yield Wait(None, self.tr("The execution waits for you"), view.reason)

    def _wait_of(self, wave: WaveRow) -> Wait:
        title = self._title_of(wave).format(wave.number, wave.name)
        parts = [wave.reason] if wave.instruction in wave.reason else [wave.reason, wave.instruction]
        words = "\n".join(f"{part[0].upper()}{part[1:]}" for part in parts if part)
        return Wait(
            wave.number,
            title,
            words,
            can_retry=wave.can_retry if wave.hold_kind is HoldKind.DECISION else None,
            can_skip=wave.can_skip if wave.started_at is None else None,
            needs_reason=wave.needs_reason,
        )

    def _title_of(self, wave: WaveRow) -> str:
        if wave.hold_kind is HoldKind.OVERDUE:
            return self.tr('Wave {0} "{1}" is over its time limit')
        if wave.hold_kind is HoldKind.STILL_RUNNING:
            return self.tr('Wave {0} "{1}" still runs')
        if wave.hold_kind is HoldKind.DECISION and wave.started_at is not None:
            return self.tr('Wave {0} "{1}" failed and waits for you')
        return self.tr('Wave {0} "{1}" waits before its start')

    def _hold_card(self, wave: int | None) -> HoldCard:
        if wave not in self._holds:
            card = HoldCard(self._theme, wave)
            card.released.connect(self.released)
            card.retried.connect(self.retried)
            card.skipped.connect(self.skipped)
            self._add(card)
            self._holds[wave] = card
        return self._holds[wave]

    def _show_question(self, question: StartQuestion) -> None:
        card = self._questions.get(question.key)
        if card is not None:
            card.show_question(question)
            return
        card = QuestionCard(self._theme, question)
        card.answered.connect(self.answered)
        self._add(card)
        self._questions[question.key] = card

    def _show_task(self, task: StepRow) -> None:
        if task.key in self._tasks:
            return  # what a person types into it stays
        card = TaskCard(self._theme, task)
        card.answered.connect(self.task_answered)
        self._add(card)
        self._tasks[task.key] = card

    def _add(self, card: QWidget) -> None:
        """Put a card after those there are, and before the notes, which nobody has to answer."""
        self._layout.insertWidget(self._layout.count() - 1, card)

    def _drop(self, cards: dict, wanted: dict) -> None:  # type: ignore[type-arg]  # keys and cards of either kind
        for key in [key for key in cards if key not in wanted]:
            card = cards.pop(key)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
