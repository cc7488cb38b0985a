"""The waves of a plan that is being written, with their groups: a tree whose names can be typed over."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Signal

from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan, Wave
from drs_desktop.ui.models.roles import Role
from drs_desktop.ui.models.table_model import ROOT, AnyIndex, Cell, cell_data

_WAVE_LEVEL = 0


class WaveDraftModel(QAbstractItemModel):
    """One line per wave, below it one per group.

    Signals:
        renamed: the number of a wave and what was typed as its name.
    """

    class Columns(IntEnum):
        NAME = 0
        AFTER = 1
        SERVERS = 2
        PAUSE = 3

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan: RecoveryPlan | None = None
        self._waves: tuple[Wave, ...] = ()
        self._names: dict[GroupId, str] = {}
        self._counts: Mapping[GroupId, int] = {}

    def show_plan(
        self, plan: RecoveryPlan, groups: Mapping[GroupId, ProtectionGroup], counts: Mapping[GroupId, int]
    ) -> None:
        """Show the waves of a plan.

        Args:
            counts: how many servers each group selects now.
        """
        waves = tuple(sorted(plan.waves, key=lambda wave: wave.number))
        is_reset = _structure(waves) != _structure(self._waves)
        if is_reset:
            self.beginResetModel()
        self._plan, self._waves, self._counts = plan, waves, counts
        self._names = {group_id: group.name for group_id, group in groups.items()}
        if is_reset:
            self.endResetModel()
        elif waves:
            last = len(self.Columns) - 1
            self.dataChanged.emit(self.index(0, 0), self.index(len(waves) - 1, last))

    def wave_at(self, index: AnyIndex) -> Wave | None:
        """Return the wave of a line, also for a line of one of its groups."""
        if not index.isValid():
            return None
        return self._waves[index.row() if index.internalId() == _WAVE_LEVEL else index.internalId() - 1]

    def group_at(self, index: AnyIndex) -> GroupId | None:
        """Return the group of a line, or None for the line of a wave."""
        wave = self.wave_at(index)
        return None if wave is None or index.internalId() == _WAVE_LEVEL else wave.group_ids[index.row()]

    def index_of(self, number: int | None, group_id: GroupId | None = None) -> QModelIndex:
        """Return the line of a wave, or of a group in it; invalid when there is none."""
        for row, wave in enumerate(self._waves):
            if wave.number == number:
                parent = self.index(row, 0)
                return self.index(wave.group_ids.index(group_id), 0, parent) if group_id else parent
        return QModelIndex()

    # ---- cells

    def _wave_cells(self, wave: Wave) -> tuple[Cell, ...]:
        assert self._plan is not None
        after = ", ".join(map(str, self._plan.predecessors(wave)))
        count = sum(self._counts.get(group_id, 0) for group_id in wave.group_ids)
        pause = wave.instruction or self.tr("until somebody resumes")
        return (
            Cell(text=f"{wave.number} {wave.name}"),
            Cell(text=self.tr("wave {0}").format(after) if after else self.tr("at once")),
            Cell(text=str(count), is_number=True),
            Cell(text=self.tr("pauses before: {0}").format(pause) if wave.pause_before else ""),
        )

    def _group_cells(self, group_id: GroupId) -> tuple[Cell, ...]:
        name = self._names.get(group_id, self.tr("{0} (does not exist)").format(group_id))
        count = self._counts.get(group_id)
        return (
            Cell(text=name, is_name=True),
            Cell(text=self.tr("protection group")),
            Cell(text="–" if count is None else str(count), is_number=True),
            Cell(),
        )

    # ---- Qt

    def index(self, row: int, column: int, parent: AnyIndex = ROOT) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _WAVE_LEVEL)

    def parent(self, index: AnyIndex = ROOT) -> QModelIndex:  # type: ignore[override]  # QObject has another
        if not index.isValid() or index.internalId() == _WAVE_LEVEL:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _WAVE_LEVEL)

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        if not parent.isValid():
            return len(self._waves)
        if parent.column() != 0 or parent.internalId() != _WAVE_LEVEL:
            return 0
        return len(self._waves[parent.row()].group_ids)

    def columnCount(self, _parent: AnyIndex = ROOT) -> int:
        return len(self.Columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        wave = self.wave_at(index)
        if wave is None:
            return None
        group_id = self.group_at(index)
        if role == Role.ROW:
            return wave if group_id is None else group_id
        if role == Qt.ItemDataRole.EditRole:
            return wave.name
        cells = self._wave_cells(wave) if group_id is None else self._group_cells(group_id)
        return cell_data(cells[index.column()], role)

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        wave = self.wave_at(index)
        name = str(value).strip()
        if wave is None or role != Qt.ItemDataRole.EditRole or not name or name == wave.name:
            return False
        self.renamed.emit(wave.number, name)
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        usual = super().flags(index)
        is_name = index.isValid() and index.column() == self.Columns.NAME
        return usual | Qt.ItemFlag.ItemIsEditable if is_name and self.group_at(index) is None else usual

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("Wave or group"), self.tr("After"), self.tr("Servers"), self.tr("Pause"))[section]


def _structure(waves: tuple[Wave, ...]) -> list[tuple[Any, ...]]:
    return [(wave.number, *wave.group_ids) for wave in waves]
