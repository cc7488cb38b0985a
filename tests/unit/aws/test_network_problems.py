"""What is in the way to AWS is told in words: real sockets, proxies and certificates on this machine."""

import errno
import socket
from pathlib import Path

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from drs_desktop.aws.errors import CallPlace, mutation_error, read_error
from drs_desktop.aws.network_problems import NetworkProblem, is_before_any_request, network_problem
from drs_desktop.domain.errors import AwsUnreachable, CallNotSent, OutcomeUnknown
from tests.helpers.local_servers import Authority, answering, http, refusing, silent

FAR_AWAY = "https://sts.eu-west-1.amazonaws.com"
PLACE = CallPlace(operation="GetCallerIdentity")


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path)


def failed(url: str) -> BaseException:
    """Return the error of a call that cannot succeed."""
    settings = Config(
        signature_version=UNSIGNED, retries={"total_max_attempts": 1}, connect_timeout=60, read_timeout=1
    )
    session = botocore.session.Session()
    client = session.create_client("sts", region_name="eu-west-1", endpoint_url=url, config=settings)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # which one it is, is for each test to say
        client.get_caller_identity()
    return caught.value


def told(url: str) -> str:
    problem = network_problem(failed(url))
    assert problem is not None
    return str(problem)


# ---- the way itself


def test_refused_connection() -> None:
    with refusing() as there:
        assert told(f"https://{there}").startswith(f"{there} refuses the connection. Nothing listens there")


def test_silence() -> None:
    with silent() as there:
        assert f"{there} gave no answer in time" in told(f"http://{there}")


def test_connection_that_breaks() -> None:
    with answering(b"") as there:
        assert f"the connection to {there} broke" in told(f"http://{there}")


def test_page_of_a_captive_portal() -> None:
    with answering(http("200 OK", b"<html>Welcome to our hotel")) as there:
        assert "did not come from AWS" in told(f"http://{there}")


def an_error(cause: BaseException) -> EndpointConnectionError:
    return EndpointConnectionError(endpoint_url=FAR_AWAY, error=cause)


def test_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(socket.gaierror) as caught:
        socket.getaddrinfo("127.0.0.1", "no-such-service")
    problem = network_problem(an_error(caught.value))
    assert "the name sts.eu-west-1.amazonaws.com could not be resolved" in str(problem)
    assert "HTTPS_PROXY" in str(problem)
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hidden@proxy.corp:8080")
    assert "HTTPS_PROXY names the proxy proxy.corp:8080; NO_PROXY" in str(
        network_problem(an_error(caught.value))
    )


def test_no_network() -> None:
    assert "no network leads to" in str(network_problem(an_error(OSError(errno.ENETUNREACH, "unreachable"))))


def test_error_that_says_nothing_of_the_network() -> None:
    assert network_problem(NoCredentialsError()) is None


# ---- proxies


def told_through(monkeypatch: pytest.MonkeyPatch, proxy: str) -> str:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    return told(FAR_AWAY)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("407 Proxy Authentication Required", "wants a user and a password (HTTP 407)"),
        ("403 Forbidden", "does not let this address through (HTTP 403)"),
        ("502 Bad Gateway", "could not reach the address (HTTP 502)"),
    ],
)
def test_proxy_that_refuses(status: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(http(status)) as proxy:
        assert f"the proxy {proxy} {words}" in told_through(monkeypatch, f"http://{proxy}")


def test_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing() as proxy:
        sentence = told_through(monkeypatch, f"http://me:hidden-word@{proxy}")
    assert f"the proxy {proxy} refuses connections" in sentence
    assert "hidden-word" not in sentence


def test_proxy_that_is_named_as_a_secure_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(http("200 OK")) as proxy:
        assert "write http:// in HTTPS_PROXY" in told_through(monkeypatch, f"https://{proxy}")


# ---- certificates


def test_connection_that_a_proxy_opens_is_not_trusted(authority: Authority) -> None:
    with answering(http("200 OK"), authority.server()) as there:
        sentence = told(f"https://{there}")
    assert f"the certificate of {there} is not trusted: the authority that signed it is unknown" in sentence
    assert "AWS_CA_BUNDLE" in sentence


def test_bundle_without_the_authority_is_named(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority.make(tmp_path / "other")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(other.bundle))
    with answering(http("200 OK"), authority.server()) as there:
        assert f"AWS_CA_BUNDLE ({other.bundle}) does not have it" in told(f"https://{there}")


@pytest.mark.parametrize(
    ("address", "days", "words"),
    [("127.0.0.1", -1, "has expired"), ("127.0.0.2", 5, "has a certificate for another name")],
)
def test_certificate_that_does_not_fit(
    address: str, days: int, words: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.bundle))
    with answering(http("200 OK"), authority.server(address=address, days=days)) as there:
        assert words in told(f"https://{there}")


def test_address_that_speaks_no_tls() -> None:
    with answering(http("200 OK")) as there:
        assert f"what answers at {there} speaks no TLS" in told(f"https://{there}")


def test_secure_connection_that_is_cut() -> None:
    with answering(b"") as there:
        assert f"the secure connection to {there} failed" in told(f"https://{there}")


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), ("no certificate at all", "no certificate is in it")]
)
def test_bundle_that_cannot_be_used(
    variable: str, content: str | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content, encoding="utf-8")
    monkeypatch.setenv(variable, str(bundle))
    with silent() as there:
        error = failed(f"https://{there}")
    sentence = str(network_problem(error))
    assert f"{variable} ({bundle}) names cannot be used" in sentence
    assert words in sentence
    assert is_before_any_request(error)


# ---- what comes of it


def test_read_says_what_is_in_the_way_and_is_asked_again() -> None:
    with refusing() as there:
        error = read_error(failed(f"https://{there}"), PLACE)
    assert isinstance(error, AwsUnreachable)
    assert f"GetCallerIdentity: AWS could not be reached: {there} refuses the connection." in str(error)


def test_call_that_changes_something_was_not_sent_where_nothing_was_connected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/no/such/file")
    with silent() as there:
        error = mutation_error(failed(f"https://{there}"), PLACE)
    assert isinstance(error, CallNotSent)
    assert "nothing was sent: no connection to AWS: the file of certificates" in str(error)


def test_call_that_changes_something_may_have_arrived_where_the_answer_was_cut() -> None:
    with answering(b"") as there:
        assert isinstance(mutation_error(failed(f"https://{there}"), PLACE), OutcomeUnknown)


def test_problem_without_advice_is_one_sentence() -> None:
    assert str(NetworkProblem(what="it is so", advice="")) == "it is so."
