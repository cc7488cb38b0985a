"""The data folder: where it is, and that it is private."""

import os
from pathlib import Path

import pytest

from drs_desktop.domain.errors import StorageError
from drs_desktop.system.paths import (
    DataFolder,
    FolderUnusable,
    WorkspaceNameInvalid,
    check_workspace_name,
    data_folder,
    refuse_network_folder,
)


def test_the_variable_moves_everything(tmp_path: Path) -> None:
    assert data_folder({"DRS_DESKTOP_HOME": str(tmp_path / "x")}).root == tmp_path / "x"


def test_without_the_variable_the_platform_decides() -> None:
    assert data_folder({}).root.name == "drs-desktop"


def test_folders_are_made_private(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "home")
    for made in (folder.logs, folder.locks, folder.simulators, folder.workspace("demo")):
        assert made.is_dir()
        assert made.stat().st_mode & 0o777 == 0o700
    assert folder.root.stat().st_mode & 0o777 == 0o700
    assert (folder.root / "workspaces").stat().st_mode & 0o777 == 0o700


def test_a_folder_open_to_others_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    assert DataFolder(home).logs.parent.stat().st_mode & 0o777 == 0o700


def test_workspaces_are_listed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert folder.workspace_names() == ()
    folder.workspace("main")
    folder.workspace("demo")
    assert folder.workspace_names() == ("demo", "main")


@pytest.mark.parametrize("name", ["", "-a", "A", "a/b", "..", "a" * 32, "a b", "ä", "a\n"])
def test_names_that_are_none_are_wrong_usage(name: str) -> None:
    with pytest.raises(WorkspaceNameInvalid) as refused:
        check_workspace_name(name)
    assert refused.value.exit_code == 2


def test_a_place_that_cannot_be_used_gives_a_sentence_with_a_way_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnusable, match=r"cannot be used: .*DRS_DESKTOP_HOME") as refused:
        _ = DataFolder(tmp_path / "file").logs
    assert refused.value.exit_code == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused_before_anything_fails_in_it(tmp_path: Path) -> None:
    logs = DataFolder(tmp_path / "home").logs
    logs.parent.chmod(0o500)
    try:
        with pytest.raises(FolderUnusable, match="may not write in it"):
            _ = DataFolder(tmp_path / "home").logs
    finally:
        logs.parent.chmod(0o700)


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path}/far\\040away nfs4 rw 0 0\n")
    refuse_network_folder(tmp_path / "near", mounts)
    refuse_network_folder(tmp_path / "far awayish", mounts)
    with pytest.raises(StorageError, match="nfs4"):
        refuse_network_folder(tmp_path / "far away" / "data", mounts)
