"""README's table of commands is the command line's own."""

import re
from pathlib import Path

import typer

from drs_desktop.cli.app import build_app
from tests.unit.cli.fakes import FakeProgram

README = Path(__file__).parents[3] / "README.md"


def test_table_names_every_command_and_no_other() -> None:
    rows = README.read_text(encoding="utf-8").partition("| to | commands |")[2].partition("\n\n")[0]
    named = re.findall(r"`([a-z-]+)`", rows)
    group = typer.main.get_command(build_app(FakeProgram()))

    assert isinstance(group, typer.main.TyperGroup)
    assert sorted(named) == sorted(group.commands)
