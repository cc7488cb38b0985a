"""What a start would do, as screens and the command line show it before anything is called."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.domain.ids import PlanId, Scope, ServerKey
from drs_desktop.domain.plan_forecast import Expected
from drs_desktop.domain.readiness_finding import Check
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.domain.start_recovery import ExecutionMode


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the check before a start.

    Attributes:
        level: `passed`, `warning`, `failed` or `not checked`.
        text: what was found.
        fix: what to do about it; empty where nothing has to be done.
        check: which check it is of, a stable word such as `replication`.
        accept: the word under which a person may accept it, giving a reason; empty when that cannot be done
            or need not be.
        is_essential: whether a start is refused when it could not be checked.
    """

    level: str
    text: str
    fix: str = ""
    check: str = ""
    accept: str = ""
    is_essential: bool = True

    @property
    def sentence(self) -> str:
        """Return what was found and what to do about it."""
        return f"{self.text} {self.fix}".rstrip()

    @property
    def is_blocking(self) -> bool:
        """Return whether nothing starts while it stands, whatever a person says."""
        is_bad = self.level == "failed" or (self.level == "not checked" and self.is_essential)
        return is_bad and not self.accept


@dataclass(frozen=True, kw_only=True)
class PlannedCall:
    """One StartRecovery call that a start would make."""

    wave: int
    wave_name: str
    scope: Scope
    account_name: str
    server_names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PlannedServer:
    """One server of a start: what it would be made from, and where it would land.

    Attributes:
        lag: how far its data is behind, or None when DRS does not say.
        instance_type: the type it would be launched as, or empty when that is not known.
        subnet_id: where it would land; empty when that is not known, or is left to EC2's default.
        private_ip: the address it would be given, or empty when EC2 chooses one.
        snapshot_id: the point in time it would be made from; empty means the newest data.
        data_at: from when its data would be, in service time; None when it is made from data of the start
            itself, or that is not known.
    """

    key: ServerKey
    name: str
    wave: int
    replication_state: DataReplicationState
    lag: timedelta | None = None
    instance_type: str = ""
    vpc_id: str = ""
    subnet_id: str = ""
    private_ip: str = ""
    snapshot_id: str = ""
    data_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StartPreview:
    """What a start would do, and whether it may: shown before anything is called."""

    plan_id: PlanId
    plan_name: str
    plan_revision: int
    mode: ExecutionMode
    findings: tuple[Finding, ...]
    calls: tuple[PlannedCall, ...]
    replaced_instances: tuple[str, ...]
    """Server names whose earlier drill instance the start deletes."""
    servers: tuple[PlannedServer, ...] = ()
    """Every server of the start, in the order of the waves."""
    made_at: datetime | None = None
    """Service time at which it was read."""
    expected: Expected | None = None
    """How long it may take by what is usual, pauses left out."""

    @property
    def session_warning(self) -> str | None:
        """Return what to say where the sign-in may end before the plan does."""
        return next((one.text for one in self.findings if one.check == Check.SESSION), None)

    @property
    def to_accept(self) -> tuple[Finding, ...]:
        """Return what a person has to accept, with a reason each, before it may start."""
        return tuple(finding for finding in self.findings if finding.accept)

    @property
    def is_startable(self) -> bool:
        """Return whether it may start, once everything in `to_accept` is accepted."""
        return not any(finding.is_blocking for finding in self.findings)
