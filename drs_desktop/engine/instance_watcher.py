"""One look a minute at the good instances of an account and Region, for all executions together.

Between waves and at a pause nothing else would tell that somebody terminated or replaced one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import ExecutionId, Scope, ServerKey
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.tasks import spawn

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class InstanceSighting:
    """What a complete read said of the servers that were asked about."""

    servers: frozenset[ServerKey]
    instances: tuple[RecoveryInstance, ...]


Sink = Callable[[InstanceSighting], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class _Interest:
    servers: Callable[[], frozenset[ServerKey]]
    sink: Sink


class InstanceWatcher:
    """Watches the instances of one account and Region while any execution has good ones there."""

    def __init__(self, scope: Scope, context: EngineContext) -> None:
        self._scope = scope
        self._context = context
        self._interests: dict[ExecutionId, _Interest] = {}
        self._problem = ""
        """What went wrong at the last look: told in the log once, not each minute."""
        self._task: asyncio.Task[None] | None = None

    def watch(
        self, execution_id: ExecutionId, servers: Callable[[], frozenset[ServerKey]], sink: Sink
    ) -> None:
        """Tell `sink` of the instances of these servers once a minute from now on, until `unwatch`."""
        self._interests[execution_id] = _Interest(servers=servers, sink=sink)
        if self._task is None or self._task.done() or self._task.cancelling():
            self._task = spawn(self._run(), name=f"instances {self._scope}")

    def unwatch(self, execution_id: ExecutionId) -> None:
        """Lose interest in an execution's instances; with the last one goes the watching."""
        self._interests.pop(execution_id, None)
        if not self._interests and self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Stop watching."""
        self._interests.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._context.clock.sleep(self._context.settings.idle_poll)
            await self._look()

    async def _look(self) -> None:
        asked = {interest: interest.servers() for interest in self._interests.values()}
        ids = sorted({key.source_server_id for keys in asked.values() for key in keys})
        if not ids:  # those that were good go just now
            return
        try:
            instances = await self._context.aws.reader(self._scope).describe_recovery_instances(ids)
        except AwsError as error:  # a read that fails says nothing
            if self._problem != str(error):
                self._problem = str(error)
                _log.warning("looking at good instances failed", scope=str(self._scope), error=self._problem)
            return
        self._problem = ""
        for interest, keys in asked.items():
            if keys:
                await interest.sink(InstanceSighting(servers=keys, instances=instances))
