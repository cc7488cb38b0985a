"""What the doctor says of the machine: Qt and fonts, SQLite, keyring, the encryption of the disk."""

import asyncio
import sys
from pathlib import Path

from drs_desktop.aws.keyring_info import keyring_backend_name
from drs_desktop.cli.program import CheckState, DoctorLine
from drs_desktop.storage.database import sqlite_facts
from drs_desktop.system.disk_encryption import Encryption, VolumeFindings, volume_encryption
from drs_desktop.system.fonts import count_fonts


async def machine_lines(folder: Path) -> tuple[DoctorLine, ...]:
    """Return a line for each; nothing is changed.

    Args:
        folder: where the program keeps its data.
    """
    return (
        _qt_line(),
        fonts_line(await asyncio.to_thread(count_fonts)),
        _sqlite_line(),
        keyring_line(await asyncio.to_thread(keyring_backend_name)),
        encryption_line(await asyncio.to_thread(volume_encryption, folder)),
    )


def _qt_line() -> DoctorLine:
    try:
        from PySide6 import QtCore, QtWidgets  # both, because QtWidgets needs the system libraries

        return DoctorLine(name="Qt", value=f"{QtCore.qVersion()}, {QtWidgets.__name__} loads")
    except ImportError as error:
        hint = "The system libraries that Qt needs are missing: run the set-up again as root."
        return DoctorLine(name="Qt", value=f"cannot be loaded: {error}", state=CheckState.FAILED, hint=hint)


def fonts_line(count: int | None, platform: str = sys.platform) -> DoctorLine:
    """Return what to say of so many fonts; only a window needs one, so none is a warning."""
    if count:
        return DoctorLine(name="Fonts", value=f"{count} found by fontconfig")
    if not platform.startswith("linux"):
        return DoctorLine(name="Fonts", value="those of the system")
    if count is None:
        value = "could not be checked: fontconfig is not there"
        return DoctorLine(name="Fonts", value=value, state=CheckState.NOT_CHECKED)
    hint = "A window would show empty boxes: install a font, such as the package fonts-dejavu-core."
    return DoctorLine(name="Fonts", value="none found", state=CheckState.WARNING, hint=hint)


def _sqlite_line() -> DoctorLine:
    facts = sqlite_facts()
    mode = f"journal mode {facts.journal_mode}, synchronous {facts.synchronous}"
    return DoctorLine(name="SQLite", value=f"{facts.version} ({facts.module}), {mode}")


def keyring_line(backend: str) -> DoctorLine:
    """Return what to say of a keyring by what it calls itself."""
    if not backend.startswith(("none", "no answer", "not usable")):
        return DoctorLine(name="Keyring", value=backend)
    hint = "Secrets would be kept in memory only, until the program ends."
    return DoctorLine(name="Keyring", value=backend, state=CheckState.WARNING, hint=hint)


_ENCRYPTION_STATES = {
    Encryption.FOUND: CheckState.PASSED,
    Encryption.NOT_FOUND: CheckState.WARNING,
    Encryption.UNKNOWN: CheckState.NOT_CHECKED,
}
_NO_SECRETS = (
    "The database holds no secret, but names, addresses and history; docs/decisions/0005 says which."
)


def encryption_line(found: VolumeFindings) -> DoctorLine:
    """Return what to say of the volume on which the data lies."""
    state = _ENCRYPTION_STATES[found.encryption]
    hint = _NO_SECRETS if state is CheckState.WARNING else ""
    return DoctorLine(name="Disk encryption", value=found.sentence, state=state, hint=hint)
