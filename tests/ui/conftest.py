"""Fixtures of the window's tests: a loop of the window's kind, an engine, and a session on fake services."""

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtWidgets import QApplication, QDialog

from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.ui.widgets.application import make_application
from drs_desktop.ui.widgets.theme import Appearance, Theme
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers.fake_services import FakeWorkspace, a_full_workspace

STYLE = Path(__file__).resolve().parents[2] / "resources" / "theme" / "console.qss"
PATIENCE = 60.0

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module", autouse=True)
def garbage_dies_here() -> Iterator[None]:
    """Collect what the tests of a module leave on this thread: another thread must not destroy Qt objects."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def garbage_dies_on_the_gui_thread() -> Iterator[None]:
    """Fail the test during which another thread collected: Qt objects that die there end the process."""
    strangers: list[str] = []

    def look(phase: str, info: dict[str, int]) -> None:
        thread = threading.current_thread()
        if phase == "start" and thread is not threading.main_thread():
            strangers.append(f"generation {info['generation']} on {thread.name}")

    gc.callbacks.append(look)
    yield
    gc.callbacks.remove(look)
    assert not strangers


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, applied."""
    make_application()
    theme = Theme(STYLE)
    theme.choose(Appearance.LIGHT)
    yield theme
    theme.deleteLater()


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of the window's kind."""
    qapp.setQuitOnLastWindowClosed(False)
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def run(loop: asyncio.AbstractEventLoop) -> Run:
    """Run a coroutine on the window's loop to its end."""
    return lambda work: loop.run_until_complete(asyncio.wait_for(work, PATIENCE))


@pytest.fixture
def engine() -> Iterator[EngineThread]:
    """A running engine thread."""
    engine = EngineThread().start()
    yield engine
    assert engine.stop()


@pytest.fixture
def workspace() -> FakeWorkspace:
    """Fake services with servers, a group and a plan; change them before the session opens."""
    return a_full_workspace()


@pytest.fixture
def session(
    run: Run, engine: EngineThread, theme: Theme, workspace: FakeWorkspace
) -> Iterator[WindowSession]:
    """A shown window that has not opened its workspace yet; closed and deleted afterwards."""
    session = WindowSession(
        engine=engine, open_services=workspace.open, close_services=workspace.close, theme=theme
    )
    session.window.show()
    yield session
    run(_end(session))


async def _end(session: WindowSession) -> None:
    for dialog in session.window.findChildren(QDialog):
        dialog.reject()
    await asyncio.sleep(0)
    await session.close(must_ask=False)
    session.window.deleteLater()
    session.deleteLater()
    await asyncio.sleep(0)


async def until(predicate: Callable[[], Any]) -> Any:
    """Return the predicate's value once it is true; the loop's other work goes on meanwhile."""
    while not (value := predicate()):  # noqa: ASYNC110  # a widget has no event to await
        await asyncio.sleep(0.005)
    return value
