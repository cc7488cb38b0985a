"""Executions whose simulator or AWS is not the one of this console: they can be closed, and nothing else."""

from datetime import timedelta

import pytest

from drs_desktop.domain.accounts import AWS, Endpoint
from drs_desktop.domain.commands import AddNote, Cancel, Command, Pause, Resume, StopWatching
from drs_desktop.domain.elsewhere import why_elsewhere
from drs_desktop.domain.errors import CommandRefused, WrongEndpoint
from drs_desktop.domain.events import NoteAdded
from drs_desktop.domain.execution import AttemptStatus, ExecutionStatus, WaveStatus
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.status import wave_status
from drs_desktop.engine.tasks import spawn
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import Play
from tests.helpers.engine_rig import Console, Rig

HOUR = timedelta(hours=1)


async def _left_behind(rig: Rig) -> tuple[Console, ExecutionId]:
    """Return a console on a new simulator, and an execution that the old one was running when it went."""
    console = await rig.console()
    execution_id = await console.start(*console.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    await rig.clock.run_until(
        lambda: console.now(execution_id).attempts[0].status is AttemptStatus.ACCEPTED, HOUR
    )
    await console.kill()
    return await rig.console("driver-2", fingerprint="another"), execution_id


async def _say(rig: Rig, console: Console, execution_id: ExecutionId, command: Command) -> None:
    """Give a command and let time pass until it is answered: a dead driver's lease has to run out first."""
    saying = spawn(console.say(execution_id, command), name="say")
    await rig.clock.run_until(saying.done, HOUR)
    saying.result()


@on_loop
async def test_watching_can_be_stopped_and_the_execution_ends() -> None:
    rig = Rig()
    console, execution_id = await _left_behind(rig)
    await _say(rig, console, execution_id, StopWatching(reason="the old demo is gone"))
    state = await console.state(execution_id)
    assert state.end_status is ExecutionStatus.CANCELLED
    assert "stopped watching" in state.end_reason
    assert {wave_status(wave) for wave in state.waves} == {WaveStatus.CANCELLED}
    assert len(rig.launch_jobs()) == 1
    await rig.close()


@on_loop
async def test_its_servers_are_free_again() -> None:
    rig = Rig()
    console, execution_id = await _left_behind(rig)
    scope = rig.server_keys[0].scope
    assert await console.journal.claims("simulation", scope)
    await _say(rig, console, execution_id, StopWatching(reason="gone"))
    assert await console.journal.claims("simulation", scope) == ()
    await rig.close()


@on_loop
async def test_a_note_is_written_and_nothing_else_happens() -> None:
    rig = Rig()
    console, execution_id = await _left_behind(rig)
    before = len(await console.journal.read(execution_id))
    await _say(rig, console, execution_id, AddNote(text="It ran on the old laptop."))
    written = (await console.journal.read(execution_id))[before:]
    assert [type(stored.event) for stored in written] == [NoteAdded]
    assert not console.is_driving(execution_id)
    await rig.close()


@pytest.mark.parametrize("command", [Pause(), Resume(), Cancel()])
@on_loop
async def test_what_needs_aws_is_refused_with_a_way_on(command: Pause | Resume | Cancel) -> None:
    rig = Rig()
    console, execution_id = await _left_behind(rig)
    with pytest.raises(WrongEndpoint, match="stop watching it with a reason"):
        await _say(rig, console, execution_id, command)
    assert await console.journal.pending_commands(execution_id) == ()
    await rig.close()


@on_loop
async def test_to_stop_watching_needs_a_reason_here_too() -> None:
    rig = Rig()
    console, execution_id = await _left_behind(rig)
    with pytest.raises(CommandRefused, match="needs a reason"):
        await _say(rig, console, execution_id, StopWatching(reason=" "))
    await rig.close()


@on_loop
async def test_its_own_driver_is_told_while_it_lives() -> None:
    rig = Rig()
    owner = await rig.console()
    execution_id = await owner.start(*owner.two_waves())
    await rig.clock.run_until(lambda: len(rig.launch_jobs()) == 1, HOUR)
    visitor = await rig.console("driver-2", fingerprint="another")
    with pytest.raises(CommandRefused, match="Cancel first"):
        await _say(rig, visitor, execution_id, StopWatching(reason="enough"))
    await rig.close()


SIMULATOR = Endpoint(fingerprint="sim-2", url="http://127.0.0.1:5000", is_simulated=True)


@pytest.mark.parametrize(
    ("began", "here", "words"),
    [
        ("sim-1", SIMULATOR, "begun on a simulator that is not there any more (instance sim-1)"),
        ("sim-1", Endpoint(fingerprint="none", is_simulated=True), "stop watching it with a reason"),
        (AWS, SIMULATOR, "begun against AWS itself, and this console talks to a simulator"),
        (
            "sim-1",
            Endpoint(fingerprint=AWS),
            "begun against the endpoint sim-1, and this console talks to AWS.",
        ),
        (AWS, Endpoint(fingerprint="a:1", url="http://a:1"), "this console talks to not AWS: a:1."),
    ],
)
def test_the_sentence_names_both_sides(began: str, here: Endpoint, words: str) -> None:
    state = Play(1, endpoint_fingerprint=began).state
    assert words in why_elsewhere(state, here)
