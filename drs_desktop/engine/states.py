"""The state of every execution somebody looks at, kept current from the hub, whoever drives it."""

from collections.abc import Callable

from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.evolve import evolve, fold
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import EventHub, ExecutionJournal, StoredEvent
from drs_desktop.engine.tasks import spawn

OnChange = Callable[[Execution | None, Execution, tuple[StoredEvent, ...]], None]


class StateCache:
    """Folds what the hub publishes; used on the engine's loop only."""

    def __init__(self, journal: ExecutionJournal, hub: EventHub) -> None:
        self._journal = journal
        self._states: dict[ExecutionId, Execution] = {}
        self._listeners: list[OnChange] = []
        self._subscription = hub.subscribe(self._published)

    def close(self) -> None:
        """Hear no more."""
        self._subscription.close()

    def on_change(self, listener: OnChange) -> Callable[[], None]:
        """Call back with the state before and after, and the events between; return what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def known(self) -> tuple[Execution, ...]:
        """Return the states that are being kept."""
        return tuple(self._states.values())

    async def get(self, execution_id: ExecutionId) -> Execution:
        """Return the state of an execution.

        Raises:
            NotFound: there is no such execution here.
        """
        if execution_id not in self._states:
            events = await self._journal.read(execution_id)
            state = fold(stored.event for stored in events)
            if state is None:
                raise NotFound(f"There is no execution {execution_id} in this workspace.")
            known = self._states.get(execution_id)  # events may have been published meanwhile
            if known is None or known.version < state.version:
                self._states[execution_id] = state
        return self._states[execution_id]

    def _published(self, events: tuple[StoredEvent, ...]) -> None:
        for execution_id in dict.fromkeys(event.execution_id for event in events):
            self._advance(execution_id, tuple(e for e in events if e.execution_id == execution_id))

    def _advance(self, execution_id: ExecutionId, events: tuple[StoredEvent, ...]) -> None:
        before = self._states.get(execution_id)
        if before is not None and events[0].sequence > before.version + 1:
            # Another process wrote in between, and its events have not been read yet.
            spawn(self._read_on(execution_id), name=f"read on {execution_id}")
            return
        state = before
        news: list[StoredEvent] = []
        for stored in events:
            expected = (state.version if state else 0) + 1
            if stored.sequence == expected:
                state = evolve(state, stored.event)
                news.append(stored)
        if state is None or not news:
            return  # an execution that nobody looked at yet: it is read when somebody does
        self._keep(before, state, tuple(news))

    async def _read_on(self, execution_id: ExecutionId) -> None:
        known = self._states[execution_id].version
        events = await self._journal.read(execution_id, after_sequence=known)
        self._advance(execution_id, events)  # without what became known meanwhile, by another such read

    def _keep(self, before: Execution | None, state: Execution, news: tuple[StoredEvent, ...]) -> None:
        self._states[state.execution_id] = state
        for listener in tuple(self._listeners):
            listener(before, state, news)
