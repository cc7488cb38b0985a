"""The AccessStore port on SQL: rules and emergencies as versioned documents, none of which is ever lost."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select

from drs_desktop.domain.ports import Clock
from drs_desktop.domain.role_mapping import RoleMapping
from drs_desktop.domain.roles import Elevation
from drs_desktop.storage.database import Database
from drs_desktop.storage.event_codec import decode_document, encode_document
from drs_desktop.storage.schema import document_version

_ROLES, _ELEVATION = "roles", "elevation"
_ONLY = "in force"
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class _KeptElevation:
    """An emergency role, or that there is none any more."""

    elevation: Elevation | None = None


class SqlAccessStore:
    """Who has which role in one workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def mapping(self) -> RoleMapping | None:
        """Return the rules in force; see the port."""
        return await self._newest(_ROLES, _ONLY, RoleMapping)

    async def save_mapping(self, mapping: RoleMapping, *, by: str) -> None:
        """Save the rules as their next version; see the port."""
        await self._save(_ROLES, _ONLY, mapping, by)

    async def elevation(self, principal: str) -> Elevation | None:
        """Return somebody's emergency role; see the port."""
        kept = await self._newest(_ELEVATION, principal, _KeptElevation)
        return kept.elevation if kept else None

    async def save_elevation(self, principal: str, elevation: Elevation | None, *, by: str) -> None:
        """Save an emergency role, or its end; see the port."""
        await self._save(_ELEVATION, principal, _KeptElevation(elevation=elevation), by)

    async def _newest(self, kind: str, document_id: str, of: type[_T]) -> _T | None:
        query = (
            select(document_version.c.body)
            .where(document_version.c.kind == kind, document_version.c.document_id == document_id)
            .order_by(document_version.c.revision.desc())
            .limit(1)
        )
        body = await self._database.read(lambda c: c.execute(query).scalar())
        found: Any = None if body is None else decode_document(of, body)
        return found if isinstance(found, of) else None

    async def _save(self, kind: str, document_id: str, document: object, by: str) -> None:
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
