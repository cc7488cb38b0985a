"""Source servers of all accounts and Regions, read side by side; a failing one keeps what was known of it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.errors import (
    AccessDenied,
    AwsError,
    AwsUnreachable,
    NotFound,
    SignInNeeded,
    Throttled,
)
from drs_desktop.domain.fleet_index import FleetIndex
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.ports import AwsAccess, Clock, WorkspaceRepository
from drs_desktop.domain.source_server import SourceServer, StagingStatus
from drs_desktop.services.views import InventoryView, ScopeState, SourceServerRow


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """The latest good read of one scope, and what went wrong since."""

    servers: tuple[SourceServer, ...] = ()
    observed_at: datetime | None = None
    error: AwsError | None = None


class InventoryService:
    """Reads and remembers source servers."""

    def __init__(self, aws: AwsAccess, clock: Clock, repository: WorkspaceRepository) -> None:
        self._aws = aws
        self._clock = clock
        self._repository = repository
        self._readings: dict[Scope, _Reading] = {}
        self._registered: tuple[Scope, ...] = ()
        """The accounts and Regions of this workspace when somebody last asked."""

    async def refresh(self) -> InventoryView:
        """Read every account and Region now; see the port."""
        await asyncio.gather(*(self._read(scope) for scope in await self._scopes()))
        return await self._view()

    async def current(self) -> InventoryView:
        """Return what is known, reading only what was never read; see the port."""
        await self._read_unread()
        return await self._view()

    async def servers(self) -> tuple[SourceServer, ...]:
        """Return every source server known, reading only what was never read."""
        await self._read_unread()
        known = (self._readings.get(scope, _Reading()) for scope in self._registered)
        return tuple(server for reading in known for server in reading.servers)

    @property
    def is_complete(self) -> bool:
        """Return whether every account and Region, as last asked for, was read without error."""
        readings = [self._readings.get(scope) for scope in self._registered]
        return bool(readings) and all(reading and reading.error is None for reading in readings)

    async def _scopes(self) -> tuple[Scope, ...]:
        accounts = await self._repository.accounts()
        self._registered = tuple(scope for account in accounts for scope in account.scopes)
        return self._registered

    async def _read_unread(self) -> None:
        """Read what was never read, such as an account registered since the last look."""
        unread = [scope for scope in await self._scopes() if scope not in self._readings]
        await asyncio.gather(*(self._read(scope) for scope in unread))

    async def account(self, scope: Scope) -> TargetAccount:
        """Return the account of a scope.

        Raises:
            NotFound: no such account is registered here.
        """
        for account in await self._repository.accounts():
            if account.account_id == scope.account_id:
                return account
        raise NotFound(f"Account {scope.account_id} is not registered in this workspace.")

    async def _read(self, scope: Scope) -> None:
        before = self._readings.get(scope, _Reading())
        try:
            servers = await self._aws.reader(scope).describe_source_servers()
        except AwsError as error:
            self._readings[scope] = _Reading(
                servers=before.servers, observed_at=before.observed_at, error=error
            )
            return
        self._readings[scope] = _Reading(servers=servers, observed_at=self._clock.service_now())

    async def _view(self) -> InventoryView:
        accounts = {account.account_id: account for account in await self._repository.accounts()}
        fleet = FleetIndex(server for reading in self._readings.values() for server in reading.servers)
        names = fleet.groups_of_servers(await self._repository.groups())
        rows = [
            server_row(server, accounts[server.key.account_id].name, names.get(server.key, ()))
            for reading in self._readings.values()
            for server in reading.servers
            if server.key.account_id in accounts
        ]
        states = [
            _scope_state(scope, accounts[scope.account_id].name, reading)
            for scope, reading in sorted(self._readings.items())
            if scope.account_id in accounts
        ]
        return InventoryView(
            rows=tuple(sorted(rows, key=lambda row: (row.name, row.key))), scopes=tuple(states)
        )


def server_row(server: SourceServer, account_name: str, group_names: tuple[str, ...]) -> SourceServerRow:
    """Return the row of a source server, with the names of the groups it falls into."""
    return SourceServerRow(
        key=server.key,
        name=server.name,
        hostname=server.hostname,
        account_id=server.key.account_id,
        account_name=account_name,
        region=server.key.region,
        operating_system=server.operating_system,
        replication_state=server.replication_state,
        replication_error=server.replication_error,
        lag=server.lag,
        is_extended=server.staging_status is StagingStatus.EXTENDED,
        staging_account_id=server.staging_account_id,
        instance_type=server.recommended_instance_type,
        private_ip=server.private_ip,
        disk_count=len(server.disks),
        disk_bytes=sum(disk.total_bytes for disk in server.disks),
        tags=server.tags,
        recovery_instance_id=server.recovery_instance_id,
        group_names=group_names,
    )


_EXPLANATIONS: tuple[tuple[type[AwsError], str, str], ...] = (
    (SignInNeeded, "Sign-in needed", "Sign in again; what runs in AWS goes on meanwhile."),
    (AccessDenied, "Access denied", "Compare the role of this account with the permissions page."),
    (Throttled, "AWS asks to slow down", "Nothing to do: it is tried again."),
    (AwsUnreachable, "Cannot be reached", "Check network and proxy; it is tried again by itself."),
)


def _scope_state(scope: Scope, account_name: str, reading: _Reading) -> ScopeState:
    error = reading.error
    if error is None:
        return ScopeState(
            scope=scope, account_name=account_name, is_ok=True, title="", observed_at=reading.observed_at
        )
    title, step = next(
        ((title, step) for kind, title, step in _EXPLANATIONS if isinstance(error, kind)),
        ("Could not be read", "Look at the log for the call that failed."),
    )
    return ScopeState(
        scope=scope,
        account_name=account_name,
        is_ok=False,
        title=title,
        explanation=str(error),
        next_step=step,
        observed_at=reading.observed_at,
    )
