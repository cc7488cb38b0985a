"""The tree that panes use: the cells of the tables, with lines below lines."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtWidgets import QTreeView, QWidget

from drs_desktop.ui.widgets.cell_delegate import CellDelegate
from drs_desktop.ui.widgets.theme import Theme

INDENTATION = 18


class ConsoleTree(QTreeView):
    """A tree over one of our models."""

    def __init__(
        self,
        model: QAbstractItemModel,
        theme: Theme,
        *,
        name: str,
        title: str,
        widths: Mapping[Any, int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setModel(model)
        self.setItemDelegate(CellDelegate(theme, self))
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(True)
        self.setIndentation(INDENTATION)
        self.header().setStretchLastSection(True)
        self.header().setAccessibleName(title)
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        theme.changed.connect(self.viewport().update)
