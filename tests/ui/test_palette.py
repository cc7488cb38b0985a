"""The command palette: every action by its words, those that cannot be used with their reason."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from drs_desktop.ui.models.palette_model import PaletteModel
from drs_desktop.ui.widgets.actions import PALETTE, SPECS
from drs_desktop.ui.widgets.command_palette import CommandPalette
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until
from tests.ui.test_window import dialog_of

_C = PaletteModel.Columns


async def opened(session: WindowSession, qtbot: Any) -> CommandPalette:
    window = session.window
    window.activateWindow()
    await until(lambda: QApplication.activeWindow() is window)
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    found = await until(lambda: dialog_of(window, "commandPalette"))
    assert isinstance(found, CommandPalette)
    return found


def test_every_action_is_in_the_palette(session: WindowSession, run: Run, qtbot: Any) -> None:
    async def body() -> None:
        await session.open()
        palette = await opened(session, qtbot)
        shown = {row.action_id for row in palette.model.all_rows}
        assert shown == {spec.action_id for spec in SPECS} - {PALETTE}

    run(body())


def test_typed_words_and_enter_do_the_action(session: WindowSession, run: Run, qtbot: Any) -> None:
    async def body() -> None:
        await session.open()
        palette = await opened(session, qtbot)
        qtbot.keyClicks(palette.field, "protection")
        assert palette.chosen == "show_groups"
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
        await until(lambda: session.window.panes.currentIndex() == 1)

    run(body())


def test_arrows_in_the_field_move_in_the_list(session: WindowSession, run: Run, qtbot: Any) -> None:
    async def body() -> None:
        await session.open()
        palette = await opened(session, qtbot)
        first = palette.chosen
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
        assert palette.chosen not in (None, first)

    run(body())


def test_an_action_that_cannot_be_used_says_why_and_does_nothing(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any
) -> None:
    workspace.executions.add(fake.a_view())

    async def body() -> None:
        await session.open()
        await until(lambda: session.window.executions_pane.view)
        palette = await opened(session, qtbot)
        qtbot.keyClicks(palette.field, "skip a wave")
        assert palette.model.rowCount() == 1
        assert palette.model.index(0, _C.ABOUT).data() == "Not now: Every wave has started something."
        assert palette.chosen is None
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
        assert palette.isVisible()

    run(body())
    assert [each for each in workspace.executions.asked if each[0] == "skip"] == []


def test_escape_leaves_everything_as_it_was(session: WindowSession, run: Run, qtbot: Any) -> None:
    async def body() -> None:
        await session.open()
        palette = await opened(session, qtbot)
        qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
        await until(lambda: dialog_of(session.window, "commandPalette") is None)

    run(body())
    assert session.window.panes.currentIndex() == 0
