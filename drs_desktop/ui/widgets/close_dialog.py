"""Closing while executions are live: what goes on without this window, and the choice."""

from collections.abc import Sequence

from PySide6.QtWidgets import QPushButton, QWidget

from drs_desktop.services.views import ExecutionView
from drs_desktop.ui.models.status_text import execution_look
from drs_desktop.ui.widgets.asking_dialog import AskingDialog
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.theme import Theme


class CloseDialog(AskingDialog):
    """Stay, or quit and leave the executions resumable."""

    def __init__(self, theme: Theme, views: Sequence[ExecutionView], parent: QWidget) -> None:
        title = self._title(parent, len(views))
        super().__init__(theme, "closeDialog", title, None, parent)
        self.body.addWidget(plain_label(title, pixels=16, is_strong=True, wraps=True))
        for view in views:
            look = execution_look(view.status, needs_person=view.needs_person)
            line = self.tr("• {0} of {1}: {2}").format(view.mode.value, view.plan_name, look.word)
            self.body.addWidget(plain_label(line, name="closeLine", wraps=True))
        words = self.tr(
            "In AWS, the jobs that were started go on to their end. Without this window nothing new is "
            "started: later waves wait until an execution is resumed, here or by `drs-desktop resume`. "
            "Nothing is started twice."
        )
        self.body.addWidget(plain_label(words, name="closeText", wraps=True))
        self.body.addStretch(1)
        stay = QPushButton(self.tr("Stay"))
        stay.setObjectName("closeStayButton")
        leave = QPushButton(self.tr("Quit"))
        leave.setObjectName("closeQuitButton")
        self.add_foot(stay, leave)

    @staticmethod
    def _title(parent: QWidget, count: int) -> str:
        if count == 1:
            return parent.tr("An execution is live")
        return parent.tr("{0} executions are live").format(count)

    @classmethod
    async def may_quit(cls, parent: QWidget, theme: Theme, views: Sequence[ExecutionView]) -> bool:
        """Return whether the operator wants to quit."""
        return await cls(theme, views, parent).answer()
