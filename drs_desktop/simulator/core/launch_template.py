"""The EC2 launch template of a source server, as DRS reads and writes it.

DRS makes one template per server and launches its default version. Right-sizing overwrites the instance type
in it. Source: the user guide, "EC2 launch template".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NAME_PREFIX = "created-and-used-by-drs-for-"


@dataclass(frozen=True, kw_only=True)
class LaunchTemplate:
    """What the default version of a template says, as far as a launch follows it."""

    instance_type: str | None = None
    """Absent: a launch without right-sizing fails."""
    subnet_id: str | None = None
    """Absent: the default subnet of the Region's first Availability Zone."""
    security_group_ids: tuple[str, ...] = ()
    instance_profile: str | None = None
    """The name or the ARN of an instance profile."""
    private_ip: str | None = None
    """The address of the primary interface; the copied one of the source server comes before it."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What the instance is tagged with, beside the copied tags."""
