"""Stand-ins for our own ports: all of them by name, and the repository of documents."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.document_versions import (
    Document,
    DocumentChange,
    DocumentKind,
    DocumentVersion,
    StaleVersion,
    id_of,
    kind_of,
)
from drs_desktop.domain.errors import NotFound, StorageError
from drs_desktop.domain.ids import (
    ExecutionId,
    GroupId,
    PlanId,
    Scope,
    ServerKey,
)
from drs_desktop.domain.inventory_ports import KeptReading
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan
from tests.helpers.fake_drs import FakeActor, FakeAws, FakeCall, FakeDrs
from tests.helpers.fake_journal import LEASE_SPAN, FakeLocks, InMemoryJournal, JournalStore
from tests.helpers.fake_time import SHORTEST_SLEEP, START, FakeClock, FakeIds, settle

__all__ = [
    "LEASE_SPAN",
    "SHORTEST_SLEEP",
    "START",
    "FakeActor",
    "FakeAws",
    "FakeCall",
    "FakeClock",
    "FakeDrs",
    "FakeIds",
    "FakeInventoryCache",
    "FakeLocks",
    "FakeRepository",
    "FakeServerHistory",
    "InMemoryJournal",
    "JournalStore",
    "settle",
]


class FakeInventoryCache:
    """Reads kept between runs (port `InventoryCache`); `failure` stands for a database that fails."""

    def __init__(self, *kept: KeptReading) -> None:
        self.kept: dict[Scope, KeptReading] = {one.scope: one for one in kept}
        self.failure: StorageError | None = None

    async def readings(self) -> tuple[KeptReading, ...]:
        if self.failure:
            raise self.failure
        return tuple(self.kept.values())

    async def keep(self, readings: Sequence[KeptReading]) -> None:
        if self.failure:
            raise self.failure
        self.kept |= {one.scope: one for one in readings}


class FakeServerHistory:
    """Says that every server was in the executions of `found`, newest first (port `ServerHistory`)."""

    def __init__(self) -> None:
        self.found: tuple[ExecutionId, ...] = ()

    async def executions_of(self, server: ServerKey, limit: int) -> tuple[ExecutionId, ...]:
        return self.found[:limit]


class FakeRepository:
    """Accounts, groups and plans in memory (port `WorkspaceRepository`); each save is a version."""

    def __init__(
        self,
        accounts: Iterable[TargetAccount] = (),
        groups: Iterable[ProtectionGroup] = (),
        plans: Iterable[RecoveryPlan] = (),
    ) -> None:
        self._accounts: dict[str, TargetAccount] = {a.account_id: a for a in accounts}
        self._past: dict[tuple[str, str], list[DocumentVersion]] = defaultdict(list)
        for document in (*groups, *plans):
            self._put(document, by="set-up")

    async def accounts(self) -> tuple[TargetAccount, ...]:
        return tuple(sorted(self._accounts.values(), key=lambda account: account.name))

    async def groups(self) -> tuple[ProtectionGroup, ...]:
        found = (one for one in self._newest("group") if isinstance(one, ProtectionGroup))
        return tuple(sorted(found, key=lambda group: group.name))

    async def plans(self) -> tuple[RecoveryPlan, ...]:
        found = (one for one in self._newest("plan") if isinstance(one, RecoveryPlan))
        return tuple(sorted(found, key=lambda plan: plan.name))

    async def group(self, group_id: GroupId) -> ProtectionGroup:
        for group in await self.groups():
            if group.group_id == group_id:
                return group
        raise NotFound(f"There is no protection group {group_id} in this workspace.")

    async def plan(self, plan_id: PlanId) -> RecoveryPlan:
        for plan in await self.plans():
            if plan.plan_id == plan_id:
                return plan
        raise NotFound(f"There is no recovery plan {plan_id} in this workspace.")

    async def save_accounts(self, accounts: Sequence[TargetAccount]) -> None:
        self._accounts |= {account.account_id: account for account in accounts}

    async def save_groups(self, groups: Sequence[ProtectionGroup], *, by: str) -> None:
        for group in groups:
            self._put(group, by)

    async def save_plans(self, plans: Sequence[RecoveryPlan], *, by: str) -> None:
        for plan in plans:
            self._put(plan, by)

    async def change(self, changes: Sequence[DocumentChange], *, by: str) -> None:
        past = {key: list(versions) for key, versions in self._past.items()}
        try:
            for change in changes:
                self._refuse_stale(change)
                self._put(change.document, by, is_removal=change.is_removal)
        except StaleVersion:
            self._past = defaultdict(list, past)
            raise

    async def versions(self, kind: DocumentKind, document_id: str) -> tuple[DocumentVersion, ...]:
        return tuple(reversed(self._past[kind, document_id]))

    def _newest(self, kind: DocumentKind) -> Iterable[Document | None]:
        return [past[-1].document for (held, _), past in self._past.items() if held == kind and past]

    def _refuse_stale(self, change: DocumentChange) -> None:
        past = self._past[kind_of(change.document), id_of(change.document)]
        newest = past[-1].revision if past and past[-1].document else 0
        if newest != change.based_on:
            raise StaleVersion(change.document, change.based_on, newest)

    def _put(self, document: Document, by: str, *, is_removal: bool = False) -> None:
        past = self._past[kind_of(document), id_of(document)]
        revision = len(past) + 1
        kept = None if is_removal else replace(document, revision=revision)
        past.append(DocumentVersion(revision=revision, saved_at=START, saved_by=by, document=kept))
