"""Signing in and out, and who is signed in: what the window and the command line ask for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.errors import AwsError, SignInNeeded, ValidationFailed
from drs_desktop.domain.sign_in import (
    Flow,
    Invitation,
    RoleSession,
    SessionNotChosen,
    SignIn,
    SignInGateway,
    SignInState,
    SsoSession,
)


@dataclass(frozen=True, kw_only=True)
class SignInView:
    """Who is signed in, as far as it is known.

    Attributes:
        identity: the ARN under which AWS knows the person, in the first of the roles; empty when not asked.
        problem: why something of this could not be found out; None when all was.
    """

    sign_in: SignIn
    state: SignInState
    seconds_left: float
    roles: tuple[RoleSession, ...] = ()
    identity: str = ""
    problem: AwsError | None = None

    @property
    def is_signed_in(self) -> bool:
        """Return whether AWS would accept the sign-in, as far as that is known."""
        has_ended = self.state in (SignInState.SIGNED_OUT, SignInState.SIGNING_IN, SignInState.EXPIRED)
        return not has_ended and not isinstance(self.problem, SignInNeeded)


class SignInService:
    """Everything about the sign-in to Identity Center; executions never depend on it to go on."""

    def __init__(self, gateway: SignInGateway, local_now: Callable[[], datetime]) -> None:
        """Use a gateway and this machine's clock."""
        self._gateway = gateway
        self._now = local_now

    async def session_named(self, name: str | None = None) -> SsoSession:
        """Return the session that is meant.

        Args:
            name: of a session or a profile, or a start URL; None for the chosen profile's, or the only one.

        Raises:
            SessionNotChosen: there is none, or several and none is chosen.
            ValidationFailed: the configuration or the chosen profile cannot be used.
        """
        sessions = await asyncio.to_thread(self._gateway.sessions)
        found = next((one for one in sessions if name in (one.name, one.start_url)), None) if name else None
        found = found or await asyncio.to_thread(self._gateway.profile_session, name)
        if found is None and name is None and len(sessions) == 1:
            found = sessions[0]
        if found is None:
            raise SessionNotChosen(_which(name, sessions))
        return found

    async def sessions(self) -> tuple[SsoSession, ...]:
        """Return every Identity Center that can be signed in to.

        Raises:
            ValidationFailed: the configuration cannot be read.
        """
        return await asyncio.to_thread(self._gateway.sessions)

    async def state(self, session: SsoSession) -> SignInView:
        """Return how a sign-in stands by what is kept here, without asking AWS who it is.

        Raises:
            DrsDesktopError: what is kept cannot be read.
        """
        return self._view(await self._gateway.current(session))

    async def sign_in(
        self,
        session: SsoSession,
        flow: Flow,
        show: Callable[[Invitation], None],
        *,
        share: bool = False,
        must_last: bool = False,
    ) -> SignInView:
        """Sign in; `show` is called once there is something to show a person.

        Args:
            session: where to.
            flow: how a person is asked.
            show: called with what to show.
            share: also write the token where the AWS CLI reads it.
            must_last: refuse, before anybody is asked, when nothing would outlive this process.

        Raises:
            ValidationFailed: the sign-in would be lost at once.
            SignInNeeded: it was denied, or nobody decided in time.
            AwsError: Identity Center could not be reached or refused.
        """
        if must_last and not share and not await self._gateway.is_lasting():
            raise ValidationFailed(
                "There is no keyring that could keep the sign-in; it would be lost when this command ends. "
                "`--share` keeps it in the AWS CLI's own token cache instead, a file that only you can read."
            )
        return self._view(await self._gateway.sign_in(session, flow, show, share=share))

    async def sign_out(self, session: SsoSession, *, revoke: bool = True) -> bool:
        """Forget the sign-in of this program; `revoke` also ends it at AWS. Return whether there was one.

        Raises:
            AwsError: it was forgotten here, and AWS could not be told.
        """
        return await self._gateway.sign_out(session, revoke=revoke)

    async def who(self, session: SsoSession) -> SignInView:
        """Return who is signed in; what cannot be found out now is left empty, with the reason."""
        view = self._view(await self._gateway.current(session))
        if not view.is_signed_in:
            return view
        try:
            roles = await self._gateway.roles(session)
            identity = await self._gateway.identity(session, roles[0]) if roles else ""
        except AwsError as problem:
            return self._view(view.sign_in, problem=problem)
        return self._view(view.sign_in, roles=roles, identity=identity)

    def _view(
        self,
        sign_in: SignIn,
        *,
        roles: tuple[RoleSession, ...] = (),
        identity: str = "",
        problem: AwsError | None = None,
    ) -> SignInView:
        now = self._now()
        left = (sign_in.ends_at - now).total_seconds() if sign_in.ends_at else 0.0
        return SignInView(
            sign_in=sign_in,
            state=sign_in.state(now),
            seconds_left=max(left, 0.0),
            roles=roles,
            identity=identity,
            problem=problem,
        )


def _which(name: str | None, sessions: tuple[SsoSession, ...]) -> str:
    known = ", ".join(one.title for one in sessions)
    if name is not None:
        return (
            f"No Identity Center session and no profile with one is called {name!r}. "
            f"The AWS configuration has: {known or 'none'}."
        )
    if known:
        return f"Which Identity Center is meant? Name one with --session, or set AWS_PROFILE: {known}."
    return (
        "No Identity Center is configured here. Add an sso-session with `aws configure sso-session`, or use "
        "a profile with keys."
    )
