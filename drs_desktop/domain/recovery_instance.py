"""Recovery instances: what a launch left in EC2 (API shape `RecoveryInstance`)."""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.ids import JobId, RecoveryInstanceId, ServerKey
from drs_desktop.domain.words import AwsWord


class Ec2InstanceState(AwsWord):
    """The state of the EC2 instance, in DRS's upper-case spelling."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SHUTTING_DOWN = "SHUTTING-DOWN"
    TERMINATED = "TERMINATED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


GONE_STATES = frozenset(
    {Ec2InstanceState.SHUTTING_DOWN, Ec2InstanceState.TERMINATED, Ec2InstanceState.NOT_FOUND}
)


@dataclass(frozen=True, kw_only=True)
class RecoveryInstance:
    """One recovery instance as DRS lists it.

    Attributes:
        job_id: the job that launched it: the proof of whose it is.
        is_drill: False means production runs on it: it is never touched by a drill.
        failback_state: anything but FAILBACK_NOT_STARTED means data flows back from it.
    """

    recovery_instance_id: RecoveryInstanceId
    server: ServerKey
    job_id: JobId | None
    is_drill: bool
    ec2_state: Ec2InstanceState
    failback_state: str = ""
    point_in_time_at: datetime | None = None
    private_ip: str = ""
