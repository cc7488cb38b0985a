"""The start sheet: what would be called, whether it may be, and the last word before it is."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.views import Finding, PlannedCall, PlanRow, StartPreview
from drs_desktop.ui.models.status_text import counted, finding_look, finding_rank, mode_words
from drs_desktop.ui.widgets.asking_dialog import AskingDialog, TypedField
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.pane import rule
from drs_desktop.ui.widgets.plain_text import NamesLabel, plain_label, set_tip
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme

SERVERS_NAMED = 8


@dataclass(frozen=True, kw_only=True)
class StartChoice:
    """The operator's yes; `confirm` is what was typed for a recovery."""

    confirm: str | None


class StartDialog(AskingDialog):
    """Opens at once, checks while it is open, and lets nothing start before the check is done."""

    def __init__(self, desk: Desk, theme: Theme, plan: PlanRow, mode: ExecutionMode, parent: QWidget) -> None:
        title = self.tr("Start a {0} of {1}").format(mode.value, plan.name)
        super().__init__(theme, "startDialog", title, mode, parent)
        self._desk = desk
        self._theme = theme
        self._plan = plan
        self._mode = mode
        self._preview: StartPreview | None = None
        self._build(title)
        self._show_state()

    @classmethod
    async def ask(
        cls, parent: QWidget, desk: Desk, theme: Theme, plan: PlanRow, mode: ExecutionMode
    ) -> StartChoice | None:
        """Return the operator's yes, or None."""
        dialog = cls(desk, theme, plan, mode, parent)
        desk.flows.start(dialog.check(), title=dialog.windowTitle())
        if not await dialog.answer():
            return None
        return StartChoice(confirm=None if mode.is_drill else dialog.name_field.text())

    # ---- building

    def _build(self, title: str) -> None:
        self.setMinimumSize(720, 420)
        self.resize(820, 560)
        self.body.addWidget(plain_label(title, name="startTitle", pixels=16, is_strong=True))
        self.body.addWidget(plain_label(self._about(), name="startAbout", wraps=True))
        self._sheet = QVBoxLayout()
        self._sheet.setContentsMargins(0, 0, 8, 0)
        self._sheet.setSpacing(16)
        inner = QWidget()
        inner.setLayout(self._sheet)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inner)
        self._scroll.setAccessibleName(self.tr("Check and calls"))
        self._waiting = plain_label(
            self.tr("Checking, nothing is called yet…"), name="startWaiting", mark="muted"
        )
        self._sheet.addWidget(self._waiting)
        self._sheet.addStretch(1)
        self.body.addWidget(self._scroll, 1)
        self.body.addWidget(rule())
        self._build_typed_name()
        self._build_foot()

    def _about(self) -> str:
        version = self.tr("{0} · version {1}.").format(mode_words(self._mode), self._plan.revision)
        if self._mode.is_drill:
            rest = self.tr("Launches copies beside production; replication and production go on.")
        else:
            rest = self.tr(
                "This is the real thing: servers are launched to take over. "
                "Earlier drill instances of the same servers are deleted first."
            )
        return f"{version} {rest}"

    def _build_typed_name(self) -> None:
        self.name_field = TypedField()
        self.name_field.setObjectName("startPlanName")
        ask = self.tr("Type the plan's name, {0}, to start the recovery:").format(self._plan.name)
        self.name_field.setAccessibleName(ask)
        self._name_label = plain_label(ask, wraps=True)
        self._name_label.setBuddy(self.name_field)
        self.name_field.textChanged.connect(self._show_state)
        self.body.addWidget(self._name_label)
        self.body.addWidget(self.name_field)
        for widget in (self._name_label, self.name_field):
            widget.setVisible(not self._mode.is_drill)

    def _build_foot(self) -> None:
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("startCancelButton")
        is_drill = self._mode.is_drill
        self.start_button = QPushButton(self.tr("Start drill") if is_drill else self.tr("Start recovery"))
        self.start_button.setObjectName("startConfirmButton")
        self.start_button.setProperty("primary" if is_drill else "danger", True)
        self.why_not = plain_label(name="startWhyNot", mark="muted", wraps=True)
        self.body.addWidget(self.why_not)
        self.add_foot(self.cancel_button, self.start_button)

    # ---- the check

    @property
    def is_checked(self) -> bool:
        """Return whether the check is done and shown, whatever it found."""
        return self._preview is not None

    async def check(self) -> None:
        """Ask the services what a start would do, and show it."""
        executions = self._desk.services.executions
        try:
            preview = await self._desk.bridge.call(executions.preview_start(self._plan.plan_id, self._mode))
        except DrsDesktopError as error:
            self._waiting.setText(str(error))
            self._waiting.setWordWrap(True)
            return
        self.show_preview(preview)

    def show_preview(self, preview: StartPreview) -> None:
        """Show findings, calls and what is deleted; allow the start when nothing speaks against it."""
        self._preview = preview
        self._waiting.hide()
        sheet = (
            self._findings(preview.findings),
            self._calls(preview.calls),
            self._replaced(preview.replaced_instances),
        )
        for position, part in enumerate(sheet):
            self._sheet.insertWidget(position, part)
        self._show_state()

    def _section(self, name: str, title: str) -> tuple[QWidget, QVBoxLayout]:
        part = QWidget()
        part.setObjectName(name)
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(plain_label(title, is_strong=True))
        return part, layout

    def _findings(self, findings: tuple[Finding, ...]) -> QWidget:
        part, layout = self._section("startFindings", self.tr("Readiness"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, finding in enumerate(sorted(findings, key=lambda each: finding_rank(each.level))):
            label = StatusLabel(self._theme, "findingLevel")
            label.show_look(finding_look(finding.level))
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(NamesLabel(finding.text, name="findingText"), row, 1)
        layout.addLayout(grid)
        return part

    def _calls(self, calls: tuple[PlannedCall, ...]) -> QWidget:
        count = sum(len(call.server_names) for call in calls)
        servers = counted(count, self.tr("server"), self.tr("servers"))
        title = self.tr("What will be called: {0} × StartRecovery, {1}").format(len(calls), servers)
        part, layout = self._section("startCalls", title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(3, 1)
        for row, call in enumerate(calls):
            for column, label in enumerate(self._call_labels(call)):
                grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(grid)
        return part

    def _call_labels(self, call: PlannedCall) -> tuple[QLabel, ...]:
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

    def _replaced(self, names: tuple[str, ...]) -> QWidget:
        part, layout = self._section("startReplaced", self.tr("What is deleted"))
        if names:
            text = self.tr("The earlier drill instances of: {0}").format(", ".join(names))
            layout.addWidget(NamesLabel(text, name="startReplacedText", mark="warn"))
        else:
            text = self.tr("Nothing: no earlier drill instance is in the way.")
            layout.addWidget(plain_label(text, name="startReplacedText", mark="muted"))
        return part

    # ---- may it start?

    def _show_state(self) -> None:
        reason = self._reason_against()
        self.start_button.setEnabled(not reason)
        self.why_not.setText(reason)
        self.why_not.setVisible(bool(reason))
        set_tip(self.start_button, reason or self.windowTitle())

    def _reason_against(self) -> str:
        if self._preview is None:
            return self.tr("The check is not done yet.")
        if not self._preview.is_startable:
            return self.tr("A check failed or could not be made; see above.")
        if not self._mode.is_drill and self.name_field.text() != self._plan.name:
            return self.tr("The plan's name is not typed yet.")
        return ""
