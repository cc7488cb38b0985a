"""How much of the limits of DRS every account and Region uses; one that cannot be read hides no other."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol, TypeVar

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.capacity import ScopeCapacity, limit_uses
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.ports import AwsAccess, WorkspaceRepository

_T = TypeVar("_T")


class CapacityApi(Protocol):
    """The limits of DRS."""

    async def current(self) -> tuple[ScopeCapacity, ...]:
        """Read what is used in every account and Region now, in parallel."""


class CapacityService:
    """Implements `CapacityApi`."""

    def __init__(self, aws: AwsAccess, repository: WorkspaceRepository) -> None:
        self._aws = aws
        self._repository = repository

    async def current(self) -> tuple[ScopeCapacity, ...]:
        """Read what is used everywhere now; see the port."""
        accounts = await self._repository.accounts()
        reads = [self._read(account, scope) for account in accounts for scope in account.scopes]
        return tuple(sorted(await asyncio.gather(*reads), key=lambda one: one.scope))

    async def _read(self, account: TargetAccount, scope: Scope) -> ScopeCapacity:
        reader = self._aws.reader(scope)
        (servers, first), (jobs, second) = await asyncio.gather(
            _tried(reader.describe_source_servers()), _tried(reader.describe_jobs())
        )
        return ScopeCapacity(
            scope=scope,
            account_name=account.name,
            uses=limit_uses(servers, jobs),
            problem=" ".join(dict.fromkeys(text for text in (first, second) if text)),
        )


async def _tried(read: Awaitable[_T]) -> tuple[_T | None, str]:
    """Return what was read, or why it could not be."""
    try:
        return await read, ""
    except AwsError as error:
        return None, str(error)
