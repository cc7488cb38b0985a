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
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.ports import AwsAccess, Clock, WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup
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

    async def refresh(self) -> InventoryView:
        """Read every account and Region now; see the port."""
        scopes = [scope for account in await self._repository.accounts() for scope in account.scopes]
        await asyncio.gather(*(self._read(scope) for scope in scopes))
        return await self._view()

    async def current(self) -> InventoryView:
        """Return what is known, reading once if nothing is; see the port."""
        return await self._view() if self._readings else await self.refresh()

    async def servers(self) -> tuple[SourceServer, ...]:
        """Return every source server known."""
        if not self._readings:
            await self.refresh()
        return tuple(server for reading in self._readings.values() for server in reading.servers)

    @property
    def is_complete(self) -> bool:
        """Return whether every account and Region was read without error the last time."""
        return bool(self._readings) and not any(reading.error for reading in self._readings.values())

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
        groups = await self._repository.groups()
        rows = [
            server_row(server, accounts[server.key.account_id].name, groups)
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


def server_row(
    server: SourceServer, account_name: str, groups: tuple[ProtectionGroup, ...]
) -> SourceServerRow:
    """Return the row of a source server, with the groups it falls into."""
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
        group_names=tuple(group.name for group in groups if group.contains(server)),
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
