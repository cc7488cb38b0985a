"""What the access service needs from outside: who somebody is, and where rules and emergencies are kept."""

from typing import Protocol

from drs_desktop.domain.role_mapping import RoleMapping
from drs_desktop.domain.roles import Elevation


class IdentitySource(Protocol):
    """Says who is at the console."""

    async def principal(self) -> str:
        """Return the ARN (or another name) of whoever is signed in.

        Raises:
            DrsDesktopError: nobody could say; the sentence says why.
        """


class AccessStore(Protocol):
    """Keeps every version of the rules, and the emergencies."""

    async def mapping(self) -> RoleMapping | None:
        """Return the rules in force, or None while nobody ever kept any."""

    async def save_mapping(self, mapping: RoleMapping, *, by: str) -> None: ...

    async def elevation(self, principal: str) -> Elevation | None: ...

    async def save_elevation(self, principal: str, elevation: Elevation | None, *, by: str) -> None: ...
