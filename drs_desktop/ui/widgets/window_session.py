"""One window from its first frame to its last: opens the workspace behind it and closes it again."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog
from PySide6.QtCore import QObject

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.api import Services
from drs_desktop.services.views import ActionState
from drs_desktop.ui.bridge import Bridge
from drs_desktop.ui.widgets.close_dialog import CloseDialog
from drs_desktop.ui.widgets.garbage import set_imports_aside
from drs_desktop.ui.widgets.layout_memory import LayoutMemory
from drs_desktop.ui.widgets.main_window import MainWindow
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.window_door import WindowDoor, door_name

LAYOUT_FILE = "window.ini"
SAID_MILLISECONDS = 20_000
_log = structlog.get_logger(__name__)


class WindowSession(QObject):
    """Owns a `MainWindow`; needs a running qasync loop, and neither starts nor stops it or the engine.

    Attributes:
        window: the real window; `names.py` lists its controls.
    """

    def __init__(
        self,
        *,
        engine: EngineThread,
        open_services: Callable[[], Coroutine[Any, Any, Services]],
        close_services: Callable[[], Coroutine[Any, Any, None]],
        theme: Theme,
        title: str = "DRS Desktop",
        start_execution: ExecutionId | None = None,
        folder: Path | None = None,
        open_sample: Callable[[], None] | None = None,
    ) -> None:
        """Build the window as it was left.

        Args:
            engine: started.
            open_services: run on the engine by `open`.
            close_services: run on the engine when the window closes.
            theme: its colours.
            title: what its title bar says.
            start_execution: an execution begun for this window, shown first.
            folder: of the workspace: where the layout is kept, and by which second starts find this window;
                this process holds its lock. None does neither.
            open_sample: opens the sample workspace in a window of its own; may block for a moment.
        """
        super().__init__()
        self.bridge = Bridge(engine, self)
        self.window = MainWindow(self.bridge, theme, title)
        self._memory = LayoutMemory(folder / LAYOUT_FILE if folder is not None else None)
        self._memory.restore(self.window)
        self.window.restore_words(self._memory.word("pane"), self._memory.word("appearance"))
        self.door = WindowDoor(door_name(folder), self) if folder is not None else None
        if self.door is not None:
            self.door.knocked.connect(self._on_knocked)
        self._theme = theme
        self._open_services = open_services
        self._close_services = close_services
        self._start_execution = start_execution
        self._closed = asyncio.Event()
        self._is_closing = False
        self._opening: asyncio.Task[bool] | None = None
        self._open_sample = open_sample
        self.window.close_asked.connect(self._on_close_asked)
        self.window.sample_wanted.connect(self._on_sample_wanted)
        self.window.actions_table.show_states({"sample": self._sample_state()})

    async def run(self) -> None:
        """Show the window, open the workspace, and return when the window has closed."""
        self.window.show()
        self._opening = spawn(self.open(), name="open the workspace")
        await self._closed.wait()

    async def open(self) -> bool:
        """Open the services on the engine and fill the panes; return whether that worked."""
        try:
            services = await self.bridge.call(self._open_services())
            set_imports_aside()
            await self.window.open(services)
        except DrsDesktopError as error:
            _log.warning("workspace not opened", error=str(error))
            self._show_failure(str(error))
            return False
        except Exception as error:  # noqa: BLE001  # a start that fails must say so in the window
            _log.exception("opening broke")
            self._show_failure(
                self.tr("A fault in this program: {0}. The log has the details.").format(type(error).__name__)
            )
            return False
        if self._start_execution is not None:
            self.window.desk.driven.add(self._start_execution)
            self.window.open_execution(self._start_execution)
        return True

    def _show_failure(self, sentence: str) -> None:
        if self.window.desk.is_open:
            self.window.desk.flows.failed.emit(self.tr("Read the workspace"), sentence)
        else:
            self.window.show_failure(sentence)

    async def close(self, *, must_ask: bool = True) -> bool:
        """Close the window and the services, asking first while executions are driven from here.

        Returns whether it was closed; only then may the engine be stopped.
        """
        if self._is_closing:
            return False
        self._is_closing = True
        if must_ask and not await self._may_close():
            self._is_closing = False
            return False
        self._memory.keep(self.window, **self.window.words_to_keep)
        self.window.stop()
        self.window.hide()
        if self.door is not None:
            self.door.close()
        await self._give_up_opening()
        await self.window.desk.flows.close()
        await self.bridge.unsubscribe()
        try:
            await self.bridge.call(self._close_services())
        except Exception:  # noqa: BLE001  # the window must close whatever the workspace says
            _log.exception("closing the workspace failed")
        self.bridge.close()
        self.window.finish_closing()
        self._closed.set()
        return True

    async def _give_up_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)

    async def _may_close(self) -> bool:
        desk = self.window.desk
        views = [view for execution_id, view in desk.live.items() if execution_id in desk.driven]
        return not views or await CloseDialog.may_quit(self.window, self._theme, views)

    def _on_knocked(self, execution_id: str) -> None:
        """Come to the front: somebody started the program again."""
        _log.info("asked to the front", execution=execution_id)
        self.window.come_to_front()
        if execution_id and self.window.desk.is_open:
            self.window.open_execution(ExecutionId(execution_id))

    def _sample_state(self) -> ActionState:
        if self._open_sample is not None:
            return ActionState(enabled=True)
        return ActionState(enabled=False, reason=self.tr("This is the sample workspace, or like it."))

    def _on_sample_wanted(self) -> None:
        if self._open_sample is not None:
            words = self.tr("The sample workspace opens in a window of its own.")
            self.window.statusBar().showMessage(words, SAID_MILLISECONDS)
            opening = asyncio.to_thread(self._open_sample)
            self.window.desk.flows.start(opening, title=self.tr("Open the sample workspace"))

    def _on_close_asked(self) -> None:
        if not self._is_closing:
            spawn(self.close(), name="close the window")
