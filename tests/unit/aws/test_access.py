"""Where readers and actors come from."""

import asyncio
from dataclasses import replace

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.domain.errors import AwsUnreachable, NotFound
from drs_desktop.domain.ids import AccountId, IntentId, Region, Scope
from tests.unit.aws.fake_aws import ACCOUNT, SCOPE, FakeAws, Say

INTENT = IntentId("01M83SM9Z4CDV6PC50H80T829S")
UNKNOWN = Scope(account_id=AccountId("999999999999"), region=SCOPE.region)
ELSEWHERE = Scope(account_id=SCOPE.account_id, region=Region("us-east-1"))


@pytest.mark.parametrize("scope", [UNKNOWN, ELSEWHERE])
def test_scopes_that_nobody_named_are_refused(access: BotoAwsAccess, scope: Scope) -> None:
    with pytest.raises(NotFound):
        access.reader(scope)
    with pytest.raises(NotFound):
        asyncio.run(access.actor(scope, INTENT))


def test_a_reader_is_made_once(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    assert access.reader(SCOPE) is access.reader(SCOPE)
    assert fake_aws.assumed == []


def test_a_changed_account_is_reached_with_its_new_role(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    asyncio.run(access.reader(SCOPE).describe_jobs())
    access.set_accounts([replace(ACCOUNT, role_arn="arn:aws:iam::012345678901:role/Other")])
    asyncio.run(access.reader(SCOPE).describe_jobs())
    assert b"Other" in fake_aws.assumed[1].body


def test_a_removed_account_is_no_longer_reached(access: BotoAwsAccess) -> None:
    access.set_accounts([])
    with pytest.raises(NotFound):
        access.reader(SCOPE)


def test_closing_does_not_wait_for_a_silent_service(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    fake_aws.script = [Say(silent=True)]

    async def leave() -> None:
        reading = asyncio.get_running_loop().create_task(access.reader(SCOPE).describe_jobs())
        assert await asyncio.to_thread(fake_aws.was_asked.wait, 30)
        access.close(seconds=0.0)
        fake_aws.close()
        with pytest.raises(AwsUnreachable):
            await reading

    asyncio.run(leave())


def test_the_identity_behind_the_roles_is_known(access: BotoAwsAccess, fake_aws: FakeAws) -> None:
    body = (
        b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        b"<Arn>arn:aws:iam::210987654321:user/u</Arn><UserId>U</UserId><Account>210987654321</Account>"
        b"</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
        b"</GetCallerIdentityResponse>"
    )
    fake_aws.sts_script = [Say(body=body, headers=(("Content-Type", "text/xml"),))]
    assert asyncio.run(access.whoami(SCOPE.region)).account_id == "210987654321"
