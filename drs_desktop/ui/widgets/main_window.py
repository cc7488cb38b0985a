"""The window: navigation, panes, status bar, and the band that marks a simulation."""

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.services.api import Services
from drs_desktop.services.operator_api import OperatorView
from drs_desktop.services.views import ExecutionUpdate, InventoryView
from drs_desktop.ui.bridge import Bridge
from drs_desktop.ui.models.attention import Attention, Call
from drs_desktop.ui.models.controls import VERBS
from drs_desktop.ui.models.operator_words import SESSION_VERBS, banners, session_states
from drs_desktop.ui.models.status_text import mode_words
from drs_desktop.ui.widgets.actions import MORE, PALETTE, Actions
from drs_desktop.ui.widgets.banner_stack import BannerStack
from drs_desktop.ui.widgets.command_palette import CommandPalette
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.executions_pane import ExecutionsPane
from drs_desktop.ui.widgets.front_window import front_window
from drs_desktop.ui.widgets.groups_pane import GroupsPane
from drs_desktop.ui.widgets.keys_dialog import KeysDialog
from drs_desktop.ui.widgets.message_dialog import MessageDialog
from drs_desktop.ui.widgets.notifier import Notifier
from drs_desktop.ui.widgets.operator_desk import OperatorDesk
from drs_desktop.ui.widgets.pane import Pane
from drs_desktop.ui.widgets.plans_pane import PlansPane
from drs_desktop.ui.widgets.simulation_band import SimulationBand
from drs_desktop.ui.widgets.source_servers_pane import SourceServersPane
from drs_desktop.ui.widgets.status_line import StatusLine
from drs_desktop.ui.widgets.theme import Appearance, Theme

REFRESH_MILLISECONDS = 60_000
NAVIGATION_PIXELS = 160
NAVIGATION_ROW_PIXELS = 32
WANTED_SIZE = QSize(1440, 900)
FRAME_ROOM = QSize(16, 48)
"""What a desktop's title bar and borders take; Qt knows it only once the window is shown."""


def start_size(available: QSize) -> QSize:
    """Return the size to begin with on a screen, so that the window and its frame fit."""
    return WANTED_SIZE.boundedTo(available - FRAME_ROOM)


class MainWindow(QMainWindow):
    """The shell; `attach` fills it. Closing is asked for by `close_asked` and done by whoever owns it.

    Signals:
        close_asked: the operator wants to leave.
        sample_wanted: the operator wants to look around in the sample workspace.
    """

    close_asked = Signal()
    sample_wanted = Signal()

    def __init__(self, bridge: Bridge, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mainWindow")
        self.theme = theme
        self.desk = Desk(bridge, self)
        self._title = title
        self._endpoint_title = ""
        self._may_close = False
        self._build()
        self._connect()
        self._show_title()

    # ---- building

    def _build(self) -> None:
        self.resize(start_size(self.screen().availableSize()))
        self.setMinimumSize(1040, 640)
        self.band = SimulationBand(self.theme)
        self.banners = BannerStack(self.theme)
        self.servers_pane = SourceServersPane(self.desk, self.theme)
        self.groups_pane = GroupsPane(self.desk, self.theme)
        self.plans_pane = PlansPane(self.desk, self.theme)
        self.executions_pane = ExecutionsPane(self.desk, self.theme)
        self.panes = QStackedWidget()
        self.panes.setObjectName("panes")
        self._build_navigation()
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.band)
        layout.addWidget(self.banners)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.navigation)
        row.addWidget(self.panes, 1)
        layout.addLayout(row, 1)
        self.setCentralWidget(middle)
        self.actions_table = Actions(self, self._on_action)
        self.actions_table.check(f"appearance_{self.theme.appearance.value}")
        self.executions_pane.states_changed.connect(self.actions_table.show_states)
        self.actions_table.show_states(self.executions_pane.states)
        header = self.executions_pane.panel.header
        header.more.setMenu(self.actions_table.menu_of(MORE, header.more))
        self.status = StatusLine(self.statusBar(), self.actions_table.by_id["sign_in"].trigger)
        self.operator = OperatorDesk(self.desk, self.theme, self)
        self.attention = Attention()
        self.notifier = Notifier(self)
        self._show_session(None)

    def _build_navigation(self) -> None:
        self.navigation = QListWidget()
        self.navigation.setObjectName("navigation")
        self.navigation.setAccessibleName(self.tr("Navigation"))
        self.navigation.setFixedWidth(NAVIGATION_PIXELS)
        for text, pane in self._entries():
            item = QListWidgetItem(text)
            item.setSizeHint(QSize(0, NAVIGATION_ROW_PIXELS))
            self.navigation.addItem(item)
            self.panes.addWidget(pane)
        self.navigation.setCurrentRow(0)

    def _entries(self) -> tuple[tuple[str, Pane], ...]:
        return (
            (self.tr("Source servers"), self.servers_pane),
            (self.tr("Protection groups"), self.groups_pane),
            (self.tr("Recovery plans"), self.plans_pane),
            (self.tr("Executions"), self.executions_pane),
        )

    def _connect(self) -> None:
        self.navigation.currentRowChanged.connect(self.panes.setCurrentIndex)
        self.desk.flows.failed.connect(self._on_failed)
        self.desk.execution_wanted.connect(self._on_execution_wanted)
        self.desk.inventory_read.connect(self._on_inventory)
        self.desk.execution_changed.connect(self._show_live)
        self.desk.executions_read.connect(self._show_live)
        self.servers_pane.refresh_button.clicked.connect(self.refresh)
        self.panes.currentChanged.connect(self._show_title)
        self.executions_pane.shown.connect(self._show_title)
        self.desk.executions_read.connect(self.attention.listed)
        self.desk.execution_changed.connect(self._on_execution_changed)
        self.notifier.answered.connect(self._on_answered)
        self.operator.alerted.connect(self._on_alert)
        self.operator.changed.connect(self._on_operator)
        self.operator.access_changed.connect(self._on_access_changed)
        self.banners.wanted.connect(self._on_wanted)
        for _, pane in self._entries():
            pane.action_wanted.connect(self._on_wanted)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._on_tick)
        self._refresher = QTimer(self)
        self._refresher.setInterval(REFRESH_MILLISECONDS)
        self._refresher.timeout.connect(self._refresh_by_itself)

    # ---- the workspace

    async def open(self, services: Services) -> None:
        """Take an open workspace and show it; errors of reading are shown and do not close it."""
        info = services.info
        banner = info.endpoint.title if info.endpoint.is_simulated else ""
        self.band.show_title(banner)
        self.setProperty("banner", banner)
        self.status.show_workspace(info)
        self._endpoint_title = info.endpoint.title if info.endpoint.url else ""
        self._show_title()
        self._clock.start()
        self._refresher.start()
        await self.operator.open(services)
        await self.desk.open(services)

    def show_failure(self, sentence: str) -> None:
        """Say in every pane why the workspace could not be opened."""
        self.status.workspace.setText(self.tr("not open"))
        for _, pane in self._entries():
            pane.show_words(self.tr("The workspace could not be opened"), sentence)

    def stop(self) -> None:
        """Let nothing tick any more."""
        self._clock.stop()
        self._refresher.stop()
        self.operator.stop()
        self.notifier.close()
        self.executions_pane.close_windows()
        self.plans_pane.close_windows()

    def refresh(self) -> None:
        """Ask AWS anew, without waiting."""
        if self.desk.is_open:
            self.desk.flows.start(self.desk.refresh(), title=self.tr("Refresh"))

    def _refresh_by_itself(self) -> None:
        self.desk.flows.start(self._refresh_quietly(), title=self.tr("Refresh"))

    async def _refresh_quietly(self) -> None:
        """Refresh, and say a failure in the status bar: nobody asked, so no dialog stands in the way."""
        try:
            await self.desk.refresh()
        except DrsDesktopError as error:
            self.statusBar().showMessage(str(error), REFRESH_MILLISECONDS)

    def _on_access_changed(self) -> None:
        """Read anew what may be done: another person, another role, locked or not."""
        shown = self.executions_pane.shown_ids
        self.desk.flows.start(self.desk.read_again(*shown), title=self.tr("Read what may be done"))

    def show_pane(self, pane: Pane) -> None:
        self.navigation.setCurrentRow(self.panes.indexOf(pane))

    def open_execution(self, execution_id: ExecutionId) -> None:
        """Show one execution."""
        self.show_pane(self.executions_pane)
        self.executions_pane.open_execution(execution_id)

    def come_to_front(self) -> None:
        """Be seen, as far as the desktop lets a window do that by itself."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    @property
    def words_to_keep(self) -> dict[str, str]:
        """Return how the window is left, apart from its measures."""
        return {"pane": self.current_pane.objectName(), "appearance": self.theme.appearance.value}

    def restore_words(self, pane: str, appearance: str) -> None:
        """Show the pane and the colours in which a window was left; unknown words change nothing."""
        for _, each in self._entries():
            if each.objectName() == pane:
                self.show_pane(each)
        if appearance in {each.value for each in Appearance}:
            self.theme.choose(Appearance(appearance))
            self.actions_table.check(f"appearance_{appearance}")

    # ---- closing

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_asked.emit()

    def finish_closing(self) -> None:
        """Close without asking."""
        self._may_close = True
        self.close()

    # ---- slots

    def _on_action(self, action_id: str) -> None:
        verb, _, rest = action_id.partition("_")
        if verb == "show":
            self._show_by_name(rest)
        elif verb == "appearance":
            self.theme.choose(Appearance(rest))
        elif verb == "start":
            self._start(rest)
        elif action_id in SESSION_VERBS:
            self.operator.ask(action_id)
        elif action_id in VERBS:
            self.show_pane(self.executions_pane)
            self.executions_pane.ask(action_id)
        else:
            self._do(action_id)

    def _show_by_name(self, name: str) -> None:
        panes = dict(zip(("servers", "groups", "plans", "executions"), self._entries(), strict=True))
        self.show_pane(panes[name][1])

    def _start(self, mode: str) -> None:
        self.show_pane(self.plans_pane)
        if mode == "drill":
            self.plans_pane.start_drill()
        else:
            self.plans_pane.start_recovery()

    def _do(self, action_id: str) -> None:
        if action_id == "refresh":
            self.refresh()
        elif action_id == "filter":
            self.current_pane.focus_filter()
        elif action_id == PALETTE:
            self.desk.flows.start(self._find_action(), title=self.tr("Find an action"))
        elif action_id == "keys":
            sheet = KeysDialog.tell(self, self.theme, self.actions_table.key_rows())
            self.desk.flows.start(sheet, title=self.tr("Keys"))
        elif action_id == "sample":
            self.sample_wanted.emit()
        elif action_id == "edit_plan":
            self.show_pane(self.plans_pane)
            self.plans_pane.edit_plan()
        elif action_id == "open_window":
            self.executions_pane.open_window()
        elif action_id == "quit":
            self.close()

    async def _find_action(self) -> None:
        if self.findChild(CommandPalette):
            return
        action_id = await CommandPalette.choose(self, self.theme, self.actions_table.rows())
        if action_id is not None:
            self.actions_table.by_id[action_id].trigger()

    @property
    def current_pane(self) -> Pane:
        pane = self.panes.currentWidget()
        assert isinstance(pane, Pane)
        return pane

    def _on_failed(self, title: str, sentence: str) -> None:
        self._tell(title, sentence)

    def _tell(self, title: str, sentence: str) -> None:
        """Show a message, once: the same sentence is not stacked."""
        front = front_window(self)
        told = [label.text() for label in front.findChildren(QLabel, "messageText") if label.isVisible()]
        if sentence in told:
            return
        self.desk.flows.start(
            MessageDialog.tell(front, self.theme, title, sentence), title=self.tr("Message")
        )

    def _on_execution_wanted(self, execution_id: str) -> None:
        self.open_execution(ExecutionId(execution_id))

    def _on_execution_changed(self, update: ExecutionUpdate) -> None:
        call = self.attention.heard(update.view)
        if call is not None:
            self.notifier.tell(call)

    def _on_alert(self, sentence: str) -> None:
        self.notifier.tell(Call(title=self.tr("Sign-in"), text=sentence, is_urgent=True))

    def _on_answered(self, execution_id: str) -> None:
        self.come_to_front()
        if execution_id:
            self.open_execution(ExecutionId(execution_id))

    def _on_inventory(self, inventory: InventoryView) -> None:
        self.status.show_places(inventory)
        self._show_age()
        self._show_banners()

    def _on_tick(self) -> None:
        self.current_pane.tick()
        self.executions_pane.tick_windows()
        self._show_age()

    def _show_age(self) -> None:
        if self.desk.inventory is not None:
            self.status.show_age(self.desk.inventory, self.desk.now)

    def _on_operator(self, view: OperatorView) -> None:
        self.status.show_operator(view)
        self._show_session(view)
        self._show_banners()

    def _show_session(self, view: OperatorView | None) -> None:
        self.actions_table.show_states(session_states(view))
        self.actions_table.show_lock(view.lock.reason if view else "")

    def _show_banners(self) -> None:
        endpoint = self.desk.services.info.endpoint if self.desk.is_open else None
        self.banners.show_banners(banners(self.operator.view, endpoint, self.desk.inventory))

    def _on_wanted(self, action_id: str) -> None:
        self.actions_table.by_id[action_id].trigger()

    def _show_live(self) -> None:
        rows = self.executions_pane.model.all_rows
        live = [row for row in rows if not row.status.is_terminal]
        self.status.show_live(live)
        item = self.navigation.item(self.navigation.count() - 1)
        words = self.tr("Executions")
        item.setText(f"{words}  {len(live)}" if live else words)
        self._show_title()

    def _show_title(self) -> None:
        parts = []
        view = self.executions_pane.view
        if self.panes.currentWidget() is self.executions_pane and view is not None:
            parts.append(f"{view.plan_name} · {mode_words(view.mode)}")
        parts.append(self._title)
        if self._endpoint_title:
            parts.append(self._endpoint_title)
        self.setWindowTitle(" – ".join(parts))
