"""Stand-ins for our own ports: all of them by name, and the repository of documents."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

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
    """Accounts, groups and plans in memory (port `WorkspaceRepository`)."""

    def __init__(
        self,
        accounts: Iterable[TargetAccount] = (),
        groups: Iterable[ProtectionGroup] = (),
        plans: Iterable[RecoveryPlan] = (),
    ) -> None:
        self._accounts: Mapping[str, TargetAccount] = {a.account_id: a for a in accounts}
        self._groups: Mapping[GroupId, ProtectionGroup] = {g.group_id: g for g in groups}
        self._plans: Mapping[PlanId, RecoveryPlan] = {p.plan_id: p for p in plans}
        self.saved_by: dict[str, list[str]] = defaultdict(list)
        self._past: dict[tuple[str, str], list[DocumentVersion]] = defaultdict(list)

    async def accounts(self) -> tuple[TargetAccount, ...]:
        return tuple(self._accounts.values())

    async def groups(self) -> tuple[ProtectionGroup, ...]:
        return tuple(self._groups.values())

    async def plans(self) -> tuple[RecoveryPlan, ...]:
        return tuple(self._plans.values())

    async def group(self, group_id: GroupId) -> ProtectionGroup:
        if group_id not in self._groups:
            raise NotFound(f"There is no protection group {group_id}.")
        return self._groups[group_id]

    async def plan(self, plan_id: PlanId) -> RecoveryPlan:
        if plan_id not in self._plans:
            raise NotFound(f"There is no recovery plan {plan_id}.")
        return self._plans[plan_id]

    async def save_accounts(self, accounts: Sequence[TargetAccount]) -> None:
        self._accounts = {**self._accounts, **{a.account_id: a for a in accounts}}

    async def save_groups(self, groups: Sequence[ProtectionGroup], *, by: str) -> None:
        self._groups = {**self._groups, **{g.group_id: g for g in groups}}
        self.saved_by["group"].append(by)

    async def save_plans(self, plans: Sequence[RecoveryPlan], *, by: str) -> None:
        self._plans = {**self._plans, **{p.plan_id: p for p in plans}}
        self.saved_by["plan"].append(by)

    async def change(self, changes: Sequence[DocumentChange], *, by: str) -> None:
        for change in changes:
            held = self._held(change.document).get(id_of(change.document))
            newest = held.revision if held else 0
            if newest != change.based_on:
                raise StaleVersion(change.document, change.based_on, newest)
        for change in changes:
            self._put(change, by)

    def _held(self, document: Document) -> Mapping[Any, Document]:
        return self._groups if isinstance(document, ProtectionGroup) else self._plans

    def _put(self, change: DocumentChange, by: str) -> None:
        document_id = id_of(change.document)
        past = self._past[kind_of(change.document), document_id]
        held = self._held(change.document)
        if not past and document_id in held:
            past.append(DocumentVersion(revision=1, saved_at=START, saved_by="", document=held[document_id]))
        document = None if change.is_removal else replace(change.document, revision=len(past) + 1)
        past.append(DocumentVersion(revision=len(past) + 1, saved_at=START, saved_by=by, document=document))
        rest = {key: value for key, value in held.items() if key != document_id}
        kept: Any = rest if document is None else {**rest, document_id: document}
        if isinstance(change.document, ProtectionGroup):
            self._groups = kept
        else:
            self._plans = kept

    async def versions(self, kind: DocumentKind, document_id: str) -> tuple[DocumentVersion, ...]:
        return tuple(reversed(self._past[kind, document_id]))
