"""One execution, live: header, what needs a person, waves, servers, job log."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from drs_desktop.services.views import ExecutionUpdate, ExecutionView, JobLogRow
from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.models.job_log_model import JobLogModel
from drs_desktop.ui.models.wave_model import WaveModel
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_header import ExecutionHeader
from drs_desktop.ui.widgets.needs_you import NeedsYou
from drs_desktop.ui.widgets.pane import filter_field, rule
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.table_view import ConsoleTable, FollowingTable
from drs_desktop.ui.widgets.theme import ROW_PIXELS, Theme

_W = WaveModel.Columns
_WAVE_WIDTHS = {_W.NUMBER: 48, _W.NAME: 130, _W.STATUS: 140, _W.SERVERS: 200, _W.STARTED: 80, _W.TOOK: 80}
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
HEADER_PIXELS = 30
WAVES_SHOWN = 6
NEEDS_PERCENT = 45


class ExecutionPanel(QWidget):
    """Shows one execution; updates come from the bridge only."""

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._theme = theme
        self.view: ExecutionView | None = None
        self.waves = WaveModel(self)
        self.servers = ExecutionServerModel(self)
        self.log = JobLogModel(self)
        self._build()
        self.filter.textChanged.connect(self._on_filter)

    def _build(self) -> None:
        self.header = ExecutionHeader(self._theme)
        self.needs_you = NeedsYou(self._theme)
        self.waves_table = self._table(self.waves, "wavesTable", self.tr("Waves"), _WAVE_WIDTHS)
        self.servers_table = self._table(
            self.servers, "executionServersTable", self.tr("Servers of the execution"), _SERVER_WIDTHS
        )
        self.log_table = FollowingTable(
            self.log, self._theme, name="jobLogTable", title=self.tr("Job log"), widths=_LOG_WIDTHS
        )
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._servers_part())
        self._split.addWidget(self._log_part())
        self._split.setSizes([420, 180])
        self._split.setStretchFactor(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(rule())
        layout.addWidget(self._needs_part())
        layout.addWidget(self.waves_table)
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

    def _log_part(self) -> QWidget:
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(plain_label(self.tr("Job log"), mark="heading"))
        layout.addWidget(self.log_table, 1)
        return part

    # ---- what is shown

    def show_execution(self, view: ExecutionView, log: tuple[JobLogRow, ...]) -> None:
        """Show an execution whole."""
        self.waves.tick(self._desk.now)
        self.servers.tick(self._desk.now)
        self.waves.set_rows(view.waves)
        self.servers.set_rows(view.servers)
        self.log.set_rows(log)
        self.log_table.follow()
        self._show_view(view)

    def take(self, update: ExecutionUpdate) -> None:
        """Show what changed."""
        self.waves.upsert(update.view.waves)
        self.servers.upsert(update.changed_servers)
        self.log.upsert(update.new_log)
        self._show_view(update.view)

    def tick(self) -> None:
        now = self._desk.now
        self.waves.tick(now)
        self.servers.tick(now)
        self.header.show_time(now)
        self._fit_needs()

    def _show_view(self, view: ExecutionView) -> None:
        self.view = view
        self.header.show_view(view, self._desk.now)
        self.needs_you.show_view(view)
        self._fit_needs()
        rows = min(max(len(view.waves), 1), WAVES_SHOWN)
        self.waves_table.setFixedHeight(HEADER_PIXELS + rows * ROW_PIXELS + 4)
        self._show_count()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_needs()

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
