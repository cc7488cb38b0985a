"""The states kept from the hub: complete also where another process wrote in between."""

import asyncio
from collections.abc import Sequence

import pytest

from drs_desktop.domain.commands import AddNote
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.events import Event
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import Lease, StoredEvent
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.states import StateCache
from drs_desktop.engine.tasks import spawn
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import EXECUTION_ID, Play
from tests.helpers.fakes import FakeClock, InMemoryJournal, settle


class _SlowJournal(InMemoryJournal):
    """A journal whose reads wait, once told to, after they have found what they return."""

    gate: asyncio.Event | None = None

    async def read(self, execution_id: ExecutionId, after_sequence: int = 0) -> tuple[StoredEvent, ...]:
        found = await super().read(execution_id, after_sequence)
        if self.gate is not None:
            await self.gate.wait()
        return found


class _Office:
    """A journal with one execution, the hub, and the states that a screen looks at."""

    def __init__(self) -> None:
        self.journal, self.hub = _SlowJournal(FakeClock()), LocalEventHub()
        self.states = StateCache(self.journal, self.hub)
        self.heard: list[tuple[int, tuple[int, ...]]] = []
        self.play = Play(1)
        self._lease: Lease | None = None
        self._written = 0

    async def write(self) -> tuple[StoredEvent, ...]:
        """Write what was played since the last time, and publish nothing."""
        self._lease = self._lease or await self.journal.acquire_lease(EXECUTION_ID)
        state = self._state_at(self._written)
        stored = await self.journal.append(self._lease, state, self._news())
        self._written = len(self.play.events)
        return stored

    async def note(self, text: str) -> tuple[StoredEvent, ...]:
        """Write a note, as any process may."""
        self.play.say(AddNote(text=text))
        return await self.write()

    def _news(self) -> Sequence[Event]:
        return self.play.events[self._written :]

    def _state_at(self, count: int) -> Execution | None:
        return fold(self.play.events[:count])

    async def look(self) -> Execution:
        """Have the execution's state kept, and hear of every change."""
        state = await self.states.get(EXECUTION_ID)
        self.states.on_change(self._changed)
        return state

    def _changed(self, before: Execution | None, after: Execution, events: tuple[StoredEvent, ...]) -> None:
        assert before is not None
        assert after.version == events[-1].sequence
        self.heard.append((before.version, tuple(event.sequence for event in events)))

    @property
    def kept(self) -> Execution:
        (state,) = self.states.known()
        return state


@on_loop
async def test_what_another_process_wrote_in_between_is_read_before_it_is_shown() -> None:
    office = _Office()
    await office.write()
    began = await office.look()
    await office.note("written elsewhere")
    office.hub.publish(await office.note("written here"))
    assert office.kept is began, "no change is shown before its forerunner is known"

    await settle()
    assert office.kept == office.play.state
    assert office.heard == [(began.version, (began.version + 1, began.version + 2))]


@on_loop
async def test_change_that_arrives_while_reading_on_is_told_once() -> None:
    office = _Office()
    await office.write()
    began = await office.look()
    await office.note("written elsewhere")
    gate = office.journal.gate = asyncio.Event()
    office.hub.publish(await office.note("written here"))
    await settle()
    office.hub.publish(await office.note("written while the first is read"))
    await settle()
    gate.set()
    await settle()
    assert office.kept == office.play.state
    told = [sequence for _, sequences in office.heard for sequence in sequences]
    assert told == list(range(began.version + 1, office.play.state.version + 1))


@on_loop
async def test_state_published_while_it_is_first_read_is_the_newer_one() -> None:
    office = _Office()
    first = await office.write()
    gate = office.journal.gate = asyncio.Event()
    looking = spawn(office.states.get(EXECUTION_ID), name="look")
    await settle()
    office.hub.publish(first + await office.note("just now"))
    gate.set()
    assert await looking == office.play.state
    assert office.kept == office.play.state


@on_loop
async def test_listener_that_left_hears_no_more() -> None:
    office = _Office()
    await office.write()
    await office.states.get(EXECUTION_ID)
    leave = office.states.on_change(office._changed)
    leave()
    leave()
    office.hub.publish(await office.note("nobody listens"))
    assert office.heard == []
    assert office.kept == office.play.state


@on_loop
async def test_execution_that_is_not_in_the_workspace_is_named() -> None:
    office = _Office()
    with pytest.raises(NotFound, match="There is no execution x-9"):
        await office.states.get(ExecutionId("x-9"))
