"""What the live execution tells beside its status: target, staleness, drift, why a server failed, filters."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QFrame, QLabel, QPushButton, QTabWidget, QWidget

from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import ExecutionStatus, HoldKind, WaveStatus
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.services.views import DriftRow, ExecutionView, ServerLaunchRow
from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.models.forecast import Forecast, Span, forecast, past_of
from drs_desktop.ui.models.recovery_target import recovery_target
from drs_desktop.ui.models.status_text import Shape, Tone
from drs_desktop.ui.widgets.executions_pane import ExecutionsPane
from drs_desktop.ui.widgets.live_execution import earlier_ones
from drs_desktop.ui.widgets.status_label import StatusLabel
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers import screenshot_fleet as fleet
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until
from tests.ui.test_execution import asked, push, show
from tests.ui.test_window import dialog_of, nameless, press, words

MINUTE = timedelta(minutes=1)

# ---- the time target


def a_view_with(target: timedelta | None, **changes: Any) -> ExecutionView:
    return replace(fake.a_view(), recovery_time=target, **changes)


def ends(first: int, last: int) -> Forecast:
    """Return a forecast of an end between two minutes from now."""
    span = Span(begins_at=fake.NOW, ends_from=fake.NOW + first * MINUTE, ends_to=fake.NOW + last * MINUTE)
    return Forecast(is_measured=True, basis="", waves={1: span})


def test_a_plan_without_a_target_shows_none() -> None:
    assert recovery_target(a_view_with(None), None, fake.NOW) is None


@pytest.mark.parametrize(
    ("target", "expected", "words_", "tone"),
    [
        (45, None, "RTO 45:00, 26 % used", Tone.RUNNING),
        (45, ends(2, 8), "RTO 45:00, 26 % used", Tone.RUNNING),
        (13, None, "RTO 13:00, 92 % used", Tone.HELD),
        (16, ends(2, 8), "RTO 16:00, 75 % used: may be missed", Tone.HELD),
        (16, ends(6, 8), "RTO 16:00, 75 % used: will be missed", Tone.FAILED),
        (10, None, "RTO 10:00 passed by 02:00", Tone.FAILED),
    ],
)
def test_a_live_execution_stands_against_its_target(
    target: int, expected: Forecast | None, words_: str, tone: Tone
) -> None:
    shown = recovery_target(a_view_with(target * MINUTE), expected, fake.NOW)
    assert shown is not None
    assert (shown.look.word, shown.look.tone) == (words_, tone)


def test_before_the_first_wave_the_target_does_not_count() -> None:
    view = a_view_with(45 * MINUTE, waves=(fake.a_wave(1),))
    shown = recovery_target(view, None, fake.NOW)
    assert shown is not None
    assert (shown.look.word, shown.share) == ("RTO 45:00, not begun", 0.0)


@pytest.mark.parametrize(
    ("target", "status", "words_", "shape"),
    [
        (45, ExecutionStatus.COMPLETED, "RTO 45:00 met: took 12:00", Shape.CHECK),
        (10, ExecutionStatus.COMPLETED, "RTO 10:00 missed by 02:00", Shape.CROSS),
        (45, ExecutionStatus.PARTIAL, "RTO 45:00 not met: not every server is up", Shape.CROSS),
        (45, ExecutionStatus.CANCELLED, "RTO 45:00: cancelled before it", Shape.DASH),
    ],
)
def test_an_ended_execution_met_its_target_or_not(
    target: int, status: ExecutionStatus, words_: str, shape: Shape
) -> None:
    view = replace(fake.a_finished_view(), recovery_time=target * MINUTE, status=status)
    shown = recovery_target(view, None, fake.NOW + timedelta(days=9))
    assert shown is not None
    assert (shown.look.word, shown.look.shape) == (words_, shape)


def test_header_shows_the_target_with_a_sentence_in_the_tip(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(a_view_with(45 * MINUTE))
    pane = show(session, run)
    label = pane.findChild(StatusLabel, "executionTarget")
    assert label is not None
    assert label.isVisible()
    assert label.text() == "RTO 45:00, 26 % used"
    assert "The plan's target (RTO) is 45:00" in label.accessibleDescription()


# ---- earlier executions


def an_earlier_one(number: int, length: timedelta, **changes: Any) -> ExecutionView:
    begun = fake.NOW - timedelta(days=number)
    wave = fake.a_wave(1, status=WaveStatus.COMPLETED, started_at=begun, ended_at=begun + length)
    execution_id = type(fake.DRILL_ID)(f"demo-{number}")
    view = fake.a_finished_view(execution_id=execution_id, waves=(wave,), created_at=begun)
    return replace(view, **changes)


def test_the_first_wave_is_forecast_from_earlier_executions() -> None:
    past = past_of((an_earlier_one(1, 20 * MINUTE), an_earlier_one(2, 26 * MINUTE)))
    expected = forecast(fake.a_view(), fake.NOW, past)
    assert expected.is_measured
    assert (expected.ends_from, expected.ends_to) == (fake.NOW + 8 * MINUTE, fake.NOW + 14 * MINUTE)
    assert "From 2 earlier executions of the plan" in expected.basis


def test_only_earlier_executions_of_the_plan_that_came_to_an_end_count() -> None:
    rows = tuple(
        fake.a_row(view)
        for view in (
            an_earlier_one(1, MINUTE),
            an_earlier_one(2, MINUTE, plan_name="storefront"),
            an_earlier_one(3, MINUTE, status=ExecutionStatus.CANCELLED),
            an_earlier_one(4, MINUTE),
            an_earlier_one(5, MINUTE),
            an_earlier_one(6, MINUTE),
            fake.a_view(),
        )
    )
    assert earlier_ones(fake.a_view(), rows) == ("demo-1", "demo-4", "demo-5")


def test_header_forecasts_from_the_last_drill(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    workspace.executions.add(an_earlier_one(1, 20 * MINUTE))

    async def body(pane: ExecutionsPane) -> None:
        await until(lambda: words(pane, "executionExpected").startswith("done about"))

    pane = show(session, run, body)
    assert "1 earlier execution of the plan" in pane.panel.header.expected.accessibleDescription()


# ---- stale data and drift


def test_old_data_of_a_live_execution_is_called_stale(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    pane = show(session, run)
    stale = pane.findChild(StatusLabel, "executionStale")
    assert stale is not None
    assert not stale.isVisible()
    workspace.now = fake.NOW + 3 * MINUTE
    pane.tick()
    assert stale.isVisible()
    assert (stale.text(), stale.look.shape) == ("Stale", Shape.QUESTION)


def test_age_in_the_header_and_in_the_status_bar_say_what_they_are_of(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    pane = show(session, run)
    assert "under way in this execution" in pane.panel.header.age.accessibleDescription()
    label = session.window.findChild(QLabel, "statusAge")
    assert label is not None
    assert "source servers" in label.accessibleDescription()


def test_what_others_did_in_aws_is_shown(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    drift = DriftRow(
        kind=DriftKind.INSTANCE_GONE,
        wave=1,
        server_names=("db-pay-03",),
        seen_at=fake.NOW,
        words="its instance <b>was</b> terminated.",
    )
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        card = pane.findChild(QFrame, "driftNotes")
        assert not card.isVisible()
        await push(session, workspace, fake.an_update(fake.a_view(drifts=(drift,), version=8)))
        await until(card.isVisible)

    pane = show(session, run, body)
    assert words(pane, "driftText").endswith("wave 1 · db-pay-03: its instance <b>was</b> terminated.")
    assert not pane.panel.needs_you._title.isVisible(), "nobody has to answer it"


# ---- a server


def a_failed_server(**changes: Any) -> ServerLaunchRow:
    return fake.a_launch(
        2,
        name=fleet.LONG,
        launch_status=LaunchStatus.FAILED,
        message=fleet.NO_CAPACITY,
        cause=fleet.ADVICE.cause,
        remedy=fleet.ADVICE.remedy,
        **changes,
    )


def a_view_with_a_failure(**changes: Any) -> ExecutionView:
    return fake.a_view(servers=(fake.launched(fake.a_launch(1)), a_failed_server()), **changes)


def test_the_chosen_server_says_what_happened_why_and_what_to_do(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    own, other = (fake.a_log_line(n, server_name=name) for n, name in ((1, fleet.LONG), (2, "db-pay-01")))
    workspace.executions.add(a_view_with_a_failure(), (own, other))
    pane = show(session, run)
    pane.panel.servers_table.select_key(fake.a_key(2))
    pane.panel.servers_table.activated.emit(pane.panel.servers_table.currentIndex())
    tabs = pane.findChild(QTabWidget, "executionTabs")
    assert tabs.currentWidget() is pane.panel.server_card
    assert words(pane, "serverHappened") == f"What happened: {fleet.NO_CAPACITY}"
    assert words(pane, "serverCause") == f"Why, as a rule: {fleet.ADVICE.cause}"
    assert words(pane, "serverRemedy") == f"What to do: {fleet.ADVICE.remedy}"
    assert pane.panel.server_card.log.all_rows == (own,)
    retry = pane.findChild(QPushButton, "serverRetryButton")
    assert retry.isVisible()
    assert retry.accessibleDescription() == "No wave waits after a failure."


def test_new_log_lines_of_the_chosen_server_come_to_it(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(a_view_with_a_failure())
    lines = (fake.a_log_line(7, server_name=fleet.LONG), fake.a_log_line(8))

    async def body(pane: ExecutionsPane) -> None:
        pane.panel.servers_table.select_key(fake.a_key(2))
        await push(session, workspace, fake.an_update(a_view_with_a_failure(version=8), log=lines))
        await until(lambda: pane.panel.log.total == 2)

    pane = show(session, run, body)
    assert pane.panel.server_card.log.all_rows == lines[:1]


def test_commands_that_show_the_server_in_aws_are_copied(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(a_view_with_a_failure())
    pane = show(session, run)
    pane.panel.servers_table.select_key(fake.a_key(1))
    pane.panel.tabs.setCurrentWidget(pane.panel.server_card)
    press(pane, "serverCopyButton")
    copied = QApplication.clipboard().text().splitlines()
    assert copied[0] == "# with credentials of account payroll-dr (012345678901)"
    assert copied[1].startswith(
        "aws drs describe-source-servers --region eu-west-1 --filters sourceServerIDs="
    )
    assert any("describe-job-log-items" in line and "drsjob-1a2b3c4d5e6f70819" in line for line in copied)


@pytest.mark.parametrize("width", [1040, 1360, 1900])
def test_a_long_name_leaves_the_message_in_sight(
    session: WindowSession, workspace: FakeWorkspace, run: Run, width: int
) -> None:
    workspace.executions.add(a_view_with_a_failure())
    session.window.resize(width, 860)
    pane = show(session, run)
    table, columns = pane.panel.servers_table, ExecutionServerModel.Columns
    table.fit_columns()
    begin = table.columnViewportPosition(columns.MESSAGE)
    end = begin + table.columnWidth(columns.MESSAGE)
    assert end - begin >= 180
    assert begin < table.viewport().width() - 120


# ---- filters


def test_servers_are_filtered_by_wave_state_and_account(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fleet.live())
    pane = show(session, run)
    model = pane.panel.servers

    def choose(name: str, text: str) -> int:
        box = pane.findChild(QComboBox, name)
        box.setCurrentText(text)
        return model.rowCount()

    assert choose("serverFilterWave", "2 Applications") == 28
    assert choose("serverFilterState", "Failed") == 1
    assert words(pane, "executionServersCount") == "1 of 61 servers"
    assert choose("serverFilterAccount", "storefront-dr") == 0
    assert choose("serverFilterWave", "All waves") == 0
    assert choose("serverFilterState", "All states") == 27


def test_a_wave_is_not_found_under_the_number_of_another(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fleet.large())
    pane = show(session, run)
    pane.findChild(QComboBox, "serverFilterWave").setCurrentIndex(1)
    assert pane.panel.servers.rowCount() == 42


def test_choice_of_a_filter_survives_an_update(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fleet.live())

    async def body(pane: ExecutionsPane) -> None:
        pane.findChild(QComboBox, "serverFilterState").setCurrentText("Failed")
        await push(session, workspace, fake.an_update(fleet.live(version=8, reason="News.")))
        await until(lambda: words(pane, "executionReason") == "News.")

    pane = show(session, run, body)
    assert pane.panel.servers.rowCount() == 1


# ---- windows of their own


def test_an_execution_opens_in_a_window_of_its_own_with_its_own_controls(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        session.window.actions_table.by_id["open_window"].trigger()
        (window,) = pane.windows
        await until(lambda: window.panel.view)
        assert window.windowTitle().startswith("payroll · DRILL – Launching")
        press(window, "pauseButton")
        await until(lambda: asked(workspace))
        await push(session, workspace, fake.an_update(fake.a_finished_view(version=8)))
        await until(lambda: "Completed" in window.windowTitle())
        session.window.actions_table.by_id["open_window"].trigger()
        assert len(pane.windows) == 1, "one window for one execution"
        window.close()
        await until(lambda: not pane.windows)

    show(session, run, body)
    assert asked(workspace) == [("pause", fake.DRILL_ID)]
    assert session.window.isVisible()


def test_two_executions_are_followed_at_once(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    other = fake.a_view(execution_id=type(fake.DRILL_ID)("demo-2"), plan_name="storefront")
    workspace.executions.add(fake.a_view())
    workspace.executions.add(other)

    async def body(pane: ExecutionsPane) -> None:
        session.window.actions_table.by_id["open_window"].trigger()
        (window,) = pane.windows
        await until(lambda: window.panel.view)
        pane.table.select_key(other.execution_id)
        await until(lambda: pane.view and pane.view.plan_name == "storefront")
        await push(session, workspace, fake.an_update(fake.a_view(reason="Here.", version=8)))
        await push(session, workspace, fake.an_update(replace(other, reason="There.", version=8)))
        await until(lambda: words(window, "executionReason") == "Here.")
        await until(lambda: words(pane, "executionReason") == "There.")

    show(session, run, body)


def test_windows_of_executions_close_with_the_main_window(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        pane.open_window()
        (window,) = pane.windows
        await until(lambda: window.panel.view)
        closed: list[bool] = []
        window.closed.connect(lambda: closed.append(True))
        await session.close(must_ask=False)
        assert closed

    show(session, run, body)


def test_keys_work_in_the_window_of_an_execution(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any
) -> None:
    workspace.executions.add(fake.a_view())

    async def body(pane: ExecutionsPane) -> None:
        pane.open_window()
        (window,) = pane.windows
        await until(lambda: window.panel.view)
        await until(lambda: QApplication.activeWindow() is window)
        focus: QWidget = QApplication.focusWidget() or window
        qtbot.keyClick(focus, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: asked(workspace))

    show(session, run, body)
    assert asked(workspace) == [("pause", fake.DRILL_ID)]


def test_every_control_of_the_window_of_an_execution_has_a_name(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view_with_everything())

    async def body(pane: ExecutionsPane) -> None:
        pane.open_window()
        (window,) = pane.windows
        await until(lambda: window.panel.view)
        assert nameless(window) == []

    show(session, run, body)


def test_window_closed_while_it_reads_shows_nothing_and_says_nothing(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    workspace.executions.add(an_earlier_one(1, MINUTE))
    failures: list[str] = []
    session.window.desk.flows.failed.connect(lambda _title, sentence: failures.append(sentence))

    async def body(pane: ExecutionsPane) -> None:
        pane.open_window()
        (window,) = pane.windows
        window.close()
        await until(lambda: not session.window.desk.flows._tasks)

    show(session, run, body)
    assert failures == []


def test_a_failure_is_told_in_the_window_where_it_was_asked(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    workspace.executions.failures["pause"] = CommandRefused("It is over.")

    async def body(pane: ExecutionsPane) -> None:
        pane.open_window()
        (window,) = pane.windows
        await until(lambda: window.panel.view)
        await until(lambda: QApplication.activeWindow() is window)
        press(window, "pauseButton")
        await until(lambda: dialog_of(window, "messageDialog"))
        assert words(window, "messageText") == "It is over."
        press(window, "messageCloseButton")

    show(session, run, body)


def test_what_may_be_done_is_read_anew_for_every_window(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    other = fake.a_view(execution_id=type(fake.DRILL_ID)("demo-2"), plan_name="storefront")
    workspace.executions.add(fake.a_view())
    workspace.executions.add(other)

    async def body(pane: ExecutionsPane) -> None:
        pane.open_window()
        pane.table.select_key(other.execution_id)
        await until(lambda: pane.view and pane.view.plan_name == "storefront")
        assert set(pane.shown_ids) == {fake.DRILL_ID, other.execution_id}

    show(session, run, body)


def test_what_cannot_be_done_about_a_wait_is_shown_with_its_reason(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    view = fake.a_held_view()
    gone = fake.no("It was begun on a simulator that is gone.")
    failed = replace(view.waves[0], is_held=True, hold_kind=HoldKind.DECISION, can_retry=gone, can_skip=gone)
    waits = replace(view.waves[1], can_skip=gone)
    workspace.executions.add(replace(view, waves=(failed, waits)))
    pane = show(session, run)
    retry = [each for each in pane.findChildren(QPushButton, "holdRetryButton") if each.isVisible()]
    skip = [each for each in pane.findChildren(QPushButton, "holdSkipButton") if each.isVisible()]
    for (button,) in (retry, skip):
        assert not button.isEnabled()
        assert button.accessibleDescription() == gone.reason
