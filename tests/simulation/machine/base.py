"""What all parts of the state machine stand on: the rig, its loop, and the passing of time."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from drs_desktop.domain.errors import (
    AnotherDriver,
    CommandRefused,
    LeaseLost,
    NeedsOperator,
    StorageError,
)
from drs_desktop.domain.ids import ExecutionId
from tests.helpers.engine_rig import SCOPE, Console, Rig

SECOND = timedelta(seconds=1)
A_WHILE = st.sampled_from([timedelta(0), SECOND, timedelta(seconds=20), timedelta(minutes=1)])
"""How long a rule lets things go on, so that what it did is met."""
DONE: Counter[str] = Counter()
"""What all examples of a run did, for its figures."""
EXPECTED = (AnotherDriver, CommandRefused, LeaseLost, NeedsOperator, StorageError)


class Machine(RuleBasedStateMachine):
    """One simulated AWS, one database, some consoles, and time."""

    rig: Rig

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        self.commands: list[Any] = []
        self.has_lied = False
        self.was_elsewhere = False
        self.fates_planned = 0
        self.is_wall_clock_wrong = False

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @property
    def place(self) -> Any:
        """Return what AWS has in the one account and Region."""
        return self.rig.simulation.state(SCOPE.account_id, SCOPE.region)

    @property
    def alive(self) -> list[Console]:
        return [console for console in self.rig.consoles if console.is_alive]

    @property
    def awake(self) -> list[Console]:
        return [console for console in self.alive if console.running.is_set()]

    def done(self, what: str) -> None:
        """Count something that was done."""
        DONE[what] += 1

    def attempt(self, work: Any) -> None:
        """Carry out what may be refused for a reason that is known."""

        async def tried() -> None:
            try:
                await work
            except EXPECTED:
                self.done("refused")

        self.run(tried())

    def is_driven(self, execution_id: ExecutionId) -> bool:
        return any(console.is_driving(execution_id) for console in self.alive)

    def advance(self, span: timedelta) -> None:
        self.run(self.rig.clock.advance(span))

    @rule(seconds=st.sampled_from([1, 4, 20, 60, 60, 200, 900]))
    def time_passes(self, seconds: int) -> None:
        self.done("time")
        self.advance(timedelta(seconds=seconds))

    @rule(span=st.sampled_from([timedelta(seconds=40), timedelta(hours=2), timedelta(days=30)]))
    def machine_sleeps(self, span: timedelta) -> None:
        self.done("sleep of the machine")
        self.run(self.rig.clock.jump(span))

    @rule(span=st.sampled_from([timedelta(hours=-1), timedelta(hours=1)]))
    def wall_clock_is_set(self, span: timedelta) -> None:
        self.done("wall clock set")
        self.is_wall_clock_wrong = True
        self.rig.clock.set_wall(span)
