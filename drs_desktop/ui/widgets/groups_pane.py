"""Protection groups, and the servers that the chosen one selects now."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from drs_desktop.services.views import ProtectionGroupRow
from drs_desktop.ui.models.group_model import GroupModel
from drs_desktop.ui.models.source_server_model import SourceServerModel
from drs_desktop.ui.models.status_text import counted
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.pane import Pane, filter_field, rule
from drs_desktop.ui.widgets.plain_text import ElidedLabel, plain_label
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme

_G = GroupModel.Columns
_WIDTHS = {_G.NAME: 190, _G.SERVERS: 80, _G.STATE: 150, _G.SELECTION: 320, _G.SCOPES: 230}
_S = SourceServerModel.Columns
_MEMBER_WIDTHS = {
    _S.NAME: 150,
    _S.ACCOUNT: 130,
    _S.REGION: 110,
    _S.REPLICATION: 140,
    _S.LAG: 90,
    _S.SYSTEM: 230,
}
_HIDDEN = (_S.GROUPS, _S.INSTANCE_TYPE, _S.DISKS)


class GroupsPane(Pane):
    """Groups above, members below."""

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, "groupsPane", parent)
        self.model = GroupModel(self)
        self.members = SourceServerModel(self)
        self._build()
        desk.groups_read.connect(self._on_groups)
        self.filter.textChanged.connect(self.model.set_filter)
        self.table.current_changed.connect(self._on_current)

    def _build(self) -> None:
        self.filter = filter_field(self.tr("Filter groups  ( / )"))
        self.table = ConsoleTable(
            self.model, self.theme, name="groupsTable", title=self.tr("Protection groups"), widths=_WIDTHS
        )
        self.members_table = ConsoleTable(
            self.members,
            self.theme,
            name="groupMembersTable",
            title=self.tr("Servers of the group"),
            widths=_MEMBER_WIDTHS,
        )
        for column in _HIDDEN:
            self.members_table.setColumnHidden(column, True)
        self.heading = ElidedLabel("groupHeading")
        self.heading.setProperty("muted", True)
        self.heading.setContentsMargins(8, 6, 8, 4)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 8, 16, 8)
        bar.addWidget(self.filter, 1)
        bar.addStretch(1)
        bar.addWidget(plain_label(self.tr("Members are looked up each time"), mark="muted"))
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.table)
        split.addWidget(self._lower())
        split.setSizes([240, 400])
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(rule())
        layout.addWidget(split, 1)

    def _lower(self) -> QWidget:
        lower = QWidget()
        layout = QVBoxLayout(lower)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.heading)
        layout.addWidget(self.members_table, 1)
        return lower

    def _on_groups(self, groups: tuple[ProtectionGroupRow, ...]) -> None:
        self.model.name_accounts(self.desk.account_names)
        self.model.set_rows(groups)
        if not groups:
            self.show_words(
                self.tr("No protection group yet"),
                self.tr(
                    "A protection group gathers servers by tags or by list; waves are made of groups. "
                    "Open a workspace that has groups to see them here."
                ),
            )
            return
        self.show_content()
        self.table.select_first()
        self._on_current()

    def _on_current(self) -> None:
        group = self.table.current_row
        self.members.set_rows(group.members if group else ())
        if group is None:
            self.heading.show_text(self.tr("Choose a group to see its servers"))
            return
        count = counted(len(group.members), self.tr("server"), self.tr("servers"))
        words = f"{group.name} · {count} · {group.selection}"
        if group.missing:
            words = self.tr("{0} · {1} listed servers are missing").format(words, len(group.missing))
        if not group.is_complete:
            words = self.tr("{0} · an account could not be read").format(words)
        self.heading.show_text(words)
