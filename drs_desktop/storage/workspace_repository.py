"""The WorkspaceRepository port on SQL: every version of every account, group and plan is kept."""

from collections.abc import Sequence
from dataclasses import is_dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.document_versions import (
    DocumentChange,
    DocumentKind,
    DocumentVersion,
    StaleVersion,
    id_of,
    kind_of,
)
from drs_desktop.domain.errors import NotFound
from drs_desktop.domain.ids import GroupId, PlanId
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.storage.database import Database
from drs_desktop.storage.event_codec import decode_document, encode_document
from drs_desktop.storage.schema import document_version

REMOVED = "null"
"""The body of a version that says that the document is gone; the versions before it stay."""
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

    async def change(self, changes: Sequence[DocumentChange], *, by: str) -> None:
        """Save and remove groups and plans, all or nothing.

        Raises:
            StaleVersion: one of them was saved by somebody else since it was read; nothing was written.
        """
        now = self._clock.local_now()

        def work(connection: Connection) -> None:
            for change in changes:
                _refuse_stale(connection, change)
                document = None if change.is_removal else change.document
                _insert_version(
                    connection, kind_of(change.document), id_of(change.document), document, by, now
                )

        await self._database.write(work)

    async def versions(self, kind: DocumentKind, document_id: str) -> tuple[DocumentVersion, ...]:
        """Return every version of a group or plan, newest first; none when there never was one."""
        query = (
            select(document_version)
            .where(document_version.c.document_id == document_id)
            .where(document_version.c.kind == kind)
            .order_by(document_version.c.revision.desc())
        )
        rows = await self._database.read(lambda c: c.execute(query).all())
        return tuple(_version(row) for row in rows)

    async def _newest(self, kind: str) -> list[Any]:
        newest = (
            select(document_version.c.document_id, func.max(document_version.c.revision).label("revision"))
            .where(document_version.c.kind == kind)
            .group_by(document_version.c.document_id)
            .subquery()
        )
        query = (
            select(document_version.c.body, document_version.c.revision)
            .join(
                newest,
                (document_version.c.document_id == newest.c.document_id)
                & (document_version.c.revision == newest.c.revision)
                & (document_version.c.kind == kind),
            )
            .where(document_version.c.body != REMOVED)
        )
        rows = await self._database.read(lambda c: c.execute(query).all())
        return [_decode(kind, row.body, row.revision) for row in rows]

    async def _save(self, kind: str, documents: Sequence[tuple[str, object]], *, by: str) -> None:
        now = self._clock.local_now()

        def work(connection: Connection) -> None:
            for document_id, document in documents:
                _insert_version(connection, kind, document_id, document, by, now)

        await self._database.write(work)


def _decode(kind: str, body: str, revision: int) -> Any:
    """Return a stored document; groups and plans carry the revision under which they stand here."""
    document = decode_document(_KINDS[kind], body)
    return document if kind == "account" else replace(document, revision=revision)


def _version(row: Row[Any]) -> DocumentVersion:
    return DocumentVersion(
        revision=row.revision,
        saved_at=datetime.fromisoformat(row.saved_at),
        saved_by=row.saved_by,
        document=None if row.body == REMOVED else _decode(row.kind, row.body, row.revision),
    )


def _latest(connection: Connection, kind: str, document_id: str) -> Row[Any, Any] | None:
    query = (
        select(document_version.c.revision, document_version.c.body)
        .where(document_version.c.kind == kind)
        .where(document_version.c.document_id == document_id)
        .order_by(document_version.c.revision.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def _refuse_stale(connection: Connection, change: DocumentChange) -> None:
    latest = _latest(connection, kind_of(change.document), id_of(change.document))
    newest = latest.revision if latest is not None and latest.body != REMOVED else 0
    if newest != change.based_on:
        raise StaleVersion(change.document, change.based_on, newest)


def _insert_version(
    connection: Connection, kind: str, document_id: str, document: object | None, by: str, now: datetime
) -> None:
    latest = _latest(connection, kind, document_id)
    revision = (latest.revision if latest is not None else 0) + 1
    if is_dataclass(document) and not isinstance(document, type) and hasattr(document, "revision"):
        document = replace(document, revision=revision)
    connection.execute(
        insert(document_version).values(
            kind=kind,
            document_id=document_id,
            revision=revision,
            body=REMOVED if document is None else encode_document(document),
            saved_at=now.isoformat(),
            saved_by=by,
        )
    )
