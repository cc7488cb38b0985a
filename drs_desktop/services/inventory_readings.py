"""The newest read of each account and Region: of this run, or kept from one before."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from drs_desktop.domain.errors import AwsError, StorageError
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.inventory_ports import InventoryCache, KeptReading
from drs_desktop.domain.ports import AwsAccess, Clock
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.inventory_rows import FRESH_FOR

RETRY_AFTER = timedelta(minutes=1)
"""How soon an account that failed is asked again by itself."""
PATIENCE = timedelta(seconds=8)
"""How long somebody waits for fresh servers who could be shown older ones."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is known of one account and Region.

    Attributes:
        observed_at: service time of the read that the servers are of; None when there never was one.
        error: why the newest try failed.
        tried_at: elapsed local time of the newest try of this run; None when there was none yet.
    """

    servers: tuple[SourceServer, ...] = ()
    observed_at: datetime | None = None
    error: AwsError | None = None
    tried_at: timedelta | None = None

    @property
    def is_of_this_run(self) -> bool:
        """Return whether this run of the program has read it, and not failed since."""
        return self.tried_at is not None and self.error is None


class Readings:
    """Reads accounts and Regions side by side, never one of them twice at once."""

    def __init__(self, aws: AwsAccess, clock: Clock, cache: InventoryCache) -> None:
        self._aws = aws
        self._clock = clock
        self._cache = cache
        self._known: dict[Scope, Reading] = {}
        self._locks: defaultdict[Scope, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._recalling = asyncio.Lock()
        self._is_recalled = False

    def of(self, scope: Scope) -> Reading:
        """Return what is known of an account and Region."""
        return self._known.get(scope, Reading())

    async def recall(self) -> None:
        """Take up what earlier runs kept; a database that fails is no reason to show nothing."""
        async with self._recalling:
            if self._is_recalled:
                return
            self._is_recalled = True
            try:
                kept = await self._cache.readings()
            except StorageError as error:
                _log.warning("kept inventory not read", error=str(error))
                return
            for one in kept:
                old = Reading(servers=one.servers, observed_at=one.observed_at)
                self._known.setdefault(one.scope, old)

    async def read(self, scopes: Iterable[Scope]) -> None:
        """Ask these accounts and Regions now; one that fails keeps what was known of it."""
        wanted = tuple(dict.fromkeys(scopes))
        fresh = await asyncio.gather(*(self._read(scope) for scope in wanted))
        await self._keep([one for one in fresh if one is not None])

    async def read_patiently(self, scopes: Iterable[Scope]) -> None:
        """Ask these, but where something is known of all of them wait only so long; they go on being read."""
        wanted = tuple(scopes)
        if not all(self.of(scope).observed_at for scope in wanted):
            await self.read(wanted)
            return
        reading = spawn(self.read(wanted), name="read inventory")
        patience = spawn(self._clock.sleep_local(PATIENCE), name="inventory patience")
        try:
            await asyncio.wait((reading, patience), return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()
        if reading.done():
            reading.result()

    def is_due(self, scope: Scope) -> bool:
        """Return whether an account and Region is to be asked before it is shown."""
        reading = self.of(scope)
        if reading.error is not None and reading.tried_at is not None:
            return self._clock.local_elapsed() - reading.tried_at >= RETRY_AFTER
        return not self.is_recent(reading)

    def is_known(self, scope: Scope) -> bool:
        """Return whether an account and Region was read by this run, or lately, and has not failed since."""
        reading = self.of(scope)
        return reading.is_of_this_run or (reading.error is None and self.is_recent(reading))

    def is_recent(self, reading: Reading) -> bool:
        """Return whether the servers of a reading need no word about their age."""
        if reading.observed_at is None:
            return False
        return abs(self._clock.service_now() - reading.observed_at) <= FRESH_FOR

    def was_read_within(self, scope: Scope, span: timedelta) -> bool:
        """Return whether this run read it so lately; what an earlier run kept never counts."""
        reading = self.of(scope)
        if not reading.is_of_this_run or reading.tried_at is None:
            return False
        return self._clock.local_elapsed() - reading.tried_at <= span

    async def _read(self, scope: Scope) -> KeptReading | None:
        """Read one, unless somebody else did while this waited; return it when it is to be kept."""
        before = self._known.get(scope)
        async with self._locks[scope]:
            if self._known.get(scope) is not before:
                return None
            tried_at = self._clock.local_elapsed()
            try:
                servers = await self._aws.reader(scope).describe_source_servers()
            except AwsError as error:
                self._known[scope] = replace(before or Reading(), error=error, tried_at=tried_at)
                return None
            now = self._clock.service_now()
            self._known[scope] = Reading(servers=servers, observed_at=now, tried_at=tried_at)
            return KeptReading(scope=scope, servers=servers, observed_at=now)

    async def _keep(self, readings: Sequence[KeptReading]) -> None:
        try:
            await self._cache.keep(readings)
        except StorageError as error:  # it is only a copy of what AWS has
            _log.warning("inventory not kept", error=str(error))
