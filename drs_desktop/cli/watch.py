"""Waits for news of one execution: each committed change, and each look at AWS."""

import asyncio
from types import TracebackType
from typing import Self

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.ports import Subscription
from drs_desktop.services.api import ExecutionApi
from drs_desktop.services.views import ExecutionUpdate, ExecutionView


class Watch:
    """The newest view of an execution, woken by events; nothing is polled.

    Attributes:
        view: the newest view.
    """

    view: ExecutionView

    def __init__(self, executions: ExecutionApi, execution_id: ExecutionId) -> None:
        self._executions = executions
        self._execution_id = execution_id
        self._news = asyncio.Event()
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        """Subscribe first and read then, so that no change falls in between."""
        self._loop = asyncio.get_running_loop()
        self._subscription = self._executions.subscribe(self._on_update)
        try:
            self.view = await self._executions.view(self._execution_id)
        except BaseException:  # also when cancelled: nobody would close the subscription
            self._subscription.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        if self._subscription is not None:
            self._subscription.close()

    def _on_update(self, update: ExecutionUpdate) -> None:
        """Take a change, on whichever thread the engine runs."""
        if update.view.execution_id == self._execution_id:
            self._loop.call_soon_threadsafe(self._take, update.view)

    def _take(self, view: ExecutionView) -> None:
        if view.version >= self.view.version:
            self.view = view
            self._news.set()

    async def refresh(self) -> None:
        """Read the view after a command of ours, so that its effect is not waited for."""
        self._take(await self._executions.view(self._execution_id))

    async def next(self, tick: float | None = None) -> None:
        """Return at the next news, or after so many seconds without any."""
        try:
            async with asyncio.timeout(tick):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
