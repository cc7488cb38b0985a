"""The draft of one plan: its steps with undo, kept at every step, checked and saved through the services."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from drs_desktop.domain.document_versions import DocumentChange, DocumentVersion
from drs_desktop.domain.draft_ports import PlanDraft
from drs_desktop.domain.ids import GroupId, PlanId
from drs_desktop.domain.plan_differences import PlanState, plan_differences
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan, plan_problems
from drs_desktop.services.authoring_service import ChangeReport
from drs_desktop.ui.models.plan_edits import Edit
from drs_desktop.ui.widgets.desk import Desk

CHECK_AFTER_MILLISECONDS = 300


class _Step(QUndoCommand):
    """One edit; steps of typing in one field become one."""

    def __init__(self, box: "PlanDraftBox", before: RecoveryPlan, edit: Edit) -> None:
        super().__init__(edit.text)
        self._box = box
        self._before = before
        self._edit = edit

    def redo(self) -> None:
        self._box.take(self._edit.plan, self._edit.wave)

    def undo(self) -> None:
        self._box.take(self._before, None)

    def id(self) -> int:
        return hash(self._edit.merges) & 0x7FFFFFFF if self._edit.merges else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Step) or other._edit.merges != self._edit.merges:
            return False
        self._edit = other._edit
        return True


class PlanDraftBox(QObject):
    """Owns the draft that an editor shows.

    Attributes:
        plan: the draft as it is now.
        based_on: the revision it came from.
        restored_at: when the draft that was found was kept; None when there was none.

    Signals:
        changed: the draft is another; carries the wave that is to be chosen, or None.
        checked: a `ChangeReport`: what saving would do, and what stands in its way.
    """

    changed = Signal(object)
    checked = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.stack = QUndoStack(self)
        self.plan: RecoveryPlan | None = None
        self.groups: dict[GroupId, ProtectionGroup] = {}
        self.based_on = 0
        self.restored_at: datetime | None = None
        self._is_stopped = False
        self._keeping: asyncio.Lock = asyncio.Lock()
        self._check_soon = QTimer(self, singleShot=True, interval=CHECK_AFTER_MILLISECONDS)
        self._check_soon.timeout.connect(self._on_check)

    # ---- from and to the services

    async def read(self, plan_id: PlanId) -> None:
        """Read a plan, and in its place the draft of it that is kept, if there is one."""
        shelf = await self._desk.bridge.call(self._desk.services.authoring.shelf())
        self.groups = {group.group_id: group for group in shelf.groups}
        held = next((plan for plan in shelf.plans if plan.plan_id == plan_id), None)
        draft = await self._kept(plan_id)
        if self._is_stopped or (held is None and draft is None):
            return
        self.based_on = held.revision if held else 0
        self.stack.clear()
        self.restored_at = None
        if draft is not None and (held is None or replace(draft.plan, revision=held.revision) != held):
            self.based_on, self.restored_at = draft.based_on, draft.kept_at
            self._put(draft.plan, None)
        elif held is not None:
            self._put(held, None)

    async def save(self, *, based_on: int | None = None) -> None:
        """Make the draft the newest version.

        Raises:
            StaleVersion: another version was saved meanwhile.
            ValidationFailed: something stands in the way.
        """
        assert self.plan is not None
        authoring = self._desk.services.authoring
        change = DocumentChange(document=self.plan, based_on=self.based_on if based_on is None else based_on)
        await self._desk.bridge.call(authoring.apply((change,)))
        await self.drop()
        await self.read(self.plan.plan_id)

    async def discard(self) -> None:
        """Forget the draft and show the saved version."""
        assert self.plan is not None
        await self.drop()
        await self.read(self.plan.plan_id)

    async def drop(self) -> None:
        """Forget the draft that is kept."""
        drafts = self._desk.services.drafts
        if drafts is not None and self.plan is not None:
            async with self._keeping:
                await self._desk.bridge.call(drafts.drop(self.plan.plan_id))

    async def versions(self) -> tuple[DocumentVersion, ...]:
        """Return every version of the plan that has a plan in it, newest first."""
        assert self.plan is not None
        call = self._desk.services.authoring.versions("plan", self.plan.plan_id)
        found: tuple[DocumentVersion, ...] = await self._desk.bridge.call(call)
        return tuple(each for each in found if isinstance(each.document, RecoveryPlan))

    async def plan_in(self, path: Path) -> tuple[RecoveryPlan | None, int]:
        """Return what a file has as this plan, or None, and how many other changes are in the file."""
        assert self.plan is not None
        changes = await self._desk.bridge.call(self._desk.services.authoring.read_file(path))
        own = [
            change.document
            for change in changes
            if isinstance(change.document, RecoveryPlan) and change.document.plan_id == self.plan.plan_id
        ]
        return (own[0] if own else None), len(changes) - len(own)

    # ---- steps

    def do(self, edit: Edit) -> None:
        """Take a step; one that changes nothing is none."""
        if self.plan is not None and edit.plan != self.plan:
            self.stack.push(_Step(self, self.plan, edit))

    def take(self, plan: RecoveryPlan, wave: int | None) -> None:
        """Show what a step made of the draft, and keep it."""
        self._put(plan, wave)
        self._desk.flows.start(self._keep(plan), title=self.tr("Keep the draft"))

    def _put(self, plan: RecoveryPlan, wave: int | None) -> None:
        self.plan = plan
        self.changed.emit(wave)
        self._check_soon.start()

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what is wrong with the draft as it stands, without asking anybody."""
        return plan_problems(self.plan) if self.plan is not None else ()

    def differences_to(self, version: DocumentVersion) -> tuple[str, ...]:
        """Return what the draft changes against a version."""
        if not isinstance(version.document, RecoveryPlan) or self.plan is None:
            return ()
        return self.differences_between(version.document, self.plan)

    def differences_between(self, before: RecoveryPlan, after: RecoveryPlan) -> tuple[str, ...]:
        """Return what is different between two forms of the plan, a sentence each."""
        old, new = (PlanState(plan=plan, groups=self.groups) for plan in (before, after))
        return plan_differences(old, new)

    def stop(self) -> None:
        """Check nothing any more; what was kept stays kept."""
        self._check_soon.stop()
        self._is_stopped = True

    async def _keep(self, plan: RecoveryPlan) -> None:
        drafts = self._desk.services.drafts
        if drafts is None:
            return
        async with self._keeping:
            if plan is self.plan:  # a newer one is on its way otherwise
                draft = PlanDraft(plan=plan, based_on=self.based_on, kept_at=datetime.now(UTC))
                await self._desk.bridge.call(drafts.keep(draft))

    async def _kept(self, plan_id: PlanId) -> PlanDraft | None:
        drafts = self._desk.services.drafts
        if drafts is None:
            return None
        kept = await self._desk.bridge.call(drafts.drafts())
        return next((draft for draft in kept if draft.plan.plan_id == plan_id), None)

    def _on_check(self) -> None:
        if self.plan is not None and self._desk.is_open:
            self._desk.flows.start(self._check(self.plan), title=self.tr("Check the draft"))

    async def _check(self, plan: RecoveryPlan) -> None:
        change = DocumentChange(document=plan, based_on=self.based_on)
        call = self._desk.services.authoring.check((change,))
        report: ChangeReport = await self._desk.bridge.call(call)
        if plan is self.plan and not self._is_stopped:
            self.checked.emit(report)
