"""The person at a window's console, made by hand: what was asked is remembered and answered as told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_desktop.domain.errors import DrsDesktopError, ValidationFailed
from drs_desktop.domain.identity_choice import ProfileChoice
from drs_desktop.domain.ids import Region
from drs_desktop.domain.roles import Access, Elevation, Role
from drs_desktop.domain.sign_in import Flow, Invitation, SignIn, SignInState, SsoSession
from drs_desktop.services.operator_api import (
    UNLOCK_WORD,
    LockView,
    OperatorView,
    SignInChoices,
    SignInWay,
)
from drs_desktop.services.sign_in_service import SignInView
from drs_desktop.services.views import ActionState

LOCAL_NOW = datetime(2026, 3, 23, 14, 10, tzinfo=UTC)
ENDS_AT = LOCAL_NOW + timedelta(hours=3)
CORP = SsoSession(name="corp", start_url="https://corp.awsapps.com/start", region=Region("eu-west-1"))
OPS = ProfileChoice(name="ops")
ARN = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_DRSOperator_0123456789abcdef/anna@example.com"
DEMO = Access(role=Role.OPERATOR, principal="simulation", source="In a simulation everybody is an operator.")
SIGNED_IN = Access(role=Role.OPERATOR, principal=ARN, source="The rule for DRSOperator gives this role.")
IDLE_REASON = "The console is locked: nobody touched it for 45 minutes. Unlock it before anything is changed."
ADMINISTRATORS_ONLY = "DRSOperator may not change the settings of the workspace; DRSAdmin may."
EMERGENCY = Elevation(
    role=Role.ADMIN,
    reason="Frankfurt is gone and nobody answers the phone.",
    taken_at=LOCAL_NOW,
    until=LOCAL_NOW + timedelta(hours=4),
)


def a_sign_in(state: SignInState = SignInState.SIGNED_IN, **changes: Any) -> SignInView:
    ends_at = None if state is SignInState.SIGNED_OUT else ENDS_AT
    kept_in = "" if state is SignInState.SIGNED_OUT else "the system's keyring (SecretService)"
    sign_in = SignIn(session=CORP, ends_at=ends_at, kept_in=kept_in)
    return SignInView(sign_in=replace(sign_in, **changes), state=state, seconds_left=3600.0)


def an_operator(**changes: Any) -> OperatorView:
    """Return somebody at a simulation that needs no sign-in."""
    view = OperatorView(
        operator="anna",
        access=DEMO,
        way=SignInWay.NOT_NEEDED,
        lock=LockView(limit=timedelta(minutes=45)),
        can_change_settings=ActionState(enabled=False, reason=ADMINISTRATORS_ONLY),
    )
    return replace(view, **changes)


def a_signed_in_operator(**changes: Any) -> OperatorView:
    view = an_operator(access=SIGNED_IN, way=SignInWay.IDENTITY_CENTER, sign_in=a_sign_in())
    return replace(view, **changes)


def nobody(**changes: Any) -> OperatorView:
    """Return that nobody is signed in where somebody has to be."""
    return an_operator(
        access=Access(role=Role.VIEWER),
        way=SignInWay.IDENTITY_CENTER,
        sign_in=a_sign_in(SignInState.SIGNED_OUT),
        problem="Nobody is signed in to corp.",
        **changes,
    )


def locked(view: OperatorView, minutes: int = 5) -> OperatorView:
    lock = LockView(reason=IDLE_REASON, locked_for=timedelta(minutes=minutes), limit=timedelta(minutes=45))
    return replace(view, lock=lock, access=replace(view.access, lock_reason=IDLE_REASON))


@dataclass
class FakeOperator:
    """Remembers what was asked; a sign-in waits until the test approves, denies or breaks it."""

    view: OperatorView = field(default_factory=an_operator)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    touches: int = 0
    failures: dict[str, DrsDesktopError] = field(default_factory=dict)
    profiles: tuple[ProfileChoice, ...] = (OPS,)
    can_open_browser: bool = True
    decision: "asyncio.Future[OperatorView] | None" = None
    was_cancelled: bool = False

    def _note(self, verb: str, *what: Any) -> None:
        self.asked.append((verb, *what))
        if verb in self.failures:
            raise self.failures[verb]

    async def attend(self) -> OperatorView:
        self._note("attend")
        return self.view

    async def look(self) -> OperatorView:
        return self.view

    async def choices(self) -> SignInChoices:
        return SignInChoices(
            sessions=(CORP,), profiles=self.profiles, current=CORP, can_open_browser=self.can_open_browser
        )

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], *, share: bool = False
    ) -> OperatorView:
        self._note("sign_in", session.name, flow, share)
        self.decision = asyncio.get_running_loop().create_future()
        show(an_invitation(flow))
        try:
            self.view = await self.decision
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return self.view

    def approve(self, view: OperatorView | None = None) -> None:
        """Let the sign-in that waits come to its end; any thread may."""
        assert self.decision is not None
        self.decision.get_loop().call_soon_threadsafe(
            self.decision.set_result, view or a_signed_in_operator()
        )

    def refuse(self, error: DrsDesktopError) -> None:
        """Let the sign-in that waits fail; any thread may."""
        assert self.decision is not None
        self.decision.get_loop().call_soon_threadsafe(self.decision.set_exception, error)

    async def sign_out(self) -> OperatorView:
        self._note("sign_out")
        self.view = nobody()
        return self.view

    async def choose_profile(self, name: str) -> OperatorView:
        self._note("choose_profile", name)
        self.view = an_operator(way=SignInWay.OTHER, access=SIGNED_IN, profile=name)
        return self.view

    def touch(self) -> None:
        self.touches += 1

    async def lock(self) -> OperatorView:
        self._note("lock")
        self.view = locked(self.view, minutes=0)
        return self.view

    async def unlock(self, word: str) -> OperatorView:
        self._note("unlock", word)
        if word != UNLOCK_WORD:
            raise ValidationFailed(f"To unlock the console, type the word {UNLOCK_WORD}.")
        self.view = replace(self.view, lock=LockView(), access=replace(self.view.access, lock_reason=""))
        return self.view

    async def set_idle_minutes(self, minutes: int) -> OperatorView:
        self._note("set_idle_minutes", minutes)
        return self.view


def an_invitation(flow: Flow = Flow.BROWSER) -> Invitation:
    if flow is Flow.BROWSER:
        return Invitation(
            flow=flow,
            url="https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&client_id=AbCdEf",
            expires_at=LOCAL_NOW + timedelta(minutes=10),
        )
    return Invitation(
        flow=flow,
        url="https://corp.awsapps.com/start/#/device?user_code=KLMN-PQRS",
        expires_at=LOCAL_NOW + timedelta(minutes=10),
        user_code="KLMN-PQRS",
        bare_url="https://corp.awsapps.com/start/#/device",
    )
