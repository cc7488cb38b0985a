"""Claims: a source server is in at most one live attempt, over all executions and processes.

They follow from the events and are written in the same transaction.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from drs_desktop.domain.errors import ClaimConflict
from drs_desktop.domain.events import (
    Event,
    JobEnded,
    StartAbandoned,
    StartArmed,
    StartNotSent,
    StartNotStarted,
    StartRefused,
)
from drs_desktop.domain.ids import ExecutionId, Scope, SourceServerId
from drs_desktop.domain.start_recovery import AttemptKey, StartClaim
from drs_desktop.storage.schema import claim


def apply_claims(
    connection: Connection, execution_id: ExecutionId, endpoint: str, events: Sequence[Event]
) -> None:
    """Take and give back claims as the events say.

    Raises:
        ClaimConflict: a server of an intent is in another live attempt.
    """
    for event in events:
        if isinstance(event, StartArmed):
            _take(connection, execution_id, endpoint, event.key, event.source_server_ids)
        elif isinstance(event, JobEnded | StartAbandoned | StartRefused | StartNotSent | StartNotStarted):
            _give_back(connection, execution_id, event.key)


def _take(
    connection: Connection,
    execution_id: ExecutionId,
    endpoint: str,
    key: AttemptKey,
    server_ids: Sequence[SourceServerId],
) -> None:
    taken = _holder(connection, endpoint, key.scope, server_ids)
    if taken is not None:
        raise ClaimConflict(*taken)
    rows = [
        {
            "endpoint": endpoint,
            "account_id": key.scope.account_id,
            "region": key.scope.region,
            "source_server_id": server_id,
            "execution_id": execution_id,
            "attempt": str(key),
        }
        for server_id in server_ids
    ]
    connection.execute(insert(claim), rows)


def _holder(
    connection: Connection, endpoint: str, scope: Scope, server_ids: Sequence[SourceServerId]
) -> tuple[str, str] | None:
    row = connection.execute(
        select(claim.c.source_server_id, claim.c.execution_id)
        .where(claim.c.endpoint == endpoint)
        .where(claim.c.account_id == scope.account_id)
        .where(claim.c.region == scope.region)
        .where(claim.c.source_server_id.in_(server_ids))
        .limit(1)
    ).one_or_none()
    return (row.source_server_id, row.execution_id) if row else None


def _give_back(connection: Connection, execution_id: ExecutionId, key: AttemptKey) -> None:
    connection.execute(
        delete(claim).where(claim.c.execution_id == execution_id).where(claim.c.attempt == str(key))
    )


def claims_in(connection: Connection, endpoint: str, scope: Scope) -> tuple[StartClaim, ...]:
    """Return every claim in an account and Region, whoever holds it."""
    rows = connection.execute(
        select(claim)
        .where(claim.c.endpoint == endpoint)
        .where(claim.c.account_id == scope.account_id)
        .where(claim.c.region == scope.region)
    )
    return tuple(
        StartClaim(
            execution_id=ExecutionId(row.execution_id),
            attempt=row.attempt,
            source_server_id=SourceServerId(row.source_server_id),
        )
        for row in rows
    )
