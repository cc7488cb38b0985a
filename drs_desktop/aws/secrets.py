"""Keys in memory, wrapped so that no log, traceback or debugger view shows them by accident."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class HubKeys:
    """The keys that a simulator gives its clients; worth nothing outside it, and hidden all the same."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)

    def __repr__(self) -> str:
        return "HubKeys(***)"


@dataclass(frozen=True, kw_only=True)
class SessionKeys:
    """The keys of an assumed role.

    Attributes:
        expires_at: when AWS stops accepting them.
        assumed_role_arn: who AWS says the session is.
    """

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime
    assumed_role_arn: str = ""

    def __repr__(self) -> str:
        return f"SessionKeys(***, expires_at={self.expires_at.isoformat()})"
