"""What a scenario lets happen at AWS by itself, at a set time, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How far a planned act is."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    """It named what did not exist when it fell due, or DRS refused it."""


@dataclass(kw_only=True)
class PlannedAct:
    """One planned act; it is changed when it falls due."""

    word: str
    due_at: datetime
    outcome: Outcome = Outcome.WAITING
    result: Mapping[str, object] = field(default_factory=dict)
    """What the act answered, or under `error` why it was refused."""
