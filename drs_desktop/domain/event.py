"""What every fact about an execution has."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact, and when it was so."""

    at: datetime
