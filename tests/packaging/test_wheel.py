"""The wheel carries the whole program and its resources, and works where no checkout is near."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "drs_desktop", "resources")

PRINT_SCENARIO_PATH = """
from drs_desktop.system.resource_paths import resource_path
print(resource_path("demo", "scenario.yaml"))
"""

pytestmark = pytest.mark.process


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and return what it printed; an exit code other than 0 fails the test with all output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(
        command,
        cwd=cwd,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, (
        f"{command} ended with {result.returncode}:\n{result.stdout}{result.stderr}"
    )
    return result.stdout


def files_below(folder: Path, name_in_wheel: str) -> set[str]:
    return {
        f"{name_in_wheel}/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def source_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the wheel is built from, so that the build leaves nothing in the checkout."""
    copy = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, copy / name)  # byte code goes along: the wheel must leave it out
        else:
            shutil.copy(CHECKOUT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(source_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source_tree, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment: our wheel, and by reference the dependencies installed here."""
    environment = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=environment)
    python = environment / "bin" / "python"
    site_packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=environment).strip()
    )
    run(
        sys.executable, "-m", "pip", "--python", python,
        "install", "--quiet", "--no-index", "--no-deps", "--no-compile", wheel,
        cwd=environment,
    )  # fmt: skip
    # A folder named in a .pth file is searched, but its own .pth files (our editable install) are not read.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_wheel_holds_the_program_and_its_resources_and_nothing_else(source_tree: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = files_below(source_tree / "drs_desktop", "drs_desktop")
    expected |= files_below(source_tree / "resources", "drs_desktop/_resources")

    assert packed == expected


def test_installed_wheel_finds_the_demo_scenario(installed_python: Path, tmp_path: Path) -> None:
    found = Path(run(installed_python, "-c", PRINT_SCENARIO_PATH, cwd=tmp_path).strip())

    assert found.is_relative_to(installed_python.parents[1])
    assert found.read_bytes() == (CHECKOUT / "resources" / "demo" / "scenario.yaml").read_bytes()


def test_installed_wheel_answers_help(installed_python: Path, tmp_path: Path) -> None:
    assert "demo" in run(installed_python, "-m", "drs_desktop", "--help", cwd=tmp_path)


def test_installed_wheel_has_its_command(installed_python: Path, tmp_path: Path) -> None:
    assert "demo" in run(installed_python.with_name("drs-desktop"), "--help", cwd=tmp_path)
