"""A DRS job, its participating servers and its log."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class JobType(StrEnum):
    """The model's `JobType`, as far as it is simulated."""

    LAUNCH = "LAUNCH"
    TERMINATE = "TERMINATE"


class InitiatedBy(StrEnum):
    """The model's `InitiatedBy`, as far as it is simulated."""

    START_RECOVERY = "START_RECOVERY"
    START_DRILL = "START_DRILL"
    TERMINATE_RECOVERY_INSTANCES = "TERMINATE_RECOVERY_INSTANCES"


class JobStatus(StrEnum):
    """The model's `JobStatus`; COMPLETED does not mean success."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"


class LaunchStatus(StrEnum):
    """The model's `LaunchStatus`."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    LAUNCHED = "LAUNCHED"
    FAILED = "FAILED"
    TERMINATED = "TERMINATED"


class LogEvent(StrEnum):
    """The model's `JobLogEvent` plus LAUNCH_END, which the service emits and the model lacks."""

    JOB_START = "JOB_START"
    CLEANUP_START = "CLEANUP_START"
    CLEANUP_END = "CLEANUP_END"
    CLEANUP_FAIL = "CLEANUP_FAIL"
    SNAPSHOT_START = "SNAPSHOT_START"
    SNAPSHOT_END = "SNAPSHOT_END"
    SNAPSHOT_FAIL = "SNAPSHOT_FAIL"
    USING_PREVIOUS_SNAPSHOT = "USING_PREVIOUS_SNAPSHOT"
    SERVER_SKIPPED = "SERVER_SKIPPED"
    CONVERSION_START = "CONVERSION_START"
    CONVERSION_END = "CONVERSION_END"
    CONVERSION_FAIL = "CONVERSION_FAIL"
    LAUNCH_START = "LAUNCH_START"
    LAUNCH_END = "LAUNCH_END"
    LAUNCH_FAILED = "LAUNCH_FAILED"
    JOB_END = "JOB_END"


@dataclass(frozen=True, kw_only=True)
class LogItem:
    """One entry of a job's log."""

    at: datetime
    event: LogEvent
    source_server_id: str | None = None
    conversion_server_id: str | None = None
    target_instance_id: str | None = None
    raw_error: str | None = None
    attempt: int | None = None
    most_attempts: int | None = None


@dataclass(kw_only=True)
class Participant:
    """A server's part in a job."""

    source_server_id: str
    launch_status: LaunchStatus = LaunchStatus.PENDING
    recovery_instance_id: str | None = None
    launched_at: datetime | None = None
    snapshot_id: str | None = None
    snapshot_at: datetime | None = None
    changes: list[tuple[datetime, LaunchStatus]] = field(default_factory=list)
    """When the launch status became what, oldest first."""

    def set_launch_status(self, at: datetime, status: LaunchStatus) -> None:
        """Change the launch status and remember when."""
        self.launch_status = status
        self.changes.append((at, status))

    def launch_status_at(self, moment: datetime) -> LaunchStatus:
        """Return what the launch status was then."""
        past = [status for at, status in self.changes if at <= moment]
        return past[-1] if past else LaunchStatus.PENDING


@dataclass(kw_only=True)
class Job:
    """A job of one account and Region."""

    id: str
    arn: str
    ordinal: int
    account_id: str
    region: str
    type: JobType
    initiated_by: InitiatedBy
    created_at: datetime
    visible_at: datetime
    """From when on reads show it (eventual consistency)."""
    tags: dict[str, str]
    participants: dict[str, Participant]
    status: JobStatus = JobStatus.PENDING
    ended_at: datetime | None = None
    log: list[LogItem] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        """Return whether the job still counts against the quotas."""
        return self.status is not JobStatus.COMPLETED

    @property
    def is_drill(self) -> bool:
        """Return whether the job launches drill instances."""
        return self.initiated_by is InitiatedBy.START_DRILL
