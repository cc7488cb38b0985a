"""A real Secret Service of the test's own: a D-Bus session with gnome-keyring, in a throw-away home."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import until

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
        ended = subprocess.run(
            in_session([sys.executable, "-c", code], password),
            cwd=ROOT,
            env={**self._environment(), **variables},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    def start(self, command: list[str], **variables: str) -> "SessionCommand":
        """Start a command in a session with the keyring unlocked."""
        folder = Path(tempfile.mkdtemp(dir=self.home.parent))
        return SessionCommand(in_session(command, "tests"), {**self._environment(), **variables}, folder)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "XDG_"))}
        kept.pop("PYTHON_KEYRING_BACKEND", None)
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            kept.pop(name, None)
        return {**kept, "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home / "run")}


class SessionCommand:
    """A command under way in a session of its own; what it prints goes to files."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    def __enter__(self) -> "SessionCommand":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()  # dbus-run-session ends what runs in it
            self._process.wait(_PATIENCE)

    def until_said(self, pattern: str) -> str:
        """Wait until a line of standard error fits, and return its first group."""

        def said() -> re.Match[str] | None:
            text = self._err.read_text(encoding="utf-8")
            found = re.search(pattern, text, re.MULTILINE)
            assert found or self._process.poll() is None, text
            return found

        found = until(said, pattern)
        assert found is not None
        return found.group(1)

    def end(self) -> str:
        """Wait for a good end and return what was printed."""
        assert self._process.wait(_PATIENCE) == 0, self._err.read_text(encoding="utf-8")
        return self._out.read_text(encoding="utf-8")


def in_session(command: list[str], password: str | None) -> list[str]:
    """Return the command for a D-Bus session with a keyring; without a password that stays locked."""
    keyring = "gnome-keyring-daemon --components=secrets"
    start = f"{keyring} --start" if password is None else f"printf %s {password} | {keyring} --unlock"
    return ["dbus-run-session", "--", "sh", "-c", f'{start} >/dev/null 2>&1; "$@"', "sh", *command]
