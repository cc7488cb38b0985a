"""Source servers and their replication, as DRS reports them (API shape `SourceServer`)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drs_desktop.domain.ids import JobId, RecoveryInstanceId, ServerKey
from drs_desktop.domain.words import AwsWord


class DataReplicationState(AwsWord):
    """How replication stands (API shape `DataReplicationState`)."""

    STOPPED = "STOPPED"
    INITIATING = "INITIATING"
    INITIAL_SYNC = "INITIAL_SYNC"
    BACKLOG = "BACKLOG"
    CREATING_SNAPSHOT = "CREATING_SNAPSHOT"
    CONTINUOUS = "CONTINUOUS"
    PAUSED = "PAUSED"
    RESCAN = "RESCAN"
    STALLED = "STALLED"
    DISCONNECTED = "DISCONNECTED"
    UNKNOWN = "UNKNOWN"


class StagingStatus(AwsWord):
    """Whether the server replicates here or is a copy from a staging account."""

    NOT_EXTENDED = "NOT_EXTENDED"
    EXTENDED = "EXTENDED"
    EXTENSION_ERROR = "EXTENSION_ERROR"
    UNKNOWN = "UNKNOWN"


BLOCKING_STATES = frozenset(
    {
        DataReplicationState.STOPPED,
        DataReplicationState.INITIATING,
        DataReplicationState.INITIAL_SYNC,
        DataReplicationState.DISCONNECTED,
        DataReplicationState.UNKNOWN,
    }
)
"""States in which no usable point in time can be assumed, so that no start is made."""


@dataclass(frozen=True, kw_only=True)
class LastLaunch:
    """What DRS remembers of the server's latest launch: the second witness of a start."""

    job_id: JobId
    launch_type: str
    at: datetime | None
    status: str = ""
    """AWS's own word for how it ended, such as `LAUNCHED`; empty where it says none."""


@dataclass(frozen=True, kw_only=True)
class Disk:
    """One replicated disk; sizes in bytes."""

    device_name: str
    total_bytes: int
    replicated_bytes: int
    backlogged_bytes: int


@dataclass(frozen=True, kw_only=True)
class NetworkInterface:
    """One network interface of the machine, as its agent reports it."""

    mac_address: str
    addresses: tuple[str, ...]
    is_primary: bool = False


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the machine stands; every part may be empty, for a machine outside AWS."""

    account_id: str = ""
    region: str = ""
    zone: str = ""
    instance_id: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceServer:
    """A server that DRS replicates into one account and Region.

    Attributes:
        replication_ready_at: when DRS expects continuous replication again; only while it is behind.
        staging_arn: for an extended server, the ARN of its twin in the staging account.
        last_seen_at: when DRS last heard of the agent; two reads that differ in it alone are the same.
    """

    key: ServerKey
    arn: str
    name: str
    hostname: str = ""
    fqdn: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    operating_system: str = ""
    replication_state: DataReplicationState = DataReplicationState.UNKNOWN
    replication_error: str = ""
    lag: timedelta | None = None
    disks: tuple[Disk, ...] = ()
    staging_status: StagingStatus = StagingStatus.NOT_EXTENDED
    staging_arn: str = ""
    staging_account_id: str = ""
    staging_error: str = ""
    staging_zone: str = ""
    recommended_instance_type: str = ""
    private_ip: str = ""
    interfaces: tuple[NetworkInterface, ...] = ()
    origin: Origin = Origin()
    cpu_cores: int = 0
    ram_bytes: int = 0
    recovery_instance_id: RecoveryInstanceId | None = None
    last_launch: LastLaunch | None = None
    replication_ready_at: datetime | None = field(default=None, compare=False)
    last_seen_at: datetime | None = field(default=None, compare=False)

    def tag(self, key: str) -> str | None:
        """Return the value of the tag with exactly this key, or None."""
        return dict(self.tags).get(key)

    @property
    def machine_arn(self) -> str:
        """Return what tells one machine from another: an extended server and its twin have the same."""
        return self.staging_arn if self.staging_status is StagingStatus.EXTENDED else self.arn

    @property
    def is_windows(self) -> bool:
        return "windows" in self.operating_system.lower()
