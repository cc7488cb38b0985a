"""Carry out what is due for one execution: each kind of effect by the part of the engine that knows how."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from drs_desktop.domain import inputs
from drs_desktop.domain.decide_instances import standing_servers
from drs_desktop.domain.effects import (
    CheckInstances,
    Effect,
    PerformStep,
    ReconcileStart,
    StartRecoveryPart,
    TerminateBatch,
    WakeAt,
    WatchInstances,
    WatchJob,
    WatchTermination,
)
from drs_desktop.domain.errors import AwsError, DrsDesktopError
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ServerKey
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.instance_watcher import InstanceSighting
from drs_desktop.engine.job_watcher import JobSighting, WatcherPool
from drs_desktop.engine.start_protocol import StartProtocol, Submit
from drs_desktop.engine.step_performers import StepTools, perform_step
from drs_desktop.engine.terminator import Terminator

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """What a driver lets its effects see and do.

    Attributes:
        state: the execution as it is now.
        submit: hands in what was seen or done; returns once it is durable.
        may_send: whether nothing stands against a StartRecovery, a pause just arriving included.
    """

    state: Callable[[], Execution]
    submit: Submit
    may_send: Callable[[], bool]


class EffectPerformer:
    """Performs the effects of one execution."""

    def __init__(self, context: EngineContext, watchers: WatcherPool, seat: Seat) -> None:
        self._context = context
        self._watchers = watchers
        self._seat = seat
        self.starts = StartProtocol(context, seat.state, seat.submit, seat.may_send)
        self._terminator = Terminator(context, seat.state, seat.submit)

    def perform(self, effect: Effect) -> Coroutine[Any, Any, None]:
        """Return the coroutine that carries an effect out; watching goes on until it is cancelled."""
        match effect:
            case StartRecoveryPart():
                return self.starts.start(effect)
            case ReconcileStart():
                return self.starts.reconcile(effect)
            case WatchJob():
                return self._watch_job(effect)
            case CheckInstances():
                return self._check_instances(effect)
            case WatchInstances():
                return self._watch_instances(effect)
            case TerminateBatch():
                return self._terminator.terminate(effect)
            case WatchTermination():
                return self._terminator.watch(effect)
            case PerformStep():
                return self._perform_step(effect)
            case WakeAt():
                return self._wake_at(effect)

    def let_go(self, effect: Effect) -> None:
        """Lose interest in what an effect watches, for it is no longer due."""
        if isinstance(effect, WatchJob):
            self._watchers.of(effect.key.scope).unwatch(effect.job_id)
        elif isinstance(effect, WatchInstances):
            self._watchers.instances(effect.scope).unwatch(self._seat.state().execution_id)

    # ---- time and steps

    async def _wake_at(self, effect: WakeAt) -> None:
        clock = self._context.clock
        while (left := effect.moment - clock.service_now()) > timedelta(0):
            await clock.sleep(left)
        await self._seat.submit(inputs.ClockTicked())

    async def _perform_step(self, effect: PerformStep) -> None:
        state = self._seat.state()
        tools = StepTools(
            aws=self._context.aws,
            clock=self._context.clock,
            prober=self._context.prober,
            settings=self._context.settings,
        )
        step = state.wave(effect.key.wave).steps[effect.key]
        outcome = await perform_step(self._context.performers, step, state, tools)
        await self._seat.submit(
            inputs.StepPerformed(
                key=effect.key,
                attempt=effect.attempt,
                is_done=outcome.is_done,
                evidence=outcome.evidence,
                failed_servers=outcome.failed_servers,
            )
        )

    # ---- jobs

    async def _watch_job(self, effect: WatchJob) -> None:
        async def sink(sighting: JobSighting) -> None:
            await self._tell(self._job_input(effect, sighting))

        self._watchers.of(effect.key.scope).watch(effect.job_id, sink)
        await asyncio.get_running_loop().create_future()  # until it is no longer due, and cancelled

    def _job_input(self, effect: WatchJob, sighting: JobSighting) -> inputs.Input:
        if sighting.job is None:
            return inputs.JobIsMissing(key=effect.key, job_id=effect.job_id)
        recorded = self._seat.state().attempt(effect.key).log_items
        return inputs.JobSeen(
            key=effect.key,
            job=sighting.job,
            new_log_items=sighting.log[recorded:],
            is_log_complete=sighting.is_log_complete,
        )

    async def _tell(self, seen: inputs.Input) -> None:
        try:
            await self._seat.submit(seen)
        except DrsDesktopError as error:  # the driver ends; the watcher serves others and goes on
            _log.info("a sighting came too late", seen=type(seen).__name__, error=str(error))

    # ---- recovery instances

    async def _check_instances(self, effect: CheckInstances) -> None:
        reader = self._context.aws.reader(effect.scope)
        while True:
            wave = self._seat.state().wave(effect.wave)
            ids = [key.source_server_id for key in wave.servers if key.scope == effect.scope]
            try:
                instances = await reader.describe_recovery_instances(ids)
            except AwsError as error:
                _log.warning("looking at recovery instances failed", error=str(error))
            else:
                seen = inputs.InstancesSeen(wave=effect.wave, scope=effect.scope, instances=instances)
                await self._seat.submit(seen)
            await self._context.clock.sleep(self._context.settings.quick_poll)

    async def _watch_instances(self, effect: WatchInstances) -> None:
        def servers() -> frozenset[ServerKey]:
            standing = standing_servers(self._seat.state())
            return frozenset(server.key for server in standing if server.key.scope == effect.scope)

        async def sink(sighting: InstanceSighting) -> None:
            await self._tell(inputs.InstancesWatched(servers=sighting.servers, instances=sighting.instances))

        who = self._seat.state().execution_id
        self._watchers.instances(effect.scope).watch(who, servers, sink)
        await asyncio.get_running_loop().create_future()  # until it is no longer due, and cancelled
