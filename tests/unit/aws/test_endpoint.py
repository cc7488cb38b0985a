"""Which AWS is in force, and who may be asked."""

import socket

import pytest

from drs_desktop.aws.endpoint import (
    connection_problem,
    endpoint_url,
    find_endpoint,
    is_loopback,
    ping,
    probe_simulator,
)
from drs_desktop.domain.errors import ValidationFailed
from tests.unit.aws.fake_aws import FakeAws, Say

IDENTITY = {
    "instance_id": "sim-1",
    "scenario": "demo",
    "service_now": "2026-03-16T11:30:00.120000+00:00",
    "scale": 60,
    "signing_window_seconds": 5,
    "visibility_lag_seconds": 0.5,
    "hub": {
        "account_id": "210987654321",
        "access_key_id": "AKIADRSDEMOHUB000001",
        "secret_access_key": "hush",
    },
    "regions": ["eu-west-1"],
}


def test_a_simulator_says_who_it_is(fake_aws: FakeAws) -> None:
    fake_aws.script = [Say(body=IDENTITY)]
    identity = probe_simulator(fake_aws.url + "/")
    assert identity is not None
    assert fake_aws.heard[0].path == "/sim/identity"
    assert (identity.instance_id, identity.scale, identity.scenario) == ("sim-1", 60.0, "demo")
    assert identity.endpoint.fingerprint == "sim-1"
    assert identity.endpoint.is_simulated
    assert identity.endpoint.visibility_lag_seconds == 0.5
    assert "hush" not in repr(identity)
    assert "AKIA" not in repr(identity)


@pytest.mark.parametrize(
    "say",
    [
        Say(body=b"<html></html>"),
        Say(body={"instance_id": "x"}),
        Say(body=[]),
        Say(status=404),
        Say(reset="read"),
        Say(status=302, headers=(("Location", "http://127.0.0.1:9/sim/identity"),)),
        Say(body={**IDENTITY, "service_now": "yesterday"}),
        Say(body={**IDENTITY, "hub": None}),
    ],
)
def test_whatever_else_answers_is_no_simulator(fake_aws: FakeAws, say: Say) -> None:
    fake_aws.script = [say]
    assert probe_simulator(fake_aws.url) is None
    assert len(fake_aws.heard) == 1


def test_only_this_machine_is_asked() -> None:
    for url in ("https://drs.eu-west-1.amazonaws.com", "http://10.0.0.1:5000", "http://user@127.0.0.1:1"):
        assert probe_simulator(url) is None
        assert not ping(url)


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("http://127.0.0.1:5000", True),
        ("http://localhost:5000", True),
        ("http://[::1]:5000", True),
        ("https://127.0.0.1", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://0.0.0.0:5000", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_loopback_is_told_from_the_rest(url: str, verdict: bool) -> None:
    assert is_loopback(url) is verdict


def test_a_ping_is_heard(fake_aws: FakeAws) -> None:
    fake_aws.script = [Say(status=204, body=b"")]
    assert ping(fake_aws.url)
    assert fake_aws.heard[0].path == "/sim/ping"
    fake_aws.close()
    assert not ping(fake_aws.url)


def test_the_override_of_drs_comes_before_the_one_of_all() -> None:
    both = {"AWS_ENDPOINT_URL": "http://a/", "AWS_ENDPOINT_URL_DRS": "http://b/"}
    assert endpoint_url(both) == "http://b"
    assert endpoint_url({"AWS_ENDPOINT_URL": "http://a/"}) == "http://a"
    assert endpoint_url({**both, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}) is None
    assert endpoint_url({}) is None


def test_the_endpoint_in_force_is_named(fake_aws: FakeAws) -> None:
    fake_aws.script = [Say(body=IDENTITY)]
    endpoint, identity = find_endpoint({"AWS_ENDPOINT_URL": fake_aws.url})
    assert endpoint.is_simulated
    assert identity is not None
    assert find_endpoint({})[0].fingerprint == "aws"
    foreign, nobody = find_endpoint({"AWS_ENDPOINT_URL": "https://proxy.example:8443/x"})
    assert (foreign.fingerprint, foreign.is_simulated, nobody) == ("proxy.example:8443", False, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5\x00000",
        "http://127.0.0.1 :5000",
        "http://127.0.0.1:99999",
        "http://[::1:5000",
        "ftp://127.0.0.1",
        "127.0.0.1:5000",
        "http://",
        "http://anna:hunter2-canary@127.0.0.1:5000",
        "https://example.test/?key=hunter2-canary",
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        endpoint_url({"AWS_ENDPOINT_URL": url})
    assert str(refused.value).startswith("AWS_ENDPOINT_URL ")
    assert "hunter2" not in str(refused.value)


def test_an_address_that_nobody_listens_at_says_so() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound, not listening: nobody else gets it, and nobody answers
        assert "no answer" in connection_problem(f"http://127.0.0.1:{reserved.getsockname()[1]}")


def test_an_address_that_somebody_listens_at_has_no_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert connection_problem(f"http://127.0.0.1:{server.getsockname()[1]}") == ""
