"""The entry point of the window: application, loop, session."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.engine.tasks import spawn
from drs_desktop.services.api import Services
from drs_desktop.ui.widgets.garbage import GuiGarbageCollector
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.window_session import WindowSession

_INTERRUPTED = 130


def make_application() -> QApplication:
    """Return the application, made if there is none; it never quits by itself."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    application.setApplicationName("drs-desktop")
    application.setApplicationDisplayName("")
    application.setStyle("Fusion")
    # A closed dialog must not end the loop while a coroutine still waits on it.
    application.setQuitOnLastWindowClosed(False)
    return application


def run_window(
    *,
    engine: EngineThread,
    open_services: Callable[[], Coroutine[Any, Any, Services]],
    close_services: Callable[[], Coroutine[Any, Any, None]],
    resource: Callable[..., Path],
    title: str = "DRS Desktop",
    start_execution: ExecutionId | None = None,
    folder: Path | None = None,
    open_sample: Callable[[], None] | None = None,
) -> int:
    """Show the window until it is closed, or a signal asks the process to end; return the exit code.

    Args:
        engine: started; whoever started it stops it afterwards.
        open_services: run on the engine once the window is painted.
        close_services: run on the engine when the window closes, also after a failed opening.
        resource: returns the path of a file below `resources/`.
        start_execution: an execution begun for this window, shown first.
        folder: of the workspace, whose lock for windows this process holds.
        open_sample: opens the sample workspace in another process; None where this is it.
    """
    application = make_application()
    theme = Theme(resource("theme", "console.qss"))
    theme.apply()
    loop = qasync.QEventLoop(application)  # not qasync.run: it would change the loops of other threads
    asyncio.set_event_loop(loop)
    garbage = GuiGarbageCollector()
    garbage.start()
    try:
        with loop:
            code: int = loop.run_until_complete(
                _show(
                    WindowSession(
                        engine=engine,
                        open_services=open_services,
                        close_services=close_services,
                        theme=theme,
                        title=title,
                        start_execution=start_execution,
                        folder=folder,
                        open_sample=open_sample,
                    )
                )
            )
            return code
    finally:
        garbage.stop()
        asyncio.set_event_loop(None)


async def _show(session: WindowSession) -> int:
    """Return 0 when the window was closed in it, 130 when a signal closed it."""
    received: list[str] = []

    def interrupt(name: str) -> None:
        received.append(name)
        spawn(session.close(must_ask=False), name=f"close the window on {name}")

    try:
        _on_interruption(interrupt)
        await session.run()
    finally:
        session.window.deleteLater()
    return _INTERRUPTED if received else 0


def _on_interruption(interrupt: Callable[[str], None]) -> None:
    """Have the loop call back; Python's own handlers would wait for Qt to run some Python."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            with contextlib.suppress(NotImplementedError, ValueError):  # Windows; not the main thread
                loop.add_signal_handler(number, interrupt, name)
