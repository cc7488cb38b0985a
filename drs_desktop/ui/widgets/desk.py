"""What the panes share: the services behind the bridge, and what was last read from them."""

from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from drs_desktop.domain.errors import AnotherDriver, DrsDesktopError
from drs_desktop.domain.ids import AccountId, ExecutionId
from drs_desktop.services.api import Services
from drs_desktop.services.views import ExecutionRow, ExecutionUpdate, ExecutionView, InventoryView, PlanRow
from drs_desktop.ui.bridge import Bridge, UpdateBatch
from drs_desktop.ui.widgets.flows import Flows


class Desk(QObject):
    """Reads for all panes, so that a refresh is one, and remembers which executions this window drives.

    Signals:
        inventory_read, groups_read, plans_read, executions_read: what was read, whole.
        execution_changed: an `ExecutionUpdate`.
        reading_changed: whether AWS is being asked just now.
        execution_wanted: show this execution.
    """

    inventory_read = Signal(object)
    groups_read = Signal(object)
    plans_read = Signal(object)
    executions_read = Signal(object)
    execution_changed = Signal(object)
    reading_changed = Signal(bool)
    execution_wanted = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.flows = Flows(self)
        self.inventory: InventoryView | None = None
        self.live: dict[ExecutionId, ExecutionView] = {}
        self.driven: set[ExecutionId] = set()
        self.unwatched: dict[ExecutionId, str] = {}
        self._services: Services | None = None
        self._is_reading = False
        bridge.updated.connect(self._on_updated)

    @property
    def services(self) -> Services:
        assert self._services is not None, "attach() comes first"
        return self._services

    @property
    def is_open(self) -> bool:
        return self._services is not None

    @property
    def now(self) -> datetime:
        """Return the service's time; before the workspace is open, this machine's."""
        return self._services.service_now() if self._services else datetime.now(UTC)

    @property
    def account_names(self) -> dict[AccountId, str]:
        """Return the names of the accounts that were looked into."""
        scopes = self.inventory.scopes if self.inventory else ()
        return {state.scope.account_id: state.account_name for state in scopes if state.account_name}

    async def open(self, services: Services) -> None:
        """Take the services, listen to them and read what is known."""
        self._services = services
        await self.bridge.listen(services.executions)
        for row in await self.read_executions():
            if not row.status.is_terminal:
                await self._watch(row.execution_id)
        await self._read_inventory(ask_aws=False)

    async def refresh(self) -> None:
        """Ask every account and Region anew."""
        await self._read_inventory(ask_aws=True)
        await self.read_executions()

    async def read_executions(self) -> tuple[ExecutionRow, ...]:
        """Read and publish the list of executions."""
        rows = await self.bridge.call(self.services.executions.list_executions())
        self.executions_read.emit(rows)
        return rows

    async def read_again(self, *shown: ExecutionId) -> None:
        """Read anew what may be done with what is live or shown: it is another person, or a lock came."""
        if not self.is_open:
            return
        for execution_id in dict.fromkeys((*self.live, *shown)):
            view = await self.bridge.call(self.services.executions.view(execution_id))
            self._note(update := _whole(view))
            self.execution_changed.emit(update)
        await self.read_plans()

    async def _watch(self, execution_id: ExecutionId) -> None:
        """Watch a live execution from here if nobody does; nothing new starts until a person says so."""
        executions = self.services.executions
        try:
            await self.bridge.call(executions.watch(execution_id))
            view = await self.bridge.call(executions.view(execution_id))
        except AnotherDriver:
            return
        except DrsDesktopError as error:
            self.unwatched[execution_id] = str(error)
            return
        self.driven.add(execution_id)
        self.live.setdefault(execution_id, view)

    async def read_plans(self) -> None:
        plans: tuple[PlanRow, ...] = await self.bridge.call(self.services.plans.list_plans())
        self.plans_read.emit(plans)

    async def _read_inventory(self, *, ask_aws: bool) -> None:
        if self._is_reading:
            return
        self._set_reading(True)
        try:
            inventory = self.services.inventory
            if self.inventory is None:  # what an earlier run read is there at once, network or none
                self._publish(await self.bridge.call(inventory.known()))
            read = inventory.refresh() if ask_aws else inventory.current()
            self._publish(await self.bridge.call(read))
            self.groups_read.emit(await self.bridge.call(self.services.groups.list_groups()))
            await self.read_plans()
        finally:
            self._set_reading(False)

    def _publish(self, inventory: InventoryView) -> None:
        self.inventory = inventory
        self.inventory_read.emit(inventory)

    def _set_reading(self, is_reading: bool) -> None:
        self._is_reading = is_reading
        self.reading_changed.emit(is_reading)

    def _on_updated(self, batch: UpdateBatch) -> None:
        must_read_plans = False
        for update in batch.updates:
            must_read_plans = self._note(update) or must_read_plans
            self.execution_changed.emit(update)
        if must_read_plans:
            self.flows.start(self.read_plans(), title=self.tr("Read the recovery plans"))

    def _note(self, update: ExecutionUpdate) -> bool:
        """Remember a live execution; return whether the list of live ones became another."""
        view = update.view
        was_live = view.execution_id in self.live
        if view.status.is_terminal:
            self.live.pop(view.execution_id, None)
            self.driven.discard(view.execution_id)
        else:
            self.live[view.execution_id] = view
        if view.driving_problem:
            self.driven.discard(view.execution_id)
        return was_live is view.status.is_terminal


def _whole(view: ExecutionView) -> ExecutionUpdate:
    return ExecutionUpdate(view=view, changed_servers=view.servers, changed_waves=view.waves, new_log=())
