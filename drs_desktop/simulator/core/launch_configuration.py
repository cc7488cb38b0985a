"""The launch settings of a source server."""

from dataclasses import dataclass
from enum import StrEnum


class LaunchDisposition(StrEnum):
    """Whether the launched instance is left running."""

    STARTED = "STARTED"
    STOPPED = "STOPPED"


class RecoveryMode(StrEnum):
    """FAST skips the conversion (the model's `RecoveryMode`)."""

    OPTIMAL = "OPTIMAL"
    FAST = "FAST"


@dataclass(frozen=True, kw_only=True)
class LaunchConfiguration:
    """What `GetLaunchConfiguration` tells of a server (the model's `LaunchConfiguration`)."""

    name: str
    ec2_launch_template_id: str
    launch_disposition: LaunchDisposition = LaunchDisposition.STARTED
    right_sizing_method: str = "BASIC"
    copy_private_ip: bool = False
    copy_tags: bool = True
    os_byol: bool = False
    post_launch_enabled: bool = False
    launch_into_ec2_instance_id: str | None = None
    recovery_mode: RecoveryMode = RecoveryMode.OPTIMAL
