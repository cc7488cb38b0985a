"""The start sheet: what would be called, whether it may be, and the last word before it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.plan_forecast import Expected
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.views import ExecutionRow, PlanRow, StartPreview
from drs_desktop.ui.models.earlier_starts import last_start_words, length_words
from drs_desktop.ui.models.status_text import mode_words, time_words
from drs_desktop.ui.widgets.asking_dialog import AskingDialog, TypedField
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.pane import rule
from drs_desktop.ui.widgets.plain_text import plain_label, set_tip
from drs_desktop.ui.widgets.start_points import StartPoints
from drs_desktop.ui.widgets.start_sheet import CallsPart, FindingsPart, ReplacedPart, ServersPart
from drs_desktop.ui.widgets.theme import Theme


@dataclass(frozen=True, kw_only=True)
class StartChoice:
    """The operator's yes.

    Attributes:
        confirm: what was typed for a recovery.
        points: from which points in time the servers start.
        accepted: by the word of a finding: the reason why it is accepted.
    """

    confirm: str | None
    points: PointChoice = LATEST
    accepted: Mapping[str, str] = field(default_factory=dict)


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
        self._checked: PointChoice | None = None
        self.findings: FindingsPart | None = None
        self._parts: list[QWidget] = []
        self._build(title)
        self._show_state()

    @classmethod
    async def ask(
        cls, parent: QWidget, desk: Desk, theme: Theme, plan: PlanRow, mode: ExecutionMode
    ) -> StartChoice | None:
        """Return the operator's yes, or None."""
        dialog = cls(desk, theme, plan, mode, parent)
        desk.flows.start(dialog.check(), title=dialog.windowTitle())
        return dialog.choice() if await dialog.answer() else None

    def choice(self) -> StartChoice:
        """Return what is chosen and written now."""
        return StartChoice(
            confirm=None if self._mode.is_drill else self.name_field.text(),
            points=self.points.choice,
            accepted=self._reasons,
        )

    # ---- building

    def _build(self, title: str) -> None:
        self.setMinimumSize(720, 420)
        self.resize(940, 680)
        self.body.addWidget(plain_label(title, name="startTitle", pixels=16, is_strong=True, wraps=True))
        self.body.addWidget(plain_label(self._about(), name="startAbout", wraps=True))
        self.earlier = plain_label(name="startEarlier", mark="muted", wraps=True)
        self.earlier.hide()
        self.body.addWidget(self.earlier)
        self._build_sheet()
        self.body.addWidget(rule())
        self._build_typed_name()
        self._build_foot()

    def _build_sheet(self) -> None:
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
            self.tr("Checking, nothing is called yet…"), name="startWaiting", mark="muted", wraps=True
        )
        self.points = StartPoints(self._desk.now)
        self.points.changed.connect(self._show_state)
        self._sheet.addWidget(self._waiting)
        self._sheet.addWidget(self.points)
        self._sheet.addStretch(1)
        self.body.addWidget(self._scroll, 1)

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
        self.again_button = QPushButton(self.tr("Check again"))
        self.again_button.setObjectName("startCheckAgain")
        self.again_button.setAutoDefault(False)
        set_tip(self.again_button, self.tr("Ask AWS anew; nothing is started by it"))
        self.again_button.clicked.connect(self._on_again)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("startCancelButton")
        is_drill = self._mode.is_drill
        self.start_button = QPushButton(self.tr("Start drill") if is_drill else self.tr("Start recovery"))
        self.start_button.setObjectName("startConfirmButton")
        self.start_button.setProperty("primary" if is_drill else "danger", True)
        self.why_not = plain_label(name="startWhyNot", mark="muted", wraps=True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.why_not, 1)
        line.addWidget(self.again_button)
        self.body.addLayout(line)
        self.add_foot(self.cancel_button, self.start_button)

    # ---- the check

    @property
    def is_checked(self) -> bool:
        """Return whether the check is done and shown, whatever it found."""
        return self._preview is not None

    async def check(self) -> None:
        """Ask the services what a start would do, and show it."""
        executions, points = self._desk.services.executions, self.points.choice
        self._say(self.tr("Checking, nothing is called yet…"))
        self.again_button.setEnabled(False)
        call = executions.preview_start(self._plan.plan_id, self._mode, points)
        try:
            preview = await self._desk.bridge.call(call)
            rows = await self._desk.bridge.call(executions.list_executions())
        except DrsDesktopError as error:
            self._say(str(error))
            return
        finally:
            self.again_button.setEnabled(True)
        self._checked = points
        self.show_preview(preview, rows)

    def show_preview(self, preview: StartPreview, rows: Sequence[ExecutionRow] = ()) -> None:
        """Show findings, calls and what is deleted; allow the start when nothing speaks against it."""
        kept = self._reasons
        self._preview = preview
        self._waiting.hide()
        self._show_earlier(rows, preview.expected)
        self._drop_parts()
        self.findings = FindingsPart(self._theme, preview.findings, kept)
        self.findings.reasons_changed.connect(self._show_state)
        self._insert(0, self.findings)
        for part in (CallsPart(preview.calls), ReplacedPart(preview.replaced_instances)):
            self._insert(self._sheet.indexOf(self.points), part)
        if preview.servers:
            servers = ServersPart(self._theme, preview.servers)
            servers.chosen.connect(self.points.show_server)
            self._insert(self._sheet.indexOf(self.points) + 1, servers)
        self.points.setVisible(bool(preview.servers))
        self._show_state()

    def _insert(self, position: int, part: QWidget) -> None:
        self._sheet.insertWidget(position, part)
        self._parts.append(part)

    def _drop_parts(self) -> None:
        for part in self._parts:
            self._sheet.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts.clear()

    def _show_earlier(self, rows: Sequence[ExecutionRow], usual: Expected | None) -> None:
        name = self._plan.name
        told = (last_start_words(name, rows), length_words(name, rows, usual))
        self.earlier.setText(" ".join(part for part in told if part))
        self.earlier.setVisible(bool(self.earlier.text()))

    def _say(self, sentence: str) -> None:
        self._waiting.setText(sentence)
        self._waiting.show()

    def _on_again(self) -> None:
        self._desk.flows.start(self.check(), title=self.windowTitle())

    # ---- may it start?

    @property
    def _reasons(self) -> dict[str, str]:
        return self.findings.reasons if self.findings else {}

    def _show_state(self) -> None:
        if not hasattr(self, "why_not"):
            return
        reason = self._reason_against()
        self.start_button.setEnabled(not reason)
        self.why_not.setText(reason or self._made_at())
        set_tip(self.start_button, reason or self.windowTitle())

    def _made_at(self) -> str:
        made_at = self._preview.made_at if self._preview else None
        return self.tr("Checked at {0}.").format(time_words(made_at)) if made_at else ""

    def _reason_against(self) -> str:
        if self._preview is None:
            return self.tr("The check is not done yet.")
        if self._checked is not None and self.points.choice != self._checked:
            return self.tr("The check was made for another point in time: check again.")
        if not self._preview.is_startable:
            return self.tr("A check failed or could not be made; see above.")
        if any(not self._reasons.get(finding.accept) for finding in self._preview.to_accept):
            return self.tr("What is to be accepted has no reason yet; see above.")
        if not self._mode.is_drill and self.name_field.text() != self._plan.name:
            return self.tr("The plan's name is not typed yet.")
        return ""
