"""What the access service needs from outside: who somebody is, and where rules and emergencies are kept."""

from typing import Protocol

from drs_desktop.domain.break_glass import BreakGlass, GlassInUse
from drs_desktop.domain.remembered_identity import RememberedIdentity, WhoIs
from drs_desktop.domain.role_mapping import RoleMapping
from drs_desktop.domain.roles import Elevation


class IdentitySource(Protocol):
    """Says who is at the console."""

    @property
    def label(self) -> str:
        """Return by what AWS is asked (a profile, the environment), so that two are never taken for one."""

    async def who(self) -> WhoIs:
        """Return whoever is signed in.

        Raises:
            DrsDesktopError: nobody could say; the sentence says why.
        """


class AccessStore(Protocol):
    """Keeps every version of the rules, and the emergencies."""

    async def mapping(self) -> RoleMapping | None:
        """Return the rules in force, or None while nobody ever kept any."""

    async def save_mapping(self, mapping: RoleMapping, *, by: str) -> None: ...

    async def remembered(self, label: str) -> RememberedIdentity | None:
        """Return who AWS last said it is, when it was asked by this label."""

    async def save_remembered(self, label: str, memory: RememberedIdentity, *, by: str) -> None: ...

    async def break_glass(self) -> BreakGlass:
        """Return which profile is registered for the hour when nobody can sign in."""

    async def save_break_glass(self, registered: BreakGlass, *, by: str) -> None: ...

    async def glass_in_use(self, operator: str) -> GlassInUse:
        """Return whether somebody at a computer reaches AWS with that profile."""

    async def save_glass_in_use(self, operator: str, in_use: GlassInUse, *, by: str) -> None: ...

    async def elevation(self, principal: str) -> Elevation | None: ...

    async def save_elevation(self, principal: str, elevation: Elevation | None, *, by: str) -> None: ...
