"""What an account and Region last said of its source servers, and where that outlives the program."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drs_desktop.domain.ids import ExecutionId, Scope, ServerKey
from drs_desktop.domain.source_server import SourceServer


@dataclass(frozen=True, kw_only=True)
class KeptReading:
    """One good read of an account and Region.

    Attributes:
        observed_at: service time of the read.
    """

    scope: Scope
    servers: tuple[SourceServer, ...]
    observed_at: datetime


class InventoryCache(Protocol):
    """Keeps the newest good read of each account and Region; it may be thrown away at any time.

    Raises:
        StorageError: the database failed.
    """

    async def readings(self) -> tuple[KeptReading, ...]:
        """Return what was read of this endpoint; what cannot be read back is left out."""

    async def keep(self, readings: Sequence[KeptReading]) -> None:
        """Put these in the place of what was kept of the same accounts and Regions."""


class ServerHistory(Protocol):
    """Finds the executions that a server was part of.

    Raises:
        StorageError: the database failed.
    """

    async def executions_of(self, server: ServerKey, limit: int) -> tuple[ExecutionId, ...]:
        """Return at most this many executions whose frozen plan names the server, newest first."""
