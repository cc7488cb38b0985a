"""The entry point: shows the window before the workspace is open, and ends when it is closed."""

import asyncio

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.services.api import Services
from drs_desktop.ui.widgets.application import run_window
from drs_desktop.ui.widgets.main_window import MainWindow
from tests.helpers.fake_services import DRILL_ID, FakeWorkspace, a_view
from tests.ui.conftest import STYLE


def shown_window() -> MainWindow | None:
    """Return the window that is on the screen, or None."""
    windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]
    return windows[0] if windows else None


class Operator:
    """Waits for the window, lets the workspace open, looks, and closes the window."""

    def __init__(self, engine: EngineThread) -> None:
        self._engine = engine
        self.may_open = asyncio.Event()
        self.saw: list[str] = []
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        window = shown_window()
        if window is None:
            return
        if not self.saw:
            self.saw.append("shell" if window.servers_pane.is_empty else "too late")
            self._engine.loop.call_soon_threadsafe(self.may_open.set)
        elif window.executions_pane.view is not None:
            self.saw.append(window.executions_pane.view.plan_name)
            self._timer.stop()
            window.desk.driven.clear()
            window.close()


def test_window_runs_from_first_frame_to_close(
    qapp: QApplication, engine: EngineThread, workspace: FakeWorkspace
) -> None:
    workspace.executions.add(a_view())
    operator = Operator(engine)

    async def open_late() -> Services:
        await operator.may_open.wait()
        return await workspace.open()

    code = run_window(
        engine=engine,
        open_services=open_late,
        close_services=workspace.close,
        resource=lambda *parts: STYLE.parents[1].joinpath(*parts),
        start_execution=DRILL_ID,
    )
    assert code == 0
    assert operator.saw == ["shell", "payroll"]
    assert workspace.is_closed
    assert workspace.executions.callbacks == []
