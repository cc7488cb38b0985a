"""The waves of one execution with their steps, as a tree."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from drs_desktop.domain.steps import StepPhase
from drs_desktop.services.views import StepRow, WaveRow
from drs_desktop.ui.models.roles import Role
from drs_desktop.ui.models.status_text import clock_words, step_look, time_words, wave_look
from drs_desktop.ui.models.table_model import ROOT, AnyIndex, Cell, cell_data, status_cell

_WAVE_LEVEL = 0


class WaveTreeModel(QAbstractItemModel):
    """One line per wave, below it one per step; nothing is reset while the structure stays."""

    class Columns(IntEnum):
        NAME = 0
        AFTER = 1
        STATUS = 2
        SERVERS = 3
        STARTED = 4
        TOOK = 5
        NOTE = 6

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = datetime.now(UTC)
        self._waves: tuple[WaveRow, ...] = ()

    # ---- rows

    def show_waves(self, waves: Sequence[WaveRow], now: datetime) -> None:
        """Show exactly these waves."""
        self.now = now
        if _structure(waves) != _structure(self._waves):
            self.beginResetModel()
            self._waves = tuple(waves)
            self.endResetModel()
            return
        before, self._waves = self._waves, tuple(waves)
        for row, (old, new) in enumerate(zip(before, self._waves, strict=True)):
            if old != new:
                self._announce(row)

    def tick(self, now: datetime) -> None:
        """Take the time, for waves that run."""
        self.now = now
        for row, wave in enumerate(self._waves):
            if wave.started_at is not None and wave.ended_at is None:
                index = self.index(row, self.Columns.TOOK)
                self.dataChanged.emit(index, index, [Qt.ItemDataRole.DisplayRole])

    def wave_at(self, index: AnyIndex) -> WaveRow | None:
        """Return the wave of a line, also for a line of one of its steps; None for an invalid index."""
        if not index.isValid():
            return None
        return self._waves[index.row() if index.internalId() == _WAVE_LEVEL else index.internalId() - 1]

    def index_of(self, number: int) -> QModelIndex:
        """Return the line of a wave; invalid when there is none."""
        for row, wave in enumerate(self._waves):
            if wave.number == number:
                return self.index(row, 0)
        return QModelIndex()

    def _announce(self, row: int) -> None:
        last = len(self.Columns) - 1
        self.dataChanged.emit(self.index(row, 0), self.index(row, last))
        parent = self.index(row, 0)
        if count := self.rowCount(parent):
            self.dataChanged.emit(self.index(0, 0, parent), self.index(count - 1, last, parent))

    # ---- cells

    def _wave_cells(self, wave: WaveRow) -> tuple[Cell, ...]:
        after = ", ".join(map(str, wave.depends_on))
        servers = self.tr("{0} of {1} launched").format(wave.launched_count, wave.server_count)
        if wave.failed_count:
            servers = self.tr("{0}, {1} failed").format(servers, wave.failed_count)
        return (
            Cell(text=f"{wave.number} {wave.name}"),
            Cell(text=self.tr("wave {0}").format(after) if after else self.tr("at once")),
            status_cell(wave_look(wave.status), tooltip=wave.status.value),
            Cell(text=servers),
            Cell(text=time_words(wave.started_at)),
            self._took(wave),
            Cell(text=self._wave_note(wave)),
        )

    def _wave_note(self, wave: WaveRow) -> str:
        if wave.reason or wave.started_at is not None or not wave.instruction:
            return wave.reason
        return self.tr("Pauses before: {0}").format(wave.instruction)

    def _took(self, wave: WaveRow) -> Cell:
        if wave.started_at is None:
            return Cell(text="–", is_number=True)
        span: timedelta = (wave.ended_at or self.now) - wave.started_at
        return Cell(text=clock_words(span), is_number=True)

    def _step_cells(self, step: StepRow) -> tuple[Cell, ...]:
        when = self.tr("before launch") if step.key.phase is StepPhase.BEFORE else self.tr("after launch")
        until = self.tr("until {0}").format(time_words(step.ends_at)) if step.ends_at else ""
        return (
            Cell(text=step.name, tooltip=f"{step.name}\n{step.kind}"),
            Cell(text=when),
            status_cell(step_look(step.status, waits_for_person=step.waits_for_person)),
            Cell(text=step.kind),
            Cell(text=until),
            Cell(),
            Cell(text=step.evidence or step.instruction),
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
        return len(self._waves[parent.row()].steps)

    def columnCount(self, _parent: AnyIndex = ROOT) -> int:
        return len(self.Columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        wave = self.wave_at(index)
        if wave is None:
            return None
        if index.internalId() == _WAVE_LEVEL:
            return wave if role == Role.ROW else cell_data(self._wave_cells(wave)[index.column()], role)
        step = wave.steps[index.row()]
        return step if role == Role.ROW else cell_data(self._step_cells(step)[index.column()], role)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        tr = self.tr
        titles = (
            tr("Wave or step"),
            tr("After"),
            tr("Status"),
            tr("Servers"),
            tr("Started"),
            tr("Took"),
            tr("Note"),
        )
        return titles[section]


def _structure(waves: Sequence[WaveRow]) -> list[tuple[Any, ...]]:
    return [(wave.execution_id, wave.number, *(step.key for step in wave.steps)) for wave in waves]
