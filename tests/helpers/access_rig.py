"""An access service on rows in memory: who is at the console, and what was written down."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from drs_desktop.domain.audit import AuditEntry, AuditExport, AuditProblem, AuditRecord
from drs_desktop.domain.break_glass import BreakGlass, GlassDoor, GlassInUse
from drs_desktop.domain.errors import DrsDesktopError, StorageError
from drs_desktop.domain.remembered_identity import RememberedIdentity, WhoIs
from drs_desktop.domain.role_mapping import RoleMapping
from drs_desktop.domain.roles import NOBODY_MAPPED, Access, Elevation
from drs_desktop.services.access_service import AccessParts, AccessService, KnownAccess
from drs_desktop.services.break_glass_service import BreakGlassService, GlassParts
from drs_desktop.services.console_lock import ConsoleLock
from tests.helpers.fakes import FakeClock

ANNA = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Operators_0123456789abcdef/anna"


class FakeAuditTrail:
    """Rows in a list; it can refuse to write."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.is_broken = False

    async def append(self, entry: AuditEntry) -> AuditRecord:
        if self.is_broken:
            raise StorageError("The disk is full.")
        self.entries.append(entry)
        return AuditRecord(
            sequence=len(self.entries), recorded_at=datetime(2026, 1, 1, tzinfo=UTC), entry=entry, hash=""
        )

    async def records(self, *, after: int = 0, limit: int | None = None) -> tuple[AuditRecord, ...]:
        return ()

    async def verify(self) -> tuple[AuditProblem, ...]:
        return ()

    async def export(self) -> AuditExport:
        return AuditExport(content=b"the trail", rows=0, head="")

    def check_export(self, content: bytes) -> tuple[AuditProblem, ...]:
        return () if content == b"the trail" else (AuditProblem(sequence=1, problem="It was changed."),)


@dataclass
class FakeAccessStore:
    """The newest rules and emergencies."""

    rules: RoleMapping | None = None
    elevations: dict[str, Elevation | None] = field(default_factory=dict)
    registered: BreakGlass = field(default_factory=BreakGlass)
    glasses: dict[str, GlassInUse] = field(default_factory=dict)
    memories: dict[str, RememberedIdentity] = field(default_factory=dict)

    async def mapping(self) -> RoleMapping | None:
        return self.rules

    async def save_mapping(self, mapping: RoleMapping, *, by: str) -> None:
        self.rules = mapping

    async def remembered(self, label: str) -> RememberedIdentity | None:
        return self.memories.get(label)

    async def save_remembered(self, label: str, memory: RememberedIdentity, *, by: str) -> None:
        self.memories[label] = memory

    async def break_glass(self) -> BreakGlass:
        return self.registered

    async def save_break_glass(self, registered: BreakGlass, *, by: str) -> None:
        self.registered = registered

    async def glass_in_use(self, operator: str) -> GlassInUse:
        return self.glasses.get(operator, GlassInUse())

    async def save_glass_in_use(self, operator: str, in_use: GlassInUse, *, by: str) -> None:
        self.glasses[operator] = in_use

    async def elevation(self, principal: str) -> Elevation | None:
        return self.elevations.get(principal)

    async def save_elevation(self, principal: str, elevation: Elevation | None, *, by: str) -> None:
        self.elevations[principal] = elevation


@dataclass
class FakeIdentity:
    """Whoever the test says."""

    name: str = ANNA
    error: DrsDesktopError | None = None

    ends_at: datetime | None = None
    label: str = "profile default"

    async def who(self) -> WhoIs:
        if self.error is not None:
            raise self.error
        return WhoIs(principal=self.name, ends_at=self.ends_at)


class AccessRig:
    """An access service and everything around it."""

    def __init__(
        self,
        everybody: Access = NOBODY_MAPPED,
        *,
        identity: FakeIdentity | None = None,
        shipped: RoleMapping | None = None,
    ) -> None:
        self.audit = FakeAuditTrail()
        self.store = FakeAccessStore()
        self.clock = FakeClock()
        self.lock = ConsoleLock(self.clock.local_elapsed)
        self.known = KnownAccess(self.lock)
        self.service = AccessService(
            AccessParts(
                store=self.store,
                audit=self.audit,
                clock=self.clock,
                operator="anna@desk",
                known=self.known,
                identity=identity,
                everybody=everybody,
                shipped=shipped,
            )
        )

    def glass(self, door: GlassDoor | None) -> BreakGlassService:
        """Return what registers and uses the profile for emergencies."""
        return BreakGlassService(
            GlassParts(
                access=self.service,
                store=self.store,
                audit=self.audit,
                clock=self.clock,
                operator="anna@desk",
                door=door,
            )
        )

    @property
    def kinds(self) -> list[str]:
        return [entry.kind.value for entry in self.audit.entries]
