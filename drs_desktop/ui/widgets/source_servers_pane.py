"""Source servers of all accounts, with what could not be read said above them."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from drs_desktop.services.views import InventoryView, ScopeState
from drs_desktop.ui.models.aws_commands import source_server_commands
from drs_desktop.ui.models.source_server_model import SourceServerModel
from drs_desktop.ui.models.status_text import age_words, counted
from drs_desktop.ui.widgets.copy_menu import CopyMenu
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.pane import Pane, filter_field, rule
from drs_desktop.ui.widgets.plain_text import plain_label, set_tip
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme

_C = SourceServerModel.Columns
_WIDTHS = {
    _C.NAME: 136,
    _C.ACCOUNT: 120,
    _C.REGION: 104,
    _C.REPLICATION: 132,
    _C.LAG: 84,
    _C.SYSTEM: 220,
    _C.GROUPS: 160,
    _C.INSTANCE_TYPE: 110,
    _C.DISKS: 104,
}


class ScopeNotice(QFrame):
    """One account and Region that could not be read: what happened, why, what to do."""

    def __init__(self, state: ScopeState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scopeNotice")
        self.setProperty("notice", True)
        self._state = state
        where = f"{state.account_name or state.scope.account_id} {state.scope.region}"
        title = plain_label(f"{where}: {state.title}", name="scopeTitle", is_strong=True, wraps=True)
        words = " ".join(part for part in (state.explanation, state.next_step) if part)
        self._age = plain_label(mark="muted", name="scopeAge")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(13, 6, 12, 6)
        layout.setSpacing(2)
        first = QHBoxLayout()
        first.addWidget(title, 1)
        first.addWidget(self._age)
        layout.addLayout(first)
        if words:
            layout.addWidget(plain_label(words, name="scopeText", wraps=True))

    def show_age(self, desk: Desk) -> None:
        self._age.setText(age_words(self._state.observed_at, desk.now))


class SourceServersPane(Pane):
    """The inventory."""

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, "sourceServersPane", parent)
        self.model = SourceServerModel(self)
        self._notices: list[ScopeNotice] = []
        self._build()
        desk.inventory_read.connect(self._on_inventory)
        desk.reading_changed.connect(self._on_reading)
        self.filter.textChanged.connect(self._on_filter)

    def _build(self) -> None:
        self.filter = filter_field(self.tr("Filter servers  ( / )"))
        self.count = plain_label(name="sourceServersCount", mark="muted")
        self.age = plain_label(name="sourceServersAge", mark="muted")
        self.refresh_button = QPushButton(self.tr("Refresh"))
        self.refresh_button.setObjectName("refreshButton")
        set_tip(self.refresh_button, self.tr("Ask every account and Region now (F5)"))
        self.table = ConsoleTable(
            self.model, self.theme, name="sourceServersTable", title=self.tr("Source servers"), widths=_WIDTHS
        )
        CopyMenu(self.table, self.model, source_server_commands)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 8, 16, 8)
        bar.setSpacing(12)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self.count)
        bar.addStretch(1)
        bar.addWidget(self.age)
        bar.addWidget(self.refresh_button)
        self._notice_box = QVBoxLayout()
        self._notice_box.setSpacing(4)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addLayout(self._notice_box)
        layout.addWidget(rule())
        layout.addWidget(self.table, 1)

    def tick(self) -> None:
        inventory = self.desk.inventory
        if inventory is None:
            return
        seen = [state.observed_at for state in inventory.scopes if state.is_ok and state.observed_at]
        self.age.setText(age_words(min(seen, default=None), self.desk.now))
        for notice in self._notices:
            notice.show_age(self.desk)

    def _on_inventory(self, inventory: InventoryView) -> None:
        self.model.set_rows(inventory.rows)
        self._show_notices([state for state in inventory.scopes if not state.is_ok])
        if inventory.rows or self._notices:
            self.show_content()
        elif not inventory.scopes:
            self._show_first_steps()
        else:
            self.show_words(
                self.tr("No source server yet"),
                self.tr(
                    "Servers that AWS Elastic Disaster Recovery replicates into your accounts appear here. "
                    "Install the replication agent on a server, then press F5."
                ),
            )
        self._show_count()
        self.tick()

    def _show_first_steps(self) -> None:
        """Say what to do in a workspace that knows no account."""
        self.show_words(
            self.tr("Nothing is set up yet"),
            self.tr(
                "This workspace knows no AWS account. Look around first: the sample workspace is a simulated "
                "AWS on this computer, with servers, groups and plans to drill. To begin for real, register "
                "an account with `drs-desktop accounts add`."
            ),
            action_id="sample",
            step=self.tr("Open the sample workspace"),
        )

    def _show_notices(self, failed: list[ScopeState]) -> None:
        for notice in self._notices:
            self._notice_box.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
        self._notices = [ScopeNotice(state) for state in failed]
        for notice in self._notices:
            self._notice_box.addWidget(notice)

    def _show_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        text = counted(total, self.tr("server"), self.tr("servers"))
        if shown != total:
            text = self.tr("{0} of {1} servers").format(shown, total)
        self.count.setText(text)

    def _on_filter(self, text: str) -> None:
        self.model.set_filter(text)
        self._show_count()

    def _on_reading(self, is_reading: bool) -> None:
        self.refresh_button.setEnabled(not is_reading)
        self.refresh_button.setText(self.tr("Reading…") if is_reading else self.tr("Refresh"))
