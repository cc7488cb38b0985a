"""Which point in time a choice comes to: never one that is later than what was asked for, or not ready."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.domain.execution import FrozenServer
from drs_desktop.domain.point_in_time import (
    LATEST,
    PointChoice,
    at_or_before,
    choose_points,
    usable,
    wanted_of,
)
from drs_desktop.domain.recovery_snapshot import SnapshotId
from tests.helpers.builders import OTHER_SCOPE, START, a_key, a_snapshot

FIRST, SECOND = a_key(1), a_key(2)
SERVERS = (FrozenServer(key=FIRST, name="db-01"), FrozenServer(key=SECOND, name="app-01"))
MINUTE = timedelta(minutes=1)


def _points(*minutes: int) -> tuple:
    return tuple(a_snapshot(FIRST, START - one * MINUTE) for one in minutes)


def test_points_without_a_time_are_not_offered_and_the_newest_comes_first() -> None:
    unready = a_snapshot(FIRST, None)
    old, new = _points(60, 10)
    assert usable([old, unready, new]) == (new, old)


def test_point_nearest_to_a_moment_is_the_newest_that_is_not_after_it() -> None:
    points = _points(30, 20, 10)
    assert at_or_before(points, START - 19 * MINUTE) == points[1]
    assert at_or_before(points, START - 20 * MINUTE) == points[1]
    assert at_or_before(points, START - 31 * MINUTE) is None


@given(ages=st.lists(st.integers(0, 10_000), max_size=40), asked=st.integers(0, 10_000))
def test_no_point_is_after_the_moment_and_no_nearer_one_is_passed_over(ages: list[int], asked: int) -> None:
    moment = START - asked * MINUTE
    points = _points(*ages)
    found = at_or_before(points, moment)
    fitting = [one.taken_at for one in points if one.taken_at and one.taken_at <= moment]
    assert (found.taken_at if found else None) == max(fitting, default=None)


def test_latest_asks_for_no_point_at_all() -> None:
    assert wanted_of(LATEST, SERVERS) == {}
    chosen = choose_points(LATEST, SERVERS, {})
    assert (chosen.points, chosen.problems) == ({}, ())


def test_moment_for_all_and_another_wish_for_one_server_by_name_or_id() -> None:
    choice = PointChoice(
        for_all=START, by_server=(("app-01", None), (FIRST.source_server_id, SnapshotId("p")))
    )
    assert wanted_of(choice, SERVERS) == {FIRST: "p"}
    assert wanted_of(PointChoice(for_all=START), SERVERS) == {FIRST: START, SECOND: START}


def test_whole_key_names_one_of_two_servers_with_the_same_name() -> None:
    twins = (*SERVERS, FrozenServer(key=a_key(3, OTHER_SCOPE), name="db-01"))
    by_name = choose_points(PointChoice(by_server=(("db-01", START),)), twins, {})
    assert by_name.problems == ("A point in time is chosen for db-01, and 2 servers are called so.",)
    by_key = PointChoice(by_server=((str(FIRST), START),))
    assert wanted_of(by_key, twins) == {FIRST: START}


def test_choice_that_cannot_be_met_says_what_there_is() -> None:
    point = a_snapshot(FIRST, START)
    choice = PointChoice(for_all=START - MINUTE, by_server=(("app-01", SnapshotId("pit-9")),))
    chosen = choose_points(choice, SERVERS, {FIRST: (point,), SECOND: ()})
    assert chosen.points == {}
    assert chosen.problems == (
        "db-01 has no point in time at or before 2026-11-02 02:59 UTC; "
        "its earliest is of 2026-11-02 03:00 UTC.",
        "app-01 has no point in time pit-9 that could be started from.",
    )


def test_server_of_which_no_points_were_read_is_in_neither_answer() -> None:
    chosen = choose_points(PointChoice(for_all=START), SERVERS, {})
    assert (chosen.points, chosen.problems) == ({}, ())


def test_point_by_its_id_counts_only_once_it_is_ready() -> None:
    unready = a_snapshot(FIRST, None)
    choice = PointChoice(by_server=(("db-01", unready.snapshot_id),))
    chosen = choose_points(choice, SERVERS, {FIRST: (unready,)})
    assert chosen.problems == (
        f"db-01 has no point in time {unready.snapshot_id} that could be started from.",
    )


def test_only_a_choice_of_newest_data_everywhere_is_called_latest() -> None:
    assert LATEST.is_latest
    assert PointChoice(by_server=(("db-01", None),)).is_latest
    assert not PointChoice(by_server=(("db-01", START),)).is_latest
    assert not PointChoice(for_all=START).is_latest
