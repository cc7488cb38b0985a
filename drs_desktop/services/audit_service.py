"""Reading, checking and handing out the audit trail, and the row before each call that changes AWS."""

from collections.abc import Awaitable, Callable

from drs_desktop.domain.actions import Action
from drs_desktop.domain.audit import AuditEntry, AuditExport, AuditKind, AuditProblem, AuditRecord, AuditTrail
from drs_desktop.domain.errors import SignInNeeded
from drs_desktop.domain.ids import IntentId, Scope
from drs_desktop.domain.ports import AwsAccess, DrsActor, DrsReader
from drs_desktop.domain.roles import Access
from drs_desktop.services.access_service import AccessService


class AuditService:
    """What those who audit can ask."""

    def __init__(self, trail: AuditTrail, access: AccessService) -> None:
        self._trail = trail
        self._access = access

    async def records(self, *, limit: int | None = None) -> tuple[AuditRecord, ...]:
        """Return the newest rows, oldest of them first."""
        await self._access.require(Action.READ_AUDIT)
        return await self._trail.records(limit=limit)

    async def verify(self) -> tuple[AuditProblem, ...]:
        """Return every row that is not as it was written; nothing means that all are."""
        await self._access.require(Action.VERIFY_AUDIT)
        return await self._trail.verify()

    async def export(self) -> AuditExport:
        """Return the trail as a file that proves itself."""
        await self._access.require(Action.EXPORT_AUDIT)
        return await self._trail.export()

    async def check_export(self, content: bytes) -> tuple[AuditProblem, ...]:
        """Return what is wrong with an exported file; whoever has the file may check it."""
        return self._trail.check_export(content)


async def _nobody_listens(_principal: str) -> None:
    """Do nothing: there is no engine yet."""


class AuditedAws:
    """AWS access that looks anew who is signed in, and writes a row, before anything can change AWS."""

    def __init__(
        self,
        inner: AwsAccess,
        trail: AuditTrail,
        access: AccessService,
        operator: str,
        forget_sign_in: Callable[[], None] = lambda: None,
    ) -> None:
        """Stand around the access.

        Args:
            forget_sign_in: lets the access look afresh who is signed in.
        """
        self._inner = inner
        self._trail = trail
        self._access = access
        self._operator = operator
        self._forget_sign_in = forget_sign_in
        self._told: Callable[[str], Awaitable[None]] = _nobody_listens

    def tell(self, signed_in_as: Callable[[str], Awaitable[None]]) -> None:
        """Say from now on who is signed in before each session that may change AWS.

        Whoever listens holds the starts that somebody else than before would make: until a person decides.
        """
        self._told = signed_in_as

    def reader(self, scope: Scope) -> DrsReader:
        """Return the reader of an account and Region; nothing is written down for looking."""
        return self._inner.reader(scope)

    async def actor(self, scope: Scope, intent_id: IntentId) -> DrsActor:
        """Return an actor, once it is known that who is signed in now may act, and that is written down.

        Raises:
            SignInNeeded: who is signed in now may not act there; an execution waits for somebody who may.
            StorageError: it could not be written down, so nothing may be called.
            AwsError: the role could not be assumed, or nobody could say who it is; nothing was changed.
        """
        try:
            access = await self._access.who_acts(scope)
        except SignInNeeded:
            self._forget_sign_in()  # somebody who may can have signed in before the next try
            raise
        await self._told(access.principal)
        await self._trail.append(self._entry(access, scope, intent_id))
        return await self._inner.actor(scope, intent_id)

    def _entry(self, access: Access, scope: Scope, intent_id: IntentId) -> AuditEntry:
        return AuditEntry(
            kind=AuditKind.CALL,
            by=self._operator,
            role=access.role.value,
            words=f"A session that may change {scope} is about to be made.",
            details=(
                ("principal", access.principal),
                ("account", scope.account_id),
                ("region", scope.region),
                ("intent", intent_id),
            ),
        )
