"""Whether a folder lies on an encrypted volume, as far as Linux tells without asking for more rights."""

import os
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_SYS = Path("/sys")
_DEEPEST = 10
_ENCRYPTING = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.cryfs", "fuse.encfs", "fuse.securefs"})
_ONLY_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


class Encryption(Enum):
    """What is known of a volume."""

    FOUND = "found"
    NOT_FOUND = "not found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class VolumeFindings:
    """Whether what lies in a folder can be read by whoever takes the disk away.

    Attributes:
        sentence: what was found, for a person.
    """

    encryption: Encryption
    sentence: str


@dataclass(frozen=True)
class _Mount:
    """The line of the mount table that a folder is under."""

    device: str
    kind: str
    source: str


def volume_encryption(
    folder: Path, *, platform: str = sys.platform, mounts: Path = _MOUNTS, sys_folder: Path = _SYS
) -> VolumeFindings:
    """Return whether a folder lies on an encrypted volume; blocks for a moment, and starts no program."""
    if not platform.startswith("linux"):
        return _unknown("this system tells it only in its own settings (FileVault, BitLocker)")
    mount = _mount_of(folder, mounts)
    if mount is None:
        return _unknown("the table of mounts could not be read")
    if mount.kind in _ENCRYPTING:
        return VolumeFindings(encryption=Encryption.FOUND, sentence=f"encrypted by {mount.kind}")
    if mount.kind in _ONLY_IN_MEMORY:
        return _unknown(f"it lies in memory ({mount.kind})")
    device = _device_folder(mount, sys_folder)
    if device is None:
        return _unknown(f"{mount.kind} does not say on which disk it lies")
    return _of_device(device)


def _of_device(device: Path) -> VolumeFindings:
    name = device.name
    if _is_encrypted(device, _DEEPEST):
        return VolumeFindings(encryption=Encryption.FOUND, sentence=f"encrypted below {name} (dm-crypt)")
    return VolumeFindings(
        encryption=Encryption.NOT_FOUND,
        sentence=f"none found below {name}; that of single folders or of the disk itself is not seen",
    )


def _unknown(why: str) -> VolumeFindings:
    return VolumeFindings(encryption=Encryption.UNKNOWN, sentence=f"could not be checked: {why}")


def _mount_of(folder: Path, mounts: Path) -> _Mount | None:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place = os.path.realpath(folder)
    best, found = "", None
    for line in lines:
        fields, _, after = line.partition(" - ")
        before, behind = fields.split(" "), after.split(" ")
        if len(before) < 5 or len(behind) < 2:
            continue
        point = before[4].replace("\\040", " ")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, found = point, _Mount(device=before[2], kind=behind[0], source=behind[1])
    return found


def _device_folder(mount: _Mount, sys_folder: Path) -> Path | None:
    """Return the folder in which the kernel describes the device of a mount."""
    by_number = sys_folder / "dev" / "block" / mount.device
    if by_number.exists():
        return by_number.resolve()
    if not mount.source.startswith("/dev/"):
        return None
    by_name = sys_folder / "class" / "block" / os.path.basename(os.path.realpath(mount.source))
    return by_name.resolve() if by_name.exists() else None


def _is_encrypted(device: Path, depth: int) -> bool:
    """Return whether a device, or each one that it lies on, is a mapping of dm-crypt."""
    if _text(device / "dm" / "uuid").startswith("CRYPT-"):
        return True
    below = _devices_below(device)
    return bool(below) and depth > 0 and all(_is_encrypted(one, depth - 1) for one in below)


def _devices_below(device: Path) -> list[Path]:
    try:
        below = [one.resolve() for one in (device / "slaves").iterdir()]
    except OSError:
        below = []
    if not below and (device / "partition").exists():
        below = [device.parent]  # a part of a disk that is a mapping itself
    return below


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
