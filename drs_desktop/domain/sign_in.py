"""Signing in: which Identity Center, where a sign-in stands, when to warn. No secret is ever in here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from drs_desktop.domain.errors import DrsDesktopError, SignInNeeded
from drs_desktop.domain.ids import AccountId, Region

WARN_BEFORE = (timedelta(minutes=30), timedelta(minutes=10))
"""Before the end of a sign-in that does not renew itself a person is warned this early, longest first."""


@dataclass(frozen=True, kw_only=True)
class SsoSession:
    """An Identity Center that a person signs in to once, for all its accounts.

    Attributes:
        name: of the `sso-session` section; empty for a profile of the older form, which has none.
        scopes: what the tokens are for.
    """

    name: str
    start_url: str
    region: Region
    scopes: tuple[str, ...] = ("sso:account:access",)

    @property
    def title(self) -> str:
        """Return what a person calls it."""
        return self.name or self.start_url


@dataclass(frozen=True, kw_only=True)
class RoleSession:
    """A role that a sign-in gives in an account, and when its credentials end."""

    account_id: AccountId
    account_name: str = ""
    role_name: str
    ends_at: datetime | None = None


class SignInState(StrEnum):
    """Where a sign-in stands."""

    SIGNED_OUT = "signed out"
    SIGNING_IN = "signing in"
    SIGNED_IN = "signed in"
    EXPIRING_SOON = "expiring soon"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """What is known of one sign-in.

    Attributes:
        ends_at: when its token ends; None when there is none.
        renews_itself: whether a new token can be had without a person, as things stand.
        is_under_way: whether a person is asked just now.
        kept_in: where the token lives, for a person.
    """

    session: SsoSession
    ends_at: datetime | None = None
    renews_itself: bool = False
    is_under_way: bool = False
    kept_in: str = ""

    def state(self, now: datetime) -> SignInState:
        """Return where it stands at this moment of the local clock."""
        if self.is_under_way:
            return SignInState.SIGNING_IN
        if self.ends_at is None:
            return SignInState.SIGNED_OUT
        if now >= self.ends_at:
            return SignInState.EXPIRED
        is_soon = not self.renews_itself and self.ends_at - now <= WARN_BEFORE[0]
        return SignInState.EXPIRING_SOON if is_soon else SignInState.SIGNED_IN

    def is_usable(self, now: datetime) -> bool:
        """Return whether its token still counts."""
        return self.ends_at is not None and now < self.ends_at


def warning_due(sign_in: SignIn, *, looked_at: datetime, now: datetime) -> str | None:
    """Return the warning that has come due since the last look, or None; each is given once.

    After a sleep that skipped several, only the most urgent is given.
    """
    if sign_in.ends_at is None or sign_in.renews_itself or now >= sign_in.ends_at:
        return None
    left_before, left = sign_in.ends_at - looked_at, sign_in.ends_at - now
    if not any(left <= limit < left_before for limit in WARN_BEFORE):
        return None
    return _ends_soon(sign_in, left)


def standing_warning(sign_in: SignIn, now: datetime) -> str | None:
    """Return the warning that stands as long as a sign-in is about to end, or None."""
    if sign_in.ends_at is None or sign_in.state(now) is not SignInState.EXPIRING_SOON:
        return None
    return _ends_soon(sign_in, sign_in.ends_at - now)


def _ends_soon(sign_in: SignIn, left: timedelta) -> str:
    return (
        f"The sign-in to {sign_in.session.title} ends in {minutes_left(left)}. Sign in again before then; "
        "what AWS is already doing goes on in any case."
    )


def outlasts_sign_in(sign_in: SignIn, *, planned: timedelta, now: datetime) -> bool:
    """Return whether something that takes `planned` from now on ends after the sign-in does.

    A sign-in that renews itself is not known to end.
    """
    if sign_in.ends_at is None:
        return True
    return not sign_in.renews_itself and now + planned > sign_in.ends_at


def drill_warning(sign_in: SignIn, *, planned: timedelta, now: datetime) -> str | None:
    """Return what to say before a drill (or recovery) that would outlast the sign-in, or None."""
    if not outlasts_sign_in(sign_in, planned=planned, now=now):
        return None
    if not sign_in.is_usable(now):
        return f"Nobody is signed in to {sign_in.session.title}. Sign in before anything starts."
    assert sign_in.ends_at is not None
    return (
        f"The sign-in to {sign_in.session.title} ends in {minutes_left(sign_in.ends_at - now)}, before the "
        f"planned end in {minutes_left(planned)}. Sign in again first, or expect to do so on the way: waves "
        "that have not started wait for it."
    )


def minutes_left(span: timedelta) -> str:
    """Return a span in words, rounded down, so that nobody is promised more than there is."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h" + (f" {rest} min" if rest else "")


# ---- how one signs in


class Flow(StrEnum):
    """How a person is asked."""

    BROWSER = "browser"
    """Authorization code with PKCE: a browser on this machine comes back by itself."""
    DEVICE = "device"
    """A code that is typed or opened anywhere, also on another device."""


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """What a person is shown, to approve a sign-in.

    Attributes:
        url: where to go; for a device it holds the code already.
        user_code: what the page must show; None in the browser flow.
        bare_url: where a device's code is typed by hand.
    """

    flow: Flow
    url: str
    expires_at: datetime
    user_code: str | None = None
    bare_url: str = ""


class SignInDenied(SignInNeeded):
    """A person refused the request."""

    def __init__(self, session: SsoSession) -> None:
        super().__init__(f"The sign-in to {session.title} was denied. Nothing was changed.")


class SignInTimedOut(SignInNeeded):
    """Nobody decided in time."""

    def __init__(self, session: SsoSession) -> None:
        super().__init__(f"Nobody approved the sign-in to {session.title} in time. Start it again.")


class SessionNotChosen(DrsDesktopError):
    """Which Identity Center is meant cannot be told."""

    exit_code = 3


class SignInGateway(Protocol):
    """Signing in and out at Identity Center, and what a sign-in gives."""

    def sessions(self) -> tuple[SsoSession, ...]:
        """Return the sessions that can be signed in to; reads files."""

    def profile_session(self, name: str | None = None) -> SsoSession | None:
        """Return the session of a profile, or of the one in force; None when it has none.

        Raises:
            ValidationFailed: the profile cannot be used; the sentence says why.
        """

    async def current(self, session: SsoSession) -> SignIn:
        """Return how a sign-in stands; a token that is about to end is renewed if that can be done."""

    async def is_lasting(self) -> bool:
        """Return whether a sign-in is still known after this process has ended."""

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], *, share: bool = False
    ) -> SignIn:
        """Sign in; `show` is called once there is something to show a person.

        `share` also writes the token where the AWS CLI reads it.

        Raises:
            SignInDenied: a person refused.
            SignInTimedOut: nobody decided in time.
            AwsError: Identity Center could not be reached or refused the request.
        """

    async def sign_out(self, session: SsoSession, *, revoke: bool) -> bool:
        """Forget our token; `revoke` also ends the sign-in at AWS. Return whether there was one."""

    async def roles(self, session: SsoSession) -> tuple[RoleSession, ...]:
        """Return every role of the signed-in person.

        Raises:
            SignInNeeded: nobody is signed in.
        """

    async def identity(self, session: SsoSession, role: RoleSession) -> str:
        """Return the ARN under which AWS knows the person in a role.

        Raises:
            AwsError: it could not be asked.
        """
