"""A source server: what it is, how it replicates, what its last launch was."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from drs_desktop.simulator.core.launch_configuration import LaunchConfiguration
from drs_desktop.simulator.core.replication import Replication


class OsFamily(StrEnum):
    """Which table of durations a server follows."""

    LINUX = "linux"
    WINDOWS = "windows"


class LaunchFailure(StrEnum):
    """How a launch can be told to go wrong; most words are the job log event that tells of it."""

    SNAPSHOT_FAIL = "SNAPSHOT_FAIL"
    CONVERSION_FAIL = "CONVERSION_FAIL"
    LAUNCH_FAILED = "LAUNCH_FAILED"
    LAUNCH_END = "LAUNCH_END"
    """The text stands in LAUNCH_END and there is no instance (recorded in 2026)."""
    SILENT = "SILENT"
    """The job ends within about a second, the server is FAILED and no text says why."""
    SERVER_SKIPPED = "SERVER_SKIPPED"
    """The job drops the server; it is FAILED (uncertain)."""
    PREVIOUS_SNAPSHOT = "PREVIOUS_SNAPSHOT"
    """No failure: no snapshot could be taken, so the launch uses the newest earlier one."""
    NEVER_ENDS = "NEVER_ENDS"
    """The launch begins and nothing is heard of it any more; the job stays STARTED."""


class StagingStatus(StrEnum):
    """The model's `ExtensionStatus`."""

    NOT_EXTENDED = "NOT_EXTENDED"
    EXTENDED = "EXTENDED"
    EXTENSION_ERROR = "EXTENSION_ERROR"


@dataclass(frozen=True, kw_only=True)
class Disk:
    """One replicated disk."""

    device_name: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class ServerProfile:
    """What the agent reports about the machine."""

    hostname: str
    fqdn: str
    os_family: OsFamily
    os_text: str
    cpu_cores: int
    cpu_model: str
    ram_bytes: int
    private_ip: str
    mac_address: str
    recommended_instance_type: str
    disks: tuple[Disk, ...]
    vmware_uuid: str


@dataclass(frozen=True, kw_only=True)
class PlannedFailure:
    """How this server's launches fail."""

    kind: LaunchFailure
    raw_error: str | None = None
    attempt: int | None = None
    most_attempts: int | None = None


@dataclass(frozen=True, kw_only=True)
class StagingArea:
    """Where the server replicates to; an extended server names its twin."""

    status: StagingStatus
    account_id: str
    source_server_arn: str


@dataclass(kw_only=True)
class LastLaunch:
    """The newest launch of a server (`lifeCycle.lastLaunch`)."""

    job_id: str
    called_at: datetime
    is_drill: bool
    status: str
    result: str = "PENDING"
    """What `lastLaunchResult` says since then."""
    changes: list[tuple[datetime, str, str]] = field(default_factory=list)
    """When status and result became what, oldest first."""

    def change(self, at: datetime, status: str, result: str) -> None:
        """Change status and result and remember when."""
        self.status, self.result = status, result
        self.changes.append((at, status, result))

    def told_at(self, moment: datetime) -> tuple[str, str]:
        """Return what status and result were then."""
        past = [(status, result) for at, status, result in self.changes if at <= moment]
        return past[-1] if past else ("PENDING", "PENDING")


@dataclass(kw_only=True)
class SourceServer:
    """A source server of one account and Region, with the state DRS keeps about it."""

    id: str
    arn: str
    ordinal: int
    profile: ServerProfile
    tags: dict[str, str]
    replication_now: Replication
    """The server's own replication; an extended server shows its twin's."""
    launch_configuration: LaunchConfiguration
    staging_area: StagingArea
    added_at: datetime
    agent_version: str
    planned_failure: PlannedFailure | None = None
    next_failure: PlannedFailure | None = None
    """How only the next launch fails."""
    status_checks: str = "ok"
    """What EC2's status checks say of its instances once they have booted."""
    launches: list[LastLaunch] = field(default_factory=list)
    """The newest launches, oldest first; reads that lag show an earlier one."""
    instance_ids: list[str] = field(default_factory=list)
    """Its recovery instances, oldest first; more than one only when a clean-up failed."""
    twin: "SourceServer | None" = None
    """The server in the staging account that replicates for this one."""
    protected_from: datetime | None = None
    """From when on points in time exist; None: there are none."""
    replication_epoch: int = 0
    """Grows with every change of the replication that somebody asked for."""
    active_job_id: str | None = None
    """The one job this server is in (quota: one job per server)."""

    @property
    def home(self) -> "SourceServer":
        """Return the server that replicates: the twin of an extended one, or the server itself."""
        return self.twin.home if self.twin else self

    @property
    def replication(self) -> Replication:
        """Return how the server, or its twin, replicates."""
        return self.home.replication_now

    def replicate(self, replication: Replication) -> int:
        """Replicate otherwise from now on; return the number of this change."""
        home = self.home
        home.replication_now = replication
        home.replication_epoch += 1
        return home.replication_epoch

    def take_failure(self) -> PlannedFailure | None:
        """Return how the launch that begins now fails, if it does."""
        failure, self.next_failure = self.next_failure or self.planned_failure, None
        return failure

    @property
    def recovery_instance_id(self) -> str | None:
        """Return the newest recovery instance, if there is any."""
        return self.instance_ids[-1] if self.instance_ids else None

    @property
    def last_launch(self) -> LastLaunch | None:
        """Return the newest launch."""
        return self.launches[-1] if self.launches else None

    @property
    def last_launch_result(self) -> str:
        """Return the result of the newest launch."""
        return self.launches[-1].result if self.launches else "NOT_STARTED"
