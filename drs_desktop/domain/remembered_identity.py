"""Who AWS last said is at the console, for the hour when it gives no answer: enough to stop, not to start."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drs_desktop.domain.actions import Action
from drs_desktop.domain.roles import Access

KEYS_LAST = timedelta(hours=12)
"""How long an answer counts for keys that do not end by themselves."""
WITHOUT_AWS = frozenset({Action.PAUSE, Action.CANCEL, Action.NOTE})
"""What may be changed by who is only remembered: it starts nothing and takes nothing away."""
_WORTH_KEEPING = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class WhoIs:
    """Who AWS says it is.

    Attributes:
        principal: the ARN.
        ends_at: when the session ends with which AWS was asked; None for keys that do not end.
    """

    principal: str
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RememberedIdentity:
    """Who AWS said it is, and until when that counts while AWS gives no answer. No secret is in it."""

    principal: str
    seen_at: datetime
    until: datetime

    def counts(self, now: datetime) -> bool:
        """Return whether it still counts; a clock that was turned back makes it count for nothing."""
        return self.seen_at <= now < self.until

    def is_news(self, known: "RememberedIdentity | None") -> bool:
        """Return whether it says so much more than what is kept that it is worth another version."""
        if known is None or known.principal != self.principal:
            return True
        return abs(self.until - known.until) >= _WORTH_KEEPING


def remembered(who: WhoIs, now: datetime) -> RememberedIdentity:
    """Return what to keep of an answer of AWS."""
    until = min(who.ends_at or now + KEYS_LAST, now + KEYS_LAST)
    return RememberedIdentity(principal=who.principal, seen_at=now, until=until)


def by_memory(access: Access, memory: RememberedIdentity) -> Access:
    """Return the access of somebody whom AWS could not confirm just now."""
    said = (
        f"AWS gives no answer; it said who this is at {memory.seen_at:%Y-%m-%d %H:%M}, which counts until "
        f"{memory.until:%Y-%m-%d %H:%M} UTC."
    )
    return replace(access, source=f"{access.source} {said}", remembered_at=memory.seen_at)
