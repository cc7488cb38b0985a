"""How ready the plans are: checked now and then, and kept with the time of the check."""

from datetime import timedelta
from typing import Protocol

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import PlanId
from drs_desktop.domain.ports import Clock, WorkspaceRepository
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.start_preview import StartPlanner
from drs_desktop.services.views import StartPreview

EVERY = timedelta(minutes=15)
"""How often plans are checked by themselves, in service time."""


class ReadinessApi(Protocol):
    """The readiness of every plan, as it was last checked."""

    async def last(self, plan_id: PlanId, mode: ExecutionMode) -> StartPreview | None:
        """Return the newest report made here, whose `made_at` tells its age, or None before the first."""

    async def refresh(self) -> tuple[StartPreview, ...]:
        """Check every plan now, as a drill and as a recovery; one that cannot be keeps its last report."""

    async def keep_current(self, every: timedelta = EVERY) -> None:
        """Check every plan again and again until cancelled."""


class ReadinessService:
    """Implements `ReadinessApi`."""

    def __init__(self, planner: StartPlanner, repository: WorkspaceRepository, clock: Clock) -> None:
        self._planner = planner
        self._repository = repository
        self._clock = clock

    async def last(self, plan_id: PlanId, mode: ExecutionMode) -> StartPreview | None:
        """Return the newest report; see the port."""
        return self._planner.last(plan_id, mode)

    async def refresh(self) -> tuple[StartPreview, ...]:
        """Check every plan now, one after the other, so that a person's own reads come in between."""
        found = []
        for plan in await self._repository.plans():
            for mode in ExecutionMode:
                found.append(await self._checked(plan.plan_id, mode))
        return tuple(preview for preview in found if preview is not None)

    async def _checked(self, plan_id: PlanId, mode: ExecutionMode) -> StartPreview | None:
        try:
            return (await self._planner.plan_start(plan_id, mode, attended=True)).preview
        except DrsDesktopError:
            return self._planner.last(plan_id, mode)

    async def keep_current(self, every: timedelta = EVERY) -> None:
        """Check every plan again and again; see the port."""
        while True:
            await self.refresh()
            await self._clock.sleep(every)
