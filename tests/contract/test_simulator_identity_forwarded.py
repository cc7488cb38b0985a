"""What DRS does in the caller's name, and how a job ends when the caller may not do it."""

from typing import Any

import pytest

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.identity_scenario import (
    OPERATOR,
    allow,
    deny,
    operator_without,
    policy,
    role,
    scenario_with,
)
from tests.helpers.simulator_process import REGION, TARGET, AwsClients, SimControl

LATER_EC2 = ["ec2:CreateVolume", "ec2:RunInstances", "ec2:DeleteLaunchTemplateVersions"]


@pytest.fixture
def server_ids(simulator: SimulatorServer) -> list[str]:
    """The ids of all source servers."""
    return list(simulator.simulation.state(TARGET, REGION).servers)


def start(drs: Any, *ids: str) -> str:
    servers = [{"sourceServerID": one} for one in ids]
    return str(drs.start_recovery(sourceServers=servers, isDrill=True)["job"]["jobID"])


def job_of(drs: Any, job_id: str) -> Any:
    (job,) = drs.describe_jobs(filters={"jobIDs": [job_id]})["items"]
    return job


def statuses(job: Any) -> set[str]:
    return {one["launchStatus"] for one in job["participatingServers"]}


def log_of(drs: Any, job_id: str) -> list[tuple[str, str]]:
    items = drs.describe_job_log_items(jobID=job_id)["items"]
    return [(one["event"], one["eventData"].get("rawError", "")) for one in items]


@pytest.mark.parametrize("scenario_data", [scenario_with(role(policies=[OPERATOR]))])
def test_rights_bound_to_via_service_are_enough(
    aws: AwsClients, control: SimControl, server_ids: list[str]
) -> None:
    drs = aws.as_role("drs")
    job_id = start(drs, *server_ids)
    control.advance(600)
    assert statuses(job_of(drs, job_id)) == {"LAUNCHED"}
    instances = [one["recoveryInstanceID"] for one in drs.describe_recovery_instances()["items"]]
    ended = drs.terminate_recovery_instances(recoveryInstanceIDs=instances)["job"]["jobID"]
    control.advance(600)
    assert statuses(job_of(drs, ended)) == {"TERMINATED"}


@pytest.mark.parametrize(
    "scenario_data",
    [scenario_with(role(policies=operator_without(one))) for one in ["ec2:CreateSnapshot", *LATER_EC2]],
    ids=["ec2:CreateSnapshot", *LATER_EC2],
)
def test_missing_forwarded_right_ends_the_job_in_a_second_without_a_word(
    aws: AwsClients, control: SimControl, server_ids: list[str]
) -> None:
    drs = aws.as_role("drs")
    job_id = start(drs, *server_ids)
    control.advance(1.1)
    job = job_of(drs, job_id)
    assert (job["status"], statuses(job)) == ("COMPLETED", {"FAILED"})
    assert [event for event, _ in log_of(drs, job_id)] == [
        "JOB_START",
        *["SNAPSHOT_START"] * 3,
        *["SNAPSHOT_END"] * 3,
        "JOB_END",
    ]
    assert {text for _, text in log_of(drs, job_id)} == {""}


@pytest.mark.parametrize(
    ("scenario_data", "event", "call"),
    [
        (
            scenario_with(role(policies=operator_without("ec2:CreateVolume")), forwarded_denials="raw"),
            "CONVERSION_FAIL",
            "CreateVolume",
        ),
        (
            scenario_with(
                role(policies=operator_without("ec2:DeleteLaunchTemplateVersions")), forwarded_denials="raw"
            ),
            "LAUNCH_FAILED",
            "DeleteLaunchTemplateVersions",
        ),
    ],
)
def test_raw_mode_names_the_call_at_its_phase(
    aws: AwsClients, control: SimControl, server_ids: list[str], event: str, call: str
) -> None:
    drs = aws.as_role("drs")
    job_id = start(drs, server_ids[0])
    control.advance(1.1)
    assert job_of(drs, job_id)["status"] == "STARTED"
    control.advance(700)
    assert statuses(job_of(drs, job_id)) == {"FAILED"}
    ((failed, text),) = [(one, text) for one, text in log_of(drs, job_id) if text]
    assert failed == event
    assert text.startswith(f"UnauthorizedOperation when calling {call}: ")
    assert "with an explicit deny in an identity-based policy" in text


@pytest.mark.parametrize("scenario_data", [scenario_with(role(policies=operator_without("iam:PassRole")))])
def test_missing_pass_role_fails_the_launch_with_an_encoded_message(
    aws: AwsClients, control: SimControl, server_ids: list[str]
) -> None:
    drs = aws.as_role("drs")
    job_id = start(drs, server_ids[0])
    control.advance(700)
    ((event, text),) = [(one, text) for one, text in log_of(drs, job_id) if text]
    assert event == "LAUNCH_FAILED"
    encoded = text.partition("Encoded authorization failure message: ")[2]
    decoded = aws.hub("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"]
    assert "iam:PassRole" in decoded


@pytest.mark.parametrize(
    "scenario_data",
    [
        scenario_with(
            role(
                policies=[
                    policy(allow("*")),
                    policy(deny("*", Condition={"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}})),
                ]
            )
        ),
        scenario_with(
            role(
                policies=[
                    policy(allow("*")),
                    policy(
                        deny(
                            "ec2:*",
                            Condition={"ForAnyValue:StringEquals": {"aws:CalledVia": "drs.amazonaws.com"}},
                        )
                    ),
                ]
            )
        ),
        scenario_with(
            role(),
            account={
                "service_control_policies": [
                    policy(allow("*"), deny("*", Condition={"Bool": {"aws:ViaAWSService": True}}))
                ]
            },
        ),
    ],
    ids=["by source address", "by called via", "by service control policy"],
)
def test_guardrail_without_exemption_for_services_fails_the_job(
    aws: AwsClients, control: SimControl, server_ids: list[str]
) -> None:
    drs = aws.as_role("drs")
    assert aws.as_role("ec2").describe_instances()["Reservations"] == []
    job_id = start(drs, server_ids[0])
    control.advance(1.1)
    assert statuses(job_of(drs, job_id)) == {"FAILED"}


def test_fault_denies_a_forwarded_right_until_it_is_deleted(
    aws: AwsClients, control: SimControl, server_ids: list[str]
) -> None:
    drs = aws.as_role("drs")
    rule = control.add_fault(action={"kind": "deny", "permission": "ec2:CreateSnapshot"})
    failed = start(drs, server_ids[0])
    control.advance(2)
    control.remove_fault(rule)
    assert statuses(job_of(drs, failed)) == {"FAILED"}
    launched = start(drs, server_ids[0])
    control.advance(700)
    assert statuses(job_of(drs, launched)) == {"LAUNCHED"}


@pytest.mark.parametrize(
    ("scenario_data", "text"),
    [
        (scenario_with(role()), ""),
        (
            scenario_with(role(), forwarded_denials="raw"),
            "UnauthorizedOperation when calling TerminateInstances",
        ),
    ],
    ids=["silent", "raw"],
)
def test_terminate_without_the_right_is_a_failed_cleanup(
    aws: AwsClients, control: SimControl, server_ids: list[str], text: str
) -> None:
    drs = aws.as_role("drs")
    start(drs, server_ids[0])
    control.advance(700)
    (instance,) = drs.describe_recovery_instances()["items"]
    control.add_fault(action={"kind": "deny", "permission": "ec2:TerminateInstances"})
    ids = [instance["recoveryInstanceID"]]
    job_id = drs.terminate_recovery_instances(recoveryInstanceIDs=ids)["job"]["jobID"]
    control.advance(300)
    job = job_of(drs, job_id)
    assert (job["status"], statuses(job)) == ("COMPLETED", {"FAILED"})
    raw = dict(log_of(drs, job_id))["CLEANUP_FAIL"]
    assert raw.startswith(text) if text else raw == ""
    assert len(drs.describe_recovery_instances()["items"]) == 1
