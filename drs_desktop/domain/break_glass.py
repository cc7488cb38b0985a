"""The profile for the hour when nobody can sign in: registered before, used with a reason, written down."""

from dataclasses import dataclass
from typing import Protocol

from drs_desktop.domain.roles import Elevation


@dataclass(frozen=True, kw_only=True)
class BreakGlass:
    """What is registered for a workspace; an empty name is nothing."""

    profile: str = ""


@dataclass(frozen=True, kw_only=True)
class GlassInUse:
    """That somebody reaches AWS with the registered profile, and until when; or that nobody does any more."""

    profile: str = ""
    elevation: Elevation | None = None


class GlassDoor(Protocol):
    """Reaches AWS by another profile than the one in force."""

    def check(self, profile: str) -> None:
        """Refuse a profile that would be of no use in that hour; reads files.

        Raises:
            ValidationFailed: it does not exist, or needs a sign-in to Identity Center itself.
        """

    def use(self, profile: str) -> None:
        """Reach AWS with a profile from now on; an empty name is the one that the environment chooses."""
