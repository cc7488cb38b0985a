"""--point-in-time, --points and --accept: what is read of them, and what is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drs_desktop.cli.failures import UsageProblem
from drs_desktop.cli.start_options import acceptances, point_choice
from drs_desktop.domain.point_in_time import LATEST
from drs_desktop.domain.recovery_snapshot import SnapshotId
from tests.unit.cli.fakes import EXECUTION, FakeExecutions, FakeProgram, completed, ran

MOMENT = datetime(2026, 11, 2, 3, 10, tzinfo=UTC)


def test_latest_is_what_counts_without_a_word() -> None:
    assert point_choice("latest", None) == LATEST
    assert point_choice("latest", None).is_latest


@pytest.mark.parametrize("word", ["2026-11-02T03:10Z", "2026-11-02T04:10+01:00", "2026-11-02 03:10:00+00:00"])
def test_time_is_read_in_any_zone_and_kept_in_utc(word: str) -> None:
    assert point_choice(word, None).for_all == MOMENT


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("2026-11-02T03:10", "names no time zone; add Z for UTC"),
        ("yesterday", "is neither latest, nor a time"),
        ("pit-0123456789abcdef0", "belongs to one server"),
    ],
)
def test_other_words_are_refused_with_what_is_expected(word: str, sentence: str) -> None:
    with pytest.raises(UsageProblem, match=sentence):
        point_choice(word, None)


def test_file_names_points_times_and_the_newest_data_server_by_server(tmp_path: Path) -> None:
    file = tmp_path / "points"
    file.write_text(
        "# the databases first\n\ndb-01  pit-1\n"
        "db-02\t2026-11-02T03:10Z  # before the bad deploy\napp-01 LATEST\n"
    )
    choice = point_choice("2026-11-01T00:00Z", file)
    assert choice.by_server == (("db-01", SnapshotId("pit-1")), ("db-02", MOMENT), ("app-01", None))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("db-01\n", "line 1: a line has two words"),
        ("db-01 latest\ndb-01 pit-1\n", "line 2: db-01 has a point in time already"),
        ("\ndb-01 soon\n", "line 2: 'soon' is neither"),
    ],
)
def test_file_that_cannot_be_read_names_the_line(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "points"
    file.write_text(text)
    with pytest.raises(UsageProblem, match=sentence):
        point_choice("latest", file)


def test_file_that_is_missing_not_text_or_huge_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read"):
        point_choice("latest", tmp_path / "missing")
    file = tmp_path / "points"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageProblem, match="cannot be read"):
        point_choice("latest", file)
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageProblem, match="larger than 1,000,000 bytes"):
        point_choice("latest", file)


def test_acceptance_needs_a_word_that_exists_and_a_reason() -> None:
    assert acceptances(["old-data=source is down", "vcpus= quota = raised "]) == {
        "old-data": "source is down",
        "vcpus": "quota = raised",
    }
    with pytest.raises(UsageProblem, match="'everything' is none of old-data, "):
        acceptances(["everything=yes"])
    with pytest.raises(UsageProblem, match="give the reason"):
        acceptances(["old-data= "])


def test_run_hands_points_and_acceptances_to_the_start() -> None:
    program = FakeProgram(executions=FakeExecutions(completed()))
    options = ("--point-in-time", "2026-11-02T03:10Z", "--accept", "old-data=source is down")
    result = ran(program, "run", "--plan", "payroll", "--mode", "drill", *options)
    assert result.code == 0
    (start,) = [call for call in program.executions.calls if call[0] == "start"]
    accepted, choice = start[-2:]
    assert accepted == {"old-data": "source is down"}
    assert choice.for_all == MOMENT


def test_run_with_options_that_cannot_be_read_starts_nothing() -> None:
    program = FakeProgram(executions=FakeExecutions(completed()))
    result = ran(program, "run", "--plan", "payroll", "--mode", "drill", "--point-in-time", "soon")
    assert result.code == 2
    assert program.executions.calls == []
    assert program.choices == []
    assert EXECUTION not in result.out
