"""What changes anything has an earlier row in the audit trail: AWS's own log of calls is the measure."""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from tests.helpers.laptop import ADMINISTRATOR, Laptop, serving_people
from tests.helpers.processes import Console, Simulator
from tests.helpers.sign_in import OPERATOR

pytestmark = [pytest.mark.process, pytest.mark.timeout(900)]  # on a busy machine

NUMBER, ROLE_ARN = "909090909090", "arn:aws:iam::909090909090:role/Target"
READS = ("Describe", "Get", "List", "AssumeRole", "Simulate")
SIGN_IN = ("RegisterClient", "StartDeviceAuthorization", "CreateToken", "SignInPage", "Logout")


@dataclass(frozen=True)
class Day:
    """What AWS saw, what the trail says, and what was saved, all of one day."""

    calls: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    saved: list[tuple[str, str, str]]
    """Kind, body and time of each version that was saved."""

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["kind"] == kind]

    def commanded(self, action: str) -> list[dict[str, Any]]:
        return [row for row in self.of_kind("command") if row["details"]["action"] == action]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving_people(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def day(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """An administrator registers an account and changes a role; an operator drills and cleans up."""
    folder = tmp_path_factory.mktemp("day")
    with Console(folder, simulator.endpoint_url) as console:
        laptop = Laptop(console, folder)
        laptop.sign_in(ADMINISTRATOR)
        named = ("--name", "shop-dr", "--region", "eu-west-1", "--role-arn", ROLE_ARN)
        laptop.run("accounts", "add", NUMBER, *named).expect(0)
        laptop.run("access", "assign", "Partner", "DRSViewer").expect(0)
        laptop.run("logout").expect(0)
        laptop.sign_in(OPERATOR)
        run = ("run", "--plan", "payroll", "--mode", "drill", "--release-pauses", "--json")
        drill = laptop.run(*run).expect(0)
        laptop.run("terminate", drill.execution_id, "--json").expect(0)
        rows = laptop.run("audit", "list", "--limit", "1000", "--json").expect(0).json["rows"]
        laptop.run("audit", "verify").expect(0)
        database = next(laptop.data.rglob("workspace.sqlite3"))
        with sqlite3.connect(database) as connection:
            saved = connection.execute("SELECT kind, body, saved_at FROM document_version").fetchall()
        connection.close()
        yield Day(simulator.calls(), rows, saved)


def intent_of(call: dict[str, Any]) -> str:
    found = re.search(r"intent/(\S+)", call["user_agent"])
    assert found, call
    return found.group(1)


def test_every_call_that_changes_an_account_has_an_earlier_row_with_its_intent(day: Day) -> None:
    changing = [
        c for c in day.calls if not c["operation"].startswith(READS) and c["operation"] not in SIGN_IN
    ]
    assert {call["operation"] for call in changing} == {"StartRecovery", "TerminateRecoveryInstances"}
    announced = {row["details"]["intent"]: row for row in day.of_kind("call")}
    for call in changing:
        row = announced[intent_of(call)]
        assert moment(row["recorded_at"]) <= moment(call["real_time"])
        assert (row["details"]["account"], row["details"]["region"]) == (call["account"], call["region"])
        assert row["details"]["principal"].endswith(f"/{OPERATOR}")


def test_every_command_has_its_row_before_what_it_caused(day: Day) -> None:
    for action, operation in (
        ("start-execution", "StartRecovery"),
        ("terminate", "TerminateRecoveryInstances"),
    ):
        row = day.commanded(action)[0]
        first = next(call for call in day.calls if call["operation"] == operation)
        assert moment(row["recorded_at"]) < moment(first["real_time"])


def test_registered_account_has_a_row_before_it_was_saved(day: Day) -> None:
    saved_at = next(at for kind, body, at in day.saved if kind == "account" and NUMBER in body)
    rows = [row for row in day.of_kind("command") if NUMBER in json.dumps(row["details"])]
    assert rows
    assert moment(rows[0]["recorded_at"]) <= moment(saved_at)


def test_changed_role_has_a_row_before_it_was_saved(day: Day) -> None:
    saved_at = next(at for kind, body, at in day.saved if kind == "roles" and "Partner" in body)
    (row,) = (row for row in day.of_kind("roles") if "Partner" in json.dumps(row))
    assert moment(row["recorded_at"]) <= moment(saved_at)


def test_signing_in_has_a_row_before_aws_hears_of_it(day: Day) -> None:
    first = next(call for call in day.calls if call["operation"] == "StartDeviceAuthorization")
    row = next(row for row in day.of_kind("session") if "about to sign in" in row["words"])
    assert moment(row["recorded_at"]) < moment(first["real_time"])


def test_signing_out_has_a_row(day: Day) -> None:
    kinds = [row["words"].partition(" to ")[0].partition(" of ")[0] for row in day.of_kind("session")]
    begun_and_done = ["Somebody is about", "Somebody signed in"]
    assert kinds == [*begun_and_done, "Somebody signs out", *begun_and_done]


def test_no_row_names_a_call_that_never_came(day: Day) -> None:
    intents = {intent_of(call) for call in day.calls if "intent/" in (call["user_agent"] or "")}
    assert {row["details"]["intent"] for row in day.of_kind("call")} == intents
