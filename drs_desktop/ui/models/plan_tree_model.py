"""Recovery plans as a tree: plan, waves, protection groups, servers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from drs_desktop.domain.ids import PlanId
from drs_desktop.services.views import PlanRow, PlanWaveRow, SourceServerRow
from drs_desktop.ui.models.roles import Role
from drs_desktop.ui.models.status_text import replication_look
from drs_desktop.ui.models.table_model import ROOT, AnyIndex, Cell, cell_data, status_cell


@dataclass(eq=False)
class Node:
    """One line of the tree; the parent is known so that Qt can climb."""

    row: Any
    cells: tuple[Cell, ...]
    parent: "Node | None" = None
    position: int = 0
    children: list["Node"] = field(default_factory=list)

    def add(self, child: "Node") -> "Node":
        child.parent = self
        child.position = len(self.children)
        self.children.append(child)
        return child


class PlanTreeModel(QAbstractItemModel):
    """Plans, their waves, the groups of each wave and the servers that fall into it now."""

    class Columns(IntEnum):
        NAME = 0
        SERVERS = 1
        STATE = 2
        WHERE = 3
        NOTE = 4

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = Node(None, ())

    def set_plans(self, plans: Iterable[PlanRow]) -> None:
        """Show exactly these plans."""
        self.beginResetModel()
        self._root = Node(None, ())
        for plan in plans:
            node = self._root.add(Node(plan, self._plan_cells(plan)))
            for wave in plan.waves:
                self._add_wave(node, wave)
        self.endResetModel()

    def index_of(self, plan_id: PlanId) -> QModelIndex:
        """Return the index of a plan; invalid when there is none."""
        for node in self._root.children:
            if node.row.plan_id == plan_id:
                return self.createIndex(node.position, 0, node)
        return QModelIndex()

    # ---- building

    def _add_wave(self, plan: Node, wave: PlanWaveRow) -> None:
        node = plan.add(Node(wave, self._wave_cells(wave)))
        placed: set[Any] = set()
        for name in wave.group_names:
            members = [server for server in wave.servers if name in server.group_names]
            group = node.add(Node(name, self._group_cells(name, len(members))))
            for server in members:
                group.add(Node(server, self._server_cells(server)))
                placed.add(server.key)
        for server in wave.servers:
            if server.key not in placed:
                node.add(Node(server, self._server_cells(server)))

    def _plan_cells(self, plan: PlanRow) -> tuple[Cell, ...]:
        count = sum(len(wave.servers) for wave in plan.waves)
        return (
            Cell(text=plan.name),
            Cell(text=str(count), is_number=True),
            Cell(),
            Cell(),
            Cell(text=plan.description),
        )

    def _wave_cells(self, wave: PlanWaveRow) -> tuple[Cell, ...]:
        scopes = sorted({f"{s.account_name or s.account_id} {s.region}" for s in wave.servers})
        return (
            Cell(text=self.tr("{0} · {1}").format(wave.number, wave.name)),
            Cell(text=str(len(wave.servers)), is_number=True),
            Cell(text=self.tr("pauses before") if wave.pause_before else ""),
            Cell(text=", ".join(scopes)),
            Cell(text=self._wave_note(wave)),
        )

    def _wave_note(self, wave: PlanWaveRow) -> str:
        parts = []
        if wave.pause_before:
            parts.append(self.tr("Pause: {0}").format(wave.instruction or self.tr("until somebody resumes")))
        if wave.depends_on:
            parts.append(self.tr("after wave {0}").format(", ".join(map(str, wave.depends_on))))
        else:
            parts.append(self.tr("starts at once"))
        parts.append(self.tr("on failure: {0}").format(wave.failure_policy))
        return " · ".join(parts)

    def _group_cells(self, name: str, count: int) -> tuple[Cell, ...]:
        return (
            Cell(text=name),
            Cell(text=str(count), is_number=True),
            Cell(),
            Cell(),
            Cell(text=self.tr("protection group")),
        )

    def _server_cells(self, server: SourceServerRow) -> tuple[Cell, ...]:
        return (
            Cell(text=server.name),
            Cell(),
            status_cell(replication_look(server.replication_state), tooltip=server.replication_error),
            Cell(text=f"{server.account_name or server.account_id} {server.region}"),
            Cell(text=server.key.source_server_id, is_id=True),
        )

    # ---- Qt

    def headers(self) -> Sequence[str]:
        return (
            self.tr("Waves, groups and servers"),
            self.tr("Servers"),
            self.tr("State"),
            self.tr("Where"),
            self.tr("Note"),
        )

    def _node(self, index: AnyIndex) -> Node:
        return index.internalPointer() if index.isValid() else self._root

    def index(self, row: int, column: int, parent: AnyIndex = ROOT) -> QModelIndex:
        children = self._node(parent).children
        if parent.isValid() and parent.column() != 0:
            return QModelIndex()
        if 0 <= row < len(children) and 0 <= column < len(self.Columns):
            return self.createIndex(row, column, children[row])
        return QModelIndex()

    def parent(self, index: AnyIndex = ROOT) -> Any:
        above = self._node(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.position, 0, above)

    def rowCount(self, parent: AnyIndex = ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: AnyIndex = ROOT) -> int:
        return len(self.Columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node = self._node(index)
        return node.row if role == Role.ROW else cell_data(node.cells[index.column()], role)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section == self.Columns.SERVERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return self.headers()[section] if role == Qt.ItemDataRole.DisplayRole else None
