"""The line before a StartRecovery: first come, first served in each account and Region, over all executions.

Only parts that wait for a DRS quota stand in it; one that waits for a busy server keeps nobody back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from drs_desktop.domain.ids import ExecutionId, Scope
from drs_desktop.domain.start_recovery import PartKey


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A part that may have to wait."""

    execution_id: ExecutionId
    part: PartKey


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What somebody in line waits for; `kept_until` while nobody stands there, a service time."""

    reason: str
    kept_until: datetime | None = None
    is_served: bool = False
    """Whether its start is being sent: it keeps nobody back, and has its place again if AWS sends it back."""


class StartLine:
    """The lines of one process; used on the engine's loop only."""

    def __init__(self) -> None:
        self._turns: dict[Scope, asyncio.Lock] = {}
        self._waiting: dict[Scope, dict[Ticket, _Place]] = {}

    @asynccontextmanager
    async def turn(self, scope: Scope) -> AsyncIterator[None]:
        """Be alone between looking at a quota and committing to use of it."""
        async with self._turns.setdefault(scope, asyncio.Lock()):
            yield

    def reason_behind(self, ticket: Ticket, now: datetime) -> str:
        """Return what those before a part wait for, or an empty string when it is first."""
        before = self._before(ticket, now)
        if not before:
            return ""
        first, held = before[0]
        whose = f"{first.part} of execution {first.execution_id}"
        return f"{len(before)} before it in line; first is {whose}: {held.reason}"

    def wait_behind(self, ticket: Ticket, now: datetime) -> str:
        """Stand in line if anybody is before it; return what for, or an empty string when it is first."""
        reason = self.reason_behind(ticket, now)
        if reason:
            _, held = self._before(ticket, now)[0]
            self.wait(ticket, held.reason)
        return reason

    def _before(self, ticket: Ticket, now: datetime) -> list[tuple[Ticket, _Place]]:
        """Return who keeps a part back, first come first."""
        waiting = self._waiting.get(ticket.part.scope, {})
        for absent in [t for t, p in waiting.items() if p.kept_until and p.kept_until < now]:
            del waiting[absent]  # its next attempt never came
        places = list(waiting.items())
        end = list(waiting).index(ticket) if ticket in waiting else len(places)
        return [(other, place) for other, place in places[:end] if not place.is_served]

    def stands(self, ticket: Ticket) -> bool:
        """Return whether a part waits for a quota already."""
        return ticket in self._waiting.get(ticket.part.scope, {})

    def wait(self, ticket: Ticket, reason: str) -> None:
        """Stand in line, or stay there, for this reason."""
        self._waiting.setdefault(ticket.part.scope, {})[ticket] = _Place(reason=reason)

    def serve(self, ticket: Ticket) -> None:
        """Keep nobody back any longer: the part is about to be sent, and counts among those under way."""
        waiting = self._waiting.get(ticket.part.scope, {})
        if ticket in waiting:
            waiting[ticket] = replace(waiting[ticket], is_served=True)

    def keep(self, ticket: Ticket, reason: str, until: datetime) -> None:
        """Hold the place for the part's next attempt, for AWS sent this one back; `leave` does not end it."""
        place = _Place(reason=reason, kept_until=until)
        self._waiting.setdefault(ticket.part.scope, {})[ticket] = place

    def come_back(self, ticket: Ticket) -> None:
        """Stand again where the place was held, if it was."""
        waiting = self._waiting.get(ticket.part.scope, {})
        if ticket in waiting:
            self.wait(ticket, waiting[ticket].reason)

    def leave(self, ticket: Ticket) -> None:
        """Give the place up, unless it is held; leaving twice does no harm."""
        waiting = self._waiting.get(ticket.part.scope, {})
        if ticket in waiting and waiting[ticket].kept_until is None:
            del waiting[ticket]
