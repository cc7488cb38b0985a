"""The data folder: everything is in it, for its owner alone, with every call and without a secret."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.aws_witness import TAG, AwsWitness
from tests.helpers.processes import SMALL_SCENARIO, Console, Ended, Simulator, serving
from tests.helpers.simulator_process import AwsClients

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

CANARIES = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARY0001",
    "AWS_SECRET_ACCESS_KEY": "canary/of/this/machine/0001",
}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("simulator"), scenario=SMALL_SCENARIO) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def console(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with Console(tmp_path_factory.mktemp("console"), simulator.endpoint_url) as console:
        yield console


@pytest.fixture(scope="module")
def drill(console: Console) -> Ended:
    """A drill that ended and was terminated, with keys of the machine in the environment."""
    run = ("run", "--plan", "payroll", "--mode", "drill", "--release-pauses", "--json")
    ended = console.run(*run, **CANARIES).expect(0)
    console.run("terminate", ended.execution_id, "--json", **CANARIES).expect(0)
    return ended


@pytest.fixture
def logged_calls(console: Console, drill: Ended) -> list[dict[str, Any]]:
    """The lines of the log of AWS calls."""
    lines = (console.home / "logs" / "aws-calls.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.usefixtures("drill")
def test_all_of_it_is_the_owners_alone(console: Console) -> None:
    found = [console.home, *console.home.rglob("*")]
    assert {"logs", "workspaces", "locks"} <= {path.name for path in console.home.iterdir()}
    assert (console.home / "workspaces" / "demo" / "workspace.sqlite3").is_file()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in found}
    wrong = {str(p): oct(m) for p, m in modes.items() if m != (0o700 if p.is_dir() else 0o600)}
    assert wrong == {}


@pytest.mark.usefixtures("drill")
def test_console_that_ended_has_given_its_seat_back(console: Console) -> None:
    assert list((console.home / "locks").glob("*.owner")) == []


@pytest.mark.usefixtures("drill")
def test_nothing_is_left_beside_the_data_folder(console: Console) -> None:
    own = Path.home()  # an empty folder that tests/conftest.py made
    assert [path for path in own.rglob("*") if "drs" in path.name.lower()] == []


@pytest.mark.usefixtures("drill")
def test_no_file_holds_a_secret(console: Console, simulator: Simulator) -> None:
    # moto's session tokens all begin alike; the console's own are known by that beginning.
    hub = AwsClients(simulator.endpoint_url, simulator.ready["hub"]).hub("sts")
    arn = "arn:aws:iam::012345678901:role/DRSDesktopTarget"
    keys = hub.assume_role(RoleArn=arn, RoleSessionName="canary", ExternalId="drs-desktop-demo")[
        "Credentials"
    ]
    secrets = [
        simulator.ready["hub"]["secret_access_key"],
        simulator.ready["control_token"],
        keys["SessionToken"][:16],
        *CANARIES.values(),
        "X-Amz-Security-Token",
        "Signature=",
    ]
    files = [path for path in console.home.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        contents = path.read_bytes()
        assert [secret for secret in secrets if secret.encode() in contents] == [], path


READING = ("Describe", "Get", "List", "Assume", "Simulate")
NOT_SET_UP = {("AssumeRole", "AccessDenied"), ("DescribeSourceServers", "UninitializedAccountException")}
"""What the inventory is told of an account and a Region of the sample that are not set up."""


def test_every_call_has_its_line(logged_calls: list[dict[str, Any]], simulator: Simulator) -> None:
    arrived = [
        call["operation"] for call in simulator.calls() if "drs-desktop/" in (call["user_agent"] or "")
    ]
    ends = [call for call in logged_calls if call["phase"] == "end"]
    assert sorted(call["operation"] for call in ends) == sorted(arrived)
    for call in logged_calls:
        assert {"at", "service_at", "account", "region", "service", "operation", "phase"} <= call.keys()
        assert call["at"] != call["service_at"]
    refused = {(call["operation"], call["outcome"]) for call in ends if call["outcome"] != "ok"}
    assert refused <= NOT_SET_UP


def test_changing_calls_carry_the_intent_that_the_job_is_tagged_with(
    logged_calls: list[dict[str, Any]], simulator: Simulator, drill: Ended
) -> None:
    starts = [call for call in logged_calls if call["operation"] == "StartRecovery"]
    assert [call["phase"] for call in starts] == ["start", "end"] * 3
    logged = [call["intent_id"] for call in starts if call["phase"] == "end"]
    assert logged == [job.tag("intent") for job in AwsWitness(simulator).launch_jobs(drill.execution_id)]
    for call, intent_id in zip(simulator.calls("StartRecovery"), logged, strict=True):
        assert intent_id in call["user_agent"]
        assert call["request"]["tags"][TAG + "intent"] == intent_id
    changing = [c for c in logged_calls if not c["operation"].startswith(READING)]
    assert all(call["intent_id"] for call in changing)
    assert {call["operation"] for call in changing} == {"StartRecovery", "TerminateRecoveryInstances"}


@pytest.mark.usefixtures("drill")
def test_doctor_tells_what_it_stands_on(console: Console, simulator: Simulator) -> None:
    found = console.run("doctor", "--json").expect(0).json
    assert found["is_ok"] is True
    values = {line["name"]: line["value"] for line in found["lines"]}
    assert {"DRS Desktop", "Python", "Qt", "SQLite", "Keyring", "boto3", "moto"} <= values.keys()
    assert "journal mode" in values["SQLite"]
    assert simulator.ready["instance_id"] in values["Endpoint"]
    assert str(console.home) in values["Workspace"]
    states = {line["name"]: line["state"] for line in found["lines"]}
    assert states["Database"] == "passed"
    assert "every hash chain whole" in values["Database"]


@pytest.mark.usefixtures("drill")
def test_journal_is_as_it_was_written(console: Console) -> None:
    found = console.run("journal", "verify", "--json").expect(0).json
    assert found["is_whole"]
    assert found["rows"] > 50


def test_doctor_finds_a_database_that_is_none_and_journal_verify_says_nothing_was_checked(
    simulator: Simulator, tmp_path: Path
) -> None:
    with Console(tmp_path / "console", simulator.endpoint_url) as other:
        folder = other.home / "workspaces" / "demo"
        folder.mkdir(parents=True)
        (folder / "workspace.sqlite3").write_text("somebody's notes " * 100, encoding="utf-8")
        found = other.run("doctor", "--json").expect(3).json
        (line,) = (line for line in found["lines"] if line["name"] == "Database")
        assert line["state"] == "failed"
        assert "could not be checked" in other.run("journal", "verify", "--json").expect(1).json["error"]
