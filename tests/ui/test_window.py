"""The window as a whole: opening, failing, closing, its marks, its keys and its names."""

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QWidget,
)

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.errors import StorageError
from drs_desktop.ui.widgets.actions import SPECS
from drs_desktop.ui.widgets.main_window import FRAME_ROOM, MORE, start_size
from drs_desktop.ui.widgets.names import PANES
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until


def words(window: QWidget, name: str) -> str:
    label = window.findChild(QLabel, name)
    assert label is not None, name
    return label.text()


def dialog_of(window: QWidget, name: str) -> QDialog | None:
    found = window.findChild(QDialog, name)
    return found if found is not None and found.isVisible() else None


def press(root: QWidget, name: str) -> None:
    button = root.findChild(QAbstractButton, name)
    assert button is not None, name
    assert button.isEnabled(), button.toolTip()
    button.click()


def test_panes_say_opening_before_the_workspace_is_open(session: WindowSession) -> None:
    assert [
        words(pane, "emptyTitle")
        for pane in session.window.findChildren(QWidget)
        if pane.objectName() in PANES
    ] == ["Opening…"] * 4


def test_opening_fills_every_pane(session: WindowSession, run: Run) -> None:
    assert run(session.open())
    window = session.window
    assert window.servers_pane.model.total == 18
    assert window.groups_pane.model.total == 1
    assert window.plans_pane.current_plan is not None
    assert words(window, "statusWorkspace") == "workspace demo"
    assert words(window, "statusOperator") == "no sign-in needed · DRSOperator · anna"
    assert words(window, "statusAccounts") == "1 account, 1 Region"
    assert words(window, "statusAge") == "data 3 s old"


def test_simulation_cannot_be_missed(session: WindowSession, run: Run) -> None:
    run(session.open())
    window = session.window
    assert window.band.isVisible()
    assert window.band.text() == "SIMULATION · 127.0.0.1:5000"
    assert window.windowTitle().endswith("SIMULATION · 127.0.0.1:5000")
    assert words(window, "statusEndpoint") == "SIMULATION · 127.0.0.1:5000"


def test_real_aws_has_no_band(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.endpoint = Endpoint(fingerprint="aws")
    run(session.open())
    assert not session.window.band.isVisible()
    assert session.window.windowTitle() == "DRS Desktop"


@pytest.mark.parametrize("name", PANES)
def test_empty_workspace_says_what_would_be_here(
    session: WindowSession, workspace: FakeWorkspace, run: Run, name: str
) -> None:
    workspace.inventory.view = fake.an_inventory()
    workspace.groups.rows = workspace.plans.rows = ()
    run(session.open())
    pane = session.window.findChild(QWidget, name)
    assert pane is not None
    assert words(pane, "emptyTitle").endswith("yet")
    assert words(pane, "emptyText")
    assert pane.is_empty  # type: ignore[attr-defined]


def test_failed_opening_is_a_sentence_in_the_window(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.opening_failure = StorageError("The database is on a full disk.")
    assert not run(session.open())
    assert words(session.window.servers_pane, "emptyText") == "The database is on a full disk."


def test_fault_while_opening_is_told_without_a_traceback(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.opening_failure = ZeroDivisionError("odd")
    assert not run(session.open())
    text = words(session.window.servers_pane, "emptyText")
    assert text == "A fault in this program: ZeroDivisionError. The log has the details."


def test_failed_account_is_a_line_with_its_next_step(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.inventory.view = fake.an_inventory(
        fake.a_server(), scopes=(fake.a_scope_state(), fake.a_failed_scope())
    )
    run(session.open())
    pane = session.window.servers_pane
    assert words(pane, "scopeTitle") == "storefront-dr eu-central-1: The role may not be assumed"
    assert "Check the trust policy" in words(pane, "scopeText")
    assert words(pane, "scopeAge") == "data 42 min old"
    assert words(session.window, "statusAccounts").endswith("1 not read")


def test_servers_of_an_earlier_run_are_shown_before_aws_is_asked(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.inventory.kept = fake.an_inventory(fake.a_server(1))
    workspace.inventory.view = fake.an_inventory(fake.a_server(1), fake.a_server(2))
    shown: list[int] = []
    session.window.desk.inventory_read.connect(lambda inventory: shown.append(len(inventory.rows)))
    run(session.open())
    assert shown == [1, 2]


def test_refresh_asks_the_inventory_again(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    async def body() -> None:
        await session.open()
        press(session.window, "refreshButton")
        await until(lambda: workspace.inventory.refreshes == 1)
        await until(session.window.servers_pane.refresh_button.isEnabled)

    run(body())


def test_failed_refresh_is_told_and_empties_nothing(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        await session.open()
        workspace.inventory.failure = StorageError("The database is locked.")
        session.window.refresh()
        dialog = await until(lambda: dialog_of(session.window, "messageDialog"))
        assert words(dialog, "messageText") == "The database is locked."
        press(dialog, "messageCloseButton")

    run(body())
    assert session.window.servers_pane.model.total == 18


def test_refresh_that_nobody_asked_for_opens_no_dialog(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        await session.open()
        workspace.inventory.failure = StorageError("The database is locked.")
        session.window._refresher.timeout.emit()
        await until(lambda: session.window.statusBar().currentMessage() == "The database is locked.")

    run(body())
    assert dialog_of(session.window, "messageDialog") is None


def test_same_message_is_not_stacked(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    async def body() -> None:
        await session.open()
        for _ in range(2):
            session.window.desk.flows.failed.emit("Refresh", "The database is locked.")
            await until(lambda: dialog_of(session.window, "messageDialog"))

    run(body())
    assert len(session.window.findChildren(QDialog, "messageDialog")) == 1


def test_closing_while_still_opening_gives_up_the_opening(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    seen: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("given up")

    async def close_soon() -> None:
        await until(session.window.isVisible)
        session.window.close()

    async def body() -> None:
        await asyncio.gather(session.run(), close_soon())

    session._open_services = never  # type: ignore[assignment]
    run(body())
    assert seen == ["given up"]
    assert workspace.is_closed


def test_keys_change_panes_and_find_the_filter(session: WindowSession, run: Run, qtbot: Any) -> None:
    async def body() -> None:
        await session.open()
        window = session.window
        window.activateWindow()
        await until(lambda: QApplication.activeWindow() is window)
        for key, pane in zip(
            (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_1), (1, 2, 3, 0), strict=True
        ):
            qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
            assert window.panes.currentIndex() == pane
        qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
        assert window.panes.currentIndex() == 2
        qtbot.keyClick(window, "/")
        assert window.focusWidget() is window.plans_pane.filter

    run(body())


@pytest.mark.parametrize(("width", "height"), [(1366, 800), (1366, 768), (1280, 720), (3840, 2160)])
def test_window_begins_with_room_for_its_frame(width: int, height: int) -> None:
    size = start_size(QSize(width, height))
    assert size.width() + FRAME_ROOM.width() <= width
    assert size.height() + FRAME_ROOM.height() <= height


def test_no_shortcut_stands_twice() -> None:
    keys = [key for spec in SPECS for key in spec.shortcuts]
    assert len(keys) == len(set(keys))


def test_list_of_keys_is_one_key_away(session: WindowSession, run: Run) -> None:
    async def body() -> None:
        await session.open()
        session.window.actions_table.by_id["keys"].trigger()
        dialog = await until(lambda: dialog_of(session.window, "keysDialog"))
        names = [label.text() for label in dialog.findChildren(QLabel, "keysName")]
        keys = [label.text() for label in dialog.findChildren(QLabel, "keysKeys")]
        told = dict(zip(names, keys, strict=True))
        assert (told["Refresh"], told["Filter"]) == ("F5", "/ or Ctrl+F")
        assert len(told) == sum(1 for spec in SPECS if spec.shortcuts)

    run(body())


def test_every_control_has_a_name(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_held_view(questions=(fake.a_question(),)))

    async def body() -> None:
        await session.open()
        session.window.open_execution(fake.DRILL_ID)
        await until(lambda: session.window.executions_pane.view)

    run(body())
    assert nameless(session.window) == []


@pytest.mark.parametrize(
    "verb",
    [*MORE, "cancel", "palette", "keys", "start_drill", "start_recovery"],
)
def test_every_control_of_a_dialog_has_a_name(
    session: WindowSession, workspace: FakeWorkspace, run: Run, verb: str
) -> None:
    workspace.executions.add(fake.a_view_with_everything())

    async def body() -> None:
        await session.open()
        session.window.open_execution(fake.DRILL_ID)
        await until(lambda: session.window.executions_pane.view)
        session.window.actions_table.by_id[verb].trigger()
        dialog = await until(lambda: _open_dialog(session.window))
        assert nameless(dialog) == []

    run(body())


def _open_dialog(window: QWidget) -> QDialog | None:
    return next((dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()), None)


def nameless(root: QWidget) -> list[str]:
    """Return the controls below a widget that a screen reader could not name."""
    kinds = (QAbstractButton, QAbstractScrollArea, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)
    return [
        f"{type(widget).__name__} {widget.objectName()!r} in {widget.parent().objectName()!r}"
        for widget in root.findChildren(QWidget)
        if isinstance(widget, kinds) and not _is_qts_own(widget) and not _spoken(widget)
    ]


def _is_qts_own(widget: QWidget) -> bool:
    """Return whether the widget is a part that Qt makes inside another control."""
    inner = ("qt_", "QTableCornerButton", "ScrollLeftButton", "ScrollRightButton")
    parent = widget.parentWidget()
    made = type(widget).__name__ in {"QToolButton", "QAbstractButton"} or widget.objectName().startswith(
        inner
    )
    in_combo = isinstance(parent, QComboBox) or (
        parent is not None and isinstance(parent.parent(), QComboBox)
    )
    return made or in_combo


def _spoken(widget: QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def test_every_label_is_plain_text(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    workspace.executions.add(fake.a_held_view())
    run(session.open())
    formats = {label.textFormat() for label in session.window.findChildren(QLabel)}
    assert formats == {Qt.TextFormat.PlainText}


def test_quiet_window_closes_without_asking(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body() -> None:
        await session.open()
        session.window.close()
        await until(lambda: workspace.is_closed)
        await until(lambda: not session.window.isVisible())

    run(body())
    assert workspace.executions.callbacks == []


def test_closing_while_live_explains_and_stays(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())

    async def body() -> None:
        await session.open()
        session.window.close()
        dialog = await until(lambda: dialog_of(session.window, "closeDialog"))
        assert "go on to their end" in words(dialog, "closeText")
        assert words(dialog, "closeLine") == "• drill of payroll: Launching"
        press(dialog, "closeStayButton")
        await until(lambda: not dialog_of(session.window, "closeDialog"))

    run(body())
    assert session.window.isVisible()
    assert not workspace.is_closed


def test_closing_while_live_quits_when_told(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())

    async def body() -> None:
        await session.open()
        session.window.close()
        dialog = await until(lambda: dialog_of(session.window, "closeDialog"))
        button = dialog.findChild(QPushButton, "closeQuitButton")
        button.click()
        await until(lambda: workspace.is_closed)

    run(body())


def test_run_ends_when_the_window_is_closed(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def close_soon() -> None:
        await until(lambda: session.window.servers_pane.model.total)
        session.window.close()

    async def body() -> None:
        await asyncio.gather(session.run(), close_soon())

    run(body())
    assert workspace.is_closed
