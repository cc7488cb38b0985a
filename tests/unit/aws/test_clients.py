"""Sessions: whose they are, how long they live, and what they never read."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.clients import AwsClients, role_session_name
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.errors import AwsUnreachable, SignInNeeded, ValidationFailed
from drs_desktop.domain.ids import IntentId
from tests.unit.aws.fake_aws import ACCOUNT, REGION, SCOPE, FakeAws, TurnableClock, aws_error

INTENT = IntentId("01M83SM9Z4CDV6PC50H80T829S")
KEYS = HubKeys(access_key_id="AKIADRSDEMOHUB000001", secret_access_key="x" * 20)


def read(access: BotoAwsAccess) -> None:
    asyncio.run(access.reader(SCOPE).describe_jobs())


def test_the_role_is_assumed_with_external_id_and_operator(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    read(access)
    [assumed] = fake_aws.assumed
    asked = parse_qs(assumed.body.decode())
    assert asked["RoleArn"] == [ACCOUNT.role_arn]
    assert asked["ExternalId"] == ["drs-desktop-demo"]
    assert asked["RoleSessionName"] == ["drs-desktop-tester"]
    assert asked["DurationSeconds"] == ["3600"]
    assert "AKIADRSDEMOHUB000001" in assumed.headers["authorization"]
    assert f"/{REGION}/sts/" in assumed.headers["authorization"]


def test_reads_share_one_session(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    read(access)
    read(access)
    assert len(fake_aws.assumed) == 1
    assert "ASIA" in fake_aws.heard[0].headers["authorization"]


def test_a_session_is_renewed_ten_minutes_before_it_ends(
    access: BotoAwsAccess, fake_aws: FakeAws, clock: TurnableClock
) -> None:
    read(access)
    clock.offset = timedelta(minutes=49)
    read(access)
    assert len(fake_aws.assumed) == 1
    clock.offset = timedelta(minutes=51)
    read(access)
    assert len(fake_aws.assumed) == 2
    first, *_, last = [heard.headers["authorization"] for heard in fake_aws.heard]
    assert first.split("/")[0] != last.split("/")[0]


def test_a_session_that_still_lasts_is_used_when_sts_is_down(
    access: BotoAwsAccess, fake_aws: FakeAws, clock: TurnableClock
) -> None:
    read(access)
    clock.offset = timedelta(minutes=51)
    fake_aws.sts_script = [aws_error(500, "InternalFailure")] * 4
    read(access)
    assert len(fake_aws.heard) == 2
    clock.offset = timedelta(minutes=59, seconds=30)
    fake_aws.sts_script = [aws_error(500, "InternalFailure")] * 4
    with pytest.raises(AwsUnreachable):
        read(access)


def test_each_actor_has_a_session_of_its_own(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    async def two() -> None:
        await access.actor(SCOPE, INTENT)
        await access.actor(SCOPE, INTENT)

    asyncio.run(two())
    assert len(fake_aws.assumed) == 2


def test_nothing_of_the_machine_reaches_a_simulated_workspace(
    access: BotoAwsAccess, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "http://127.0.0.1:9"
    for name, value in {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAPRODUCTION000000",
        "AWS_SECRET_ACCESS_KEY": "production",
        "AWS_SESSION_TOKEN": "production",
        "AWS_ENDPOINT_URL": nowhere,
        "AWS_ENDPOINT_URL_DRS": nowhere,
        "AWS_ENDPOINT_URL_STS": nowhere,
        "AWS_MAX_ATTEMPTS": "9",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_CA_BUNDLE": "/nowhere",
        "AWS_CONFIG_FILE": "/nowhere",
        "HTTP_PROXY": nowhere,
        "http_proxy": nowhere,
        "NO_PROXY": "",
        "no_proxy": "",
    }.items():
        monkeypatch.setenv(name, value)
    read(access)
    for heard in (*fake_aws.assumed, *fake_aws.heard):
        assert "PRODUCTION" not in heard.headers["authorization"]


def test_a_machine_without_credentials_asks_for_a_sign_in(clock: TurnableClock) -> None:
    clients = AwsClients(endpoint=Endpoint(fingerprint="aws"), operator="tester", clock=clock)
    with pytest.raises(SignInNeeded):
        clients.reader(ACCOUNT, REGION)


def test_an_unknown_profile_asks_for_a_sign_in(clock: TurnableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    clients = AwsClients(endpoint=Endpoint(fingerprint="aws"), operator="tester", clock=clock)
    with pytest.raises(SignInNeeded, match="profile"):
        clients.reader(ACCOUNT, REGION)


def test_simulated_keys_and_endpoints_belong_together(clock: TurnableClock) -> None:
    simulated = Endpoint(fingerprint="sim-1", url="http://127.0.0.1:1", is_simulated=True)
    with pytest.raises(ValidationFailed):
        AwsClients(endpoint=simulated, operator="tester", clock=clock)
    with pytest.raises(ValidationFailed):
        AwsClients(endpoint=Endpoint(fingerprint="aws"), operator="tester", clock=clock, hub_keys=KEYS)


@pytest.mark.parametrize(
    ("operator", "name"),
    [
        ("anna", "drs-desktop-anna"),
        ("Jörg Müller", "drs-desktop-J-rg-M-ller"),
        ("", "drs-desktop-operator"),
        ("§§", "drs-desktop-operator"),
        ("a" * 99, "drs-desktop-" + "a" * 52),
    ],
)
def test_session_names_hold_allowed_characters_only(operator: str, name: str) -> None:
    assert role_session_name(operator) == name
    assert 2 <= len(name) <= 64
