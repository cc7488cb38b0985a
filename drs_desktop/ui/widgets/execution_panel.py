"""One execution, live: header, what needs a person, timeline, servers, job log, waves."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from drs_desktop.services.views import ExecutionUpdate, ExecutionView, JobLogRow
from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.models.job_log_model import JobLogModel
from drs_desktop.ui.models.timeline_model import TimelineModel
from drs_desktop.ui.models.wave_tree_model import WaveTreeModel
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_header import ExecutionHeader
from drs_desktop.ui.widgets.needs_you import NeedsYou
from drs_desktop.ui.widgets.pane import filter_field, rule
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.table_view import ConsoleTable, FollowingTable
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.timeline_view import TimelineView
from drs_desktop.ui.widgets.tree_view import ConsoleTree

_W = WaveTreeModel.Columns
_WAVE_WIDTHS = {_W.NAME: 210, _W.AFTER: 130, _W.STATUS: 140, _W.SERVERS: 190, _W.STARTED: 110, _W.TOOK: 70}
_S = ExecutionServerModel.Columns
_SERVER_WIDTHS = {
    _S.NAME: 116,
    _S.WAVE: 50,
    _S.PHASE: 88,
    _S.LAUNCH: 122,
    _S.HEALTH: 108,
    _S.INSTANCE: 156,
    _S.SINCE: 64,
    _S.MESSAGE: 300,
}
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
        self.filter.textChanged.connect(self._on_filter)
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
        self.servers_table = self._table(
            self.servers, "executionServersTable", self.tr("Servers of the execution"), _SERVER_WIDTHS
        )
        self.log_table = FollowingTable(
            self.log, self._theme, name="jobLogTable", title=self.tr("Job log"), widths=_LOG_WIDTHS
        )
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        for part in (self._servers_part(), self._lower_part()):
            part.setMinimumHeight(PART_PIXELS)
            self._split.addWidget(part)
        self._split.setSizes([420, 180])
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

    def _table(self, model: object, name: str, title: str, widths: object) -> ConsoleTable:
        return ConsoleTable(model, self._theme, name=name, title=title, widths=widths)  # type: ignore[arg-type]

    def _needs_part(self) -> QScrollArea:
        self._needs_scroll = QScrollArea()
        self._needs_scroll.setAccessibleName(self.tr("What waits for a person"))
        self._needs_scroll.setWidgetResizable(True)
        self._needs_scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._needs_scroll.setWidget(self.needs_you)
        self._needs_scroll.hide()
        return self._needs_scroll

    def _servers_part(self) -> QWidget:
        self.filter = filter_field(self.tr("Filter servers  ( / )"))
        self.count = plain_label(name="executionServersCount", mark="muted")
        part = QWidget()
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 6, 16, 6)
        bar.addWidget(self.filter, 1)
        bar.addStretch(1)
        bar.addWidget(self.count)
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.servers_table, 1)
        return part

    def _lower_part(self) -> QTabWidget:
        self.tabs = QTabWidget()
        self.tabs.setObjectName("executionTabs")
        self.tabs.setAccessibleName(self.tr("Job log, waves and steps"))
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.log_table, self.tr("Job log"))
        self.tabs.addTab(self.waves_tree, self.tr("Waves and steps"))
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
        self.timeline_model.show_execution(view, log, self._desk.now)
        self._show_view(view)
        self.waves_tree.expandAll()

    def take(self, update: ExecutionUpdate) -> None:
        """Show what changed."""
        self.servers.upsert(update.changed_servers)
        self.log.upsert(update.new_log)
        self.timeline_model.take(update.view, update.new_log, self._desk.now)
        self._show_view(update.view)

    def tick(self) -> None:
        now = self._desk.now
        self.waves.tick(now)
        self.servers.tick(now)
        self.timeline_model.tick(now)
        self.header.show_time(now)
        self.header.show_forecast(self.timeline_model.forecast)
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
        self.header.show_forecast(self.timeline_model.forecast)
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

    def _on_filter(self, text: str) -> None:
        self.servers.set_filter(text)
        self._show_count()

    def _show_count(self) -> None:
        shown, total = self.servers.rowCount(), self.servers.total
        self.count.setText(self.tr("{0} of {1} servers").format(shown, total))
