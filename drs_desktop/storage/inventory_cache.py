"""The InventoryCache port on SQL: one row per account and Region, for a start without network."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Row, Table, Text, delete, insert, select

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.ids import AccountId, Region, Scope
from drs_desktop.domain.inventory_ports import KeptReading
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.storage.database import Database
from drs_desktop.storage.schema import metadata

inventory_reading = Table(
    "inventory_reading",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("observed_at", Text, nullable=False),
    Column("kept_at", Text, nullable=False),
    Column("servers", Text, nullable=False),
)
"""Derived from AWS: what cannot be read back is read anew, and nobody misses it."""


class SqlInventoryCache:
    """Keeps reads of one endpoint; those of another simulator are not shown as if they were of this one."""

    def __init__(self, database: Database, clock: Clock, endpoint: Endpoint) -> None:
        self._database = database
        self._clock = clock
        self._endpoint = endpoint

    async def readings(self) -> tuple[KeptReading, ...]:
        """Return what was read of this endpoint; see the port."""
        return await self._database.read(lambda connection: tuple(self._found(connection)))

    async def keep(self, readings: Sequence[KeptReading]) -> None:
        """Put these in the place of what was kept; see the port."""
        kept_at = self._clock.local_now()
        rows = await asyncio.to_thread(lambda: [self._row(one, kept_at) for one in readings])
        if rows:
            await self._database.write(lambda connection: _replace(connection, rows))

    def _row(self, reading: KeptReading, kept_at: datetime) -> dict[str, str]:
        return {
            "account_id": reading.scope.account_id,
            "region": reading.scope.region,
            "endpoint": self._endpoint.fingerprint,
            "observed_at": reading.observed_at.isoformat(),
            "kept_at": kept_at.isoformat(),
            "servers": _encoded(reading.servers),
        }

    def _found(self, connection: Connection) -> Iterable[KeptReading]:
        for row in connection.execute(select(inventory_reading)):
            if self._is_absent or row.endpoint == self._endpoint.fingerprint:
                yield from self._decoded(row)

    @property
    def _is_absent(self) -> bool:
        """Return whether the simulator of this workspace does not run: then its last one is meant."""
        return self._endpoint.is_simulated and self._endpoint.url is None

    def _decoded(self, row: Row[Any]) -> Iterable[KeptReading]:
        # A simulator's clock may run ahead; without it only this computer's time says how old a read is.
        observed_at = row.kept_at if self._is_absent else row.observed_at
        try:
            yield KeptReading(
                scope=Scope(account_id=AccountId(row.account_id), region=Region(row.region)),
                servers=_adapter().validate_json(row.servers),
                observed_at=datetime.fromisoformat(observed_at),
            )
        except ValueError:  # another version of the program wrote it, or it was damaged
            return


@cache
def _adapter() -> TypeAdapter[tuple[SourceServer, ...]]:
    return TypeAdapter(tuple[SourceServer, ...])


def _encoded(servers: tuple[SourceServer, ...]) -> str:
    """Return servers as JSON; half characters, which texts of AWS may hold, become whole ones."""
    text = json.dumps(_adapter().dump_python(servers, mode="json"), ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _replace(connection: Connection, rows: list[dict[str, str]]) -> None:
    for row in rows:
        connection.execute(
            delete(inventory_reading).where(
                inventory_reading.c.account_id == row["account_id"],
                inventory_reading.c.region == row["region"],
            )
        )
    connection.execute(insert(inventory_reading), rows)
