"""A real Secret Service of the test's own: a D-Bus session with gnome-keyring, in a throw-away home."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"gnome-keyring-daemon": "gnome-keyring", "dbus-run-session": "dbus-daemon"}
_PATIENCE = 120


def skip_without_secret_service() -> None:
    """Skip the test where the system's packages are missing, and name them."""
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs the system packages {' and '.join(missing)}")


class SecretServiceSession:
    """Runs Python in D-Bus sessions that share one home, and so one keyring file."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        for name in (".cache", ".local/share", "run"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        (self.home / "run").chmod(0o700)

    def run(self, code: str, *, password: str | None = "tests", **variables: str) -> Any:
        """Return what the code printed as JSON; without a password the keyring stays locked."""
        unlock = "gnome-keyring-daemon --components=secrets --start >/dev/null 2>&1"
        if password is not None:
            unlock = (
                f"printf %s {password} | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
            )
        script = f'{unlock}\n"$0" -c "$1"'
        ended = subprocess.run(
            ["dbus-run-session", "--", "sh", "-c", script, sys.executable, code],
            cwd=ROOT,
            env={**self._environment(), **variables},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "XDG_"))}
        kept.pop("PYTHON_KEYRING_BACKEND", None)
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            kept.pop(name, None)
        return {**kept, "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home / "run")}
