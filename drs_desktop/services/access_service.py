"""Who is at the console and what they may do: asked before anything happens."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace

from drs_desktop.domain.access_ports import AccessStore, IdentitySource
from drs_desktop.domain.actions import ACTIONS, Action, Permission
from drs_desktop.domain.audit import AuditEntry, AuditKind, AuditTrail
from drs_desktop.domain.errors import (
    AwsUnreachable,
    CommandRefused,
    DrsDesktopError,
    SignInNeeded,
    StorageError,
)
from drs_desktop.domain.ids import AccountId, Scope
from drs_desktop.domain.permissions import (
    MATRIX,
    READ_ONLY_ROLES,
    ConsoleLocked,
    RefusalKind,
    Refused,
    RefusedByRole,
    Verdict,
    may,
)
from drs_desktop.domain.ports import Clock
from drs_desktop.domain.remembered_identity import RememberedIdentity, WhoIs, by_memory, remembered
from drs_desktop.domain.role_mapping import (
    MappingRule,
    RoleMapping,
    access_of,
    check_mapping,
    elevated,
    elevation_for,
)
from drs_desktop.domain.roles import NOBODY_MAPPED, Access, Role
from drs_desktop.domain.session_policy import session_policy
from drs_desktop.services.access_views import AccessView, ActionRow, PermissionRow
from drs_desktop.services.console_lock import ConsoleLock

DEMO_ACCESS = Access(
    role=Role.OPERATOR,
    principal="simulation",
    source="In a simulation everybody is an operator: nothing here can cost or save anything.",
)


class KnownAccess:
    """The access as it was last found out, for those who cannot wait: sessions and disabled buttons."""

    def __init__(self, lock: ConsoleLock | None = None) -> None:
        """Begin with nobody known; without a lock the console is never locked."""
        self.own = NOBODY_MAPPED
        self._lock = lock

    @property
    def access(self) -> Access:
        """Return what may be done from this console now, which a lock makes less."""
        return replace(self.own, lock_reason=self._lock.reason) if self._lock else self.own

    def session_policy(self, account_id: AccountId, is_acting: bool) -> str:
        """Return the policy to assume a role with; any thread may ask, and a lock changes nothing of it."""
        return session_policy(self.own, account_id, is_acting=is_acting)


@dataclass(frozen=True, kw_only=True)
class AccessParts:
    """What the access service is made of.

    Attributes:
        identity: None where everybody has the same access.
        everybody: what everybody has without an identity.
        shipped: the rules that came with the installation; they count until an administrator keeps others.
    """

    store: AccessStore
    audit: AuditTrail
    clock: Clock
    operator: str
    known: KnownAccess
    identity: IdentitySource | None = None
    everybody: Access = NOBODY_MAPPED
    shipped: RoleMapping | None = None


class AccessService:
    """Finds out who somebody is, refuses, writes down, and changes the rules."""

    def __init__(self, parts: AccessParts) -> None:
        self._parts = parts
        self._principal = ""
        self._is_stale = True
        self._error: DrsDesktopError | None = None
        self._memory: RememberedIdentity | None = None

    # ---- finding out

    async def current(self) -> Access:
        """Return the access of whoever is at the console now; it never raises for want of an answer."""
        parts = self._parts
        own = await self._own()
        kept = await parts.store.elevation(own.principal) if own.principal else None
        parts.known.own = elevated(own, kept, parts.clock.local_now())
        return parts.known.access

    async def _own(self) -> Access:
        if self._parts.identity is None:
            return self._parts.everybody
        if self._is_stale:
            await self._ask(self._parts.identity)
        if self._principal:
            return access_of(await self._mapping(), self._principal)
        memory = self._memory
        if memory is None or not memory.counts(self._parts.clock.local_now()):
            return NOBODY_MAPPED
        return by_memory(access_of(await self._mapping(), memory.principal), memory)

    async def _ask(self, identity: IdentitySource) -> None:
        try:
            who = await identity.who()
        except DrsDesktopError as error:
            self._error = error
            is_silent = isinstance(error, AwsUnreachable)
            self._memory = await self._parts.store.remembered(identity.label) if is_silent else None
        else:
            self._principal, self._error = who.principal, None
            await self._remember(identity.label, who)
        # Who was known stays known while AWS gives no answer: a pause must not wait for the network.
        self._is_stale = not self._principal

    async def _remember(self, label: str, who: WhoIs) -> None:
        """Keep who it is for the hour without a network; that this fails now must not stop anything."""
        memory = remembered(who, self._parts.clock.local_now())
        with suppress(StorageError):
            if memory.is_news(await self._parts.store.remembered(label)):
                await self._parts.store.save_remembered(label, memory, by=self._parts.operator)

    def forget(self) -> None:
        """Ask anew who it is: somebody may have signed in or out."""
        self._is_stale = True

    def forget_who(self) -> None:
        """Ask anew, and know nobody until there is an answer: whoever it was has signed out."""
        self._principal = ""
        self._memory = None
        self._is_stale = True

    @property
    def problem(self) -> str:
        """Return why nobody could say who is signed in when it was last asked, or an empty text."""
        return str(self._error or "")

    @property
    def missing_sign_in(self) -> SignInNeeded | None:
        """Return that AWS accepts nobody's sign-in, if that is what it said last."""
        return self._error if isinstance(self._error, SignInNeeded) else None

    async def ask_anew(self) -> Access:
        """Return the access of whoever AWS says is at the console at this moment.

        Raises:
            DrsDesktopError: nobody could say who it is.
        """
        self.forget()
        access = await self.current()
        if self._error is not None:
            raise self._error
        return access

    async def who_acts(self, scope: Scope) -> Access:
        """Return the access of whoever is signed in now, if they may start and remove servers there.

        A drive outlives a sign-in, so it is asked anew for each session that is made to act. The lock of the
        console does not count: what was started goes on behind it.

        Raises:
            SignInNeeded: they may not; somebody who may has to sign in.
            DrsDesktopError: nobody could say who it is.
        """
        self.forget()
        await self.current()
        access = self._parts.known.own
        if self._error is not None:
            raise self._error
        verdict = may(access, Action.START_EXECUTION, [scope.account_id])
        if not verdict.is_allowed:
            raise SignInNeeded(f"{verdict.reason} Nothing is started until somebody who may signs in.")
        return access

    async def _mapping(self) -> RoleMapping:
        return await self._parts.store.mapping() or self._parts.shipped or RoleMapping()

    # ---- asking before anything happens

    async def require(
        self, action: Action, accounts: Collection[AccountId] = (), about: tuple[tuple[str, str], ...] = ()
    ) -> Access:
        """Return the access if the action may be done; what changes something is written down first.

        Args:
            about: names and values for the audit trail.

        Raises:
            RefusedByRole: it may not; nothing happened.
            StorageError: it could not be written down, so it must not be done.
        """
        return await self.admit(await self.current(), action, accounts, about)

    async def admit(
        self,
        access: Access,
        action: Action,
        accounts: Collection[AccountId],
        about: tuple[tuple[str, str], ...] = (),
    ) -> Access:
        """Do what `require` does with an access that was found out just now."""
        verdict = may(access, action, accounts)
        if ACTIONS[action].is_change:
            await self._write_down(access, action, verdict, about)
        if not verdict.is_allowed:
            if isinstance(verdict, Refused) and verdict.kind is RefusalKind.LOCK:
                raise ConsoleLocked(verdict.reason)
            self._insist_on_sign_in(access)
            raise RefusedByRole(f"{verdict.reason} Nothing was done.{self._hint()}")
        return access

    async def _write_down(
        self, access: Access, action: Action, verdict: Verdict, about: tuple[tuple[str, str], ...]
    ) -> None:
        kind = AuditKind.COMMAND if verdict.is_allowed else AuditKind.REFUSAL
        words = verdict.reason or f"About to {ACTIONS[action].words}."
        await self._record(access, kind, words, (("action", action.value), *about))

    async def _record(
        self, access: Access, kind: AuditKind, words: str, details: tuple[tuple[str, str], ...] = ()
    ) -> None:
        entry = AuditEntry(
            kind=kind,
            by=self._parts.operator,
            role=access.role.value,
            words=words,
            details=(("principal", access.principal), *_how_known(access), *details),
        )
        await self._parts.audit.append(entry)

    def _insist_on_sign_in(self, access: Access) -> None:
        """Say that a sign-in is missing, where that alone is why nobody knows who it is."""
        if not access.principal and isinstance(self._error, SignInNeeded):
            raise self._error

    def _hint(self) -> str:
        return f" ({self._error})" if self._error else ""

    # ---- my access

    async def view(self) -> AccessView:
        """Return what the person at the console may do, and why."""
        access = await self.current()
        verdicts = {action: may(access, action, access.accounts) for action in Action}
        return AccessView(
            operator=self._parts.operator,
            access=access,
            problem=str(self._error or ""),
            permissions=tuple(
                PermissionRow(permission=one, is_granted=one in MATRIX[access.role]) for one in Permission
            ),
            actions=tuple(
                ActionRow(
                    action=action,
                    words=ACTIONS[action].words,
                    is_allowed=verdict.is_allowed,
                    reason=verdict.reason,
                )
                for action, verdict in verdicts.items()
            ),
            sessions=_session_words(access),
            rules=(await self._mapping()).rules,
        )

    # ---- changing who may do what

    async def assign(self, rule: MappingRule) -> RoleMapping:
        """Add a rule, or change the one with its pattern.

        Raises:
            ValidationFailed: it says what cannot be meant.
        """
        return await self._change((await self._mapping()).assign(rule))

    async def unassign(self, pattern: str) -> RoleMapping:
        """Remove a rule.

        Raises:
            ValidationFailed: there is none, or nobody would be DRSAdmin any more.
        """
        return await self._change((await self._mapping()).unassign(pattern))

    async def _change(self, mapping: RoleMapping) -> RoleMapping:
        access = await self.require(Action.CHANGE_ROLES)
        check_mapping(mapping)
        rules = tuple((rule.pattern, _rule_words(rule)) for rule in mapping.rules)
        await self._record(access, AuditKind.ROLES, "The rules of roles are changed.", rules)
        await self._parts.store.save_mapping(mapping, by=self._parts.operator)
        return mapping

    async def claim(self) -> Access:
        """Become the DRSAdmin of a workspace that has no rules yet and none shipped with.

        Raises:
            CommandRefused: it has rules, it is a simulation, or nobody is signed in.
        """
        access = await self.current()
        _refuse_if_locked(access, Action.ELEVATE)
        if self._parts.identity is None:
            raise CommandRefused("A simulation has no administrator: everybody is an operator in it.")
        if (await self._mapping()).rules:
            raise CommandRefused("This workspace has an administrator already: ask them for a role.")
        if not access.principal:
            raise CommandRefused(f"Nobody is signed in, so nobody can become DRSAdmin.{self._hint()}")
        mapping = RoleMapping(rules=(MappingRule(pattern=access.principal_pattern, role=Role.ADMIN),))
        await self._record(access, AuditKind.ROLES, "The first administrator takes the workspace over.")
        await self._parts.store.save_mapping(mapping, by=self._parts.operator)
        return await self.current()

    # ---- emergencies

    async def elevate(self, role: Role, reason: str) -> Access:
        """Take a role in an emergency, for a few hours; it goes as far as AWS itself allows.

        Raises:
            ValidationFailed: the reason says too little.
            CommandRefused: nobody is signed in.
        """
        access = await self.current()
        _refuse_if_locked(access, Action.ELEVATE)
        if not access.principal:
            raise CommandRefused(f"Nobody is signed in, so nobody can take a role.{self._hint()}")
        elevation = elevation_for(role, reason, self._parts.clock.local_now())
        words = f"{role} is taken in an emergency: {elevation.reason}"
        await self._record(access, AuditKind.ELEVATION, words, (("until", elevation.until.isoformat()),))
        await self._parts.store.save_elevation(access.principal, elevation, by=self._parts.operator)
        return await self.current()

    async def give_up(self) -> Access:
        """Give an emergency role back.

        Raises:
            CommandRefused: there is none.
        """
        access = await self.current()
        _refuse_if_locked(access, Action.GIVE_UP_ELEVATION)
        if access.elevation is None:
            raise CommandRefused("There is no emergency role to give back.")
        await self._record(access, AuditKind.ELEVATION, f"{access.role} is given back.")
        await self._parts.store.save_elevation(access.principal, None, by=self._parts.operator)
        return await self.current()


def _refuse_if_locked(access: Access, action: Action) -> None:
    verdict = may(access, action, access.accounts)
    if not verdict.is_allowed:
        raise ConsoleLocked(verdict.reason)


def _how_known(access: Access) -> tuple[tuple[str, str], ...]:
    """Return what the audit trail says of how it is known who it was."""
    if access.remembered_at is None:
        return ()
    return (("identity", f"not confirmed by AWS, which last did at {access.remembered_at.isoformat()}"),)


def _rule_words(rule: MappingRule) -> str:
    return " ".join((rule.role.value, *rule.accounts))


def _session_words(access: Access) -> str:
    if access.role not in READ_ONLY_ROLES:
        return "Sessions made to look are read-only in AWS itself; a session to act is made for each start."
    return "Every session is read-only in AWS itself: it refuses whatever would change something."
