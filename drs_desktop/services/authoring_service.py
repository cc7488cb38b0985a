"""What an author does: save, remove, copy and roll back groups and plans, by hand and by file."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from drs_desktop.domain.document_versions import (
    Document,
    DocumentChange,
    DocumentKind,
    DocumentVersion,
    StaleVersion,
    id_of,
    kind_of,
)
from drs_desktop.domain.errors import NotFound, ValidationFailed
from drs_desktop.domain.ids import PlanId
from drs_desktop.domain.plan_differences import PlanState, group_differences, plan_differences
from drs_desktop.domain.plan_document import PlanDocument, PlanFiles
from drs_desktop.domain.ports import WorkspaceInfo, WorkspaceRepository
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.shelf_checks import ServersKnown, after_changes, change_problems, unchecked
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.plan_service import PlanService


@dataclass(frozen=True, kw_only=True)
class DocumentDraft:
    """One group or plan of a change: what would become of it.

    Attributes:
        verb: `new`, `changed` or `removed`.
        differences: what is different, a sentence each; empty for what is new or removed.
    """

    kind: DocumentKind
    name: str
    verb: str
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChangeReport:
    """What a change would do, and what stands in its way; nothing was written.

    Attributes:
        problems: why it cannot be made, a sentence each.
        unchecked: what could not be checked; such a change is made only when somebody says so.
    """

    drafts: tuple[DocumentDraft, ...]
    problems: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VersionChange:
    """A version of a group or plan, and what it changed by meaning; the first changed nothing."""

    version: DocumentVersion
    differences: tuple[str, ...]


class AuthoringApi(Protocol):
    """Groups and plans as their authors change them; without AWS all but the check of servers works."""

    async def shelf(self) -> PlanDocument:
        """Return every group and plan in force."""

    async def check(self, changes: Sequence[DocumentChange]) -> ChangeReport:
        """Return what changes would do and what stands in their way."""

    async def apply(
        self, changes: Sequence[DocumentChange], *, accept_unchecked: bool = False
    ) -> ChangeReport:
        """Make changes, all or nothing.

        Args:
            accept_unchecked: go on though servers could not be read; problems are never passed over.

        Raises:
            ValidationFailed: something stands in the way; nothing was written.
            StaleVersion: a group or plan was saved meanwhile; the sentence says what changed in between.
        """

    async def read_file(self, path: Path) -> tuple[DocumentChange, ...]:
        """Return the changes that a plan file asks for; what it has as it is in force is not among them."""

    async def export(self, path: Path, plan_names: Sequence[str] = ()) -> PlanDocument:
        """Write plans with their groups to a file, all when none is named; return what was written."""

    async def versions(self, kind: DocumentKind, document_id: str) -> tuple[DocumentVersion, ...]:
        """Return every version of a group or plan, newest first."""

    async def history(self, kind: DocumentKind, document_id: str) -> tuple[VersionChange, ...]:
        """Return every version with what it changed, newest first; servers are those known, of any age."""

    async def rolled_back(self, document: Document, revision: int) -> DocumentChange:
        """Return the change that makes an earlier version of a group or plan its newest.

        Raises:
            NotFound: it never had this revision, or was removed by it.
        """

    async def copied(self, plan: RecoveryPlan, name: str) -> DocumentChange:
        """Return the change that adds a copy of a plan under another name."""


class AuthoringService:
    """Implements `AuthoringApi` over the repository."""

    def __init__(
        self,
        repository: WorkspaceRepository,
        inventory: InventoryService,
        plans: PlanService,
        files: PlanFiles,
        info: WorkspaceInfo,
    ) -> None:
        self._repository = repository
        self._inventory = inventory
        self._plans = plans
        self._files = files
        self._info = info

    async def shelf(self) -> PlanDocument:
        """Return every group and plan in force; see the port."""
        return PlanDocument(
            groups=await self._repository.groups(),
            plans=await self._repository.plans(),
        )

    async def check(self, changes: Sequence[DocumentChange]) -> ChangeReport:
        """Return what changes would do; see the port."""
        shelf, known = await self.shelf(), await self._known(changes)
        live = await self._plans.live_executions()
        return ChangeReport(
            drafts=_drafts(shelf, changes, known.servers),
            problems=change_problems(shelf, changes, known, live),
            unchecked=unchecked(changes, known),
        )

    async def apply(
        self, changes: Sequence[DocumentChange], *, accept_unchecked: bool = False
    ) -> ChangeReport:
        """Make changes, all or nothing; see the port."""
        report = await self.check(changes)
        if report.problems:
            raise ValidationFailed("Nothing was saved. " + " ".join(report.problems))
        if report.unchecked and not accept_unchecked:
            raise ValidationFailed(
                "Nothing was saved: " + " ".join(report.unchecked) + " Try again, or accept that outright."
            )
        try:
            await self._repository.change(changes, by=self._info.operator)
        except StaleVersion as stale:
            between = await self._between(stale)
            raise StaleVersion(stale.document, stale.based_on, stale.newest, between) from None
        return report

    async def read_file(self, path: Path) -> tuple[DocumentChange, ...]:
        """Return the changes that a plan file asks for; see the port."""
        document = await asyncio.to_thread(self._files.read, path)
        shelf = await self.shelf()
        held: dict[tuple[str, str], Document] = {(kind_of(one), id_of(one)): one for one in _documents(shelf)}
        changes = (_change(one, held.get((kind_of(one), id_of(one)))) for one in _documents(document))
        return tuple(change for change in changes if change is not None)

    async def export(self, path: Path, plan_names: Sequence[str] = ()) -> PlanDocument:
        """Write plans with their groups to a file; see the port."""
        shelf = await self.shelf()
        if plan_names:
            plans = [await self._plans.plan_named(name) for name in plan_names]
            used = {group_id for plan in plans for wave in plan.waves for group_id in wave.group_ids}
            groups = tuple(group for group in shelf.groups if group.group_id in used)
            shelf = PlanDocument(groups=groups, plans=tuple(plans))
        await asyncio.to_thread(self._files.write, path, shelf)
        return shelf

    async def versions(self, kind: DocumentKind, document_id: str) -> tuple[DocumentVersion, ...]:
        """Return every version of a group or plan, newest first; see the port."""
        return await self._repository.versions(kind, document_id)

    async def history(self, kind: DocumentKind, document_id: str) -> tuple[VersionChange, ...]:
        """Return every version with what it changed; see the port."""
        versions = await self._repository.versions(kind, document_id)
        shelf, servers = await self.shelf(), (await self._inventory.checked(())).servers
        earlier: Sequence[DocumentVersion | None] = (*versions[1:], None)
        return tuple(
            VersionChange(version=new, differences=_since(shelf, old, new, servers))
            for new, old in zip(versions, earlier, strict=True)
        )

    async def rolled_back(self, document: Document, revision: int) -> DocumentChange:
        """Return the change that makes an earlier version the newest; see the port."""
        kind = kind_of(document)
        for version in await self._repository.versions(kind, id_of(document)):
            if version.revision == revision and version.document is not None:
                return DocumentChange(document=version.document, based_on=document.revision)
        raise NotFound(
            f"{kind.capitalize()} {document.name} has no revision {revision} to go back to; "
            f"`drs-desktop {'plan' if kind == 'plan' else 'groups'} versions` lists those there are."
        )

    async def copied(self, plan: RecoveryPlan, name: str) -> DocumentChange:
        """Return the change that adds a copy; see the port."""
        taken = {one.plan_id for one in (await self.shelf()).plans}
        return DocumentChange(document=replace(plan, plan_id=_fresh_id(name, taken), name=name))

    async def _known(self, changes: Sequence[DocumentChange]) -> ServersKnown:
        """Return the servers known, read anew where a changed group looks for its own."""
        groups = [one.document for one in changes if isinstance(one.document, ProtectionGroup)]
        return await self._inventory.checked({scope for group in groups for scope in group.scopes})

    async def _between(self, stale: StaleVersion) -> tuple[str, ...]:
        """Return what changed since the version that a stale change was based on."""
        kept = await self._repository.versions(kind_of(stale.document), id_of(stale.document))
        by_revision = {version.revision: version for version in kept}
        old, new = by_revision.get(stale.based_on), by_revision.get(stale.newest)
        if old is None or new is None or old.document is None or new.document is None:
            return ()
        shelf = await self.shelf()
        told = _differences(shelf, old.document, shelf, new.document, await self._inventory.servers())
        return (f"By {new.saved_by}:", *told)


def _documents(document: PlanDocument) -> tuple[Document, ...]:
    return (*document.groups, *document.plans)


def _change(document: Document, held: Document | None) -> DocumentChange | None:
    """Return the change that brings a document into force, or None when it is in force as it is."""
    if held is None:
        return DocumentChange(document=document)
    if replace(document, revision=held.revision) == held:
        return None
    return DocumentChange(document=document, based_on=held.revision)


def _fresh_id(name: str, taken: set[PlanId]) -> PlanId:
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:50] or "plan"
    candidates = (slug if number == 1 else f"{slug}-{number}" for number in range(1, len(taken) + 2))
    return next(PlanId(one) for one in candidates if one not in taken)


# ---- drafts


def _drafts(
    shelf: PlanDocument, changes: Sequence[DocumentChange], servers: Sequence[SourceServer]
) -> tuple[DocumentDraft, ...]:
    after = after_changes(shelf, changes)
    return tuple(_draft(shelf, after, change, servers) for change in changes)


def _draft(
    shelf: PlanDocument, after: PlanDocument, change: DocumentChange, servers: Sequence[SourceServer]
) -> DocumentDraft:
    document, kind = change.document, kind_of(change.document)
    held = next(
        (one for one in _documents(shelf) if (kind_of(one), id_of(one)) == (kind, id_of(document))), None
    )
    if change.is_removal or held is None:
        return DocumentDraft(kind=kind, name=document.name, verb="removed" if change.is_removal else "new")
    differences = _differences(shelf, held, after, document, servers)
    return DocumentDraft(kind=kind, name=document.name, verb="changed", differences=differences)


def _differences(
    before: PlanDocument, old: Document, after: PlanDocument, new: Document, servers: Sequence[SourceServer]
) -> tuple[str, ...]:
    if isinstance(old, ProtectionGroup) and isinstance(new, ProtectionGroup):
        return group_differences(old, new, servers)
    if isinstance(old, RecoveryPlan) and isinstance(new, RecoveryPlan):
        return plan_differences(_state(old, before), _state(new, after), servers)
    return ()


def _since(
    shelf: PlanDocument, old: DocumentVersion | None, new: DocumentVersion, servers: Sequence[SourceServer]
) -> tuple[str, ...]:
    """Return what a version changed, the groups beside it as they are now."""
    if old is None or old.document is None or new.document is None:
        return ()
    return _differences(shelf, old.document, shelf, new.document, servers)


def _state(plan: RecoveryPlan, shelf: PlanDocument) -> PlanState:
    return PlanState(plan=plan, groups={group.group_id: group for group in shelf.groups})
