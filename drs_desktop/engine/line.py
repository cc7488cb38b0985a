"""The line before a StartRecovery: first come, first served in each account and Region, over all executions.

Only parts that wait for a DRS quota stand in it; one that waits for a busy server keeps nobody back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from drs_desktop.domain.ids import ExecutionId, Scope
from drs_desktop.domain.start_recovery import PartKey


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A part that may have to wait."""

    execution_id: ExecutionId
    part: PartKey


class StartLine:
    """The lines of one process; used on the engine's loop only."""

    def __init__(self) -> None:
        self._turns: dict[Scope, asyncio.Lock] = {}
        self._waiting: dict[Scope, dict[Ticket, str]] = {}

    @asynccontextmanager
    async def turn(self, scope: Scope) -> AsyncIterator[None]:
        """Be alone between looking at a quota and committing to use of it."""
        async with self._turns.setdefault(scope, asyncio.Lock()):
            yield

    def reason_behind(self, ticket: Ticket) -> str:
        """Return what those before a part wait for, or an empty string when it is first."""
        waiting = self._waiting.get(ticket.part.scope, {})
        place = list(waiting).index(ticket) if ticket in waiting else len(waiting)
        if place == 0:
            return ""
        first, reason = next(iter(waiting.items()))
        return f"{place} before it in line; first is {first.part} of execution {first.execution_id}: {reason}"

    def wait(self, ticket: Ticket, reason: str) -> None:
        """Stand in line, or stay there, for this reason."""
        self._waiting.setdefault(ticket.part.scope, {})[ticket] = reason

    def leave(self, ticket: Ticket) -> None:
        """Give the place up; leaving twice does no harm."""
        self._waiting.get(ticket.part.scope, {}).pop(ticket, None)
