"""Role sessions: whose they are, when they end, and what was passed along with them.

A session lasts in real time, whatever the speed of the service clock, because the client that renews it
looks at the real time too. Turning the service clock by hand ages every session by as much.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from drs_desktop.simulator.core.accounts import Role
from drs_desktop.simulator.core.policy_document import Policy


class Ending(StrEnum):
    """How a session can be ended over the control endpoint."""

    EXPIRE = "expire"
    """Its time is up: every service answers that the token has expired."""
    REVOKE = "revoke"
    """AWS's "revoke active sessions": from now on a policy of the role denies it everything."""


@dataclass(kw_only=True)
class Session:
    """One session of a role; `ends_at` is measured in the lifetime clock (see `Simulation.lifetime_now`)."""

    access_key_id: str
    token: str
    role: Role
    name: str
    began_at: datetime
    ends_at: datetime
    policies: tuple[Policy, ...] | None = None
    """The session policies; None when none was passed."""
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_keys: frozenset[str] = frozenset()
    source_identity: str | None = None
    is_chained: bool = False
    is_revoked: bool = False

    @property
    def arn(self) -> str:
        """Return the ARN that GetCallerIdentity tells."""
        return f"arn:aws:sts::{self.role.account_id}:assumed-role/{self.role.name}/{self.name}"

    @property
    def transitive_tags(self) -> dict[str, str]:
        """Return the tags that go along into the next role."""
        return {key: value for key, value in self.tags.items() if key in self.transitive_keys}

    def has_ended(self, now: datetime) -> bool:
        """Return whether its time is up."""
        return now >= self.ends_at


class SessionStore:
    """Every session that was given out, by its access key."""

    def __init__(self) -> None:
        """Start without sessions."""
        self._by_key: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        """Note a session that was given out."""
        self._by_key[session.access_key_id] = session

    def find(self, access_key_id: str) -> Session | None:
        """Return the session of a key, ended or not."""
        return self._by_key.get(access_key_id)

    def all(self) -> list[Session]:
        """Return every session, oldest first."""
        return list(self._by_key.values())

    def end(self, ending: Ending, now: datetime, is_meant: Callable[[Session], bool]) -> list[Session]:
        """Expire or revoke the sessions that are meant and return those that this changed."""
        changed = [one for one in self._by_key.values() if is_meant(one) and not one.has_ended(now)]
        _end(changed, ending, now)
        return changed


def _end(sessions: Iterable[Session], ending: Ending, now: datetime) -> None:
    for session in sessions:
        if ending is Ending.EXPIRE:
            session.ends_at = now
        else:
            session.is_revoked = True
