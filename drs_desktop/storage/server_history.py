"""The ServerHistory port on SQL: which executions froze a server into their plan."""

from sqlalchemy import select

from drs_desktop.domain.ids import ExecutionId, ServerKey
from drs_desktop.storage.database import Database
from drs_desktop.storage.schema import journal

_FIRST_EVENT = "ExecutionCreated"


class SqlServerHistory:
    """Looks into the first event of each execution, which names all its servers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def executions_of(self, server: ServerKey, limit: int) -> tuple[ExecutionId, ...]:
        """Return the newest executions that name the server; see the port."""
        query = (
            select(journal.c.execution_id)
            .where(journal.c.sequence == 1, journal.c.type == _FIRST_EVENT)
            .where(journal.c.payload.contains(f'"{server.source_server_id}"', autoescape=True))
            .order_by(journal.c.position.desc())
            .limit(limit)
        )
        found = await self._database.read(lambda connection: connection.execute(query).scalars().all())
        return tuple(ExecutionId(one) for one in found)
