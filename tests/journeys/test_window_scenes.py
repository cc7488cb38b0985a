"""Scenes an operator lives through, in the real window on the real local simulator."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from drs_desktop.bootstrap.window import WorkspaceHolder
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.ui.widgets.execution_window import ExecutionWindow
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.processes import Simulator, serving
from tests.helpers.relay import relaying
from tests.journeys.test_window_drill import Typist, _end
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
DEMO_SPEED = 60
"""How much quicker than here the demo's time passes."""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("simulator"), speed=300.0) as simulator:
        yield simulator


@contextmanager
def a_session(
    url: str,
    home: Path,
    engine: EngineThread,  # noqa: F811
    theme: Theme,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[WindowSession]:
    """Show the real window over a workspace of its own on the simulator, to the end of the block."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("DRS_DESKTOP_HOME", str(home))
    holder = WorkspaceHolder(WorkspaceChoice())
    session = WindowSession(
        engine=engine, open_services=holder.open, close_services=holder.close, theme=theme
    )
    session.window.show()
    yield session
    asyncio.get_event_loop().run_until_complete(_end(session))


@pytest.fixture
def session(
    simulator: Simulator,
    engine: EngineThread,  # noqa: F811
    theme: Theme,  # noqa: F811
    loop: asyncio.AbstractEventLoop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[WindowSession]:
    with a_session(simulator.endpoint_url, tmp_path / "home", engine, theme, monkeypatch) as session:
        yield session


def label(root: QWidget, name: str) -> str:
    found: Any = root.findChild(QWidget, name)
    assert found is not None, name
    return str(found.text())


async def start_drill(typist: Typist, plan: str) -> None:
    """Start a drill of a plan by keys alone."""
    await typist.in_front()
    await typist.choose_the_plan(plan)
    typist.press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    await typist.go_to("startConfirmButton")
    await until(lambda: typist.view is not None and typist.view.plan_name == plan)


# ---- scene 2


def test_drill_day_two_drills_are_watched_answered_and_noted_at_once(
    session: WindowSession,
    simulator: Simulator,
    qtbot: QtBot,
    loop: asyncio.AbstractEventLoop,  # noqa: F811
) -> None:
    async def scene() -> None:
        typist = Typist(session, qtbot)
        assert await session.open()
        pane = session.window.executions_pane
        await start_drill(typist, "storefront")
        await typist.in_front()
        typist.press(Qt.Key.Key_N, _CTRL | Qt.KeyboardModifier.ShiftModifier)
        (shop,) = pane.windows
        await until(lambda: shop.panel.view)
        await start_drill(typist, "payroll")
        await typist.until_status(ExecutionStatus.PAUSED)
        assert "listener" in label(session.window, "holdText")
        await typist.in_front()
        typist.press("n")
        await typist.write_and_enter("controlText", "Told the call: ten more minutes.")
        typist.press(Qt.Key.Key_R, _CTRL)
        await typist.until_status(ExecutionStatus.COMPLETED)
        await until(lambda: _is_over(shop))
        assert "Told the call: ten more minutes." in typist.log
        assert label(shop, "executionTitle") == "storefront"
        assert "storefront · DRILL – Partly failed" in shop.windowTitle(), "the demo has a server that fails"
        _assert_failures_are_explained(shop)
        _assert_all_launched(shop, simulator, pane.panel.view.servers)
        shop.close()
        assert label(session.window, "statusLive").startswith("live executions: 0")

    loop.run_until_complete(asyncio.wait_for(scene(), PATIENCE))


def _is_over(window: ExecutionWindow) -> bool:
    view = window.panel.view
    return view is not None and view.status.is_terminal


def _assert_failures_are_explained(window: ExecutionWindow) -> None:
    """Every server that did not come up says what happened and what to do."""
    assert window.panel.view is not None
    failed = [row for row in window.panel.view.servers if row.launch_status is not LaunchStatus.LAUNCHED]
    assert failed
    assert all(row.message and row.remedy for row in failed)


def _assert_all_launched(window: ExecutionWindow, simulator: Simulator, others: Any) -> None:
    """Compare both drills with what AWS itself has."""
    assert window.panel.view is not None
    rows = (*window.panel.view.servers, *others)
    shown = {row.recovery_instance_id for row in rows if row.recovery_instance_id}
    witness = AwsWitness(simulator)
    assert shown == {each for place in witness.places for each in witness.recovery_instances(place)}


# ---- scene 4


def test_network_that_breaks_while_a_wave_starts_is_waited_out_and_starts_nothing_twice(
    simulator: Simulator,
    engine: EngineThread,  # noqa: F811
    theme: Theme,  # noqa: F811
    qtbot: QtBot,
    loop: asyncio.AbstractEventLoop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    async def scene(session: WindowSession, relay: Any) -> None:
        typist = Typist(session, qtbot)
        assert await session.open()
        await start_drill(typist, "payroll")
        await typist.until_status(ExecutionStatus.PAUSED)
        with simulator.fault({"kind": "hold_answer", "seconds": 600}, wave=2) as held:
            await typist.click("holdResumeButton")
            await asyncio.get_running_loop().run_in_executor(None, held.until_met)
            relay.cut()
        await until(lambda: typist.is_shown("questionCard"))
        await _assert_that_doubt_is_safe(typist)
        relay.mend()
        await until(lambda: not typist.is_shown("questionCard"))
        await typist.until_status(ExecutionStatus.COMPLETED)
        jobs = AwsWitness(simulator).launch_jobs(typist.view.execution_id)
        assert [(wave, count) for (wave, _, _), count in parts_of(jobs).items()] == [(1, 1), (2, 1), (3, 1)]

    with (
        relaying(simulator.endpoint_url) as relay,
        a_session(relay.url, tmp_path / "home", engine, theme, monkeypatch) as session,
    ):
        loop.run_until_complete(asyncio.wait_for(scene(session, relay), PATIENCE))


async def _assert_that_doubt_is_safe(typist: Typist) -> None:
    """The safe answer is chosen; nothing that starts anything can be pressed; the evidence is there."""
    status: StatusLabel = typist.find(StatusLabel, "questionStatus")
    assert status.text() == "We do not know whether AWS started it"
    assert typist.find(QRadioButton, "questionKeepLooking").isChecked()
    nothing = typist.find(QRadioButton, "questionNothingStarted")
    assert not nothing.isEnabled()
    assert "the request may still arrive" in nothing.accessibleDescription()
    assert "Intent" in label(typist.window, "questionEvidence")
    assert "Nothing is started meanwhile" in label(typist.window, "questionPlan")
    states = typist.window.executions_pane.states
    assert not states["retry"].enabled
    typist.find(
        QPushButton, "questionAnswerButton"
    ).click()  # impatience: the safe answer, which starts nothing


# ---- scene 6


def test_newcomer_runs_a_drill_that_is_marked_as_a_simulation_everywhere(
    session: WindowSession,
    qtbot: QtBot,
    loop: asyncio.AbstractEventLoop,  # noqa: F811
) -> None:
    async def scene() -> None:
        typist = Typist(session, qtbot)
        assert await session.open()
        assert typist.is_shown("simulationBand")
        assert "SIMULATION" in session.window.windowTitle()
        assert "SIMULATION" in label(session.window, "statusEndpoint")
        await typist.in_front()
        await typist.choose_the_plan("payroll")
        typist.press(Qt.Key.Key_D, _CTRL)
        await until(lambda: typist.is_shown("startConfirmButton"))
        assert typist.is_shown("dialogBand")
        await typist.go_to("startConfirmButton")
        await typist.until_status(ExecutionStatus.PAUSED)
        session.window.executions_pane.open_window()
        (own,) = session.window.executions_pane.windows
        await until(lambda: own.panel.view)
        assert "SIMULATION" in own.windowTitle()
        own.close()
        await typist.in_front()
        typist.press(Qt.Key.Key_R, _CTRL)
        await typist.until_status(ExecutionStatus.COMPLETED)
        waves = typist.view.waves
        assert sum((w.ended_at - w.started_at).total_seconds() for w in waves) / DEMO_SPEED <= 120

    loop.run_until_complete(asyncio.wait_for(scene(), PATIENCE))


_CTRL = Qt.KeyboardModifier.ControlModifier


# ---- scene 1


def test_draft_of_a_plan_outlives_the_program_and_becomes_a_version(
    simulator: Simulator,
    engine: EngineThread,  # noqa: F811
    theme: Theme,  # noqa: F811
    loop: asyncio.AbstractEventLoop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    async def evening(session: WindowSession) -> None:
        editor = await _open_editor(session)
        assert editor.members.total == 18
        editor.tree.setCurrentIndex(editor.model.index_of(3))
        editor.action("editorEarlier").trigger()
        drafts = session.window.desk.services.drafts
        assert drafts is not None
        await until(lambda: not session.window.desk.flows._tasks)
        assert len(await session.bridge.call(drafts.drafts())) == 1

    async def morning(session: WindowSession) -> None:
        editor = await _open_editor(session)
        assert editor.state.text() == "Draft, based on version 1"
        assert [wave.name for wave in editor.box.plan.waves] == ["Databases", "Web", "Applications"]
        await until(editor.save_button.isEnabled)
        editor.save_button.click()
        await until(lambda: editor.state.text() == "Version 2")
        await until(lambda: session.window.plans_pane.current_plan.revision == 2)

    for scene in (evening, morning):
        with a_session(simulator.endpoint_url, tmp_path / "home", engine, theme, monkeypatch) as session:
            assert loop.run_until_complete(asyncio.wait_for(session.open(), PATIENCE))
            loop.run_until_complete(asyncio.wait_for(scene(session), PATIENCE))


async def _open_editor(session: WindowSession) -> Any:
    pane = session.window.plans_pane
    await until(lambda: session.window.desk.inventory and pane.select_plan("payroll"))
    session.window.actions_table.by_id["edit_plan"].trigger()
    (editor,) = pane.editors
    await until(lambda: editor.box.plan)
    return editor
