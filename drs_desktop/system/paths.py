"""Where the program keeps its data: one folder, private to its user."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from drs_desktop.domain.errors import StorageError, ValidationFailed

HOME_VARIABLE = "DRS_DESKTOP_HOME"
_WORKSPACE = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "glusterfs", "lustre", "davfs"}
    | {"fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.glusterfs", "fuse.davfs2"}
)
_MOUNTS = Path("/proc/mounts")


class WorkspaceNameInvalid(ValidationFailed):
    """Text that cannot be a workspace's name."""

    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot be a workspace's name: it has 1 to 31 small letters, digits and hyphens "
            "and begins with a letter or a digit."
        )


class FolderUnusable(StorageError):
    """A folder that the program needs, and that the system does not let it use."""

    exit_code = 3

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(
            f"The folder {folder} cannot be used: {problem}. Make it writable for this user, or name another "
            f"one in {HOME_VARIABLE}."
        )


class DataFolder:
    """The folder that holds workspaces, logs and locks; every folder in it is private (0700).

    Attributes:
        root: the folder itself.
    """

    def __init__(self, root: Path) -> None:
        """Take a folder as it is; nothing is made until a method is asked for a place in it."""
        self.root = root

    @property
    def logs(self) -> Path:
        """Return the folder of the log files."""
        return self._private("logs")

    @property
    def locks(self) -> Path:
        """Return the folder of the lock files."""
        return self._private("locks")

    @property
    def simulators(self) -> Path:
        """Return the folder in which running simulators are announced."""
        return self._private("simulators")

    def workspace(self, name: str) -> Path:
        """Return the folder of a workspace, made if it is not there yet.

        Raises:
            WorkspaceNameInvalid: the name cannot be a workspace's.
            FolderUnusable: the folder cannot be made or written.
            StorageError: it lies on a network file system.
        """
        return self._private("workspaces", check_workspace_name(name))

    def workspace_names(self) -> tuple[str, ...]:
        """Return the names of the workspaces that exist."""
        folder = self.root / "workspaces"
        if not folder.is_dir():
            return ()
        return tuple(sorted(p.name for p in folder.iterdir() if p.is_dir() and _WORKSPACE.fullmatch(p.name)))

    def _private(self, *parts: str) -> Path:
        refuse_network_folder(self.root)
        path = make_private(self.root)
        for part in parts:
            path = make_private(path / part)
        return path


def data_folder(environment: Mapping[str, str] | None = None) -> DataFolder:
    """Return the data folder: `DRS_DESKTOP_HOME`, or where the platform keeps such things."""
    chosen = (os.environ if environment is None else environment).get(HOME_VARIABLE)
    if chosen:
        return DataFolder(Path(chosen).expanduser().absolute())
    import platformdirs  # a few milliseconds that a set variable saves

    return DataFolder(platformdirs.user_data_path("drs-desktop", appauthor=False))


def check_workspace_name(name: str) -> str:
    """Return the name when it can be a workspace's.

    Raises:
        WorkspaceNameInvalid: it cannot; the sentence says what a name looks like.
    """
    if _WORKSPACE.fullmatch(name):
        return name
    raise WorkspaceNameInvalid(name)


def make_private(folder: Path) -> Path:
    """Make a folder, with those above it, that only its owner can enter; return it.

    Raises:
        FolderUnusable: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise FolderUnusable(folder, error.strerror or str(error)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderUnusable(folder, "this user may not write in it, or it lies on a read-only file system")
    return folder


def refuse_network_folder(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Refuse a folder on a network file system, where the locks of a database cannot be trusted.

    Raises:
        StorageError: it lies on one. Where the system does not tell (anything but Linux), nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    kind = _file_system_of(folder, mounts)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise StorageError(
            f"The folder {folder} lies on a network file system ({kind}), where the journal would not be "
            f"safe. Name a local folder in {HOME_VARIABLE}."
        )


def _file_system_of(folder: Path, mounts: Path) -> str:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    place = os.path.realpath(folder)
    best, kind = "", ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
