"""What the screenshots show: a fleet of 61 servers, a drill in its second wave, good days and bad ones."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.execution import ExecutionStatus, Health, HoldKind, TerminationState, WaveStatus
from drs_desktop.domain.ids import ExecutionId, JobId
from drs_desktop.domain.job import LaunchPhase, LaunchStatus
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.steps import MANUAL_TASK, StepKey, StepPhase, StepStatus
from drs_desktop.services.launch_advice import launch_advice
from drs_desktop.services.views import (
    DriftRow,
    ExecutionActions,
    ExecutionView,
    Finding,
    ServerLaunchRow,
    StepRow,
)
from tests.helpers import fake_services as fake

LONG = "prd-payroll-application-server-with-a-name-that-nobody-can-shorten-eu-west-1b-0007"
NO_CAPACITY = (
    "InsufficientInstanceCapacity when calling RunInstances: EC2 has too little t3.large capacity left in "
    "Availability Zone eu-west-1b for this request. Choose another zone or another instance type."
)
ADVICE = launch_advice(LaunchStatus.FAILED, NO_CAPACITY)
GONE = (
    "This execution was begun on a simulator that is gone (its instance was sim-0a1b2c3d). It cannot go on; "
    "to close it, stop watching it with a reason."
)


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
            cause=ADVICE.cause,
            remedy=ADVICE.remedy,
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


def log(view: ExecutionView) -> tuple[Any, ...]:
    """Return what AWS said of the servers of the waves that have begun, in order of time."""
    lines = []
    for server in view.servers:
        number = int(server.key.source_server_id[2:], 16)
        begun = view.waves[server.wave - 1].started_at
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
    usual = {"waves": waves(), "servers": launches(), "recovery_time": timedelta(minutes=45)}
    return fake.a_view(**(usual | changes))


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
        space.executions.add(view, log(view))
    old = fake.a_finished_view(
        execution_id=ExecutionId("demo-01J8Z3NDEKTSV4RRFFQ69G5FAV"),
        plan_name="storefront",
        status=ExecutionStatus.PARTIAL,
        created_at=fake.NOW - timedelta(days=3),
        ended_at=fake.NOW - timedelta(days=3) + timedelta(minutes=28),
    )
    space.executions.add(old, log(old))
    return space


# ---- days


def held() -> ExecutionView:
    base = live(
        status=ExecutionStatus.PAUSED, needs_person=True, reason='Wave 3 "Web" waits: The plan pauses here.'
    )
    first, second, third = base.waves
    second = replace(second, status=WaveStatus.PARTIAL, ended_at=fake.NOW)
    third = replace(
        third,
        status=WaveStatus.HELD,
        is_held=True,
        reason="The plan pauses here.",
        can_skip=fake.YES,
    )
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


def failed_wave() -> ExecutionView:
    """Return a drill whose second wave failed and asks, with a wait that runs and a task that waits."""
    base = live(status=ExecutionStatus.PAUSED, needs_person=True, reason="Wave 2 failed: 1 of 28 servers.")
    first, second, third = base.waves
    task = StepRow(
        key=StepKey(wave=2, phase=StepPhase.AFTER, index=2),
        name="Move the name",
        kind=MANUAL_TASK,
        status=StepStatus.RUNNING,
        instruction="Point payroll.corp.example at the new load balancer, then say what dig answers.",
        waits_for_person=True,
    )
    second = replace(
        second,
        is_held=True,
        hold_kind=HoldKind.DECISION,
        reason="1 of 28 critical servers failed: app-pay-17 (no capacity).",
        can_retry=fake.YES,
        steps=(fake.a_wait(2), task),
    )
    third = replace(third, can_skip=fake.YES)
    actions = replace(base.actions, resume=fake.YES, clean_up=fake.YES, stop_watching=fake.YES)
    return replace(base, waves=(first, second, third), actions=actions, tasks=(task,), instances_left=19)


def elsewhere() -> ExecutionView:
    """Return a drill whose simulator is gone."""
    gone = fake.no(GONE)
    actions = ExecutionActions(
        pause=gone, resume=gone, cancel=gone, terminate=gone, clean_up=gone, stop_watching=fake.YES
    )
    return live(actions=actions, driving_problem=GONE)


def late() -> ExecutionView:
    """Return a drill that will miss its target, whose data is stale and in which others meddled."""
    drifts = (
        DriftRow(
            kind=DriftKind.INSTANCE_GONE,
            wave=1,
            server_names=("db-pay-03",),
            seen_at=fake.NOW - timedelta(minutes=4),
            words="the instance i-00000000000000003 was terminated, and not by this console.",
        ),
        DriftRow(
            kind=DriftKind.JOB_DELETED,
            wave=1,
            server_names=tuple(f"db-pay-{number:02}" for number in range(1, 13)),
            seen_at=fake.NOW - timedelta(minutes=2),
            words="the record of job drsjob-1a2b3c4d5e6f70819 was deleted.",
        ),
    )
    return live(
        recovery_time=timedelta(minutes=15),
        observed_at=fake.NOW - timedelta(minutes=4),
        watch_problem="AWS cannot be reached: no answer from drs.eu-west-1 for 4 min.",
        drifts=drifts,
    )


def large() -> ExecutionView:
    """Return a drill of 500 servers in twelve waves, every name long."""
    size = 42
    begun = fake.NOW - timedelta(minutes=50)
    rows = []
    for number in range(500):
        wave = number // size + 1
        row = fake.a_launch(
            number + 1,
            wave,
            name=f"{LONG[:-5]}-{number:04}",
            wave_name=f"{LONG[:40]} {wave}",
            key=fake.a_key(number + 1, fake.ACCOUNT if number % 2 else fake.OTHER_ACCOUNT),
        )
        rows.append(fake.launched(row) if wave < 6 else _second(row, number) if wave == 6 else row)
    all_waves = tuple(
        fake.a_wave(
            wave,
            f"{LONG[:40]} {wave}",
            status=WaveStatus.COMPLETED if wave < 6 else WaveStatus.PENDING,
            started_at=begun + timedelta(minutes=8 * wave) if wave < 7 else None,
            ended_at=begun + timedelta(minutes=8 * wave + 7) if wave < 6 else None,
            server_count=sum(row.wave == wave for row in rows),
            launched_count=size if wave < 6 else 0,
            depends_on=(wave - 1,) if wave > 1 else (),
        )
        for wave in range(1, 13)
    )
    name = "Payroll, reporting and everything that hangs on them, both Regions, complete drill of the year"
    return live(
        plan_name=name,
        servers=tuple(rows),
        waves=all_waves,
        created_at=begun,
        recovery_time=timedelta(hours=2),
    )


def early() -> ExecutionView:
    """Return a drill that has just begun: no wave has ended, so no end is forecast."""
    base = live()
    begun = fake.NOW - timedelta(seconds=95)
    first, second, third = base.waves
    first = replace(first, status=WaveStatus.LAUNCHING, started_at=begun, ended_at=None, launched_count=0)
    second = replace(second, status=WaveStatus.PENDING, started_at=None, launched_count=0, failed_count=0)
    servers = tuple(fake.a_launch(1, row.wave, key=row.key, name=row.name) for row in base.servers)
    under_way = tuple(
        replace(
            row,
            launch_status=LaunchStatus.IN_PROGRESS,
            phase=LaunchPhase.CONVERSION,
            changed_at=fake.NOW - timedelta(seconds=20),
        )
        for row in servers
        if row.wave == 1
    )
    return replace(
        base,
        created_at=begun - timedelta(seconds=4),
        waves=(first, second, third),
        servers=(*under_way, *(row for row in servers if row.wave > 1)),
    )


def refusing() -> fake.FakeWorkspace:
    """Return a workspace whose check before a start finds what speaks against it."""
    space = workspace()
    plan = space.plans.rows[1]
    findings = (
        Finding(level="passed", text="The role may start recoveries in both accounts."),
        Finding(level="failed", text=f"{LONG} is DISCONNECTED: no usable point in time."),
        Finding(
            level="not checked", text="Quotas of storefront-dr eu-central-1: the account could not be read."
        ),
    )
    space.executions.previews = {
        mode: fake.a_preview(plan, mode, findings=findings) for mode in ExecutionMode
    }
    return space


def dead_region() -> fake.FakeWorkspace:
    """Return a workspace at 03:00: the source Region is gone, and the data that came over is all there is."""
    space = workspace()
    plan = space.plans.rows[1]
    findings = (
        Finding(level="passed", text="The role may start recoveries in both accounts."),
        Finding(
            level="warning",
            text="61 servers do not replicate: their newest data is 14 to 22 min old. That much is lost.",
            fix="Where the source is gone, this is the normal case: accept it with a reason.",
            accept="old-data",
        ),
        Finding(
            level="failed",
            text=f"1 server would land in a subnet that is full: {LONG}.",
            fix="Change the launch settings, or accept that these servers fail.",
            accept="launch-settings",
        ),
        Finding(
            level="not checked",
            text="The vCPU quota of storefront-dr could not be read.",
            fix="Look at Service Quotas, L-1216C47A.",
            is_essential=False,
        ),
    )
    servers = tuple(
        fake.a_planned_server(
            int(row.key.source_server_id[2:], 16),
            row.wave,
            key=row.key,
            name=row.name,
            replication_state=DataReplicationState.DISCONNECTED,
            snapshot_id="pit-0a1b2c3d4e5f60718" if row.wave == 1 else "",
            data_at=fake.NOW - timedelta(minutes=22) if row.wave == 1 else None,
            lag=timedelta(minutes=14),
            subnet_id="" if row.wave == 3 else "subnet-0a1b2c3d4e5f60718",
        )
        for row in launches()
    )
    space.executions.previews = {
        mode: fake.a_preview(plan, mode, findings=findings, servers=servers) for mode in ExecutionMode
    }
    return space


def failing() -> fake.FakeWorkspace:
    """Return a workspace that cannot be opened."""
    space = workspace()
    space.opening_failure = fake.NotFound(
        "The simulator does not answer at 127.0.0.1:5000. Start it, then try again."
    )
    return space
