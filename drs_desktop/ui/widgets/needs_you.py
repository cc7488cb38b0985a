"""What waits for a person: holds with their instruction, and starts that nobody knows the outcome of."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.execution import HoldKind
from drs_desktop.domain.ids import JobId
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.domain.steps import StepKey
from drs_desktop.services.views import ActionState, ExecutionView, StartQuestion, StepRow, WaveRow
from drs_desktop.ui.models.status_text import Look, Shape, Tone, time_words
from drs_desktop.ui.widgets.plain_text import plain_label, set_action_state, set_tip
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.task_card import TaskCard
from drs_desktop.ui.widgets.theme import Theme


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a person says about a start in doubt."""

    key: AttemptKey
    answer: StartAnswer
    job_id: JobId | None = None


@dataclass(frozen=True)
class Wait:
    """A wait that one Resume ends; `wave` is None when the whole execution waits."""

    wave: int | None
    title: str
    words: str
    can_retry: bool = False


class HoldCard(QFrame):
    """One wait, with its instruction and its Resume button; Retry beside it where something failed.

    Signals:
        released: the wave's number, or None.
        retried: the wave's number.
    """

    released = Signal(object)
    retried = Signal(object)

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
        self.retry = QPushButton(self.tr("Retry"))
        self.retry.setObjectName("holdRetryButton")
        self.retry.clicked.connect(self._on_retry)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._status)
        words.addWidget(self._text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(13, 8, 12, 8)
        layout.setSpacing(16)
        layout.addLayout(words, 1)
        layout.addWidget(self.retry)
        layout.addWidget(self.resume)

    def show_wait(self, wait: Wait, state: ActionState) -> None:
        self._status.show_look(Look(wait.title, Tone.HELD, Shape.PAUSE))
        self._text.setText(wait.words)
        self._text.setVisible(bool(wait.words))
        self.setAccessibleName(f"{wait.title} {wait.words}".strip())
        set_action_state(self.resume, state, self.tr("Go on: {0}").format(wait.title))
        self.retry.setVisible(wait.can_retry)
        set_tip(self.retry, self.tr("Start the failed servers again; those that launched are left alone"))

    def _on_resume(self) -> None:
        self.released.emit(self._wave)

    def _on_retry(self) -> None:
        self.retried.emit(self._wave)


class QuestionCard(QFrame):
    """A start in doubt, its evidence and the three answers; the safe one is chosen beforehand.

    Signals:
        answered: an `Answer`.
    """

    answered = Signal(object)

    def __init__(self, theme: Theme, question: StartQuestion, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("questionCard")
        self.setProperty("card", True)
        self.setProperty("doubt", True)
        self._key = question.key
        self._candidates: tuple[JobId, ...] = ()
        self._build(theme)
        self.show_question(question)

    def _build(self, theme: Theme) -> None:
        self._status = StatusLabel(theme, "questionStatus")
        self._status.show_look(
            Look(self.tr("We do not know whether AWS started it"), Tone.UNKNOWN, Shape.QUESTION)
        )
        self._text = plain_label(name="questionText", wraps=True)
        self._evidence = plain_label(name="questionEvidence", mark="muted", wraps=True)
        self.keep_looking = QRadioButton()
        self.keep_looking.setObjectName("questionKeepLooking")
        self.keep_looking.setChecked(True)
        self.ours = QRadioButton(self.tr("It is ours:"))
        self.ours.setObjectName("questionOurs")
        self.nothing = QRadioButton(self.tr("Nothing was started"))
        self.nothing.setObjectName("questionNothingStarted")
        self._group = QButtonGroup(self)
        for button in (self.keep_looking, self.ours, self.nothing):
            self._group.addButton(button)
        self.job = QComboBox()
        self.job.setObjectName("questionJob")
        self.job.setEditable(True)
        self.job.setMinimumWidth(220)
        self.job.setAccessibleName(self.tr("The job that is ours"))
        self._why_ours = plain_label(name="questionWhyNotOurs", mark="muted", wraps=True)
        self._why_nothing = plain_label(name="questionWhyNotNothing", mark="muted", wraps=True)
        self.send = QPushButton(self.tr("Answer"))
        self.send.setObjectName("questionAnswerButton")
        set_tip(self.send, self.tr("Record the chosen answer in the journal and act on it"))
        self.send.clicked.connect(self._on_send)
        self._lay_out()

    def _lay_out(self) -> None:
        ours = QHBoxLayout()
        ours.setSpacing(8)
        ours.addWidget(self.ours)
        ours.addWidget(self.job)
        ours.addWidget(self._why_ours, 1)
        nothing = QHBoxLayout()
        nothing.setSpacing(8)
        nothing.addWidget(self.nothing)
        nothing.addWidget(self._why_nothing, 1)
        nothing.addWidget(self.send)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(13, 8, 12, 8)
        layout.setSpacing(4)
        for widget in (self._status, self._text, self._evidence, self.keep_looking):
            layout.addWidget(widget)
        layout.addLayout(ours)
        layout.addLayout(nothing)

    def show_question(self, question: StartQuestion) -> None:
        """Show the question as it stands; what the person has chosen stays chosen while it may be."""
        self._text.setText(question.text)
        self._evidence.setText("\n".join(f"• {line}" for line in question.evidence))
        self._evidence.setVisible(bool(question.evidence))
        until = time_words(question.looks_until)
        self.keep_looking.setText(
            self.tr("Keep looking (the safe answer; until {0} it may still show)").format(until)
        )
        self._show_candidates(question.candidates)
        self._allow(self.ours, self._why_ours, question.can_say_ours)
        self._allow(self.nothing, self._why_nothing, question.can_say_nothing_started)
        self.job.setVisible(self.ours.isEnabled())
        self.setAccessibleName(question.text)

    def _show_candidates(self, candidates: tuple[JobId, ...]) -> None:
        if candidates == self._candidates:
            return
        chosen = self.job.currentText()
        self._candidates = candidates
        self.job.clear()
        self.job.addItems([str(job_id) for job_id in candidates])
        self.job.setCurrentIndex(max(0, self.job.findText(chosen)))

    def _allow(self, button: QRadioButton, why: QWidget, state: ActionState) -> None:
        if not state.enabled and button.isChecked():
            self.keep_looking.setChecked(True)
        set_action_state(button, state, button.text())
        assert hasattr(why, "setText")
        why.setText("" if state.enabled else state.reason)

    def _on_send(self) -> None:
        if self.ours.isChecked():
            job_id = JobId(self.job.currentText().strip())
            self.answered.emit(Answer(key=self._key, answer=StartAnswer.OURS, job_id=job_id))
        elif self.nothing.isChecked():
            self.answered.emit(Answer(key=self._key, answer=StartAnswer.NOTHING_STARTED))
        else:
            self.answered.emit(Answer(key=self._key, answer=StartAnswer.KEEP_LOOKING))


class NeedsYou(QWidget):
    """All that waits for a person in one execution.

    Signals:
        released: a wave's number, or None for the whole execution.
        answered: an `Answer`.
        retried: a wave's number.
        task_answered: a `TaskAnswer` of `task_card`.
    """

    released = Signal(object)
    answered = Signal(object)
    retried = Signal(object)
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

    @property
    def is_empty(self) -> bool:
        return not self._holds and not self._questions and not self._tasks

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
        words = "\n".join(part for part in parts if part)
        return Wait(wave.number, title, words, can_retry=wave.can_retry.enabled)

    def _title_of(self, wave: WaveRow) -> str:
        if wave.hold_kind is HoldKind.OVERDUE:
            return self.tr('Wave {0} "{1}" is over its time limit')
        if wave.hold_kind is HoldKind.DECISION and wave.started_at is not None:
            return self.tr('Wave {0} "{1}" failed and waits for you')
        return self.tr('Wave {0} "{1}" waits before its start')

    def _hold_card(self, wave: int | None) -> HoldCard:
        if wave not in self._holds:
            card = HoldCard(self._theme, wave)
            card.released.connect(self.released)
            card.retried.connect(self.retried)
            self._layout.addWidget(card)
            self._holds[wave] = card
        return self._holds[wave]

    def _show_question(self, question: StartQuestion) -> None:
        card = self._questions.get(question.key)
        if card is not None:
            card.show_question(question)
            return
        card = QuestionCard(self._theme, question)
        card.answered.connect(self.answered)
        self._layout.addWidget(card)
        self._questions[question.key] = card

    def _show_task(self, task: StepRow) -> None:
        if task.key in self._tasks:
            return  # what a person types into it stays
        card = TaskCard(self._theme, task)
        card.answered.connect(self.task_answered)
        self._layout.addWidget(card)
        self._tasks[task.key] = card

    def _drop(self, cards: dict, wanted: dict) -> None:  # type: ignore[type-arg]  # keys and cards of either kind
        for key in [key for key in cards if key not in wanted]:
            card = cards.pop(key)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
