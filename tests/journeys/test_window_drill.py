"""The real window on the real local simulator: a drill from its first click to its last instance gone."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from drs_desktop.bootstrap.window import WorkspaceHolder
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.execution import ExecutionStatus, TerminationState
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers.aws_witness import AwsWitness
from tests.helpers.processes import Simulator, serving
from tests.ui.conftest import (  # noqa: F401  # fixtures of the window
    engine,
    garbage_dies_here,
    garbage_dies_on_the_gui_thread,
    loop,
    theme,
    until,
)

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
PATIENCE = 240.0


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("simulator"), speed=300.0) as simulator:
        yield simulator


@pytest.fixture
def session(
    simulator: Simulator,
    engine: EngineThread,  # noqa: F811
    theme: Theme,  # noqa: F811
    loop: asyncio.AbstractEventLoop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[WindowSession]:
    """The real window over a real workspace on the simulator."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", simulator.endpoint_url)
    monkeypatch.setenv("DRS_DESKTOP_HOME", str(tmp_path / "home"))
    holder = WorkspaceHolder(WorkspaceChoice())
    session = WindowSession(
        engine=engine, open_services=holder.open, close_services=holder.close, theme=theme
    )
    session.window.show()
    yield session
    loop.run_until_complete(_end(session))


async def _end(session: WindowSession) -> None:
    for dialog in session.window.findChildren(QDialog):
        dialog.reject()
    await asyncio.sleep(0)
    await session.close(must_ask=False)
    session.window.deleteLater()
    session.deleteLater()
    await asyncio.sleep(0)


class Operator:
    """What a person does with the window, by its controls alone."""

    def __init__(self, session: WindowSession, qtbot: QtBot) -> None:
        self.window = session.window
        self._qtbot = qtbot

    def find(self, kind: type[Any], name: str) -> Any:
        widget = self.window.findChild(kind, name)
        assert widget is not None, f"{name} is not in the window"
        return widget

    async def click(self, name: str) -> None:
        """Press a button once it is there, visible and enabled."""
        button = await until(lambda: self._pressable(name))
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def _pressable(self, name: str) -> QAbstractButton | None:
        found = self.window.findChildren(QAbstractButton, name)
        return next((b for b in found if b.isVisible() and b.isEnabled()), None)

    @property
    def status(self) -> str:
        label: StatusLabel = self.find(StatusLabel, "executionStatus")
        return label.text()

    @property
    def view(self) -> Any:
        return self.window.executions_pane.view

    async def until_status(self, status: ExecutionStatus) -> None:
        await until(lambda: self.view is not None and self.view.status is status)

    def is_shown(self, name: str) -> bool:
        return any(widget.isVisible() for widget in self.window.findChildren(QWidget, name))


def test_drill_in_the_window_from_start_to_terminated(
    session: WindowSession,
    simulator: Simulator,
    qtbot: QtBot,
    loop: asyncio.AbstractEventLoop,  # noqa: F811
) -> None:
    async def journey() -> None:
        operator = Operator(session, qtbot)
        assert await session.open()
        assert operator.is_shown("simulationBand")
        await _drill(operator)
        _assert_launched(operator, simulator)
        await operator.click("terminateButton")
        await operator.click("confirmButton")
        await until(lambda: operator.view.instances_left == 0 and _all_gone(operator))
        _assert_gone(operator, simulator)

    loop.run_until_complete(asyncio.wait_for(journey(), PATIENCE))


def test_drill_without_a_mouse(
    session: WindowSession,
    simulator: Simulator,
    qtbot: QtBot,
    loop: asyncio.AbstractEventLoop,  # noqa: F811
) -> None:
    async def journey() -> None:
        typist = Typist(session, qtbot)
        assert await session.open()
        await typist.in_front()
        await typist.choose_the_plan("payroll")
        typist.press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        await typist.go_to("startConfirmButton")
        await typist.until_status(ExecutionStatus.PAUSED)
        await typist.in_front()
        typist.press("n")
        await typist.write_and_enter("controlText", "The listener answers.")
        typist.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        await typist.until_status(ExecutionStatus.COMPLETED)
        await until(lambda: "The listener answers." in typist.log)
        await typist.choose_in_the_palette("terminate")
        await typist.go_to("confirmButton")
        await until(lambda: typist.view.instances_left == 0 and _all_gone(typist))
        _assert_gone(typist, simulator)

    loop.run_until_complete(asyncio.wait_for(journey(), PATIENCE))


def test_recovery_without_a_mouse(
    session: WindowSession,
    simulator: Simulator,
    qtbot: QtBot,
    loop: asyncio.AbstractEventLoop,  # noqa: F811
) -> None:
    async def journey() -> None:
        typist = Typist(session, qtbot)
        assert await session.open()
        await typist.in_front()
        await typist.choose_the_plan("payroll")
        typist.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        await typist.write("startPlanName", "payroll")
        await typist.go_to("startConfirmButton")
        await typist.until_status(ExecutionStatus.PAUSED)
        assert typist.view.mode is ExecutionMode.RECOVERY
        await typist.in_front()
        typist.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        await typist.until_status(ExecutionStatus.COMPLETED)
        await typist.choose_in_the_palette("terminate")
        await typist.write("confirmPlanName", "payroll")
        await typist.write("confirmCount", str(typist.view.instances_left))
        await typist.go_to("confirmButton")
        await until(lambda: typist.view.instances_left == 0 and _all_gone(typist))
        _assert_gone(typist, simulator)

    loop.run_until_complete(asyncio.wait_for(journey(), PATIENCE))


class Typist(Operator):
    """An operator whose mouse is broken."""

    async def in_front(self) -> None:
        """Wait until keys go to the window."""
        self.window.activateWindow()
        await until(lambda: QApplication.activeWindow() is self.window)

    def press(self, key: Any, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        where = QApplication.focusWidget() or self.window
        self._qtbot.keyClick(where, key, modifier)

    async def go_to(self, name: str) -> None:
        """Go by Tab to a button of the dialog in front, and press Space."""
        button = await until(lambda: self._pressable(name))
        await until(lambda: QApplication.activeWindow() is button.window())
        for _ in range(40):
            if QApplication.focusWidget() is button:
                self.press(Qt.Key.Key_Space)
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"{name} cannot be reached by Tab")

    async def choose_the_plan(self, plan: str) -> None:
        self.press(Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
        pane = self.window.plans_pane
        await until(lambda: pane.model.total and pane.current_plan)
        self.press("/")
        self._qtbot.keyClicks(QApplication.focusWidget(), plan)
        pane.table.setFocus()
        self.press(Qt.Key.Key_Home)
        assert pane.current_plan.name == plan

    async def write(self, name: str, text: str) -> None:
        """Write into a field of the dialog in front, gone to by Tab."""
        field = await until(lambda: self.window.findChild(QLineEdit, name))
        await until(lambda: QApplication.activeWindow() is field.window())
        for _ in range(40):
            if QApplication.focusWidget() is field:
                self._qtbot.keyClicks(field, text)
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"{name} cannot be reached by Tab")

    async def write_and_enter(self, name: str, text: str) -> None:
        await self.write(name, text)
        self.press(Qt.Key.Key_Return)
        await self.in_front()

    async def choose_in_the_palette(self, words: str) -> None:
        self.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        await self.write_and_enter("paletteField", words)

    @property
    def log(self) -> str:
        return "\n".join(row.words for row in self.window.executions_pane.panel.log.all_rows)


async def _drill(operator: Operator) -> None:
    operator.window.show_pane(operator.window.plans_pane)
    assert await until(lambda: operator.window.plans_pane.select_plan("payroll"))
    await operator.click("startDrillButton")
    await operator.click("startConfirmButton")
    await operator.until_status(ExecutionStatus.PAUSED)
    assert operator.is_shown("holdCard")
    assert "listener" in operator.find(QWidget, "holdText").text()
    await operator.click("holdResumeButton")
    await operator.until_status(ExecutionStatus.COMPLETED)
    assert "Completed" in operator.status


def _assert_launched(operator: Operator, simulator: Simulator) -> None:
    """Compare the window with what AWS itself says."""
    witness = AwsWitness(simulator)
    launched = {
        (item["sourceServerID"], instance_id)
        for place in witness.places
        for instance_id, item in witness.recovery_instances(place).items()
        if item["isDrill"]
    }
    shown = {(row.key.source_server_id, row.recovery_instance_id) for row in operator.view.servers}
    assert len(shown) == 18
    assert launched == shown


def _all_gone(operator: Operator) -> bool:
    return all(row.termination is TerminationState.TERMINATED for row in operator.view.servers)


def _assert_gone(operator: Operator, simulator: Simulator) -> None:
    witness = AwsWitness(simulator)
    assert not any(witness.recovery_instances(place) for place in witness.places)
    for place in witness.places:
        ids = [
            row.recovery_instance_id
            for row in operator.view.servers
            if (row.account_id, row.region) == (place.account, place.region)
        ]
        assert not ids or witness.ec2_states(place, ids) == {"terminated"}
