"""The profile for the hour when nobody can sign in: registered before, used with a reason, put back."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from drs_desktop.domain.actions import Action
from drs_desktop.domain.errors import AwsUnreachable, CommandRefused, SignInNeeded, ValidationFailed
from drs_desktop.domain.permissions import ConsoleLocked, RefusedByRole
from drs_desktop.domain.role_mapping import ELEVATION_LASTS, MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.services.access_service import DEMO_ACCESS
from drs_desktop.services.break_glass_service import BreakGlassService
from tests.helpers.access_rig import AccessRig, FakeIdentity
from tests.helpers.asynchronous import on_loop

ADMINS = RoleMapping(rules=(MappingRule(pattern="Operators", role=Role.ADMIN),))
REASON = "Frankfurt is gone, nobody can sign in."
GLASS_USER = "arn:aws:iam::111111111111:user/emergency"


@dataclass
class FakeDoor:
    """Reaches AWS as whoever the profile belongs to."""

    identity: FakeIdentity
    behind: dict[str, FakeIdentity]
    used: list[str] = field(default_factory=list)

    def check(self, profile: str) -> None:
        if profile not in self.behind:
            raise ValidationFailed(f"There is no profile {profile}.")

    def use(self, profile: str) -> None:
        self.used.append(profile)
        found = self.behind[profile]
        self.identity.name, self.identity.error = found.name, found.error
        self.identity.label = f"profile {profile or 'default'}"


class Desk:
    """A console whose sign-in has its home in a Region that is gone."""

    def __init__(self, *, glass: FakeIdentity | None = None) -> None:
        self.identity = FakeIdentity()
        self.rig = AccessRig(identity=self.identity, shipped=ADMINS)
        gone = FakeIdentity(error=AwsUnreachable("Identity Center gives no answer."))
        behind = {"": gone, "emergency": glass or FakeIdentity(name=GLASS_USER)}
        self.door = FakeDoor(identity=self.identity, behind=behind)
        self.service = self.made(self.rig)

    def made(self, rig: AccessRig) -> BreakGlassService:
        rig.store = self.rig.store
        return rig.glass(self.door)

    async def registered(self) -> "Desk":
        """Register the profile while all is well, and lose the Region."""
        await self.service.register("emergency")
        self.identity.error = AwsUnreachable("Identity Center gives no answer.")
        self.rig.service.forget_who()
        self.rig.store.memories.clear()
        return self


@on_loop
async def test_registered_profile_is_used_with_a_reason_and_written_down_before() -> None:
    desk = await Desk().registered()
    access = await desk.service.use(Role.OPERATOR, REASON)
    assert (access.principal, access.role) == (GLASS_USER, Role.OPERATOR)
    assert desk.door.used == ["emergency"]
    assert [REASON in entry.words for entry in desk.rig.audit.entries[-2:]] == [True, True]
    assert "The registered profile emergency is about to be used" in desk.rig.audit.entries[-2].words


@on_loop
async def test_memory_of_who_was_there_does_not_keep_the_glass_whole() -> None:
    desk = Desk()
    await desk.service.register("emergency")
    desk.identity.error = AwsUnreachable("Identity Center gives no answer.")
    desk.rig.service.forget_who()
    assert (await desk.rig.service.current()).remembered_at is not None
    assert (await desk.service.use(Role.OPERATOR, REASON)).role is Role.OPERATOR


@on_loop
async def test_next_command_goes_on_with_it_until_its_time_is_over() -> None:
    desk = await Desk().registered()
    await desk.service.use(Role.OPERATOR, REASON)
    desk.door.used.clear()
    await desk.made(desk.rig).restore()
    assert desk.door.used == ["emergency"]
    await desk.rig.clock.advance(ELEVATION_LASTS + timedelta(seconds=1))
    await desk.made(desk.rig).restore()
    assert desk.door.used == ["emergency"]


@on_loop
async def test_giving_up_puts_the_usual_profile_back() -> None:
    desk = await Desk().registered()
    await desk.service.use(Role.OPERATOR, REASON)
    await desk.service.give_up()
    assert desk.door.used == ["emergency", ""]
    desk.door.used.clear()
    await desk.service.restore()
    assert desk.door.used == []


@on_loop
async def test_profile_that_aws_refuses_leaves_everything_as_it_was() -> None:
    desk = await Desk(glass=FakeIdentity(error=SignInNeeded("AWS does not accept the keys."))).registered()
    with pytest.raises(CommandRefused, match=r"emergency could not be used\. AWS does not accept the keys"):
        await desk.service.use(Role.OPERATOR, REASON)
    assert desk.door.used == ["emergency", ""]
    assert desk.rig.store.elevations == {}


@on_loop
async def test_without_a_registered_profile_there_is_none_to_use() -> None:
    desk = Desk()
    with pytest.raises(CommandRefused, match="No profile is registered"):
        await desk.service.use(Role.OPERATOR, REASON)
    assert desk.door.used == []


@on_loop
async def test_reason_that_says_nothing_uses_nothing() -> None:
    desk = await Desk().registered()
    with pytest.raises(ValidationFailed, match="needs a reason"):
        await desk.service.use(Role.OPERATOR, "because")
    assert desk.door.used == []


@on_loop
async def test_only_an_administrator_registers_a_profile() -> None:
    desk = Desk()
    desk.rig.store.rules = RoleMapping(
        rules=(
            MappingRule(pattern="Operators", role=Role.OPERATOR),
            MappingRule(pattern="x", role=Role.ADMIN),
        )
    )
    with pytest.raises(RefusedByRole):
        await desk.service.register("emergency")
    assert await desk.service.registered() == ""


@on_loop
async def test_profile_of_no_use_is_not_registered_and_a_registered_one_can_be_forgotten() -> None:
    desk = Desk()
    with pytest.raises(ValidationFailed):
        await desk.service.register("nowhere")
    await desk.service.register("emergency")
    assert dict(desk.rig.audit.entries[-1].details)["action"] == Action.CHANGE_SETTINGS
    await desk.service.register("")
    assert await desk.service.registered() == ""


@on_loop
async def test_locked_console_breaks_no_glass() -> None:
    desk = await Desk().registered()
    desk.rig.lock.lock()
    with pytest.raises(ConsoleLocked):
        await desk.service.use(Role.OPERATOR, REASON)
    assert desk.door.used == []


@on_loop
async def test_simulation_has_no_glass_to_break() -> None:
    rig = AccessRig(DEMO_ACCESS)
    service = rig.glass(None)
    with pytest.raises(CommandRefused, match="A simulation"):
        await service.use(Role.OPERATOR, REASON)
    await service.restore()
