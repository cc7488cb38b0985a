"""A manual task that waits for a person: what to do, and how it went."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from drs_desktop.domain.steps import StepKey
from drs_desktop.services.views import StepRow
from drs_desktop.ui.models.status_text import Look, Shape, Tone
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme


@dataclass(frozen=True, kw_only=True)
class TaskAnswer:
    """How a person says a manual task went."""

    key: StepKey
    is_done: bool
    answer: str


class TaskCard(QFrame):
    """A manual task: what to do, a field for the answer, Done and Failed.

    Signals:
        answered: a `TaskAnswer`.
    """

    answered = Signal(object)

    def __init__(self, theme: Theme, task: StepRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("taskCard")
        self.setProperty("card", True)
        self._key = task.key
        title = self.tr('Wave {0}: "{1}" waits for you').format(task.key.wave, task.name)
        status = StatusLabel(theme, "taskStatus")
        status.show_look(Look(title, Tone.HELD, Shape.PAUSE))
        self.setAccessibleName(f"{title} {task.instruction}".strip())
        self.answer = QLineEdit()
        self.answer.setObjectName("taskAnswer")
        self.answer.setPlaceholderText(self.tr("What was found (stands in the history)"))
        self.answer.setAccessibleName(self.tr("Answer to {0}").format(task.name))
        self.done = QPushButton(self.tr("Done"))
        self.done.setObjectName("taskDoneButton")
        self.done.setProperty("primary", True)
        self.done.clicked.connect(self._on_done)
        self.failed = QPushButton(self.tr("Failed"))
        self.failed.setObjectName("taskFailedButton")
        self.failed.clicked.connect(self._on_failed)
        self._lay_out(status, task.instruction)

    def _lay_out(self, status: QWidget, instruction: str) -> None:
        row = QHBoxLayout()
        row.addWidget(self.answer, 1)
        row.addWidget(self.failed)
        row.addWidget(self.done)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(13, 8, 12, 8)
        layout.setSpacing(4)
        layout.addWidget(status)
        layout.addWidget(plain_label(instruction, name="taskText", wraps=True))
        layout.addLayout(row)

    def _on_done(self) -> None:
        self._send(is_done=True)

    def _on_failed(self) -> None:
        self._send(is_done=False)

    def _send(self, *, is_done: bool) -> None:
        self.answered.emit(TaskAnswer(key=self._key, is_done=is_done, answer=self.answer.text().strip()))
