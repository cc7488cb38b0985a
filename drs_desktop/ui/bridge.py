"""The one place where the engine's thread and the window's thread meet.

Requests go down as coroutines: a flow of the window awaits `Bridge.call`. News comes up as one signal per
frame: what the engine reported since the last frame is gathered here, the newest view of each execution and
its changed rows and log lines merged, so that a burst costs one repaint.
"""

import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import Subscription
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.services.api import ExecutionApi
from drs_desktop.services.views import ExecutionUpdate

FRAME_MILLISECONDS = 16

_T = TypeVar("_T")


class WindowClosed(DrsDesktopError):
    """Something was asked after the window had let go of the engine."""


@dataclass(frozen=True, kw_only=True)
class UpdateBatch:
    """What changed during one frame: at most one update per execution."""

    updates: tuple[ExecutionUpdate, ...]


def merge(updates: Sequence[ExecutionUpdate]) -> ExecutionUpdate:
    """Return one update that tells all that these of one execution tell, in the order given."""
    servers = {row.key: row for update in updates for row in update.changed_servers}
    waves = {row.number: row for update in updates for row in update.changed_waves}
    log = {row.position: row for update in updates for row in update.new_log}
    return ExecutionUpdate(
        view=updates[-1].view,
        changed_servers=tuple(servers.values()),
        changed_waves=tuple(waves.values()),
        new_log=tuple(log.values()),
    )


class Bridge(QObject):
    """Carries requests to the engine and news from it.

    Signals:
        updated: an `UpdateBatch`, on the window's thread, at most one per frame.
    """

    updated = Signal(object)
    _wake = Signal()
    _relayed = Signal(object, object)

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._lock = threading.Lock()
        self._pending: dict[ExecutionId, list[ExecutionUpdate]] = {}
        self._is_armed = False
        self._is_closed = False
        self._subscription: Subscription | None = None
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(FRAME_MILLISECONDS)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._deliver)
        self._wake.connect(self._frame.start, Qt.ConnectionType.QueuedConnection)
        self._relayed.connect(self._on_relayed, Qt.ConnectionType.QueuedConnection)

    async def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine on the engine's thread and return what it returns.

        Cancelling the caller cancels the work.

        Raises:
            WindowClosed: the window let go of the engine before.
        """
        if self._is_closed:
            work.close()
            raise WindowClosed("The window is closing.")
        return await self._engine.call(work)

    async def listen(self, executions: ExecutionApi) -> None:
        """Let changes of every execution arrive as `updated` from now on."""
        self._subscription = await self.call(_subscribe(executions, self.post))

    async def unsubscribe(self) -> None:
        """Stop listening; requests may still be made."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            await self.call(_unsubscribe(subscription))

    def relay(self, callback: Callable[[_T], None]) -> Callable[[_T], None]:
        """Return a callback for the engine that calls this one on the window's thread, a little later."""
        return lambda value: self._relayed.emit(callback, value)

    def close(self) -> None:
        """Let go of the engine: nothing is emitted and nothing may be called afterwards."""
        self._is_closed = True
        self._frame.stop()

    def post(self, update: ExecutionUpdate) -> None:
        """Take one update, on any thread."""
        with self._lock:
            self._pending.setdefault(update.view.execution_id, []).append(update)
            must_wake = not self._is_armed
            self._is_armed = True
        if must_wake:
            self._wake.emit()

    def _on_relayed(self, callback: Callable[[object], None], value: object) -> None:
        if not self._is_closed:
            callback(value)

    def _deliver(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, {}
            self._is_armed = False
        if pending and not self._is_closed:
            self.updated.emit(UpdateBatch(updates=tuple(merge(updates) for updates in pending.values())))


async def _subscribe(executions: ExecutionApi, callback: Callable[[ExecutionUpdate], None]) -> Subscription:
    return executions.subscribe(callback)


async def _unsubscribe(subscription: Subscription) -> None:
    subscription.close()
