"""The import contracts in pyproject.toml are alive: a forbidden import turns them red, by name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

LINT_IMPORTS = (
    "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
)


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program's Python files and its pyproject.toml, where a test may spoil them."""
    copy = tmp_path_factory.mktemp("contracts")
    shutil.copy(CHECKOUT / "pyproject.toml", copy)
    for source in (CHECKOUT / "drs_desktop").rglob("*.py"):
        target = copy / source.relative_to(CHECKOUT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return copy


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--config", "pyproject.toml"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def test_contracts_hold_as_the_program_stands(copied_tree: Path) -> None:
    result = lint_imports(copied_tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("package", "planted", "contract"),
    [
        ("domain", "import boto3", "boto3 lives in aws and simulator only"),
        ("services", "import PySide6.QtCore", "Qt lives in ui only"),
        ("engine", "import drs_desktop.storage", "Engine, services and both faces see ports only"),
        ("domain", "import drs_desktop.engine", "Layers, from the entry point down to the domain"),
    ],
)
def test_planted_import_breaks_the_contract_by_name(
    copied_tree: Path, package: str, planted: str, contract: str
) -> None:
    spoiled = copied_tree / "drs_desktop" / package / "planted.py"
    spoiled.write_text(f'"""Breaks a rule."""\n\n{planted}\n')
    try:
        result = lint_imports(copied_tree)
    finally:
        spoiled.unlink()

    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in " ".join(result.stdout.split())
    assert f"drs_desktop.{package}.planted" in result.stdout
