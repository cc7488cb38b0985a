"""One execution in a window of its own, for a second screen or a second drill; closing it stops nothing."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.ui.models.controls import VERBS
from drs_desktop.ui.models.status_text import execution_look, mode_words
from drs_desktop.ui.widgets.actions import EXECUTION_SPECS, MORE, Actions
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_controls import ExecutionControls
from drs_desktop.ui.widgets.execution_panel import ExecutionPanel
from drs_desktop.ui.widgets.live_execution import LiveExecution
from drs_desktop.ui.widgets.simulation_band import SimulationBand
from drs_desktop.ui.widgets.theme import Theme


class ExecutionWindow(QMainWindow):
    """The live execution alone, with the same buttons, menu and keys as in the main window.

    Signals:
        closed: the operator closed it.
    """

    closed = Signal()

    def __init__(self, desk: Desk, theme: Theme, execution_id: ExecutionId, banner: str) -> None:
        super().__init__()
        self.setObjectName("executionWindow")
        self.setProperty("banner", banner)
        self.execution_id = execution_id
        self.panel = ExecutionPanel(desk, theme)
        self.live = LiveExecution(desk, self.panel, self)
        self.controls = ExecutionControls(desk, theme, self.panel, self)
        self._build(theme, banner)
        self._show_title()
        self.live.shown.connect(self._on_news)
        self.live.changed.connect(self._on_news)
        self.live.load(execution_id)

    def _build(self, theme: Theme, banner: str) -> None:
        self.resize(1000, 760)
        band = SimulationBand(theme)
        band.show_title(banner)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(band)
        layout.addWidget(self.panel, 1)
        self.setCentralWidget(middle)
        self.actions_table = Actions(self, self._on_action, EXECUTION_SPECS)
        self.controls.states_changed.connect(self.actions_table.show_states)
        self.actions_table.show_states(self.controls.states)
        header = self.panel.header
        header.more.setMenu(self.actions_table.menu_of(MORE, header.more))
        self.statusBar().setSizeGripEnabled(True)
        self.panel.servers_table.setFocus()

    def tick(self) -> None:
        """Renew what shows an age."""
        if self.panel.view is not None:
            self.panel.tick()

    def _on_news(self) -> None:
        self.controls.show_states()
        self._show_title()

    def _show_title(self) -> None:
        view = self.panel.view
        if view is None:
            self.setWindowTitle(self.tr("Opening…"))
            return
        look = execution_look(view.status, needs_person=view.needs_person)
        parts = [f"{view.plan_name} · {mode_words(view.mode)}", look.word, view.endpoint]
        self.setWindowTitle(" – ".join(part for part in parts if part))

    def _on_action(self, action_id: str) -> None:
        if action_id in VERBS:
            self.controls.ask(action_id)
        elif action_id == "filter":
            self.panel.filter.setFocus()
            self.panel.filter.selectAll()
        elif action_id == "close_window":
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.live.stop()
        self.closed.emit()
