"""Launch settings on a real database, with an AWS in memory whose calls can be made to fail."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from drs_desktop.domain.address_checks import Subnet
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import IntentId, Scope, ServerKey, SourceServerId
from drs_desktop.domain.launch_changes import LaunchChange
from drs_desktop.domain.launch_documents import SettingsEdit
from drs_desktop.domain.launch_ports import LaunchConfiguration, TemplateVersion
from drs_desktop.domain.launch_settings import (
    CONFIGURATION_FIELDS,
    NOTHING_SET,
    Disposition,
    LaunchSettings,
    RightSizing,
)
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.services.launch_applier import ApplierParts, LaunchApplier
from drs_desktop.services.launch_checker import LaunchChecker
from drs_desktop.services.launch_observer import LaunchObserver
from drs_desktop.services.launch_settings_service import LaunchSettingsParts, LaunchSettingsService
from drs_desktop.services.launch_shelf import LaunchShelf
from drs_desktop.services.launch_start_check import LaunchStartCheck
from drs_desktop.services.views import InventoryView, SourceServerRow
from drs_desktop.storage.database import Database
from drs_desktop.storage.launch_settings_store import SqlLaunchSettingsStore
from tests.helpers import fake_services
from tests.helpers.access_rig import AccessRig, FakeIdentity
from tests.helpers.builders import SCOPE, a_group, a_key, a_plan, an_account
from tests.helpers.fakes import FakeClock, FakeIds, FakeRepository

SUBNET = Subnet(subnet_id="subnet-0a1b2c3d", vpc_id="vpc-1", cidr="10.0.1.0/24")
OTHER_SUBNET = Subnet(subnet_id="subnet-0b1b2c3d", vpc_id="vpc-2", cidr="10.0.2.0/24")
GROUP_ID = "sg-0a1b2c3d"
AS_DRS_MAKES_IT = LaunchSettings(
    right_sizing=RightSizing.BASIC,
    disposition=Disposition.STARTED,
    copy_private_ip=False,
    copy_tags=True,
    os_byol=False,
    instance_type="m5.large",
)
READS = frozenset({"GetLaunchConfiguration", "DescribeLaunchTemplateVersions"})


class RunningClock(FakeClock):
    """A clock on which nobody waits: every sleep ends at once, and is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[timedelta] = []

    async def sleep(self, service: timedelta) -> None:
        self.slept.append(service)
        await asyncio.sleep(0)


@dataclass
class Made:
    """What one server has in AWS: all versions of its launch template, and which is the default."""

    configuration: LaunchSettings
    versions: list[LaunchSettings]
    default: int = 1

    @property
    def settings(self) -> LaunchSettings:
        """Return what a launch would follow."""
        return LaunchChange(names=tuple(CONFIGURATION_FIELDS), values=self.configuration).applied_to(
            self.versions[self.default - 1]
        )


@dataclass
class FakeLaunchAws:
    """DRS launch configurations and EC2 launch templates of any account and Region.

    Attributes:
        errors: raised once each by the next call of the operation, for one server or for any (None).
        calls: every call, as operation and server.
        after_call: called after each call that changes something.
        is_deaf: whether what is written is lost.
    """

    made: dict[ServerKey, Made] = field(default_factory=dict)
    errors: dict[tuple[str, ServerKey | None], list[AwsError]] = field(
        default_factory=lambda: defaultdict(list)
    )
    calls: list[tuple[str, str]] = field(default_factory=list)
    holders: dict[str, dict[str, str]] = field(default_factory=dict)
    after_call: Callable[[str, ServerKey], None] | None = None
    is_deaf: bool = False
    sessions: list[Scope] = field(default_factory=list)

    def of(self, key: ServerKey) -> Made:
        template = replace(AS_DRS_MAKES_IT, **dict.fromkeys(CONFIGURATION_FIELDS))
        return self.made.setdefault(key, Made(configuration=AS_DRS_MAKES_IT, versions=[template]))

    def fail(self, operation: str, *errors: AwsError, key: ServerKey | None = None) -> None:
        self.errors[operation, key] += errors

    def called(self, operation: str, key: ServerKey | None, subject: str = "") -> None:
        self.calls.append((operation, key.source_server_id if key else subject))
        for waiting in (self.errors[operation, key], self.errors[operation, None]):
            if waiting:
                raise waiting.pop(0)

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Return the calls that change something, in their order."""
        return [call for call in self.calls if call[0].startswith(("Update", "Create", "Modify"))]

    def launch_reader(self, scope: Scope) -> "FakeLaunchReader":
        return FakeLaunchReader(self, scope)

    async def launch_actor(self, scope: Scope, intent_id: IntentId) -> "FakeLaunchActor":
        self.called("AssumeRole", None)
        self.sessions.append(scope)
        return FakeLaunchActor(self, scope)

    def change(self, key: ServerKey, **values: Any) -> None:
        """Change a server behind everybody's back."""
        made = self.of(key)
        own = {name: value for name, value in values.items() if name in CONFIGURATION_FIELDS}
        rest = {name: value for name, value in values.items() if name not in CONFIGURATION_FIELDS}
        made.configuration = replace(made.configuration, **own)
        made.versions.append(replace(made.versions[made.default - 1], **rest))
        made.default = len(made.versions)


@dataclass
class FakeLaunchReader:
    """Port `LaunchReader`; a template is called after its server."""

    aws: FakeLaunchAws
    scope: Scope

    def key(self, server_id: str) -> ServerKey:
        return ServerKey(
            account_id=self.scope.account_id,
            region=self.scope.region,
            source_server_id=SourceServerId(server_id),
        )

    async def get_launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration:
        await asyncio.sleep(0)
        key = self.key(server_id)
        self.aws.called("GetLaunchConfiguration", key)
        settings = self.aws.of(key).configuration
        own = {name: getattr(settings, name) for name in CONFIGURATION_FIELDS}
        return LaunchConfiguration(
            server_id=server_id, template_id=f"lt-{server_id}", settings=LaunchSettings(**own)
        )

    async def describe_default_versions(self, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        self.aws.called("DescribeLaunchTemplateVersions", None)
        found = {one: self.aws.of(self.key(one.removeprefix("lt-"))) for one in template_ids}
        return {
            one: TemplateVersion(
                template_id=one, version=made.default, settings=made.versions[made.default - 1]
            )
            for one, made in found.items()
            if made.default
        }

    async def describe_subnets(self) -> Mapping[str, Subnet]:
        self.aws.called("DescribeSubnets", None)
        return {one.subnet_id: one for one in (SUBNET, OTHER_SUBNET)}

    async def describe_address_holders(self, subnet_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        self.aws.called("DescribeNetworkInterfaces", None)
        return {one: self.aws.holders.get(one, {}) for one in subnet_ids}

    async def describe_security_group_vpcs(self) -> Mapping[str, str]:
        self.aws.called("DescribeSecurityGroups", None)
        return {GROUP_ID: "vpc-1"}

    async def describe_offered_types(self, instance_types: Collection[str]) -> frozenset[str]:
        self.aws.called("DescribeInstanceTypeOfferings", None)
        return frozenset({"m5.large", "c5.large"})

    async def list_instance_profiles(self) -> frozenset[str]:
        self.aws.called("ListInstanceProfiles", None)
        return frozenset({"app"})


@dataclass
class FakeLaunchActor:
    """Port `LaunchActor`."""

    aws: FakeLaunchAws
    scope: Scope

    def _key(self, server_id: str) -> ServerKey:
        return FakeLaunchReader(self.aws, self.scope).key(server_id)

    async def _heard(self, operation: str, key: ServerKey) -> None:
        if self.aws.after_call is not None:
            self.aws.after_call(operation, key)
        await asyncio.sleep(0)

    async def update_launch_configuration(self, server_id: SourceServerId, change: LaunchChange) -> None:
        key = self._key(server_id)
        self.aws.called("UpdateLaunchConfiguration", key)
        made = self.aws.of(key)
        if not self.aws.is_deaf:
            made.configuration = change.applied_to(made.configuration)
        await self._heard("UpdateLaunchConfiguration", key)

    async def create_launch_template_version(
        self, base: TemplateVersion, change: LaunchChange, *, note: str, token: str
    ) -> int:
        key = self._key(base.template_id.removeprefix("lt-"))
        self.aws.called("CreateLaunchTemplateVersion", key)
        made = self.aws.of(key)
        made.versions.append(change.applied_to(made.versions[base.version - 1]))
        await self._heard("CreateLaunchTemplateVersion", key)
        return len(made.versions)

    async def modify_launch_template(self, template_id: str, default_version: int) -> None:
        key = self._key(template_id.removeprefix("lt-"))
        self.aws.called("ModifyLaunchTemplate", key)
        if not self.aws.is_deaf:
            self.aws.of(key).default = default_version
        await self._heard("ModifyLaunchTemplate", key)


@dataclass
class FixedInventory:
    """Source servers that are always known."""

    rows: Sequence[SourceServerRow]
    reads: int = 0

    async def current(self) -> InventoryView:
        self.reads += 1
        return await self.known()

    async def known(self) -> InventoryView:
        return InventoryView(rows=tuple(self.rows), scopes=())


def a_row(number: int, **changes: Any) -> SourceServerRow:
    """Return a server `web-01` and so on of the group `group-1`."""
    values: dict[str, Any] = {
        "key": a_key(number),
        "account_id": SCOPE.account_id,
        "name": f"web-{number:02}",
        "private_ip": f"10.0.1.{number + 100}",
        "group_names": ("group-1",),
    }
    changed = values | changes
    return replace(fake_services.a_server(1), region=changed["key"].region, **changed)


class LaunchRig:
    """The service and everything around it; whoever is signed in is an operator."""

    def __init__(self, database: Database, count: int = 2, *, role: Role = Role.OPERATOR) -> None:
        mapping = RoleMapping(rules=(MappingRule(pattern="*", role=role),))
        self.access = AccessRig(identity=FakeIdentity(), shipped=mapping)
        self.aws, self.clock, self.trail = FakeLaunchAws(), RunningClock(), self.access.audit
        self.inventory: Any = FixedInventory([a_row(number) for number in range(1, count + 1)])
        group = replace(a_group(1, [a_key(number) for number in range(1, count + 1)]), name="group-1")
        self.repository = FakeRepository([an_account(SCOPE)], [group], [a_plan(1)])
        self.store = SqlLaunchSettingsStore(database, self.clock)
        self.shelf = LaunchShelf(self.repository, self.inventory, self.store)
        self.observer = LaunchObserver(self.aws, self.store, self.clock)
        self.start_check = LaunchStartCheck(shelf=self.shelf, observer=self.observer)
        self.service = self._service()

    def _service(self) -> LaunchSettingsService:
        applier = LaunchApplier(
            ApplierParts(
                access=self.aws,
                who=self.access.service,
                trail=self.trail,
                store=self.store,
                observer=self.observer,
                clock=self.clock,
                ids=FakeIds(),
                operator="anna@desk",
            )
        )
        return LaunchSettingsService(
            LaunchSettingsParts(
                shelf=self.shelf,
                store=self.store,
                observer=self.observer,
                checker=LaunchChecker(self.aws),
                applier=applier,
                clock=self.clock,
                operator="anna@desk",
            )
        )

    async def want(self, name: str = "", **values: Any) -> None:
        """Keep values for a server, or for the group (with nothing else in it)."""
        edit = SettingsEdit(values=replace(NOTHING_SET, **values), is_reset=not name)
        if name:
            await self.service.edit_server(name, edit)
        else:
            await self.service.edit_group("group-1", edit)
