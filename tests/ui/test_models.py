"""The models: cells, order, filter, and what Qt's own tester says."""

import importlib
import pkgutil
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from drs_desktop.domain.execution import ExecutionStatus, TerminationState, WaveStatus
from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.ui import models
from drs_desktop.ui.models.execution_list_model import ExecutionListModel
from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.models.group_model import GroupModel
from drs_desktop.ui.models.job_log_model import JobLogModel
from drs_desktop.ui.models.membership_model import Membership, MembershipModel
from drs_desktop.ui.models.palette_model import PaletteModel, PaletteRow
from drs_desktop.ui.models.plan_edits import add_wave
from drs_desktop.ui.models.plan_list_model import PlanListModel
from drs_desktop.ui.models.plan_tree_model import PlanTreeModel
from drs_desktop.ui.models.planned_server_model import PlannedServerModel
from drs_desktop.ui.models.roles import Role
from drs_desktop.ui.models.source_server_model import SourceServerModel
from drs_desktop.ui.models.status_text import Tone
from drs_desktop.ui.models.table_model import TableModel
from drs_desktop.ui.models.wave_draft_model import WaveDraftModel
from drs_desktop.ui.models.wave_tree_model import WaveTreeModel
from tests.helpers import fake_services as fake


def text(model: QAbstractItemModel, row: int, column: int) -> str:
    return str(model.index(row, column).data())


def names(model: TableModel[Any]) -> list[str]:
    return [text(model, row, 0) for row in range(model.rowCount())]


def a_palette_row(name: str) -> PaletteRow:
    return PaletteRow(action_id=name, name=name, menu="Execution", keys="", about=f"{name} it", why_not="")


def filled(model: Any) -> Any:
    """Return the model with rows of its kind."""
    rows = {
        SourceServerModel: [fake.a_server(n) for n in range(1, 6)],
        GroupModel: [fake.a_group(), fake.a_group(group_id="g-2", name="web")],
        PlanListModel: [fake.a_plan(), fake.a_plan("storefront")],
        ExecutionListModel: [fake.a_row(fake.a_view()), fake.a_row(fake.a_finished_view(execution_id="x"))],
        ExecutionServerModel: [fake.a_launch(n) for n in range(1, 6)],
        JobLogModel: [fake.a_log_line(n) for n in range(1, 6)],
        PaletteModel: [a_palette_row(name) for name in ("Pause", "Resume", "Quit")],
        MembershipModel: [
            Membership(
                server=fake.a_server(n),
                wave=1,
                wave_name="Databases",
                group_id=GroupId("g"),
                group_name="databases",
                reason="in the list",
            )
            for n in range(1, 6)
        ],
        PlannedServerModel: [fake.a_planned_server(n) for n in range(1, 6)],
    }
    model.set_rows(rows[type(model)])
    return model


TABLE_MODELS = (
    SourceServerModel,
    GroupModel,
    PlanListModel,
    ExecutionListModel,
    ExecutionServerModel,
    JobLogModel,
    MembershipModel,
    PaletteModel,
    PlannedServerModel,
)
TREE_MODELS = (PlanTreeModel, WaveDraftModel, WaveTreeModel)


def test_every_model_is_shown_to_qts_tester() -> None:
    found = {
        each.__name__
        for module in pkgutil.iter_modules(models.__path__)
        for each in vars(importlib.import_module(f"{models.__name__}.{module.name}")).values()
        if isinstance(each, type) and issubclass(each, QAbstractItemModel) and _is_ours(each)
    }
    here = {each.__name__ for each in (*TABLE_MODELS, *TREE_MODELS)}
    assert found - here == set()


def _is_ours(model: type) -> bool:
    return model.__module__.startswith(models.__name__) and model is not TableModel


@pytest.mark.parametrize("model_type", TABLE_MODELS)
def test_table_model_passes_qts_tester_while_it_changes(qtmodeltester: Any, model_type: type) -> None:
    model = filled(model_type())
    qtmodeltester.check(model)
    model.sort(0, Qt.SortOrder.DescendingOrder)
    model.set_filter("a")
    model.set_filter("")
    model.sort(-1)
    model.tick(fake.NOW)
    model.set_rows([])
    filled(model)
    qtmodeltester.check(model)


@pytest.mark.parametrize("model_type", TABLE_MODELS)
def test_every_column_has_a_header(model_type: type) -> None:
    model = filled(model_type())
    headers = [
        model.headerData(column, Qt.Orientation.Horizontal)
        for column in range(model.columnCount(QModelIndex()))
    ]
    assert all(headers)
    assert len(set(headers)) == len(model.Columns)


def test_wave_tree_passes_qts_tester_while_it_changes(qtmodeltester: Any) -> None:
    model = WaveTreeModel()
    waves = (fake.a_wave(1, steps=(fake.a_wait(1),)), fake.a_wave(2, "Web"))
    model.show_waves(waves, fake.NOW)
    qtmodeltester.check(model)
    model.show_waves((replace(waves[0], status=WaveStatus.COMPLETED), waves[1]), fake.NOW)
    model.tick(fake.NOW + timedelta(minutes=1))
    qtmodeltester.check(model)
    model.show_waves(waves[:1], fake.NOW)
    qtmodeltester.check(model)


def test_a_wave_with_its_steps_keeps_its_line_while_it_changes() -> None:
    model = WaveTreeModel()
    wave = fake.a_wave(1, steps=(fake.a_wait(1),))
    model.show_waves([wave], fake.NOW)
    kept = QPersistentModelIndex(model.index(0, 0, model.index_of(1)))
    model.show_waves([replace(wave, status=WaveStatus.VERIFYING)], fake.NOW)
    assert kept.data() == "Settle"
    assert model.index(0, WaveTreeModel.Columns.STATUS).data() == "Checking"


def test_wave_tree_says_what_a_wave_waits_for() -> None:
    model = WaveTreeModel()
    model.show_waves([fake.a_wave(1), fake.a_wave(2, depends_on=(1,))], fake.NOW)
    after = WaveTreeModel.Columns.AFTER
    assert [text(model, row, after) for row in (0, 1)] == ["at once", "wave 1"]


def test_wave_drafts_pass_qts_tester_while_they_change(qtmodeltester: Any) -> None:
    shelf = fake.a_shelf()
    (plan,) = shelf.plans
    groups = {group.group_id: group for group in shelf.groups}
    model = WaveDraftModel()
    model.show_plan(plan, groups, {})
    qtmodeltester.check(model)
    model.show_plan(add_wave(plan, 1).plan, groups, dict.fromkeys(groups, 4))
    qtmodeltester.check(model)
    model.show_plan(replace(plan, waves=()), groups, {})
    qtmodeltester.check(model)


def test_plan_tree_passes_qts_tester(qtmodeltester: Any) -> None:
    model = PlanTreeModel()
    model.set_plans([fake.a_plan(), fake.a_plan("storefront")])
    qtmodeltester.check(model)
    model.set_plans([fake.a_plan()])
    qtmodeltester.check(model)


def test_plan_tree_goes_from_plan_over_wave_and_group_to_server() -> None:
    model = PlanTreeModel()
    plan = fake.a_plan()
    model.set_plans([plan])
    root = model.index_of(plan.plan_id)
    wave = model.index(1, 0, root)
    group = model.index(0, 0, wave)
    server = model.index(0, 0, group)
    assert [index.data() for index in (root, wave, group, server)] == [
        "payroll",
        "2 · Applications",
        "payroll-applications",
        "app-pay-01",
    ]
    note = model.index(1, PlanTreeModel.Columns.NOTE, root).data()
    assert "Check that the database listener answers." in note


def test_server_without_a_group_of_the_wave_hangs_below_the_wave() -> None:
    model = PlanTreeModel()
    wave = fake.a_wave_of_plan(1, "Web", (fake.a_server(1, group_names=()),), group_names=("web",))
    model.set_plans([fake.a_plan(waves=(wave,))])
    below = model.index(0, 0, model.index(0, 0))
    assert [model.index(row, 0, below).data() for row in range(model.rowCount(below))] == ["web", "db-pay-01"]


@pytest.mark.parametrize("state", [TerminationState.TERMINATING, TerminationState.TERMINATED])
def test_a_server_whose_instance_goes_is_not_called_healthy(state: TerminationState) -> None:
    model = ExecutionServerModel()
    model.set_rows([fake.launched(fake.a_launch(), termination=state)])
    assert text(model, 0, ExecutionServerModel.Columns.HEALTH) == "–"


def test_groups_name_their_accounts() -> None:
    model = GroupModel()
    model.name_accounts(fake.ACCOUNT_NAMES)
    model.set_rows([fake.a_group()])
    cell = model.index(0, GroupModel.Columns.SCOPES)
    assert cell.data() == "payroll-dr eu-west-1"
    assert cell.data(Qt.ItemDataRole.ToolTipRole) == "012345678901 eu-west-1"


def test_an_account_without_a_name_shows_its_number() -> None:
    model = filled(GroupModel())
    assert text(model, 0, GroupModel.Columns.SCOPES) == "012345678901 eu-west-1"


def test_replication_cell_says_word_tone_and_amazons_own_word() -> None:
    model = SourceServerModel()
    model.set_rows(
        [
            fake.a_server(
                replication_state=DataReplicationState.STALLED, replication_error="AGENT_NOT_SEEN", lag=None
            )
        ]
    )
    cell = model.index(0, SourceServerModel.Columns.REPLICATION)
    assert cell.data() == "Stalled"
    assert cell.data(Role.LOOK).tone is Tone.FAILED
    assert cell.data(Qt.ItemDataRole.ToolTipRole) == "Stalled (STALLED): AGENT_NOT_SEEN"
    assert text(model, 0, SourceServerModel.Columns.LAG) == "not known"


def test_outside_text_stays_text_in_cell_and_tooltip() -> None:
    model = SourceServerModel()
    model.set_rows([fake.a_server(name="<img src=x>web")])
    assert text(model, 0, 0) == "<img src=x>web"
    tooltip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tooltip
    assert "&lt;img src=x&gt;web" in tooltip


def test_upsert_replaces_in_place_and_adds_at_the_end(qtbot: Any) -> None:
    model = ExecutionServerModel()
    model.set_rows([fake.a_launch(2), fake.a_launch(1)])
    with qtbot.waitSignal(model.dataChanged) as changed:
        model.upsert([fake.launched(fake.a_launch(2)), fake.a_launch(3)])
    assert changed.args[0].row() == 0
    assert names(model) == ["db-pay-02", "db-pay-01", "db-pay-03"]
    assert text(model, 0, ExecutionServerModel.Columns.LAUNCH) == "Launched"


def test_upsert_of_an_equal_row_says_nothing(qtbot: Any) -> None:
    model = ExecutionServerModel()
    model.set_rows([fake.a_launch(1)])
    with qtbot.assertNotEmitted(model.dataChanged):
        model.upsert([fake.a_launch(1)])


def test_set_rows_with_the_same_keys_resets_nothing(qtbot: Any) -> None:
    model = SourceServerModel()
    model.set_rows([fake.a_server(1), fake.a_server(2)])
    with qtbot.assertNotEmitted(model.modelReset):
        model.set_rows([fake.a_server(1, name="new"), fake.a_server(2)])
    assert names(model) == ["new", "db-pay-02"]


def test_sorting_keeps_persistent_indexes_on_their_rows() -> None:
    model = SourceServerModel()
    model.set_rows([fake.a_server(n) for n in (3, 1, 2)])
    kept = QPersistentModelIndex(model.index(0, 0))
    model.sort(0, Qt.SortOrder.AscendingOrder)
    assert names(model) == ["db-pay-01", "db-pay-02", "db-pay-03"]
    assert kept.row() == 2
    model.sort(-1)
    assert names(model) == ["db-pay-03", "db-pay-01", "db-pay-02"]


def test_lag_sorts_by_time_and_not_by_text() -> None:
    model = SourceServerModel()
    lags = (timedelta(minutes=9), timedelta(hours=2), timedelta(seconds=50))
    model.set_rows([fake.a_server(n, lag=lag) for n, lag in enumerate(lags, start=1)])
    model.sort(SourceServerModel.Columns.LAG, Qt.SortOrder.AscendingOrder)
    assert [text(model, row, SourceServerModel.Columns.LAG) for row in range(3)] == ["50 s", "9 min", "2 h"]


def test_filter_finds_every_word_also_in_tags() -> None:
    model = SourceServerModel()
    web = fake.a_server(9, name="web-09", tags=(("Application", "storefront"),))
    model.set_rows([fake.a_server(1), web])
    model.set_filter("STOREFRONT web")
    assert names(model) == ["web-09"]
    assert model.total == 2


def test_row_that_no_longer_fits_the_filter_leaves() -> None:
    model = ExecutionServerModel()
    model.set_rows([fake.a_launch(1), fake.a_launch(2)])
    model.set_filter("started")
    model.upsert([fake.launched(fake.a_launch(1))])
    assert names(model) == ["db-pay-02"]


def test_tick_renews_ages_only() -> None:
    model = ExecutionServerModel()
    model.tick(fake.NOW)
    model.set_rows([replace(fake.a_launch(1), changed_at=fake.NOW - timedelta(seconds=41))])
    since = ExecutionServerModel.Columns.SINCE
    assert text(model, 0, since) == "41 s"
    model.tick(fake.NOW + timedelta(minutes=3))
    assert text(model, 0, since) == "3 min"


def test_termination_takes_the_place_of_the_launch_status() -> None:
    model = ExecutionServerModel()
    row = fake.launched(fake.a_launch(1), termination=TerminationState.TERMINATED)
    model.set_rows([row])
    assert text(model, 0, ExecutionServerModel.Columns.LAUNCH) == "Terminated"


def test_unknown_launch_status_is_never_success() -> None:
    model = ExecutionServerModel()
    model.set_rows([replace(fake.a_launch(1), launch_status=LaunchStatus.UNKNOWN)])
    look = model.index(0, ExecutionServerModel.Columns.LAUNCH).data(Role.LOOK)
    assert (look.word, look.tone) == ("Not known", Tone.UNKNOWN)


def test_wave_tells_launched_failed_and_its_instruction() -> None:
    model = WaveTreeModel()
    model.show_waves(
        [
            fake.a_wave(1, status=WaveStatus.PARTIAL, launched_count=3, failed_count=1, started_at=fake.NOW),
            fake.a_wave(2, "Web", instruction="Ask the call."),
        ],
        fake.NOW,
    )
    assert text(model, 0, WaveTreeModel.Columns.SERVERS) == "3 of 4 launched, 1 failed"
    assert text(model, 1, WaveTreeModel.Columns.NOTE) == "Pauses before: Ask the call."


def test_group_says_missing_before_complete() -> None:
    model = GroupModel()
    model.set_rows([fake.a_group(missing=(fake.a_key(9),))])
    cell = model.index(0, GroupModel.Columns.STATE)
    assert cell.data() == "1 missing"
    assert fake.a_key(9).source_server_id in cell.data(Qt.ItemDataRole.ToolTipRole)


def test_running_execution_that_needs_a_person_says_so() -> None:
    model = ExecutionListModel()
    model.set_rows([fake.a_row(fake.a_view(status=ExecutionStatus.LAUNCHING, needs_person=True))])
    cell = model.index(0, ExecutionListModel.Columns.STATUS)
    assert cell.data() == "Needs you"
    assert cell.data(Role.LOOK).tone is Tone.HELD
