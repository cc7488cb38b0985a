"""The AccessStore port on SQL: rules and emergencies as versioned documents, none of which is ever lost."""

from dataclasses import dataclass

from drs_desktop.domain.break_glass import BreakGlass, GlassInUse
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.remembered_identity import RememberedIdentity
from drs_desktop.domain.role_mapping import RoleMapping
from drs_desktop.domain.roles import Elevation
from drs_desktop.storage.database import Database
from drs_desktop.storage.versioned_documents import VersionedDocuments

_ROLES, _ELEVATION, _REMEMBERED = "roles", "elevation", "remembered identity"
_GLASS, _GLASS_IN_USE = "break glass", "break glass in use"
_ONLY = "in force"


@dataclass(frozen=True, kw_only=True)
class _KeptElevation:
    """An emergency role, or that there is none any more."""

    elevation: Elevation | None = None


class SqlAccessStore:
    """Who has which role in one workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._documents = VersionedDocuments(database, clock)

    async def mapping(self) -> RoleMapping | None:
        """Return the rules in force; see the port."""
        return await self._documents.newest(_ROLES, _ONLY, RoleMapping)

    async def save_mapping(self, mapping: RoleMapping, *, by: str) -> None:
        """Save the rules as their next version; see the port."""
        await self._documents.save(_ROLES, _ONLY, mapping, by=by)

    async def remembered(self, label: str) -> RememberedIdentity | None:
        """Return who AWS last said it is; see the port."""
        return await self._documents.newest(_REMEMBERED, label, RememberedIdentity)

    async def save_remembered(self, label: str, memory: RememberedIdentity, *, by: str) -> None:
        """Save who AWS said it is; see the port."""
        await self._documents.save(_REMEMBERED, label, memory, by=by)

    async def break_glass(self) -> BreakGlass:
        """Return which profile is registered; see the port."""
        return await self._documents.newest(_GLASS, _ONLY, BreakGlass) or BreakGlass()

    async def save_break_glass(self, registered: BreakGlass, *, by: str) -> None:
        """Save which profile is registered; see the port."""
        await self._documents.save(_GLASS, _ONLY, registered, by=by)

    async def glass_in_use(self, operator: str) -> GlassInUse:
        """Return whether somebody reaches AWS with it; see the port."""
        return await self._documents.newest(_GLASS_IN_USE, operator, GlassInUse) or GlassInUse()

    async def save_glass_in_use(self, operator: str, in_use: GlassInUse, *, by: str) -> None:
        """Save that somebody does, or no longer; see the port."""
        await self._documents.save(_GLASS_IN_USE, operator, in_use, by=by)

    async def elevation(self, principal: str) -> Elevation | None:
        """Return somebody's emergency role; see the port."""
        kept = await self._documents.newest(_ELEVATION, principal, _KeptElevation)
        return kept.elevation if kept else None

    async def save_elevation(self, principal: str, elevation: Elevation | None, *, by: str) -> None:
        """Save an emergency role, or its end; see the port."""
        await self._documents.save(_ELEVATION, principal, _KeptElevation(elevation=elevation), by=by)
