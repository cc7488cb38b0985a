"""The parts of the start sheet that the check fills: findings with their fixes, calls, servers, deletions."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from drs_desktop.services.views import Finding, PlannedCall, PlannedServer
from drs_desktop.ui.models.planned_server_model import PlannedServerModel
from drs_desktop.ui.models.status_text import counted, finding_look, finding_rank
from drs_desktop.ui.widgets.asking_dialog import TypedField
from drs_desktop.ui.widgets.copy_menu import CopyMenu
from drs_desktop.ui.widgets.plain_text import NamesLabel, plain_label, set_tip
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import ROW_PIXELS, Theme

SERVERS_NAMED = 8
ROWS_SHOWN = 7
_C = PlannedServerModel.Columns
_WIDTHS = {
    _C.NAME: 130,
    _C.WAVE: 60,
    _C.DATA: 146,
    _C.REPLICATION: 128,
    _C.TYPE: 90,
    _C.SUBNET: 110,
    _C.VPC: 96,
}


class Part(QWidget):
    """A part with its title."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.title = plain_label(is_strong=True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(4)
        self.body.addWidget(self.title)


class FindingsPart(Part):
    """What the check found, failures first, each with its fix; what can be accepted asks for the reason.

    Signals:
        reasons_changed: something was written.
    """

    reasons_changed = Signal()

    def __init__(self, theme: Theme, findings: Sequence[Finding], kept: Mapping[str, str]) -> None:
        super().__init__("startFindings")
        self._theme = theme
        self._fields: dict[str, QLineEdit] = {}
        self.title.setText(self._title(findings))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for finding in sorted(findings, key=lambda each: finding_rank(each.level)):
            self._add(grid, finding, kept)
        self.body.addLayout(grid)

    @property
    def reasons(self) -> dict[str, str]:
        """Return by the word of each finding that must be accepted: what is written, or nothing yet."""
        return {word: field.text().strip() for word, field in self._fields.items()}

    def _title(self, findings: Sequence[Finding]) -> str:
        failed = sum(finding.level == "failed" for finding in findings)
        open_ = sum(finding.level == "not checked" for finding in findings)
        if not failed and not open_:
            return self.tr("Readiness")
        return self.tr("Readiness: {0} failed, {1} not checked").format(failed, open_)

    def _add(self, grid: QGridLayout, finding: Finding, kept: Mapping[str, str]) -> None:
        row = grid.rowCount()
        label = StatusLabel(self._theme, "findingLevel")
        label.show_look(finding_look(finding.level))
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(NamesLabel(finding.text, name="findingText"), row, 1)
        if finding.fix:
            grid.addWidget(NamesLabel(finding.fix, name="findingFix", mark="muted"), row + 1, 1)
        if finding.accept and finding.accept not in self._fields:
            field = self._reason_field(finding)
            field.setText(kept.get(finding.accept, ""))
            grid.addWidget(field, row + 2, 1)

    def _reason_field(self, finding: Finding) -> QLineEdit:
        field = TypedField()
        field.setObjectName("findingReason")
        field.setProperty("accept", finding.accept)
        words = self.tr("Accept it and say why (stands in the history)")
        field.setPlaceholderText(words)
        field.setAccessibleName(f"{words}: {finding.text}")
        field.textChanged.connect(self.reasons_changed)
        self._fields[finding.accept] = field
        return field


class CallsPart(Part):
    """The StartRecovery calls, a line each."""

    def __init__(self, calls: Sequence[PlannedCall]) -> None:
        super().__init__("startCalls")
        count = sum(len(call.server_names) for call in calls)
        servers = counted(count, self.tr("server"), self.tr("servers"))
        self.title.setText(
            self.tr("What will be called: {0} × StartRecovery, {1}").format(len(calls), servers)
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(3, 1)
        for row, call in enumerate(calls):
            for column, label in enumerate(self._labels(call)):
                grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(grid)

    def _labels(self, call: PlannedCall) -> tuple[QLabel, ...]:
        where = f"{call.account_name or call.scope.account_id} {call.scope.region}"
        names = ", ".join(call.server_names[:SERVERS_NAMED])
        if len(call.server_names) > SERVERS_NAMED:
            names = self.tr("{0} and {1} more").format(names, len(call.server_names) - SERVERS_NAMED)
        servers = NamesLabel(names, name="callServers", mark="muted")
        set_tip(servers, ", ".join(call.server_names))
        return (
            plain_label(self.tr("Wave {0} · {1}").format(call.wave, call.wave_name)),
            plain_label(where),
            plain_label(counted(len(call.server_names), self.tr("server"), self.tr("servers"))),
            servers,
        )


class ServersPart(Part):
    """Every server with its point in time and where it would land.

    Signals:
        chosen: a `PlannedServer`, or None.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, servers: Sequence[PlannedServer]) -> None:
        super().__init__("startServers")
        self.title.setText(self.tr("Where each server comes from and lands"))
        self.model = PlannedServerModel(self)
        self.model.set_rows(servers)
        words = self.tr("Servers of the start")
        self.table = ConsoleTable(self.model, theme, name="startServersTable", title=words, widths=_WIDTHS)
        rows = min(len(servers), ROWS_SHOWN) + 1
        self.table.setFixedHeight(rows * ROW_PIXELS + 20)
        self.table.current_changed.connect(self._on_current)
        CopyMenu(self.table, self.model)
        self.body.addWidget(self.table)

    def _on_current(self) -> None:
        self.chosen.emit(self.table.current_row)


class ReplacedPart(Part):
    """What the start deletes."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("startReplaced")
        self.title.setText(self.tr("What is deleted"))
        if names:
            text = self.tr("The earlier drill instances of: {0}").format(", ".join(names))
            self.body.addWidget(NamesLabel(text, name="startReplacedText", mark="warn"))
        else:
            text = self.tr("Nothing: no earlier drill instance is in the way.")
            self.body.addWidget(plain_label(text, name="startReplacedText", mark="muted"))
