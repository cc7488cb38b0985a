"""Who has the driver's seat, and how a command finds whoever has it now."""

from datetime import timedelta

import pytest

from drs_desktop.domain.commands import Cancel, Pause
from drs_desktop.domain.errors import CommandRefused, LeaseLost
from drs_desktop.domain.ids import ExecutionId
from tests.helpers.asynchronous import on_loop
from tests.helpers.engine_rig import Console, Rig

HOUR = timedelta(hours=1)


async def _taken_over(rig: Rig) -> tuple[Console, Console, ExecutionId]:
    """Return a driver that slept through its lease and has not noticed, its successor, and the execution."""
    first = await rig.console()
    execution_id = await first.start(*first.two_waves(pause=True))
    await rig.clock.run_until(lambda: bool(first.now(execution_id).holds), HOUR)
    first.stop()
    await rig.clock.advance(timedelta(seconds=31))
    second = await rig.console("driver-2")
    await second.drive(execution_id, decided=False)
    first.go_on()
    return first, second, execution_id


@on_loop
async def test_command_to_a_driver_that_lost_its_seat_is_carried_out_by_its_successor() -> None:
    rig = Rig()
    first, second, execution_id = await _taken_over(rig)

    await first.say(execution_id, Pause(reason="look first"))

    request = second.now(execution_id).pause_request
    assert request is not None
    assert (request.by, request.reason) == ("driver-1", "look first")
    await rig.close()


@on_loop
async def test_refusal_by_the_successor_reaches_who_commanded() -> None:
    rig = Rig()
    first, second, execution_id = await _taken_over(rig)
    await second.say(execution_id, Cancel())

    saying = rig.begin(first, first.say(execution_id, Pause()))
    await rig.clock.run_until(saying.done, HOUR)

    with pytest.raises(CommandRefused, match="CANCELLED"):
        await saying
    await rig.close()


@on_loop
async def test_driver_that_lost_its_seat_cannot_confirm_it() -> None:
    rig = Rig()
    first, second, execution_id = await _taken_over(rig)

    with pytest.raises(LeaseLost):
        await first.asked(first.supervisor.confirm_seat(execution_id))
    await second.asked(second.supervisor.confirm_seat(execution_id))
    await rig.close()


@on_loop
async def test_seat_that_was_lost_and_left_is_not_confirmed_either() -> None:
    rig = Rig()
    first, _second, execution_id = await _taken_over(rig)
    await rig.clock.run_until(lambda: not first.is_driving(execution_id), HOUR)

    with pytest.raises(LeaseLost):
        await first.asked(first.supervisor.confirm_seat(execution_id))
    await rig.close()
