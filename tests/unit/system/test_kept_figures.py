"""Figures of other processes: shown while they are new, whatever lies in the folder."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drs_desktop.system.kept_figures import KEPT_FOR, FiguresFolder

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


def test_a_process_sees_the_newest_figures_of_others_and_not_its_own(tmp_path: Path) -> None:
    FiguresFolder(tmp_path, 11).keep({"calls": 1}, NOW - timedelta(minutes=2))
    FiguresFolder(tmp_path, 12).keep({"calls": 2}, NOW - timedelta(minutes=1))
    FiguresFolder(tmp_path, 12).keep({"calls": 3}, NOW)
    seen = FiguresFolder(tmp_path, 11).of_others(NOW)
    assert [(kept.process, kept.figures, kept.kept_at) for kept in seen] == [(12, {"calls": 3}, NOW)]


def test_old_figures_are_removed(tmp_path: Path) -> None:
    FiguresFolder(tmp_path, 11).keep({}, NOW - KEPT_FOR - timedelta(seconds=1))
    assert FiguresFolder(tmp_path, 12).of_others(NOW) == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"kept_at": "today", "figures": {}}',
        '{"kept_at": "2026-11-02T03:00:00"}',
        '{"kept_at": "2026-11-02T03:00:00", "figures": {}}',
        '{"kept_at": 1, "figures": {}}',
    ],
)
def test_what_is_no_figures_is_left_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "figures-7.json").write_text(text)
    (tmp_path / "figures-x.json").write_text('{"kept_at": "2026-11-02T03:00:00+00:00", "figures": {}}')
    assert FiguresFolder(tmp_path, 12).of_others(NOW) == ()


def test_figures_are_private_and_leave_nothing_half_written(tmp_path: Path) -> None:
    FiguresFolder(tmp_path, 11).keep({"calls": 1}, NOW)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    folder = FiguresFolder(tmp_path / "gone", 11)
    folder.keep({}, NOW)
    assert folder.of_others(NOW) == ()
