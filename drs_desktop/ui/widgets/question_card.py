"""A start that nobody knows the outcome of: what was seen, what is done about it, and three answers."""

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
from drs_desktop.domain.ids import JobId
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.services.views import ActionState, StartQuestion
from drs_desktop.ui.models.status_text import Look, Shape, Tone, time_words
from drs_desktop.ui.widgets.plain_text import plain_label, set_action_state, set_tip
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a person says about a start in doubt."""

    key: AttemptKey
    answer: StartAnswer
    job_id: JobId | None = None


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
        self._plan = plain_label(name="questionPlan", wraps=True)
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
        for widget in (self._status, self._text, self._evidence, self._plan, self.keep_looking):
            layout.addWidget(widget)
        layout.addLayout(ours)
        layout.addLayout(nothing)

    def show_question(self, question: StartQuestion) -> None:
        """Show the question as it stands; what the person has chosen stays chosen while it may be."""
        self._text.setText(question.text)
        self._evidence.setText("\n".join([self.tr("Seen so far:"), *(f"• {e}" for e in question.evidence)]))
        self._evidence.setVisible(bool(question.evidence))
        until = time_words(question.looks_until)
        self._plan.setText(self._plan_words(question).format(until))
        self.keep_looking.setText(self.tr("Keep looking (the safe answer)"))
        self._show_candidates(question.candidates)
        self._allow(self.ours, self._why_ours, question.can_say_ours)
        self._allow(self.nothing, self._why_nothing, question.can_say_nothing_started)
        self.job.setVisible(self.ours.isEnabled())
        self.setAccessibleName(question.text)

    def _plan_words(self, question: StartQuestion) -> str:
        """Return what happens without an answer, with a place for the time."""
        if question.is_asked:
            return self.tr(
                "The search ended at {0} without a result: the wave waits for you, and nothing is started."
            )
        return self.tr(
            "AWS is asked every few seconds until {0}. A job that bears our tag is taken as ours by itself. "
            "Nothing is started meanwhile, and you need not answer."
        )

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
