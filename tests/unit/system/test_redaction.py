"""What must never be written down."""

import pytest

from drs_desktop.system.redaction import is_secret_name, redact, redact_text

TOKEN = "IQoJb3JpZ2luX2VjEOv" + "aB3/+x" * 30 + "=="
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    "text",
    [
        "key AKIAIOSFODNN7EXAMPLE used",
        "ASIAIOSFODNN7EXAMPLE",
        f"got {TOKEN} back",
        f"it was {SECRET_KEY}",
        f"x-amz-security-token:{TOKEN[:20]}",
        "Authorization: Bearer abc.def-123",
        "Authorization: AWS4-HMAC-SHA256 Credential=X/20260316/eu-west-1/drs/aws4_request, Signature=0a1b",
        "password=hunter2",
        '{"secret_access_key": "hunter2"}',
        "https://host/?X-Amz-Signature=0a1b2c&X-Amz-Credential=zzz",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    ],
)
def test_secrets_are_found_in_text(text: str) -> None:
    shown = redact_text(text)
    assert "***" in shown
    for canary in (
        "IOSFODNN7",
        TOKEN[20:60],
        SECRET_KEY[:20],
        "abc.def",
        "0a1b",
        "hunter2",
        "zzz",
        "eyJzdWI",
    ):
        assert canary not in shown


@pytest.mark.parametrize(
    "text",
    [
        "demo-01M83SM8XNNHM7X8KTH75EAVZF",
        "arn:aws:drs:eu-west-1:012345678901:source-server/s-3d6cd0d93661bcc2b",
        "drsjob-0f1e2d3c4b5a69788 of account 012345678901 is STARTED",
        "/home/someone/.local/share/drs-desktop/workspaces/demo/journal.sqlite",
        "0123456789abcdef0123456789abcdef01234567",
        "The wave waits: check that the listener answers on db-pay-01.",
        "",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name", ["secret", "SessionToken", "aws_secret_access_key", "password", "X-Signature"]
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)
    assert redact("anything", name) == "***"


def test_nested_values_are_redacted() -> None:
    given = {
        "outer": [{"Credentials": {"a": 1}}, ("AKIAIOSFODNN7EXAMPLE",)],
        "count": 3,
        "ok": True,
        "no": None,
    }
    assert redact(given) == {
        "outer": [{"Credentials": "***"}, ["***"]],
        "count": 3,
        "ok": True,
        "no": None,
    }


def test_objects_are_redacted_as_the_text_they_would_show() -> None:
    assert redact(ValueError("token=abc")) == "token=***"
