"""What decides in EC2 whether a launch succeeds: one async method per question, all of them reads."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from drs_desktop.aws import compute_mapping
from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.drs_gateway import on_pool
from drs_desktop.aws.errors import CallPlace, is_expired, read_error
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.compute_facts import (
    LaunchConfiguration,
    LaunchTemplate,
    NetworkUse,
    SecurityGroup,
    Subnet,
    VcpuFamily,
)
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import Region, Scope, SourceServerId

VALUES_PER_FILTER = 200
"""As many values as one filter of EC2 takes."""
_TEMPLATES_A_PAGE = 200
_INSTANCES_A_PAGE = 1_000

T = TypeVar("T")


class BotoComputeReader:
    """Implements `ComputeReader` over boto3."""

    def __init__(self, account: TargetAccount, region: Region, clients: AwsClients, pool: Executor) -> None:
        """Bind the reader to its place; no client is made before the first call."""
        self._account = account
        self._scope = Scope(account_id=account.account_id, region=region)
        self._clients = clients
        self._pool = pool

    async def launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration:
        """Return the launch configuration of a server; see the port."""

        def read() -> LaunchConfiguration:
            answer = self._client("drs").get_launch_configuration(sourceServerID=server_id)
            return compute_mapping.launch_configuration(answer)

        return await self._read("GetLaunchConfiguration", read)

    async def default_templates(self) -> Mapping[str, LaunchTemplate]:
        """Return the default version of every launch template; see the port."""

        def read() -> dict[str, LaunchTemplate]:
            shapes = list(
                self._pages(
                    "DescribeLaunchTemplateVersions",
                    "LaunchTemplateVersions",
                    page_size=_TEMPLATES_A_PAGE,
                    # Without the id of a template, EC2 tells these versions of all of them.
                    Versions=["$Default", "$Latest"],
                )
            )
            return compute_mapping.default_templates(shapes)

        return await self._read("DescribeLaunchTemplateVersions", read)

    async def subnets(self, subnet_ids: Sequence[str]) -> Mapping[str, Subnet]:
        """Return these subnets and the default ones; see the port."""

        def read() -> dict[str, Subnet]:
            filters = [("default-for-az", ["true"]), *_chunked("subnet-id", subnet_ids)]
            shapes = [
                shape
                for name, values in filters
                for shape in self._pages("DescribeSubnets", "Subnets", Filters=_filter(name, values))
            ]
            uses = self._vpc_uses({str(shape.get("VpcId")) for shape in shapes})
            found = (compute_mapping.subnet(shape, uses) for shape in shapes)
            return {one.subnet_id: one for one in found}

        return await self._read("DescribeSubnets", read)

    def _vpc_uses(self, vpc_ids: set[str]) -> dict[str, NetworkUse]:
        return {
            str(shape.get("VpcId")): compute_mapping.network_use(shape)
            for name, values in _chunked("vpc-id", sorted(vpc_ids))
            for shape in self._pages("DescribeVpcs", "Vpcs", Filters=_filter(name, values))
        }

    async def security_groups(self, group_ids: Sequence[str]) -> Mapping[str, SecurityGroup]:
        """Return these security groups; see the port."""

        def read() -> dict[str, SecurityGroup]:
            shapes = [
                shape
                for name, values in _chunked("group-id", group_ids)
                for shape in self._pages(
                    "DescribeSecurityGroups", "SecurityGroups", Filters=_filter(name, values)
                )
            ]
            found = map(compute_mapping.security_group, shapes)
            return {one.group_id: one for one in found}

        return await self._read("DescribeSecurityGroups", read)

    async def instance_profiles(self) -> frozenset[str]:
        """Return the name and the ARN of every instance profile; see the port."""

        def read() -> frozenset[str]:
            shapes = self._pages("ListInstanceProfiles", "InstanceProfiles", service="iam")
            return frozenset(
                str(shape[member]) for shape in shapes for member in ("InstanceProfileName", "Arn")
            )

        return await self._read("ListInstanceProfiles", read)

    async def vcpus_of(self, instance_types: Sequence[str]) -> Mapping[str, int]:
        """Return how many vCPUs each of these types has; see the port."""

        def read() -> dict[str, int]:
            return {
                str(shape["InstanceType"]): int(shape["VCpuInfo"]["DefaultVCpus"])
                for name, values in _chunked("instance-type", instance_types)
                for shape in self._pages(
                    "DescribeInstanceTypes", "InstanceTypes", Filters=_filter(name, values)
                )
            }

        return await self._read("DescribeInstanceTypes", read)

    async def running_types(self) -> Mapping[str, int]:
        """Return how many instances of each type run; see the port."""

        def read() -> dict[str, int]:
            reservations = self._pages(
                "DescribeInstances",
                "Reservations",
                page_size=_INSTANCES_A_PAGE,
                Filters=_filter("instance-state-name", ["pending", "running"]),
            )
            shapes = (one for reservation in reservations for one in reservation["Instances"])
            return dict(Counter(str(shape.get("InstanceType")) for shape in shapes))

        return await self._read("DescribeInstances", read)

    async def vcpu_quotas(self) -> Mapping[VcpuFamily, int]:
        """Return the vCPU quotas in force; see the port."""
        found = await self._quotas("ec2")
        return {family: found[family.value] for family in VcpuFamily if family.value in found}

    async def drs_quotas(self) -> Mapping[str, int]:
        """Return the quotas of DRS in force, by their codes; see the port."""
        return await self._quotas("drs")

    async def _quotas(self, service: str) -> dict[str, int]:
        def read() -> dict[str, int]:
            shapes = self._pages("ListServiceQuotas", "Quotas", service="service-quotas", ServiceCode=service)
            return {str(shape["QuotaCode"]): int(shape["Value"]) for shape in shapes}

        return await self._read("ListServiceQuotas", read)

    # ---- how

    def _client(self, service: str) -> Any:
        return self._clients.reader(self._account, self._scope.region, service)

    def _pages(
        self,
        operation: str,
        member: str,
        *,
        service: str = "ec2",
        page_size: int | None = None,
        **request: Any,
    ) -> Iterator[Mapping[str, Any]]:
        paging = {"PaginationConfig": {"PageSize": page_size}} if page_size else {}
        paginator = self._client(service).get_paginator(_snake(operation))
        for page in paginator.paginate(**paging, **request):
            yield from page[member]

    async def _read(self, operation: str, read: Callable[[], T]) -> T:
        place = CallPlace(
            operation=operation,
            scope=self._scope,
            account_name=self._account.name,
            role_arn=self._account.role_arn,
        )
        return await on_pool(self._pool, lambda: self._again_if_expired(place, read))

    def _again_if_expired(self, place: CallPlace, read: Callable[[], T]) -> T:
        try:
            return _told(place, read)
        except AwsError as error:
            if not is_expired(error):
                raise
        self._clients.forget(self._scope)
        return _told(place, read)


def _told(place: CallPlace, read: Callable[[], T]) -> T:
    try:
        return read()
    except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
        raise read_error(error, place) from None


def _chunked(name: str, values: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the filter as often as its values need it; not at all for no value."""
    unique = list(dict.fromkeys(values))
    starts = range(0, len(unique), VALUES_PER_FILTER)
    return [(name, unique[start : start + VALUES_PER_FILTER]) for start in starts]


def _filter(name: str, values: Sequence[str]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def _snake(operation: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
