"""The ports as one console of the rig has them: each call passes points at which the console can die.

An actor's call is held against the rules at the moment it is sent.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from drs_desktop.domain.errors import AwsError, CallNotSent, OutcomeUnknown
from drs_desktop.domain.ids import IntentId, RecoveryInstanceId, Scope
from drs_desktop.domain.ports import Fence, no_fence
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.gateway import SimulatedAwsAccess, SimulatedDrs
from tests.helpers.history import Call

if TYPE_CHECKING:
    from tests.helpers.engine_rig import Fate
    from tests.helpers.rig_console import Console


class ConsoleClock:
    """The rig's clock as one console has it: a stopped process does not notice that its time has come."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    def __getattr__(self, name: str) -> Any:
        return getattr(self._console.rig.clock, name)

    async def sleep(self, service: timedelta) -> None:
        await self._console.rig.clock.sleep(service)
        await self._console.running.wait()

    async def sleep_local(self, span: timedelta) -> None:
        await self._console.rig.clock.sleep_local(span)
        await self._console.running.wait()


class GuardedPort:
    """A port whose every coroutine passes three points: before, after the effect, after the answer."""

    def __init__(self, console: "Console", inner: Any, name: str) -> None:
        self._console, self._inner, self._name = console, inner, name

    def __getattr__(self, method: str) -> Any:
        inner = getattr(self._inner, method)
        if not asyncio.iscoroutinefunction(inner):
            return inner

        async def guarded(*args: Any, **options: Any) -> Any:
            name = f"{self._name}.{method}"
            await self._console.point(f"{name}: before")
            try:
                result = await inner(*args, **options)
            finally:
                await self._console.point(f"{name}: done, not answered")
            return result

        return guarded


class GuardedActor(GuardedPort):
    """An actor of one intent: each call is held against the rules at the moment it is sent."""

    def __init__(self, console: "Console", inner: SimulatedDrs, scope: Scope, intent_id: IntentId) -> None:
        super().__init__(console, inner, "actor")
        self._scope, self._intent_id = scope, intent_id

    async def start_recovery(self, request: StartRecoveryRequest, fence: Fence = no_fence) -> Any:
        rig = self._console.rig
        if reason := fence():
            raise CallNotSent(reason, operation="StartRecovery")
        await self._console.point("StartRecovery: before")
        self._note(
            "StartRecovery",
            request_digest=request.digest,
            is_drill=request.is_drill,
            server_ids=request.source_server_ids,
        )
        rig.sent.append(request)
        if rig.fates:
            await self._misadventure(rig.fates.popleft(), request)
        try:
            return await self._arrive(request)
        finally:
            await self._console.point("StartRecovery: done, not answered")

    async def terminate_recovery_instances(self, instance_ids: Sequence[RecoveryInstanceId]) -> Any:
        await self._console.point("TerminateRecoveryInstances: before")
        self._note("TerminateRecoveryInstances", instance_ids=tuple(instance_ids))
        rig, place = self._console.rig, self._place
        rig.problems += rig.truth.wrong_termination(self._intent_id, instance_ids, place)
        try:
            return await self._inner.terminate_recovery_instances(instance_ids)
        finally:
            await self._console.point("TerminateRecoveryInstances: done, not answered")

    @property
    def _place(self) -> RegionState:
        return self._console.rig.simulation.state(self._scope.account_id, self._scope.region)

    def _note(self, operation: str, **about: Any) -> None:
        rig = self._console.rig
        call = Call(
            operation=operation,
            scope=self._scope,
            intent_id=self._intent_id,
            at=rig.clock.local_now(),
            **about,
        )
        rig.calls.append(call)
        rig.note(call)
        for state in rig.check.states.values():
            intents = {a.intent_id for a in (*state.attempts, *state.termination_batches)}
            lease = rig.store.leases.get(state.execution_id)
            if self._intent_id in intents and lease and lease.owner != self._console.owner:
                rig.problems.append(f"I-09: {self._console.owner} called while {lease.owner} has the seat")

    async def _arrive(self, request: StartRecoveryRequest) -> Any:
        """Have AWS carry it out, and remember what it made of it."""
        rig = self._console.rig
        state = self._place
        before = set(state.jobs)
        rig.problems += rig.truth.wrong_start(self._intent_id, request.source_server_ids, state)
        try:
            return await self._inner.start_recovery(request)
        finally:
            rig.made.setdefault(self._intent_id, []).extend(set(state.jobs) - before)

    async def _misadventure(self, fate: "Fate", request: StartRecoveryRequest) -> None:
        rig = self._console.rig
        window = timedelta(seconds=rig.simulation.signing_window_seconds)

        async def travel(delay: timedelta) -> None:
            await rig.clock.sleep_local(delay)
            if delay <= window:
                with suppress(AwsError):
                    await self._arrive(request)

        if fate.delay is not None:
            rig.on_its_way(travel(fate.delay))
        raise OutcomeUnknown("no answer came", operation="StartRecovery", scope=self._scope)


class GuardedAws:
    """The simulator's AWS as one console reaches it."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._access = SimulatedAwsAccess(console.rig.simulation)

    def reader(self, scope: Scope) -> Any:
        return GuardedPort(self._console, self._access.reader(scope), "reader")

    async def actor(self, scope: Scope, intent_id: IntentId) -> Any:
        await self._console.point("actor: before")
        inner: SimulatedDrs = await self._access.actor(scope, intent_id)
        return GuardedActor(self._console, inner, scope, intent_id)
