"""Renders every pane and dialog, light and dark, empty, full and on a bad day: `python -m … OUTDIR`.

python -m tests.helpers.screenshots /tmp/screens [NAME-PART]
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtWidgets import QDialog, QWidget

from drs_desktop.domain.execution import ExecutionStatus, Health, TerminationState, WaveStatus
from drs_desktop.domain.ids import ExecutionId, JobId
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.engine.loop_thread import EngineThread
from drs_desktop.services.views import ExecutionActions, ExecutionView, Finding, ServerLaunchRow
from drs_desktop.ui.widgets.application import make_application
from drs_desktop.ui.widgets.theme import Appearance, Theme
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake

STYLE = Path(__file__).resolve().parents[2] / "resources" / "theme" / "console.qss"
LONG = "prd-payroll-application-server-with-a-name-that-nobody-can-shorten-eu-west-1b-0007"
NO_CAPACITY = (
    "InsufficientInstanceCapacity when calling RunInstances: EC2 has too little t3.large capacity left in "
    "Availability Zone eu-west-1b for this request. Choose another zone or another instance type."
)

Scene = Callable[[WindowSession], Coroutine[Any, Any, QWidget]]


# ---- a large fleet


def fleet() -> list[Any]:
    """Return 61 servers in two accounts and Regions, some of them in trouble."""
    rows = []
    for number in range(1, 62):
        account = fake.ACCOUNT if number <= 34 else fake.OTHER_ACCOUNT
        region = "eu-west-1" if number % 3 else "eu-central-1"
        tier, group = _tier(number)
        rows.append(
            fake.a_server(
                number,
                key=fake.a_key(number, account, region),
                name=f"{tier}-{number:02}",
                group_names=(group,),
                operating_system="Microsoft Windows Server 2022 Datacenter 64 bit"
                if number % 5 == 0
                else "Ubuntu 22.04.5 LTS",
            )
        )
    rows[6] = replace(rows[6], name=LONG)
    rows[7] = replace(rows[7], name="<img src=x>web-08")
    rows[10] = replace(
        rows[10], replication_state=DataReplicationState.BACKLOG, lag=timedelta(minutes=42), group_names=()
    )
    rows[12] = replace(
        rows[12],
        replication_state=DataReplicationState.STALLED,
        replication_error="AGENT_NOT_SEEN",
        lag=timedelta(hours=9),
        group_names=(),
    )
    rows[14] = replace(
        rows[14], replication_state=DataReplicationState.DISCONNECTED, lag=timedelta(days=3), group_names=()
    )
    rows[16] = replace(rows[16], is_extended=True, staging_account_id="334455667788", lag=None)
    return rows


def _tier(number: int) -> tuple[str, str]:
    if number <= 12:
        return "db-pay", "payroll-databases"
    return ("app-pay", "payroll-applications") if number <= 40 else ("web-pay", "payroll-web")


def launches() -> tuple[ServerLaunchRow, ...]:
    """Return the servers of a drill in its second wave, one of them failed."""
    rows = []
    for server in fleet():
        number = int(server.key.source_server_id[2:], 16)
        wave = 1 if number <= 12 else 2 if number <= 40 else 3
        row = fake.a_launch(
            number,
            wave,
            key=server.key,
            name=server.name,
            wave_name=("Databases", "Applications", "Web")[wave - 1],
        )
        rows.append(fake.launched(row) if wave == 1 else _second(row, number) if wave == 2 else row)
    return tuple(rows)


def _second(row: ServerLaunchRow, number: int) -> ServerLaunchRow:
    if number == 17:
        return replace(
            row,
            launch_status=LaunchStatus.FAILED,
            phase=LaunchPhase.DONE,
            changed_at=fake.NOW - timedelta(seconds=10),
            message=NO_CAPACITY,
            health=Health.NOT_CHECKED,
            job_id=JobId("drsjob-1a2b3c4d5e6f70820"),
        )
    if number % 4 == 0:
        return fake.launched(row, changed_at=fake.NOW - timedelta(seconds=number))
    if number == 18:
        return replace(row, launch_status=LaunchStatus.UNKNOWN, phase=LaunchPhase.UNKNOWN)
    phase = (LaunchPhase.SNAPSHOT, LaunchPhase.CONVERSION, LaunchPhase.LAUNCH)[number % 3]
    return replace(
        row,
        launch_status=LaunchStatus.IN_PROGRESS,
        phase=phase,
        changed_at=fake.NOW - timedelta(seconds=3 * number),
    )


def waves(second: WaveStatus = WaveStatus.LAUNCHING) -> tuple[Any, ...]:
    begun = fake.NOW - timedelta(minutes=12, seconds=30)
    return (
        fake.a_wave(
            1,
            status=WaveStatus.COMPLETED,
            started_at=begun,
            ended_at=begun + timedelta(minutes=7),
            server_count=12,
            launched_count=12,
        ),
        fake.a_wave(
            2,
            "Applications",
            status=second,
            started_at=begun + timedelta(minutes=7, seconds=20),
            server_count=28,
            launched_count=7,
            failed_count=1,
            depends_on=(1,),
        ),
        fake.a_wave(
            3,
            "Web",
            server_count=21,
            depends_on=(2,),
            instruction="Check that the database listener answers on 1521, then tell the call.",
        ),
    )


_STAGES = (
    (8, "SNAPSHOT_START", "Taking a snapshot"),
    (70, "SNAPSHOT_END", "Snapshot taken"),
    (75, "CONVERSION_START", "Converting"),
    (255, "CONVERSION_END", "Converted"),
    (260, "LAUNCH_START", "Launching the instance"),
    (385, "LAUNCH_END", "Launched"),
)


def log() -> tuple[Any, ...]:
    """Return what AWS said of the servers of two waves, in order of time."""
    lines = []
    for server in launches():
        number = int(server.key.source_server_id[2:], 16)
        begun = waves()[server.wave - 1].started_at
        for seconds, event, words in _STAGES if begun else ():
            at = begun + timedelta(seconds=seconds + number * (0.4 if seconds < 300 else 1.5))
            if number == 17 and event == "LAUNCH_END":
                event, words = "LAUNCH_FAILED", f"The launch failed: {NO_CAPACITY}"
                at -= timedelta(minutes=2)
            if at < fake.NOW and not (server.wave == 2 and event == "LAUNCH_END" and number % 4):
                lines.append((at, server, event, words))
    return tuple(
        fake.a_log_line(position, at=at, wave=server.wave, event=event, words=words, server_name=server.name)
        for position, (at, server, event, words) in enumerate(sorted(lines, key=lambda line: line[0]))
    )


def live(**changes: Any) -> ExecutionView:
    return fake.a_view(waves=waves(), servers=launches(), **changes)


def workspace(*, is_full: bool = True, view: ExecutionView | None = None) -> fake.FakeWorkspace:
    if not is_full:
        return fake.FakeWorkspace()
    space = fake.a_full_workspace()
    rows = fleet()
    space.inventory.view = fake.an_inventory(*rows, scopes=(fake.a_scope_state(), fake.a_failed_scope()))
    databases = tuple(row for row in rows if "payroll-databases" in row.group_names)
    space.groups.rows = (
        fake.a_group(members=databases),
        fake.a_group(
            group_id="g-apps",
            name="payroll-applications",
            members=tuple(rows[12:40]),
            selection="List of 29 servers",
            missing=(fake.a_key(99),),
        ),
        fake.a_group(group_id="g-web", name="payroll-web", members=tuple(rows[40:]), is_complete=False),
        fake.a_group(group_id="g-none", name="intranet", members=(), plan_names=()),
    )
    blocked = fake.no("Group intranet selects no server now.")
    space.plans.rows = (
        fake.a_plan(live_execution_id=fake.DRILL_ID if view else None),
        fake.a_plan("storefront", description="Web shop, both Regions"),
        fake.a_plan("intranet", can_start=blocked, problems=("Wave 1 (Start) has no protection group.",)),
    )
    if view is not None:
        space.executions.add(view, log())
    old = fake.a_finished_view(
        execution_id=ExecutionId("demo-01J8Z3NDEKTSV4RRFFQ69G5FAV"),
        plan_name="storefront",
        status=ExecutionStatus.PARTIAL,
        created_at=fake.NOW - timedelta(days=3),
        ended_at=fake.NOW - timedelta(days=3) + timedelta(minutes=28),
    )
    space.executions.add(old, log())
    return space


# ---- scenes


async def pane(session: WindowSession, number: int) -> QWidget:
    session.window.navigation.setCurrentRow(number)
    return session.window


async def dialog(session: WindowSession, name: str) -> QWidget:
    """Wait until a dialog of this name is open and filled."""
    for _ in range(400):
        found = session.window.findChild(QDialog, name)
        if found is not None and found.isVisible():
            await asyncio.sleep(0.1)
            return found
        await asyncio.sleep(0.01)
    raise LookupError(name)


async def start(session: WindowSession, mode: ExecutionMode) -> QWidget:
    session.window.plans_pane.select_plan("storefront")
    session.window.plans_pane._start(mode)
    return await dialog(session, "startDialog")


async def ask(session: WindowSession, verb: str, name: str) -> QWidget:
    await pane(session, 3)
    await asyncio.sleep(0.1)
    session.window.executions_pane.ask(verb)
    return await dialog(session, name)


def held() -> ExecutionView:
    base = live(
        status=ExecutionStatus.PAUSED, needs_person=True, reason='Wave 3 "Web" waits: The plan pauses here.'
    )
    first, second, third = base.waves
    second = replace(second, status=WaveStatus.PARTIAL, ended_at=fake.NOW)
    third = replace(third, status=WaveStatus.HELD, is_held=True, reason="The plan pauses here.")
    actions = replace(base.actions, pause=fake.no("A pause is in force already."), resume=fake.YES)
    return replace(base, waves=(first, second, third), actions=actions)


def doubt() -> ExecutionView:
    return live(
        status=ExecutionStatus.INITIATED,
        needs_person=True,
        reason="We do not know whether AWS started wave 2.",
        questions=(
            fake.a_question(
                candidates=(JobId("drsjob-1a2b3c4d5e6f70819"), JobId("drsjob-1a2b3c4d5e6f70820")),
                can_say_ours=fake.YES,
            ),
        ),
        watch_problem="AWS cannot be reached: no answer from drs.eu-west-1 for 40 s.",
    )


def recovery() -> ExecutionView:
    view = fake.a_finished_view(
        mode=ExecutionMode.RECOVERY,
        status=ExecutionStatus.PARTIAL,
        reason="1 critical server of wave 2 failed.",
        waves=waves(WaveStatus.PARTIAL),
        servers=tuple(
            replace(row, termination=TerminationState.TERMINATING) if row.wave == 1 else row
            for row in launches()
        ),
        instances_left=7,
    )
    over = fake.no("The execution ended as PARTIAL.")
    return replace(view, actions=ExecutionActions(pause=over, resume=over, cancel=over, terminate=fake.YES))


def scenes() -> dict[str, tuple[fake.FakeWorkspace, Scene]]:
    failed = workspace()
    failed.opening_failure = fake.NotFound(
        "The simulator does not answer at 127.0.0.1:5000. Start it, then try again."
    )
    bad = workspace()
    plan = bad.plans.rows[1]
    bad.executions.previews = {
        mode: fake.a_preview(
            plan,
            mode,
            findings=(
                Finding(level="passed", text="The role may start recoveries in both accounts."),
                Finding(level="failed", text=f"{LONG} is DISCONNECTED: no usable point in time."),
                Finding(
                    level="not checked",
                    text="Quotas of storefront-dr eu-central-1: the account could not be read.",
                ),
            ),
        )
        for mode in ExecutionMode
    }
    closing = workspace(view=live())
    return {
        "servers-empty": (workspace(is_full=False), lambda s: pane(s, 0)),
        "servers": (workspace(), lambda s: pane(s, 0)),
        "groups-empty": (workspace(is_full=False), lambda s: pane(s, 1)),
        "groups": (workspace(), lambda s: pane(s, 1)),
        "plans-empty": (workspace(is_full=False), lambda s: pane(s, 2)),
        "plans": (workspace(), lambda s: pane(s, 2)),
        "executions-empty": (workspace(is_full=False), lambda s: pane(s, 3)),
        "execution-live": (workspace(view=live()), lambda s: pane(s, 3)),
        "execution-held": (workspace(view=held()), lambda s: pane(s, 3)),
        "execution-doubt": (workspace(view=doubt()), lambda s: pane(s, 3)),
        "execution-recovery": (workspace(view=recovery()), lambda s: pane(s, 3)),
        "opening-failed": (failed, lambda s: pane(s, 2)),
        "start-drill": (workspace(), lambda s: start(s, ExecutionMode.DRILL)),
        "start-recovery": (workspace(), lambda s: start(s, ExecutionMode.RECOVERY)),
        "start-refused": (bad, lambda s: start(s, ExecutionMode.DRILL)),
        "terminate-recovery": (workspace(view=recovery()), lambda s: ask(s, "terminate", "confirmDialog")),
        "cancel": (workspace(view=live()), lambda s: ask(s, "cancel", "confirmDialog")),
        "close": (closing, lambda s: close(s)),
        "keys": (workspace(), lambda s: keys(s)),
    }


async def close(session: WindowSession) -> QWidget:
    session.window.close()
    return await dialog(session, "closeDialog")


async def keys(session: WindowSession) -> QWidget:
    session.window._on_action("keys")
    return await dialog(session, "messageDialog")


# ---- rendering


async def render(engine: EngineThread, theme: Theme, name: str, out: Path) -> None:
    space, scene = scenes()[name]
    session = WindowSession(engine=engine, open_services=space.open, close_services=space.close, theme=theme)
    session.window.resize(1360, 860)
    session.window.show()
    await session.open()
    widget = await scene(session)
    await asyncio.sleep(0.15)
    widget.grab().save(str(out))
    for child in session.window.findChildren(QDialog):
        child.reject()
    await asyncio.sleep(0.02)
    await session.close(must_ask=False)
    session.window.deleteLater()


async def render_all(engine: EngineThread, theme: Theme, folder: Path, part: str) -> None:
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme.choose(appearance)
        for name in scenes():
            if part in name:
                await render(engine, theme, name, folder / f"{name}-{appearance.value}.png")


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    theme = Theme(STYLE)
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    engine = EngineThread().start()
    try:
        with loop:
            loop.run_until_complete(render_all(engine, theme, folder, (sys.argv[2:] or [""])[0]))
    finally:
        engine.stop()


if __name__ == "__main__":
    main()
