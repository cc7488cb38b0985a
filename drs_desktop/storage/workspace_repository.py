"""The WorkspaceRepository port on SQL: every version of every account, group and plan is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import GroupId, PlanId
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.storage.database import Database
from drs_desktop.storage.event_codec import decode_document, encode_document
from drs_desktop.storage.schema import document_version

_KINDS: dict[str, type[Any]] = {"account": TargetAccount, "group": ProtectionGroup, "plan": RecoveryPlan}


class SqlWorkspaceRepository:
    """Accounts, groups and plans of one workspace."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def accounts(self) -> tuple[TargetAccount, ...]:
        """Return the accounts, by name."""
        return tuple(sorted(await self._newest("account"), key=lambda account: account.name))

    async def groups(self) -> tuple[ProtectionGroup, ...]:
        """Return the protection groups, by name."""
        return tuple(sorted(await self._newest("group"), key=lambda group: group.name))

    async def plans(self) -> tuple[RecoveryPlan, ...]:
        """Return the recovery plans, by name."""
        return tuple(sorted(await self._newest("plan"), key=lambda plan: plan.name))

    async def group(self, group_id: GroupId) -> ProtectionGroup:
        """Return one group.

        Raises:
            NotFound: there is none with this id.
        """
        for group in await self.groups():
            if group.group_id == group_id:
                return group
        raise NotFound(f"There is no protection group {group_id} in this workspace.")

    async def plan(self, plan_id: PlanId) -> RecoveryPlan:
        """Return one plan.

        Raises:
            NotFound: there is none with this id.
        """
        for plan in await self.plans():
            if plan.plan_id == plan_id:
                return plan
        raise NotFound(f"There is no recovery plan {plan_id} in this workspace.")

    async def save_accounts(self, accounts: Sequence[TargetAccount]) -> None:
        """Save accounts as their next version."""
        await self._save("account", [(a.account_id, a) for a in accounts], by="set-up")

    async def save_groups(self, groups: Sequence[ProtectionGroup], *, by: str) -> None:
        """Save groups as their next version."""
        await self._save("group", [(g.group_id, g) for g in groups], by=by)

    async def save_plans(self, plans: Sequence[RecoveryPlan], *, by: str) -> None:
        """Save plans as their next version."""
        await self._save("plan", [(p.plan_id, p) for p in plans], by=by)

    async def _newest(self, kind: str) -> list[Any]:
        newest = (
            select(document_version.c.document_id, func.max(document_version.c.revision).label("revision"))
            .where(document_version.c.kind == kind)
            .group_by(document_version.c.document_id)
            .subquery()
        )
        query = select(document_version.c.body).join(
            newest,
            (document_version.c.document_id == newest.c.document_id)
            & (document_version.c.revision == newest.c.revision)
            & (document_version.c.kind == kind),
        )
        bodies = await self._database.read(lambda c: c.execute(query).scalars().all())
        return [decode_document(_KINDS[kind], body) for body in bodies]

    async def _save(self, kind: str, documents: Sequence[tuple[str, object]], *, by: str) -> None:
        now = self._clock.local_now()

        def work(connection: Connection) -> None:
            for document_id, document in documents:
                _insert_version(connection, kind, document_id, document, by, now)

        await self._database.write(work)


def _insert_version(
    connection: Connection, kind: str, document_id: str, document: object, by: str, now: datetime
) -> None:
    latest = connection.execute(
        select(func.max(document_version.c.revision))
        .where(document_version.c.kind == kind)
        .where(document_version.c.document_id == document_id)
    ).scalar()
    connection.execute(
        insert(document_version).values(
            kind=kind,
            document_id=document_id,
            revision=(latest or 0) + 1,
            body=encode_document(document),
            saved_at=now.isoformat(),
            saved_by=by,
        )
    )
