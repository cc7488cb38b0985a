"""The line before the DRS quotas: first come, first served, nobody starves, the reason is shown."""

from datetime import datetime, timedelta

import pytest

from drs_desktop.domain.commands import Cancel, Pause
from drs_desktop.domain.execution import AttemptStatus, Execution, WaveStatus
from drs_desktop.domain.ids import ExecutionId, Scope
from drs_desktop.domain.start_recovery import PartKey
from drs_desktop.domain.status import execution_status, wave_status
from drs_desktop.engine.line import StartLine, Ticket
from drs_desktop.simulator.core.acts import start_foreign_job
from drs_desktop.simulator.core.faults import ErrorAnswer, FaultRule, ResetAfter
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, SCOPE, START
from tests.helpers.engine_rig import Console, Rig, a_wave

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_ticket(number: int, scope: Scope = SCOPE) -> Ticket:
    return Ticket(execution_id=ExecutionId(f"x-{number}"), part=PartKey(wave=1, scope=scope, index=1))


def test_who_came_first_is_first_and_the_others_are_told_what_for() -> None:
    line = StartLine()
    first, second = a_ticket(1), a_ticket(2)
    assert line.reason_behind(first, START) == ""
    line.wait(first, "20 of 20 concurrent jobs are in use.")
    line.wait(second, "behind")
    line.wait(first, "20 of 20 concurrent jobs are in use.")
    assert line.reason_behind(first, START) == ""
    behind = line.reason_behind(second, START)
    assert behind.startswith("1 before it in line; first is")
    assert "execution x-1: 20 of 20 concurrent jobs are in use." in behind
    line.leave(first)
    line.leave(first)
    assert line.reason_behind(second, START) == ""


def test_every_account_and_region_has_a_line_of_its_own() -> None:
    line = StartLine()
    line.wait(a_ticket(1), "full")
    assert line.reason_behind(a_ticket(2, OTHER_SCOPE), START) == ""
    line.leave(a_ticket(3, OTHER_SCOPE))


def test_a_held_place_outlasts_leaving_until_its_part_comes_back_or_time_is_up() -> None:
    line = StartLine()
    first, second = a_ticket(1), a_ticket(2)
    line.keep(first, "AWS says: 402", START + MINUTE)
    line.leave(first)
    assert "AWS says: 402" in line.reason_behind(second, START)
    line.come_back(first)
    assert line.reason_behind(second, START + DAY)
    line.leave(first)
    line.come_back(first)
    assert line.reason_behind(second, START) == ""
    line.keep(first, "AWS says: 402", START + MINUTE)
    assert line.reason_behind(second, START + 2 * MINUTE) == ""


def test_who_is_being_served_keeps_nobody_back_and_has_its_place_again_when_sent_back() -> None:
    line = StartLine()
    first, second = a_ticket(1), a_ticket(2)
    line.wait(first, "20 of 20 concurrent jobs are in use.")
    assert "20 of 20" in line.wait_behind(second, START)
    line.serve(first)
    assert line.wait_behind(second, START) == ""
    line.keep(first, "AWS says: 402", START + MINUTE)
    assert "1 before it in line; first is" in line.wait_behind(second, START)


def test_serving_who_never_stood_in_line_changes_nothing() -> None:
    line = StartLine()
    line.wait(a_ticket(1), "full")
    line.serve(a_ticket(2))
    line.serve(a_ticket(3, OTHER_SCOPE))
    assert line.reason_behind(a_ticket(4), START).startswith("1 before it")


def test_who_is_told_to_wait_behind_somebody_stands_in_line_for_the_same_reason() -> None:
    line = StartLine()
    first, second, third = a_ticket(1), a_ticket(2), a_ticket(3)
    assert line.wait_behind(first, START) == ""
    assert not line.stands(first)
    line.wait(first, "full")
    line.wait_behind(second, START)
    assert line.stands(second)
    line.leave(first)
    assert line.reason_behind(third, START).endswith("execution x-2: full")


async def _start_each(console: Console, sizes: list[int]) -> list[ExecutionId]:
    keys = list(console.rig.server_keys)
    found = []
    for size in sizes:
        found.append(await console.start(a_wave(1, keys[:size])))
        del keys[:size]
    return found


def _states(console: Console, ids: list[ExecutionId]) -> list[Execution]:
    return [console.now(execution_id) for execution_id in ids]


async def _all_over(rig: Rig, console: Console, ids: list[ExecutionId]) -> list[Execution]:
    await rig.clock.run_until(lambda: not any(map(console.is_driving, ids)), DAY)
    return [await console.state(execution_id) for execution_id in ids]


@on_loop
async def test_of_twenty_one_executions_twenty_start_and_one_waits_its_turn() -> None:
    rig = Rig(servers=21)
    console = await rig.console()
    ids = await _start_each(console, [1] * 21)
    await rig.clock.advance(MINUTE)
    assert len(rig.sent) == 20
    waiting = [state for state in _states(console, ids) if not state.attempts]
    assert len(waiting) == 1
    assert "20 of 20 concurrent jobs are in use." in execution_status(waiting[0]).reason
    states = await _all_over(rig, console, ids)
    assert {state.end_status for state in states} == {"COMPLETED"}
    assert all(len(state.attempts) == 1 for state in states), "DRS never had to refuse one"
    await rig.close()


@on_loop
async def test_what_waits_in_line_reads_nothing_but_one_list_of_jobs_for_all() -> None:
    rig = Rig(servers=26)
    console = await rig.console()
    await _start_each(console, [1] * 26)
    await rig.clock.advance(MINUTE)
    read: list[str] = []
    rig.on_point = lambda _console, name: read.append(name) if name.endswith("before") else None
    await rig.clock.advance(MINUTE)
    assert "reader.describe_source_servers: before" not in read
    assert "reader.describe_recovery_instances: before" not in read
    own_looks = MINUTE / console.context.settings.line_wait
    watching = MINUTE / console.context.settings.quick_poll
    assert read.count("reader.describe_jobs: before") <= own_looks + watching + 1
    await rig.close()


@on_loop
async def test_all_who_wait_start_in_their_order_within_a_look_of_there_being_room() -> None:
    rig = Rig(servers=30)
    keys = [str(key.source_server_id) for key in rig.server_keys]
    for key in keys[:20]:
        start_foreign_job(rig.simulation, [key], is_drill=True)
    console = await rig.console()
    for server in rig.server_keys[20:]:
        await console.start(a_wave(1, (server,)))
    sent: list[datetime] = []
    rig.on_point = lambda _console, name: (
        sent.append(rig.clock.service_now()) if name == "StartRecovery: before" else None
    )
    await rig.clock.run_until(lambda: len(sent) == 10, DAY)
    await rig.clock.advance(timedelta(seconds=1))
    assert [str(request.source_server_ids[0]) for request in rig.sent] == keys[20:]
    freed = sorted(job.ended_at for job in rig.launch_jobs() if job.ended_at)
    late = max(start - room for start, room in zip(sent, freed, strict=False))
    assert late <= console.context.settings.line_wait + timedelta(seconds=10), "ten starts at one a second"
    await rig.close()


@on_loop
async def test_who_turns_out_to_wait_for_a_claimed_server_keeps_nobody_back() -> None:
    rig = Rig(servers=21, tags=False)
    _lose_answer(rig)
    console = await rig.console()
    asking = await console.start(a_wave(1, rig.server_keys[:1]))
    await rig.clock.run_until(lambda: _is_asking(console.now(asking)), DAY)
    await rig.clock.advance(HOUR)
    for key in rig.server_keys[2:]:
        start_foreign_job(rig.simulation, [str(key.source_server_id)], is_drill=True)
    same = await console.start(a_wave(1, rig.server_keys[:1]))
    await rig.clock.advance(timedelta(seconds=1))
    assert "20 of 20 concurrent jobs" in execution_status(console.now(same)).reason
    other = await console.start(a_wave(1, rig.server_keys[1:2]))
    (over,) = await _all_over(rig, console, [other])
    assert over.end_status == "COMPLETED"
    assert not console.now(same).attempts
    await rig.close()


@on_loop
async def test_five_hundred_servers_start_and_the_next_one_waits() -> None:
    rig = Rig(servers=501)
    console = await rig.console()
    ids = await _start_each(console, [100] * 5 + [1])
    await rig.clock.advance(MINUTE)
    assert [len(request.source_server_ids) for request in rig.sent] == [100] * 5
    reason = execution_status(console.now(ids[5])).reason
    assert "500 of 500 servers are in active jobs; 1 are due." in reason
    states = await _all_over(rig, console, ids)
    assert all(len(state.attempts) == 1 for state in states)
    await rig.close()


@on_loop
async def test_a_large_part_is_not_starved_by_small_ones_that_came_later() -> None:
    rig = Rig(servers=501 + 3)
    console = await rig.console()
    full = await _start_each(console, [100] * 4 + [99])
    await rig.clock.advance(MINUTE)
    keys = rig.server_keys[499:]
    large = await console.start(a_wave(1, keys[:2]))
    await rig.clock.advance(MINUTE)
    small = await console.start(a_wave(1, keys[2:3]))
    await rig.clock.advance(MINUTE)
    assert len(rig.sent) == 5, "one place is free, and it is kept for who came first"
    assert (
        f"first is {console.now(large).wave(1).parts[0].key}" in execution_status(console.now(small)).reason
    )
    await _all_over(rig, console, [*full, large, small])
    assert [len(request.source_server_ids) for request in rig.sent[5:]] == [2, 1]
    await rig.close()


@on_loop
async def test_who_pauses_or_cancels_gives_the_place_in_line_up() -> None:
    rig = Rig(servers=23)
    console = await rig.console()
    ids = await _start_each(console, [1] * 23)
    await rig.clock.advance(MINUTE)
    waiting = [e for e in ids if not console.now(e).attempts]
    assert len(waiting) == 3
    await console.say(waiting[0], Pause())
    await console.say(waiting[1], Cancel())
    others = [e for e in ids if e != waiting[0]]
    await _all_over(rig, console, others)
    assert await console.status(waiting[2]) == "COMPLETED"
    await rig.close()


@on_loop
async def test_foreign_jobs_and_another_consoles_attempts_count() -> None:
    rig = Rig(servers=22)
    keys = [str(key.source_server_id) for key in rig.server_keys]
    for key in keys[:19]:
        start_foreign_job(rig.simulation, [key], is_drill=True)
    first, second = await rig.console(), await rig.console("driver-2")
    one = await first.start(a_wave(1, rig.server_keys[19:20]))
    two = await second.start(a_wave(1, rig.server_keys[20:21]))
    await rig.clock.advance(MINUTE)
    assert len(rig.sent) == 1
    await rig.clock.run_until(lambda: not first.is_driving(one) and not second.is_driving(two), DAY)
    assert await first.status(one) == await second.status(two) == "COMPLETED"
    await rig.close()


def _lose_answer(rig: Rig) -> None:
    rig.simulation.faults.add(FaultRule(id="lost", operation="StartRecovery", action=ResetAfter(), times=1))


def _is_asking(state: Execution) -> bool:
    return [attempt.status for attempt in state.attempts] == [AttemptStatus.ASK]


def _send_back(rig: Rig, code: str, status: int, times: int) -> None:
    action = ErrorAnswer(code=code, status=status)
    rule = FaultRule(id="full", operation="StartRecovery", action=action, times=times)
    rig.simulation.faults.add(rule)


NO_ROOM = pytest.mark.parametrize(
    ("code", "status"), [("ServiceQuotaExceededException", 402), ("ThrottlingException", 429)]
)


@NO_ROOM
@on_loop
async def test_a_start_that_aws_has_no_room_for_is_queued_and_says_so(code: str, status: int) -> None:
    rig = Rig()
    _send_back(rig, code, status, times=1)
    console = await rig.console()
    execution_id = await console.start(a_wave(1, rig.server_keys))
    await rig.clock.run_until(lambda: bool(console.now(execution_id).wave(1).deferrals), MINUTE)
    state = console.now(execution_id)
    assert wave_status(state.wave(1)) is WaveStatus.QUEUED
    assert '"Wave 1" is queued: AWS says: ' in execution_status(state).reason
    (over,) = await _all_over(rig, console, [execution_id])
    assert over.end_status == "COMPLETED"
    await rig.close()


@NO_ROOM
@on_loop
async def test_a_start_that_aws_has_no_room_for_keeps_its_place_in_line(code: str, status: int) -> None:
    rig = Rig()
    _send_back(rig, code, status, times=3)
    console = await rig.console()
    first = await console.start(a_wave(1, rig.server_keys[:1]))
    await rig.clock.run_until(lambda: bool(console.now(first).wave(1).deferrals), MINUTE)
    later = await console.start(a_wave(1, rig.server_keys[1:2]))
    await _all_over(rig, console, [first, later])
    servers = [str(request.source_server_ids[0]) for request in rig.sent]
    assert servers == [str(k.source_server_id) for k in (*[rig.server_keys[0]] * 4, rig.server_keys[1])]
    await rig.close()


@on_loop
async def test_who_cancels_while_aws_has_no_room_keeps_nobody_back() -> None:
    rig = Rig()
    _send_back(rig, "ServiceQuotaExceededException", 402, times=1)
    console = await rig.console()
    first = await console.start(a_wave(1, rig.server_keys[:1]))
    await rig.clock.run_until(lambda: bool(console.now(first).wave(1).deferrals), MINUTE)
    later = await console.start(a_wave(1, rig.server_keys[1:2]))
    await console.say(first, Cancel())
    over = await _all_over(rig, console, [first, later])
    assert [state.end_status for state in over] == ["CANCELLED", "COMPLETED"]
    await rig.close()
