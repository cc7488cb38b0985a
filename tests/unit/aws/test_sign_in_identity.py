"""The signed-in person as the identity of a workspace: when their keys are asked for, and when again."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.secrets import SessionKeys
from drs_desktop.aws.sso_chain import using_role_keys
from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.errors import SignInNeeded, ValidationFailed
from tests.unit.aws.fake_aws import ACCOUNT, SCOPE, FakeAws, Say, TurnableClock

EXPIRED = Say(
    status=403,
    body=b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>over</Message></Error>"
    b"<RequestId>r</RequestId></ErrorResponse>",
    headers=(("Content-Type", "text/xml"),),
)


class Keys:
    """Gives the keys of a role, a new one at each call, or says that nobody is signed in."""

    def __init__(self) -> None:
        self.given = 0
        self.is_signed_in = True

    def __call__(self) -> SessionKeys:
        if not self.is_signed_in:
            raise SignInNeeded("Nobody is signed in.")
        self.given += 1
        return SessionKeys(
            access_key_id=f"ASIASIGNEDIN{self.given:08d}",
            secret_access_key="x" * 40,
            session_token="t" * 40,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )


@pytest.fixture
def keys() -> Keys:
    return Keys()


def settings_of(fake_aws: FakeAws, clock: TurnableClock) -> dict[str, Any]:
    endpoint = Endpoint(fingerprint="sim-1", url=fake_aws.url, is_simulated=True)
    return {"endpoint": endpoint, "operator": "tester", "clock": clock}


@pytest.fixture
def signed_in(fake_aws: FakeAws, clock: TurnableClock, keys: Keys) -> Iterator[BotoAwsAccess]:
    """Access whose only identity is the person's role."""
    hook = using_role_keys(keys)
    one = BotoAwsAccess(accounts=[ACCOUNT], session_hook=hook, **settings_of(fake_aws, clock))
    yield one
    fake_aws.close()
    one.close()


def read(access: BotoAwsAccess) -> None:
    asyncio.run(access.reader(SCOPE).describe_jobs())


def test_role_is_assumed_with_the_keys_of_the_person(signed_in: BotoAwsAccess, fake_aws: FakeAws) -> None:
    read(signed_in)
    assert "ASIASIGNEDIN00000001" in fake_aws.assumed[0].headers["authorization"]


def test_keys_are_asked_for_once_while_they_last(
    signed_in: BotoAwsAccess, fake_aws: FakeAws, clock: TurnableClock, keys: Keys
) -> None:
    read(signed_in)
    clock.offset = timedelta(minutes=51)
    read(signed_in)
    assert (len(fake_aws.assumed), keys.given) == (2, 1)


def test_keys_that_aws_refuses_are_asked_for_again(
    signed_in: BotoAwsAccess, fake_aws: FakeAws, keys: Keys
) -> None:
    fake_aws.sts_script = [EXPIRED]
    read(signed_in)
    assert keys.given == 2
    assert "ASIASIGNEDIN00000002" in fake_aws.assumed[-1].headers["authorization"]


def test_nobody_signed_in_is_said_until_somebody_is(signed_in: BotoAwsAccess, keys: Keys) -> None:
    keys.is_signed_in = False
    with pytest.raises(SignInNeeded, match="Nobody is signed in"):
        read(signed_in)
    keys.is_signed_in = True
    read(signed_in)


def test_simulated_workspace_needs_an_identity(fake_aws: FakeAws, clock: TurnableClock) -> None:
    with pytest.raises(ValidationFailed, match="its keys"):
        AwsClients(**settings_of(fake_aws, clock))
