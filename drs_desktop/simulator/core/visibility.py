"""Eventual consistency: how late each kind of read shows what is new."""

from dataclasses import dataclass, fields


@dataclass(kw_only=True)
class VisibilityLag:
    """How long a change stays invisible to a kind of read, in real seconds."""

    describe_jobs_seconds: float = 0.0
    """A new job, in DescribeJobs and DescribeJobLogItems."""
    job_log_seconds: float = 0.0
    """A new entry of a job's log."""
    launch_status_seconds: float = 0.0
    """A change of a participating server's launch status."""
    recovery_instances_seconds: float = 0.0
    """A new recovery instance, and its id on the source server."""
    last_launch_seconds: float = 0.0
    """A source server's newest launch, in `lifeCycle.lastLaunch` and `lastLaunchResult`."""
    snapshots_seconds: float = 0.0
    """A new point in time."""
    instance_ids_in_jobs_seconds: float | None = 0.0
    """The instance id of a participating server after the launch; None: the job never tells it."""

    @property
    def largest_seconds(self) -> float:
        """Return the largest lag in force: the L that the identity endpoint states."""
        return max(getattr(self, lag.name) or 0.0 for lag in fields(self))
