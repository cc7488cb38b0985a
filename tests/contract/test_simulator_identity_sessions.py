"""Sessions end: by real time, by turning the clock, and by the control endpoint."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import EXTERNAL_ID, REGION, ROLE, TARGET, AwsClients, SimControl

EXPIRED = [
    ("drs", "describe_jobs", ("ExpiredTokenException", 403)),
    ("ssm", "describe_parameters", ("ExpiredTokenException", 403)),
    ("ec2", "describe_instances", ("RequestExpired", 400)),
    ("sts", "get_caller_identity", ("ExpiredToken", 403)),
    ("iam", "list_roles", ("ExpiredToken", 403)),
]


def refusal(call: Any, **members: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def keys(aws: AwsClients, name: str = "tests", seconds: int = 900) -> dict[str, Any]:
    answer = aws.hub("sts").assume_role(
        RoleArn=ROLE, RoleSessionName=name, ExternalId=EXTERNAL_ID, DurationSeconds=seconds
    )
    credentials: dict[str, Any] = answer["Credentials"]
    return credentials


def client(aws: AwsClients, credentials: dict[str, Any], service: str = "drs") -> Any:
    return aws.with_keys(credentials).client(service, endpoint_url=aws.endpoint_url)


@pytest.mark.parametrize(("service", "operation", "refused"), EXPIRED)
def test_ended_session_is_refused_in_each_service_own_words(
    aws: AwsClients, control: SimControl, service: str, operation: str, refused: tuple[str, int]
) -> None:
    """The clock stops ten minutes short of the end, because a session ages in real time as well."""
    ended = client(aws, keys(aws, seconds=3_600), service)
    control.advance(3_000)
    getattr(ended, operation)()
    control.advance(600)
    assert refusal(getattr(ended, operation)) == refused


def test_clock_that_runs_fast_does_not_age_a_session(
    aws: AwsClients, control: SimControl, simulator: SimulatorServer
) -> None:
    drs = client(aws, keys(aws))
    before = simulator.simulation.clock.now()
    control.ask("POST", "/sim/clock", {"scale": 1_000_000})
    control.until(lambda: (simulator.simulation.clock.now() - before).total_seconds() > 7_200)
    assert drs.describe_jobs()["items"] == []


def test_session_begun_after_the_clock_was_turned_ends_when_it_says(
    aws: AwsClients, control: SimControl
) -> None:
    control.advance(50_000)
    assert client(aws, keys(aws)).describe_jobs()["items"] == []


def test_expired_over_the_control_endpoint(aws: AwsClients, control: SimControl) -> None:
    one, other = keys(aws, "one"), keys(aws, "other")
    status, answer = control.ask("POST", "/sim/sessions", {"action": "expire", "session_name": "one"})
    assert (status, [item["access_key_id"] for item in answer["sessions"]]) == (200, [one["AccessKeyId"]])
    assert refusal(client(aws, one).describe_jobs) == ("ExpiredTokenException", 403)
    assert client(aws, other).describe_jobs()["items"] == []


@pytest.mark.parametrize("choice", ["access_key_id", "role_arn", "all"])
def test_revoked_session_is_denied_everything_but_its_identity(
    aws: AwsClients, control: SimControl, choice: str
) -> None:
    revoked = keys(aws)
    chosen = {"access_key_id": revoked["AccessKeyId"], "role_arn": ROLE, "all": True}[choice]
    assert control.ask("POST", "/sim/sessions", {"action": "revoke", choice: chosen})[0] == 200
    drs = client(aws, revoked)
    with pytest.raises(drs.exceptions.AccessDeniedException, match="explicit deny in an identity-based"):
        drs.describe_jobs()
    assert client(aws, revoked, "sts").get_caller_identity()["Account"] == TARGET
    assert client(aws, keys(aws)).describe_jobs()["items"] == []


@pytest.mark.parametrize("body", [{"action": "expire"}, {"action": "burn", "all": True}, {"all": True}])
def test_request_without_action_or_choice_is_refused(control: SimControl, body: dict[str, Any]) -> None:
    assert control.ask("POST", "/sim/sessions", body)[0] == 400


def test_listing_tells_no_secret(aws: AwsClients, control: SimControl) -> None:
    given = keys(aws)
    status, listing = control.ask("GET", "/sim/sessions")
    assert status == 200
    assert given["SecretAccessKey"] not in str(listing)
    assert given["SessionToken"] not in str(listing)
    (session,) = listing["sessions"]
    assert 0 < session["seconds_left"] <= 900
    assert (session["role_arn"], session["is_expired"], session["is_revoked"]) == (ROLE, False, False)
    assert SimControl(aws.endpoint_url, "wrong").ask("GET", "/sim/sessions")[0] == 403


@pytest.mark.parametrize(
    ("service", "operation", "refused"),
    [
        ("drs", "describe_jobs", ("UnrecognizedClientException", 403)),
        ("sts", "get_caller_identity", ("InvalidClientTokenId", 403)),
        ("ec2", "describe_instances", ("AuthFailure", 401)),
    ],
)
@pytest.mark.parametrize("token", ["foreign", None])
def test_token_must_belong_to_its_key(
    aws: AwsClients, service: str, operation: str, refused: tuple[str, int], token: str | None
) -> None:
    other = keys(aws, "other")["SessionToken"]
    mixed = {**keys(aws), "SessionToken": other if token else None}
    assert refusal(getattr(client(aws, mixed, service), operation)) == refused


def test_running_job_does_not_mind_the_end_of_its_session(
    aws: AwsClients, control: SimControl, simulator: SimulatorServer
) -> None:
    server_id = next(iter(simulator.simulation.state(TARGET, REGION).servers))
    started = keys(aws)
    job = client(aws, started).start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True)
    control.ask("POST", "/sim/sessions", {"action": "expire", "all": True})
    control.advance(700)
    (found,) = client(aws, keys(aws)).describe_jobs()["items"]
    assert found["jobID"] == job["job"]["jobID"]
    assert found["participatingServers"][0]["launchStatus"] == "LAUNCHED"
