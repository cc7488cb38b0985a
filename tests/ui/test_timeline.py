"""The timeline: what its lanes say, what is forecast, and that it can be used without a mouse."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from drs_desktop.domain.execution import ExecutionStatus, WaveStatus
from drs_desktop.ui.models.forecast import forecast
from drs_desktop.ui.models.timeline_model import Lane, Segment, Stage, TimelineModel
from drs_desktop.ui.widgets.execution_header import expected_words
from drs_desktop.ui.widgets.theme import Appearance, Theme, Token
from drs_desktop.ui.widgets.time_axis import TICK_PIXELS, TimeAxis
from drs_desktop.ui.widgets.timeline_painting import AXIS_PIXELS, LABEL_PIXELS
from drs_desktop.ui.widgets.timeline_view import TimelineView
from tests.helpers import fake_services as fake

BEGUN = fake.NOW - timedelta(minutes=12)


def minutes(count: float) -> datetime:
    return BEGUN + timedelta(minutes=count)


def a_first_wave(**changes: Any) -> Any:
    wave = fake.a_wave(
        1, status=WaveStatus.COMPLETED, started_at=BEGUN, ended_at=minutes(6), launched_count=4
    )
    return replace(wave, **changes)


def a_three_wave_view(**changes: Any) -> Any:
    second = fake.a_wave(2, "Apps", status=WaveStatus.LAUNCHING, started_at=minutes(7), depends_on=(1,))
    third = fake.a_wave(3, "Web", depends_on=(2,), instruction="Ask the call.")
    return fake.a_view(waves=(a_first_wave(), second, third), **changes)


def line(position: int, at: float, event: str, server: str = "db-pay-01", wave: int = 1) -> Any:
    return fake.a_log_line(position, at=minutes(at), event=event, server_name=server, wave=wave)


LOG = (
    line(1, 0.5, "SNAPSHOT_START"),
    line(2, 1, "SNAPSHOT_START", "db-pay-02"),
    line(3, 2, "CONVERSION_START"),
    line(4, 4, "LAUNCH_START"),
    line(5, 5, "LAUNCH_END"),
    line(6, 5.5, "LAUNCH_FAILED", "db-pay-02"),
)


def filled(view: Any = None, log: Any = LOG) -> TimelineModel:
    model = TimelineModel()
    model.show_execution(view or a_three_wave_view(), log, fake.NOW)
    return model


def stages(lane: Lane) -> list[tuple[Stage, datetime, datetime]]:
    return [(segment.stage, segment.begin, segment.end) for segment in lane.segments]


# ---- lanes


def test_a_wave_is_told_by_its_stages_from_amazons_job_log() -> None:
    assert stages(filled().lanes[0]) == [
        (Stage.PREPARE, BEGUN, minutes(0.5)),
        (Stage.SNAPSHOT, minutes(0.5), minutes(2)),
        (Stage.CONVERSION, minutes(2), minutes(4)),
        (Stage.LAUNCH, minutes(4), minutes(6)),
    ]


def test_a_running_wave_reaches_to_the_present_and_grows_with_it() -> None:
    model = filled()
    model.tick(minutes(20))
    assert stages(model.lanes[1]) == [(Stage.PREPARE, minutes(7), minutes(20))]


def test_after_the_last_server_a_wave_is_being_checked() -> None:
    log = [line(number, 5, "LAUNCH_END", f"db-pay-{number:02}") for number in range(1, 5)]
    assert stages(filled(log=log).lanes[0])[-1] == (Stage.CHECK, minutes(5), minutes(6))


def test_failures_are_marked_where_they_happened() -> None:
    assert filled().lanes[0].failures == (minutes(5.5),)


def test_the_wait_for_a_person_is_part_of_the_lane() -> None:
    held = fake.a_wave(2, "Apps", status=WaveStatus.HELD, is_held=True)
    view = fake.a_view(waves=(a_first_wave(), held))
    lane = filled(view, (line(1, 6, "WaveHeld", "", 2),)).lanes[1]
    assert stages(lane) == [(Stage.WAIT, minutes(6), fake.NOW)]


def test_an_opened_wave_shows_its_servers() -> None:
    model = filled()
    model.toggle(1)
    assert [lane.title for lane in model.lanes][:3] == ["1 Databases", "db-pay-01", "db-pay-02"]
    assert stages(model.lanes[1])[-1] == (Stage.LAUNCH, minutes(4), minutes(5))
    model.toggle(1)
    assert len(model.lanes) == 3


def test_a_lane_can_be_heard() -> None:
    words = filled().lanes[0].words
    assert words.startswith("1 Databases: Completed; 4 of 4; preparing ")
    assert "conversion" in words
    assert "failures at" in words


def test_another_execution_starts_with_closed_waves() -> None:
    model = filled()
    model.toggle(1)
    model.show_execution(a_three_wave_view(execution_id="other"), (), fake.NOW)
    assert len(model.lanes) == 3


# ---- forecast


def test_before_a_wave_has_ended_no_end_is_promised() -> None:
    expected = forecast(fake.a_view(), fake.NOW)
    assert not expected.is_measured
    assert expected_words(expected) == "end not known yet"


def test_waves_to_come_are_as_long_as_the_measured_ones_and_follow_each_other() -> None:
    expected = forecast(a_three_wave_view(), fake.NOW)
    assert expected.waves[2].ends_from == minutes(13)
    assert expected.waves[3].begins_at == minutes(13)
    assert expected.ends_to == minutes(19)
    assert "From 1 finished wave of this execution" in expected.basis


def test_waves_of_different_length_make_a_range() -> None:
    second = a_first_wave(number=2, ended_at=minutes(10))
    view = fake.a_view(waves=(a_first_wave(), second, fake.a_wave(3, depends_on=(2,))))
    expected = forecast(view, fake.NOW)
    assert (expected.ends_from, expected.ends_to) == (minutes(18), minutes(22))
    first, last = (f"{at.astimezone():%H:%M}" for at in (minutes(18), minutes(22)))
    assert expected_words(expected) == f"done {first} to {last}"


def test_nothing_new_is_forecast_while_cancelling() -> None:
    expected = forecast(a_three_wave_view(status=ExecutionStatus.CANCELLING), fake.NOW)
    assert set(expected.waves) == {2}


def test_an_ended_execution_has_no_forecast() -> None:
    model = filled(fake.a_finished_view())
    assert model.forecast is None
    assert model.ends_at == fake.NOW


def test_an_execution_that_cannot_go_on_here_promises_no_end() -> None:
    assert filled(a_three_wave_view(driving_problem="Its simulator is gone.")).forecast is None


# ---- axis


def test_ticks_are_round_and_far_enough_apart() -> None:
    for length in (30, 600, 3600, 86_400, 40 * 86_400):
        axis = TimeAxis(begin=BEGUN, end=BEGUN + timedelta(seconds=length), left=100, width=800)
        places = [x for x, _ in axis.ticks()]
        assert len(places) >= 2
        assert all(100 <= x <= 900 for x in places)
        assert min(b - a for a, b in pairwise(places)) >= TICK_PIXELS - 1


def test_places_and_times_are_each_others_reverse() -> None:
    axis = TimeAxis(begin=BEGUN, end=fake.NOW, left=100, width=800)
    assert axis.at(axis.x_of(minutes(3))) == minutes(3)
    assert axis.x_of(BEGUN - timedelta(hours=1)) == 100


# ---- the widget


def shown(qtbot: QtBot, theme: Theme, model: TimelineModel) -> TimelineView:
    view = TimelineView(model, theme)
    model.setParent(view)
    qtbot.addWidget(view)
    view.resize(900, 200)
    view.show()
    view.setFocus()
    return view


def test_lanes_are_reached_and_opened_by_keys(qtbot: QtBot, theme: Theme) -> None:
    model = filled()
    view = shown(qtbot, theme, model)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert "2 Apps" in view.accessibleDescription()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert model.lanes[1].title == "db-pay-01"
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.accessibleDescription().startswith("db-pay-01")
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert len(model.lanes) == 3
    assert view.current_lane is model.lanes[0]


def test_enter_takes_the_wave(qtbot: QtBot, theme: Theme) -> None:
    view = shown(qtbot, theme, filled())
    qtbot.keyClick(view, Qt.Key.Key_End)
    with qtbot.waitSignal(view.wave_chosen) as taken:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert taken.args == [3]


def test_a_click_chooses_a_lane_and_the_arrow_opens_it(qtbot: QtBot, theme: Theme) -> None:
    model = filled()
    view = shown(qtbot, theme, model)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(12, AXIS_PIXELS + 44))
    assert view.current_lane is not None
    assert view.current_lane.title == "2 Apps"
    assert view.current_lane.is_open


def test_bars_are_painted_where_their_time_is(qtbot: QtBot, theme: Theme) -> None:
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme.choose(appearance)
        view = shown(qtbot, theme, filled())
        axis, image = view.axis(), view.viewport().grab().toImage()
        middle = AXIS_PIXELS + 2 + 14
        launch = QColor(image.pixel(int(axis.x_of(minutes(4.5))), middle))
        before = QColor(image.pixel(LABEL_PIXELS - 4, middle))
        assert launch == theme.colour(Token.DONE)
        assert before != launch


def test_a_timeline_without_an_execution_paints_nothing_and_stands_keys(qtbot: QtBot, theme: Theme) -> None:
    view = shown(qtbot, theme, TimelineModel())
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.current_lane is None
    assert not view.grab().isNull()


def test_words_of_a_stretch_say_stage_and_times() -> None:
    segment = Segment(stage=Stage.LAUNCH, begin=BEGUN, end=minutes(1))
    assert segment.words == f"launch {BEGUN.astimezone():%H:%M:%S} to {minutes(1).astimezone():%H:%M:%S}"
