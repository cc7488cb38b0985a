"""The hour when nobody can sign in: a profile registered for it, used with a reason, and written down."""

from dataclasses import dataclass

from drs_desktop.domain.access_ports import AccessStore
from drs_desktop.domain.actions import Action
from drs_desktop.domain.audit import AuditEntry, AuditKind, AuditTrail
from drs_desktop.domain.break_glass import BreakGlass, GlassDoor, GlassInUse
from drs_desktop.domain.errors import CommandRefused, DrsDesktopError
from drs_desktop.domain.permissions import ConsoleLocked
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.role_mapping import elevation_for
from drs_desktop.domain.roles import Access, Role
from drs_desktop.services.access_service import AccessService


@dataclass(frozen=True, kw_only=True)
class GlassParts:
    """What the service is made of.

    Attributes:
        door: None where AWS is not reached by profiles.
    """

    access: AccessService
    store: AccessStore
    audit: AuditTrail
    clock: Clock
    operator: str
    door: GlassDoor | None


class BreakGlassService:
    """Registers the profile, uses it, and puts it back."""

    def __init__(self, parts: GlassParts) -> None:
        self._parts = parts

    async def registered(self) -> str:
        """Return the registered profile, or an empty text."""
        return (await self._parts.store.break_glass()).profile

    async def register(self, profile: str) -> None:
        """Register a profile for the hour when nobody can sign in; an empty name takes it away.

        Raises:
            RefusedByRole: this is for administrators.
            ValidationFailed: the profile would be of no use in that hour.
            CommandRefused: this is a simulation.
        """
        await self._parts.access.require(Action.CHANGE_SETTINGS, about=(("break-glass profile", profile),))
        if profile:
            self._door().check(profile)
        await self._parts.store.save_break_glass(BreakGlass(profile=profile), by=self._parts.operator)

    async def use(self, role: Role, reason: str) -> Access:
        """Reach AWS with the registered profile, and take a role with it, for a few hours.

        Raises:
            ValidationFailed: the reason says too little.
            CommandRefused: none is registered, it could not be used, or this is a simulation.
        """
        parts, door, profile = self._parts, self._door(), await self.registered()
        if not profile:
            raise CommandRefused(
                "No profile is registered for emergencies here. An administrator registers one with "
                "`drs-desktop access break-glass PROFILE`, before it is needed."
            )
        elevation = elevation_for(role, reason, parts.clock.local_now())
        before = await parts.access.current()
        if before.lock_reason:
            raise ConsoleLocked(before.lock_reason)
        words = f"The registered profile {profile} is about to be used: {elevation.reason}"
        await self._record(before, words)
        await self._enter(door, profile)
        access = await parts.access.elevate(role, reason)
        in_use = GlassInUse(profile=profile, elevation=elevation)
        await parts.store.save_glass_in_use(parts.operator, in_use, by=parts.operator)
        return access

    async def give_up(self) -> Access:
        """Give an emergency role back, and reach AWS as before.

        Raises:
            CommandRefused: there is none.
        """
        parts = self._parts
        access = await parts.access.give_up()
        in_use = await parts.store.glass_in_use(parts.operator)
        if parts.door is None or not in_use.profile:
            return access
        await parts.store.save_glass_in_use(parts.operator, GlassInUse(), by=parts.operator)
        self._leave(parts.door)
        return await parts.access.current()

    async def restore(self) -> None:
        """Reach AWS with the registered profile still, where an earlier process of this computer began to."""
        parts = self._parts
        in_use = await parts.store.glass_in_use(parts.operator)
        lasts = in_use.elevation is not None and parts.clock.local_now() < in_use.elevation.until
        if parts.door is not None and lasts:
            parts.door.use(in_use.profile)

    async def _enter(self, door: GlassDoor, profile: str) -> None:
        door.use(profile)
        self._parts.access.forget_who()
        try:
            await self._parts.access.ask_anew()
        except DrsDesktopError as error:
            self._leave(door)
            raise CommandRefused(f"The registered profile {profile} could not be used. {error}") from None

    def _leave(self, door: GlassDoor) -> None:
        door.use("")
        self._parts.access.forget_who()

    def _door(self) -> GlassDoor:
        if self._parts.door is None:
            raise CommandRefused("A simulation is not reached by profiles, so it needs none for emergencies.")
        return self._parts.door

    async def _record(self, access: Access, words: str) -> None:
        entry = AuditEntry(
            kind=AuditKind.ELEVATION,
            by=self._parts.operator,
            role=access.role.value,
            words=words,
            details=(("principal", access.principal),),
        )
        await self._parts.audit.append(entry)
