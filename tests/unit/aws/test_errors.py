"""Failures that no local server can produce; the others are proved in test_drs_gateway."""

import ssl
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProxyConnectionError,
    SSLError,
)

from drs_desktop.aws.errors import CallPlace, clean, mutation_error, read_error
from drs_desktop.domain.errors import (
    AwsError,
    AwsUnreachable,
    CallNotSent,
    OutcomeUnknown,
    SignInNeeded,
    Throttled,
)
from tests.unit.aws.fake_aws import SCOPE

PLACE = CallPlace(operation="StartRecovery", scope=SCOPE, role_arn="arn:aws:iam::012345678901:role/Actor")
URL = "https://drs.eu-central-1.amazonaws.com"


def refusal(code: str, status: int, headers: dict[str, str] | None = None) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}, "RequestId": "r-1"}
    return ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": metadata}, "StartRecovery"
    )


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url=URL), CallNotSent),
        (ConnectTimeoutError(endpoint_url=URL), CallNotSent),
        (ProxyConnectionError(proxy_url="http://proxy"), CallNotSent),
        (SSLError(endpoint_url=URL, error=ssl.SSLCertVerificationError("self-signed")), CallNotSent),
        (SSLError(endpoint_url=URL, error=ssl.SSLError("bad record")), OutcomeUnknown),
        (ConnectionClosedError(endpoint_url=URL), OutcomeUnknown),
        (NoCredentialsError(), CallNotSent),
        (ValueError("never thought of"), OutcomeUnknown),
        (KeyboardInterrupt(), OutcomeUnknown),
        (refusal("Throttling", 400), Throttled),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else one.__name__,
)
def test_a_mutation_is_judged(error: BaseException, kind: type[AwsError]) -> None:
    assert type(mutation_error(error, PLACE)) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url=URL), AwsUnreachable),
        (ConnectionClosedError(endpoint_url=URL), AwsUnreachable),
        (NoCredentialsError(), SignInNeeded),
        (ValueError("never thought of"), AwsUnreachable),
        (refusal("ThrottlingException", 429), Throttled),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else one.__name__,
)
def test_a_read_is_judged(error: BaseException, kind: type[AwsError]) -> None:
    assert type(read_error(error, PLACE)) is kind


def test_an_error_that_is_already_ours_stays_itself() -> None:
    ours = Throttled("slow down")
    assert mutation_error(ours, PLACE) is ours
    assert read_error(ours, PLACE) is ours


def test_a_wrong_clock_is_told_with_its_error() -> None:
    sent = {"date": "Mon, 16 Mar 2020 11:30:00 GMT"}
    said = str(mutation_error(refusal("RequestTimeTooSkewed", 403, sent), PLACE))
    assert "ahead" in said


def test_foreign_text_is_cleaned() -> None:
    assert clean("a\nb\x1b[31mc") == "a b [31mc"
    assert "AKIA" not in clean("key AKIAIOSFODNN7EXAMPLE here")
    assert "s3cr3t" not in clean("X-Amz-Security-Token=s3cr3t")
    assert len(clean("word " * 500)) <= 400
