"""The AccountStore port on SQL: accounts as versioned documents, a removed one included."""

from sqlalchemy import Connection, func, insert, select

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.ports import Clock
from drs_desktop.storage.database import Database
from drs_desktop.storage.event_codec import encode_document
from drs_desktop.storage.schema import document_version
from drs_desktop.storage.workspace_repository import REMOVED

_KIND = "account"


class SqlAccountStore:
    """Saves and removes the accounts of one workspace; the workspace repository reads them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def save(self, account: TargetAccount, *, by: str) -> None:
        """Save an account as its next version."""
        await self._insert(account.account_id, encode_document(account), by)

    async def remove(self, account_id: AccountId, *, by: str) -> None:
        """Remove an account; its earlier versions stay."""
        await self._insert(account_id, REMOVED, by)

    async def _insert(self, account_id: AccountId, body: str, by: str) -> None:
        saved_at = self._clock.local_now().isoformat()

        def work(connection: Connection) -> None:
            latest = connection.execute(
                select(func.max(document_version.c.revision)).where(
                    document_version.c.kind == _KIND, document_version.c.document_id == account_id
                )
            ).scalar()
            connection.execute(
                insert(document_version).values(
                    kind=_KIND,
                    document_id=account_id,
                    revision=(latest or 0) + 1,
                    body=body,
                    saved_at=saved_at,
                    saved_by=by,
                )
            )

        await self._database.write(work)
