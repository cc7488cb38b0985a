"""An EC2 behind the port `ComputeAccess` in which every launch succeeds, unless the test says otherwise."""

from collections.abc import Mapping, Sequence

from drs_desktop.domain.compute_facts import (
    LaunchConfiguration,
    LaunchTemplate,
    NetworkUse,
    SecurityGroup,
    Subnet,
    VcpuFamily,
)
from drs_desktop.domain.ids import Scope, SourceServerId
from drs_desktop.domain.launch_settings import RightSizing
from tests.helpers.fake_drs import FakeCall

SUBNET = Subnet(
    subnet_id="subnet-1",
    vpc_id="vpc-1",
    cidr="10.0.0.0/16",
    free_addresses=5_000,
    zone="a",
    is_default=True,
    use=NetworkUse.DRILL,
)


class FakeComputeReader:
    """EC2 in one account and Region.

    Attributes:
        errors: by operation, such as `DescribeSubnets`: raised at each such call until taken out.
    """

    def __init__(self, scope: Scope, calls: list[FakeCall]) -> None:
        self.scope = scope
        self.calls = calls
        self.errors: dict[str, Exception] = {}
        self.configurations: dict[str, LaunchConfiguration] = {}
        self.templates: dict[str, LaunchTemplate] = {}
        self.known_subnets: dict[str, Subnet] = {SUBNET.subnet_id: SUBNET}
        self.groups: dict[str, SecurityGroup] = {}
        self.profiles: frozenset[str] = frozenset()
        self.types: dict[str, int] = {"t3.large": 2}
        self.running: dict[str, int] = {}
        self.drs: dict[str, int] = {}
        self.quotas: dict[VcpuFamily, int] = {VcpuFamily.STANDARD: 2_000}

    def _arrive(self, operation: str, request: object = None) -> None:
        self.calls.append(FakeCall(operation=operation, scope=self.scope, request=request))
        if error := self.errors.get(operation):
            raise error

    async def launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration:
        self._arrive("GetLaunchConfiguration", server_id)
        usual = LaunchConfiguration(template_id=f"lt-{server_id}", right_sizing=RightSizing.NONE)
        return self.configurations.get(server_id, usual)

    async def default_templates(self) -> Mapping[str, LaunchTemplate]:
        self._arrive("DescribeLaunchTemplateVersions")
        return _Usual(self.templates)

    async def subnets(self, subnet_ids: Sequence[str]) -> Mapping[str, Subnet]:
        self._arrive("DescribeSubnets", tuple(subnet_ids))
        return {k: one for k, one in self.known_subnets.items() if k in subnet_ids or one.is_default}

    async def security_groups(self, group_ids: Sequence[str]) -> Mapping[str, SecurityGroup]:
        self._arrive("DescribeSecurityGroups", tuple(group_ids))
        return {key: one for key, one in self.groups.items() if key in group_ids}

    async def instance_profiles(self) -> frozenset[str]:
        self._arrive("ListInstanceProfiles")
        return self.profiles

    async def vcpus_of(self, instance_types: Sequence[str]) -> Mapping[str, int]:
        self._arrive("DescribeInstanceTypes", tuple(instance_types))
        return {key: one for key, one in self.types.items() if key in instance_types}

    async def running_types(self) -> Mapping[str, int]:
        self._arrive("DescribeInstances")
        return self.running

    async def vcpu_quotas(self) -> Mapping[VcpuFamily, int]:
        self._arrive("ListServiceQuotas")
        return self.quotas

    async def drs_quotas(self) -> Mapping[str, int]:
        self._arrive("ListServiceQuotas", "drs")
        return self.drs


class _Usual(dict[str, LaunchTemplate]):
    """The templates of a test; any other server has a usual one."""

    def get(self, template_id: str, default: object = None) -> LaunchTemplate:  # type: ignore[override]
        return self[template_id]

    def __contains__(self, template_id: object) -> bool:
        return True

    def __missing__(self, template_id: str) -> LaunchTemplate:
        return LaunchTemplate(template_id=template_id, version=1, latest=1, instance_type="t3.large")


class FakeCompute:
    """Readers of one FakeComputeReader per account and Region (port `ComputeAccess`)."""

    def __init__(self, calls: list[FakeCall] | None = None) -> None:
        self.calls: list[FakeCall] = [] if calls is None else calls
        self._readers: dict[Scope, FakeComputeReader] = {}

    def compute(self, scope: Scope) -> FakeComputeReader:
        """Return what stands for EC2 there, for the test to change."""
        if scope not in self._readers:
            self._readers[scope] = FakeComputeReader(scope, self.calls)
        return self._readers[scope]
