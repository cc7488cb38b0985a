"""Which executions this process drives, who hears that it had to stop, and commands left for a driver."""

from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.commands import AddNote, Pause
from drs_desktop.domain.errors import LeaseLost, NotFound, StorageError
from drs_desktop.domain.events import NoteAdded
from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.ids import ExecutionId
from tests.helpers.asynchronous import on_loop
from tests.helpers.engine_rig import Console, Rig, a_wave

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


async def _begun(rig: Rig) -> tuple[Console, ExecutionId]:
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    return console, execution_id


@on_loop
async def test_what_is_driven_here_is_listed_until_it_ends() -> None:
    rig = Rig()
    console = await rig.console()
    ids = [await console.start(a_wave(1, (key,))) for key in rig.server_keys[:2]]
    assert [state.execution_id for state in console.supervisor.driven] == ids
    await rig.clock.run_until(lambda: not console.tasks_driving, HOUR)
    assert console.supervisor.driven == ()
    await rig.close()


@on_loop
async def test_execution_that_is_over_has_no_seat_to_confirm() -> None:
    rig = Rig()
    console, execution_id = await _begun(rig)
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    written = len(rig.store.events)
    await console.asked(console.supervisor.confirm_seat(execution_id))
    assert len(rig.store.events) == written
    assert not console.is_driving(execution_id)
    await rig.close()


@on_loop
async def test_command_to_an_execution_that_does_not_exist_names_it() -> None:
    rig = Rig()
    console = await rig.console()
    with pytest.raises(NotFound, match="There is no execution x-9"):
        await console.say(ExecutionId("x-9"), Pause())
    assert rig.store.commands == {}
    await rig.close()


@on_loop
async def test_who_listens_hears_once_that_driving_had_to_stop() -> None:
    rig = Rig()
    console, execution_id = await _begun(rig)
    stopped: list[ExecutionId] = []
    console.supervisor.on_failure(stopped.append)
    console.journal.write_error = LeaseLost("Another process drives it now.")
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    await rig.clock.advance(HOUR)
    assert stopped == [execution_id]
    assert isinstance(console.supervisor.failure(execution_id), LeaseLost)
    console.journal.write_error = None
    await rig.close()


@on_loop
async def test_end_of_an_execution_is_no_failure_to_hear_of() -> None:
    rig = Rig()
    console, execution_id = await _begun(rig)
    stopped: list[ExecutionId] = []
    console.supervisor.on_failure(stopped.append)
    await rig.clock.run_until(lambda: not console.is_driving(execution_id), HOUR)
    assert (await console.state(execution_id)).end_status is ExecutionStatus.COMPLETED
    assert stopped == []
    assert console.supervisor.failure(execution_id) is None
    await rig.close()


@on_loop
async def test_who_left_a_command_hears_when_the_seat_cannot_be_taken_any_more() -> None:
    rig = Rig()
    driver, execution_id = await _begun(rig)
    driver.stop()
    other = await rig.console("driver-2")
    said = rig.begin(other, other.say(execution_id, Pause()))
    await rig.clock.run_until(lambda: bool(rig.store.commands), HOUR)
    other.journal.write_error = StorageError("The disk is full.")
    await rig.clock.run_until(said.done, HOUR)
    with pytest.raises(StorageError, match="The disk is full"):
        await said
    other.journal.write_error = None
    driver.go_on()
    await rig.close()


@on_loop
async def test_command_that_the_driver_answered_as_it_left_is_not_carried_out_again_elsewhere() -> None:
    """The console of another simulator left a note, and slept while the driver took it down and ended."""
    rig = Rig()
    driver, execution_id = await _begun(rig)
    visitor = await rig.console("driver-2", fingerprint="another")
    said: Any = rig.begin(visitor, visitor.say(execution_id, AddNote(text="odd")))

    def sleep_once_left(console: Console, name: str) -> None:
        if console is visitor and name == "journal.leave_command: done, not answered":
            rig.on_point = None
            visitor.stop()

    rig.on_point = sleep_once_left
    await rig.clock.run_until(lambda: not driver.is_driving(execution_id), HOUR)
    visitor.go_on()
    await rig.clock.run_until(said.done, HOUR)
    await said
    notes = [stored.event for stored in rig.store.events if isinstance(stored.event, NoteAdded)]
    assert [note.text for note in notes] == ["odd"]
    rig.assert_sound()
    await rig.close()
