"""Choosing a session, signing in and out, and who is signed in."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from drs_desktop.domain.errors import AwsError, AwsUnreachable, SignInNeeded, ValidationFailed
from drs_desktop.domain.ids import AccountId, Region
from drs_desktop.domain.sign_in import (
    Flow,
    Invitation,
    RoleSession,
    SessionNotChosen,
    SignIn,
    SignInState,
    SsoSession,
)
from drs_desktop.services.sign_in_service import SignInService
from tests.helpers.asynchronous import on_loop

NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
CORP = SsoSession(name="corp", start_url="https://corp.awsapps.com/start", region=Region("eu-west-1"))
LAB = SsoSession(name="lab", start_url="https://lab.awsapps.com/start", region=Region("eu-west-1"))
ROLE = RoleSession(account_id=AccountId("111122223333"), account_name="hub", role_name="DRSOperator")
ARN = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_DRSOperator_0/olu"


@dataclass
class FakeSignIn:
    """A gateway in memory."""

    known: tuple[SsoSession, ...] = (CORP,)
    profiles: dict[str | None, SsoSession] = field(default_factory=dict)
    ends_at: datetime | None = None
    lasting: bool = True
    problem: AwsError | None = None
    shared: list[bool] = field(default_factory=list)

    def sessions(self) -> tuple[SsoSession, ...]:
        return self.known

    def profile_session(self, name: str | None = None) -> SsoSession | None:
        return self.profiles.get(name)

    async def current(self, session: SsoSession) -> SignIn:
        return SignIn(session=session, ends_at=self.ends_at)

    async def is_lasting(self) -> bool:
        return self.lasting

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], *, share: bool = False
    ) -> SignIn:
        self.shared.append(share)
        self.ends_at = NOW + timedelta(hours=1)
        return await self.current(session)

    async def sign_out(self, session: SsoSession, *, revoke: bool) -> bool:
        was, self.ends_at = self.ends_at, None
        return was is not None

    async def roles(self, session: SsoSession) -> tuple[RoleSession, ...]:
        if self.problem:
            raise self.problem
        return (ROLE,)

    async def identity(self, session: SsoSession, role: RoleSession) -> str:
        return ARN


def service(gateway: FakeSignIn) -> SignInService:
    return SignInService(gateway, lambda: NOW)


@pytest.mark.parametrize(
    ("gateway", "name", "wanted"),
    [
        (FakeSignIn(), None, CORP),
        (FakeSignIn(known=(CORP, LAB)), "lab", LAB),
        (FakeSignIn(known=(CORP, LAB)), LAB.start_url, LAB),
        (FakeSignIn(known=(CORP, LAB), profiles={"work": LAB}), "work", LAB),
        (FakeSignIn(known=(CORP, LAB), profiles={None: LAB}), None, LAB),
    ],
)
def test_session_is_found(gateway: FakeSignIn, name: str | None, wanted: SsoSession) -> None:
    @on_loop
    async def main() -> None:
        assert await service(gateway).session_named(name) == wanted

    main()


@pytest.mark.parametrize(
    ("gateway", "name", "words"),
    [
        (FakeSignIn(known=(CORP, LAB)), None, "Which Identity Center is meant"),
        (FakeSignIn(), "nope", "'nope'.*has: corp"),
        (FakeSignIn(known=()), None, "No Identity Center is configured"),
    ],
)
def test_session_that_cannot_be_told_is_asked_for(gateway: FakeSignIn, name: str | None, words: str) -> None:
    @on_loop
    async def main() -> None:
        with pytest.raises(SessionNotChosen, match=words):
            await service(gateway).session_named(name)

    main()


@on_loop
async def test_sign_in_that_nothing_could_keep_is_refused_before_anybody_is_asked() -> None:
    gateway = FakeSignIn(lasting=False)
    with pytest.raises(ValidationFailed, match="--share"):
        await service(gateway).sign_in(CORP, Flow.DEVICE, lambda _: None, must_last=True)
    assert gateway.shared == []


@on_loop
async def test_shared_sign_in_needs_no_keyring() -> None:
    gateway = FakeSignIn(lasting=False)
    view = await service(gateway).sign_in(CORP, Flow.DEVICE, lambda _: None, must_last=True, share=True)
    assert (view.is_signed_in, gateway.shared) == (True, [True])


@on_loop
async def test_window_may_sign_in_for_as_long_as_it_runs() -> None:
    view = await service(FakeSignIn(lasting=False)).sign_in(CORP, Flow.BROWSER, lambda _: None)
    assert view.state is SignInState.SIGNED_IN


@on_loop
async def test_signed_in_person_is_shown_with_roles_and_identity() -> None:
    view = await service(FakeSignIn(ends_at=NOW + timedelta(minutes=40))).who(CORP)
    assert (view.is_signed_in, view.seconds_left, view.roles, view.identity) == (True, 2400.0, (ROLE,), ARN)


@on_loop
async def test_nobody_is_asked_for_roles_of_nobody() -> None:
    view = await service(FakeSignIn(problem=AwsUnreachable("away"))).who(CORP)
    assert (view.state, view.is_signed_in, view.problem) == (SignInState.SIGNED_OUT, False, None)


@on_loop
async def test_revoked_sign_in_does_not_look_like_one() -> None:
    gateway = FakeSignIn(ends_at=NOW + timedelta(hours=1), problem=SignInNeeded("ended"))
    assert (await service(gateway).who(CORP)).is_signed_in is False


@on_loop
async def test_sign_in_is_still_one_when_aws_is_away() -> None:
    gateway = FakeSignIn(ends_at=NOW + timedelta(hours=1), problem=AwsUnreachable("away"))
    view = await service(gateway).who(CORP)
    assert (view.is_signed_in, str(view.problem)) == (True, "away")


@on_loop
async def test_expired_sign_in_is_none() -> None:
    gateway = replace(FakeSignIn(), ends_at=NOW - timedelta(seconds=1))
    view = await service(gateway).who(CORP)
    assert (view.state, view.seconds_left) == (SignInState.EXPIRED, 0.0)


@on_loop
async def test_sign_out_says_whether_anybody_was_signed_in() -> None:
    gateway = FakeSignIn(ends_at=NOW + timedelta(hours=1))
    assert await service(gateway).sign_out(CORP) is True
    assert await service(gateway).sign_out(CORP) is False
