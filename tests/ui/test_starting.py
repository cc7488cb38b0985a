"""Starting from the plans pane: buttons with reasons, the start sheet, drill and recovery."""

from datetime import timedelta
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTableView, QWidget

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.plan_forecast import Expected
from drs_desktop.domain.point_in_time import PointChoice
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.views import Finding
from drs_desktop.ui.models.earlier_starts import last_start_words, length_words
from drs_desktop.ui.widgets.plain_text import WORD_JOINER
from drs_desktop.ui.widgets.start_dialog import StartDialog
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until
from tests.ui.test_window import dialog_of, press, words


def texts(root: QWidget, name: str) -> list[str]:
    return [label.text() for label in root.findChildren(QLabel, name)]


async def open_sheet(session: WindowSession, button: str) -> Any:
    """Return the start sheet, checked."""
    await session.open()
    session.window.plans_pane.select_plan("payroll")
    press(session.window, button)
    sheet = await until(lambda: dialog_of(session.window, "startDialog"))
    assert isinstance(sheet, StartDialog)
    await until(lambda: sheet.findChild(QWidget, "startCalls"))
    return sheet


def shows_execution(session: WindowSession) -> bool:
    pane = session.window.executions_pane
    return session.window.panes.currentWidget() is pane and pane.view is not None


def started(workspace: FakeWorkspace) -> list[tuple[Any, ...]]:
    return [asked for asked in workspace.executions.asked if asked[0] == "start"]


def test_buttons_say_why_a_plan_cannot_start(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    reason = "Group <b>web</b> selects no server now."
    workspace.plans.rows = (fake.a_plan(can_start=fake.no(reason), problems=("Wave 3 is empty.",)),)
    run(session.open())
    for name in ("startDrillButton", "startRecoveryButton"):
        button = session.window.findChild(QPushButton, name)
        assert not button.isEnabled()
        assert button.statusTip() == reason
        assert button.accessibleDescription() == reason
        assert "<b>" not in button.toolTip()
    assert words(session.window, "planProblems") == "Wave 3 is empty."


def test_drill_is_started_by_the_sheet(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        press(sheet, "startConfirmButton")
        await until(lambda: shows_execution(session))

    run(body())
    assert started(workspace) == [("start", "p-payroll", ExecutionMode.DRILL, None)]
    assert "payroll · DRILL" in session.window.windowTitle()


def test_sheet_shows_failures_first_calls_and_deletions(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    plan = workspace.plans.rows[0]
    findings = (
        Finding(level="passed", text="Fine."),
        Finding(level="failed", text="db-pay-01 is DISCONNECTED."),
        Finding(level="warning", text="Lags."),
    )
    workspace.executions.previews[ExecutionMode.DRILL] = fake.a_preview(
        plan, ExecutionMode.DRILL, findings=findings
    )

    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        assert texts(sheet, "findingText") == ["db-pay-01 is DISCONNECTED.", "Lags.", "Fine."]
        shown = [QLabel.text(label) for label in sheet.findChildren(QLabel, "findingText")]
        assert shown[0].startswith(f"db{WORD_JOINER}-{WORD_JOINER}pay"), "a line must not end inside a name"
        assert words(sheet, "startReplacedText").endswith("db-pay-01, db-pay-02")
        assert not sheet.start_button.isEnabled()
        assert words(sheet, "startWhyNot") == "A check failed or could not be made; see above."
        press(sheet, "startCancelButton")

    run(body())
    assert started(workspace) == []


def test_recovery_needs_the_exact_name_and_never_starts_by_enter(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any
) -> None:
    async def body() -> None:
        sheet = await open_sheet(session, "startRecoveryButton")
        field = sheet.findChild(QLineEdit, "startPlanName")
        assert field.isVisible()
        assert not sheet.start_button.isEnabled()
        qtbot.keyClicks(field, "Payroll")
        assert not sheet.start_button.isEnabled()
        field.clear()
        qtbot.keyClicks(field, "payroll")
        assert sheet.start_button.isEnabled()
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert sheet.isVisible()
        assert started(workspace) == []
        press(sheet, "startConfirmButton")
        await until(lambda: shows_execution(session))

    run(body())
    assert started(workspace) == [("start", "p-payroll", ExecutionMode.RECOVERY, "payroll")]
    assert words(session.window, "executionMode") == "RECOVERY"


def test_enter_on_the_sheet_presses_cancel(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any
) -> None:
    async def body() -> None:
        sheet = await open_sheet(session, "startRecoveryButton")
        sheet.name_field.setText("payroll")
        sheet.start_button.setFocus()
        qtbot.keyClick(sheet.start_button, Qt.Key.Key_Return)
        await until(lambda: not dialog_of(session.window, "startDialog"))

    run(body())
    assert started(workspace) == []


def test_sheet_carries_the_mark_of_the_simulation(session: WindowSession, run: Run) -> None:
    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        band = sheet.findChild(QWidget, "dialogBand")
        assert band.isVisible()
        assert band.text() == "SIMULATION · 127.0.0.1:5000"

    run(body())


def test_refused_start_is_told(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.failures["start"] = ValidationFailed("Another drill of payroll is live.")

    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        press(sheet, "startConfirmButton")
        dialog = await until(lambda: dialog_of(session.window, "messageDialog"))
        assert words(dialog, "messageText") == "Another drill of payroll is live."

    run(body())


def test_check_that_fails_is_said_in_the_sheet(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.failures["preview_start"] = ValidationFailed("The plan has no wave.")

    async def body() -> None:
        await session.open()
        press(session.window, "startDrillButton")
        sheet = await until(lambda: dialog_of(session.window, "startDialog"))
        await until(lambda: words(sheet, "startWaiting") == "The plan has no wave.")
        assert isinstance(sheet, StartDialog)
        assert not sheet.start_button.isEnabled()

    run(body())


# ---- points in time, acceptances, and what earlier executions tell


def accepting(workspace: FakeWorkspace, mode: ExecutionMode) -> None:
    """Let the check find something that a person must accept, and something that needs no answer."""
    findings = (
        Finding(
            level="warning", text="Data is 14 min old.", fix="Accept it with a reason.", accept="old-data"
        ),
        Finding(level="not checked", text="The quota could not be read.", is_essential=False),
    )
    plan = workspace.plans.rows[0]
    workspace.executions.previews[mode] = fake.a_preview(plan, mode, findings=findings)


def test_what_is_to_be_accepted_needs_a_reason_which_goes_with_the_start(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    accepting(workspace, ExecutionMode.DRILL)

    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        assert texts(sheet, "findingFix") == ["Accept it with a reason."]
        assert not sheet.start_button.isEnabled()
        assert words(sheet, "startWhyNot") == "What is to be accepted has no reason yet; see above."
        field = sheet.findChild(QLineEdit, "findingReason")
        assert "Data is 14 min old." in field.accessibleName()
        field.setText("  the source is gone ")
        press(sheet, "startConfirmButton")
        await until(lambda: shows_execution(session))

    run(body())
    accepted = {"old-data": "the source is gone"}
    assert started(workspace) == [("start", "p-payroll", ExecutionMode.DRILL, None, accepted)]


def test_reasons_stay_when_it_is_checked_again(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    accepting(workspace, ExecutionMode.DRILL)

    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        shown = sheet.findChild(QWidget, "startFindings")
        sheet.findChild(QLineEdit, "findingReason").setText("agreed")
        press(sheet, "startCheckAgain")
        await until(lambda: sheet.findings is not shown)
        await until(sheet.start_button.isEnabled)
        assert sheet.choice().accepted == {"old-data": "agreed"}
        press(sheet, "startCancelButton")

    run(body())
    assert [asked[0] for asked in workspace.executions.asked].count("preview_start") == 2


def test_another_point_in_time_is_checked_before_it_starts(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        press(sheet, "startMoment")
        assert not sheet.start_button.isEnabled()
        assert words(sheet, "startWhyNot") == "The check was made for another point in time: check again."
        press(sheet, "startCheckAgain")
        await until(sheet.start_button.isEnabled)
        press(sheet, "startConfirmButton")
        await until(lambda: shows_execution(session))

    run(body())
    (start,) = started(workspace)
    choice = start[-1]
    assert choice == PointChoice(for_all=fake.NOW - timedelta(hours=1))
    assert ("preview_start", "p-payroll", ExecutionMode.DRILL, choice) in workspace.executions.asked


def test_one_server_gets_a_moment_of_its_own_and_gives_it_up_again(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        table = sheet.findChild(QTableView, "startServersTable")
        table.select_key(fake.a_key(2))
        assert words(sheet, "startPointServer") == "db-pay-02: as the others"
        press(sheet, "startSetPoint")
        moment = fake.NOW - timedelta(hours=1)
        assert sheet.points.choice == PointChoice(by_server=((str(fake.a_key(2)), moment),))
        press(sheet, "startClearPoint")
        assert sheet.points.choice.is_latest
        assert sheet.start_button.isEnabled()
        press(sheet, "startCancelButton")

    run(body())


def test_sheet_says_where_each_server_lands_and_when_it_was_checked(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        model = sheet.findChild(QTableView, "startServersTable").model()
        shown = [model.index(0, column).data() for column in range(model.columnCount())]
        assert shown == [
            "db-pay-01",
            "1",
            "newest",
            "Continuous",
            "r6i.2xlarge",
            "subnet-0a1b2c3d4e5f60718",
            "vpc-0a1b2c3d4e5f60718",
            "EC2 chooses",
        ]
        assert words(sheet, "startWhyNot").startswith("Checked at ")
        press(sheet, "startCancelButton")

    run(body())


def test_sheet_tells_of_earlier_executions(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_finished_view())

    async def body() -> None:
        sheet = await open_sheet(session, "startDrillButton")
        told = words(sheet, "startEarlier")
        assert "(DRILL): Completed." in told
        assert told.endswith("It took 12 min, pauses included (1 complete execution).")
        press(sheet, "startCancelButton")

    run(body())


def test_plan_that_was_never_executed_says_so() -> None:
    assert last_start_words("payroll", ()) == "This plan was never executed from here."
    assert length_words("payroll", ()) == "How long it takes is not known."


def test_without_an_earlier_execution_what_is_usual_is_told() -> None:
    usual = Expected(shortest=timedelta(minutes=24), longest=timedelta(minutes=75))
    told = length_words("payroll", (), usual)
    assert told == "Such servers usually take 24 min to 1 h 15 min, pauses left out."


def test_enter_in_a_reason_starts_nothing_and_closes_nothing(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any
) -> None:
    accepting(workspace, ExecutionMode.RECOVERY)

    async def body() -> None:
        sheet = await open_sheet(session, "startRecoveryButton")
        sheet.name_field.setText("payroll")
        field = sheet.findChild(QLineEdit, "findingReason")
        field.setText("why")
        assert sheet.start_button.isEnabled()
        for where in (field, sheet.name_field):
            qtbot.keyClick(where, Qt.Key.Key_Return)
        assert sheet.isVisible()
        qtbot.keyClick(sheet, Qt.Key.Key_Return)
        await until(lambda: dialog_of(session.window, "startDialog") is None)

    run(body())
    assert started(workspace) == [], "Enter presses Cancel"
