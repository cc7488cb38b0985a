"""Documents of one workspace that keep every version: the newest counts, none is ever lost."""

from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select

from drs_desktop.domain.ports import Clock
from drs_desktop.storage.database import Database
from drs_desktop.storage.event_codec import decode_document, encode_document
from drs_desktop.storage.schema import document_version

T = TypeVar("T")


class VersionedDocuments:
    """Reads and saves documents by their kind and id."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def newest(self, kind: str, document_id: str, of: type[T]) -> T | None:
        """Return the newest version, or None when there is none of this type."""
        query = (
            select(document_version.c.body)
            .where(document_version.c.kind == kind, document_version.c.document_id == document_id)
            .order_by(document_version.c.revision.desc())
            .limit(1)
        )
        body = await self._database.read(lambda c: c.execute(query).scalar())
        found: Any = None if body is None else decode_document(of, body)
        return found if isinstance(found, of) else None

    async def save(self, kind: str, document_id: str, document: object, *, by: str) -> None:
        """Save a document as its next version."""
        row = {
            "kind": kind,
            "document_id": document_id,
            "body": encode_document(document),
            "saved_at": self._clock.local_now().isoformat(),
            "saved_by": by,
        }

        def work(connection: Connection) -> None:
            latest = connection.execute(
                select(func.max(document_version.c.revision)).where(
                    document_version.c.kind == kind, document_version.c.document_id == document_id
                )
            ).scalar()
            connection.execute(insert(document_version).values(revision=(latest or 0) + 1, **row))

        await self._database.write(work)
