"""Who is at this console and whether it is locked: what a window asks of it, and what it is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from drs_desktop.domain.identity_choice import ProfileChoice
from drs_desktop.domain.roles import Access
from drs_desktop.domain.sign_in import Flow, Invitation, SignInState, SsoSession
from drs_desktop.services.sign_in_service import SignInView
from drs_desktop.services.views import NOT_NOW, ActionState

UNLOCK_WORD = "unlock"
"""What must be typed to unlock a console: nobody unlocks it by leaning on the keyboard."""


_COUNTING = frozenset({SignInState.SIGNED_IN, SignInState.EXPIRING_SOON})


class SignInWay(StrEnum):
    """How somebody comes to be known to AWS."""

    NOT_NEEDED = "not needed"
    """A simulation that nobody signs in to."""
    IDENTITY_CENTER = "identity center"
    OTHER = "other"
    """Keys, roles and programs that botocore finds by itself."""


@dataclass(frozen=True, kw_only=True)
class LockView:
    """Whether the console is locked.

    Attributes:
        reason: why nothing can be changed, as a sentence; empty while it is open.
        locked_for: how long it has been locked.
        limit: after how long without input it locks by itself; None never does.
    """

    reason: str = ""
    locked_for: timedelta = timedelta()
    limit: timedelta | None = None

    @property
    def is_locked(self) -> bool:
        return bool(self.reason)


@dataclass(frozen=True, kw_only=True)
class OperatorView:
    """Who is at the console.

    Attributes:
        operator: their name at this computer.
        sign_in: how the sign-in stands, where one is needed.
        profile: the AWS profile that was chosen; empty where none had to be.
        warning: that the sign-in ends soon; empty when it does not.
        alert: the same, once, when it has come due since the last look.
        problem: why it cannot be said who it is, or empty.
        can_change_settings: whether they may say after how long the console locks.
    """

    operator: str
    access: Access
    way: SignInWay
    sign_in: SignInView | None = None
    profile: str = ""
    warning: str = ""
    alert: str = ""
    problem: str = ""
    lock: LockView = LockView()
    can_change_settings: ActionState = NOT_NOW

    @property
    def must_sign_in(self) -> bool:
        """Return whether nothing of AWS can be reached before somebody signs in."""
        if self.way is not SignInWay.IDENTITY_CENTER:
            return False
        return self.sign_in is None or not self.sign_in.is_signed_in

    @property
    def is_refused(self) -> bool:
        """Return whether AWS no longer accepts a sign-in that should still count: it was revoked."""
        view = self.sign_in
        return view is not None and view.problem is not None and view.state in _COUNTING and self.must_sign_in

    @property
    def has_ended(self) -> bool:
        """Return whether somebody was signed in until the sign-in ended."""
        return self.sign_in is not None and self.sign_in.state is SignInState.EXPIRED


@dataclass(frozen=True, kw_only=True)
class SignInChoices:
    """What can be signed in to from here.

    Attributes:
        current: the Identity Center that is signed in to if nothing else is chosen.
        can_open_browser: whether a browser could be opened here.
    """

    sessions: tuple[SsoSession, ...]
    profiles: tuple[ProfileChoice, ...]
    current: SsoSession | None
    can_open_browser: bool


class OperatorApi(Protocol):
    """The person at this console; signing in and unlocking are open to everybody."""

    async def attend(self) -> OperatorView:
        """Begin to count: a window is open, and locks when nobody touches it."""

    async def look(self) -> OperatorView:
        """Return how things stand; what cannot be found out is said, not raised."""

    async def choices(self) -> SignInChoices:
        """Return what can be signed in to.

        Raises:
            ValidationFailed: the AWS configuration cannot be read.
        """

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], *, share: bool = False
    ) -> OperatorView:
        """Sign in; `show` is called on the engine's thread, and a browser is opened where that is the flow.

        A fresh sign-in also unlocks the console. After somebody else, every start waits for a decision.

        Raises:
            SignInDenied: a person refused.
            SignInTimedOut: nobody decided in time.
            AwsError: Identity Center could not be reached or refused.
        """

    async def sign_out(self) -> OperatorView:
        """Forget the sign-in and end it at AWS; what AWS was asked to do goes on there.

        Raises:
            AwsError: it was forgotten here, and AWS could not be told.
        """

    async def choose_profile(self, name: str) -> OperatorView:
        """Reach AWS with another profile from now on.

        Raises:
            ValidationFailed: there is no such profile, or it cannot be used.
            ConsoleLocked: the console is locked.
        """

    def touch(self) -> None:
        """Take note of input; any thread may, as often as it likes."""

    async def lock(self) -> OperatorView:
        """Lock the console now."""

    async def unlock(self, word: str) -> OperatorView:
        """Unlock it, once AWS has said that the same sign-in still counts.

        Raises:
            ValidationFailed: the word is not the right one.
            SignInNeeded: a fresh sign-in is needed.
        """

    async def set_idle_minutes(self, minutes: int) -> OperatorView:
        """Say after how many minutes without input every console of the workspace locks; 0 means never.

        Raises:
            RefusedByRole: only an administrator may.
            ValidationFailed: the number cannot be meant.
        """
