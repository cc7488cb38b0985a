"""Who somebody is to this console: one of five roles, where it came from, and how far it reaches."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drs_desktop.domain.ids import AccountId


class Role(StrEnum):
    """The five roles; a person has exactly one at a time."""

    ADMIN = "DRSAdmin"
    """May do everything, and says who may do what."""
    OPERATOR = "DRSOperator"
    """Drills, recovers and edits plans; does not manage accounts."""
    VIEWER = "DRSViewer"
    """Looks, and changes nothing."""
    AUDITOR = "DRSAuditor"
    """Looks, and reads and exports the audit trail; changes nothing."""
    CROSS_ACCOUNT = "DRSCrossAccount"
    """Drills and recovers in named accounts, and sees only those."""


@dataclass(frozen=True, kw_only=True)
class Elevation:
    """More than a person's own role, taken in an emergency by typing a reason.

    Attributes:
        role: the role taken.
        until: local time after which the person's own role counts again.
    """

    role: Role
    reason: str
    taken_at: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the person at the console is to it.

    Attributes:
        principal: who AWS or the system says it is; empty when nobody could be asked.
        source: one sentence about where the role came from.
        accounts: what DRSCrossAccount is bound to; the other roles reach every account.
        elevation: the emergency in which the person has another role than their own, if there is one.
        remembered_at: when AWS last said who this is, where it gives no answer now; None when it just did.
        lock_reason: why nothing can be changed from here just now, because the console is locked; or empty.
    """

    role: Role
    principal: str = ""
    source: str = ""
    accounts: frozenset[AccountId] = frozenset()
    elevation: Elevation | None = None
    lock_reason: str = ""
    remembered_at: datetime | None = None

    @property
    def is_bound(self) -> bool:
        """Return whether only the named accounts are within reach."""
        return self.role is Role.CROSS_ACCOUNT

    @property
    def principal_pattern(self) -> str:
        """Return a rule's pattern for this principal: all of its sessions, whatever their names."""
        kind, slash, rest = self.principal.partition("assumed-role/")
        return f"{kind}{slash}{rest.split('/')[0]}/*" if slash else self.principal

    def reaches(self, account_id: AccountId) -> bool:
        """Return whether the account is within reach."""
        return not self.is_bound or account_id in self.accounts


NOBODY_MAPPED = Access(
    role=Role.VIEWER,
    source="Nothing says which role this person has, so it is the one that only looks.",
)
