"""AWS operations: how each is named in a policy, what DRS forwards for it, and whether it only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_POLICY_PREFIXES = {"service-quotas": "servicequotas"}


class CallClass(StrEnum):
    """Whether an operation can change anything."""

    READ = "read"
    WRITE = "write"


def _named(service: str, *operations: str) -> frozenset[str]:
    return frozenset(f"{service}:{operation}" for operation in operations)


READS: frozenset[str] = (
    _named(
        "drs",
        "DescribeJobLogItems",
        "DescribeJobs",
        "DescribeLaunchConfigurationTemplates",
        "DescribeRecoveryInstances",
        "DescribeRecoverySnapshots",
        "DescribeReplicationConfigurationTemplates",
        "DescribeSourceNetworks",
        "DescribeSourceServers",
        "GetFailbackReplicationConfiguration",
        "GetLaunchConfiguration",
        "GetRecoveryPlan",
        "GetRecoveryPlanExecution",
        "GetRecoveryPlanExecutionStep",
        "GetRecoveryPlanStep",
        "GetReplicationConfiguration",
        "ListExtensibleSourceServers",
        "ListLaunchActions",
        "ListRecoveryPlanExecutionSteps",
        "ListRecoveryPlanExecutions",
        "ListRecoveryPlanSteps",
        "ListRecoveryPlans",
        "ListStagingAccounts",
        "ListTagsForResource",
    )
    | _named(
        "ec2",
        "DescribeInstanceStatus",
        "DescribeInstanceTypeOfferings",
        "DescribeInstanceTypes",
        "DescribeInstances",
        "DescribeLaunchTemplateVersions",
        "DescribeNetworkInterfaces",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeVolumes",
        "DescribeVpcs",
    )
    | _named("iam", "ListInstanceProfiles", "SimulatePrincipalPolicy")
    | _named("service-quotas", "ListServiceQuotas")
    | _named("cloudtrail", "LookupEvents")
    | _named("sts", "AssumeRole", "GetCallerIdentity")
)
"""Every operation known to change nothing, as `service:Operation`; whatever is not here is a write.

AssumeRole gives a session and changes nothing.
"""


def call_class(service: str, operation: str) -> CallClass:
    """Return whether an operation only reads; one that nobody has classed is a write."""
    return CallClass.READ if f"{service}:{operation}" in READS else CallClass.WRITE


def policy_name(call: str) -> str:
    """Return how a policy names the permission for a call, such as `servicequotas:ListServiceQuotas`."""
    service, _, operation = call.partition(":")
    return f"{_POLICY_PREFIXES.get(service, service)}:{operation}"


class RoleSide(StrEnum):
    """Through which identity a call is made."""

    SOURCE = "source"
    """The role of the account whose servers are replicated (the staging account)."""
    TARGET = "target"
    """The role of the account in which is recovered."""
    HUB = "hub"
    """The signed-in identity itself, which assumes the roles."""


@dataclass(frozen=True, kw_only=True)
class AwsCall:
    """One operation that an action of ours calls.

    Attributes:
        call: `service:Operation`.
        also: further permissions that AWS asks for at the same call.
        forwarded: what DRS then does with the caller's session; a missing one fails the server, not the call.
    """

    call: str
    side: RoleSide
    also: tuple[str, ...] = ()
    forwarded: tuple[str, ...] = ()

    @property
    def is_write(self) -> bool:
        """Return whether the call can change anything."""
        service, _, operation = self.call.partition(":")
        return call_class(service, operation) is CallClass.WRITE

    @property
    def direct(self) -> tuple[str, ...]:
        """Return the permissions that the call itself needs."""
        return (policy_name(self.call), *self.also)


def _ec2(*operations: str) -> tuple[str, ...]:
    return tuple(f"ec2:{operation}" for operation in operations)


PASS_ROLE = "iam:PassRole"
FORWARDED_BY_START: tuple[str, ...] = (
    *_ec2(
        "AttachVolume",
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion",
        "CreateSnapshot",
        "CreateTags",
        "CreateVolume",
        "DeleteLaunchTemplateVersions",
        "DeleteSnapshot",
        "DeleteVolume",
        "DescribeAccountAttributes",
        "DescribeAvailabilityZones",
        "DescribeImages",
        "DescribeInstanceAttribute",
        "DescribeInstanceStatus",
        "DescribeInstanceTypes",
        "DescribeInstances",
        "DescribeLaunchTemplateVersions",
        "DescribeLaunchTemplates",
        "DescribeSecurityGroups",
        "DescribeSnapshots",
        "DescribeSubnets",
        "DescribeVolumes",
        "DetachVolume",
        "ModifyInstanceAttribute",
        "ModifyLaunchTemplate",
        "RevokeSecurityGroupEgress",
        "RunInstances",
        "StartInstances",
        "StopInstances",
        "TerminateInstances",
    ),
    PASS_ROLE,
)
"""What DRS does in the caller's name to launch a server."""

FORWARDED_BY_TERMINATE: tuple[str, ...] = _ec2(
    "DeleteVolume", "DescribeInstances", "DescribeVolumes", "TerminateInstances"
)


def source_reads(*operations: str) -> tuple[AwsCall, ...]:
    """Return reads of DRS that go through the source role."""
    return tuple(AwsCall(call=f"drs:{operation}", side=RoleSide.SOURCE) for operation in operations)


def target_reads(*calls: str) -> tuple[AwsCall, ...]:
    """Return reads, as `service:Operation`, that go through the target role."""
    return tuple(AwsCall(call=call, side=RoleSide.TARGET) for call in calls)


def hub_calls(*calls: str) -> tuple[AwsCall, ...]:
    """Return calls of the signed-in identity itself."""
    return tuple(AwsCall(call=call, side=RoleSide.HUB) for call in calls)


def writes_among(calls: Iterable[AwsCall]) -> tuple[AwsCall, ...]:
    """Return the calls that can change something."""
    return tuple(call for call in calls if call.is_write)
