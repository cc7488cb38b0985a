"""The replication settings of a server and the account's template: read only, the service's defaults.

Source: the model's `ReplicationConfiguration`; the values are the console's defaults.
"""

from dataclasses import dataclass, field

from drs_desktop.simulator.core.ids import IdFactory, arn

PIT_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class ReplicationDefaults:
    """The replication configuration template, whose settings every server has."""

    id: str
    arn: str
    tags: dict[str, str] = field(default_factory=dict)
    staging_subnet_id: str
    server_instance_type: str = "t3.small"
    large_disk_type: str = "GP3"
    ebs_encryption: str = "DEFAULT"
    bandwidth_mbps: int = 0
    routing: str = "PRIVATE_IP"
    internet_protocol: str = "IPV4"


def replication_defaults(ids: IdFactory, account_id: str, region: str) -> ReplicationDefaults:
    """Return the template of an account and Region."""
    template_id = ids.stable("rct-", account_id, region)
    return ReplicationDefaults(
        id=template_id,
        arn=arn(account_id, region, f"replication-configuration-template/{template_id}"),
        staging_subnet_id=ids.stable("subnet-", account_id, region, "staging"),
    )
