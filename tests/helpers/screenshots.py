"""Renders every pane and dialog, light and dark, empty, full and on a bad day, into a folder of its own.

python -m tests.helpers.screenshots FOLDER [NAME-PART]
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtWidgets import QDialog, QWidget

from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.ui.widgets.application import make_application
from drs_desktop.ui.widgets.start_dialog import StartDialog
from drs_desktop.ui.widgets.theme import Appearance, Theme
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers import screenshot_fleet as fleet
from tests.helpers import screenshot_session as people
from tests.helpers.screenshot_waits import opened, settled, until

REPOSITORY = Path(__file__).resolve().parents[2]
STYLE = REPOSITORY / "resources" / "theme" / "console.qss"
USUAL = (1360, 860)
SMALLEST = (1040, 640)

Scene = Callable[[WindowSession], Coroutine[Any, Any, QWidget]]


# ---- scenes


def pane(number: int) -> Scene:
    async def show(session: WindowSession) -> QWidget:
        window = session.window
        window.navigation.setCurrentRow(number)
        if number == 3:
            await until(lambda: window.executions_pane.is_empty or window.executions_pane.view)
        return window

    return show


def start(mode: ExecutionMode) -> Scene:
    async def show(session: WindowSession) -> QWidget:
        session.window.plans_pane.select_plan("storefront")
        session.window.plans_pane._start(mode)
        return await opened(session, "startDialog")

    return show


async def start_scrolled(session: WindowSession) -> QWidget:
    """Show the lower end of the sheet: where each server comes from and lands."""
    dialog = await start(ExecutionMode.DRILL)(session)
    assert isinstance(dialog, StartDialog)
    await settled()
    bar = dialog._scroll.verticalScrollBar()
    bar.setValue(bar.maximum())
    return dialog


def ask(verb: str, name: str = "controlDialog") -> Scene:
    async def show(session: WindowSession) -> QWidget:
        await pane(3)(session)
        session.window.executions_pane.ask(verb)
        return await opened(session, name)

    return show


def action(action_id: str, name: str) -> Scene:
    async def show(session: WindowSession) -> QWidget:
        await pane(3)(session)
        session.window.actions_table.by_id[action_id].trigger()
        return await opened(session, name)

    return show


async def opened_wave(session: WindowSession) -> QWidget:
    """Show the second wave's servers in the timeline, and the waves in the tab below."""
    await pane(3)(session)
    panel = session.window.executions_pane.panel
    panel.timeline_model.toggle(2)
    panel.timeline.choose_wave(2)
    panel.timeline.setFocus()
    panel.tabs.setCurrentIndex(1)
    return session.window


async def failed_server(session: WindowSession) -> QWidget:
    """Show what is said of the server that failed."""
    await pane(3)(session)
    panel = session.window.executions_pane.panel
    row = next(row for row in panel.servers.all_rows if row.cause)
    panel.servers_table.select_key(row.key)
    panel.tabs.setCurrentWidget(panel.server_card)
    return session.window


async def own_window(session: WindowSession) -> QWidget:
    await pane(3)(session)
    session.window.executions_pane.open_window()
    (window,) = session.window.executions_pane.windows
    await until(lambda: window.panel.view)
    return window


async def small(session: WindowSession) -> QWidget:
    session.window.resize(*SMALLEST)
    return await pane(3)(session)


async def editor(session: WindowSession) -> QWidget:
    """Show the editor with a draft that has a problem and a wave chosen."""
    await pane(2)(session)
    session.window.plans_pane.select_plan("payroll")
    session.window.plans_pane.edit_plan()
    (window,) = session.window.plans_pane.editors
    await until(lambda: window.box.plan)
    window._choose(2)
    window._on_add()
    window._choose(2)
    await settled()
    return window


async def small_plans(session: WindowSession) -> QWidget:
    session.window.resize(*SMALLEST)
    return await pane(2)(session)


async def close(session: WindowSession) -> QWidget:
    session.window.close()
    return await opened(session, "closeDialog")


def scenes() -> dict[str, tuple[fake.FakeWorkspace, Scene]]:
    """Return every scene with the workspace that it is shown in."""
    empty, full = fleet.workspace(is_full=False), fleet.workspace

    def on(view: Any) -> fake.FakeWorkspace:
        return full(view=view)

    return {
        "servers-empty": (empty, pane(0)),
        "servers": (full(), pane(0)),
        "groups-empty": (empty, pane(1)),
        "groups": (full(), pane(1)),
        "plans-empty": (empty, pane(2)),
        "plans": (full(), pane(2)),
        "plan-editor": (full(), editor),
        "plans-small": (full(), small_plans),
        "executions-empty": (empty, pane(3)),
        "execution-live": (on(fleet.live()), pane(3)),
        "execution-early": (on(fleet.early()), pane(3)),
        "execution-opened": (on(fleet.failed_wave()), opened_wave),
        "execution-small": (on(fleet.live()), small),
        "execution-late": (on(fleet.late()), failed_server),
        "execution-large": (on(fleet.large()), pane(3)),
        "execution-window": (on(fleet.failed_wave()), own_window),
        "execution-held": (on(fleet.held()), pane(3)),
        "execution-failed": (on(fleet.failed_wave()), pane(3)),
        "execution-doubt": (on(fleet.doubt()), pane(3)),
        "execution-recovery": (on(fleet.recovery()), pane(3)),
        "execution-elsewhere": (on(fleet.elsewhere()), pane(3)),
        "opening-failed": (fleet.failing(), pane(2)),
        "start-drill": (full(), start(ExecutionMode.DRILL)),
        "start-recovery": (full(), start(ExecutionMode.RECOVERY)),
        "start-dead-region": (fleet.dead_region(), start(ExecutionMode.RECOVERY)),
        "start-servers": (fleet.dead_region(), start_scrolled),
        "start-refused": (fleet.refusing(), start(ExecutionMode.DRILL)),
        "terminate-recovery": (on(fleet.recovery()), ask("terminate", "confirmDialog")),
        "cancel": (on(fleet.live()), ask("cancel", "confirmDialog")),
        "note": (on(fleet.live()), ask("note")),
        "retry": (on(fleet.failed_wave()), ask("retry")),
        "skip": (on(fleet.failed_wave()), ask("skip")),
        "extend-wait": (on(fleet.failed_wave()), ask("extend_wait")),
        "clean-up": (on(fleet.failed_wave()), ask("clean_up")),
        "stop-watching": (on(fleet.failed_wave()), ask("stop_watching")),
        "close": (on(fleet.live()), close),
        "palette": (on(fleet.live()), action("palette", "commandPalette")),
        "first-start": (people.first_start(), pane(0)),
        "sign-in-missing": (people.nobody_there(), pane(0)),
        "sign-in-ended": (people.ended(), pane(3)),
        "sign-in-in-memory": (people.in_memory(), pane(3)),
        "sign-in": (people.nobody_there(), people.choosing),
        "sign-in-browser": (people.nobody_there(), people.waiting_for_the_browser),
        "sign-in-code": (people.nobody_there(), people.waiting_for_a_code),
        "sign-in-denied": (people.nobody_there(), people.denied),
        "session-locked": (people.emergency(), pane(3)),
        "session-unlock": (people.emergency(), people.unlocking),
        "session-emergency": (people.in_memory(), people.taking_a_role),
        "session-offline": (people.offline(), pane(0)),
        "keys": (on(fleet.live()), action("keys", "keysDialog")),
    }


# ---- rendering


async def render(engine: EngineThread, theme: Theme, name: str, out: Path) -> None:
    space, scene = scenes()[name]
    session = WindowSession(engine=engine, open_services=space.open, close_services=space.close, theme=theme)
    session.window.resize(*USUAL)
    session.window.show()
    await session.open()
    widget = await scene(session)
    await settled()
    if not widget.grab().save(str(out)):
        raise OSError(f"{out} could not be written.")
    for child in session.window.findChildren(QDialog):
        child.reject()
    await until(lambda: not session.window.findChildren(QDialog))
    await session.close(must_ask=False)
    session.window.deleteLater()


async def render_all(engine: EngineThread, theme: Theme, folder: Path, part: str) -> None:
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme.choose(appearance)
        for name in scenes():
            if part in name:
                await render(engine, theme, name, folder / f"{name}-{appearance.value}.png")


def output_folder(text: str) -> Path:
    """Return the folder to write into; one inside the repository is refused.

    Raises:
        SystemExit: it lies in the repository.
    """
    folder = Path(text).resolve()
    if folder.is_relative_to(REPOSITORY):
        raise SystemExit(f"{folder} is inside the repository; choose a folder outside it.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main(arguments: list[str]) -> None:
    """Render all scenes, or those whose name holds the second argument."""
    folder = output_folder(arguments[0])
    application = make_application()
    theme = Theme(STYLE)
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    engine = EngineThread().start()
    try:
        with loop:
            loop.run_until_complete(render_all(engine, theme, folder, (arguments[1:] or [""])[0]))
    finally:
        engine.stop()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(sys.argv[1:])
