"""Requests that no well-behaved client sends: each gets an AWS error, and nobody else feels it."""

import base64
import http.client
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import REGION, TARGET, AwsClients, SimControl

Raw = Callable[..., tuple[int, str]]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
TRAIL = {"X-Amz-Target": "CloudTrail_20131101.LookupEvents"}


@pytest.fixture
def raw(aws: AwsClients) -> Raw:
    """Sends any bytes, well signed, as the target's role; returns the status and the text of the answer."""
    keys = aws.session().get_credentials().get_frozen_credentials()

    def send(
        path: str,
        body: bytes = b"",
        *,
        service: str = "drs",
        region: str = REGION,
        kind: str = JSON,
        method: str = "POST",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        request = AWSRequest(
            method=method,
            url=aws.endpoint_url + path,
            data=body,
            headers={"Content-Type": kind, **(headers or {})},
        )
        SigV4Auth(keys, service, region).add_auth(request)
        connection = http.client.HTTPConnection(aws.endpoint_url.removeprefix("http://"), timeout=120)
        try:
            connection.request(method, path, body=body, headers=dict(request.prepare().headers))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    return send


@pytest.mark.parametrize(
    "body",
    [
        b'{"filters":' + b"[" * 100_000,
        b"\xff\xfe\x00",
        b'{"nextToken": "\xff"}',
        b'{"nextToken": "\\ud800"}',
        b"[]",
        b"null",
        b'{"maxResults": ' + b"9" * 5_000 + b"}",
    ],
    ids=["deep", "binary", "not UTF-8", "half a character", "list", "null", "endless number"],
)
def test_body_that_is_no_json_object_cannot_be_parsed(raw: Raw, body: bytes) -> None:
    status, text = raw("/DescribeJobs", body)
    assert (status, json.loads(text)["__type"]) == (400, "ValidationException")
    assert json.loads(text)["reason"] == "cannotParse"


def test_pagination_token_that_is_nested_deeply_is_refused(raw: Raw) -> None:
    token = base64.urlsafe_b64encode(b"[" * 1_500).decode()
    status, text = raw("/DescribeJobs", json.dumps({"nextToken": token}).encode())
    assert (status, json.loads(text)["fieldList"][0]["name"]) == (400, "nextToken")


@pytest.mark.parametrize("number", ["%C2%B2", "--5", "+", "9" * 40])
def test_number_in_a_query_that_is_none_is_refused(raw: Raw, number: str) -> None:
    status, text = raw(f"/ListStagingAccounts?maxResults={number}", method="GET")
    assert (status, json.loads(text)["fieldList"][0]["name"]) == (400, "maxResults")


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("DescribeJobs", {"filters": {"fromDate": "2026-02-31T00:00:00Z"}}),
        ("DescribeJobs", {"filters": {"toDate": "99999-01-01T00:00:00Z"}}),
        (
            "DescribeRecoverySnapshots",
            {"sourceServerID": "s-" + "0" * 17, "filters": {"fromDateTime": "2026-04-31T00:00:00Z"}},
        ),
    ],
)
def test_day_that_no_calendar_has_is_refused(raw: Raw, operation: str, members: dict[str, Any]) -> None:
    status, text = raw(f"/{operation}", json.dumps(members).encode())
    assert (status, json.loads(text)["__type"]) == (400, "ValidationException")
    assert json.loads(text)["fieldList"][0]["name"].startswith("filters.")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_request_without_an_operation_is_an_unknown_operation(raw: Raw, method: str) -> None:
    status, text = raw("/", method=method)
    assert (status, json.loads(text)["reason"]) == (400, "unknownOperation")


@pytest.mark.parametrize("service", ["drs", "ec2"])
def test_region_that_aws_does_not_have_is_refused(raw: Raw, service: str) -> None:
    status, text = raw("/DescribeJobs", b"{}", service=service, region="mars-north-1")
    assert status == 403
    assert "scoped to a valid region" in text


@pytest.mark.parametrize(
    ("body", "code"), [(b"Action=Nope&Version=2016-11-15", "InvalidAction"), (b"", "MissingAction")]
)
def test_action_that_ec2_does_not_have_is_invalid(raw: Raw, body: bytes, code: str) -> None:
    status, text = raw("/", body, service="ec2", kind=FORM)
    assert (status, f"<Code>{code}</Code>" in text) == (400, True), text


@pytest.mark.parametrize("attributes", ["x", [1], [{"AttributeKey": ["EventName"], "AttributeValue": "x"}]])
def test_lookup_of_the_wrong_type_cannot_be_read(raw: Raw, attributes: object) -> None:
    body = json.dumps({"LookupAttributes": attributes}).encode()
    status, text = raw("/", body, service="cloudtrail", headers=TRAIL)
    assert (status, json.loads(text)["__type"]) == (400, "SerializationException")


def test_lookup_from_beyond_the_end_of_time_finds_nothing(raw: Raw) -> None:
    status, text = raw("/", b'{"StartTime": 1e300}', service="cloudtrail", headers=TRAIL)
    assert (status, json.loads(text)["Events"]) == (200, [])


def test_length_of_a_session_that_is_no_number_is_refused(raw: Raw) -> None:
    arn = f"arn:aws:iam::{TARGET}:role/Target"
    body = f"Action=AssumeRole&Version=2011-06-15&RoleArn={arn}&RoleSessionName=ab&DurationSeconds=%C2%B2"
    status, text = raw("/", body.encode(), service="sts", kind=FORM)
    assert (status, "<Code>ValidationError</Code>" in text) == (400, True), text


@pytest.mark.parametrize("value", ["bell\x07", "\x00", "\ufffe"], ids=["bell", "null", "no character"])
def test_tag_that_ec2_could_not_show_is_refused(
    aws: AwsClients, simulator: SimulatorServer, value: str
) -> None:
    one = next(iter(simulator.simulation.state(TARGET, REGION).servers.values()))
    with pytest.raises(ClientError) as caught:
        aws.as_role("drs").tag_resource(resourceArn=one.arn, tags={"Name": value})
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_tag_in_any_script_reaches_ec2(
    aws: AwsClients, simulator: SimulatorServer, control: SimControl
) -> None:
    one = next(iter(simulator.simulation.state(TARGET, REGION).servers.values()))
    drs, name = aws.as_role("drs"), "数据库-ü-🗄"
    drs.tag_resource(resourceArn=one.arn, tags={"Name": name})
    drs.start_recovery(sourceServers=[{"sourceServerID": one.id}], isDrill=True)
    control.advance(600)
    (reservation,) = aws.as_role("ec2").describe_instances()["Reservations"]
    tags = {tag["Key"]: tag["Value"] for tag in reservation["Instances"][0]["Tags"]}
    assert tags["Name"] == name


@pytest.mark.parametrize(
    ("service", "code"), [("drs", "InvalidSignatureException"), ("ec2", "RequestExpired")]
)
def test_request_signed_in_the_future_is_refused(aws: AwsClients, service: str, code: str) -> None:
    client = aws.as_role(service)
    ahead = (datetime.now(UTC) + timedelta(minutes=10)).replace(tzinfo=None)
    read = client.describe_jobs if service == "drs" else client.describe_instances
    with (
        patch("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: ahead),
        pytest.raises(ClientError) as caught,
    ):
        read()
    assert caught.value.response["Error"]["Code"] == code


def test_clock_is_not_turned_beyond_the_end_of_time(control: SimControl) -> None:
    century, answer = {"advance_seconds": 10 * 365 * 86_400}, (200, "")
    for _ in range(1_000):
        answer = control.ask("POST", "/sim/clock", century)
        if answer[0] != 200:
            break
    assert answer[0] == 400
    assert "year 9999" in answer[1]["error"]


def test_control_body_that_is_nested_deeply_is_refused(simulator: SimulatorServer) -> None:
    connection = http.client.HTTPConnection(simulator.endpoint_url.removeprefix("http://"), timeout=120)
    connection.request("POST", "/sim/clock", b"[" * 100_000, {"X-Sim-Token": simulator.control_token})
    answer = connection.getresponse()
    assert (answer.status, "nested" in json.loads(answer.read())["error"]) == (400, True)
    connection.close()
