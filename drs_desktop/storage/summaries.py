"""The list of executions: one row each, derived from the state in the transaction of its events."""

from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert

from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import ExecutionSummary
from drs_desktop.domain.status import execution_status
from drs_desktop.storage.schema import execution_summary


def save_summary(connection: Connection, state: Execution) -> None:
    """Write the summary row of an execution anew."""
    view = execution_status(state)
    connection.execute(
        delete(execution_summary).where(execution_summary.c.execution_id == state.execution_id)
    )
    connection.execute(
        insert(execution_summary).values(
            execution_id=state.execution_id,
            plan_name=state.plan_name,
            mode=state.mode.value,
            status=view.status.value,
            reason=view.reason,
            needs_person=view.needs_person,
            created_at=state.created_at.isoformat(),
            ended_at=state.ended_at.isoformat() if state.ended_at else None,
            version=state.version,
            endpoint=state.endpoint_fingerprint,
        )
    )


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
