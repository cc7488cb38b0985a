"""One console of the rig: a process of its own that can be stopped, killed and followed."""

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.commands import Command
from drs_desktop.domain.events import ExecutionCreated
from drs_desktop.domain.execution import Execution, FrozenServer, FrozenWave
from drs_desktop.domain.ids import ExecutionId, PlanId, ServerKey
from drs_desktop.domain.ports import StoredEvent
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.status import execution_status
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.foreign_feed import ForeignFeed
from drs_desktop.engine.job_watcher import WatcherPool
from drs_desktop.engine.states import StateCache
from drs_desktop.engine.supervisor import Supervisor
from tests.helpers.fakes import InMemoryJournal, settle
from tests.helpers.rig_ports import ConsoleClock, GuardedAws, GuardedPort

if TYPE_CHECKING:
    from tests.helpers.engine_rig import Rig

PLAN = PlanId("plan")
current_console: "contextvars.ContextVar[Console | None]" = contextvars.ContextVar("console", default=None)
"""Whose work runs; tasks made meanwhile die with it."""


class Console:
    """One process: engine, hub and ports, all of which die with it."""

    def __init__(self, rig: "Rig", owner: str, host: str = "host-1", fingerprint: str = "simulation") -> None:
        self.rig = rig
        self.owner = owner
        self.host = host
        self.is_alive = True
        self._is_buried = False
        self.tasks: set[asyncio.Task[Any]] = set()
        self.fingerprint = fingerprint
        self.journal: Any = (
            rig.journal_of(self)
            if rig.journal_of
            else InMemoryJournal(rig.clock, rig.store, owner=owner, host=host)
        )
        self.running = asyncio.Event()
        self.running.set()

    async def open(self) -> None:
        token = current_console.set(self)
        try:
            hub = LocalEventHub()
            hub.subscribe(self._published)
            journal: Any = GuardedPort(self, self.journal, "journal")
            self.context = EngineContext(
                journal=journal,
                aws=GuardedAws(self),
                clock=ConsoleClock(self),
                ids=self.rig.ids,
                hub=hub,
                endpoint=Endpoint(
                    fingerprint=self.fingerprint,
                    is_simulated=True,
                    signing_window_seconds=self.rig.simulation.signing_window_seconds,
                    visibility_lag_seconds=self.rig.lag,
                ),
                operator=self.owner,
                tags_allowed=lambda _scope: self.rig.tags,
                prober=self.rig.prober,
            )
            self.watchers = WatcherPool(self.context)
            self.feed = ForeignFeed(journal, hub, 0)
            self.states = StateCache(journal, hub)
            self.supervisor = Supervisor(self.context, self.watchers, self.feed)
        finally:
            current_console.reset(token)

    def _published(self, events: tuple[StoredEvent, ...]) -> None:
        """Hear what screens hear: only what is committed may be heard (I-03)."""
        durable = len(self.rig.store.events)
        if any(stored.position > durable for stored in events):
            self.rig.problems.append(f"I-03: published before it was committed: {events}")

    # ---- what an operator does

    async def start(self, *waves: FrozenWave, mode: ExecutionMode = ExecutionMode.DRILL) -> ExecutionId:
        execution_id = self.rig.ids.new_execution_id()
        created = ExecutionCreated(
            at=self.rig.clock.service_now(),
            execution_id=execution_id,
            plan_id=PLAN,
            plan_name="payroll",
            plan_revision=1,
            mode=mode,
            endpoint_fingerprint="simulation",
            created_by=self.owner,
            waves=waves or self.two_waves(),
        )
        await self.asked(self.supervisor.start(created))
        return execution_id

    def two_waves(
        self, *, pause: bool = False, policy: FailurePolicy = FailurePolicy.ASK
    ) -> tuple[FrozenWave, ...]:
        """Return the fleet in two waves of equal size."""
        keys = self.rig.server_keys
        half = len(keys) // 2
        return (
            a_wave(1, keys[:half], policy=policy),
            a_wave(2, keys[half:], pause=pause, policy=policy),
        )

    async def drive(self, execution_id: ExecutionId, *, decided: bool = True) -> None:
        await self.asked(self.supervisor.drive(execution_id, decided=decided))

    async def say(self, execution_id: ExecutionId, command: Command) -> None:
        await self.asked(self._command(execution_id, command))

    async def _command(self, execution_id: ExecutionId, command: Command) -> None:
        await self.supervisor.command(execution_id, command)
        self.rig.acknowledged.append((execution_id, command))

    async def asked(self, work: Any) -> Any:
        """Run work as this console's own, so that it dies with the console."""
        return await self.rig.begin(self, work)

    async def state(self, execution_id: ExecutionId) -> Execution:
        return await self.supervisor.load(execution_id)

    async def status(self, execution_id: ExecutionId) -> str:
        return execution_status(await self.state(execution_id)).status.value

    def now(self, execution_id: ExecutionId) -> Execution:
        """Return the state as the running driver has it."""
        runner = self.supervisor.runner(execution_id)
        assert runner is not None, "nobody drives it here"
        return runner.state

    @property
    def tasks_driving(self) -> bool:
        """Return whether any execution is driven here."""
        return bool(self.supervisor._runners)

    def is_driving(self, execution_id: ExecutionId) -> bool:
        return self.supervisor.runner(execution_id) is not None

    # ---- how it ends

    async def close(self) -> None:
        await self.supervisor.stop()
        await self.feed.close()
        await self.watchers.close()
        self.states.close()
        self.is_alive = False
        await self._drop_tasks()

    def strike(self) -> None:
        """Be dead from here on: every port call hangs, and nothing of this process is written any more."""
        self.is_alive = False
        self.journal.die()

    async def kill(self) -> None:
        """End as at kill -9: no task finishes, no lease is given back."""
        self.strike()
        self.rig.kills += 1
        self._is_buried = True
        await self._drop_tasks()

    def stop(self) -> None:
        """Do nothing any more, as after SIGSTOP: ports and timers wait for `go_on`."""
        self.running.clear()

    def go_on(self) -> None:
        """Wake up as after SIGCONT."""
        self.running.set()

    async def _drop_tasks(self) -> None:
        tasks = [task for task in self.tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await settle()

    async def point(self, name: str) -> None:
        """Be at a named place; a dead process goes no further, a stopped one waits."""
        if not self.running.is_set() and not self._is_buried:
            await self.running.wait()
        if self.is_alive:
            self.rig.points.append(name)
            if self.rig.on_point is not None:
                self.rig.on_point(self, name)
        if self._is_buried:
            raise asyncio.CancelledError
        if not self.is_alive:
            await asyncio.get_running_loop().create_future()


def a_wave(
    number: int,
    keys: Sequence[ServerKey],
    *,
    name: str = "",
    pause: bool = False,
    policy: FailurePolicy = FailurePolicy.ASK,
    depends_on: tuple[int, ...] | None = None,
    **changes: Any,
) -> FrozenWave:
    """Return a frozen wave of these servers, changed as said."""
    wave = FrozenWave(
        number=number,
        name=name or f"Wave {number}",
        depends_on=depends_on if depends_on is not None else ((number - 1,) if number > 1 else ()),
        pause_before=pause,
        instruction="Look first." if pause else "",
        failure_policy=policy,
        servers=tuple(FrozenServer(key=key, name=f"server-{key.source_server_id[-4:]}") for key in keys),
    )
    return replace(wave, **changes)
