"""What decides in EC2 whether a launch succeeds and where it lands, as it was read, and who reads it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from drs_desktop.domain.ids import Scope, ServerKey, SourceServerId
from drs_desktop.domain.launch_settings import RightSizing


@dataclass(frozen=True, kw_only=True)
class LaunchConfiguration:
    """What DRS launches a server with, as far as readiness follows it (API shape `LaunchConfiguration`)."""

    template_id: str
    right_sizing: RightSizing = RightSizing.UNKNOWN
    copies_private_ip: bool = False


@dataclass(frozen=True, kw_only=True)
class LaunchTemplate:
    """The default version of an EC2 launch template: the one that DRS launches.

    Attributes:
        latest: the number of the newest version, which counts for nothing while it is not the default.
    """

    template_id: str
    version: int
    latest: int
    instance_type: str = ""
    subnet_id: str = ""
    security_group_ids: tuple[str, ...] = ()
    instance_profile: str = ""
    private_ip: str = ""


class NetworkUse(StrEnum):
    """What a network is for, as its tag `drs-desktop:network` says."""

    DRILL = "drill"
    RECOVERY = "recovery"
    NOT_SAID = "not said"


NETWORK_TAG = "drs-desktop:network"
"""On a subnet or its VPC: `drill` for a network apart from production, `recovery` for the real one."""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet; `is_default` tells the one that a launch without a subnet goes to."""

    subnet_id: str
    vpc_id: str
    cidr: str = ""
    free_addresses: int = 0
    zone: str = ""
    is_default: bool = False
    use: NetworkUse = NetworkUse.NOT_SAID


@dataclass(frozen=True, kw_only=True)
class SecurityGroup:
    """A security group and the VPC that it is of."""

    group_id: str
    vpc_id: str


class VcpuFamily(StrEnum):
    """A family of On-Demand instances that shares one vCPU quota; the value is the quota's code."""

    STANDARD = "L-1216C47A"
    F = "L-74FC7D96"
    G_AND_VT = "L-DB2E81BA"
    INF = "L-1945791B"
    P = "L-417A185B"
    TRN = "L-2C3B7624"
    X = "L-7295265B"
    HIGH_MEMORY = "L-43DA4232"
    DL = "L-6E869C2A"
    HPC = "L-F7808C92"


_PREFIXES = (
    ("trn", VcpuFamily.TRN),
    ("inf", VcpuFamily.INF),
    ("hpc", VcpuFamily.HPC),
    ("dl", VcpuFamily.DL),
    ("vt", VcpuFamily.G_AND_VT),
    ("u-", VcpuFamily.HIGH_MEMORY),
    ("f", VcpuFamily.F),
    ("g", VcpuFamily.G_AND_VT),
    ("p", VcpuFamily.P),
    ("x", VcpuFamily.X),
)


def family_of(instance_type: str) -> VcpuFamily:
    """Return the vCPU quota that an instance type counts against."""
    return next((family for prefix, family in _PREFIXES if instance_type.startswith(prefix)), _STANDARD)


_STANDARD = VcpuFamily.STANDARD


class Aspect(StrEnum):
    """What is read for its own sake, so that one that cannot be read hides no other; in words."""

    SETTINGS = "launch settings"
    TEMPLATES = "launch templates"
    SUBNETS = "subnets"
    SECURITY_GROUPS = "security groups"
    PROFILES = "instance profiles"
    TYPES = "instance types"
    RUNNING = "running instances"
    QUOTAS = "vCPU quotas"


@dataclass(frozen=True, kw_only=True)
class ComputeFacts:
    """What was read of EC2 in one account and Region for the servers of a plan.

    Attributes:
        problems: by aspect: why it could not be read, or not for every server.
        vcpus: by instance type; a type that the Region does not offer is not here.
        running: how many instances run, by type.
    """

    scope: Scope
    settings: Mapping[ServerKey, LaunchConfiguration] = field(default_factory=dict)
    templates: Mapping[str, LaunchTemplate] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    profiles: frozenset[str] = frozenset()
    vcpus: Mapping[str, int] = field(default_factory=dict)
    running: Mapping[str, int] = field(default_factory=dict)
    quotas: Mapping[VcpuFamily, int] = field(default_factory=dict)
    problems: Mapping[Aspect, str] = field(default_factory=dict)

    def was_read(self, *aspects: Aspect) -> bool:
        """Return whether all of this could be read."""
        return not any(aspect in self.problems for aspect in aspects)

    def running_vcpus(self, family: VcpuFamily) -> int:
        """Return how many vCPUs of a family run."""
        mine = ((one, count) for one, count in self.running.items() if family_of(one) is family)
        return sum(count * self.vcpus.get(one, 0) for one, count in mine)

    @property
    def default_subnet(self) -> Subnet | None:
        """Return where a launch without a subnet goes, or None when the Region has no default VPC."""
        return min(_defaults(self.subnets.values()), key=lambda subnet: subnet.zone, default=None)


def _defaults(subnets: Iterable[Subnet]) -> list[Subnet]:
    return [subnet for subnet in subnets if subnet.is_default]


class ComputeReader(Protocol):
    """Reads of EC2 and its neighbours in one account and Region; what does not exist is not in the answer.

    Raises:
        AwsError: a failed read never means "nothing".
    """

    async def launch_configuration(self, server_id: SourceServerId) -> LaunchConfiguration:
        """Return the launch configuration of one server; one call for each server."""

    async def default_templates(self) -> Mapping[str, LaunchTemplate]:
        """Return the default version of every launch template, by the template's id."""

    async def subnets(self, subnet_ids: Sequence[str]) -> Mapping[str, Subnet]:
        """Return these subnets and the default ones, by id."""

    async def security_groups(self, group_ids: Sequence[str]) -> Mapping[str, SecurityGroup]:
        """Return these security groups, by id."""

    async def instance_profiles(self) -> frozenset[str]:
        """Return the name and the ARN of every instance profile."""

    async def vcpus_of(self, instance_types: Sequence[str]) -> Mapping[str, int]:
        """Return how many vCPUs each of these types has that the Region offers."""

    async def running_types(self) -> Mapping[str, int]:
        """Return how many instances of each type run."""

    async def vcpu_quotas(self) -> Mapping[VcpuFamily, int]:
        """Return the vCPU quotas in force."""

    async def drs_quotas(self) -> Mapping[str, int]:
        """Return the quotas of DRS in force, by their codes."""


class ComputeAccess(Protocol):
    """Where compute readers come from."""

    def compute(self, scope: Scope) -> ComputeReader:
        """Return the reader of an account and Region; cheap.

        Raises:
            AwsError: there is no AWS to read from.
        """
