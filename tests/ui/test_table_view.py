"""The tables: columns that hold their words, and a log that stays at its end."""

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from drs_desktop.ui.models.execution_server_model import ExecutionServerModel
from drs_desktop.ui.models.job_log_model import JobLogModel
from drs_desktop.ui.widgets.table_view import WIDEST_COLUMN, ConsoleTable, FollowingTable
from drs_desktop.ui.widgets.theme import Theme
from tests.helpers import fake_services as fake

_C = ExecutionServerModel.Columns


def servers_table(qtbot: QtBot, theme: Theme, **widths: int) -> ConsoleTable:
    model = ExecutionServerModel()
    table = ConsoleTable(
        model, theme, name="table", title="Servers", widths={_C[k]: widths[k] for k in widths}
    )
    model.setParent(table)
    qtbot.addWidget(table)
    table.resize(900, 400)
    table.show()
    model.set_rows([fake.launched(fake.a_launch(1)), fake.a_launch(2)])
    return table


def test_narrow_columns_grow_to_their_words(qtbot: QtBot, theme: Theme) -> None:
    table = servers_table(qtbot, theme, PHASE=40, INSTANCE=40, SINCE=40)
    table.fit_columns()
    for column in (_C.PHASE, _C.LAUNCH, _C.INSTANCE, _C.SINCE):
        assert table.columnWidth(column) >= table.sizeHintForColumn(column)
        title = str(table._rows.headerData(column, Qt.Orientation.Horizontal))
        assert table.columnWidth(column) > table.fontMetrics().horizontalAdvance(title)


def test_a_name_without_end_does_not_push_the_rest_away(qtbot: QtBot, theme: Theme) -> None:
    table = servers_table(qtbot, theme, NAME=60)
    table._rows.upsert([replace(fake.a_launch(1), name="very-long-" * 40)])
    table.fit_columns()
    assert table.columnWidth(_C.NAME) == WIDEST_COLUMN


def test_a_column_never_becomes_narrower_by_itself(qtbot: QtBot, theme: Theme) -> None:
    table = servers_table(qtbot, theme, PHASE=250)
    table.fit_columns()
    assert table.columnWidth(_C.PHASE) == 250


def test_a_column_sized_by_hand_stays_so(qtbot: QtBot, theme: Theme) -> None:
    table = servers_table(qtbot, theme)
    table.horizontalHeader().resizeSection(_C.INSTANCE, 50)
    table.fit_columns()
    assert table.columnWidth(_C.INSTANCE) == 50


# ---- a log that is followed


def log_table(qtbot: QtBot, theme: Theme) -> FollowingTable:
    model = JobLogModel()
    table = FollowingTable(model, theme, name="log", title="Job log", widths={})
    model.setParent(table)
    qtbot.addWidget(table)
    table.resize(600, 200)
    return table


def lines(first: int, last: int) -> list[object]:
    return [fake.a_log_line(number) for number in range(first, last)]


def is_at_end(table: FollowingTable) -> bool:
    bar = table.verticalScrollBar()
    return bar.maximum() > 0 and bar.value() == bar.maximum()


def test_a_log_filled_before_it_is_shown_stands_at_its_end(qtbot: QtBot, theme: Theme) -> None:
    table = log_table(qtbot, theme)
    table._rows.set_rows(lines(1, 60))
    table.follow()
    table.show()
    qtbot.waitUntil(lambda: is_at_end(table))


def test_a_log_of_another_execution_is_followed_too(qtbot: QtBot, theme: Theme) -> None:
    table = log_table(qtbot, theme)
    table.show()
    table._rows.set_rows(lines(1, 200))
    table.follow()
    table._rows.set_rows(lines(500, 540))
    table.follow()
    table._rows.upsert(lines(540, 600))
    qtbot.waitUntil(lambda: is_at_end(table))


def test_scrolling_up_ends_the_following(qtbot: QtBot, theme: Theme) -> None:
    table = log_table(qtbot, theme)
    table.show()
    table._rows.set_rows(lines(1, 60))
    table.follow()
    qtbot.waitUntil(lambda: is_at_end(table))
    table.setFocus()
    table.setCurrentIndex(table._rows.index(50, 0))
    qtbot.keyClick(table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    table._rows.upsert(lines(60, 80))
    qtbot.waitUntil(lambda: table._rows.rowCount() == 79)
    assert not table.is_following
    assert not is_at_end(table)
