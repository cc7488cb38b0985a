"""The person at this console: signed in or not, present or not; executions never depend on either."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drs_desktop.domain.actions import Action
from drs_desktop.domain.audit import AuditEntry, AuditKind, AuditTrail
from drs_desktop.domain.console_settings import ConsoleSettings, ConsoleSettingsStore, check_settings
from drs_desktop.domain.errors import AwsUnreachable, DrsDesktopError, SignInNeeded, ValidationFailed
from drs_desktop.domain.identity_choice import IdentityChoice, ProfileChoice
from drs_desktop.domain.permissions import ConsoleLocked, may
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.roles import Access
from drs_desktop.domain.sign_in import (
    Flow,
    Invitation,
    SsoSession,
    drill_warning,
    standing_warning,
    warning_due,
)
from drs_desktop.services.access_service import AccessService
from drs_desktop.services.console_lock import ConsoleLock
from drs_desktop.services.operator_api import (
    UNLOCK_WORD,
    LockView,
    OperatorView,
    SignInChoices,
    SignInWay,
)
from drs_desktop.services.sign_in_service import SignInService, SignInView
from drs_desktop.services.views import ActionState


@dataclass(frozen=True, kw_only=True)
class OperatorParts:
    """What the operator service is made of.

    Attributes:
        signed_in_as: tells the engine who is signed in; after somebody else it holds further starts.
        sign_in: None where nobody needs to sign in.
        identity: None where nobody needs to sign in.
    """

    access: AccessService
    audit: AuditTrail
    lock: ConsoleLock
    settings: ConsoleSettingsStore
    clock: Clock
    operator: str
    signed_in_as: Callable[[str], Awaitable[None]]
    sign_in: SignInService | None = None
    identity: IdentityChoice | None = None


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """How the sign-in in force stands, or why that cannot be told."""

    way: SignInWay
    session: SsoSession | None = None
    view: SignInView | None = None
    problem: str = ""


class OperatorService:
    """Signs in and out, warns, locks and unlocks. Everybody may; what it changes is written down."""

    def __init__(self, parts: OperatorParts) -> None:
        self._parts = parts
        self._profile = ""
        self._announced = ""
        self._looked_at = parts.clock.local_now()
        self._ends_at: datetime | None = None

    # ---- looking

    async def attend(self) -> OperatorView:
        """Begin to count; see the port."""
        self._parts.lock.limit((await self._parts.settings.settings()).idle_limit)
        return await self.look()

    async def look(self) -> OperatorView:
        """Return how things stand; see the port."""
        standing = await self._standing()
        self._notice_a_new_sign_in(standing)
        access = await self._parts.access.current()
        await self._announce(access)
        return self._view(standing, access)

    async def warning_before(self, planned: timedelta) -> str | None:
        """Return what to say before something that takes so long, where the sign-in ends earlier."""
        view = (await self._standing()).view
        if view is None:
            return None
        return drill_warning(view.sign_in, planned=planned, now=self._parts.clock.local_now())

    async def _standing(self) -> _Standing:
        if self._parts.sign_in is None or self._parts.identity is None:
            return _Standing(way=SignInWay.NOT_NEEDED)
        try:
            session = await asyncio.to_thread(self._parts.identity.session)
            if session is None:
                return _Standing(way=SignInWay.OTHER)
            view = await self._parts.sign_in.state(session)
        except DrsDesktopError as error:
            return _Standing(way=SignInWay.OTHER, problem=str(error))
        return _Standing(way=SignInWay.IDENTITY_CENTER, session=session, view=view)

    def _notice_a_new_sign_in(self, standing: _Standing) -> None:
        """Ask anew who it is when the token is another one: somebody may have signed in elsewhere."""
        ends_at = standing.view.sign_in.ends_at if standing.view else None
        if ends_at is not None and ends_at != self._ends_at:
            self._parts.access.forget()
        self._ends_at = ends_at

    async def _announce(self, access: Access) -> None:
        if access.principal and access.principal != self._announced:
            self._announced = access.principal
            await self._parts.signed_in_as(access.principal)

    def _view(self, standing: _Standing, access: Access) -> OperatorView:
        now, looked_at = self._parts.clock.local_now(), self._looked_at
        self._looked_at = now
        sign_in = standing.view.sign_in if standing.view else None
        missing = self._parts.access.missing_sign_in
        shown = replace(standing.view, problem=missing) if standing.view and missing else standing.view
        change = may(access, Action.CHANGE_SETTINGS)
        return OperatorView(
            operator=self._parts.operator,
            access=access,
            way=standing.way,
            sign_in=shown,
            profile=self._profile,
            warning=(standing_warning(sign_in, now) or "") if sign_in else "",
            alert=(warning_due(sign_in, looked_at=looked_at, now=now) or "") if sign_in else "",
            problem=standing.problem or self._parts.access.problem,
            lock=self._lock_view(),
            can_change_settings=ActionState(enabled=change.is_allowed, reason=change.reason),
        )

    def _lock_view(self) -> LockView:
        lock = self._parts.lock
        state = lock.state
        return LockView(reason=state.reason, locked_for=lock.locked_for, limit=state.limit)

    # ---- signing in and out

    async def choices(self) -> SignInChoices:
        """Return what can be signed in to; see the port."""
        if self._parts.sign_in is None or self._parts.identity is None:
            return SignInChoices(sessions=(), profiles=(), current=None, can_open_browser=False)
        return SignInChoices(
            sessions=await self._parts.sign_in.sessions(),
            profiles=await asyncio.to_thread(self._parts.identity.profiles),
            current=(await self._standing()).session,
            can_open_browser=self._parts.identity.can_open_browser,
        )

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], *, share: bool = False
    ) -> OperatorView:
        """Sign in; see the port."""
        service, identity = self._door()

        def invite(invitation: Invitation) -> None:
            show(invitation)
            if invitation.flow is Flow.BROWSER:
                identity.open_browser(invitation.url)

        await service.sign_in(session, flow, invite, share=share)
        view = await self._look_anew()
        await self._record(view.access, f"Somebody signed in to {session.title}.")
        return await self._unlocked(view) if view.access.principal else view

    async def sign_out(self) -> OperatorView:
        """Forget the sign-in; see the port."""
        service, _ = self._door()
        standing = await self._standing()
        if standing.session is None:
            raise ValidationFailed("Nobody is signed in to an Identity Center here, so nobody can sign out.")
        access = await self._parts.access.current()
        await self._record(access, f"Somebody signs out of {standing.session.title}.")
        try:
            await service.sign_out(standing.session)
        finally:
            self._parts.access.forget_who()
            view = await self._look_anew()
        return view

    async def choose_profile(self, name: str) -> OperatorView:
        """Reach AWS with another profile; see the port."""
        _, identity = self._door()
        access = await self._parts.access.current()
        if access.lock_reason:
            raise ConsoleLocked(access.lock_reason)
        found = _profile_named(name, await asyncio.to_thread(identity.profiles))
        await self._record(access, f"AWS is reached with the profile {found.name} from here on.")
        identity.use_profile(found.name)
        self._profile = found.name
        self._parts.access.forget_who()
        return await self._look_anew()

    def _door(self) -> tuple[SignInService, IdentityChoice]:
        if self._parts.sign_in is None or self._parts.identity is None:
            raise ValidationFailed("In this simulation nobody needs to sign in.")
        return self._parts.sign_in, self._parts.identity

    async def _look_anew(self) -> OperatorView:
        _, identity = self._door()
        identity.forget()
        self._parts.access.forget()
        return await self.look()

    # ---- the lock

    def touch(self) -> None:
        """Take note of input; see the port."""
        self._parts.lock.touch()

    async def lock(self) -> OperatorView:
        """Lock the console; see the port."""
        self._parts.lock.lock()
        return await self.look()

    async def unlock(self, word: str) -> OperatorView:
        """Unlock the console; see the port."""
        if word.strip().lower() != UNLOCK_WORD:
            raise ValidationFailed(f"To unlock the console, type the word {UNLOCK_WORD}.")
        await self._make_sure_who_it_is()
        return await self._unlocked(await self.look())

    async def _make_sure_who_it_is(self) -> None:
        """Ask AWS whether the sign-in still counts; without a network, what is kept here decides."""
        if self._parts.identity is not None:
            self._parts.identity.forget()
        try:
            await self._parts.access.ask_anew()
        except AwsUnreachable:
            standing = await self._standing()
            if standing.view is not None and not standing.view.is_signed_in:
                title = standing.view.sign_in.session.title
                raise SignInNeeded(f"The sign-in to {title} has ended: sign in again to unlock.") from None

    async def _unlocked(self, view: OperatorView) -> OperatorView:
        if not view.lock.is_locked:
            return view
        await self._record(view.access, "Somebody unlocked the console.")
        self._parts.lock.unlock()
        return await self.look()

    async def set_idle_minutes(self, minutes: int) -> OperatorView:
        """Say after how long the console locks; see the port."""
        settings = ConsoleSettings(idle_minutes=minutes)
        check_settings(settings)
        about = (("idle_minutes", str(minutes)),)
        await self._parts.access.require(Action.CHANGE_SETTINGS, about=about)
        await self._parts.settings.save_settings(settings, by=self._parts.operator)
        self._parts.lock.limit(settings.idle_limit)
        return await self.look()

    async def _record(self, access: Access, words: str) -> None:
        entry = AuditEntry(
            kind=AuditKind.SESSION,
            by=self._parts.operator,
            role=access.role.value,
            words=words,
            details=(("principal", access.principal),),
        )
        await self._parts.audit.append(entry)


def _profile_named(name: str, profiles: tuple[ProfileChoice, ...]) -> ProfileChoice:
    found = next((one for one in profiles if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in profiles)
        raise ValidationFailed(f"The AWS configuration has no profile {name!r}; it has: {known or 'none'}.")
    if found.problem:
        raise ValidationFailed(found.problem)
    return found
