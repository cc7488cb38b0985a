"""The frame around the panes: the layout that comes back, and one window for each workspace."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from drs_desktop.bootstrap.single_window import LOCK_FILE, window_lock
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.ui.widgets.layout_memory import LayoutMemory
from drs_desktop.ui.widgets.names import PANES
from drs_desktop.ui.widgets.theme import Appearance, Theme
from drs_desktop.ui.widgets.window_door import WindowDoor, door_name, knock
from drs_desktop.ui.widgets.window_session import LAYOUT_FILE, WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace, a_full_workspace
from tests.ui.conftest import Run, _end, until
from tests.ui.test_window import press, words

Open = Callable[[], WindowSession]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a workspace."""
    return tmp_path


@pytest.fixture
def opened(
    run: Run, engine: EngineThread, theme: Theme, workspace: FakeWorkspace, folder: Path
) -> Iterator[Open]:
    """Open windows of one workspace, one after the other; each closes the one before."""
    sessions: list[WindowSession] = []

    def end() -> None:
        while sessions:
            run(_end(sessions.pop()))

    def another() -> WindowSession:
        end()
        space = a_full_workspace()
        space.executions = workspace.executions
        session = WindowSession(
            engine=engine, open_services=space.open, close_services=space.close, theme=theme, folder=folder
        )
        session.window.show()
        sessions.append(session)
        assert run(session.open())
        return session

    yield another
    end()


# ---- the layout


def test_window_comes_back_as_it_was_left(opened: Open, theme: Theme) -> None:
    window = opened().window
    window.resize(1040, 666)
    window.show_pane(window.groups_pane)
    window.groups_pane.table.horizontalHeader().resizeSection(0, 333)
    window.actions_table.by_id["appearance_dark"].trigger()
    theme.choose(Appearance.DARK)
    again = opened().window
    assert again.height() == 666
    assert again.current_pane is again.groups_pane
    assert again.groups_pane.table.columnWidth(0) == 333
    assert theme.appearance is Appearance.DARK
    assert again.actions_table.by_id["appearance_dark"].isChecked()


def test_splitters_come_back_as_they_were_left(opened: Open) -> None:
    window = opened().window
    window.show_pane(window.plans_pane)
    split: Any = window.plans_pane.table.parentWidget().parentWidget()
    split.setSizes([500, 700])
    before = split.sizes()
    again = opened().window
    split = again.plans_pane.table.parentWidget().parentWidget()
    assert split.sizes() == before


def test_layout_is_kept_for_its_owner_alone(opened: Open, folder: Path) -> None:
    opened()
    opened()
    assert stat.S_IMODE((folder / LAYOUT_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "not an ini file at all \x00\xff",
        '[General]\npane=nowhere\nappearance=pink\n[window]\ngeometry="@ByteArray(rubbish)"\n',
        "[columns]\ngroupsTable=99:10 0:-5 1:99999999 x:y\n",
    ],
)
def test_broken_layout_is_as_if_there_were_none(opened: Open, folder: Path, text: str) -> None:
    (folder / LAYOUT_FILE).write_text(text, encoding="utf-8")
    window = opened().window
    assert window.current_pane is window.servers_pane
    assert window.groups_pane.table.columnWidth(1) < 1000


def test_memory_without_a_file_keeps_nothing(opened: Open) -> None:
    window = opened().window
    memory = LayoutMemory(None)
    memory.keep(window, pane="groupsPane")
    memory.restore(window)
    assert memory.word("pane") == ""


def test_folder_that_cannot_be_written_keeps_no_layout(opened: Open, folder: Path) -> None:
    (folder / LAYOUT_FILE).mkdir()
    (folder / LAYOUT_FILE / "in the way").touch()
    assert LayoutMemory(folder / "nowhere" / LAYOUT_FILE).word("pane") == ""
    assert opened().window.isVisible()


# ---- one window


KNOCK = """
import sys
from PySide6.QtCore import QCoreApplication
from drs_desktop.ui.widgets.window_door import door_name, knock
from pathlib import Path
application = QCoreApplication([])
sys.exit(0 if knock(door_name(Path(sys.argv[1])), sys.argv[2] or None, 60_000) else 1)
"""


def knocking(folder: Path, execution_id: str = "") -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", KNOCK, str(folder), execution_id])


def test_second_start_in_another_process_brings_the_window_to_the_front(
    opened: Open, run: Run, folder: Path
) -> None:
    session = opened()
    session.window.showMinimized()
    with knocking(folder) as second:
        run(until(lambda: second.poll() is not None))
    assert second.returncode == 0
    run(until(lambda: not session.window.isMinimized()))


def test_second_start_for_an_execution_shows_it(
    opened: Open, run: Run, folder: Path, workspace: FakeWorkspace
) -> None:
    workspace.executions.add(fake.a_view())
    session = opened()
    with knocking(folder, fake.DRILL_ID) as second:
        run(until(lambda: second.poll() is not None))
    run(until(lambda: session.window.executions_pane.view is not None))
    assert session.window.current_pane is session.window.executions_pane


def test_nobody_answers_where_no_window_is(folder: Path, qapp: Any) -> None:
    assert not knock(door_name(folder), milliseconds=1)


def test_door_left_by_a_killed_process_is_opened_again(qapp: Any, run: Run, folder: Path) -> None:
    script = KNOCK.replace(
        "sys.exit(", "from drs_desktop.ui.widgets.window_door import WindowDoor\nsys.exit("
    ).replace(
        "0 if knock(door_name(Path(sys.argv[1])), sys.argv[2] or None, 60_000) else 1",
        "(WindowDoor(door_name(Path(sys.argv[1]))), print('open', flush=True), application.exec())[2]",
    )
    command = [sys.executable, "-c", script, str(folder), ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"open\n"
        os.kill(first.pid, signal.SIGKILL)
    door = WindowDoor(door_name(folder))
    with knocking(folder) as second:
        run(until(lambda: second.poll() is not None))
    door.close()
    assert second.returncode == 0


@pytest.mark.parametrize("word", [b"rubbish\n", b"[1]\n", b'{"execution": null}\n', b"\xff\n"])
def test_strange_words_at_the_door_name_no_execution(qapp: Any, run: Run, folder: Path, word: bytes) -> None:
    door = WindowDoor(door_name(folder))
    heard: list[str] = []
    door.knocked.connect(heard.append)
    socket = QLocalSocket()
    socket.connectToServer(door_name(folder))
    assert socket.waitForConnected(60_000)
    socket.write(word)
    socket.flush()
    run(until(lambda: heard))
    door.close()
    assert heard == [""]


def test_endless_word_at_the_door_is_cut_off(qapp: Any, run: Run, folder: Path) -> None:
    door = WindowDoor(door_name(folder))
    heard: list[str] = []
    door.knocked.connect(heard.append)
    socket = QLocalSocket()
    socket.connectToServer(door_name(folder))
    assert socket.waitForConnected(60_000)
    socket.write(b"x" * 100_000)
    socket.flush()
    run(until(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState))
    door.close()
    assert heard == []


def test_only_the_first_process_has_the_window(folder: Path) -> None:
    with window_lock(folder) as first, window_lock(folder) as second:
        assert (first, second) == (True, False)
    with window_lock(folder) as third:
        assert third
    assert stat.S_IMODE((folder / LOCK_FILE).stat().st_mode) == 0o600


def test_two_workspaces_have_two_doors(tmp_path: Path) -> None:
    assert door_name(tmp_path / "main") != door_name(tmp_path / "demo")


# ---- the first start


def test_workspace_without_an_account_leads_to_the_sample(
    run: Run, engine: EngineThread, theme: Theme, workspace: FakeWorkspace
) -> None:
    workspace.inventory.view = fake.an_inventory(scopes=())
    opened_at: list[str] = []
    session = WindowSession(
        engine=engine,
        open_services=workspace.open,
        close_services=workspace.close,
        theme=theme,
        open_sample=lambda: opened_at.append(threading.current_thread().name),
    )
    session.window.show()

    async def body() -> None:
        await session.open()
        pane = session.window.servers_pane
        assert words(pane, "emptyTitle") == "Nothing is set up yet"
        press(pane, "emptyButton")
        await until(lambda: opened_at)

    run(body())
    run(_end(session))
    assert opened_at != [threading.main_thread().name]


def test_sample_workspace_does_not_lead_to_itself(session: WindowSession, run: Run) -> None:
    run(session.open())
    action = session.window.actions_table.by_id["sample"]
    assert (action.isEnabled(), action.statusTip()) == (False, "This is the sample workspace, or like it.")


# ---- the filter


@pytest.mark.parametrize("name", PANES)
def test_slash_leads_to_the_filter_of_every_pane(
    session: WindowSession, workspace: FakeWorkspace, run: Run, name: str
) -> None:
    workspace.executions.add(fake.a_view())

    async def body() -> None:
        await session.open()
        window = session.window
        pane: Any = window.findChild(QWidget, name)
        window.show_pane(pane)
        if name == "executionsPane":
            window.open_execution(fake.DRILL_ID)
            await until(lambda: window.executions_pane.view)
        window.activateWindow()
        await until(lambda: QApplication.activeWindow() is window)
        window.actions_table.by_id["filter"].trigger()
        focus = window.focusWidget()
        assert isinstance(focus, QLineEdit)
        assert pane.isAncestorOf(focus)

    run(body())
