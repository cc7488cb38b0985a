"""Plan files in the editor: asked for, shown before they change the draft, and written."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from drs_desktop.ui.models.plan_edits import Edit
from drs_desktop.ui.models.status_text import counted
from drs_desktop.ui.widgets.desk import Desk
from drs_desktop.ui.widgets.plan_draft_box import PlanDraftBox
from drs_desktop.ui.widgets.plan_editor_dialogs import ImportDialog
from drs_desktop.ui.widgets.theme import Theme


class PlanEditorFiles(QObject):
    """Imports into a draft and exports what is saved.

    Signals:
        told: a sentence about how it went.
    """

    told = Signal(str)

    def __init__(self, desk: Desk, theme: Theme, box: PlanDraftBox, over: QWidget) -> None:
        super().__init__(over)
        self._desk = desk
        self._theme = theme
        self._box = box
        self._over = over

    def ask_import(self) -> None:
        self._ask("editorImportFile", QFileDialog.AcceptMode.AcceptOpen, self.import_file)

    def ask_export(self) -> None:
        self._ask("editorExportFile", QFileDialog.AcceptMode.AcceptSave, self.export_file)

    def import_file(self, path: str) -> None:
        """Show what a file would change in the draft, and take it over when that is wanted."""
        self._flow(self.tr("Import"), self._import(Path(path)))

    def export_file(self, path: str) -> None:
        """Write the saved plan with its groups to a file."""
        self._flow(self.tr("Export"), self._export(Path(path)))

    def _ask(self, name: str, mode: QFileDialog.AcceptMode, take: Callable[[str], None]) -> None:
        dialog = QFileDialog(self._over, self.tr("Plan file"))
        dialog.setObjectName(name)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(mode)
        dialog.setNameFilter(self.tr("Plan files (*.yaml *.yml *.json)"))
        dialog.setDefaultSuffix("yaml")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(take)
        dialog.open()

    def _flow(self, title: str, work: Coroutine[Any, Any, None]) -> None:
        if self._box.plan is None:
            work.close()
            return
        self._desk.flows.start(work, title=title)

    async def _import(self, path: Path) -> None:
        plan, others = await self._box.plan_in(path)
        before = self._box.plan
        told = self._left_alone(others)
        if plan is None or before is None:
            self.told.emit(" ".join((self.tr("The file has this plan as it is saved."), *told)))
            return
        told = [*self._box.differences_between(before, plan), *told]
        if await ImportDialog(self._theme, plan.name, told, self._over).answer():
            self._box.do(Edit(plan=plan, text=self.tr("import from {0}").format(path.name)))

    def _left_alone(self, others: int) -> list[str]:
        if not others:
            return []
        changes = counted(others, self.tr("other change"), self.tr("other changes"))
        return [self.tr("Left alone: {0} in the file.").format(changes)]

    async def _export(self, path: Path) -> None:
        assert self._box.plan is not None
        authoring = self._desk.services.authoring
        await self._desk.bridge.call(authoring.export(path, [self._box.plan.plan_id]))
        self.told.emit(self.tr("The saved version was written to {0}.").format(path.name))
