"""The services as Protocols: what the window and the command line are written against.

Every coroutine runs on the engine's loop. Errors are `DrsDesktopError`s; their text is for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from drs_desktop.domain.acceptance import NOTHING_ACCEPTED
from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.draft_ports import DraftStore
from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import ExecutionId, JobId, PlanId, ServerKey
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.ports import Subscription, WorkspaceInfo
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.start_recovery import AttemptKey, ExecutionMode
from drs_desktop.domain.steps import StepKey
from drs_desktop.engine.metrics import MetricsView
from drs_desktop.services.views import (
    ExecutionRow,
    ExecutionUpdate,
    ExecutionView,
    InventoryView,
    JobLogRow,
    PlanRow,
    ProtectionGroupRow,
    StartPreview,
)

if TYPE_CHECKING:  # services themselves, which the window's first paint does not wait for
    from drs_desktop.services.administration import Administration
    from drs_desktop.services.authoring_service import AuthoringApi
    from drs_desktop.services.capacity_service import CapacityApi
    from drs_desktop.services.launch_settings_service import LaunchSettingsApi
    from drs_desktop.services.operator_api import OperatorApi
    from drs_desktop.services.readiness_service import ReadinessApi
    from drs_desktop.services.server_detail import ServerDetail


class InventoryApi(Protocol):
    """Source servers of all accounts and Regions."""

    async def refresh(self) -> InventoryView:
        """Read every account and Region now, in parallel; a failing one keeps its last rows and says so."""

    async def current(self) -> InventoryView:
        """Return what is known, asking AWS only where that is missing or old."""

    async def known(self) -> InventoryView:
        """Return what is known, here or from an earlier run, with its age; nothing is asked of AWS."""

    async def server(self, key: ServerKey) -> ServerDetail:
        """Return one server whole: what cannot be read just now is missing, and it says why.

        Raises:
            NotFound: no such server is known.
        """


class GroupApi(Protocol):
    """Protection groups."""

    async def list_groups(self) -> tuple[ProtectionGroupRow, ...]: ...


class PlanApi(Protocol):
    """Recovery plans."""

    async def list_plans(self) -> tuple[PlanRow, ...]: ...

    async def plan_named(self, name: str) -> RecoveryPlan:
        """Return the plan with this name (or id) as it is stored; nothing is asked of AWS.

        Raises:
            NotFound: there is none; the sentence names those there are.
        """


class ExecutionApi(Protocol):
    """Drills and recoveries."""

    async def preview_start(
        self, plan_id: PlanId, mode: ExecutionMode, choice: PointChoice = LATEST
    ) -> StartPreview:
        """Check whether a start may be made and what it would call; nothing is changed.

        Args:
            choice: from which points in time the servers are to start.
        """

    async def start(
        self,
        plan_id: PlanId,
        mode: ExecutionMode,
        *,
        confirm: str | None = None,
        attended: bool = True,
        choice: PointChoice = LATEST,
        accepted: Mapping[str, str] = NOTHING_ACCEPTED,
    ) -> ExecutionId:
        """Start a drill or a recovery and drive it from here.

        Args:
            confirm: the plan's exact name, required for a recovery.
            attended: whether a person watches; otherwise the failure policy `ask` means `stop`.
            choice: from which points in time the servers start.
            accepted: by the word of a finding that can be accepted: the reason; both are journalled.

        Raises:
            ValidationFailed: a check failed or the confirmation is missing; nothing was called.
        """

    async def drive(self, execution_id: ExecutionId) -> None:
        """Take the driver's seat of a live execution that nobody drives; a person decided so.

        Raises:
            AnotherDriver: a living process has it.
            WrongEndpoint: the execution belongs to another AWS or simulator.
        """

    async def watch(self, execution_id: ExecutionId) -> None:
        """Take the driver's seat only to watch: after a restart nothing new starts before a person says so.

        Raises:
            AnotherDriver: a living process has it.
            WrongEndpoint: the execution belongs to another AWS or simulator.
        """

    async def pause(self, execution_id: ExecutionId, reason: str = "") -> None: ...

    async def resume(
        self,
        execution_id: ExecutionId,
        wave: int | None = None,
        reason: str = "",
        *,
        hold_id: str | None = None,
        starts_held: str | None = None,
        pause_seen: bool = True,
    ) -> None:
        """Let an execution go on, or release one hold; what is not in force any more is no error.

        Args:
            wave: release only what this wave waits for; None also ends a pause on request and a hold of all
                starts.
            reason: why; needed to go on after a failure.
            hold_id: the hold that the person saw: one that came since stays.
            starts_held: why all starts were held when the person looked; another reason stays. None: any.
            pause_seen: whether the person saw a pause on request; one that came since stays.

        Raises:
            CommandRefused: the wave is not held, or a failure is passed over without a reason.
            NeedsOperator: several waves wait, each for a reason of its own, and none was named.
        """

    async def cancel(self, execution_id: ExecutionId, reason: str = "") -> None: ...

    async def terminate(
        self,
        execution_id: ExecutionId,
        *,
        confirm_plan_name: str | None = None,
        confirm_count: int | None = None,
    ) -> None:
        """Terminate what this execution launched; returns once that is under way.

        Raises:
            CommandRefused: it is live, launched nothing, or a recovery's confirmation does not fit.
        """

    async def answer_start(
        self,
        execution_id: ExecutionId,
        key: AttemptKey,
        answer: StartAnswer,
        job_id: JobId | None = None,
        reason: str = "",
    ) -> None:
        """Settle a start in doubt."""

    async def retry(self, execution_id: ExecutionId, wave: int) -> None:
        """Start the failed servers and steps of a wave again, while it waits for that decision."""

    async def skip(self, execution_id: ExecutionId, wave: int, reason: str) -> None:
        """Never run a wave that has started nothing."""

    async def end_wait(self, execution_id: ExecutionId, key: StepKey) -> None:
        """End a timed wait now."""

    async def extend_wait(self, execution_id: ExecutionId, key: StepKey, by: timedelta) -> None:
        """Let a timed wait end later, or earlier."""

    async def answer_task(
        self, execution_id: ExecutionId, key: StepKey, *, is_done: bool, answer: str = ""
    ) -> None:
        """Say how a manual task went."""

    async def stop_watching(self, execution_id: ExecutionId, reason: str) -> None:
        """Look no more at the jobs of a cancelled execution; they go on in AWS."""

    async def cancel_and_clean_up(self, execution_id: ExecutionId, reason: str = "") -> None:
        """Cancel a drill, wait for its jobs, then terminate what it launched."""

    async def add_note(self, execution_id: ExecutionId, text: str) -> None:
        """Write something down in the history."""

    def driving_error(self, execution_id: ExecutionId) -> DrsDesktopError | None:
        """Return why this process had to stop driving an execution (lease lost, database failed), or None."""

    async def confirm_seat(self, execution_id: ExecutionId) -> None:
        """Make sure that this process still drives an execution that it drove.

        Raises:
            LeaseLost: another process drives it by now, so that what is seen may be that one's doing.
        """

    async def view(self, execution_id: ExecutionId) -> ExecutionView: ...

    async def log(self, execution_id: ExecutionId) -> tuple[JobLogRow, ...]: ...

    async def list_executions(self, *, live_only: bool = False) -> tuple[ExecutionRow, ...]:
        """Return executions, newest first."""

    async def wait_until_settled(self, execution_id: ExecutionId) -> ExecutionView:
        """Return once it ended and no termination is under way, or once only a person can go on."""

    def subscribe(self, callback: Callable[[ExecutionUpdate], None]) -> Subscription:
        """Call back, on the engine's thread, after each committed change of any execution."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a window or a command can ask of one open workspace."""

    info: WorkspaceInfo
    service_now: Callable[[], datetime]
    inventory: InventoryApi
    groups: GroupApi
    plans: PlanApi
    executions: ExecutionApi
    authoring: AuthoringApi
    capacity: CapacityApi
    metrics: Callable[[], MetricsView] = MetricsView
    other_figures: Callable[[], tuple[Mapping[str, Any], ...]] = tuple
    """What other processes that drive or drove executions here last wrote about themselves, newest first."""
    notices: tuple[str, ...] = ()
    """What whoever opened the workspace is to be told: what is not as it was asked for, a sentence each."""
    launch_settings: LaunchSettingsApi | None = None
    """None only where a workspace was put together without them."""
    administration: Administration | None = None
    """Accounts, access and audit; None only where a workspace was put together without them."""
    readiness: ReadinessApi | None = None
    """How ready each plan was at its last check; None only where a workspace was put together without it."""
    drafts: DraftStore | None = None
    """Plans in the middle of being changed; None only where a workspace was put together without them."""
    operator: OperatorApi | None = None
    """Who is at the console, and its lock; None only where a workspace was put together without it."""
