"""Executions: the list, and the chosen one live."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.services.views import ActionState, ExecutionRow, ExecutionUpdate, ExecutionView
from drs_desktop.ui.models.execution_list_model import ExecutionListModel, row_of_view
from drs_desktop.ui.widgets.copy_menu import CopyMenu
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_controls import ExecutionControls
from drs_desktop.ui.widgets.execution_panel import ExecutionPanel
from drs_desktop.ui.widgets.execution_window import ExecutionWindow
from drs_desktop.ui.widgets.live_execution import LiveExecution
from drs_desktop.ui.widgets.pane import EmptyState, Pane, rule
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme

_C = ExecutionListModel.Columns
_WIDTHS = {_C.PLAN: 92, _C.STATUS: 132, _C.MODE: 80}
LEAST_PLAN_PIXELS = 72
LIST_PIXELS = 300


class _ExecutionsTable(ConsoleTable):
    """The list: a long plan name gives way to status and mode."""

    def fit_columns(self) -> None:
        super().fit_columns()
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        others = _WIDTHS[_C.STATUS] + _WIDTHS[_C.MODE]
        self._is_fitting = True
        self.setColumnWidth(_C.STATUS, _WIDTHS[_C.STATUS])
        self.setColumnWidth(_C.PLAN, max(LEAST_PLAN_PIXELS, self.viewport().width() - others))
        self._is_fitting = False


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
        self.windows: list[ExecutionWindow] = []
        self._build()
        self.live = LiveExecution(desk, self.panel, self)
        self.controls = ExecutionControls(desk, theme, self.panel, self)
        desk.executions_read.connect(self._on_executions)
        desk.execution_changed.connect(self._on_changed)
        self.table.current_changed.connect(self._on_current)
        self.live.arrived.connect(self._on_arrived)
        self.live.shown.connect(self._on_shown)
        self.live.changed.connect(self.controls.show_states)
        self.controls.states_changed.connect(self.states_changed)

    def _build(self) -> None:
        self.table = _ExecutionsTable(
            self.model, self.theme, name="executionsTable", title=self.tr("Executions"), widths=_WIDTHS
        )
        CopyMenu(self.table, self.model)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.panel = ExecutionPanel(self.desk, self.theme)
        self._nothing = EmptyState("noneChosen")
        self._nothing.show_words(self.tr("No execution chosen"), self.tr("Choose one on the left."))
        self._right = QStackedWidget()
        self._right.addWidget(self._nothing)
        self._right.addWidget(self.panel)
        left = QWidget()
        left.setMinimumWidth(LIST_PIXELS - 24)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(plain_label(self.tr("Executions, newest first"), mark="heading"))
        column.addWidget(rule())
        column.addWidget(self.table, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self._right)
        split.setSizes([LIST_PIXELS, 1280 - LIST_PIXELS])
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def tick(self) -> None:
        if self.view is not None:
            self.panel.tick()

    def tick_windows(self) -> None:
        """Renew what shows an age in the windows of single executions, whatever pane is in front."""
        for window in self.windows:
            window.tick()

    @property
    def view(self) -> ExecutionView | None:
        """Return the execution that is shown whole, or None."""
        return self.panel.view

    @property
    def shown_ids(self) -> tuple[ExecutionId, ...]:
        """Return the executions that are shown whole, here or in a window of their own."""
        here = (self.view.execution_id,) if self.view else ()
        return tuple(dict.fromkeys((*here, *(window.execution_id for window in self.windows))))

    @property
    def states(self) -> dict[str, ActionState]:
        """Return for every verb whether it can be asked for now."""
        return self.controls.states

    def ask(self, verb: str) -> None:
        """Do what a menu or a shortcut names, if it can be done now."""
        self.controls.ask(verb)

    # ---- windows of their own

    def open_window(self) -> None:
        """Show the chosen execution in a window of its own too; one that is open comes to the front."""
        view = self.view
        if view is None:
            return
        known = next((each for each in self.windows if each.execution_id == view.execution_id), None)
        window = known or self._new_window(view.execution_id)
        window.show()
        window.raise_()
        window.activateWindow()

    def _new_window(self, execution_id: ExecutionId) -> ExecutionWindow:
        banner = str(self.window().property("banner") or "")
        window = ExecutionWindow(self.desk, self.theme, execution_id, banner)
        window.closed.connect(self._on_window_closed)
        self.windows.append(window)
        return window

    def _on_window_closed(self) -> None:
        window = self.sender()
        self.windows = [each for each in self.windows if each is not window]
        window.deleteLater()

    def close_windows(self) -> None:
        """Close the windows of single executions; what they show goes on."""
        for window in tuple(self.windows):
            window.close()

    # ---- what is shown

    def open_execution(self, execution_id: ExecutionId) -> None:
        """Show an execution as soon as it is known."""
        self.live.wanted = execution_id
        if self.table.current_key == execution_id:
            self._on_current()
        elif not self.table.select_key(execution_id):
            self.live.load(execution_id)

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
        if self.live.wanted is None or not self.table.select_key(self.live.wanted):
            self.table.select_first()

    def _on_changed(self, update: ExecutionUpdate) -> None:
        view = self.live.with_problem(update.view)
        is_new = self.model.row_of(view.execution_id) is None
        if is_new:
            self.model.set_rows((row_of_view(view), *self.model.all_rows))
            self.show_content()
        else:
            self.model.upsert((row_of_view(view),))
        if is_new and self.live.wanted is None:
            self.table.select_key(view.execution_id)

    def _on_current(self) -> None:
        execution_id = self.table.current_key
        if execution_id is not None and self.live.shown_id != execution_id:
            self.live.load(execution_id)

    def _on_arrived(self, view: ExecutionView) -> None:
        if self.model.row_of(view.execution_id) is None:
            self.model.set_rows((row_of_view(view), *self.model.all_rows))
        self.show_content()

    def _on_shown(self) -> None:
        self._right.setCurrentWidget(self.panel)
        self.table.select_key(self.live.shown_id)
        self.controls.show_states()
        self.shown.emit()
