"""The live execution: header, buttons with reasons, what needs a person, and updates from the bridge only."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QPushButton, QRadioButton, QWidget

from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.errors import AnotherDriver, CommandRefused, WrongEndpoint
from drs_desktop.domain.execution import ExecutionStatus, HoldKind, TerminationState
from drs_desktop.domain.ids import JobId
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.steps import MANUAL_TASK, StepKey, StepPhase, StepStatus
from drs_desktop.services.views import ExecutionUpdate, ExecutionView, StepRow
from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.widgets.executions_pane import ExecutionsPane
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until
from tests.ui.test_window import dialog_of, press, words

Body = Callable[[ExecutionsPane], Awaitable[None]]


def show(session: WindowSession, run: Run, body: Body | None = None) -> ExecutionsPane:
    """Open the workspace and its newest execution, then go on with the body."""
    pane = session.window.executions_pane

    async def steps() -> None:
        await session.open()
        session.window.show_pane(pane)
        await until(lambda: pane.view)
        if body is not None:
            await body(pane)

    run(steps())
    return pane


async def push(session: WindowSession, workspace: FakeWorkspace, update: ExecutionUpdate) -> None:
    await session.bridge.call(workspace.executions.push(update))


def asked(workspace: FakeWorkspace) -> list[tuple[Any, ...]]:
    return [each for each in workspace.executions.asked if each[0] != "watch"]


def status(pane: QWidget) -> str:
    label = pane.findChild(StatusLabel, "executionStatus")
    assert label is not None
    return label.text()


def test_header_says_what_it_is_and_how_it_stands(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view(), (fake.a_log_line(),))
    pane = show(session, run)
    assert words(pane, "executionTitle") == "payroll"
    assert words(pane, "executionMode") == "DRILL"
    assert status(pane) == "Launching"
    assert words(pane, "executionClock") == "elapsed 12:41"
    assert words(pane, "executionWave") == "wave 1 of 1"
    assert words(pane, "executionAge") == "data 3 s old"
    assert pane.panel.log.total == 1


def test_lost_seat_is_said_in_the_header(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        lost = fake.a_view(driving_problem="The disk is full: nothing is started.", version=8)
        await push(session, workspace, fake.an_update(lost))
        await until(lambda: words(pane, "executionReason") == "The disk is full: nothing is started.")

    show(session, run, body)
    assert session.window.desk.driven == set()


def test_clock_follows_the_services_time(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_view())
    pane = show(session, run)
    workspace.now = fake.NOW + timedelta(minutes=1)
    pane.tick()
    assert words(pane, "executionClock") == "elapsed 13:41"
    assert words(pane, "executionAge") == "data 1 min old"


def test_disabled_buttons_stay_visible_and_say_why(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    pane = show(session, run)
    button = pane.findChild(QPushButton, "resumeButton")
    assert button.isVisible()
    assert not button.isEnabled()
    assert button.toolTip() == button.statusTip() == button.accessibleDescription() == "Nothing is paused."
    assert pane.findChild(QPushButton, "pauseButton").isEnabled()


def test_update_changes_status_row_and_log_at_once(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    changed = fake.a_finished_view(version=8)

    async def body(pane: ExecutionsPane) -> None:
        await push(session, workspace, fake.an_update(changed, log=(fake.a_log_line(5),)))
        await until(lambda: status(pane) == "Completed")

    pane = show(session, run, body)
    column = ExecutionServerModel.Columns.LAUNCH
    assert pane.panel.servers.index(0, column).data() == "Launched"
    assert pane.panel.log.total == 1
    assert words(session.window, "statusLive") == "live executions: 0"
    assert workspace.executions.asked.count(("watch", fake.DRILL_ID)) == 1


def test_selection_survives_an_update(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        pane.panel.servers_table.select_key(fake.a_key(3))
        await push(session, workspace, fake.an_update(fake.a_finished_view(version=8)))
        await until(lambda: status(pane) == "Completed")

    pane = show(session, run, body)
    assert pane.panel.servers_table.current_key == fake.a_key(3)


def test_new_execution_of_another_window_comes_into_the_list(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        await session.open()
        await push(session, workspace, fake.an_update(fake.a_view()))
        await until(lambda: session.window.executions_pane.model.total == 1)

    run(body())
    assert words(session.window, "statusLive") == "live executions: 1"
    assert session.window.navigation.item(3).text() == "Executions  1"


def test_pause_is_asked_of_the_service(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "pauseButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("pause", fake.DRILL_ID)]


def test_hold_shows_its_instruction_and_resumes_its_wave(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_held_view())

    async def body(pane: ExecutionsPane) -> None:
        assert "Check that the database listener answers." in words(pane, "holdText")
        press(pane, "holdResumeButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("resume", fake.DRILL_ID, 2)]


def test_card_goes_when_the_hold_is_released(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_held_view())

    async def body(pane: ExecutionsPane) -> None:
        assert pane.panel.needs_you.isVisible()
        await push(session, workspace, fake.an_update(fake.a_view(version=8)))
        await until(lambda: not pane.panel.needs_you.isVisible())

    show(session, run, body)


def test_with_two_holds_resume_is_asked_per_wave(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    view = fake.a_held_view()
    waves = (
        view.waves[0],
        view.waves[1],
        replace(view.waves[2], is_held=True, hold_kind=HoldKind.CONFIGURED_PAUSE),
    )
    workspace.executions.add(replace(view, waves=waves))
    pane = show(session, run)
    assert len(pane.findChildren(QFrame, "holdCard")) == 2
    button = pane.findChild(QPushButton, "resumeButton")
    assert not button.isEnabled()
    assert "2 waves wait" in button.toolTip()


def test_pause_without_a_held_wave_still_needs_you(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    actions = replace(fake.a_view().actions, resume=fake.YES)
    reason = "Pause asked by anna: nothing new is started."
    workspace.executions.add(
        fake.a_view(status=ExecutionStatus.PAUSED, needs_person=True, reason=reason, actions=actions)
    )

    async def body(pane: ExecutionsPane) -> None:
        assert words(pane, "holdText") == reason
        press(pane, "holdResumeButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("resume", fake.DRILL_ID, None)]


def test_a_failed_wave_offers_retry_beside_resume(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    view = fake.a_held_view()
    failed = replace(
        view.waves[1], hold_kind=HoldKind.DECISION, started_at=view.created_at, can_retry=fake.YES
    )
    workspace.executions.add(replace(view, waves=(view.waves[0], failed, *view.waves[2:])))

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "holdRetryButton")
        dialog = await until(lambda: dialog_of(session.window, "controlDialog"))
        assert asked(workspace) == []
        press(dialog, "controlConfirmButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("retry", fake.DRILL_ID, 2)]


def test_going_on_after_a_failure_asks_why(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    view = fake.a_held_view()
    failed = replace(view.waves[1], hold_kind=HoldKind.DECISION, hold_id="h", started_at=view.created_at)
    workspace.executions.add(replace(view, waves=(view.waves[0], failed, *view.waves[2:])))

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "holdResumeButton")
        dialog = await until(lambda: dialog_of(session.window, "controlDialog"))
        assert not dialog.findChild(QPushButton, "controlConfirmButton").isEnabled()
        dialog.findChild(QLineEdit, "controlText").setText("the batch server can wait")
        press(dialog, "controlConfirmButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("resume", fake.DRILL_ID, 2)]


def test_a_wave_that_did_not_fail_offers_no_retry(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_held_view())
    pane = show(session, run)
    assert pane.findChild(QPushButton, "holdRetryButton").isHidden()
    assert not pane.findChild(QPushButton, "holdSkipButton").isEnabled()


def test_a_wave_that_waits_before_its_start_offers_to_be_skipped(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    view = fake.a_held_view()
    waves = tuple(replace(wave, can_skip=fake.YES) for wave in view.waves[1:])
    workspace.executions.add(replace(view, waves=(view.waves[0], *waves)))

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "holdSkipButton")
        dialog = await until(lambda: dialog_of(session.window, "controlDialog"))
        dialog.findChild(QLineEdit, "controlText").setText("not today")
        press(dialog, "controlConfirmButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("skip", fake.DRILL_ID, 2, "not today")]


@pytest.mark.parametrize(("button", "is_done"), [("taskDoneButton", True), ("taskFailedButton", False)])
def test_a_manual_task_is_answered_with_what_was_found(
    session: WindowSession, workspace: FakeWorkspace, run: Run, button: str, is_done: bool
) -> None:
    key = StepKey(wave=1, phase=StepPhase.AFTER, index=1)
    task = StepRow(
        key=key,
        name="DNS",
        kind=MANUAL_TASK,
        status=StepStatus.RUNNING,
        instruction="Move the name.",
        waits_for_person=True,
    )
    workspace.executions.add(fake.a_view(tasks=(task,), needs_person=True))

    async def body(pane: ExecutionsPane) -> None:
        assert words(pane, "taskText") == "Move the name."
        pane.findChild(QLineEdit, "taskAnswer").setText(" moved at 03:10 ")
        press(pane, button)
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("answer_task", key, is_done, "moved at 03:10")]


def doubtful(**changes: Any) -> ExecutionView:
    return fake.a_view(questions=(fake.a_question(**changes),), needs_person=True)


def test_question_preselects_the_safe_answer_and_says_why_not_the_others(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(doubtful())

    async def body(pane: ExecutionsPane) -> None:
        assert pane.findChild(QRadioButton, "questionKeepLooking").isChecked()
        for name in ("questionOurs", "questionNothingStarted"):
            assert not pane.findChild(QRadioButton, name).isEnabled()
        assert words(pane, "questionWhyNotNothing") == "Until 14:18:11 the request may still arrive."
        press(pane, "questionAnswerButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("answer_start", fake.a_question().key, StartAnswer.KEEP_LOOKING, None)]


def test_chosen_answer_survives_an_update(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    job = JobId("drsjob-1a2b3c4d5e6f70820")
    candidates = (JobId("drsjob-1a2b3c4d5e6f70819"), job)
    view = doubtful(candidates=candidates, can_say_ours=fake.YES)
    workspace.executions.add(view)

    async def body(pane: ExecutionsPane) -> None:
        pane.findChild(QRadioButton, "questionOurs").setChecked(True)
        pane.findChild(QComboBox, "questionJob").setCurrentIndex(1)
        await push(session, workspace, fake.an_update(replace(view, version=8, reason="still looking")))
        await until(lambda: words(pane, "executionReason") == "still looking")
        press(pane, "questionAnswerButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("answer_start", fake.a_question().key, StartAnswer.OURS, job)]


def test_cancel_asks_first(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "cancelButton")
        dialog = await until(lambda: dialog_of(session.window, "confirmDialog"))
        assert asked(workspace) == []
        press(dialog, "confirmButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("cancel", fake.DRILL_ID)]


def test_terminate_after_a_drill_needs_no_typing(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_finished_view())

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "terminateButton")
        dialog = await until(lambda: dialog_of(session.window, "confirmDialog"))
        assert words(dialog, "confirmTitle") == "Terminate 4 recovery instances of payroll?"
        press(dialog, "confirmButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("terminate", fake.DRILL_ID, None, None)]


def test_terminate_after_a_recovery_is_typed(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_finished_view(mode=ExecutionMode.RECOVERY))

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "terminateButton")
        dialog = await until(lambda: dialog_of(session.window, "confirmDialog"))
        button = dialog.findChild(QPushButton, "confirmButton")
        dialog.findChild(QLineEdit, "confirmPlanName").setText("payroll")
        assert not button.isEnabled()
        dialog.findChild(QLineEdit, "confirmCount").setText("3")
        assert not button.isEnabled()
        dialog.findChild(QLineEdit, "confirmCount").setText("4")
        press(dialog, "confirmButton")
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("terminate", fake.DRILL_ID, "payroll", 4)]


def test_terminated_servers_leave_the_count_of_the_dialog(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    view = fake.a_finished_view()
    servers = (replace(view.servers[0], termination=TerminationState.TERMINATED), *view.servers[1:])
    workspace.executions.add(replace(view, servers=servers, instances_left=3))

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "terminateButton")
        dialog = await until(lambda: dialog_of(session.window, "confirmDialog"))
        lines = [label.text() for label in dialog.findChildren(QWidget, "confirmLine")]
        assert "• payroll-dr (012345678901), eu-west-1: 3 instances" in lines

    show(session, run, body)


def test_refused_command_is_a_sentence(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_view())
    workspace.executions.failures["pause"] = CommandRefused("A pause is in force already.")

    async def body(pane: ExecutionsPane) -> None:
        press(pane, "pauseButton")
        dialog = await until(lambda: dialog_of(session.window, "messageDialog"))
        assert words(dialog, "messageText") == "A pause is in force already."

    show(session, run, body)


def test_live_execution_without_a_driver_is_watched_from_here(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    show(session, run)
    assert ("watch", fake.DRILL_ID) in workspace.executions.asked
    assert fake.DRILL_ID in session.window.desk.driven


def test_execution_of_another_driver_is_left_to_it(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    workspace.executions.failures["watch"] = AnotherDriver(fake.DRILL_ID, "host:1")
    show(session, run)
    assert session.window.desk.driven == set()


def test_why_it_is_not_watched_is_still_said_after_an_update(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    reason = "It was begun on a simulator that is gone."
    workspace.executions.add(fake.a_view())
    workspace.executions.failures["watch"] = WrongEndpoint(reason)

    async def body(pane: ExecutionsPane) -> None:
        assert words(pane, "executionReason") == reason
        noted = fake.an_update(fake.a_view(version=8), log=(fake.a_log_line(5, event="NoteAdded"),))
        await push(session, workspace, noted)
        await until(lambda: pane.panel.log.total == 1)
        assert words(pane, "executionReason") == reason

    show(session, run, body)


def test_hostile_plan_name_stays_text(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_view(plan_name="<img src=x>"))
    pane = show(session, run)
    assert words(pane, "executionTitle") == "<img src=x>"
    assert "<img" not in pane.panel.header.title.toolTip()
