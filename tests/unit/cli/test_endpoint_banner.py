"""Where a workspace is not of AWS itself, every command says so before anything else."""

import pytest

from drs_desktop.domain.accounts import AWS, Endpoint
from drs_desktop.domain.errors import NotFound
from tests.unit.cli.fakes import BANNER, EXECUTION, FakeExecutions, FakeProgram, completed, ran

OVERRIDE = Endpoint(fingerprint="drs.corp.example", url="https://drs.corp.example/")


def program(endpoint: Endpoint | None = None) -> FakeProgram:
    made = FakeProgram(executions=FakeExecutions(completed()))
    if endpoint is not None:
        made.endpoint = endpoint
    return made


@pytest.mark.parametrize("command", [("status",), ("status", EXECUTION), ("status", "--json")])
def test_every_command_begins_with_the_banner_on_standard_error(command: tuple[str, ...]) -> None:
    result = ran(program(), *command)
    assert result.err.startswith(BANNER)
    assert result.err.count("SIMULATION") == 1
    assert BANNER.strip() not in result.out


def test_override_is_named() -> None:
    assert ran(program(OVERRIDE), "status").err == "== not AWS: drs.corp.example ==\n"


def test_aws_itself_needs_no_banner() -> None:
    assert ran(program(Endpoint(fingerprint=AWS)), "status").err == ""


def test_workspace_that_does_not_open_has_none() -> None:
    made = program()
    made.open_error = NotFound("There is no such workspace.")
    assert ran(made, "status").err == "There is no such workspace.\n"
