"""The account's launch configuration template: what new servers are launched with."""

from dataclasses import dataclass, field
from typing import Any

from drs_desktop.simulator.core.launch_configuration import LaunchDisposition, RecoveryMode


@dataclass(frozen=True, kw_only=True)
class LaunchDefaults:
    """What servers added from now on are launched with (the model's `LaunchConfigurationTemplate`)."""

    id: str
    arn: str
    tags: dict[str, str] = field(default_factory=dict)
    launch_disposition: LaunchDisposition = LaunchDisposition.STARTED
    right_sizing_method: str = "BASIC"
    copy_private_ip: bool = False
    copy_tags: bool = True
    os_byol: bool = False
    post_launch_enabled: bool = False
    recovery_mode: RecoveryMode = RecoveryMode.OPTIMAL
    export_bucket_arn: str | None = None
    launch_into_source_instance: bool = False

    def settings(self) -> dict[str, Any]:
        """Return what a new server's launch configuration takes over."""
        return {
            "launch_disposition": self.launch_disposition,
            "right_sizing_method": self.right_sizing_method,
            "copy_private_ip": self.copy_private_ip,
            "copy_tags": self.copy_tags,
            "os_byol": self.os_byol,
            "post_launch_enabled": self.post_launch_enabled,
            "recovery_mode": self.recovery_mode,
        }
