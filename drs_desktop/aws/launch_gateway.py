"""Launch settings in AWS: a method for each call; those that change something stand apart from the reads."""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor
from ipaddress import IPv4Network
from typing import Any, TypeVar

from drs_desktop.aws import launch_mapping
from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.drs_gateway import on_pool
from drs_desktop.aws.errors import CallPlace, is_expired, mutation_error, outcome_unknown, read_error
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.address_checks import Subnet
from drs_desktop.domain.errors import AwsError, AwsNotFound
from drs_desktop.domain.ids import IntentId, Scope, SourceServerId
from drs_desktop.domain.launch_changes import LaunchChange
from drs_desktop.domain.launch_ports import LaunchConfiguration, TemplateVersion

_ONE_BY_ONE = 10
"""As many templates are asked for one by one; of more, the defaults of all are listed at once."""
_PAGE = 200
_FILTER_VALUES = 200
_NO_TEMPLATE = frozenset({"InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"})

T = TypeVar("T")


class BotoLaunchReader:
    """Implements `LaunchReader` over boto3."""

    def __init__(self, account: TargetAccount, scope: Scope, clients: AwsClients, pool: Executor) -> None:
        """Bind the reader to its place; no client is made before the first call."""
        self._account = account
        self._scope = scope
        self._clients = clients
        self._pool = pool

    async def get_launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration:
        """Return the DRS launch configuration of a server; see the port."""

        def read() -> LaunchConfiguration:
            answer = self._client("drs").get_launch_configuration(sourceServerID=server_id)
            return launch_mapping.launch_configuration(answer, server_id)

        return await self._read("GetLaunchConfiguration", read)

    async def describe_default_versions(self, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        """Return the default versions, by template; see the port."""
        wanted = set(template_ids)
        if not wanted:
            return {}
        if len(wanted) > _ONE_BY_ONE:
            found = await self._read("DescribeLaunchTemplateVersions", self._all_defaults)
        else:
            found = [
                version for template_id in sorted(wanted) for version in await self._default(template_id)
            ]
        return {one.template_id: one for one in found if one.template_id in wanted}

    def _all_defaults(self) -> list[TemplateVersion]:
        shapes = self._pages(
            "describe_launch_template_versions",
            "LaunchTemplateVersions",
            Versions=["$Default"],
            PaginationConfig={"PageSize": _PAGE},
        )
        return [launch_mapping.template_version(shape) for shape in shapes]

    async def _default(self, template_id: str) -> list[TemplateVersion]:
        def read() -> list[TemplateVersion]:
            answer = self._client("ec2").describe_launch_template_versions(
                LaunchTemplateId=template_id, Versions=["$Default"]
            )
            return [launch_mapping.template_version(shape) for shape in answer["LaunchTemplateVersions"]]

        try:
            return await self._read("DescribeLaunchTemplateVersions", read)
        except AwsError as error:
            if error.code in _NO_TEMPLATE:  # somebody deleted it; DRS makes it again at the next launch
                return []
            raise

    async def describe_subnets(self) -> Mapping[str, Subnet]:
        """Return all subnets, by id; see the port."""

        def read() -> dict[str, Subnet]:
            shapes = self._pages("describe_subnets", "Subnets")
            found = (
                Subnet(
                    subnet_id=str(shape["SubnetId"]),
                    vpc_id=str(shape["VpcId"]),
                    cidr=str(IPv4Network(shape["CidrBlock"])),
                )
                for shape in shapes
            )
            return {one.subnet_id: one for one in found}

        return await self._read("DescribeSubnets", read)

    async def describe_address_holders(self, subnet_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Return who holds the addresses of these subnets; see the port."""
        wanted = sorted(set(subnet_ids))

        def read() -> dict[str, dict[str, str]]:
            holders: dict[str, dict[str, str]] = {one: {} for one in wanted}
            for start in range(0, len(wanted), _FILTER_VALUES):
                values = wanted[start : start + _FILTER_VALUES]
                for shape in self._pages(
                    "describe_network_interfaces",
                    "NetworkInterfaces",
                    Filters=[{"Name": "subnet-id", "Values": values}],
                ):
                    holders[str(shape["SubnetId"])].update(_addresses(shape))
            return holders

        return await self._read("DescribeNetworkInterfaces", read) if wanted else {}

    async def describe_security_group_vpcs(self) -> Mapping[str, str]:
        """Return the VPC of every security group; see the port."""

        def read() -> dict[str, str]:
            shapes = self._pages("describe_security_groups", "SecurityGroups")
            return {str(shape["GroupId"]): str(shape.get("VpcId") or "") for shape in shapes}

        return await self._read("DescribeSecurityGroups", read)

    async def describe_offered_types(self, instance_types: Collection[str]) -> frozenset[str]:
        """Return which instance types the Region offers; see the port."""
        named = sorted(set(instance_types))

        def read() -> frozenset[str]:
            chosen = [{"Name": "instance-type", "Values": named}] if named else []
            shapes = self._pages("describe_instance_type_offerings", "InstanceTypeOfferings", Filters=chosen)
            return frozenset(str(shape["InstanceType"]) for shape in shapes)

        return await self._read("DescribeInstanceTypeOfferings", read)

    async def list_instance_profiles(self) -> frozenset[str]:
        """Return the name of every instance profile; see the port."""

        def read() -> frozenset[str]:
            shapes = self._pages("list_instance_profiles", "InstanceProfiles", service="iam")
            return frozenset(str(shape["InstanceProfileName"]) for shape in shapes)

        return await self._read("ListInstanceProfiles", read)

    # ---- how

    def _client(self, service: str) -> Any:
        return self._clients.reader(self._account, self._scope.region, service)

    def _pages(self, method: str, member: str, *, service: str = "ec2", **request: Any) -> Iterator[Any]:
        for page in self._client(service).get_paginator(method).paginate(**request):
            yield from page[member]

    async def _read(self, operation: str, read: Callable[[], T]) -> T:
        place = _place(operation, self._account, self._scope)
        return await on_pool(self._pool, lambda: self._again_if_expired(place, read))

    def _again_if_expired(self, place: CallPlace, read: Callable[[], T]) -> T:
        try:
            return _told(place, read)
        except AwsError as error:
            if not is_expired(error):
                raise
        # Once only: a session may be ended from outside, and a second refusal is the person's to cure.
        self._clients.forget(self._scope)
        return _told(place, read)


class BotoLaunchActor:
    """Implements `LaunchActor` over boto3, each request sent exactly once."""

    def __init__(self, account: TargetAccount, scope: Scope, drs: Any, ec2: Any, pool: Executor) -> None:
        """Take clients that never repeat a request."""
        self._account = account
        self._scope = scope
        self._drs = drs
        self._ec2 = ec2
        self._pool = pool

    async def update_launch_configuration(self, server_id: SourceServerId, change: LaunchChange) -> None:
        """Write to the DRS launch configuration; see the port."""
        request = launch_mapping.configuration_request(server_id, change)
        await self._act("UpdateLaunchConfiguration", lambda: self._drs.update_launch_configuration(**request))

    async def create_launch_template_version(
        self, base: TemplateVersion, change: LaunchChange, *, note: str, token: str
    ) -> int:
        """Make a version of a launch template; see the port."""
        data = await self._data(base)
        request = {
            "LaunchTemplateId": base.template_id,
            "LaunchTemplateData": launch_mapping.changed_template(data, change),
            "VersionDescription": note,
            "ClientToken": token,
        }
        operation = "CreateLaunchTemplateVersion"
        answer = await self._act(operation, lambda: self._ec2.create_launch_template_version(**request))
        number = (answer.get("LaunchTemplateVersion") or {}).get("VersionNumber")
        if not number:
            place = _place(operation, self._account, self._scope)
            raise outcome_unknown(place, "UnreadableAnswer", "the answer names no version")
        return int(number)

    async def _data(self, base: TemplateVersion) -> Mapping[str, Any]:
        """Return all that a version says, as a request may say it; user data goes through memory only."""

        def read() -> Any:
            return self._ec2.describe_launch_template_versions(
                LaunchTemplateId=base.template_id, Versions=[str(base.version)]
            )

        place = _place("DescribeLaunchTemplateVersions", self._account, self._scope)
        answer = await on_pool(self._pool, lambda: _told(place, read))
        for shape in answer.get("LaunchTemplateVersions") or []:
            return _as_request(self._ec2, shape.get("LaunchTemplateData") or {})
        text = f"{place}: version {base.version} of {base.template_id} is gone."
        raise AwsNotFound(text, operation=place.operation, scope=self._scope)

    async def modify_launch_template(self, template_id: str, default_version: int) -> None:
        """Make a version the default one; see the port."""
        await self._act(
            "ModifyLaunchTemplate",
            lambda: self._ec2.modify_launch_template(
                LaunchTemplateId=template_id, DefaultVersion=str(default_version)
            ),
        )

    async def _act(self, operation: str, call: Callable[[], Any]) -> Any:
        place = _place(operation, self._account, self._scope)

        def send() -> Any:
            try:
                return call()
            except Exception as error:  # noqa: BLE001  # anything not known to be harmless is OutcomeUnknown
                raise mutation_error(error, place) from None

        return await on_pool(self._pool, send)


class BotoLaunchAccess:
    """Implements `LaunchAccess` for the accounts of one workspace."""

    def __init__(
        self,
        account_of: Callable[[Scope], TargetAccount],
        clients: AwsClients,
        *,
        read_pool: Executor,
        act_pool: Executor,
    ) -> None:
        """Take what finds accounts and makes clients; `account_of` raises NotFound for a strange scope."""
        self._account_of = account_of
        self._clients = clients
        self._read_pool = read_pool
        self._act_pool = act_pool

    def launch_reader(self, scope: Scope) -> BotoLaunchReader:
        """Return the reader of an account and Region; see the port."""
        return BotoLaunchReader(self._account_of(scope), scope, self._clients, self._read_pool)

    async def launch_actor(self, scope: Scope, intent_id: IntentId) -> BotoLaunchActor:
        """Return an actor on a session assumed afresh; see the port."""
        account = self._account_of(scope)

        def client(service: str) -> Any:
            return self._clients.actor(account, scope.region, intent_id, service)

        drs = await on_pool(self._act_pool, lambda: client("drs"))
        ec2 = await on_pool(self._act_pool, lambda: client("ec2"))
        return BotoLaunchActor(account, scope, drs, ec2, self._act_pool)


def _place(operation: str, account: TargetAccount, scope: Scope) -> CallPlace:
    return CallPlace(operation=operation, scope=scope, account_name=account.name, role_arn=account.role_arn)


def _told(place: CallPlace, read: Callable[[], T]) -> T:
    try:
        return read()
    except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
        # The cause is not chained: AWS's text about a signature repeats the session token.
        raise read_error(error, place) from None


def _addresses(interface: Mapping[str, Any]) -> dict[str, str]:
    """Return the private addresses of a network interface, each with the instance it is attached to."""
    attachment = interface.get("Attachment") or {}
    holder = str(attachment.get("InstanceId") or interface.get("NetworkInterfaceId"))
    listed = [one.get("PrivateIpAddress") for one in interface.get("PrivateIpAddresses") or []]
    return {str(one): holder for one in (interface.get("PrivateIpAddress"), *listed) if one}


def _as_request(ec2: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a version without what only answers carry, such as the state of an option."""
    shape = ec2.meta.service_model.shape_for("RequestLaunchTemplateData")
    pruned: dict[str, Any] = _pruned(shape, data)
    return pruned


def _pruned(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: _pruned(shape.members[name], one) for name, one in value.items() if name in shape.members
        }
    if shape.type_name == "list":
        return [_pruned(shape.member, one) for one in value]
    return value
