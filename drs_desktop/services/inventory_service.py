"""Source servers of all accounts and Regions, read side by side; a failing one keeps what was known of it."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.inventory_ports import InventoryCache
from drs_desktop.domain.ports import AwsAccess, Clock, WorkspaceRepository
from drs_desktop.domain.shelf_checks import ServersKnown
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.services.inventory_readings import Readings
from drs_desktop.services.inventory_rows import ServerRows, failed_state, read_state, unread_state
from drs_desktop.services.server_detail import ServerDetail, ServerReader
from drs_desktop.services.views import InventoryView, ScopeState

CHECKED_FOR = timedelta(minutes=1)
"""How old a read may be that a check before a save relies on."""


class InventoryService:
    """Reads and remembers source servers."""

    def __init__(
        self,
        aws: AwsAccess,
        clock: Clock,
        repository: WorkspaceRepository,
        cache: InventoryCache,
        reader: ServerReader,
    ) -> None:
        self._repository = repository
        self._reader = reader
        self._readings = Readings(aws, clock, cache)
        self._registered: tuple[Scope, ...] = ()
        """The accounts and Regions of this workspace when somebody last asked."""

    async def refresh(self) -> InventoryView:
        """Read every account and Region now; see the port."""
        await self._readings.recall()
        await self._readings.read(await self._scopes())
        return await self._view()

    async def current(self) -> InventoryView:
        """Return what is known, reading only what is not fresh; see the port."""
        await self._read_due()
        return await self._view()

    async def known(self) -> InventoryView:
        """Return what is known, here or from an earlier run, and ask nobody; see the port."""
        await self._readings.recall()
        await self._scopes()
        return await self._view()

    async def server(self, key: ServerKey) -> ServerDetail:
        """Return one server whole; see the port."""
        await self._readings.recall()
        registered = await self._scopes()
        known = next((one for one in self._servers() if one.key == key), None)
        if known is None and key.scope in registered:
            await self._readings.read([key.scope])
            known = next((one for one in self._servers() if one.key == key), None)
        if known is None:
            raise NotFound(f"No source server {key.source_server_id} is known in {key.scope}.")
        parts = await self._reader.read(known)
        server = parts.server or known
        groups, accounts = await self._repository.groups(), await self._repository.accounts()
        others = [one for one in self._servers() if one.key != key]
        return ServerDetail(
            row=ServerRows([*others, server], groups, accounts).row(server),
            server=server,
            state=next(state for state in await self._states() if state.scope == key.scope),
            points=parts.points,
            launch=parts.launch,
            jobs=parts.jobs,
            executions=parts.executions,
            problems=parts.problems,
        )

    async def servers(self) -> tuple[SourceServer, ...]:
        """Return every source server known, reading only what is not fresh."""
        await self._read_due()
        return self._servers()

    async def checked(self, scopes: Collection[Scope]) -> ServersKnown:
        """Return what a check before a save may rely on.

        Args:
            scopes: the accounts and Regions that the check is about: read now unless this run just did. What
                an earlier run kept of them, or what could not be read, counts as not checked.
        """
        await self._readings.recall()
        registered = await self._scopes()
        about = [scope for scope in registered if scope in scopes]
        await self._readings.read(
            scope for scope in about if not self._readings.was_read_within(scope, CHECKED_FOR)
        )
        states = {state.scope: state for state in await self._states()}
        return ServersKnown(
            servers=self._servers(),
            scopes=frozenset(registered),
            unread={
                scope: f"{states[scope].title}. {states[scope].explanation}"
                for scope in about
                if not self._readings.of(scope).is_of_this_run
            },
        )

    @property
    def is_complete(self) -> bool:
        """Return whether all is known of every account and Region, as last asked for."""
        return bool(self._registered) and all(map(self._readings.is_known, self._registered))

    async def account(self, scope: Scope) -> TargetAccount:
        """Return the account of a scope.

        Raises:
            NotFound: no such account is registered here.
        """
        for account in await self._repository.accounts():
            if account.account_id == scope.account_id:
                return account
        raise NotFound(f"Account {scope.account_id} is not registered in this workspace.")

    async def _scopes(self) -> tuple[Scope, ...]:
        accounts = await self._repository.accounts()
        self._registered = tuple(scope for account in accounts for scope in account.scopes)
        return self._registered

    async def _read_due(self) -> None:
        await self._readings.recall()
        await self._readings.read_patiently(filter(self._readings.is_due, await self._scopes()))

    def _servers(self) -> tuple[SourceServer, ...]:
        return tuple(server for scope in self._registered for server in self._readings.of(scope).servers)

    async def _view(self) -> InventoryView:
        servers = self._servers()
        rows = ServerRows(servers, await self._repository.groups(), await self._repository.accounts())
        found = sorted(map(rows.row, servers), key=lambda row: (row.name, row.key))
        return InventoryView(rows=tuple(found), scopes=tuple(await self._states()))

    async def _states(self) -> Iterable[ScopeState]:
        names = {account.account_id: account.name for account in await self._repository.accounts()}
        return [
            self._state(scope, names.get(scope.account_id, scope.account_id))
            for scope in sorted(self._registered)
        ]

    def _state(self, scope: Scope, account_name: str) -> ScopeState:
        reading = self._readings.of(scope)
        if reading.error is not None:
            others = (self._readings.of(other) for other in self._registered if other != scope)
            return failed_state(
                scope,
                account_name,
                reading.error,
                reading.observed_at,
                is_signed_in=any(other.is_of_this_run for other in others),
            )
        if reading.observed_at is None:
            return unread_state(scope, account_name)
        is_old = not self._readings.is_recent(reading)
        return read_state(scope, account_name, reading.observed_at, is_old=is_old)
