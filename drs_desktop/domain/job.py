"""DRS jobs and their log (API shapes `Job`, `ParticipatingServer`, `JobLog`).

A job's status says only whether DRS is done with it. Whether servers came up is each server's launch status.
"""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.ids import JobId, RecoveryInstanceId, SourceServerId
from drs_desktop.domain.words import AwsWord


class JobStatus(AwsWord):
    """Where DRS stands with a job; there is no failed status."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"
    UNKNOWN = "UNKNOWN"


class JobType(AwsWord):
    """What a job does."""

    LAUNCH = "LAUNCH"
    TERMINATE = "TERMINATE"
    CREATE_CONVERTED_SNAPSHOT = "CREATE_CONVERTED_SNAPSHOT"
    UNKNOWN = "UNKNOWN"


class InitiatedBy(AwsWord):
    """Which call made the job; START_DRILL and START_RECOVERY tell a drill from the real thing."""

    START_RECOVERY = "START_RECOVERY"
    START_DRILL = "START_DRILL"
    FAILBACK = "FAILBACK"
    DIAGNOSTIC = "DIAGNOSTIC"
    TERMINATE_RECOVERY_INSTANCES = "TERMINATE_RECOVERY_INSTANCES"
    TARGET_ACCOUNT = "TARGET_ACCOUNT"
    UNKNOWN = "UNKNOWN"


class LaunchStatus(AwsWord):
    """What DRS says of one server of a job."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    LAUNCHED = "LAUNCHED"
    FAILED = "FAILED"
    TERMINATED = "TERMINATED"
    UNKNOWN = "UNKNOWN"


ENDED_LAUNCH_STATUSES = frozenset({LaunchStatus.LAUNCHED, LaunchStatus.FAILED, LaunchStatus.TERMINATED})


class LaunchPhase(AwsWord):
    """How far a server's launch is, read from the job log; ours, not AWS's words."""

    WAITING = "waiting"
    CLEANUP = "cleanup"
    SNAPSHOT = "snapshot"
    CONVERSION = "conversion"
    LAUNCH = "launch"
    DONE = "done"
    UNKNOWN = "unknown"


PHASE_AFTER_EVENT: dict[str, LaunchPhase] = {
    "CLEANUP_START": LaunchPhase.CLEANUP,
    "CLEANUP_END": LaunchPhase.SNAPSHOT,
    "SNAPSHOT_START": LaunchPhase.SNAPSHOT,
    "SNAPSHOT_END": LaunchPhase.CONVERSION,
    "USING_PREVIOUS_SNAPSHOT": LaunchPhase.CONVERSION,
    "CONVERSION_START": LaunchPhase.CONVERSION,
    "CONVERSION_END": LaunchPhase.LAUNCH,
    "LAUNCH_START": LaunchPhase.LAUNCH,
    "LAUNCH_END": LaunchPhase.DONE,
    "LAUNCH_FAILED": LaunchPhase.DONE,
    "CONVERSION_FAIL": LaunchPhase.DONE,
    "SNAPSHOT_FAIL": LaunchPhase.DONE,
    "SERVER_SKIPPED": LaunchPhase.DONE,
}
"""The phase that a server is in after a job log event about it; other events change no phase."""


@dataclass(frozen=True, kw_only=True)
class ParticipatingServer:
    """One server of a job; the instance id may be absent even in a finished job."""

    source_server_id: SourceServerId | None
    launch_status: LaunchStatus
    recovery_instance_id: RecoveryInstanceId | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as DescribeJobs tells it; all times are AWS's."""

    job_id: JobId
    job_type: JobType
    initiated_by: InitiatedBy
    status: JobStatus
    created_at: datetime | None = None
    ended_at: datetime | None = None
    servers: tuple[ParticipatingServer, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def is_active(self) -> bool:
        """Return whether the job still holds its servers; a status not understood counts as active."""
        return self.status is not JobStatus.COMPLETED

    def tag(self, key: str) -> str | None:
        return dict(self.tags).get(key)

    @property
    def source_server_ids(self) -> frozenset[SourceServerId]:
        return frozenset(s.source_server_id for s in self.servers if s.source_server_id)


@dataclass(frozen=True, kw_only=True)
class JobLogItem:
    """One line of a job's log; `event` is AWS's word, an open set."""

    at: datetime
    event: str
    source_server_id: SourceServerId | None = None
    recovery_instance_id: RecoveryInstanceId | None = None
    conversion_server_id: str | None = None
    raw_error: str | None = None
