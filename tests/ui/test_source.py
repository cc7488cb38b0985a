"""What the source of the window must never do, and what importing it must not bring along."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "drs_desktop" / "ui"
SOURCES = sorted(UI.rglob("*.py"))
HEAVY = ("boto3", "botocore", "sqlalchemy", "alembic", "moto", "flask", "keyring", "PySide6.QtNetwork")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_nested_loop(source: Path) -> None:
    """A dialog's or menu's own loop stops every coroutine of the window for good."""
    assert not re.search(r"\.exec_?\(|asyncClose|processEvents", source.read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_labels_are_made_plain(source: Path) -> None:
    made = re.findall(r"\bQ(?:Label|MessageBox|ToolTip)\(", source.read_text(encoding="utf-8"))
    assert not made or source.name == "plain_text.py"


def test_window_imports_nothing_heavy() -> None:
    program = (
        "import sys, drs_desktop.ui.widgets.application\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=UI.parents[1]
    )
    assert result.stdout.strip() == "[]"
