"""Recovery plans, their waves as a tree, and the two ways to start one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.views import ActionState, PlanRow
from drs_desktop.ui.models.plan_list_model import PlanListModel
from drs_desktop.ui.models.plan_tree_model import PlanTreeModel
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.pane import Pane, filter_field, rule
from drs_desktop.ui.widgets.plain_text import ElidedLabel, plain_label, set_action_state
from drs_desktop.ui.widgets.plan_editor import PlanEditor
from drs_desktop.ui.widgets.start_dialog import StartDialog
from drs_desktop.ui.widgets.table_view import ConsoleTable
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.tree_view import ConsoleTree

_P = PlanListModel.Columns
_WIDTHS = {_P.NAME: 120, _P.STATE: 132, _P.WAVES: 64, _P.SERVERS: 70}
_T = PlanTreeModel.Columns
_TREE_WIDTHS = {_T.NAME: 210, _T.SERVERS: 70, _T.STATE: 116, _T.WHERE: 160}


class PlansPane(Pane):
    """Plans on the left; the chosen one's waves, groups and servers on the right."""

    def __init__(self, desk: Desk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, "plansPane", parent)
        self.model = PlanListModel(self)
        self.tree_model = PlanTreeModel(self)
        self.editors: list[PlanEditor] = []
        self._build()
        desk.plans_read.connect(self._on_plans)
        self.filter.textChanged.connect(self.model.set_filter)
        self.table.current_changed.connect(self._on_current)
        self.drill_button.clicked.connect(self.start_drill)
        self.recovery_button.clicked.connect(self.start_recovery)

    # ---- building

    def _build(self) -> None:
        self.filter = filter_field(self.tr("Filter plans  ( / )"))
        self.table = ConsoleTable(
            self.model, self.theme, name="planList", title=self.tr("Recovery plans"), widths=_WIDTHS
        )
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 8, 16, 8)
        bar.addWidget(self.filter, 1)
        bar.addStretch(0)
        column.addLayout(bar)
        column.addWidget(rule())
        column.addWidget(self.table, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self._right())
        split.setSizes([388, 892])
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _right(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header())
        column.addWidget(rule())
        column.addWidget(self._tree(), 1)
        return right

    def _header(self) -> QWidget:
        self.title = ElidedLabel("planTitle")
        self.title.setFont(plain_label(pixels=16, is_strong=True).font())
        self.about = ElidedLabel("planAbout")
        self.about.setProperty("muted", True)
        self.problems = plain_label(name="planProblems", mark="bad", wraps=True)
        self.edit_button = QPushButton(self.tr("Edit…"))
        self.edit_button.setObjectName("editPlanButton")
        self.edit_button.clicked.connect(self.edit_plan)
        self.drill_button = QPushButton(self.tr("Start drill…"))
        self.drill_button.setObjectName("startDrillButton")
        self.drill_button.setProperty("primary", True)
        self.recovery_button = QPushButton(self.tr("Start recovery…"))
        self.recovery_button.setObjectName("startRecoveryButton")
        self.recovery_button.setProperty("danger", True)
        header = QWidget()
        column = QVBoxLayout(header)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.title, 1)
        line.addWidget(self.edit_button)
        line.addWidget(self.drill_button)
        line.addWidget(self.recovery_button)
        column.addLayout(line)
        column.addWidget(self.about)
        column.addWidget(self.problems)
        return header

    def _tree(self) -> ConsoleTree:
        self.tree = ConsoleTree(
            self.tree_model,
            self.theme,
            name="planTree",
            title=self.tr("Waves of the plan"),
            widths=_TREE_WIDTHS,
        )
        return self.tree

    # ---- what is shown

    @property
    def current_plan(self) -> PlanRow | None:
        """Return the chosen plan, as last read."""
        plan: PlanRow | None = self.table.current_row
        return plan

    def select_plan(self, name: str) -> bool:
        """Choose a plan by its name; return whether there is one."""
        for plan in self.model.all_rows:
            if plan.name == name:
                return self.table.select_key(plan.plan_id)
        return False

    def _on_plans(self, plans: tuple[PlanRow, ...]) -> None:
        self.model.set_rows(plans)
        opened = self._opened()
        self.tree_model.set_plans(plans)
        if not plans:
            self.show_words(
                self.tr("No recovery plan yet"),
                self.tr(
                    "A recovery plan puts protection groups into waves, launched one after the other. "
                    "Open a workspace that has plans to see them here."
                ),
            )
            return
        self.show_content()
        self.table.select_first()
        self._on_current()
        self._open_again(opened)

    def _opened(self) -> set[tuple[int, ...]]:
        """Return the places of the lines that are open, below the plan shown."""
        root = self.tree.rootIndex()
        waves = [self.tree_model.index(row, 0, root) for row in range(self.tree_model.rowCount(root))]
        opened: set[tuple[int, ...]] = {(wave.row(),) for wave in waves if self.tree.isExpanded(wave)}
        for wave in waves:
            children = range(self.tree_model.rowCount(wave))
            groups = [self.tree_model.index(row, 0, wave) for row in children]
            opened |= {(wave.row(), group.row()) for group in groups if self.tree.isExpanded(group)}
        return opened

    def _open_again(self, opened: set[tuple[int, ...]]) -> None:
        for place in sorted(opened):
            index = self.tree.rootIndex()
            for row in place:
                index = self.tree_model.index(row, 0, index)
            self.tree.expand(index)

    def _on_current(self) -> None:
        plan = self.current_plan
        if plan is None:
            self._show_none()
            return
        root = self.tree_model.index_of(plan.plan_id)
        if self.tree.rootIndex() != root or not root.isValid():
            self.tree.setRootIndex(root)
            for row in range(self.tree_model.rowCount(root)):
                self.tree.expand(self.tree_model.index(row, 0, root))
        self.title.show_text(plan.name)
        version = self.tr("version {0}").format(plan.revision)
        self.about.show_text(f"{version} · {plan.description}" if plan.description else version)
        self.problems.setText("\n".join(plan.problems))
        self.problems.setVisible(bool(plan.problems))
        self._show_actions(plan.can_start)

    def _show_none(self) -> None:
        self.title.show_text(self.tr("Choose a plan"))
        self.about.show_text("")
        self.problems.hide()
        self._show_actions(ActionState(enabled=False, reason=self.tr("Choose a plan first.")))

    def _show_actions(self, state: ActionState) -> None:
        is_chosen = self.current_plan is not None
        editing = ActionState(enabled=is_chosen, reason="" if is_chosen else state.reason)
        set_action_state(self.edit_button, editing, self.tr("Change the plan (F2)"))
        about = self.tr("Launch copies beside production, after a check (Ctrl+D)")
        set_action_state(self.drill_button, state, about)
        about = self.tr("Launch for real, after a check and the plan's name typed (Ctrl+Shift+R)")
        set_action_state(self.recovery_button, state, about)

    # ---- editing

    def edit_plan(self) -> None:
        """Open the editor of the chosen plan; one that is open comes to the front."""
        plan = self.current_plan
        if plan is None or not self.desk.is_open:
            return
        known = next((each for each in self.editors if each.plan_id == plan.plan_id), None)
        editor = known or self._new_editor(plan)
        editor.show()
        editor.raise_()
        editor.activateWindow()

    def _new_editor(self, plan: PlanRow) -> PlanEditor:
        banner = str(self.window().property("banner") or "")
        editor = PlanEditor(self.desk, self.theme, plan.plan_id, banner)
        editor.closed.connect(self._on_editor_closed)
        self.editors.append(editor)
        return editor

    def _on_editor_closed(self) -> None:
        editor = self.sender()
        self.editors = [each for each in self.editors if each is not editor]
        editor.deleteLater()

    def close_windows(self) -> None:
        """Close the editors; their drafts are kept."""
        for editor in tuple(self.editors):
            editor.close()

    # ---- starting

    def start_drill(self) -> None:
        self._start(ExecutionMode.DRILL)

    def start_recovery(self) -> None:
        self._start(ExecutionMode.RECOVERY)

    def _start(self, mode: ExecutionMode) -> None:
        plan = self.current_plan
        if plan is not None and plan.can_start.enabled:
            title = self.tr("Start {0} of {1}").format(mode.value, plan.name)
            self.desk.flows.start(self._ask_and_start(plan, mode), title=title)

    async def _ask_and_start(self, plan: PlanRow, mode: ExecutionMode) -> None:
        choice = await StartDialog.ask(self, self.desk, self.theme, plan, mode)
        if choice is None:
            return
        executions = self.desk.services.executions
        started: ExecutionId = await self.desk.bridge.call(
            executions.start(
                plan.plan_id,
                mode,
                confirm=choice.confirm,
                choice=choice.points,
                accepted=choice.accepted,
            )
        )
        self.desk.driven.add(started)
        self.desk.execution_wanted.emit(started)
