"""Identity Center as boto3 and a browser meet it: device codes, PKCE, refresh, revocation, the portal."""

import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, UnauthorizedSSOTokenError

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.sign_in import (
    OPERATOR,
    OPERATOR_SET,
    SSO_REGION,
    START_URL,
    VIEWER,
    VIEWER_SET,
    Browser,
    config_text,
    scenario_with_people,
)
from tests.helpers.simulator_process import EXTERNAL_ID, HUB, ROLE, TARGET, SimControl

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CALLBACK = "http://127.0.0.1:4567/oauth/callback"


class Machine:
    """An sso-oidc and an sso client, and the registration they use."""

    def __init__(self, endpoint_url: str) -> None:
        self.url = endpoint_url
        config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
        made = {"endpoint_url": endpoint_url, "region_name": SSO_REGION, "config": config}
        self.oidc: Any = boto3.client("sso-oidc", **made)
        self.portal: Any = boto3.client("sso", **made)
        answer = self.oidc.register_client(
            clientName="tests",
            clientType="public",
            grantTypes=["authorization_code", "refresh_token", DEVICE],
            redirectUris=["http://127.0.0.1/oauth/callback"],
            issuerUrl=START_URL,
            scopes=["sso:account:access"],
        )
        self.registered = answer
        self.client = {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}

    def start_device(self) -> Any:
        return self.oidc.start_device_authorization(**self.client, startUrl=START_URL)

    def poll(self, device_code: str) -> Any:
        return self.oidc.create_token(**self.client, grantType=DEVICE, deviceCode=device_code)

    def signed_in(self, user: str = OPERATOR) -> Any:
        """Sign in by device code and return the tokens."""
        started = self.start_device()
        Browser().decide(started["verificationUriComplete"], user=user)
        return self.poll(started["deviceCode"])

    def authorize_url(self, verifier: str, **changes: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client["clientId"],
            "redirect_uri": CALLBACK,
            "state": "the-state",
            "code_challenge_method": "S256",
            "code_challenge": challenge,
            "scopes": "sso:account:access",
            **changes,
        }
        return f"{self.url}/authorize?{urlencode(query)}"

    def exchange(self, code: str, verifier: str, redirect_uri: str = CALLBACK) -> Any:
        return self.oidc.create_token(
            **self.client,
            grantType="authorization_code",
            code=code,
            codeVerifier=verifier,
            redirectUri=redirect_uri,
        )


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    return scenario_with_people(poll_seconds=0)


@pytest.fixture
def machine(simulator: SimulatorServer) -> Machine:
    return Machine(simulator.endpoint_url)


def refusal(call: Any, *arguments: Any, **members: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **members)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


# ---- device code


def test_registration_lasts_ninety_days(machine: Machine) -> None:
    ends_at = datetime.fromtimestamp(machine.registered["clientSecretExpiresAt"], UTC)
    assert abs(ends_at - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=10)


def test_device_is_told_where_its_code_is_approved(machine: Machine) -> None:
    started = machine.start_device()
    assert started["verificationUriComplete"] == f"{machine.url}/sign-in?user_code={started['userCode']}"
    assert started["expiresIn"] == 600


def test_undecided_device_code_is_pending(machine: Machine) -> None:
    started = machine.start_device()
    assert refusal(machine.poll, started["deviceCode"]) == ("AuthorizationPendingException", 400)


def test_pending_answer_carries_the_word_of_oauth(machine: Machine) -> None:
    with pytest.raises(machine.oidc.exceptions.AuthorizationPendingException) as caught:
        machine.poll(machine.start_device()["deviceCode"])
    assert caught.value.response["error"] == "authorization_pending"


def test_approved_device_gets_a_token_once(machine: Machine) -> None:
    started = machine.start_device()
    assert Browser().decide(started["verificationUriComplete"]).title == "Approved"
    tokens = machine.poll(started["deviceCode"])
    assert (tokens["tokenType"], tokens["expiresIn"]) == ("Bearer", 3600)
    assert refusal(machine.poll, started["deviceCode"]) == ("InvalidGrantException", 400)


def test_denied_device_is_told_so(machine: Machine) -> None:
    started = machine.start_device()
    Browser().decide(started["verificationUriComplete"], "deny")
    assert refusal(machine.poll, started["deviceCode"]) == ("AccessDeniedException", 400)


def test_device_code_expires(machine: Machine, control: SimControl) -> None:
    started = machine.start_device()
    control.advance(601)
    assert refusal(machine.poll, started["deviceCode"]) == ("ExpiredTokenException", 400)
    assert Browser().get(started["verificationUriComplete"]).status == 404


class TestHurriedDevice:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        return scenario_with_people(poll_seconds=60)

    def test_is_told_to_slow_down(self, machine: Machine) -> None:
        code = machine.start_device()["deviceCode"]
        assert refusal(machine.poll, code)[0] == "AuthorizationPendingException"
        assert refusal(machine.poll, code) == ("SlowDownException", 400)


def test_unknown_client_has_to_register(machine: Machine) -> None:
    stranger = {"clientId": machine.client["clientId"], "clientSecret": "another"}
    call = machine.oidc.start_device_authorization
    assert refusal(call, **stranger, startUrl=START_URL) == ("InvalidClientException", 401)


def test_other_portal_is_refused(machine: Machine) -> None:
    call = machine.oidc.start_device_authorization
    other = "https://elsewhere.awsapps.com/start"
    assert refusal(call, **machine.client, startUrl=other) == ("InvalidRequestException", 400)


# ---- authorization code with PKCE


def test_browser_is_sent_back_with_a_code_and_the_state(machine: Machine) -> None:
    verifier = secrets.token_urlsafe(48)
    answer = Browser().decide(machine.authorize_url(verifier))
    query = parse_qs(urlsplit(answer.location).query)
    assert (answer.status, answer.location.partition("?")[0]) == (303, CALLBACK)
    assert query["state"] == ["the-state"]
    assert machine.exchange(query["code"][0], verifier)["accessToken"]


def test_denial_sends_the_browser_back_without_a_code(machine: Machine) -> None:
    answer = Browser().decide(machine.authorize_url(secrets.token_urlsafe(48)), "deny")
    assert parse_qs(urlsplit(answer.location).query) == {"error": ["access_denied"], "state": ["the-state"]}


@pytest.mark.parametrize("wrong", ["verifier", "address"])
def test_code_is_worth_nothing_to_somebody_else(machine: Machine, wrong: str) -> None:
    verifier = secrets.token_urlsafe(48)
    location = Browser().decide(machine.authorize_url(verifier)).location
    code = parse_qs(urlsplit(location).query)["code"][0]
    given = (secrets.token_urlsafe(48), CALLBACK) if wrong == "verifier" else (verifier, CALLBACK + "2")
    assert refusal(machine.exchange, code, *given) == ("InvalidGrantException", 400)


def test_address_that_was_not_registered_is_never_gone_to(machine: Machine) -> None:
    address = machine.authorize_url(secrets.token_urlsafe(48), redirect_uri="http://evil.example/callback")
    answer = Browser().get(address)
    assert (answer.status, answer.location) == (400, "")


def test_page_of_another_origin_decides_nothing(machine: Machine) -> None:
    started = machine.start_device()
    form = {"user_code": started["userCode"], "user": OPERATOR, "decision": "approve"}
    answer = Browser().post(f"{machine.url}/sign-in", form, Origin="http://evil.example")
    assert answer.status == 403
    assert refusal(machine.poll, started["deviceCode"])[0] == "AuthorizationPendingException"


def test_sign_in_page_runs_no_script_and_stands_in_no_frame(machine: Machine) -> None:
    policy = Browser().get(f"{machine.url}/sign-in").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


# ---- tokens


def refreshed(machine: Machine, refresh_token: str) -> Any:
    return machine.oidc.create_token(**machine.client, grantType="refresh_token", refreshToken=refresh_token)


def test_refresh_token_gives_new_tokens_and_is_used_up(machine: Machine, control: SimControl) -> None:
    tokens = machine.signed_in()
    control.advance(3_601)
    call = machine.portal.list_accounts
    assert refusal(call, accessToken=tokens["accessToken"]) == ("UnauthorizedException", 401)
    fresh = refreshed(machine, tokens["refreshToken"])
    assert call(accessToken=fresh["accessToken"])["accountList"]
    assert refusal(refreshed, machine, tokens["refreshToken"]) == ("InvalidGrantException", 400)


def test_portal_session_ends_every_refresh(machine: Machine, control: SimControl) -> None:
    tokens = machine.signed_in()
    control.advance(8 * 3_600)
    assert refusal(refreshed, machine, tokens["refreshToken"]) == ("InvalidGrantException", 400)


def test_logout_ends_token_and_refresh(machine: Machine) -> None:
    tokens = machine.signed_in()
    machine.portal.logout(accessToken=tokens["accessToken"])
    call = machine.portal.list_accounts
    assert refusal(call, accessToken=tokens["accessToken"]) == ("UnauthorizedException", 401)
    assert refusal(refreshed, machine, tokens["refreshToken"]) == ("InvalidGrantException", 400)


def test_administrator_signs_a_person_out(machine: Machine, control: SimControl) -> None:
    tokens = machine.signed_in()
    body = {"action": "sign_out", "user": OPERATOR}
    assert control.ask("POST", "/sim/sign-in", body) == (200, {"ended": 1})
    assert refusal(machine.portal.list_accounts, accessToken=tokens["accessToken"])[1] == 401


def test_test_approves_over_the_control_endpoint(machine: Machine, control: SimControl) -> None:
    started = machine.start_device()
    body = {"action": "approve", "user_code": started["userCode"], "user": VIEWER}
    assert control.ask("POST", "/sim/sign-in", body) == (200, {"decision": "approved"})
    assert machine.poll(started["deviceCode"])["accessToken"]


# ---- the portal


def test_accounts_come_in_pages(machine: Machine) -> None:
    token = machine.signed_in()["accessToken"]
    pages = machine.portal.get_paginator("list_accounts").paginate(
        accessToken=token, PaginationConfig={"PageSize": 1}
    )
    assert [one["accountId"] for page in pages for one in page["accountList"]] == [HUB, TARGET]


def test_roles_are_those_of_the_user(machine: Machine) -> None:
    token = machine.signed_in()["accessToken"]
    listed = machine.portal.list_account_roles(accessToken=token, accountId=HUB)["roleList"]
    assert [one["roleName"] for one in listed] == [OPERATOR_SET, VIEWER_SET]


def test_role_that_was_not_assigned_is_refused(machine: Machine) -> None:
    token = machine.signed_in(VIEWER)["accessToken"]
    call = machine.portal.get_role_credentials
    members = {"accessToken": token, "accountId": HUB, "roleName": OPERATOR_SET}
    assert refusal(call, **members) == ("ForbiddenException", 403)


def keys_of(machine: Machine, user: str, role: str) -> dict[str, Any]:
    token = machine.signed_in(user)["accessToken"]
    answer = machine.portal.get_role_credentials(accessToken=token, accountId=HUB, roleName=role)
    return dict(answer["roleCredentials"])


def session_of(keys: dict[str, Any]) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys["sessionToken"],
        region_name="eu-west-1",
    )


def test_credentials_say_when_they_end_in_milliseconds(machine: Machine) -> None:
    keys = keys_of(machine, OPERATOR, OPERATOR_SET)
    left = datetime.fromtimestamp(keys["expiration"] / 1_000, UTC) - datetime.now(UTC)
    assert timedelta(minutes=50) < left <= timedelta(hours=1)


def test_credentials_are_the_users_in_the_reserved_role(machine: Machine) -> None:
    session = session_of(keys_of(machine, OPERATOR, OPERATOR_SET))
    identity = session.client("sts", endpoint_url=machine.url).get_caller_identity()
    assert identity["Account"] == HUB
    assert f"assumed-role/AWSReservedSSO_{OPERATOR_SET}_" in identity["Arn"]
    assert identity["Arn"].endswith(f"/{OPERATOR}")


def test_credentials_chain_into_a_target_for_an_hour(machine: Machine) -> None:
    sts = session_of(keys_of(machine, OPERATOR, OPERATOR_SET)).client("sts", endpoint_url=machine.url)
    members = {"RoleArn": ROLE, "RoleSessionName": OPERATOR, "ExternalId": EXTERNAL_ID}
    answer = sts.assume_role(**members)
    assert answer["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{TARGET}:assumed-role/Target/")
    assert refusal(sts.assume_role, **members, DurationSeconds=3_601) == ("ValidationError", 400)


def test_permission_set_limits_what_a_viewer_may_do(machine: Machine) -> None:
    session = session_of(keys_of(machine, VIEWER, VIEWER_SET))
    config = Config(retries={"total_max_attempts": 1})
    drs = session.client("drs", endpoint_url=machine.url, config=config)
    call = drs.start_recovery
    members = {"sourceServers": [{"sourceServerID": "s-00000000000000000"}]}
    assert refusal(call, **members) == ("AccessDeniedException", 403)


# ---- boto3's own provider


@pytest.fixture
def aws_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine) -> Path:
    """A configuration and an empty token cache, which boto3's own provider reads."""
    (tmp_path / "config").write_text(config_text())
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", machine.url)
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setattr("botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR", str(cache))
    return cache


def write_token(cache: Path, machine: Machine, tokens: dict[str, Any], *, left: timedelta) -> None:
    ends_at = datetime.now(UTC) + left
    content = {
        "startUrl": START_URL,
        "region": SSO_REGION,
        "accessToken": tokens["accessToken"],
        "refreshToken": tokens["refreshToken"],
        "expiresAt": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}",
        **machine.client,
        "registrationExpiresAt": f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
    }
    name = hashlib.sha1(b"corp", usedforsecurity=False).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps(content))


def test_boto3_takes_the_cached_token(aws_home: Path, machine: Machine) -> None:
    write_token(aws_home, machine, machine.signed_in(), left=timedelta(hours=1))
    identity = boto3.Session(profile_name="hub").client("sts").get_caller_identity()
    assert identity["Arn"].endswith(f"/{OPERATOR}")


def test_boto3_refreshes_an_expired_token(aws_home: Path, machine: Machine) -> None:
    tokens = machine.signed_in()
    write_token(aws_home, machine, tokens, left=timedelta(seconds=-1))
    assert boto3.Session(profile_name="hub").client("sts").get_caller_identity()["Account"] == HUB
    (file,) = aws_home.iterdir()
    assert json.loads(file.read_text())["accessToken"] != tokens["accessToken"]


def test_boto3_is_refused_after_a_revocation(aws_home: Path, machine: Machine, control: SimControl) -> None:
    write_token(aws_home, machine, machine.signed_in(), left=timedelta(hours=1))
    control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
    with pytest.raises(UnauthorizedSSOTokenError):
        boto3.Session(profile_name="hub").client("sts").get_caller_identity()


# ---- the simulator's own rules


def test_call_log_shows_the_calls_and_no_secret(machine: Machine, control: SimControl) -> None:
    tokens = machine.signed_in()
    machine.portal.list_accounts(accessToken=tokens["accessToken"])
    listed = json.dumps(control.ask("GET", "/sim/calls")[1])
    assert '"CreateToken"' in listed
    assert not any(
        one in listed
        for one in (tokens["accessToken"], tokens["refreshToken"], machine.client["clientSecret"])
    )


def test_fault_rule_reaches_the_portal(machine: Machine, control: SimControl) -> None:
    token = machine.signed_in()["accessToken"]
    action = {"kind": "error", "code": "TooManyRequestsException", "status": 429}
    control.add_fault(service="sso", operation="ListAccounts", action=action)
    call = machine.portal.list_accounts
    assert refusal(call, accessToken=token) == ("TooManyRequestsException", 429)
