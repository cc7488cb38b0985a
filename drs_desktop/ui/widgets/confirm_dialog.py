"""The last word before something is cancelled or terminated."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.views import ExecutionView
from drs_desktop.ui.models.status_text import counted
from drs_desktop.ui.widgets.asking_dialog import AskingDialog, TypedField
from drs_desktop.ui.widgets.plain_text import plain_label, set_tip
from drs_desktop.ui.widgets.theme import Theme


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What was typed; both are None where nothing had to be."""

    plan_name: str | None = None
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What must be typed before the button works."""

    plan_name: str
    count: int


class ConfirmDialog(AskingDialog):
    """Says what will be called, on what and where."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        lines: Sequence[str],
        verb: str,
        mode: ExecutionMode,
        typed: Typed | None,
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "confirmDialog", title, mode, parent)
        self._typed = typed
        self.body.addWidget(plain_label(title, name="confirmTitle", pixels=16, is_strong=True, wraps=True))
        told = QVBoxLayout()
        told.setSpacing(4)
        for line in lines:
            told.addWidget(plain_label(line, name="confirmLine", wraps=True))
        self.body.addLayout(told)
        self.name_field = self._add_field("confirmPlanName")
        self.count_field = self._add_field("confirmCount")
        if typed is not None:
            self._ask(self.name_field, self.tr("Type the plan's name, {0}:").format(typed.plan_name))
            self._ask(self.count_field, self.tr("Type the number of instances, {0}:").format(typed.count))
        self.body.addStretch(1)
        self.confirm_button = QPushButton(verb)
        self.confirm_button.setObjectName("confirmButton")
        self.confirm_button.setProperty("danger", True)
        self.cancel_button = QPushButton(self.tr("Go back"))
        self.cancel_button.setObjectName("confirmCancelButton")
        self.add_foot(self.cancel_button, self.confirm_button)
        self._show_state()

    async def confirmation(self) -> Confirmation | None:
        """Open, and return what was confirmed, or None."""
        if not await self.answer():
            return None
        if self._typed is None:
            return Confirmation()
        return Confirmation(plan_name=self.name_field.text(), count=int(self.count_field.text()))

    @classmethod
    async def ask_cancel(cls, parent: QWidget, theme: Theme, view: ExecutionView) -> Confirmation | None:
        """Return a confirmation to start nothing more, or None."""
        title = parent.tr("Cancel the {0} of {1}?").format(view.mode.value, view.plan_name)
        one, many = parent.tr("wave"), parent.tr("waves")
        running = sum(1 for wave in view.waves if wave.started_at and not wave.ended_at)
        waiting = sum(1 for wave in view.waves if not wave.started_at and not wave.ended_at)
        lines = [
            parent.tr("Nothing more is started: {0} not begun yet will not be, for good.").format(
                counted(waiting, one, many)
            )
        ]
        if running:
            words = parent.tr("DRS jobs cannot be stopped: what runs ({0}) is watched to its end.")
            lines.append(words.format(counted(running, one, many)))
        lines.append(
            parent.tr("Nothing is called in AWS and nothing is deleted. What was launched stays, and costs.")
        )
        verb = parent.tr("Cancel the {0}").format(view.mode.value)
        return await cls(theme, title, lines, verb, view.mode, None, parent).confirmation()

    @classmethod
    async def ask_terminate(cls, parent: QWidget, theme: Theme, view: ExecutionView) -> Confirmation | None:
        """Return a confirmation to terminate what the execution launched, or None."""
        count = view.instances_left
        instances = counted(count, parent.tr("recovery instance"), parent.tr("recovery instances"))
        title = parent.tr("Terminate {0} of {1}?").format(instances, view.plan_name)
        lines = [parent.tr("TerminateRecoveryInstances is called for:")]
        lines += [f"• {line}" for line in instances_by_place(view, parent)]
        lines.append(parent.tr("The instances and their disks are deleted. This cannot be undone."))
        typed = None if view.mode.is_drill else Typed(plan_name=view.plan_name, count=count)
        verb = parent.tr("Terminate {0}").format(instances)
        return await cls(theme, title, lines, verb, view.mode, typed, parent).confirmation()

    def _add_field(self, name: str) -> TypedField:
        field = TypedField()
        field.setObjectName(name)
        field.setAccessibleName(self.windowTitle())
        field.setParent(self)
        field.hide()
        field.textChanged.connect(self._show_state)
        return field

    def _ask(self, field: TypedField, words: str) -> None:
        label = plain_label(words, wraps=True)
        label.setBuddy(field)
        field.setAccessibleName(words)
        self.body.addWidget(label)
        self.body.addWidget(field)
        field.show()

    def _show_state(self) -> None:
        if not hasattr(self, "confirm_button"):
            return
        typed = self._typed
        fits = typed is None or (
            self.name_field.text() == typed.plan_name and self.count_field.text().strip() == str(typed.count)
        )
        self.confirm_button.setEnabled(fits)
        reason = self.tr("The plan's name and the number are not typed yet.")
        set_tip(self.confirm_button, self.windowTitle() if fits else reason)


def instances_by_place(view: ExecutionView, parent: QWidget) -> list[str]:
    """Return a line for each account and Region in which instances of the execution are left."""
    counts: dict[str, int] = {}
    for server in view.servers:
        if server.recovery_instance_id is not None and server.termination is None:
            place = f"{server.account_name or server.account_id} ({server.account_id}), {server.region}"
            counts[place] = counts.get(place, 0) + 1
    one, many = parent.tr("instance"), parent.tr("instances")
    return [f"{place}: {counted(count, one, many)}" for place, count in sorted(counts.items())]
