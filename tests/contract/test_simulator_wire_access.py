"""Who may talk to the simulator, and how it refuses everybody else."""

import http.client
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.simulator.wire.http_server import make_loopback_server
from tests.helpers.simulator_process import HUB, OTHER, REGION, ROLE, TARGET, AwsClients, SimControl


def refusal(call: Any, *args: Any, **members: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(*args, **members)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def raw_call(simulator: SimulatorServer, service: str, *, age: float = 0, key: str | None = None) -> Any:
    """Send a hand-made request signed `age` seconds ago; return status and body."""
    signed_at = datetime.now(UTC) - timedelta(seconds=age)
    key = key or simulator.simulation.hub_keys.access_key_id
    credential = f"{key}/{signed_at:%Y%m%d}/{REGION}/{service}/aws4_request"
    connection = http.client.HTTPConnection(urlsplit(simulator.endpoint_url).netloc, timeout=60)
    is_drs = service == "drs"
    connection.request(
        "POST",
        "/DescribeJobs" if is_drs else "/",
        body="{}" if is_drs else "Action=GetCallerIdentity&Version=2011-06-15",
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
            "X-Amz-Date": f"{signed_at:%Y%m%dT%H%M%SZ}",
            "Content-Type": "application/json" if is_drs else "application/x-www-form-urlencoded",
        },
    )
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def test_hub_keys_are_the_hubs(aws: AwsClients) -> None:
    assert aws.hub("sts").get_caller_identity()["Account"] == HUB


def test_assumed_role_works_in_its_own_account(aws: AwsClients) -> None:
    identity = aws.as_role("sts").get_caller_identity()
    assert identity["Account"] == TARGET
    assert identity["Arn"] == f"arn:aws:sts::{TARGET}:assumed-role/Target/tests"


@pytest.mark.parametrize("external_id", [None, "another-id"])
def test_wrong_external_id_is_access_denied(aws: AwsClients, external_id: str | None) -> None:
    assert refusal(aws.session, ROLE, external_id) == ("AccessDenied", 403)


def test_undeclared_role_is_access_denied(aws: AwsClients) -> None:
    unknown = f"arn:aws:iam::{TARGET}:role/Unknown"
    assert refusal(aws.session, unknown, None) == ("AccessDenied", 403)


def test_role_without_external_id_needs_none(aws: AwsClients) -> None:
    assert aws.session(f"arn:aws:iam::{OTHER}:role/Open", None)


def test_role_taken_from_a_role_lasts_an_hour_at_most(aws: AwsClients) -> None:
    sts = aws.as_role("sts")
    role = f"arn:aws:iam::{OTHER}:role/Open"
    got = refusal(sts.assume_role, RoleArn=role, RoleSessionName="chained", DurationSeconds=7200)
    assert got == ("ValidationError", 400)
    assert sts.assume_role(RoleArn=role, RoleSessionName="chained", DurationSeconds=3600)


@pytest.mark.parametrize(
    ("service", "operation", "refused"),
    [
        ("drs", "describe_jobs", ("UnrecognizedClientException", 403)),
        ("sts", "get_caller_identity", ("InvalidClientTokenId", 403)),
        ("ec2", "describe_instances", ("AuthFailure", 401)),
    ],
)
def test_unknown_key_is_refused(
    simulator: SimulatorServer, service: str, operation: str, refused: tuple[str, int]
) -> None:
    client = boto3.client(
        service,
        region_name=REGION,
        endpoint_url=simulator.endpoint_url,
        aws_access_key_id="AKIAUNKNOWN000000001",
        aws_secret_access_key="x",
    )
    assert refusal(getattr(client, operation)) == refused


def test_region_never_initialised_says_so_until_it_is(aws: AwsClients) -> None:
    session = aws.session(f"arn:aws:iam::{OTHER}:role/Open", None)
    drs = session.client("drs", endpoint_url=aws.endpoint_url)
    assert refusal(drs.describe_source_servers) == ("UninitializedAccountException", 400)
    assert drs.initialize_service()["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert drs.describe_source_servers()["items"] == []


@pytest.mark.parametrize(
    ("service", "code"), [("drs", "InvalidSignatureException"), ("sts", "SignatureDoesNotMatch")]
)
def test_request_signed_too_long_ago_is_refused(simulator: SimulatorServer, service: str, code: str) -> None:
    status, body = raw_call(simulator, service, age=67)
    assert status == 403
    assert code in body
    assert "Signature expired" in body


def test_request_signed_just_now_is_answered(simulator: SimulatorServer) -> None:
    assert raw_call(simulator, "sts")[0] == 200


def test_service_that_is_not_simulated_is_refused_and_not_mocked(aws: AwsClients) -> None:
    assert refusal(aws.hub("s3").list_buckets)[1] == 400


def test_motos_own_pages_are_closed(control: SimControl) -> None:
    assert control.ask("POST", "/moto-api/reset")[0] == 404


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://127.0.0.1"}])
def test_web_pages_are_refused(control: SimControl, headers: dict[str, str]) -> None:
    assert control.ask("GET", "/sim/identity", headers=headers)[0] == 403


def test_identity_needs_no_token_and_tells_the_windows(simulator: SimulatorServer) -> None:
    status, identity = SimControl(simulator.endpoint_url, None).ask("GET", "/sim/identity")
    assert status == 200
    assert identity["instance_id"] == simulator.instance_id
    assert (identity["signing_window_seconds"], identity["visibility_lag_seconds"]) == (60, 0)
    assert identity["hub"]["account_id"] == HUB
    assert identity["accounts"][1] == {"account_id": TARGET, "name": "target"}
    assert SimControl(simulator.endpoint_url, None).ask("POST", "/sim/ping")[0] == 204


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/sim/calls"), ("GET", "/sim/faults"), ("POST", "/sim/clock"), ("POST", "/sim/stop")],
)
def test_control_needs_the_token(
    simulator: SimulatorServer, token: str | None, method: str, path: str
) -> None:
    assert SimControl(simulator.endpoint_url, token).ask(method, path, {})[0] == 403
    assert not simulator.stop_requested.is_set()


def test_every_other_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        make_loopback_server("0.0.0.0", 0, None)
