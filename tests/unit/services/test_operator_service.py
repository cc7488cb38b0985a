"""The person at the console: known or not, warned, signed in as somebody else, locked out and let in."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from drs_desktop.domain.console_settings import ConsoleSettings
from drs_desktop.domain.errors import AwsUnreachable, SignInNeeded, ValidationFailed
from drs_desktop.domain.identity_choice import ProfileChoice
from drs_desktop.domain.ids import Region
from drs_desktop.domain.permissions import ConsoleLocked, RefusedByRole
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.domain.sign_in import Flow, Invitation, SignIn, SignInDenied, SsoSession
from drs_desktop.services.access_service import DEMO_ACCESS
from drs_desktop.services.operator_api import SignInWay
from drs_desktop.services.operator_service import OperatorParts, OperatorService
from drs_desktop.services.sign_in_service import SignInService
from tests.helpers.access_rig import ANNA, AccessRig, FakeIdentity
from tests.helpers.asynchronous import on_loop

CORP = SsoSession(name="corp", start_url="https://corp.awsapps.com/start", region=Region("eu-west-1"))
LAB = SsoSession(name="lab", start_url="https://lab.awsapps.com/start", region=Region("eu-west-1"))
BEN = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Operators_0123456789abcdef/ben"
OPERATORS = RoleMapping(rules=(MappingRule(pattern="Operators", role=Role.OPERATOR),))
HOURS = timedelta(hours=8)


@dataclass
class FakePortal:
    """An Identity Center in memory; signing in lasts as long as the test says."""

    rig: AccessRig
    lasts: timedelta = HOURS
    kept: SignIn = field(default_factory=lambda: SignIn(session=CORP))
    denies: bool = False
    sign_out_fails: bool = False

    def sessions(self) -> tuple[SsoSession, ...]:
        return (CORP, LAB)

    async def current(self, session: SsoSession) -> SignIn:
        return self.kept

    async def sign_in(self, session: SsoSession, flow: Flow, show: Any, *, share: bool = False) -> SignIn:
        now = self.rig.clock.local_now()
        show(Invitation(flow=flow, url="http://127.0.0.1/approve", expires_at=now))
        if self.denies:
            raise SignInDenied(session)
        self.kept = SignIn(session=session, ends_at=now + self.lasts, kept_in="memory")
        return self.kept

    async def sign_out(self, session: SsoSession, *, revoke: bool) -> bool:
        self.kept = SignIn(session=session)
        if self.sign_out_fails:
            raise AwsUnreachable("AWS could not be told.")
        return True


@dataclass
class FakeDoor:
    """Profiles and a browser; remembers what was asked of it."""

    in_force: SsoSession | None = CORP
    choices: tuple[ProfileChoice, ...] = ()
    asked: list[str] = field(default_factory=list)
    can_open_browser: bool = True
    problem: ValidationFailed | None = None

    def session(self) -> SsoSession | None:
        if self.problem is not None:
            raise self.problem
        return self.in_force

    def profiles(self) -> tuple[ProfileChoice, ...]:
        return self.choices

    def use_profile(self, name: str) -> None:
        self.asked.append(f"use {name}")

    def forget(self) -> None:
        self.asked.append("forget")

    def open_browser(self, address: str) -> None:
        self.asked.append(f"open {address}")


class FakeSettings:
    """The newest settings."""

    def __init__(self) -> None:
        self.kept = ConsoleSettings()

    async def settings(self) -> ConsoleSettings:
        return self.kept

    async def save_settings(self, settings: ConsoleSettings, *, by: str) -> None:
        self.kept = settings


class Desk:
    """An operator service and everything around it."""

    def __init__(self, *, needs_sign_in: bool = True) -> None:
        self.identity = FakeIdentity(error=SignInNeeded("Nobody is signed in to corp."))
        self.rig = (
            AccessRig(identity=self.identity, shipped=OPERATORS)
            if needs_sign_in
            else AccessRig(everybody=DEMO_ACCESS)
        )
        self.portal, self.door, self.settings = FakePortal(self.rig), FakeDoor(), FakeSettings()
        self.told: list[str] = []
        gateway: Any = self.portal
        sign_in = SignInService(gateway, self.rig.clock.local_now)
        self.service = OperatorService(
            OperatorParts(
                access=self.rig.service,
                audit=self.rig.audit,
                lock=self.rig.lock,
                settings=self.settings,
                clock=self.rig.clock,
                operator="anna@desk",
                signed_in_as=self._signed_in_as,
                sign_in=sign_in if needs_sign_in else None,
                identity=self.door if needs_sign_in else None,
            )
        )

    async def _signed_in_as(self, principal: str) -> None:
        self.told.append(principal)

    async def sign_in(self, principal: str = ANNA) -> Any:
        self.identity.name, self.identity.error = principal, None
        return await self.service.sign_in(CORP, Flow.DEVICE, lambda _: None)

    async def wait(self, **span: float) -> Any:
        await self.rig.clock.advance(timedelta(**span))
        return await self.service.look()

    @property
    def written(self) -> list[str]:
        return [entry.words for entry in self.rig.audit.entries]


# ---- who it is


@on_loop
async def test_simulation_needs_no_sign_in() -> None:
    desk = Desk(needs_sign_in=False)
    view = await desk.service.look()
    assert (view.way, view.must_sign_in) == (SignInWay.NOT_NEEDED, False)
    with pytest.raises(ValidationFailed, match="nobody needs to sign in"):
        await desk.service.sign_in(CORP, Flow.DEVICE, lambda _: None)


@on_loop
async def test_nobody_signed_in_is_said_and_not_raised() -> None:
    view = await Desk().service.look()
    assert view.must_sign_in
    assert not view.has_ended
    assert view.problem == "Nobody is signed in to corp."


@on_loop
async def test_sign_in_tells_the_engine_who_it_is() -> None:
    desk = Desk()
    view = await desk.sign_in()
    assert not view.must_sign_in
    assert view.access.role is Role.OPERATOR
    assert desk.told == [ANNA]
    assert desk.written == ["Somebody signed in to corp."]


@on_loop
async def test_sign_in_as_somebody_else_is_told_once() -> None:
    desk = Desk()
    await desk.sign_in()
    await desk.sign_in(BEN)
    await desk.service.look()
    assert desk.told == [ANNA, BEN]


@on_loop
async def test_sign_in_in_another_terminal_is_noticed() -> None:
    desk = Desk()
    await desk.sign_in()
    desk.identity.name = BEN
    desk.portal.kept = SignIn(session=CORP, ends_at=desk.rig.clock.local_now() + 2 * HOURS)
    assert (await desk.service.look()).access.principal == BEN
    assert desk.told == [ANNA, BEN]


@on_loop
async def test_no_session_of_the_person_before_is_used_after_a_sign_in() -> None:
    desk = Desk()
    await desk.sign_in()
    assert desk.door.asked == ["forget"]


@on_loop
async def test_browser_is_opened_only_where_a_browser_comes_back() -> None:
    desk = Desk()
    shown: list[Invitation] = []
    await desk.service.sign_in(CORP, Flow.BROWSER, shown.append)
    assert "open http://127.0.0.1/approve" in desk.door.asked
    assert [one.url for one in shown] == ["http://127.0.0.1/approve"]


@on_loop
async def test_denied_sign_in_changes_nothing() -> None:
    desk = Desk()
    desk.portal.denies = True
    with pytest.raises(SignInDenied):
        await desk.service.sign_in(CORP, Flow.DEVICE, lambda _: None)
    assert (await desk.service.look()).must_sign_in
    assert desk.told == []


@on_loop
async def test_who_signed_out_is_known_no_more() -> None:
    desk = Desk()
    await desk.sign_in()
    desk.identity.error = SignInNeeded("Nobody is signed in to corp.")
    view = await desk.service.sign_out()
    assert (view.access.principal, view.access.role) == ("", Role.VIEWER)


@on_loop
async def test_sign_out_that_aws_does_not_hear_is_done_here() -> None:
    desk = Desk()
    await desk.sign_in()
    desk.portal.sign_out_fails = True
    desk.identity.error = SignInNeeded("Nobody is signed in to corp.")
    with pytest.raises(AwsUnreachable):
        await desk.service.sign_out()
    assert (await desk.service.look()).access.principal == ""


@on_loop
async def test_configuration_that_cannot_be_used_is_a_sentence() -> None:
    desk = Desk()
    desk.door.problem = ValidationFailed("The profile hub names the sso-session corp, which is missing.")
    view = await desk.service.look()
    assert (view.way, view.problem) == (SignInWay.OTHER, str(desk.door.problem))


@on_loop
async def test_other_profile_is_another_person_until_aws_has_said_who() -> None:
    desk = Desk()
    desk.door.choices = (ProfileChoice(name="ops"), ProfileChoice(name="odd", problem="It needs a Region."))
    await desk.sign_in()
    desk.identity.name = BEN
    view = await desk.service.choose_profile("ops")
    assert (view.profile, view.access.principal) == ("ops", BEN)
    assert "use ops" in desk.door.asked
    for name, words in (("odd", "needs a Region"), ("nope", "has no profile 'nope'; it has: ops, odd")):
        with pytest.raises(ValidationFailed, match=words):
            await desk.service.choose_profile(name)


@on_loop
async def test_revoked_sign_in_is_said_although_its_token_would_still_count() -> None:
    desk = Desk()
    await desk.sign_in()
    desk.identity.error = SignInNeeded("AWS does not accept the sign-in.")
    desk.rig.service.forget()
    view = await desk.service.look()
    assert (view.must_sign_in, view.is_refused, view.has_ended) == (True, True, False)
    assert not (await desk.sign_in()).must_sign_in


# ---- before it ends


@on_loop
async def test_end_of_the_sign_in_is_announced_at_30_and_at_10_minutes_once_each() -> None:
    desk = Desk()
    desk.portal.lasts = timedelta(hours=1)
    await desk.sign_in()
    assert not (await desk.wait(minutes=29)).alert
    assert "ends in 30 minutes" in (await desk.wait(minutes=1)).alert
    later = await desk.wait(minutes=5)
    assert not later.alert
    assert "ends in 25 minutes" in later.warning
    assert "ends in 10 minutes" in (await desk.wait(minutes=15)).alert
    ended = await desk.wait(minutes=11)
    assert (ended.alert, ended.warning) == ("", "")
    assert ended.must_sign_in
    assert ended.has_ended


@on_loop
async def test_warning_goes_by_the_clock_of_this_computer() -> None:
    desk = Desk()
    desk.rig.clock.scale = 0
    desk.portal.lasts = timedelta(minutes=45)
    await desk.sign_in()
    assert "ends in 30 minutes" in (await desk.wait(minutes=15)).alert


@on_loop
async def test_drill_that_would_outlast_the_sign_in_is_warned_about() -> None:
    desk = Desk()
    desk.portal.lasts = timedelta(minutes=40)
    await desk.sign_in()
    assert await desk.service.warning_before(timedelta(minutes=30)) is None
    assert "before the planned end in 1 h" in (await desk.service.warning_before(timedelta(hours=1)) or "")


@on_loop
async def test_simulation_warns_about_no_sign_in() -> None:
    assert await Desk(needs_sign_in=False).service.warning_before(timedelta(days=1)) is None


# ---- the lock


async def an_idle_desk(*, needs_sign_in: bool = True) -> Desk:
    desk = Desk(needs_sign_in=needs_sign_in)
    await desk.service.attend()
    if needs_sign_in:
        await desk.sign_in()
    assert (await desk.wait(minutes=45)).lock.is_locked
    return desk


@on_loop
async def test_idle_console_locks_after_the_minutes_of_the_workspace() -> None:
    desk = Desk(needs_sign_in=False)
    desk.settings.kept = ConsoleSettings(idle_minutes=10)
    assert (await desk.service.attend()).lock.limit == timedelta(minutes=10)
    assert (await desk.wait(minutes=12)).lock.locked_for == timedelta(minutes=2)


@on_loop
async def test_unlocking_needs_the_word() -> None:
    desk = await an_idle_desk(needs_sign_in=False)
    with pytest.raises(ValidationFailed, match="type the word unlock"):
        await desk.service.unlock("yes")
    view = await desk.service.unlock(" Unlock ")
    assert not view.lock.is_locked
    assert desk.written == ["Somebody unlocked the console."]


@on_loop
async def test_unlocking_asks_aws_whether_the_sign_in_still_counts() -> None:
    desk = await an_idle_desk()
    desk.identity.error = SignInNeeded("The sign-in was revoked.")
    with pytest.raises(SignInNeeded, match="revoked"):
        await desk.service.unlock("unlock")
    assert (await desk.service.look()).lock.is_locked


@on_loop
async def test_fresh_sign_in_unlocks() -> None:
    desk = await an_idle_desk()
    assert not (await desk.sign_in()).lock.is_locked


@on_loop
async def test_somebody_else_who_unlocks_has_their_own_role_and_starts_wait() -> None:
    desk = await an_idle_desk()
    view = await desk.sign_in(BEN)
    assert (view.access.principal, desk.told) == (BEN, [ANNA, BEN])


@on_loop
async def test_console_unlocks_without_a_network_while_the_sign_in_lasts() -> None:
    desk = await an_idle_desk()
    desk.identity.error = AwsUnreachable("There is no network.")
    assert not (await desk.service.unlock("unlock")).lock.is_locked


@on_loop
async def test_console_does_not_unlock_without_a_network_once_the_sign_in_has_ended() -> None:
    desk = await an_idle_desk()
    await desk.wait(hours=8)
    desk.identity.error = AwsUnreachable("There is no network.")
    with pytest.raises(SignInNeeded, match="sign in again to unlock"):
        await desk.service.unlock("unlock")


@on_loop
async def test_touch_keeps_it_open_and_a_lock_by_hand_closes_it() -> None:
    desk = Desk(needs_sign_in=False)
    await desk.service.attend()
    await desk.wait(minutes=30)
    desk.service.touch()
    assert not (await desk.wait(minutes=30)).lock.is_locked
    assert (await desk.service.lock()).lock.is_locked


@on_loop
async def test_profile_is_not_changed_at_a_locked_console() -> None:
    desk = await an_idle_desk()
    with pytest.raises(ConsoleLocked):
        await desk.service.choose_profile("ops")


@on_loop
async def test_only_an_administrator_changes_the_minutes() -> None:
    desk = Desk()
    view = await desk.sign_in()
    assert view.can_change_settings.reason.startswith("DRSOperator may not change the settings")
    with pytest.raises(RefusedByRole):
        await desk.service.set_idle_minutes(0)
    desk.rig.store.rules = RoleMapping(rules=(MappingRule(pattern="*", role=Role.ADMIN),))
    assert (await desk.service.set_idle_minutes(0)).lock.limit is None
    assert desk.settings.kept.idle_minutes == 0
