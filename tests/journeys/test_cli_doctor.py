"""`doctor` and `journal verify` on what is broken: each says what, with a way on, and none looks well."""

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import SMALL_SCENARIO, Console, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the journal of a drill that waits at its pause; its simulator is gone."""
    folder = tmp_path_factory.mktemp("written")
    with serving(folder / "simulator", scenario=SMALL_SCENARIO) as simulator:
        console = Console(folder, simulator.endpoint_url)
        console.run("run", "--plan", "payroll", "--mode", "drill", "--json").expect(5)
    return console.home


@pytest.fixture
def console(written: Path, tmp_path: Path) -> Iterator[Console]:
    """A console on a copy of its own, without AWS_ENDPOINT_URL."""
    with Console(tmp_path, None) as console:
        shutil.copytree(written, console.home)
        yield console


def database(console: Console) -> Path:
    return console.home / "workspaces" / "demo" / "workspace.sqlite3"


def change(console: Console, *statements: str) -> None:
    """Change the database as somebody with another program would, who knows of its guards."""
    with closing(sqlite3.connect(database(console))) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount >= 1
        connection.commit()


def look(console: Console, code: int) -> dict[str, Any]:
    """Return the lines of `doctor` by their name."""
    found = console.run("doctor", "--workspace", "demo", "--json").expect(code).json
    assert found["is_ok"] is (code == 0)
    return {line["name"]: line for line in found["lines"]}


def test_sound_journal_passes(console: Console) -> None:
    lines = look(console, 0)
    assert lines["Database"]["state"] == lines["Audit trail"]["state"] == "passed"
    assert lines["Endpoint"]["state"] == "warning"  # the sample's simulator ended by itself
    assert console.run("journal", "verify", "--workspace", "demo", "--json").expect(0).json["is_whole"]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE journal SET payload = replace(payload, 'payroll', 'payrolL') WHERE sequence = 1", "Row 1 "),
        ("DELETE FROM journal WHERE sequence = 4", "Row 4 "),
        ("DELETE FROM journal WHERE sequence = (SELECT max(sequence) FROM journal)", "end is missing"),
    ],
)
def test_journal_that_was_changed_from_outside_is_named_with_its_row(
    console: Console, statement: str, problem: str
) -> None:
    change(console, statement)
    doubt = look(console, 3)["Database"]
    assert doubt["state"] == "failed"
    assert "drs-desktop journal verify" in doubt["hint"]
    found = console.run("journal", "verify", "--workspace", "demo", "--json").expect(3).json
    assert problem in found["broken"][0]["problem"]


def test_file_that_is_no_database_is_said_by_every_command(console: Console) -> None:
    for beside in database(console).parent.glob("workspace.sqlite3-*"):
        beside.unlink()
    database(console).write_bytes(b"no database at all " * 1000)
    assert "not a database" in look(console, 3)["Database"]["value"]
    for command in (("journal", "verify"), ("status",)):
        error = console.run(*command, "--workspace", "demo", "--json").expect(1).json["error"]
        assert "file is not a database" in error
        assert "Background on this error" not in error


def test_database_of_a_newer_version_is_refused_and_left_as_it_is(console: Console) -> None:
    change(console, "UPDATE alembic_version SET version_num = '9999'")
    before = database(console).read_bytes()
    assert "newer version" in look(console, 3)["Database"]["value"]
    error = console.run("status", "--workspace", "demo", "--json").expect(1).json["error"]
    assert "newer version" in error
    assert database(console).read_bytes() == before


def test_address_that_was_named_and_does_not_answer_is_a_failure(console: Console) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # the port is taken, and nobody listens
        console.endpoint_url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        endpoint = look(console, 3)["Endpoint"]
    assert endpoint["state"] == "failed"
    assert console.endpoint_url in endpoint["hint"]


@pytest.mark.parametrize("address", ["http://me:a-secret-word@127.0.0.1:9", "http://a\tb"])
def test_address_that_is_none_is_said_and_never_repeated(console: Console, address: str) -> None:
    console.endpoint_url = address
    ended = console.run("doctor", "--json").expect(3)
    assert "AWS_ENDPOINT_URL" in ended.out
    for run in (ended, console.run("run", "--plan", "payroll", "--mode", "drill", "--json").expect(3)):
        assert address not in run.out + run.err
        assert "a-secret-word" not in run.out + run.err


def test_changed_audit_trail_is_found_though_the_journal_is_whole(console: Console) -> None:
    change(console, "UPDATE audit SET driver = 'somebody else' WHERE sequence = 1")
    assert "row 1" in look(console, 3)["Audit trail"]["value"]
    found = console.run("journal", "verify", "--workspace", "demo", "--json").expect(3).json
    assert (found["broken"], found["audit"]["problems"][0]["sequence"]) == ([], 1)
