"""Who may do what and what everybody did, in real processes on a separate simulator."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import Console, Simulator, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

REASON = "Trying the emergency role in a rehearsal."


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The demo scenario at full speed."""
    with serving(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


def audit_rows(console: Console) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        console.run("audit", "list", "--limit", "1000", "--json").expect(0).json["rows"]
    )
    return rows


def writing_calls(console: Console) -> list[dict[str, Any]]:
    """Return what the log of AWS calls says was about to be changed."""
    lines = (console.home / "logs" / "aws-calls.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [entry for entry in entries if entry["operation"].startswith(("Start", "Terminate"))]


def test_every_call_that_changes_aws_has_an_earlier_audit_row(console: Console, tmp_path: Path) -> None:
    ended = console.start_drill().end().expect(0).json
    console.run("terminate", ended["execution_id"], "--json").expect(0)
    rows, calls = audit_rows(console), writing_calls(console)
    assert {call["operation"] for call in calls} == {"StartRecovery", "TerminateRecoveryInstances"}
    announced = {row["details"]["intent"]: row for row in rows if row["kind"] == "call"}
    assert {call["phase"] for call in calls} == {"start", "end"}
    for call in calls:
        row = announced[call["intent_id"]]
        assert row["recorded_at"] <= call["at"]
        assert row["details"]["account"] == call["account"]
    commanded = [row["details"]["action"] for row in rows if row["kind"] == "command"]
    assert commanded[0] == "start-execution"
    assert "terminate" in commanded

    console.run("audit", "verify").expect(0)
    file = tmp_path / "audit.jsonl"
    console.run("audit", "export", str(file)).expect(0)
    console.run("audit", "verify", "--file", str(file)).expect(0)
    file.write_bytes(file.read_bytes().replace(b"DRSOperator", b"DRSAdmin", 1))
    problems = console.run("audit", "verify", "--file", str(file), "--json").expect(3).json["problems"]
    assert problems == [{"sequence": 1, "problem": "Row 1 was changed after it was written."}]


def test_trail_that_somebody_cut_is_found(console: Console) -> None:
    console.run("access", "elevate", "--reason", REASON).expect(0)
    console.run("access", "give-up").expect(0)
    database = next(console.home.rglob("workspace.sqlite3"))
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)")
    connection.close()
    problems = console.run("audit", "verify", "--json").expect(3).json["problems"]
    assert "The end is missing" in problems[0]["problem"]


def test_operator_of_the_demo_manages_accounts_only_in_an_emergency(console: Console) -> None:
    assert console.run("access", "--json").expect(0).json["role"] == "DRSOperator"
    console.run("accounts", "list").expect(8)
    console.run("access", "elevate", "--role", "DRSAdmin", "--reason", REASON).expect(0)
    accounts = console.run("accounts", "list", "--json").expect(0).json["accounts"]
    assert [account["name"] for account in accounts] == ["payroll-dr", "storefront-dr"]
    console.run("accounts", "validate", "payroll-dr").expect(0)
    console.run("accounts", "remove", "payroll-dr").expect(3)
    console.run("access", "give-up").expect(0)
    console.run("accounts", "list").expect(8)
