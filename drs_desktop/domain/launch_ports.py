"""What launch settings need of AWS, a method for each call; the calls that change something apart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from drs_desktop.domain.address_checks import Subnet
from drs_desktop.domain.ids import IntentId, Scope, SourceServerId
from drs_desktop.domain.launch_changes import LaunchChange
from drs_desktop.domain.launch_settings import LaunchSettings


@dataclass(frozen=True, kw_only=True)
class LaunchConfiguration:
    """The DRS launch configuration of a server.

    Attributes:
        settings: only what DRS itself keeps; the rest stands in the launch template.
    """

    server_id: SourceServerId
    template_id: str
    settings: LaunchSettings


@dataclass(frozen=True, kw_only=True)
class TemplateVersion:
    """The default version of a launch template: what DRS launches."""

    template_id: str
    version: int
    settings: LaunchSettings


class LaunchReader(Protocol):
    """Reads of one account and Region; every list is complete, or an error is raised.

    Raises:
        AwsError: a subclass that says what kind of failure it was.
    """

    async def get_launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration: ...

    async def describe_default_versions(self, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        """Return the default versions, by template; one that does not exist is left out."""

    async def describe_subnets(self) -> Mapping[str, Subnet]:
        """Return all subnets, by id; who holds their addresses is not among it."""

    async def describe_address_holders(self, subnet_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Return, by subnet and private address, the instance or network interface that holds it."""

    async def describe_security_group_vpcs(self) -> Mapping[str, str]:
        """Return the VPC of every security group, by its id."""

    async def describe_offered_types(self, instance_types: Collection[str]) -> frozenset[str]:
        """Return which of these instance types the Region offers; all that it offers, if none is named."""

    async def list_instance_profiles(self) -> frozenset[str]:
        """Return the name of every instance profile of the account."""


class LaunchActor(Protocol):
    """Calls that change launch settings; each is sent once, and each may be repeated without harm.

    Raises:
        AwsError: a subclass that says whether it was refused for certain or may have been done.
    """

    async def update_launch_configuration(self, server_id: SourceServerId, change: LaunchChange) -> None:
        """Write the part of a change that the DRS launch configuration keeps."""

    async def create_launch_template_version(
        self, base: TemplateVersion, change: LaunchChange, *, note: str, token: str
    ) -> int:
        """Make a version that differs from `base` in the change only, and return its number.

        Args:
            note: what EC2 shows beside the version.
            token: makes a repetition of the call harmless.
        """

    async def modify_launch_template(self, template_id: str, default_version: int) -> None:
        """Make a version the default one, which is what DRS launches."""


class LaunchAccess(Protocol):
    """Where these readers and actors come from."""

    def launch_reader(self, scope: Scope) -> LaunchReader:
        """Return the reader of an account and Region; cheap.

        Raises:
            DrsDesktopError: the workspace knows no such account, or there is no AWS to ask.
        """

    async def launch_actor(self, scope: Scope, intent_id: IntentId) -> LaunchActor:
        """Return an actor on a session assumed afresh, whose user agent carries the intent id.

        Raises:
            AwsError: the role could not be assumed; nothing was changed.
        """
