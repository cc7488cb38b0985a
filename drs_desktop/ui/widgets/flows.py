"""Flows: what a click sets going. Named, kept, cancelled with the window; an error becomes a sentence."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from PySide6.QtCore import QObject, Signal

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.engine.tasks import spawn
from drs_desktop.ui.bridge import WindowClosed

_log = structlog.get_logger(__name__)


class Flows(QObject):
    """Starts coroutines on the window's loop.

    Signals:
        failed: what was tried and the sentence that says why it did not work.
    """

    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def start(self, work: Coroutine[Any, Any, None], *, title: str) -> None:
        """Run a coroutine; `title` says for people what is tried.

        A closed window starts nothing more, nor does one whose loop has ended.
        """
        if self._is_closed or not _is_loop_running():
            work.close()
            return
        task = spawn(self._guarded(work, title), name=title)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _task: work.close())  # it may have been cancelled before its first step

    async def close(self) -> None:
        """Cancel what still runs, and wait until it has ended."""
        self._is_closed = True
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, work: Coroutine[Any, Any, None], title: str) -> None:
        try:
            await work
        except WindowClosed:
            return
        except DrsDesktopError as error:
            _log.warning("flow failed", flow=title, error=str(error))
            self.failed.emit(title, str(error))
        except Exception as error:  # noqa: BLE001  # the last place where a click's fault can be told
            _log.exception("flow broke", flow=title)
            self.failed.emit(title, self.tr("A fault in this program: {0}.").format(type(error).__name__))


def _is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
