"""Walk the journal of a workspace that need not be opened: nothing is changed, no AWS is asked."""

import asyncio

from drs_desktop.bootstrap.endpoints import workspace_name
from drs_desktop.bootstrap.ground import DATABASE_FILE
from drs_desktop.cli.program import BrokenRow, JournalCheck, WorkspaceChoice
from drs_desktop.domain.errors import NotFound, StorageError
from drs_desktop.storage.audit_inspection import inspect_audit
from drs_desktop.storage.inspection import DatabaseFindings, DatabaseState, inspect_database
from drs_desktop.system.paths import data_folder


async def check_journal(choice: WorkspaceChoice) -> JournalCheck:
    """Return what the hash chains of a workspace say.

    Raises:
        NotFound: the workspace has no journal yet.
        StorageError: the database cannot be read, so that nothing could be checked.
    """
    name = workspace_name(choice)
    path = data_folder().workspace(name) / DATABASE_FILE
    findings = await asyncio.to_thread(inspect_database, path)
    if findings.state is DatabaseState.ABSENT:
        raise NotFound(f"The workspace {name} has no journal yet ({path}).")
    if not findings.was_chain_read:
        raise StorageError(
            f"The journal of workspace {name} could not be checked. Its database {path}: "
            f"{findings.sentence}. {findings.remedy}".rstrip()
        )
    trail = await asyncio.to_thread(inspect_audit, path)
    return JournalCheck(
        workspace=name,
        rows=findings.rows,
        broken=_broken(findings),
        audit_rows=trail.rows,
        audit_problems=trail.problems,
        audit_unread=trail.unread,
    )


def _broken(findings: DatabaseFindings) -> tuple[BrokenRow, ...]:
    return tuple(
        BrokenRow(execution_id=link.execution_id, sequence=link.sequence, problem=link.problem)
        for link in findings.broken
    )
