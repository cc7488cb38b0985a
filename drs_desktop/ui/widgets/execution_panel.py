"""One execution, live: header, what needs a person, timeline, servers, job log, waves."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from drs_desktop.services.views import ExecutionUpdate, ExecutionView, JobLogRow
from drs_desktop.ui.models.aws_commands import log_commands, server_commands
from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.models.forecast import Past
from drs_desktop.ui.models.job_log_model import JobLogModel
from drs_desktop.ui.models.timeline_model import TimelineModel
from drs_desktop.ui.models.wave_tree_model import WaveTreeModel
from drs_desktop.ui.widgets.copy_menu import CopyMenu
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_header import ExecutionHeader
from drs_desktop.ui.widgets.execution_server_card import ServerCard, lines_of
from drs_desktop.ui.widgets.execution_servers_table import servers_table
from drs_desktop.ui.widgets.needs_you import NeedsYou
from drs_desktop.ui.widgets.pane import rule
from drs_desktop.ui.widgets.server_filter import ServerFilter
from drs_desktop.ui.widgets.table_view import FollowingTable
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.timeline_view import TimelineView
from drs_desktop.ui.widgets.tree_view import ConsoleTree

_W = WaveTreeModel.Columns
_WAVE_WIDTHS = {_W.NAME: 210, _W.AFTER: 130, _W.STATUS: 140, _W.SERVERS: 190, _W.STARTED: 110, _W.TOOK: 70}
_L = JobLogModel.Columns
_LOG_WIDTHS = {_L.AT: 80, _L.WAVE: 56, _L.SERVER: 130, _L.WORDS: 340, _L.EVENT: 170}
NEEDS_PERCENT = 45
TIMELINE_PERCENT = 30
PART_PIXELS = 132


class ExecutionPanel(QWidget):
    """Shows one execution; updates come from the bridge only."""

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._theme = theme
        self.view: ExecutionView | None = None
        self.timeline_model = TimelineModel(self)
        self.waves = WaveTreeModel(self)
        self.servers = ExecutionServerModel(self)
        self.log = JobLogModel(self)
        self._build()
        self.servers_filter.changed.connect(self._on_filter)
        self.servers_table.current_changed.connect(self._on_server)
        self.servers_table.activated.connect(self._on_server_activated)
        self.timeline.current_changed.connect(self._on_lane)
        self.timeline.wave_chosen.connect(self._on_wave_chosen)
        self.timeline_model.changed.connect(self._fit_timeline)

    def _build(self) -> None:
        self.header = ExecutionHeader(self._theme)
        self.needs_you = NeedsYou(self._theme)
        self.timeline = TimelineView(self.timeline_model, self._theme)
        self.waves_tree = ConsoleTree(
            self.waves, self._theme, name="wavesTree", title=self.tr("Waves and steps"), widths=_WAVE_WIDTHS
        )
        self.servers_table = servers_table(self.servers, self._theme, self)
        self.server_card = ServerCard(self._theme)
        self.log_table = FollowingTable(
            self.log, self._theme, name="jobLogTable", title=self.tr("Job log"), widths=_LOG_WIDTHS
        )
        CopyMenu(self.servers_table, self.servers, server_commands)
        CopyMenu(self.log_table, self.log, log_commands)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        for part in (self._servers_part(), self._lower_part()):
            part.setMinimumHeight(PART_PIXELS)
            self._split.addWidget(part)
        self._split.setSizes([400, 220])
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(rule())
        layout.addWidget(self._needs_part())
        layout.addWidget(self.timeline)
        layout.addWidget(rule())
        layout.addWidget(self._split, 1)

    def _needs_part(self) -> QScrollArea:
        self._needs_scroll = QScrollArea()
        self._needs_scroll.setAccessibleName(self.tr("What waits for a person"))
        self._needs_scroll.setWidgetResizable(True)
        self._needs_scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._needs_scroll.setWidget(self.needs_you)
        self._needs_scroll.hide()
        return self._needs_scroll

    def _servers_part(self) -> QWidget:
        self.servers_filter = ServerFilter()
        self.filter = self.servers_filter.words
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.servers_filter)
        layout.addWidget(self.servers_table, 1)
        return part

    def _lower_part(self) -> QTabWidget:
        self.tabs = QTabWidget()
        self.tabs.setObjectName("executionTabs")
        self.tabs.setAccessibleName(self.tr("Job log, waves and steps, server"))
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.log_table, self.tr("Job log"))
        self.tabs.addTab(self.waves_tree, self.tr("Waves and steps"))
        self.tabs.addTab(self.server_card, self.tr("Server"))
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName(self.tabs.accessibleName())
        return self.tabs

    # ---- what is shown

    def show_execution(self, view: ExecutionView, log: tuple[JobLogRow, ...]) -> None:
        """Show an execution whole."""
        self.servers.tick(self._desk.now)
        self.servers.set_rows(view.servers)
        self.log.set_rows(log)
        self.log_table.follow()
        self._on_server()
        self.timeline_model.show_execution(view, log, self._desk.now)
        self._show_view(view)
        self.waves_tree.expandAll()

    def take(self, update: ExecutionUpdate) -> None:
        """Show what changed."""
        self.servers.upsert(update.changed_servers)
        self.log.upsert(update.new_log)
        self.server_card.take_log(update.new_log)
        self.timeline_model.take(update.view, update.new_log, self._desk.now)
        self._show_view(update.view)

    def take_past(self, past: Past) -> None:
        """Take how long the waves took in earlier executions, to forecast by."""
        self.timeline_model.take_past(past)
        self.header.show_forecast(self.timeline_model.forecast, self._desk.now)

    def tick(self) -> None:
        now = self._desk.now
        self.waves.tick(now)
        self.servers.tick(now)
        self.timeline_model.tick(now)
        self.header.show_time(now)
        self.header.show_forecast(self.timeline_model.forecast, now)
        self._fit_needs()

    @property
    def current_wave(self) -> int | None:
        """Return the wave that is chosen in the timeline."""
        lane = self.timeline.current_lane
        return lane.number if lane else None

    def _show_view(self, view: ExecutionView) -> None:
        self.view = view
        self.waves.show_waves(view.waves, self._desk.now)
        self.header.show_view(view, self._desk.now)
        self.header.show_forecast(self.timeline_model.forecast, self._desk.now)
        self.servers_filter.show_view(view)
        self._show_server()
        self.needs_you.show_view(view)
        self._fit_needs()
        self._show_count()

    def _on_lane(self) -> None:
        lane = self.timeline.current_lane
        if lane is not None:
            self.waves_tree.setCurrentIndex(self.waves.index_of(lane.number))
            if lane.server is not None:
                self.servers_table.select_key(lane.server)

    def _on_wave_chosen(self, number: int) -> None:
        """Show only the servers of a wave; chosen once more, all of them."""
        view = self.view
        name = next((wave.name for wave in view.waves if wave.number == number), "") if view else ""
        self.filter.setText("" if self.filter.text() == name else name)

    def _fit_timeline(self) -> None:
        """Give the timeline the height of its lanes, but leave most to the tables."""
        most = max(self.height() * TIMELINE_PERCENT // 100, 120)
        height = min(self.timeline.height_for_lanes(), most)
        if height != self.timeline.height():
            self.timeline.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_needs()
        self._fit_timeline()

    def _fit_needs(self) -> None:
        """Give what waits for a person the room it wants, but leave some to the tables."""
        self._needs_scroll.setVisible(not self.needs_you.is_empty)
        wanted = self.needs_you.height_for(self.width())
        self._needs_scroll.setFixedHeight(min(wanted, self.height() * NEEDS_PERCENT // 100))

    def _on_filter(self) -> None:
        self.servers.set_filter(self.servers_filter.text)
        self._show_count()

    def _show_count(self) -> None:
        self.servers_filter.show_count(self.servers.rowCount(), self.servers.total)

    # ---- the chosen server

    def _on_server(self) -> None:
        row = self.servers_table.current_row
        self.server_card.show_server(row, lines_of(row, self.log.all_rows) if row else ())

    def _show_server(self) -> None:
        """Renew what is said of the chosen server, if it changed; its log comes line by line."""
        row = self.servers_table.current_row
        if row is not None:
            self.server_card.show_server(row, self.server_card.log.all_rows)

    def _on_server_activated(self) -> None:
        self.tabs.setCurrentWidget(self.server_card)
