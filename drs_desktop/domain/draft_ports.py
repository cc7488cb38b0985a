"""Plans that somebody is in the middle of changing: kept at every step, so that a crash loses nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drs_desktop.domain.ids import PlanId
from drs_desktop.domain.recovery_plan import RecoveryPlan


@dataclass(frozen=True, kw_only=True)
class PlanDraft:
    """A plan as its author left it, not saved yet.

    Attributes:
        based_on: the revision that was read before it was changed; 0 for a plan that is new.
        kept_at: when it was last changed, by the clock of this computer.
    """

    plan: RecoveryPlan
    based_on: int
    kept_at: datetime


class DraftStore(Protocol):
    """Keeps drafts, one for each plan."""

    async def keep(self, draft: PlanDraft) -> None:
        """Keep a draft in place of an earlier one of the same plan."""

    async def drop(self, plan_id: PlanId) -> None:
        """Forget the draft of a plan; that there is none is no error."""

    async def drafts(self) -> tuple[PlanDraft, ...]:
        """Return every draft that can be read, the newest first."""
