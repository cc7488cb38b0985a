"""Where the files of resources/ lie, in a checkout, in an installed wheel and in the frozen program."""

import sys
from pathlib import Path

from drs_desktop.domain.errors import DrsDesktopError


class ResourceMissing(DrsDesktopError):
    """A file that belongs to the program is not there; the installation is damaged or incomplete."""


def resource_path(*parts: str) -> Path:
    """Return the path of one file or folder, for example ``resource_path("demo", "scenario.yaml")``.

    Raises:
        ResourceMissing: There is no such resource, or the installation lacks the resources altogether.
    """
    path = _resource_root().joinpath(*parts)
    if not path.exists():
        raise ResourceMissing(f"The resource {'/'.join(parts)} is missing from {path.parent}.")
    return path


def _resource_root() -> Path:
    candidates = _candidates()
    for folder in candidates:
        if folder.is_dir():
            return folder
    places = ", ".join(str(folder) for folder in candidates)
    raise ResourceMissing(f"The program's resources were not found; looked in: {places}. Install it again.")


def _candidates() -> tuple[Path, ...]:
    package = Path(__file__).resolve().parents[1]
    in_wheel_and_checkout = (package / "_resources", package.parent / "resources")
    frozen_root = getattr(sys, "_MEIPASS", None)  # PyInstaller's folder of data files
    if frozen_root is None:
        return in_wheel_and_checkout
    return (Path(frozen_root) / "drs_desktop" / "_resources",)
