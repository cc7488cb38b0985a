"""A recovery instance: DRS's record about an EC2 instance it launched."""

from dataclasses import dataclass
from datetime import datetime

from drs_desktop.simulator.core.compute import Compute, LaunchedInstance
from drs_desktop.simulator.core.source_server import ServerProfile


@dataclass(kw_only=True)
class RecoveryInstance:
    """The record that `DescribeRecoveryInstances` shows; its id equals the EC2 instance's."""

    id: str
    arn: str
    ordinal: int
    job_id: str
    source_server_id: str
    is_drill: bool
    launched_at: datetime
    snapshot_at: datetime
    profile: ServerProfile
    machine: LaunchedInstance
    tags: dict[str, str]
    agent_version: str
    is_disconnected: bool = False


_GONE = (None, "terminated")


def ec2_instance_state(compute: Compute, account_id: str, region: str, instance_id: str) -> str:
    """Return the model's `EC2InstanceState`: EC2's word in capitals, NOT_FOUND for what was terminated there.

    (uncertain: how long the service shows TERMINATED before it shows NOT_FOUND.)
    """
    word = compute.state(account_id, region, instance_id)
    return "NOT_FOUND" if word in _GONE or word is None else word.upper()
