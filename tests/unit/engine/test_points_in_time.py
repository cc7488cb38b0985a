"""Starts from a chosen point in time: it is in the request, and looked at again just before it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.commands import Cancel, Resume
from drs_desktop.domain.errors import AwsNotFound, AwsUnreachable, CommandRefused
from drs_desktop.domain.execution import ExecutionStatus, FrozenWave, HoldKind
from drs_desktop.domain.recovery_snapshot import SnapshotId
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import START, Play, a_frozen_wave, a_key, a_snapshot
from tests.helpers.engine_rig import SCOPE, Console, Rig, a_wave
from tests.unit.engine.test_rare_starts import _Starting

HOUR = timedelta(hours=1)


def pinned(wave: FrozenWave, *snapshots: str) -> FrozenWave:
    """Return the wave whose first servers start from these points in time."""
    servers = list(wave.servers)
    for index, snapshot in enumerate(snapshots):
        servers[index] = replace(servers[index], snapshot_id=SnapshotId(snapshot))
    return replace(wave, servers=tuple(servers))


async def points_of(rig: Rig, console: Console) -> list[str]:
    """Return the points in time of the rig's first server, newest first."""
    reader = console.context.aws.reader(SCOPE)
    found = await reader.describe_recovery_snapshots(rig.server_keys[0].source_server_id)
    return [snapshot.snapshot_id for snapshot in found]


@on_loop
async def test_job_launches_the_server_from_the_chosen_point_and_the_others_from_their_newest_data() -> None:
    rig = Rig()
    console = await rig.console()
    earlier = (await points_of(rig, console))[3]
    execution_id = await console.start(pinned(a_wave(1, rig.server_keys), earlier))
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 3 * HOUR)
    assert (await console.state(execution_id)).end_status is ExecutionStatus.COMPLETED
    (job,) = rig.simulation.state(SCOPE.account_id, SCOPE.region).jobs.values()
    chosen = {one.source_server_id: one.snapshot_id for one in job.participants.values()}
    assert chosen.pop(rig.server_keys[0].source_server_id) == earlier
    assert set(chosen.values()) == {None}
    await rig.close()


@on_loop
async def test_point_that_is_gone_starts_nothing_before_a_person_says_that_the_newest_data_will_do() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(pinned(a_wave(1, rig.server_keys), "pit-gone"))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
    hold = console.now(execution_id).wave(1).hold
    assert hold is not None
    assert "(pit-gone)" in hold.reason
    assert "Resume starts these servers from their newest data" in hold.reason
    await rig.clock.advance(HOUR)
    with pytest.raises(CommandRefused, match="needs a reason"):
        await console.say(execution_id, Resume())
    assert rig.launch_jobs() == []
    await console.say(execution_id, Resume(reason="the newest data will do"))
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), 3 * HOUR)
    assert (await console.state(execution_id)).end_status is ExecutionStatus.COMPLETED
    (job,) = rig.simulation.state(SCOPE.account_id, SCOPE.region).jobs.values()
    assert {one.snapshot_id for one in job.participants.values()} == {None}
    await rig.close()


@on_loop
async def test_point_that_is_gone_and_a_cancel_start_nothing_at_all() -> None:
    rig = Rig()
    console = await rig.console()
    execution_id = await console.start(pinned(a_wave(1, rig.server_keys), "pit-gone"))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).holds), HOUR)
    await console.say(execution_id, Cancel())
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert rig.launch_jobs() == []
    await rig.close()


def _requests(starting: _Starting) -> list[Any]:
    return [call.request for call in starting.desk.aws.mutating_calls]


@on_loop
async def test_points_are_read_only_for_servers_that_have_one() -> None:
    starting = _Starting()
    starting.aws_will_accept()
    await starting.start()
    assert starting.desk.aws.operations("DescribeRecoverySnapshots") == ()
    assert _requests(starting)[0].snapshots == ()


@on_loop
async def test_request_names_the_point_and_its_digest_tells_it_from_one_without() -> None:
    key, point = a_key(1), a_snapshot(a_key(1), START)
    starting = _Starting(Play([pinned(a_frozen_wave(1, [key]), point.snapshot_id)]))
    starting.drs.snapshots.append(point)
    starting.aws_will_accept()
    await starting.start()
    (request,) = _requests(starting)
    assert request.snapshots == ((key.source_server_id, point.snapshot_id),)
    assert request.digest != replace(request, snapshots=()).digest


@on_loop
async def test_point_that_is_still_being_made_counts_as_gone() -> None:
    key = a_key(1)
    unready = a_snapshot(key, None)
    starting = _Starting(Play([pinned(a_frozen_wave(1, [key]), unready.snapshot_id)]))
    starting.drs.snapshots.append(unready)
    await starting.start()
    assert starting.desk.aws.mutating_calls == ()
    hold = starting.play.wave().hold
    assert hold is not None
    assert hold.kind is HoldKind.POINT_GONE


@on_loop
async def test_server_that_is_gone_with_its_points_is_refused_by_name() -> None:
    key = a_key(1)
    starting = _Starting(Play([pinned(a_frozen_wave(1, [key]), "pit-1")]))
    starting.drs.servers.clear()
    starting.drs.errors["DescribeRecoverySnapshots"] = AwsNotFound("DRS does not know it.")
    await starting.start()
    starting.assert_refused("DRS no longer has srv-1.")


@on_loop
async def test_points_that_cannot_be_read_make_the_part_wait() -> None:
    point = a_snapshot(a_key(1), START)
    starting = _Starting(Play([pinned(a_frozen_wave(1, [a_key(1)]), point.snapshot_id)]))
    starting.drs.snapshots.append(point)
    starting.drs.errors["DescribeRecoverySnapshots"] = AwsUnreachable("No answer came.")
    task = starting.begin()
    await starting.desk.clock.advance(timedelta(minutes=1))
    assert starting.desk.aws.mutating_calls == ()
    assert [one.reason for one in starting.play.wave().deferrals.values()] == ["No answer came."]
    del starting.drs.errors["DescribeRecoverySnapshots"]
    starting.aws_will_accept()
    await starting.desk.ended(task)
    assert len(starting.desk.aws.mutating_calls) == 1
