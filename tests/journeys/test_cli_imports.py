"""The process tests know the program from outside: nothing of it is imported beneath them."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HELPERS = HERE.parent / "helpers"
OUTSIDERS = [
    *sorted(HERE.glob("test_cli_*.py")),
    HELPERS / "processes.py",
    HELPERS / "aws_witness.py",
    HELPERS / "simulator_process.py",
]


@pytest.mark.parametrize("path", OUTSIDERS, ids=lambda path: path.name)
def test_process_tests_import_nothing_of_the_program(path: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    assert not {name for name in names if name.partition(".")[0] == "drs_desktop"}
    ours = {name for name in names if name.startswith("tests.")}
    assert ours <= {"tests.helpers.processes", "tests.helpers.aws_witness", "tests.helpers.simulator_process"}
