"""Look at the audit trail of a database without changing it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from drs_desktop.domain.audit import AuditProblem
from drs_desktop.storage.audit_trail import audit, audit_head, verify_audit
from drs_desktop.storage.database import cause_of, reading_engine


@dataclass(frozen=True, kw_only=True)
class AuditFindings:
    """What a walk along the audit trail found.

    Attributes:
        rows: how many rows were walked.
        problems: every row that is not as it was written, and every execution it names that is not.
        unread: why nothing could be walked, as a sentence; empty when it was.
        is_absent: whether that is only because nothing was ever written.
    """

    rows: int = 0
    problems: tuple[AuditProblem, ...] = ()
    unread: str = ""
    is_absent: bool = False


def inspect_audit(path: Path) -> AuditFindings:
    """Return what the audit trail of a database file says of itself; opened for reading only. Blocks."""
    last = audit_head(path)  # before the rows: another process may write on meanwhile
    if not path.exists():
        return AuditFindings(unread="There is no audit trail yet.", is_absent=True)
    engine = reading_engine(path)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(audit.name):
                if last.position:
                    gone = f"The whole trail is missing: row {last.position} was once written."
                    return AuditFindings(problems=(AuditProblem(sequence=1, problem=gone),))
                return AuditFindings(unread="The database has no audit trail yet.", is_absent=True)
            rows = connection.execute(select(func.count()).select_from(audit)).scalar() or 0
            return AuditFindings(rows=rows, problems=verify_audit(connection, last))
    except (OSError, SQLAlchemyError) as error:
        return AuditFindings(unread=f"The audit trail cannot be read: {cause_of(error)}.")
    finally:
        engine.dispose()
