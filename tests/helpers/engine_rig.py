"""The engine on the in-process simulator under virtual time: consoles that can be killed at any port call.

The oracle is the simulator's own truth, never the journal.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from drs_desktop.domain.commands import Command
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import (
    AccountId,
    ExecutionId,
    IntentId,
    Region,
    Scope,
    ServerKey,
    SourceServerId,
)
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.scenario import parse_scenario
from tests.helpers.aws_truth import NO_JOB, AwsTruth
from tests.helpers.fakes import START, FakeClock, FakeIds, JournalStore
from tests.helpers.history import Call, Entry, HistoryCheck
from tests.helpers.rig_console import PLAN, Console, a_wave, current_console
from tests.helpers.simulator_process import DEMO, REGION, TARGET, small_scenario

__all__ = ["NO_JOB", "PLAN", "SCOPE", "Console", "FakeProber", "Fate", "Rig", "SimulationClock", "a_wave"]

SCOPE = Scope(account_id=AccountId(TARGET), region=Region(REGION))


class FakeProber:
    """Says which addresses answer (port `Prober`); counts how often it was asked.

    Attributes:
        answers: what the next calls say, in order; after that, `is_open`.
    """

    def __init__(self) -> None:
        self.is_open = True
        self.answers: list[bool] = []
        self.asked: list[tuple[str, int]] = []

    async def can_connect(self, address: str, port: int) -> bool:
        self.asked.append((address, port))
        return self.answers.pop(0) if self.answers else self.is_open


class SimulationClock(FakeClock):
    """A virtual clock that turns the simulator's clock with its own."""

    simulation: Simulation | None = None

    def _move(self, span: timedelta) -> None:
        super()._move(span)
        if self.simulation is not None:
            self.simulation.clock.advance(span * self.scale)


@dataclass(frozen=True)
class Fate:
    """What the network does to one StartRecovery: it arrives late or never, and no answer comes."""

    delay: timedelta | None
    """How late it arrives; None: never."""


@dataclass
class Rig:
    """One simulated AWS, one database, and the consoles on it.

    Attributes:
        fates: what the network does to the next StartRecovery calls; the others arrive at once.
        made: by intent, the jobs that AWS really made of it.
        acknowledged: the commands that were accepted, as the operator remembers them.
        on_point: called with a name at every port call, before it, after it, and before its answer arrives.
        points: the names met so far.
        tags: whether jobs may be tagged.
    """

    servers: int = 4
    tags: bool = True
    lag: float = 2.0
    changes: dict[str, Any] = field(default_factory=dict)
    on_point: "Callable[[Console, str], None] | None" = None
    points: list[str] = field(default_factory=list)
    fates: "deque[Fate]" = field(default_factory=deque)
    made: dict[IntentId, list[str]] = field(default_factory=dict)
    acknowledged: list[tuple[ExecutionId, Command]] = field(default_factory=list)
    journal_of: "Callable[[Console], Any] | None" = None
    problems: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    kills: int = 0

    def __post_init__(self) -> None:
        self.clock = SimulationClock(START)
        scenario = parse_scenario(DEMO, small_scenario(self.servers, **self.changes))
        self.simulation = build_simulation(scenario, clock=ServiceClock(scale=0, base=START))
        self.clock.simulation = self.simulation
        self.store = JournalStore()
        self.consoles: list[Console] = []
        self.sent: list[StartRecoveryRequest] = []
        self.ids = FakeIds()
        self.prober = FakeProber()
        self.check = HistoryCheck()
        self._checked = 0
        self._journeys: set[asyncio.Task[None]] = set()
        asyncio.get_running_loop().set_task_factory(_task_of_console)

    async def console(self, owner: str = "driver-1", **where: str) -> "Console":
        """Start a console: a process of its own on the same database."""
        console = Console(self, owner, **where)
        self.consoles.append(console)
        await console.open()
        return console

    def begin(self, console: "Console", work: Any) -> "asyncio.Task[Any]":
        """Run work as the console's own without waiting for it; it dies with the console."""
        token = current_console.set(console)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            current_console.reset(token)

    def on_its_way(self, journey: Any) -> None:
        """Let a request travel on its own, whatever becomes of who sent it."""
        token = current_console.set(None)
        try:
            self._journeys.add(asyncio.get_running_loop().create_task(journey))
        finally:
            current_console.reset(token)

    async def close(self) -> None:
        self.on_point = None
        for journey in self._journeys:
            journey.cancel()
        await asyncio.gather(*self._journeys, return_exceptions=True)
        for console in self.consoles:
            if console.is_alive:
                await console.close()

    # ---- what happened, in order

    @property
    def execution_ids(self) -> tuple[ExecutionId, ...]:
        return tuple(dict.fromkeys(stored.execution_id for stored in self.store.events))

    def note(self, entry: Entry | None = None) -> None:
        """Take up the events committed since, then a call just being sent."""
        for stored in self.store.events[self._checked :]:
            self.check.take(stored)
        self._checked = len(self.store.events)
        if entry is not None:
            self.check.take(entry)

    def folded(self, execution_id: ExecutionId) -> Execution:
        """Return the state as the journal alone has it."""
        self.note()
        return self.check.states[execution_id]

    def assert_sound(self) -> None:
        """Fail when anything happened that must not: by the log of events and calls, and by AWS's truth."""
        self.note()
        found = [*self.check.problems, *self.problems, *self.truth.wrong_jobs()]
        assert not found, "\n".join(found)

    # ---- the simulator's truth

    @property
    def truth(self) -> AwsTruth:
        """Return what AWS really did, by whose calls it was."""
        return AwsTruth(self.simulation, self.made, self.check.states, self.check.rounds)

    @property
    def server_keys(self) -> tuple[ServerKey, ...]:
        return self.keys_in(SCOPE)

    def keys_in(self, scope: Scope) -> tuple[ServerKey, ...]:
        state = self.simulation.state(scope.account_id, scope.region)
        return tuple(
            ServerKey(account_id=scope.account_id, region=scope.region, source_server_id=SourceServerId(key))
            for key in state.servers
        )

    def launch_jobs(self) -> list[Any]:
        """Return every LAUNCH job that was ever made, oldest first."""
        self.simulation.settle()
        return [
            job
            for state in self.simulation.states()
            for job in state.jobs.values()
            if str(getattr(job.type, "value", job.type)) == "LAUNCH"
        ]

    def jobs_per_part(self) -> Counter[tuple[str, str]]:
        """Return how many jobs each (wave, part) has, by their tags."""
        return Counter(
            (job.tags.get("drs-desktop:wave", ""), job.tags.get("drs-desktop:part", ""))
            for job in self.launch_jobs()
        )


def _task_of_console(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    console = current_console.get()
    if console is not None:
        console.tasks.add(task)
        task.add_done_callback(console.tasks.discard)
    return task
