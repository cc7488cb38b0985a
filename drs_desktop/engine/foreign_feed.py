"""What other processes commit reaches this process's hub, and their commands this process's runners."""

import asyncio
from collections.abc import Callable

import structlog

from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ports import EventHub, ExecutionJournal
from drs_desktop.engine.tasks import spawn

_log = structlog.get_logger(__name__)
RETRY_SECONDS = 1.0
"""Real time after which a read that failed is tried again."""


class ForeignFeed:
    """Reads the journal on from where this process knows it, whenever storage noticed a foreign write."""

    def __init__(self, journal: ExecutionJournal, hub: EventHub, position: int) -> None:
        self._journal = journal
        self._hub = hub
        self._position = position
        self._wake = asyncio.Event()
        self._pokes: list[Callable[[], None]] = []
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self._stop_watching = journal.on_foreign_write(self._noticed)
        self._task = spawn(self._run(), name="foreign feed")

    def on_write(self, poke: Callable[[], None]) -> None:
        """Call `poke` on the loop after each foreign write: a command may be waiting."""
        self._pokes.append(poke)

    async def close(self) -> None:
        """Stop reading."""
        self._stop_watching()
        if self._retry is not None:
            self._retry.cancel()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _noticed(self) -> None:  # on storage's thread
        self._loop.call_soon_threadsafe(self._wake.set)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._catch_up()

    async def _catch_up(self) -> None:
        try:
            events = await self._journal.read_since(self._position)
        except StorageError as error:
            _log.warning("reading foreign events failed", error=str(error))
            self._retry = self._loop.call_later(RETRY_SECONDS, self._wake.set)
            return
        if events:
            self._position = events[-1].position
            self._hub.publish(events)
        for poke in tuple(self._pokes):
            poke()
