"""Reads of EC2 at a pace: each kind of question waits in a line of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from drs_desktop.domain.compute_facts import (
    ComputeAccess,
    ComputeReader,
    LaunchConfiguration,
    LaunchTemplate,
    SecurityGroup,
    Subnet,
    VcpuFamily,
)
from drs_desktop.domain.ids import Scope, SourceServerId
from drs_desktop.engine.limiter import LimitedAws

_T = TypeVar("_T")


class PacedCompute:
    """The port `ComputeAccess` behind the buckets of a workspace."""

    def __init__(self, inner: ComputeAccess, limits: LimitedAws) -> None:
        self._inner = inner
        self._limits = limits

    def compute(self, scope: Scope) -> "PacedReader":
        """Return the reader of an account and Region; see the port."""
        return PacedReader(self._inner.compute(scope), scope, self._limits)


class PacedReader:
    """The port `ComputeReader`, paced and counted."""

    def __init__(self, inner: ComputeReader, scope: Scope, limits: LimitedAws) -> None:
        self._inner = inner
        self._scope = scope
        self._limits = limits

    async def _ec2(self, operation: str, call: Callable[[], Awaitable[_T]]) -> _T:
        return await self._limits.read(self._scope, "ec2", operation, call)

    async def launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration:
        """Return a launch configuration; see the port."""
        return await self._limits.read(
            self._scope,
            "drs settings",
            "GetLaunchConfiguration",
            lambda: self._inner.launch_configuration(server_id),
        )

    async def default_templates(self) -> Mapping[str, LaunchTemplate]:
        """Return launch templates; see the port."""
        return await self._ec2("DescribeLaunchTemplateVersions", self._inner.default_templates)

    async def subnets(self, subnet_ids: Sequence[str]) -> Mapping[str, Subnet]:
        """Return subnets; see the port."""
        return await self._ec2("DescribeSubnets", lambda: self._inner.subnets(subnet_ids))

    async def security_groups(self, group_ids: Sequence[str]) -> Mapping[str, SecurityGroup]:
        """Return security groups; see the port."""
        return await self._ec2("DescribeSecurityGroups", lambda: self._inner.security_groups(group_ids))

    async def instance_profiles(self) -> frozenset[str]:
        """Return instance profiles; see the port."""
        return await self._limits.read(
            self._scope, "iam", "ListInstanceProfiles", self._inner.instance_profiles
        )

    async def vcpus_of(self, instance_types: Sequence[str]) -> Mapping[str, int]:
        """Return vCPUs by type; see the port."""
        return await self._ec2("DescribeInstanceTypes", lambda: self._inner.vcpus_of(instance_types))

    async def running_types(self) -> Mapping[str, int]:
        """Return running instances by type; see the port."""
        return await self._ec2("DescribeInstances", self._inner.running_types)

    async def vcpu_quotas(self) -> Mapping[VcpuFamily, int]:
        """Return the vCPU quotas; see the port."""
        return await self._limits.read(
            self._scope, "service-quotas", "ListServiceQuotas", self._inner.vcpu_quotas
        )

    async def drs_quotas(self) -> Mapping[str, int]:
        """Return the quotas of DRS; see the port."""
        return await self._limits.read(
            self._scope, "service-quotas", "ListServiceQuotas", self._inner.drs_quotas
        )
