"""How much of the limits of DRS every account and Region uses; one that cannot be read hides no other."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.capacity import ScopeCapacity, limit_uses
from drs_desktop.domain.compute_facts import ComputeAccess
from drs_desktop.domain.errors import AwsError, NotFound
from drs_desktop.domain.ids import Scope
from drs_desktop.domain.ports import AwsAccess, WorkspaceRepository

_T = TypeVar("_T")


class CapacityApi(Protocol):
    """The limits of DRS."""

    async def current(self) -> tuple[ScopeCapacity, ...]:
        """Read what is used in every account and Region now, in parallel."""


class CapacityService:
    """Implements `CapacityApi`."""

    def __init__(
        self, aws: AwsAccess, repository: WorkspaceRepository, compute: ComputeAccess | None = None
    ) -> None:
        """Take what reads AWS; without `compute` the limits are AWS's defaults."""
        self._aws = aws
        self._repository = repository
        self._compute = compute

    async def current(self) -> tuple[ScopeCapacity, ...]:
        """Read what is used everywhere now; see the port."""
        accounts = await self._repository.accounts()
        reads = [self._read(account, scope) for account in accounts for scope in account.scopes]
        return tuple(sorted(await asyncio.gather(*reads), key=lambda one: one.scope))

    async def _read(self, account: TargetAccount, scope: Scope) -> ScopeCapacity:
        (servers, first), (jobs, second), (quotas, third) = await asyncio.gather(
            _tried(lambda: self._aws.reader(scope).describe_source_servers()),
            _tried(lambda: self._aws.reader(scope).describe_jobs()),
            _tried(lambda: self._quotas(scope)),
        )
        return ScopeCapacity(
            scope=scope,
            account_name=account.name,
            uses=limit_uses(servers, jobs, quotas),
            problem=" ".join(dict.fromkeys(text for text in (first, second, third) if text)),
            are_defaults=not quotas,
        )

    async def _quotas(self, scope: Scope) -> Mapping[str, int]:
        return {} if self._compute is None else await self._compute.compute(scope).drs_quotas()


async def _tried(read: Callable[[], Awaitable[_T]]) -> tuple[_T | None, str]:
    """Return what was read, or why it could not be."""
    try:
        return await read(), ""
    except (AwsError, NotFound) as error:
        return None, str(error)
