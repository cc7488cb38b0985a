"""What other processes wrote: published once, in order, also after a read that failed."""

import asyncio

from drs_desktop.domain.commands import AddNote
from drs_desktop.domain.errors import StorageError
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.foreign_feed import ForeignFeed
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import EXECUTION_ID, Play
from tests.helpers.fakes import FakeClock, InMemoryJournal, settle


class _Neighbours:
    """A process that follows the journal, and a neighbour that writes into it."""

    def __init__(self) -> None:
        self.journal = InMemoryJournal(FakeClock())
        self.neighbour = self.journal.another()
        self.hub = LocalEventHub()
        self.heard: list[int] = []
        self.pokes: list[int] = []
        self.hub.subscribe(self._published)
        self.feed = ForeignFeed(self.journal, self.hub, 0)
        self.feed.on_write(lambda: self.pokes.append(len(self.heard)))
        self.play = Play(1)

    def _published(self, events: tuple[StoredEvent, ...]) -> None:
        self.heard += [event.position for event in events]

    async def write(self) -> int:
        """Have the neighbour write an execution's first events; return how many."""
        lease = await self.neighbour.acquire_lease(EXECUTION_ID)
        await self.neighbour.append(lease, None, self.play.events)
        return len(self.play.events)

    async def note(self) -> None:
        """Have the neighbour add a note to it."""
        before = self.play.state
        lease = await self.neighbour.acquire_lease(EXECUTION_ID)
        await self.neighbour.append(lease, before, self.play.say(AddNote(text="odd")))


@on_loop
async def test_what_a_neighbour_writes_is_published_once_and_who_waits_for_it_is_poked() -> None:
    place = _Neighbours()
    count = await place.write()
    await settle()
    await place.note()
    await settle()
    assert place.heard == list(range(1, count + 2))
    assert place.pokes[-1] == count + 1
    await place.feed.close()


@on_loop
async def test_write_that_could_not_be_read_is_published_with_the_next() -> None:
    place = _Neighbours()
    place.journal.read_error = StorageError("The database is locked.")
    count = await place.write()
    await settle()
    assert place.heard == []
    assert place.pokes == []

    place.journal.read_error = None
    await place.note()
    await settle()
    assert place.heard == list(range(1, count + 2))
    await place.feed.close()


@on_loop
async def test_closed_feed_publishes_nothing_more() -> None:
    place = _Neighbours()
    await place.feed.close()
    await place.write()
    await settle()
    assert place.heard == []


@on_loop
async def test_write_that_could_not_be_read_is_published_without_another_one() -> None:
    place = _Neighbours()
    place.journal.read_error = StorageError("The database is locked.")
    published = asyncio.Event()
    place.feed.on_write(published.set)
    count = await place.write()
    await settle()
    assert place.heard == []
    place.journal.read_error = None
    await asyncio.wait_for(published.wait(), 60)
    assert place.heard == list(range(1, count + 1))
    await place.feed.close()
