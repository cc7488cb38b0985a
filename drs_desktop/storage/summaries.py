"""The list of executions: one row each, derived from the state in the transaction of its events."""

from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, update

from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import ExecutionSummary
from drs_desktop.domain.status import execution_status
from drs_desktop.storage.schema import execution_summary

_INSERT = insert(execution_summary)
_UPDATE = (
    update(execution_summary)
    .where(execution_summary.c.execution_id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in execution_summary.c if not column.primary_key})
)
"""Both are made once: they are part of every append."""


def save_summary(connection: Connection, state: Execution) -> None:
    """Write the summary row of an execution anew."""
    values = _values(state)
    if connection.execute(_UPDATE, {"of": state.execution_id, **values}).rowcount == 0:
        connection.execute(_INSERT, {"execution_id": state.execution_id, **values})


def _values(state: Execution) -> dict[str, object]:
    view = execution_status(state)
    return {
        "plan_name": state.plan_name,
        "mode": state.mode.value,
        "status": view.status.value,
        "reason": view.reason,
        "needs_person": view.needs_person,
        "created_at": state.created_at.isoformat(),
        "ended_at": state.ended_at.isoformat() if state.ended_at else None,
        "version": state.version,
        "endpoint": state.endpoint_fingerprint,
    }


def summary_from_row(row: "Row[tuple[object, ...]]") -> ExecutionSummary:
    """Return the summary that a row holds."""
    return ExecutionSummary(
        execution_id=ExecutionId(row.execution_id),
        plan_name=row.plan_name,
        mode=row.mode,
        status=row.status,
        reason=row.reason,
        needs_person=bool(row.needs_person),
        created_at=datetime.fromisoformat(row.created_at),
        ended_at=datetime.fromisoformat(row.ended_at) if row.ended_at else None,
        version=row.version,
        endpoint_fingerprint=row.endpoint,
    )
