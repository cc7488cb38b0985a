"""A desk for one effect: the real decider, the ports' fakes, and no runner that cancels what is settled."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from drs_desktop.domain import inputs
from drs_desktop.domain.effects import Effect
from drs_desktop.domain.events import Event
from drs_desktop.domain.execution import Execution
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.tasks import spawn
from tests.helpers.builders import SCOPE, Play
from tests.helpers.fakes import FakeAws, FakeClock, FakeIds, InMemoryJournal
from tests.unit.services.office import ENDPOINT


class Desk:
    """One execution, led on by a `Play`, and the ports that its effects are carried out with."""

    def __init__(self, play: Play | None = None) -> None:
        self.play = play or Play(1)
        self.clock, self.aws = FakeClock(), FakeAws()
        self.drs = self.aws.drs(SCOPE)
        self.journal = InMemoryJournal(self.clock)
        self.context = EngineContext(
            journal=self.journal,
            aws=self.aws,
            clock=self.clock,
            ids=FakeIds(),
            hub=LocalEventHub(),
            endpoint=ENDPOINT,
            operator="anna",
        )

    def state(self) -> Execution:
        return self.play.state

    async def submit(self, given: inputs.Input) -> tuple[Event, ...]:
        """Decide on what an effect hands in, as the driver would."""
        await asyncio.sleep(0)
        self.play.now = self.context.now()
        return self.play.give(given)

    def due(self, kind: type[Effect]) -> Any:
        """Return the one effect of this kind that is due."""
        (effect,) = (effect for effect in self.play.due if isinstance(effect, kind))
        return effect

    @staticmethod
    def begin(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Begin to carry an effect out."""
        return spawn(work, name="effect")

    async def ended(self, task: "asyncio.Task[None]") -> None:
        """Turn the clock until an effect that was begun has ended."""
        await self.clock.run_until(task.done)
        await task
