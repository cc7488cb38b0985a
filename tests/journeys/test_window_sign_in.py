"""The real window at a simulator that people sign in to: in and out, somebody else, locked and unlocked."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QRadioButton
from pytestqt.qtbot import QtBot

from drs_desktop.bootstrap.window import WorkspaceHolder
from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.permissions import ConsoleLocked
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.ui.widgets.sign_in_dialog import SignInDialog
from drs_desktop.ui.widgets.theme import Theme
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers.processes import SMALL_SCENARIO, Simulator, serving
from tests.helpers.sign_in import OPERATOR, VIEWER, Browser
from tests.journeys.test_sign_in import PEOPLE
from tests.journeys.test_window_drill import Operator, _end
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
COLLEAGUE = "colleague"
COLLEAGUES = PEOPLE + (
    "    - {name: colleague, full_name: A colleague, assignments: {dr-hub: [DRSOperator]}}\n"
)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("simulator")
    scenario = folder / "people.yaml"
    scenario.write_text(SMALL_SCENARIO.read_text(encoding="utf-8") + COLLEAGUES, encoding="utf-8")
    with serving(folder / "served", scenario=scenario, signing_window=60) as simulator:
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
    """The real window over a workspace that can be reached with a sign-in only."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", simulator.endpoint_url)
    monkeypatch.setenv("DRS_DESKTOP_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DRS_DESKTOP_SIGN_IN", "sso")
    holder = WorkspaceHolder(WorkspaceChoice())
    session = WindowSession(
        engine=engine, open_services=holder.open, close_services=holder.close, theme=theme
    )
    session.window.show()
    yield session
    loop.run_until_complete(_end(session))


class Person(Operator):
    """Somebody at the window who can also open a page in a browser."""

    @property
    def standing(self) -> str:
        """Return what the status bar says of them."""
        text: str = self.find(QLabel, "statusOperator").text()
        return text

    @property
    def banners(self) -> str:
        return "\n".join(self.window.banners.texts)

    def act(self, action_id: str) -> None:
        action = self.window.actions_table.by_id[action_id]
        assert action.isEnabled(), action.statusTip()
        action.trigger()

    async def begin_sign_in(self) -> str:
        """Ask for a code, and return the address at which it is approved."""
        self.act("sign_in")
        dialog = await until(lambda: self.window.findChild(SignInDialog))
        self.find(QRadioButton, "signInDevice").setChecked(True)
        await self.click("signInButton")
        await until(lambda: dialog.address.isVisible() and dialog.code.text())
        address: str = dialog.address.text()
        return address

    async def sign_in(self, user: str = OPERATOR, decision: str = "approve") -> None:
        address = await self.begin_sign_in()
        await asyncio.to_thread(Browser().decide, address, decision, user)
        if decision == "approve":
            await until(lambda: self.window.findChild(SignInDialog) is None)
            await until(lambda: f" · {user} · " in self.standing)

    async def start_drill(self) -> None:
        self.window.show_pane(self.window.plans_pane)
        plans = self.window.plans_pane
        assert await until(lambda: plans.select_plan("payroll"))
        await self.click("startDrillButton")
        await self.click("startConfirmButton")
        await self.until_status(ExecutionStatus.PAUSED)


@pytest.fixture
def person(
    session: WindowSession,
    qtbot: QtBot,
    loop: asyncio.AbstractEventLoop,  # noqa: F811
) -> Callable[[Callable[[Person], Any]], None]:
    """Open the window and do what a test says in front of it."""

    async def journey(body: Callable[[Person], Any]) -> None:
        assert await session.open()
        await body(Person(session, qtbot))

    return lambda body: loop.run_until_complete(asyncio.wait_for(journey(body), PATIENCE))


Journey = Callable[[Callable[[Person], Any]], None]


def test_cold_start_signs_in_drills_and_signs_out(person: Journey, simulator: Simulator) -> None:
    async def body(somebody: Person) -> None:
        await until(lambda: somebody.banners.startswith("Nobody is signed in to "))
        await somebody.sign_in()
        assert "signed in" in somebody.standing
        assert "in memory only" in somebody.standing
        assert "DRSOperator" in somebody.standing
        await until(lambda: somebody.banners == "")
        await somebody.start_drill()
        await somebody.click("holdResumeButton")
        await somebody.until_status(ExecutionStatus.COMPLETED)
        somebody.act("sign_out")
        await until(lambda: somebody.banners.startswith("Nobody is signed in to "))

    person(body)


def test_denied_sign_in_stays_a_sentence(person: Journey) -> None:
    async def body(somebody: Person) -> None:
        await somebody.sign_in(decision="deny")
        failure: QLabel = somebody.find(QLabel, "signInFailure")
        await until(lambda: "was denied" in failure.text())
        await somebody.click("signInCancelButton")

    person(body)


def test_viewer_signs_in_and_can_start_nothing(person: Journey, simulator: Simulator) -> None:
    before = len(simulator.calls("StartRecovery"))

    async def body(somebody: Person) -> None:
        await somebody.sign_in(VIEWER)
        plans = somebody.window.plans_pane
        somebody.window.show_pane(plans)
        assert await until(lambda: plans.select_plan("payroll"))
        await until(lambda: "DRSViewer may not start" in plans.drill_button.toolTip())
        assert not plans.drill_button.isEnabled()

    person(body)
    assert len(simulator.calls("StartRecovery")) == before


def test_after_somebody_else_signed_in_every_start_is_a_decision(
    person: Journey, simulator: Simulator
) -> None:
    async def body(somebody: Person) -> None:
        await somebody.sign_in()
        await somebody.start_drill()
        started = len(simulator.calls("StartRecovery"))
        await somebody.sign_in(COLLEAGUE)
        log = somebody.window.executions_pane.panel.log
        await until(lambda: any("colleague" in row.words for row in log.all_rows))
        assert len(simulator.calls("StartRecovery")) == started
        somebody.act("resume")
        await somebody.until_status(ExecutionStatus.COMPLETED)
        assert len(simulator.calls("StartRecovery")) > started

    person(body)


def test_drill_goes_on_after_a_revoked_sign_in_and_a_new_one(person: Journey, simulator: Simulator) -> None:
    async def body(somebody: Person) -> None:
        await somebody.sign_in()
        await somebody.start_drill()
        started = len(simulator.calls("StartRecovery"))
        simulator.control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
        simulator.control.ask("POST", "/sim/sessions", {"action": "expire", "all": True})
        await somebody.click("holdResumeButton")
        somebody.act("refresh")
        await until(lambda: somebody.banners.startswith("AWS no longer accepts the sign-in"))
        assert len(simulator.calls("StartRecovery")) == started
        await somebody.sign_in()
        await somebody.until_status(ExecutionStatus.COMPLETED)
        assert len(simulator.calls("StartRecovery")) == started + 2  # one for each wave that was left

    person(body)


def test_locked_console_refuses_in_window_and_service_until_it_is_unlocked(
    person: Journey, session: WindowSession
) -> None:
    async def body(somebody: Person) -> None:
        await somebody.sign_in()
        await somebody.start_drill()
        somebody.act("lock")
        await until(lambda: somebody.banners.startswith("Locked for"))
        desk = somebody.window.desk
        with pytest.raises(ConsoleLocked):
            await desk.bridge.call(desk.services.executions.resume(somebody.view.execution_id))
        await until(lambda: "is locked" in somebody.view.actions.resume.reason)
        somebody.act("unlock")
        field = await until(lambda: somebody.window.findChild(QLineEdit, "unlockWord"))
        field.setText("unlock")
        await somebody.click("unlockButton")
        await until(lambda: somebody.banners == "")
        await somebody.click("holdResumeButton")
        await somebody.until_status(ExecutionStatus.COMPLETED)

    person(body)
