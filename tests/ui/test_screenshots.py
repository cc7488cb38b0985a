"""The command that renders the window: it never writes into the repository."""

from pathlib import Path

import pytest

from tests.helpers.screenshots import REPOSITORY, output_folder, scenes


@pytest.mark.parametrize("inside", [REPOSITORY, REPOSITORY / "docs" / "screens"])
def test_a_folder_inside_the_repository_is_refused(inside: Path) -> None:
    with pytest.raises(SystemExit, match="inside the repository"):
        output_folder(str(inside))
    assert not (REPOSITORY / "docs" / "screens").exists()


def test_a_folder_elsewhere_is_made(tmp_path: Path) -> None:
    assert output_folder(str(tmp_path / "new" / "screens")).is_dir()


def test_every_pane_has_a_scene_without_anything_and_one_with_much() -> None:
    names = set(scenes())
    for pane in ("servers", "groups", "plans"):
        assert {pane, f"{pane}-empty"} <= names
    assert {"executions-empty", "execution-live", "execution-doubt", "execution-recovery"} <= names
