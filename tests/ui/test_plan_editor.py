"""The plan editor: steps with undo, drafts that outlive it, problems at once, conflicts, versions, files."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton

from drs_desktop.domain.document_versions import DocumentChange, DocumentVersion
from drs_desktop.domain.draft_ports import PlanDraft
from drs_desktop.domain.ids import GroupId, PlanId
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.services.views import SourceServerRow
from drs_desktop.ui.models.membership_model import MembershipModel
from drs_desktop.ui.models.plan_edits import put_group
from drs_desktop.ui.widgets.plan_editor import PlanEditor
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run, until
from tests.ui.test_window import dialog_of, nameless, press, words

Body = Callable[[PlanEditor], Awaitable[None]]
PAYROLL = PlanId("p-payroll")


def edit(session: WindowSession, run: Run, body: Body) -> None:
    """Open the workspace and the editor of the payroll plan, then go on with the body."""

    async def steps() -> None:
        await session.open()
        session.window.plans_pane.select_plan("payroll")
        session.window.actions_table.by_id["edit_plan"].trigger()
        (editor,) = session.window.plans_pane.editors
        await until(lambda: editor.box.plan)
        await body(editor)
        await until(lambda: not session.window.desk.flows._tasks)

    run(steps())


def names(editor: PlanEditor) -> list[str]:
    return [editor.model.index(row, 0).data() for row in range(editor.model.rowCount())]


def plan_of(editor: PlanEditor) -> RecoveryPlan:
    assert editor.box.plan is not None
    return editor.box.plan


def type_into(editor: PlanEditor, name: str, text: str) -> None:
    """Type a text in place of what a field holds, as a person does."""
    field = editor.findChild(QLineEdit, name)
    assert field is not None
    field.clear()
    for letter in text:
        field.insert(letter)
        field.textEdited.emit(field.text())


def test_editor_shows_the_plan_its_picture_and_its_servers(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body(editor: PlanEditor) -> None:
        assert names(editor) == ["1 Databases", "2 Applications", "3 Web"]
        assert editor.graph.accessibleDescription().startswith(
            "1 Databases: at once; 2 Applications: after wave 1"
        )
        columns = MembershipModel.Columns
        reason = editor.members.index(0, columns.REASON).data()
        assert reason == "tags Application = payroll and Tier = database"
        assert editor.inspector.rto.text() == "45"
        assert nameless(editor) == []

    edit(session, run, body)


def test_a_step_can_be_undone_by_name_and_done_again(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body(editor: PlanEditor) -> None:
        editor.action("editorAdd").trigger()
        assert names(editor) == ["1 Databases", "2 New wave", "3 Applications", "4 Web"]
        undo = editor.action("editorUndo")
        assert undo.text() == "Undo add a wave"
        undo.trigger()
        assert names(editor) == ["1 Databases", "2 Applications", "3 Web"]
        editor.action("editorRedo").trigger()
        assert len(names(editor)) == 4

    edit(session, run, body)


def test_typing_a_name_is_one_step_and_keeps_the_cursor(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body(editor: PlanEditor) -> None:
        type_into(editor, "editorWaveName", "Data stores")
        assert names(editor)[0] == "1 Data stores"
        assert editor.box.stack.count() == 1
        field = editor.findChild(QLineEdit, "editorWaveName")
        assert field.cursorPosition() == len("Data stores")
        editor.action("editorUndo").trigger()
        assert names(editor)[0] == "1 Databases"
        assert field.text() == "Databases"

    edit(session, run, body)


def test_waves_and_groups_move_by_keys(
    session: WindowSession, workspace: FakeWorkspace, run: Run, qtbot: Any
) -> None:
    async def body(editor: PlanEditor) -> None:
        await until(editor.isActiveWindow)
        editor.tree.setFocus()
        editor.tree.setCurrentIndex(editor.model.index_of(3))
        qtbot.keyClick(editor.tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        assert names(editor) == ["1 Databases", "2 Web", "3 Applications"]
        assert editor.current_wave == 2, "the wave stays chosen"
        editor.tree.setCurrentIndex(editor.model.index_of(2, GroupId("g-web")))
        qtbot.keyClick(editor.tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        assert plan_of(editor).waves[2].group_ids == ("g-applications", "g-web")

    edit(session, run, body)


def test_problems_are_listed_as_one_types_and_forbid_to_save(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body(editor: PlanEditor) -> None:
        editor.action("editorAdd").trigger()
        assert words(editor, "editorProblems") == "Wave 2 (New wave) has no protection group."
        assert not editor.save_button.isEnabled()
        editor.box.do(put_group(plan_of(editor), GroupId("g-reports"), "reports", 2))
        assert editor.save_button.isEnabled()
        assert not editor.problems.isVisible()

    edit(session, run, body)


def test_what_the_services_have_against_it_is_listed_too(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.authoring.problems = ("Plan payroll has a live execution: end it first.",)

    async def body(editor: PlanEditor) -> None:
        await until(lambda: "live execution" in words(editor, "editorProblems"))
        assert not editor.save_button.isEnabled()

    edit(session, run, body)


def test_saving_makes_a_version_and_drops_the_draft(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body(editor: PlanEditor) -> None:
        type_into(editor, "editorPlanOwner", "Anna")
        await until(lambda: PAYROLL in workspace.drafts.kept)
        press(editor, "editorSaveButton")
        await until(lambda: editor.box.based_on == 4)
        assert editor.state.text() == "Version 4"

    edit(session, run, body)
    assert workspace.authoring.plans[0].owner == "Anna"
    assert workspace.drafts.kept == {}


def test_the_first_step_is_kept_and_so_is_its_undoing(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    (saved,) = workspace.authoring.plans

    async def body(editor: PlanEditor) -> None:
        assert workspace.drafts.kept == {}, "to look is no draft"
        editor.action("editorAdd").trigger()
        await until(lambda: PAYROLL in workspace.drafts.kept)
        assert len(workspace.drafts.kept[PAYROLL].plan.waves) == 4
        editor.action("editorUndo").trigger()
        await until(lambda: workspace.drafts.kept[PAYROLL].plan == saved)

    edit(session, run, body)


def test_a_draft_outlives_its_window(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    async def body(editor: PlanEditor) -> None:
        type_into(editor, "editorPlanOwner", "Anna")
        await until(lambda: PAYROLL in workspace.drafts.kept)
        editor.close()
        pane = session.window.plans_pane
        await until(lambda: not pane.editors)
        pane.edit_plan()
        (again,) = pane.editors
        await until(lambda: again.box.plan)
        assert plan_of(again).owner == "Anna"
        assert words(again, "editorNotice").startswith("Your draft of ")
        assert again.state.text() == "Draft, based on version 3"
        again.action("editorDiscard").trigger()
        await until(lambda: plan_of(again).owner == "")

    edit(session, run, body)
    assert workspace.drafts.kept == {}


def test_a_draft_left_by_a_crash_is_restored_with_the_version_it_came_from(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    (plan,) = workspace.authoring.plans
    draft = PlanDraft(plan=replace(plan, owner="Ben"), based_on=2, kept_at=fake.NOW)
    workspace.drafts.kept[PAYROLL] = draft

    async def body(editor: PlanEditor) -> None:
        assert plan_of(editor).owner == "Ben"
        assert editor.box.based_on == 2

    edit(session, run, body)


def test_a_save_over_anothers_is_asked_for_with_what_changed(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.authoring.newest = 5

    async def body(editor: PlanEditor) -> None:
        type_into(editor, "editorPlanOwner", "Anna")
        press(editor, "editorSaveButton")
        dialog = await until(lambda: dialog_of(editor, "conflictDialog"))
        assert "Wave 1 is longer." in words(dialog, "conflictDifferences")
        press(dialog, "conflictKeepButton")
        await until(lambda: dialog_of(editor, "conflictDialog") is None)
        assert plan_of(editor).owner == "Anna"
        press(editor, "editorSaveButton")
        dialog = await until(lambda: dialog_of(editor, "conflictDialog"))
        press(dialog, "conflictSaveButton")
        await until(lambda: editor.box.based_on == 6)

    edit(session, run, body)
    assert workspace.authoring.plans[0].owner == "Anna"


def test_differences_to_any_version_are_told(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    (plan,) = workspace.authoring.plans
    old = replace(plan, recovery_time=timedelta(minutes=30), revision=1)
    workspace.authoring.history = tuple(
        DocumentVersion(revision=each.revision, saved_at=fake.NOW, saved_by="anna", document=each)
        for each in (plan, old)
    )

    async def body(editor: PlanEditor) -> None:
        editor.action("editorVersions").trigger()
        dialog = await until(lambda: dialog_of(editor, "differenceDialog"))
        text = dialog.findChild(QPlainTextEdit, "differenceText")
        assert text.toPlainText() == "Nothing is different."
        dialog.choice.setCurrentIndex(1)
        assert "RTO" in text.toPlainText()
        assert nameless(dialog) == []
        press(dialog, "differenceCloseButton")

    edit(session, run, body)


def test_a_file_is_taken_over_after_its_preview_and_can_be_undone(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    (plan,) = workspace.authoring.plans
    changed = replace(plan, description="From the file")
    workspace.authoring.in_file = (
        DocumentChange(document=changed, based_on=3),
        DocumentChange(document=workspace.authoring.groups[0], based_on=1),
    )

    async def body(editor: PlanEditor) -> None:
        editor.files.import_file("/somewhere/payroll.yaml")
        dialog = await until(lambda: dialog_of(editor, "importDialog"))
        told = words(dialog, "importDifferences")
        assert "From the file" in told
        assert told.endswith("Left alone: 1 other change in the file.")
        press(dialog, "importTakeButton")
        await until(lambda: plan_of(editor).description == "From the file")
        assert editor.action("editorUndo").text() == "Undo import from payroll.yaml"

    edit(session, run, body)
    assert workspace.authoring.plans == (plan,), "nothing is saved by it"


def test_export_writes_the_saved_plan(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    async def body(editor: PlanEditor) -> None:
        editor.files.export_file("/somewhere/payroll.yaml")
        await until(lambda: workspace.authoring.exported)
        await until(lambda: "payroll.yaml" in words(editor, "editorNotice"))

    edit(session, run, body)
    assert workspace.authoring.exported == [(Path("/somewhere/payroll.yaml"), ("p-payroll",))]


def test_a_group_that_selects_nothing_shows_at_once(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    async def body(editor: PlanEditor) -> None:
        databases: tuple[SourceServerRow, ...] = workspace.inventory.view.rows
        assert editor.model.index(0, 2).data() == str(len(databases))
        session.window.desk.inventory_read.emit(fake.an_inventory())
        session.window.desk.inventory = fake.an_inventory()
        editor._on_inventory()
        assert editor.model.index(0, 2).data() == "0"

    edit(session, run, body)


def test_only_one_editor_opens_for_a_plan(session: WindowSession, workspace: FakeWorkspace, run: Run) -> None:
    async def body(editor: PlanEditor) -> None:
        button = session.window.findChild(QPushButton, "editPlanButton")
        session.window.show_pane(session.window.plans_pane)
        button.click()
        assert session.window.plans_pane.editors == [editor]

    edit(session, run, body)
