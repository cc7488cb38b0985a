"""The controls of a live execution: asked with a preview, refused with a reason, reached by keys."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QToolButton

from drs_desktop.domain.job import LaunchStatus
from drs_desktop.ui.models.controls import VERBS, control_of, control_states
from drs_desktop.ui.widgets.actions import MORE
from drs_desktop.ui.widgets.executions_pane import ExecutionsPane
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until
from tests.ui.test_execution import asked, show
from tests.ui.test_window import dialog_of, press, words

# ---- whether and what


def test_without_an_execution_every_control_says_so() -> None:
    states = control_states(None)
    assert set(states) == set(VERBS)
    assert not any(state.enabled for state in states.values())
    assert all(state.reason for state in states.values())


def test_a_control_that_makes_no_sense_says_why() -> None:
    states = control_states(fake.a_view())
    assert states["note"].enabled
    reasons = {verb: states[verb].reason for verb in ("retry", "skip", "end_wait", "extend_wait")}
    assert reasons == {
        "retry": "No wave waits after a failure.",
        "skip": "Every wave has started something.",
        "end_wait": "No timed wait is running.",
        "extend_wait": "No timed wait is running.",
    }


def test_an_execution_begun_elsewhere_gives_its_reason_for_every_start() -> None:
    gone = fake.no("It was begun on a simulator that is gone.")
    view = replace(
        fake.a_view_with_everything(),
        actions=replace(fake.a_view().actions, pause=gone, resume=gone, cancel=gone, terminate=gone),
    )
    states = control_states(view)
    for verb in ("pause", "resume", "cancel", "terminate", "retry", "skip"):
        assert states[verb] == gone
    assert states["note"].enabled


def test_retry_names_what_is_started_again_and_what_is_left_alone() -> None:
    (choice,) = control_of("retry", fake.a_view_with_everything()).choices
    assert choice.preview == (
        "StartRecovery is called again, as a new attempt, for:",
        "• payroll-dr eu-west-1: db-pay-02, db-pay-03",
        "Servers that launched are left alone: no instance is deleted.",
    )


def test_stop_watching_names_the_jobs_it_leaves() -> None:
    (choice,) = control_of("stop_watching", fake.a_view_with_everything()).choices
    assert "Left running, unseen: drsjob-2" in choice.preview


def test_a_hundred_servers_are_named_in_part() -> None:
    view = fake.a_view_with_everything()
    servers = tuple(fake.a_launch(n, launch_status=LaunchStatus.FAILED) for n in range(1, 101))
    (choice,) = control_of("retry", replace(view, servers=servers)).choices
    assert choice.preview[1].endswith("db-pay-08 and 92 more")


# ---- in the window


def decide(
    session: WindowSession, workspace: FakeWorkspace, run: Run, verb: str, fill: Any = None
) -> list[tuple[Any, ...]]:
    """Open a control's dialog, fill it in, confirm it, and return what was asked of the services."""
    workspace.executions.add(fake.a_view_with_everything())

    async def body(pane: ExecutionsPane) -> None:
        session.window.actions_table.by_id[verb].trigger()
        dialog = await until(lambda: dialog_of(session.window, "controlDialog"))
        assert asked(workspace) == []
        assert dialog.preview.text()
        if fill is not None:
            fill(dialog)
        press(dialog, "controlConfirmButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    return asked(workspace)


def write(text: str) -> Any:
    return lambda dialog: dialog.findChild(QLineEdit, "controlText").setText(text)


def test_retry_starts_the_failed_servers_of_a_wave_again(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    assert decide(session, workspace, run, "retry") == [("retry", fake.DRILL_ID, 1)]


def test_skip_takes_the_chosen_wave_and_the_reason(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    def fill(dialog: Any) -> None:
        dialog.findChild(QComboBox, "controlChoice").setCurrentIndex(1)
        write(" not needed today ")(dialog)

    assert decide(session, workspace, run, "skip", fill) == [("skip", fake.DRILL_ID, 3, "not needed today")]


def test_a_wait_is_ended(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    assert decide(session, workspace, run, "end_wait") == [("end_wait", fake.a_wait(1).key)]


def test_a_wait_is_extended_by_minutes(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    def fill(dialog: Any) -> None:
        field, button = dialog.minutes, dialog.findChild(QPushButton, "controlConfirmButton")
        field.setText("1441")
        assert not button.isEnabled()
        assert button.accessibleDescription() == "Minutes later, from 1 to 1440:"
        field.setText("25")

    key = fake.a_wait(1).key
    assert decide(session, workspace, run, "extend_wait", fill) == [
        ("extend_wait", key, timedelta(minutes=25))
    ]


def test_clean_up_is_asked_for(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    assert decide(session, workspace, run, "clean_up") == [("clean_up", fake.DRILL_ID)]


def test_stop_watching_needs_its_reason(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    def fill(dialog: Any) -> None:
        button = dialog.findChild(QPushButton, "controlConfirmButton")
        assert not button.isEnabled()
        assert "Why" in button.accessibleDescription()
        write("the job hangs")(dialog)

    assert decide(session, workspace, run, "stop_watching", fill) == [
        ("stop_watching", fake.DRILL_ID, "the job hangs")
    ]


def test_a_note_takes_one_key_and_enter(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any
) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        session.window.activateWindow()
        await until(lambda: QApplication.activeWindow() is session.window)
        qtbot.keyClick(session.window, "n")
        dialog = await until(lambda: dialog_of(session.window, "controlDialog"))
        field = dialog.findChild(QLineEdit, "controlText")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert dialog.isVisible(), "an empty note is not sent"
        qtbot.keyClicks(field, "database checked")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("note", fake.DRILL_ID, "database checked")]


@pytest.mark.parametrize("verb", ["skip", "clean_up", "stop_watching", "retry"])
def test_enter_does_nothing_that_cannot_be_taken_back(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any, verb: str
) -> None:
    workspace.executions.add(fake.a_view_with_everything())

    async def body(pane: ExecutionsPane) -> None:
        pane.ask(verb)
        dialog = await until(lambda: dialog_of(session.window, "controlDialog"))
        write("why")(dialog)
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
        await until(lambda: dialog_of(session.window, "controlDialog") is None)

    show(session, run, body)
    assert asked(workspace) == []


def test_menu_of_more_actions_says_why_they_are_disabled(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    pane = show(session, run)
    menu = pane.findChild(QToolButton, "moreButton").menu()
    actions = {action.objectName(): action for action in menu.actions()}
    assert tuple(actions) == MORE
    assert actions["note"].isEnabled()
    assert not actions["skip"].isEnabled()
    assert actions["skip"].toolTip() == actions["skip"].statusTip() == "Every wave has started something."
    assert menu.toolTipsVisible()


def test_a_whole_reason_is_readable_in_the_header(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    reason = "It was begun on another simulator. " * 8
    workspace.executions.add(fake.a_view(reason=reason))
    pane = show(session, run)
    label = pane.panel.header.reason
    assert words(pane, "executionReason") == reason
    assert label.height() >= label.heightForWidth(label.width())


def test_plan_name_keeps_its_room_in_a_narrow_window(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view(plan_name="payroll-and-reporting"))
    session.window.resize(1040, 640)
    pane = show(session, run)
    title = pane.panel.header.title
    assert title.width() >= title.fontMetrics().horizontalAdvance("payroll-and-reporting")
