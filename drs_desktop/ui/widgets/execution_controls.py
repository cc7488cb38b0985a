"""Everything that can be asked of the execution in a panel: buttons, cards, menus and keys come here."""

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from drs_desktop.services.views import ExecutionView
from drs_desktop.ui.models.controls import control_states
from drs_desktop.ui.widgets.confirm_dialog import ConfirmDialog
from drs_desktop.ui.widgets.control_calls import carry_out
from drs_desktop.ui.widgets.control_dialog import ControlDialog
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_panel import ExecutionPanel
from drs_desktop.ui.widgets.question_card import Answer
from drs_desktop.ui.widgets.task_card import TaskAnswer
from drs_desktop.ui.widgets.theme import Theme


class ExecutionControls(QObject):
    """Asks first where something is called or given up, then asks the service.

    Attributes:
        states: for every verb whether it can be asked for now, and if not, why.

    Signals:
        states_changed: the same mapping, anew.
    """

    states_changed = Signal(object)

    def __init__(self, desk: Desk, theme: Theme, panel: ExecutionPanel, over: QWidget) -> None:
        super().__init__(over)
        self._desk = desk
        self._theme = theme
        self._panel = panel
        self._over = over
        self.states = control_states(None)
        self._connect()

    def _connect(self) -> None:
        self._panel.header.asked.connect(self.ask)
        self._panel.server_card.asked.connect(self.ask)
        cards = self._panel.needs_you
        cards.released.connect(self.resume)
        cards.answered.connect(self._on_answered)
        cards.retried.connect(self._on_retried)
        cards.skipped.connect(self._on_skipped)
        cards.task_answered.connect(self._on_task_answered)

    @property
    def view(self) -> ExecutionView | None:
        return self._panel.view

    def show_states(self) -> None:
        """Work out anew what can be asked for, and say it to buttons and menus."""
        self.states = control_states(self.view)
        self._panel.header.show_states(self.states)
        self._panel.server_card.show_states(self.states)
        self.states_changed.emit(self.states)

    # ---- what is asked

    def ask(self, verb: str) -> None:
        """Do what a button, a menu or a shortcut names, if it can be done now."""
        if self.view is None or not self.states[verb].enabled:
            return
        at_once: dict[str, Callable[[], None]] = {
            "pause": self.pause,
            "resume": self.resume,
            "cancel": self.cancel,
            "terminate": self.terminate,
        }
        if verb in at_once:
            at_once[verb]()
        else:
            wave = self._panel.current_wave
            self._flow(self.tr("Ask"), lambda view: self._decide(verb, view, wave), is_ours=True)

    def pause(self) -> None:
        executions = self._desk.services.executions
        self._flow(self.tr("Pause"), lambda view: executions.pause(view.execution_id))

    def resume(self, wave: int | None = None) -> None:
        """Release the one wait in force, or that of a wave; going on after a failure asks for the reason."""
        if self.view is None:
            return
        held = [row for row in self.view.waves if row.waits_alone and row.number == (wave or row.number)]
        if any(row.needs_reason for row in held):
            chosen = held[0].number
            self._flow(self.tr("Resume"), lambda view: self._decide("resume", view, chosen), is_ours=True)
            return
        hold_id = held[0].hold_id if len(held) == 1 else None
        executions = self._desk.services.executions
        self._flow(
            self.tr("Resume"),
            lambda view: executions.resume(
                view.execution_id,
                wave,
                hold_id=hold_id,
                starts_held=view.starts_held,
                pause_seen=view.pause_requested or wave is not None,
            ),
        )

    def cancel(self) -> None:
        self._flow(self.tr("Cancel"), self._cancel, is_ours=True)

    def terminate(self) -> None:
        self._flow(self.tr("Terminate"), self._terminate, is_ours=True)

    def _flow(
        self,
        title: str,
        make: Callable[[ExecutionView], Coroutine[Any, Any, None]],
        *,
        is_ours: bool = False,
    ) -> None:
        view = self.view
        if view is None:
            return
        work = make(view)
        flow = work if is_ours else self._desk.bridge.call(work)
        self._desk.flows.start(flow, title=self.tr("{0}: {1}").format(title, view.plan_name))

    async def _decide(self, verb: str, view: ExecutionView, wave: int | None) -> None:
        decision = await ControlDialog.ask(self._over, self._theme, verb, view, wave)
        if decision is not None:
            call = carry_out(self._desk.services.executions, view.execution_id, decision)
            await self._desk.bridge.call(call)

    async def _cancel(self, view: ExecutionView) -> None:
        if await ConfirmDialog.ask_cancel(self._over, self._theme, view) is not None:
            await self._desk.bridge.call(self._desk.services.executions.cancel(view.execution_id))

    async def _terminate(self, view: ExecutionView) -> None:
        confirmed = await ConfirmDialog.ask_terminate(self._over, self._theme, view)
        if confirmed is None:
            return
        await self._desk.bridge.call(
            self._desk.services.executions.terminate(
                view.execution_id,
                confirm_plan_name=confirmed.plan_name,
                confirm_count=confirmed.count,
            )
        )

    # ---- what the cards say

    def _on_answered(self, answer: Answer) -> None:
        executions = self._desk.services.executions
        self._flow(
            self.tr("Answer"),
            lambda view: executions.answer_start(view.execution_id, answer.key, answer.answer, answer.job_id),
        )

    def _on_retried(self, wave: int) -> None:
        self._flow(self.tr("Retry"), lambda view: self._decide("retry", view, wave), is_ours=True)

    def _on_skipped(self, wave: int) -> None:
        self._flow(self.tr("Skip"), lambda view: self._decide("skip", view, wave), is_ours=True)

    def _on_task_answered(self, given: TaskAnswer) -> None:
        executions = self._desk.services.executions
        self._flow(
            self.tr("Answer"),
            lambda view: executions.answer_task(
                view.execution_id, given.key, is_done=given.is_done, answer=given.answer
            ),
        )
