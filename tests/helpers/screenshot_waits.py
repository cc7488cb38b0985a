"""Waiting for what a picture is to show, without sleeping."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog

from drs_desktop.ui.widgets.start_dialog import StartDialog
from drs_desktop.ui.widgets.window_session import WindowSession

PATIENCE = 60.0
QUIET_TURNS = 5


def turn() -> Awaitable[None]:
    """Return once Qt has gone through its events and timers that are due."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    QTimer.singleShot(0, lambda: done.done() or done.set_result(None))
    return done


async def until(predicate: Callable[[], Any]) -> Any:
    """Return the predicate's value once it is true."""
    async with asyncio.timeout(PATIENCE):
        while not (value := predicate()):
            await turn()
    return value


async def settled() -> None:
    """Return when layouts and columns have taken their sizes, which takes them a turn each."""
    for _ in range(QUIET_TURNS):
        await turn()


async def opened(session: WindowSession, name: str) -> QDialog:
    """Wait until a dialog of this name is open and filled."""

    def found() -> QDialog | None:
        dialog = session.window.findChild(QDialog, name)
        is_filled = not isinstance(dialog, StartDialog) or dialog.is_checked
        return dialog if dialog is not None and dialog.isVisible() and is_filled else None

    dialog: QDialog = await until(found)
    return dialog
