"""The plan editor: waves as a tree and a picture, their fields, the servers with why, problems at once."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.document_versions import StaleVersion
from drs_desktop.domain.ids import PlanId
from drs_desktop.services.authoring_service import ChangeReport
from drs_desktop.ui.models.membership_model import MembershipModel, member_counts, memberships
from drs_desktop.ui.models.plan_edits import (
    Edit,
    add_wave,
    move_group,
    move_wave,
    remove_wave,
    set_wave,
    wave_of,
)
from drs_desktop.ui.models.status_text import Look, Shape, Tone, moment_words
from drs_desktop.ui.models.wave_draft_model import WaveDraftModel
from drs_desktop.ui.widgets.copy_menu import CopyMenu
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.pane import rule
from drs_desktop.ui.widgets.plain_text import NamesLabel, plain_label, set_tip
from drs_desktop.ui.widgets.plan_draft_box import PlanDraftBox
from drs_desktop.ui.widgets.plan_editor_dialogs import ConflictDialog, DifferenceDialog
from drs_desktop.ui.widgets.plan_editor_files import PlanEditorFiles
from drs_desktop.ui.widgets.plan_editor_inspector import PlanInspector
from drs_desktop.ui.widgets.plan_graph import PlanGraph
from drs_desktop.ui.widgets.simulation_band import SimulationBand
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.tree_view import ConsoleTree

_T = WaveDraftModel.Columns
_TREE_WIDTHS = {_T.NAME: 240, _T.AFTER: 130, _T.SERVERS: 70}
_M = MembershipModel.Columns
_MEMBER_WIDTHS = {_M.NAME: 150, _M.WAVE: 56, _M.GROUP: 150, _M.REASON: 220, _M.STATE: 120}
GRAPH_PIXELS = 220
SCROLL_PIXELS = 14


class PlanEditor(QMainWindow):
    """Changes one plan. What is written is kept as a draft at every step; closing loses nothing.

    Signals:
        closed: the window was closed.
    """

    closed = Signal()

    def __init__(self, desk: Desk, theme: Theme, plan_id: PlanId, banner: str = "") -> None:
        super().__init__()
        self.setObjectName("planEditor")
        self.setProperty("banner", banner)
        self._desk = desk
        self._theme = theme
        self.plan_id = plan_id
        self.box = PlanDraftBox(desk, self)
        self.files = PlanEditorFiles(desk, theme, self.box, self)
        self._build(banner)
        self._connect()
        self._flow(self.tr("Open the plan"), self.box.read(plan_id))

    # ---- building

    def _build(self, banner: str) -> None:
        self.resize(1180, 780)
        self.model = WaveDraftModel(self)
        self.members = MembershipModel(self)
        self.graph = PlanGraph(self._theme)
        self.inspector = PlanInspector()
        self.tree = ConsoleTree(
            self.model,
            self._theme,
            name="editorWaves",
            title=self.tr("Waves of the plan"),
            widths=_TREE_WIDTHS,
        )
        self.table = ConsoleTable(
            self.members,
            self._theme,
            name="editorServers",
            title=self.tr("Servers that fall into the waves"),
            widths=_MEMBER_WIDTHS,
        )
        CopyMenu(self.table, self.members)
        band = SimulationBand(self._theme)
        band.show_title(banner)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (band, self._head(), rule(), self._graph_part(), rule(), self._body()):
            layout.addWidget(part, 1 if isinstance(part, QSplitter) else 0)
        self.setCentralWidget(middle)
        self._build_actions()

    def _head(self) -> QWidget:
        self.title = plain_label(name="editorTitle", pixels=16, is_strong=True)
        self.state = StatusLabel(self._theme, "editorState")
        self.notice = plain_label(name="editorNotice", mark="muted", wraps=True)
        self.problems = NamesLabel("", name="editorProblems", mark="bad")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(6)
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self.title)
        line.addWidget(self.state)
        line.addStretch(1)
        line.addLayout(self._buttons)
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.notice)
        column.addWidget(self.problems)
        return head

    def _graph_part(self) -> QScrollArea:
        self._picture = QScrollArea()
        self._picture.setAccessibleName(self.tr("Picture of the waves"))
        self._picture.setWidgetResizable(True)
        self._picture.setWidget(self.graph)
        return self._picture

    def _body(self) -> QSplitter:
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("Plan and chosen wave"))
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.inspector)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.addWidget(self.tree)
        upper.addWidget(scroll)
        upper.setSizes([680, 500])
        body = QSplitter(Qt.Orientation.Vertical)
        body.setChildrenCollapsible(False)
        body.addWidget(upper)
        body.addWidget(self.table)
        body.setSizes([380, 180])
        return body

    def _build_actions(self) -> None:
        menu = self.menuBar().addMenu(self.tr("&Plan"))
        undo = self.box.stack.createUndoAction(self, self.tr("Undo"))
        redo = self.box.stack.createRedoAction(self, self.tr("Redo"))
        undo.setShortcut(QKeySequence.StandardKey.Undo)
        redo.setShortcut(QKeySequence.StandardKey.Redo)
        undo.setObjectName("editorUndo")
        redo.setObjectName("editorRedo")
        for action in (undo, redo):
            menu.addAction(action)
        self._action(menu, "editorAdd", self.tr("Add a wave"), "Ctrl+Return", self._on_add)
        self._action(menu, "editorRemove", self.tr("Remove the wave"), "Ctrl+Backspace", self._on_remove)
        self._action(menu, "editorEarlier", self.tr("Move earlier"), "Alt+Up", self._on_earlier)
        self._action(menu, "editorLater", self.tr("Move later"), "Alt+Down", self._on_later)
        self._action(menu, "editorDepends", self.tr("Depends on…"), "Ctrl+D", self._on_depends)
        self._action(menu, "editorVersions", self.tr("Differences…"), "Ctrl+H", self._on_versions)
        self._action(menu, "editorImport", self.tr("Import…"), "Ctrl+O", self.files.ask_import)
        self._action(menu, "editorExport", self.tr("Export…"), "Ctrl+Shift+E", self.files.ask_export)
        self._action(menu, "editorDiscard", self.tr("Discard the draft"), "", self._on_discard)
        self._action(menu, "editorClose", self.tr("Close"), "Ctrl+W", self.close)
        self.save_button = QPushButton(self.tr("Save"))
        self.save_button.setObjectName("editorSaveButton")
        self.save_button.setProperty("primary", True)
        self.save_button.setShortcut(QKeySequence.StandardKey.Save)
        self.save_button.clicked.connect(self._on_save)
        for name in ("editorAdd", "editorEarlier", "editorLater", "editorVersions"):
            self._buttons.addWidget(self._button_of(name))
        self._buttons.addWidget(self.save_button)

    def _action(self, menu: QWidget, name: str, text: str, keys: str, slot: Callable[[], object]) -> None:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(slot)
        menu.addAction(action)

    def _button_of(self, name: str) -> QPushButton:
        action = self.action(name)
        button = QPushButton(action.text())
        button.setObjectName(f"{name}Button")
        set_tip(button, f"{action.text()} ({action.shortcut().toString()})")
        button.clicked.connect(action.trigger)
        return button

    def action(self, name: str) -> QAction:
        """Return one of the editor's actions by its object name."""
        found = self.findChild(QAction, name)
        assert isinstance(found, QAction)
        return found

    def _connect(self) -> None:
        self.box.changed.connect(self._on_changed)
        self.box.checked.connect(self._on_checked)
        self.box.stack.cleanChanged.connect(self._show_state)
        self.files.told.connect(self._on_told)
        self.inspector.edited.connect(self.box.do)
        self.model.renamed.connect(self._on_renamed)
        self.graph.wave_chosen.connect(self._choose)
        self.tree.selectionModel().currentChanged.connect(self._on_current)
        self._desk.inventory_read.connect(self._on_inventory)

    # ---- what is shown

    @property
    def current_wave(self) -> int | None:
        wave = self.model.wave_at(self.tree.currentIndex())
        return wave.number if wave else None

    def _on_changed(self, wanted: int | None) -> None:
        plan = self.box.plan
        if plan is None:
            return
        number = wanted or self.current_wave or min((wave.number for wave in plan.waves), default=None)
        group_id = self.model.group_at(self.tree.currentIndex())
        servers = self._desk.inventory.rows if self._desk.inventory else ()
        self.model.show_plan(plan, self.box.groups, member_counts(self.box.groups, servers))
        self.members.set_rows(memberships(plan, self.box.groups, servers))
        self.tree.expandAll()
        wave = wave_of(plan, number)
        kept = group_id if wave is not None and group_id in wave.group_ids else None
        self.tree.setCurrentIndex(self.model.index_of(number, kept))
        self._show_wave()
        self._show_problems(self.box.problems)
        self._show_state()

    def _show_wave(self) -> None:
        plan = self.box.plan
        if plan is not None:
            number = self.current_wave
            self.inspector.show_plan(plan, wave_of(plan, number), self.box.groups)
            self.graph.show_plan(plan, number)
            self._picture.setFixedHeight(min(self.graph.minimumHeight() + SCROLL_PIXELS, GRAPH_PIXELS))

    def _show_problems(self, problems: tuple[str, ...]) -> None:
        self.problems.show_words("\n".join(problems))
        self.problems.setVisible(bool(problems))
        self.save_button.setEnabled(not problems)
        set_tip(self.save_button, problems[0] if problems else self.tr("Make the draft the newest version"))

    def _show_state(self) -> None:
        plan, at = self.box.plan, self.box.restored_at
        if plan is None:
            return
        self.title.setText(plan.name)
        self.setWindowTitle(self.tr("{0} – plan editor").format(plan.name))
        is_draft = at is not None or not self.box.stack.isClean()
        word = self.tr("Draft, based on version {0}") if is_draft else self.tr("Version {0}")
        shape, tone = (Shape.CIRCLE, Tone.HELD) if is_draft else (Shape.CHECK, Tone.DONE)
        self.state.show_look(Look(word.format(self.box.based_on), tone, shape))
        restored = self.tr("Your draft of {0} was restored; Discard the draft shows the saved version.")
        self.notice.setText(restored.format(moment_words(at)) if at else "")
        self.notice.setVisible(at is not None)

    def _on_checked(self, report: ChangeReport) -> None:
        own = self.box.problems
        more = tuple(each for each in report.problems if not any(each.endswith(one) for one in own))
        self._show_problems((*own, *more))

    def _on_inventory(self) -> None:
        self._on_changed(None)

    def _on_current(self) -> None:
        self._show_wave()

    def _choose(self, number: int) -> None:
        self.tree.setCurrentIndex(self.model.index_of(number))

    # ---- steps

    def _on_renamed(self, number: int, name: str) -> None:
        words = name.removeprefix(f"{number} ")
        if self.box.plan is not None:
            self.box.do(set_wave(self.box.plan, number, "name", words, self.tr("the name")))

    def _on_add(self) -> None:
        if self.box.plan is not None:
            self.box.do(add_wave(self.box.plan, self.current_wave))

    def _on_remove(self) -> None:
        if self.box.plan is not None and self.current_wave is not None:
            self.box.do(remove_wave(self.box.plan, self.current_wave))

    def _on_earlier(self) -> None:
        self._move(-1)

    def _on_later(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        """Move the chosen group or, on the line of a wave, the wave."""
        plan, number = self.box.plan, self.current_wave
        if plan is None or number is None:
            return
        group_id = self.model.group_at(self.tree.currentIndex())
        edit: Edit | None
        if group_id is None:
            edit = move_wave(plan, number, by)
        else:
            known = self.box.groups.get(group_id)
            edit = move_group(plan, group_id, known.name if known else group_id, by)
        if edit is not None:
            self.box.do(edit)
            if group_id is not None:
                self.tree.setCurrentIndex(self.model.index_of(edit.wave, group_id))

    def _on_depends(self) -> None:
        self.inspector.waits.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # ---- saving, versions, files

    def _flow(self, title: str, work: object) -> None:
        self._desk.flows.start(work, title=title)  # type: ignore[arg-type]  # a coroutine of this window

    def _on_save(self) -> None:
        self._flow(self.tr("Save the plan"), self._save())

    async def _save(self) -> None:
        try:
            await self.box.save()
        except StaleVersion as stale:
            if not await ConflictDialog.save_over(self, self._theme, stale):
                return
            await self.box.save(based_on=stale.newest)
        await self._desk.read_plans()

    def _on_discard(self) -> None:
        self._flow(self.tr("Discard the draft"), self.box.discard())

    def _on_versions(self) -> None:
        self._flow(self.tr("Differences"), self._show_versions())

    async def _show_versions(self) -> None:
        versions = await self.box.versions()
        if versions:
            title = self.tr("What the draft changes")
            await DifferenceDialog(self._theme, title, versions, self.box.differences_to, self).answer()

    def _on_told(self, sentence: str) -> None:
        self.notice.setText(sentence)
        self.notice.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.box.stop()
        self.closed.emit()
