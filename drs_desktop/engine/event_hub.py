"""Publish after commit: whoever subscribed hears of each committed event once, in order."""

from collections.abc import Callable

import structlog

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import StoredEvent

_log = structlog.get_logger(__name__)
Callback = Callable[[tuple[StoredEvent, ...]], None]


class HubSubscription:
    """A subscription that can be closed."""

    def __init__(self, callbacks: list[Callback], callback: Callback) -> None:
        self._callbacks = callbacks
        self._callback = callback

    def close(self) -> None:
        """Hear no more; closing twice does no harm."""
        if self._callback in self._callbacks:
            self._callbacks.remove(self._callback)


class LocalEventHub:
    """The hub of one process; used on the engine's loop only."""

    def __init__(self) -> None:
        self._callbacks: list[Callback] = []
        self._published: dict[ExecutionId, int] = {}

    def subscribe(self, callback: Callback) -> HubSubscription:
        """Call back after every commit, on the engine's thread."""
        self._callbacks.append(callback)
        return HubSubscription(self._callbacks, callback)

    def publish(self, events: tuple[StoredEvent, ...]) -> None:
        """Tell everybody; events already published (our own, met again in the database) are left out."""
        news = tuple(e for e in events if e.sequence > self._published.get(e.execution_id, 0))
        for event in news:
            self._published[event.execution_id] = event.sequence
        if not news:
            return
        for callback in tuple(self._callbacks):
            callback(news)
