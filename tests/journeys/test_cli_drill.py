"""Drills from the command line against a separate simulator; boto3 says whether what they report is true."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.aws_witness import AwsWitness, Job, Place, by_place, parts_of
from tests.helpers.processes import Console, Simulator, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The demo scenario at full speed."""
    with serving(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def aws(simulator: Simulator) -> AwsWitness:
    return AwsWitness(simulator)


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


def assert_instances_are_true(aws: AwsWitness, ended: dict[str, Any], jobs: list[Job]) -> None:
    """Check every instance of the report against DRS and EC2 of its account and Region."""
    job_ids = {(job.place, job.job_id) for job in jobs}
    for place, servers in by_place(ended["servers"]).items():
        launched = {s["recovery_instance_id"]: s for s in servers if s["launch_status"] == "LAUNCHED"}
        listed = aws.recovery_instances(place)
        for instance_id, server in launched.items():
            instance = listed[instance_id]
            assert instance["sourceServerID"] == server["id"]
            assert instance["isDrill"] is True
            assert (place, instance["jobID"]) in job_ids
            assert instance["jobID"] == server["job_id"]
        assert aws.ec2_states(place, list(launched)) == {"running"}


def assert_waves_waited(jobs: list[Job]) -> None:
    """Check that no job was created before every job of the wave before it had ended."""
    for job in jobs:
        earlier = [one for one in jobs if one.wave == job.wave - 1]
        assert job.wave == 1 or earlier
        assert all(one.data["endDateTime"] <= job.data["creationDateTime"] for one in earlier)


def test_demo_ends_completed_and_aws_agrees(console: Console, aws: AwsWitness) -> None:
    ended = console.run("demo", "--headless", "--speed", "600", "--release-pauses", "--json").expect(0).json
    assert (ended["status"], ended["mode"], ended["needs_person"]) == ("COMPLETED", "drill", False)
    assert {server["launch_status"] for server in ended["servers"]} == {"LAUNCHED"}
    assert [wave["status"] for wave in ended["waves"]] == ["COMPLETED"] * 3
    assert ended["duration_seconds"] > 0
    reported = {(s["wave"], s["account"], s["region"], s["id"]) for s in ended["servers"]}
    assert reported == aws.plan_members("payroll")
    jobs = aws.launch_jobs(ended["execution_id"])
    started = {(job.wave, *vars(job.place).values(), id_) for job in jobs for id_ in job.server_ids}
    assert started == reported
    assert set(parts_of(jobs).values()) == {1}
    assert {job.data["initiatedBy"] for job in jobs} == {"START_DRILL"}
    assert_instances_are_true(aws, ended, jobs)
    assert_waves_waited(jobs)


def test_storefront_ends_partial_with_the_error_that_aws_logged(console: Console, aws: AwsWitness) -> None:
    call = console.run("demo", "--headless", "--release-pauses", "--json", "--plan", "storefront")
    ended = call.expect(4).json
    assert ended["status"] == "PARTIAL"
    (failed,) = [server for server in ended["servers"] if server["launch_status"] != "LAUNCHED"]
    assert (failed["name"], failed["launch_status"]) == ("sf-web-07", "FAILED")
    jobs = aws.launch_jobs(ended["execution_id"])
    (job,) = [job for job in jobs if failed["id"] in job.server_ids]
    assert failed["error"] == aws.raw_error(job, failed["id"])
    assert failed["error"].startswith("InsufficientInstanceCapacity")
    assert failed["recovery_instance_id"] is None
    reported = {(s["wave"], s["account"], s["region"], s["id"]) for s in ended["servers"]}
    assert reported == aws.plan_members("storefront")
    assert {job.place for job in jobs} == {
        Place("445566778899", "eu-central-1"),
        Place("445566778899", "eu-west-1"),
        Place("012345678901", "eu-central-1"),
    }
    assert_instances_are_true(aws, ended, jobs)
    assert_waves_waited(jobs)


def test_demo_without_a_terminal_releases_pauses_and_its_instances_go(
    console: Console, aws: AwsWitness
) -> None:
    call = console.run("demo", "--json").expect(0)
    assert "this demo releases configured pauses by itself" in call.err
    ended = call.json
    assert ended["status"] == "COMPLETED"
    gone = console.run("terminate", ended["execution_id"], "--json").expect(0).json
    assert {server["termination"] for server in gone["servers"]} == {"terminated"}
    assert gone["instances_left"] == 0
    for place, servers in by_place(ended["servers"]).items():
        instance_ids = [server["recovery_instance_id"] for server in servers]
        assert not set(instance_ids) & set(aws.recovery_instances(place))
        assert aws.ec2_states(place, instance_ids) == {"terminated"}
