"""The fields of a plan and of the chosen wave; every change comes out as an edit."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import FailurePolicy, RecoveryPlan, Wave
from drs_desktop.ui.models.plan_edits import (
    Edit,
    may_depend,
    put_group,
    set_dependencies,
    set_plan,
    set_wave,
    wave_of_group,
)
from drs_desktop.ui.widgets.plain_text import plain_label

LIST_ROWS_PIXELS = 116
LONGEST_MINUTES = 100_000


class PlanInspector(QWidget):
    """Shows a plan and one of its waves.

    Signals:
        edited: an `Edit`.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("planInspector")
        self._plan: RecoveryPlan | None = None
        self._wave: Wave | None = None
        self._is_showing = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.setSpacing(8)
        layout.addWidget(plain_label(self.tr("Plan"), is_strong=True))
        layout.addLayout(self._plan_form())
        self.wave_title = plain_label(name="editorWaveTitle", is_strong=True)
        layout.addWidget(self.wave_title)
        self._wave_part = QWidget()
        self._wave_part.setLayout(self._wave_form())
        layout.addWidget(self._wave_part)
        layout.addStretch(1)

    # ---- building

    def _plan_form(self) -> QFormLayout:
        form = QFormLayout()
        self.name = self._plan_field(form, "editorPlanName", self.tr("Name"), "name")
        self.description = self._plan_field(
            form, "editorPlanDescription", self.tr("Description"), "description"
        )
        self.owner = self._plan_field(form, "editorPlanOwner", self.tr("Owner"), "owner")
        self.rto = self._minutes(form, "editorPlanRto", self.tr("RTO, minutes"), "recovery_time")
        self.rpo = self._minutes(form, "editorPlanRpo", self.tr("RPO, minutes"), "recovery_point")
        return form

    def _wave_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        self.wave_name = self._field(form, "editorWaveName", self.tr("Name"))
        self.wave_name.textEdited.connect(self._on_wave_name)
        self.pause = QCheckBox(self.tr("Pause before this wave"))
        self.pause.setObjectName("editorPause")
        self.pause.toggled.connect(self._on_pause)
        form.addRow("", self.pause)
        self.instruction = self._field(form, "editorInstruction", self.tr("Instruction"))
        self.instruction.textEdited.connect(self._on_instruction)
        self.policy = QComboBox()
        self.policy.setObjectName("editorPolicy")
        for policy in FailurePolicy:
            self.policy.addItem(policy.value, policy)
        self.policy.currentIndexChanged.connect(self._on_policy)
        self._row(form, self.tr("On failure"), self.policy)
        self.waits = self._list("editorWaits")
        self.waits.itemChanged.connect(self._on_waits)
        self.by_order = QCheckBox(self.tr("Simply after the wave before it"))
        self.by_order.setObjectName("editorByOrder")
        self.by_order.toggled.connect(self._on_by_order)
        form.addRow("", self.by_order)
        self._row(form, self.tr("Waits for"), self.waits)
        self.groups = self._list("editorGroups")
        self.groups.itemChanged.connect(self._on_group)
        self._row(form, self.tr("Groups"), self.groups)
        return form

    def _row(self, form: QFormLayout, title: str, widget: QWidget) -> None:
        widget.setAccessibleName(title)
        label = plain_label(title)
        label.setBuddy(widget)
        form.addRow(label, widget)

    def _field(self, form: QFormLayout, name: str, title: str) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName(name)
        self._row(form, title, field)
        return field

    def _list(self, name: str) -> QListWidget:
        items = QListWidget()
        items.setObjectName(name)
        items.setFixedHeight(LIST_ROWS_PIXELS)
        return items

    def _plan_field(self, form: QFormLayout, name: str, title: str, field: str) -> QLineEdit:
        made = self._field(form, name, title)
        made.textEdited.connect(lambda text: self._edit(lambda plan: set_plan(plan, field, text, title)))
        return made

    def _minutes(self, form: QFormLayout, name: str, title: str, field: str) -> QLineEdit:
        made = self._field(form, name, title)
        made.setValidator(QIntValidator(1, LONGEST_MINUTES, made))
        made.setPlaceholderText(self.tr("no target"))
        made.textEdited.connect(
            lambda text: self._edit(lambda plan: set_plan(plan, field, _length(text), title))
        )
        return made

    # ---- what is shown

    def show_plan(
        self, plan: RecoveryPlan, wave: Wave | None, groups: Mapping[GroupId, ProtectionGroup]
    ) -> None:
        """Show a plan and one of its waves; a field that is being typed into keeps its cursor."""
        self._is_showing = True
        self._plan, self._wave = plan, wave
        for field, text in (
            (self.name, plan.name),
            (self.description, plan.description),
            (self.owner, plan.owner),
            (self.rto, _minutes_text(plan.recovery_time)),
            (self.rpo, _minutes_text(plan.recovery_point)),
        ):
            _fill(field, text)
        self._wave_part.setVisible(wave is not None)
        if wave is None:
            self.wave_title.setText(self.tr("Choose a wave to change it."))
        else:
            self._show_wave(plan, wave, groups)
        self._is_showing = False

    def _show_wave(self, plan: RecoveryPlan, wave: Wave, groups: Mapping[GroupId, ProtectionGroup]) -> None:
        self.wave_title.setText(self.tr("Wave {0}").format(wave.number))
        _fill(self.wave_name, wave.name)
        _fill(self.instruction, wave.instruction)
        self.pause.setChecked(wave.pause_before)
        self.policy.setCurrentIndex(self.policy.findData(wave.failure_policy))
        self.by_order.setChecked(wave.depends_on is None)
        before = plan.predecessors(wave)
        self.waits.clear()
        for other in sorted(plan.waves, key=lambda each: each.number):
            if other.number != wave.number:
                is_open = may_depend(plan, wave.number, other.number) or other.number in before
                words = f"{other.number} {other.name}"
                _add(self.waits, words, other.number, other.number in before, is_open=is_open)
        self.groups.clear()
        for group in sorted(groups.values(), key=lambda each: each.name):
            place = wave_of_group(plan, group.group_id)
            elsewhere = self.tr(" (wave {0})").format(place) if place not in {None, wave.number} else ""
            _add(self.groups, f"{group.name}{elsewhere}", group.group_id, place == wave.number)

    # ---- what is changed

    def _edit(self, make: Callable[[RecoveryPlan], Edit]) -> None:
        if self._plan is not None and not self._is_showing:
            self.edited.emit(make(self._plan))

    def _edit_wave(self, field: str, value: Any, what: str) -> None:
        wave = self._wave
        if wave is not None:
            self._edit(lambda plan: set_wave(plan, wave.number, field, value, what))

    def _on_wave_name(self, text: str) -> None:
        self._edit_wave("name", text, self.tr("the name"))

    def _on_instruction(self, text: str) -> None:
        self._edit_wave("instruction", text, self.tr("the instruction"))

    def _on_pause(self, is_on: bool) -> None:
        self._edit_wave("pause_before", is_on, self.tr("the pause"))

    def _on_policy(self) -> None:
        self._edit_wave("failure_policy", self.policy.currentData(), self.tr("what happens on failure"))

    def _on_by_order(self, is_on: bool) -> None:
        wave = self._wave
        if wave is not None:
            self._edit(
                lambda plan: set_dependencies(plan, wave.number, None if is_on else plan.predecessors(wave))
            )

    def _on_waits(self) -> None:
        wave = self._wave
        items = [self.waits.item(row) for row in range(self.waits.count())]
        chosen = tuple(
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.checkState() is Qt.CheckState.Checked
        )
        if wave is not None:
            self._edit(lambda plan: set_dependencies(plan, wave.number, chosen))

    def _on_group(self, item: QListWidgetItem) -> None:
        wave = self._wave
        group_id, is_in = item.data(Qt.ItemDataRole.UserRole), item.checkState() is Qt.CheckState.Checked
        if wave is not None:
            number = wave.number if is_in else None
            self._edit(lambda plan: put_group(plan, group_id, item.text().split(" (")[0], number))


def _fill(field: QLineEdit, text: str) -> None:
    if field.text() != text:
        field.setText(text)


def _add(items: QListWidget, text: str, value: Any, is_on: bool, *, is_open: bool = True) -> None:
    item = QListWidgetItem(text)
    item.setData(Qt.ItemDataRole.UserRole, value)
    flags = item.flags() | Qt.ItemFlag.ItemIsUserCheckable
    item.setFlags(flags if is_open else flags & ~Qt.ItemFlag.ItemIsEnabled)
    item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
    items.addItem(item)


def _length(text: str) -> timedelta | None:
    return timedelta(minutes=int(text)) if text.strip().isdigit() else None


def _minutes_text(length: timedelta | None) -> str:
    return f"{length.total_seconds() / 60:g}" if length is not None else ""
