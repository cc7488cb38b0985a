"""Keeps a panel on one execution: reads it whole once, then takes what the bridge brings."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from drs_desktop.domain.execution import ExecutionStatus
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.services.views import ExecutionRow, ExecutionUpdate, ExecutionView
from drs_desktop.ui.bridge import merge
from drs_desktop.ui.models.forecast import past_of
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.execution_panel import ExecutionPanel

EARLIER_READ = 3
"""How many earlier executions of a plan a forecast rests on."""
_TELLING = frozenset({ExecutionStatus.COMPLETED, ExecutionStatus.PARTIAL})


class LiveExecution(QObject):
    """Shows one execution in a panel, from its first read to its last update.

    Attributes:
        wanted: the execution that is, or is about to be, shown.

    Signals:
        arrived: an execution was read whole and is about to be shown; carries its view.
        shown: it is shown.
        changed: what is shown became newer.
    """

    arrived = Signal(object)
    shown = Signal()
    changed = Signal()

    def __init__(self, desk: Desk, panel: ExecutionPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._early: ExecutionUpdate | None = None
        self.wanted: ExecutionId | None = None
        desk.execution_changed.connect(self._on_changed)

    def load(self, execution_id: ExecutionId) -> None:
        """Show an execution as soon as it is read."""
        self.wanted = execution_id
        if self._desk.is_open:
            self._desk.flows.start(self._show(execution_id), title=self.tr("Open the execution"))

    def stop(self) -> None:
        """Show nothing more: what is still being read goes nowhere."""
        self.wanted = None

    @property
    def shown_id(self) -> ExecutionId | None:
        """Return the execution that is shown, or None."""
        return self._panel.view.execution_id if self._panel.view else None

    # ---- reading

    async def _show(self, execution_id: ExecutionId) -> None:
        executions = self._desk.services.executions
        log = await self._desk.bridge.call(executions.log(execution_id))
        view = await self._desk.bridge.call(executions.view(execution_id))
        if self.wanted != execution_id:
            return
        self.arrived.emit(view)
        view = self.with_problem(view)
        self._panel.show_execution(view, log)
        self._take_early(view)
        if not view.status.is_terminal:
            self._desk.live[execution_id] = view
        self.shown.emit()
        if not view.status.is_terminal:
            await self._read_past(view)

    async def _read_past(self, view: ExecutionView) -> None:
        """Read how long the waves took before, so that an end can be forecast from the first minute on."""
        executions = self._desk.services.executions
        rows = await self._desk.bridge.call(executions.list_executions())
        earlier = [await self._desk.bridge.call(executions.view(each)) for each in earlier_ones(view, rows)]
        if self.wanted == view.execution_id:
            self._panel.take_past(past_of(earlier))

    def with_problem(self, view: ExecutionView) -> ExecutionView:
        """Return the view with why it could not be watched from here, if so."""
        problem = self._desk.unwatched.get(view.execution_id, "")
        if not problem or view.status.is_terminal:
            return view
        return replace(view, watch_problem=view.watch_problem or problem)

    # ---- updates

    def _on_changed(self, update: ExecutionUpdate) -> None:
        view = self.with_problem(update.view)
        update = replace(update, view=view)
        if self.shown_id == view.execution_id:
            self._panel.take(update)
            self.changed.emit()
        elif self.wanted == view.execution_id:
            self._keep_early(update)

    def _keep_early(self, update: ExecutionUpdate) -> None:
        early = self._early
        is_same = early is not None and early.view.execution_id == update.view.execution_id
        self._early = merge((early, update)) if early is not None and is_same else update

    def _take_early(self, view: ExecutionView) -> None:
        """Add what came while the execution was being read, unless the read is newer."""
        early, self._early = self._early, None
        if early is None or early.view.execution_id != view.execution_id:
            return
        if early.view.version < view.version:
            early = replace(early, view=view, changed_servers=(), changed_waves=())
        self._panel.take(early)


def earlier_ones(view: ExecutionView, rows: Sequence[ExecutionRow]) -> tuple[ExecutionId, ...]:
    """Return the newest earlier executions of the same plan that came to an end that tells something."""
    ids = (
        row.execution_id
        for row in sorted(rows, key=lambda row: row.created_at, reverse=True)
        if row.plan_name == view.plan_name
        and row.status in _TELLING
        and row.created_at < view.created_at
        and row.execution_id != view.execution_id
    )
    return tuple(each for each, _ in zip(ids, range(EARLIER_READ), strict=False))
