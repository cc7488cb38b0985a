"""The two times a decision may need."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Now:
    """Both UTC: `service` is what AWS (or a scaled simulator) calls now, `local` this machine's clock."""

    service: datetime
    local: datetime
