"""Executions: the list, and the chosen one live."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.services.views import ExecutionRow, ExecutionUpdate, ExecutionView
from drs_desktop.ui.bridge import merge
from drs_desktop.ui.models.controls import control_states
from drs_desktop.ui.models.execution_list_model import ExecutionListModel, row_of_view
from drs_desktop.ui.widgets.confirm_dialog import ConfirmDialog
from drs_desktop.ui.widgets.control_calls import carry_out
from drs_desktop.ui.widgets.control_dialog import ControlDialog
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_panel import ExecutionPanel
from drs_desktop.ui.widgets.pane import EmptyState, Pane, rule
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.question_card import Answer
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.task_card import TaskAnswer
from drs_desktop.ui.widgets.theme import Theme

_C = ExecutionListModel.Columns
_WIDTHS = {_C.PLAN: 92, _C.STATUS: 136, _C.MODE: 86}


class ExecutionsPane(Pane):
    """The list on the left, newest first; one execution on the right.

    Signals:
        shown: another execution is shown whole.
        states_changed: a mapping from verb to `ActionState`: what can be asked for now.
    """

    shown = Signal()
    states_changed = Signal(object)

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, "executionsPane", parent)
        self.model = ExecutionListModel(self)
        self._wanted: ExecutionId | None = None
        self._early: ExecutionUpdate | None = None
        self.states = control_states(None)
        self._build()
        desk.executions_read.connect(self._on_executions)
        desk.execution_changed.connect(self._on_changed)
        self.table.current_changed.connect(self._on_current)
        self.panel.header.asked.connect(self.ask)
        self.panel.needs_you.released.connect(self.resume)
        self.panel.needs_you.answered.connect(self._on_answered)
        self.panel.needs_you.retried.connect(self._on_retried)
        self.panel.needs_you.skipped.connect(self._on_skipped)
        self.panel.needs_you.task_answered.connect(self._on_task_answered)

    def _build(self) -> None:
        self.table = ConsoleTable(
            self.model, self.theme, name="executionsTable", title=self.tr("Executions"), widths=_WIDTHS
        )
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.panel = ExecutionPanel(self.desk, self.theme)
        self._nothing = EmptyState("noneChosen")
        self._nothing.show_words(self.tr("No execution chosen"), self.tr("Choose one on the left."))
        self._right = QStackedWidget()
        self._right.addWidget(self._nothing)
        self._right.addWidget(self.panel)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(plain_label(self.tr("Executions, newest first"), mark="heading"))
        column.addWidget(rule())
        column.addWidget(self.table, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self._right)
        split.setSizes([316, 964])
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def tick(self) -> None:
        if self._right.currentWidget() is self.panel:
            self.panel.tick()

    @property
    def view(self) -> ExecutionView | None:
        """Return the execution that is shown whole, or None."""
        return self.panel.view if self._right.currentWidget() is self.panel else None

    # ---- what is shown

    def open_execution(self, execution_id: ExecutionId) -> None:
        """Show an execution as soon as it is known."""
        self._wanted = execution_id
        if self.table.current_key == execution_id:
            self._on_current()
        elif not self.table.select_key(execution_id):
            self._load(execution_id)

    def _on_executions(self, rows: tuple[ExecutionRow, ...]) -> None:
        self.model.set_rows(rows)
        if not rows:
            self.show_words(
                self.tr("No execution yet"),
                self.tr(
                    "Drills and recoveries appear here, live and afterwards. "
                    "Open Recovery plans (Ctrl+3), choose a plan and start a drill."
                ),
            )
            return
        self.show_content()
        if self._wanted is None or not self.table.select_key(self._wanted):
            self.table.select_first()

    def _on_changed(self, update: ExecutionUpdate) -> None:
        view = self._with_problem(update.view)
        update = replace(update, view=view)
        is_new = self.model.row_of(view.execution_id) is None
        if is_new:
            self.model.set_rows((row_of_view(view), *self.model.all_rows))
            self.show_content()
        else:
            self.model.upsert((row_of_view(view),))
        if self.view is not None and self.view.execution_id == view.execution_id:
            self.panel.take(update)
            self._show_states()
        elif self._wanted == view.execution_id:
            self._early = merge((self._early, update)) if self._early and self._is_early_of(view) else update
        elif is_new and self._wanted in (None, view.execution_id):
            self.table.select_key(view.execution_id)

    def _is_early_of(self, view: ExecutionView) -> bool:
        return self._early is not None and self._early.view.execution_id == view.execution_id

    def _on_current(self) -> None:
        execution_id = self.table.current_key
        if execution_id is None:
            return
        if self.view is None or self.view.execution_id != execution_id:
            self._wanted = execution_id
            self._load(execution_id)

    def _load(self, execution_id: ExecutionId) -> None:
        if self.desk.is_open:
            self.desk.flows.start(self._show(execution_id), title=self.tr("Open the execution"))

    async def _show(self, execution_id: ExecutionId) -> None:
        executions = self.desk.services.executions
        log = await self.desk.bridge.call(executions.log(execution_id))
        view = await self.desk.bridge.call(executions.view(execution_id))
        if self._wanted != execution_id:
            return
        if self.model.row_of(execution_id) is None:
            self.model.set_rows((row_of_view(view), *self.model.all_rows))
        self.show_content()
        view = self._with_problem(view)
        self.panel.show_execution(view, log)
        self._take_early(view)
        self._right.setCurrentWidget(self.panel)
        self.table.select_key(execution_id)
        if not view.status.is_terminal:
            self.desk.live[execution_id] = view
        self._show_states()
        self.shown.emit()

    def _with_problem(self, view: ExecutionView) -> ExecutionView:
        """Return the view with why it could not be watched from here, if so."""
        problem = self.desk.unwatched.get(view.execution_id, "")
        if not problem or view.status.is_terminal:
            return view
        return replace(view, watch_problem=view.watch_problem or problem)

    def _take_early(self, view: ExecutionView) -> None:
        """Add what came while the execution was being read, unless the read is newer."""
        early, self._early = self._early, None
        if early is None or early.view.execution_id != view.execution_id:
            return
        if early.view.version < view.version:
            early = replace(early, view=view, changed_servers=(), changed_waves=())
        self.panel.take(early)

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
            wave = self.panel.current_wave
            self._flow(self.tr("Ask"), lambda view: self._decide(verb, view, wave), is_ours=True)

    def _show_states(self) -> None:
        self.states = control_states(self.view)
        self.panel.header.show_states(self.states)
        self.states_changed.emit(self.states)

    async def _decide(self, verb: str, view: ExecutionView, wave: int | None) -> None:
        decision = await ControlDialog.ask(self, self.theme, verb, view, wave)
        if decision is not None:
            await self.desk.bridge.call(carry_out(self.desk.services.executions, view.execution_id, decision))

    def pause(self) -> None:
        executions = self.desk.services.executions
        self._flow(self.tr("Pause"), lambda view: executions.pause(view.execution_id))

    def resume(self, wave: int | None = None) -> None:
        """Release the one wait in force, or that of a wave."""
        executions = self.desk.services.executions
        self._flow(self.tr("Resume"), lambda view: executions.resume(view.execution_id, wave))

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
        flow = work if is_ours else self.desk.bridge.call(work)
        self.desk.flows.start(flow, title=self.tr("{0}: {1}").format(title, view.plan_name))

    async def _cancel(self, view: ExecutionView) -> None:
        if await ConfirmDialog.ask_cancel(self, self.theme, view) is not None:
            await self.desk.bridge.call(self.desk.services.executions.cancel(view.execution_id))

    async def _terminate(self, view: ExecutionView) -> None:
        confirmed = await ConfirmDialog.ask_terminate(self, self.theme, view)
        if confirmed is None:
            return
        await self.desk.bridge.call(
            self.desk.services.executions.terminate(
                view.execution_id,
                confirm_plan_name=confirmed.plan_name,
                confirm_count=confirmed.count,
            )
        )

    def _on_answered(self, answer: Answer) -> None:
        executions = self.desk.services.executions
        self._flow(
            self.tr("Answer"),
            lambda view: executions.answer_start(view.execution_id, answer.key, answer.answer, answer.job_id),
        )

    def _on_retried(self, wave: int) -> None:
        self._flow(self.tr("Retry"), lambda view: self._decide("retry", view, wave), is_ours=True)

    def _on_skipped(self, wave: int) -> None:
        self._flow(self.tr("Skip"), lambda view: self._decide("skip", view, wave), is_ours=True)

    def _on_task_answered(self, given: TaskAnswer) -> None:
        executions = self.desk.services.executions
        self._flow(
            self.tr("Answer"),
            lambda view: executions.answer_task(
                view.execution_id, given.key, is_done=given.is_done, answer=given.answer
            ),
        )
