"""What a person hears of who looks elsewhere: once, at the right moment, and never in the way."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QMainWindow

from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.ui.models.attention import Attention, Call
from drs_desktop.ui.widgets.notifier import Notifier, SystemTray
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_operator import a_signed_in_operator
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until

LIVE = fake.a_view(reason="")
WAITS = replace(
    LIVE, status=ExecutionStatus.PAUSED, needs_person=True, reason="Wave 3 waits before its start."
)
DONE = replace(LIVE, status=ExecutionStatus.COMPLETED, reason="18 of 18 servers launched.")


def heard(*views: Any) -> list[str]:
    attention = Attention()
    return [call.title for view in views if (call := attention.heard(view)) is not None]


@pytest.mark.parametrize(
    ("views", "told"),
    [
        ((LIVE, WAITS), ["payroll · DRILL: Waits for you"]),
        ((LIVE, WAITS, WAITS), ["payroll · DRILL: Waits for you"]),
        ((LIVE, WAITS, LIVE, WAITS), ["payroll · DRILL: Waits for you"] * 2),
        ((LIVE, DONE), ["payroll · DRILL: Completed"]),
        ((WAITS,), ["payroll · DRILL: Waits for you"]),
        ((DONE, DONE), []),
        ((LIVE, LIVE), []),
    ],
)
def test_each_change_is_told_once_and_nothing_old_at_all(views: Any, told: list[str]) -> None:
    assert heard(*views) == told


def test_what_waited_already_when_the_window_opened_is_not_told() -> None:
    attention = Attention()
    attention.listed([fake.a_row(WAITS)])
    assert attention.heard(WAITS) is None
    assert attention.heard(DONE) is not None


def test_message_says_that_it_is_a_recovery() -> None:
    recovery = replace(LIVE, mode=ExecutionMode.RECOVERY)
    (title,) = heard(recovery, replace(WAITS, mode=ExecutionMode.RECOVERY))
    assert "RECOVERY" in title


class FakeTray:
    """A desktop's tray that remembers."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str, bool]] = []
        self.is_closed = False

    def show_message(self, title: str, text: str, *, is_urgent: bool) -> None:
        self.shown.append((title, text, is_urgent))

    def close(self) -> None:
        self.is_closed = True


CALL = Call(title="payroll · DRILL: Waits for you", text="Wave 3 waits.", execution_id="x", is_urgent=True)


@pytest.fixture
def window(qtbot: Any) -> QMainWindow:
    """A window that is not in front."""
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


def test_window_that_is_not_in_front_is_told_of_by_the_desktop(window: QMainWindow) -> None:
    tray = FakeTray()
    Notifier(window, tray).tell(CALL)
    assert tray.shown == [(CALL.title, CALL.text, True)]
    assert window.statusBar().currentMessage() == f"{CALL.title}. {CALL.text}"


def test_window_in_front_says_it_in_its_status_bar_alone(window: QMainWindow, run: Run) -> None:
    tray = FakeTray()
    window.show()
    window.activateWindow()
    run(until(window.isActiveWindow))
    Notifier(window, tray).tell(CALL)
    assert tray.shown == []
    assert window.statusBar().currentMessage() == f"{CALL.title}. {CALL.text}"


def test_desktop_without_a_tray_leaves_the_status_bar(window: QMainWindow) -> None:
    assert not SystemTray.is_there()
    Notifier(window).tell(CALL)
    assert CALL.text in window.statusBar().currentMessage()


def test_coming_because_of_a_message_shows_its_execution(window: QMainWindow) -> None:
    notifier = Notifier(window, FakeTray())
    wanted: list[str] = []
    notifier.answered.connect(wanted.append)
    notifier.tell(CALL)
    notifier.answer()
    assert wanted == ["x"]


def test_window_tells_when_an_execution_waits(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(LIVE)

    async def body() -> None:
        await session.open()
        await session.bridge.call(workspace.executions.push(fake.an_update(WAITS)))
        bar = session.window.statusBar()
        await until(lambda: bar.currentMessage() == f"payroll · DRILL: Waits for you. {WAITS.reason}")

    run(body())


def test_window_tells_when_the_sign_in_ends_soon(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        await session.open()
        alert = "The sign-in to corp ends in 10 minutes."
        workspace.operator.view = a_signed_in_operator(alert=alert)
        session.window.operator.look_soon()
        await until(lambda: session.window.statusBar().currentMessage() == f"Sign-in. {alert}")

    run(body())


def test_tray_is_left_as_it_was_found(session: WindowSession, run: Run) -> None:
    tray = FakeTray()
    session.window.notifier._tray = tray
    run(session.open())
    run(session.close(must_ask=False))
    assert tray.is_closed
