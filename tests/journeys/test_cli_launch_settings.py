"""Launch settings from the command line: a drill lands where they say; each write is audited before."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.aws_witness import AwsWitness, Place
from tests.helpers.processes import SMALL_SCENARIO, Console, Simulator, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

PLACE = Place("012345678901", "eu-west-1")
DATABASES = ("--group", "payroll-databases")
APPLICATIONS = ("--group", "payroll-applications")
WEB = ("--group", "payroll-web")
WRITES = {"UpdateLaunchConfiguration", "CreateLaunchTemplateVersion", "ModifyLaunchTemplate"}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(
        tmp_path_factory.mktemp("simulator"), scenario=SMALL_SCENARIO, signing_window=60
    ) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def aws(simulator: Simulator) -> AwsWitness:
    return AwsWitness(simulator)


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


@pytest.fixture(scope="module")
def subnet(aws: AwsWitness) -> str:
    """A subnet to recover into, which no template names yet."""
    ec2 = aws.client(PLACE, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"])


def settings(console: Console, *arguments: str) -> dict[str, Any]:
    body: dict[str, Any] = console.run("launch-settings", *arguments, "--json").expect(0).json
    return body


def subnets_of(aws: AwsWitness, instance_ids: list[str]) -> set[str]:
    found = aws.client(PLACE, "ec2").describe_instances(InstanceIds=instance_ids)
    return {one["SubnetId"] for reservation in found["Reservations"] for one in reservation["Instances"]}


def test_a_drill_lands_in_the_subnet_that_was_applied_and_not_after_a_restore(
    console: Console, aws: AwsWitness, subnet: str
) -> None:
    settings(console, "set", *DATABASES, "--reset", "--subnet", subnet)
    shown = settings(console, "show", *DATABASES)
    assert {one["state"] for one in shown["servers"]} == {"pending"}
    dry = settings(console, "apply", *DATABASES, "--dry-run")
    done = settings(console, "apply", *DATABASES, "--yes", "--expect", dry["fingerprint"])
    assert [one["is_well"] for one in done["results"]] == [True, True]

    ended = console.start_drill().end().expect(0).json
    launched = {one["name"]: one["recovery_instance_id"] for one in ended["servers"]}
    databases = [instance_id for name, instance_id in launched.items() if name.startswith("db-")]
    others = [instance_id for name, instance_id in launched.items() if not name.startswith("db-")]
    assert subnets_of(aws, databases) == {subnet}
    assert subnet not in subnets_of(aws, others)

    settings(console, "restore", *DATABASES, "--yes")
    shown = settings(console, "show", *DATABASES)
    assert {one["settings"]["subnet_id"]["in_aws"] for one in shown["servers"]} == {"not set"}


def test_each_write_of_aws_has_an_earlier_audit_row_of_its_server(console: Console, subnet: str) -> None:
    settings(console, "set", *APPLICATIONS, "--reset", "--subnet", subnet, "--no-copy-tags")
    settings(console, "apply", *APPLICATIONS, "--yes")
    rows = console.run("audit", "list", "--limit", "1000", "--json").expect(0).json["rows"]
    announced = {
        row["details"]["server"]: row["recorded_at"]
        for row in rows
        if row["kind"] == "call" and "server" in row["details"]
    }
    log = (console.home / "logs" / "aws-calls.jsonl").read_text(encoding="utf-8").splitlines()
    writes = [entry for entry in map(json.loads, log) if entry["operation"] in WRITES]
    assert {entry["operation"] for entry in writes} == WRITES
    assert len(announced) == 2
    assert all(entry["at"] >= min(announced.values()) for entry in writes)
    console.run("audit", "verify").expect(0)
    settings(console, "restore", *APPLICATIONS, "--yes")


def test_a_start_says_what_is_not_as_kept_and_writes_nothing(
    console: Console, simulator: Simulator, subnet: str
) -> None:
    settings(console, "set", *WEB, "--reset", "--subnet", subnet)
    before = [one for one in simulator.changing_calls() if one in WRITES]
    report = console.run("plan", "preflight", "payroll", "--mode", "drill", "--json")
    assert "are not those kept here" in report.out
    assert [one for one in simulator.changing_calls() if one in WRITES] == before
