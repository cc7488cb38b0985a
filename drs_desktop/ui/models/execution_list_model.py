"""Executions, newest first, live and ended."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from drs_desktop.services.views import ExecutionRow, ExecutionView
from drs_desktop.ui.models.status_text import execution_look, mode_words, moment_words
from drs_desktop.ui.models.table_model import Cell, TableModel, status_cell


def row_of_view(view: ExecutionView) -> ExecutionRow:
    """Return the list's line of an execution that is known whole."""
    return ExecutionRow(
        execution_id=view.execution_id,
        plan_name=view.plan_name,
        mode=view.mode,
        status=view.status,
        reason=view.reason,
        needs_person=view.needs_person,
        created_at=view.created_at,
        ended_at=view.ended_at,
    )


class ExecutionListModel(TableModel[ExecutionRow]):
    """One line per execution."""

    class Columns(IntEnum):
        PLAN = 0
        STATUS = 1
        MODE = 2
        STARTED = 3

    def key_of(self, row: ExecutionRow) -> Any:
        return row.execution_id

    def headers(self) -> Sequence[str]:
        return (self.tr("Plan"), self.tr("Status"), self.tr("Mode"), self.tr("Started"))

    def search_text(self, row: ExecutionRow) -> str:
        return f"{row.execution_id} {row.status} {row.reason}"

    def cells_of(self, row: ExecutionRow) -> tuple[Cell, ...]:
        look = execution_look(row.status, needs_person=row.needs_person)
        started = self.tr("started {0}").format(moment_words(row.created_at))
        about = f"{look.word} ({row.status.value}). {row.reason}".strip()
        return (
            Cell(text=row.plan_name, tooltip=f"{row.plan_name}, {started}\n{row.execution_id}"),
            status_cell(look, tuple(type(row.status)).index(row.status), about),
            Cell(text=mode_words(row.mode)),
            Cell(text=moment_words(row.created_at), sort=row.created_at.timestamp()),
        )
