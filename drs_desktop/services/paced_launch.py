"""Launch settings at a pace that AWS likes, in lines of their own: no watcher and no start waits for them."""

from collections.abc import Collection, Mapping

from drs_desktop.domain.address_checks import Subnet
from drs_desktop.domain.ids import IntentId, Scope, SourceServerId
from drs_desktop.domain.launch_changes import LaunchChange
from drs_desktop.domain.launch_ports import (
    LaunchAccess,
    LaunchActor,
    LaunchConfiguration,
    LaunchReader,
    TemplateVersion,
)
from drs_desktop.engine.limiter import LimitedAws

_DRS, _EC2, _IAM, _ACTS = "launch drs", "launch ec2", "launch iam", "launch acts"


class PacedLaunch:
    """The port `LaunchAccess` with every call paced and counted."""

    def __init__(self, inner: LaunchAccess, limits: LimitedAws) -> None:
        self._inner = inner
        self._limits = limits

    def launch_reader(self, scope: Scope) -> "PacedLaunchReader":
        """Return the reader of an account and Region; see the port."""
        return PacedLaunchReader(self._inner.launch_reader(scope), scope, self._limits)

    async def launch_actor(self, scope: Scope, intent_id: IntentId) -> "PacedLaunchActor":
        """Return an actor; see the port."""
        actor = await self._limits.act("AssumeRole", lambda: self._inner.launch_actor(scope, intent_id))
        return PacedLaunchActor(actor, scope, self._limits)


class PacedLaunchReader:
    """The port `LaunchReader` behind buckets of its own."""

    def __init__(self, inner: LaunchReader, scope: Scope, limits: LimitedAws) -> None:
        self._inner = inner
        self._scope = scope
        self._limits = limits

    async def get_launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration:
        """Return a launch configuration; see the port."""
        return await self._limits.read(
            self._scope,
            _DRS,
            "GetLaunchConfiguration",
            lambda: self._inner.get_launch_configuration(server_id),
        )

    async def describe_default_versions(self, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        """Return default versions; see the port."""
        return await self._limits.read(
            self._scope,
            _EC2,
            "DescribeLaunchTemplateVersions",
            lambda: self._inner.describe_default_versions(template_ids),
        )

    async def describe_subnets(self) -> Mapping[str, Subnet]:
        """Return subnets; see the port."""
        return await self._limits.read(self._scope, _EC2, "DescribeSubnets", self._inner.describe_subnets)

    async def describe_address_holders(self, subnet_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Return who holds addresses; see the port."""
        return await self._limits.read(
            self._scope,
            _EC2,
            "DescribeNetworkInterfaces",
            lambda: self._inner.describe_address_holders(subnet_ids),
        )

    async def describe_security_group_vpcs(self) -> Mapping[str, str]:
        """Return security groups; see the port."""
        return await self._limits.read(
            self._scope, _EC2, "DescribeSecurityGroups", self._inner.describe_security_group_vpcs
        )

    async def describe_offered_types(self, instance_types: Collection[str]) -> frozenset[str]:
        """Return instance types; see the port."""
        return await self._limits.read(
            self._scope,
            _EC2,
            "DescribeInstanceTypeOfferings",
            lambda: self._inner.describe_offered_types(instance_types),
        )

    async def list_instance_profiles(self) -> frozenset[str]:
        """Return instance profiles; see the port."""
        return await self._limits.read(
            self._scope, _IAM, "ListInstanceProfiles", self._inner.list_instance_profiles
        )


class PacedLaunchActor:
    """The port `LaunchActor` behind a bucket of its own: a start never waits for it."""

    def __init__(self, inner: LaunchActor, scope: Scope, limits: LimitedAws) -> None:
        self._inner = inner
        self._scope = scope
        self._limits = limits

    async def update_launch_configuration(self, server_id: SourceServerId, change: LaunchChange) -> None:
        """Write to a launch configuration; see the port."""
        await self._limits.read(
            self._scope,
            _ACTS,
            "UpdateLaunchConfiguration",
            lambda: self._inner.update_launch_configuration(server_id, change),
        )

    async def create_launch_template_version(
        self, base: TemplateVersion, change: LaunchChange, *, note: str, token: str
    ) -> int:
        """Make a version of a launch template; see the port."""
        return await self._limits.read(
            self._scope,
            _ACTS,
            "CreateLaunchTemplateVersion",
            lambda: self._inner.create_launch_template_version(base, change, note=note, token=token),
        )

    async def modify_launch_template(self, template_id: str, default_version: int) -> None:
        """Make a version the default one; see the port."""
        await self._limits.read(
            self._scope,
            _ACTS,
            "ModifyLaunchTemplate",
            lambda: self._inner.modify_launch_template(template_id, default_version),
        )
