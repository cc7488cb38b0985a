"""What readiness reads of EC2, through real boto3 and HTTP: answers, absences, pages, and failures."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.compute_facts import ComputeReader, NetworkUse, VcpuFamily
from drs_desktop.domain.errors import AccessDenied, AwsError, NotFound
from drs_desktop.domain.ids import AccountId, Region, Scope, SourceServerId
from drs_desktop.domain.launch_settings import RightSizing
from drs_desktop.simulator.core.faults import DenyPermission, FaultRule
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.identity_scenario import role_arn
from tests.helpers.simulator_process import (
    EXTERNAL_ID,
    REGION,
    TARGET,
    AwsClients,
    SimControl,
    small_scenario,
)

T = TypeVar("T")
SCOPE = Scope(account_id=AccountId(TARGET), region=Region(REGION))


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    """A few servers, and quotas of an account in use."""
    return small_scenario(service_quotas={"L-1216C47A": 640, "L-417A185B": 32})


@pytest.fixture
def access(simulator: SimulatorServer) -> Iterator[BotoAwsAccess]:
    """The gateways of the target account."""
    hub = simulator.described()["hub"]
    account = TargetAccount(
        account_id=SCOPE.account_id,
        name="target",
        role_arn=role_arn(),
        external_id=EXTERNAL_ID,
        regions=(SCOPE.region,),
    )
    one = BotoAwsAccess(
        accounts=[account],
        endpoint=Endpoint(fingerprint="sim", url=simulator.endpoint_url, is_simulated=True),
        operator="tester",
        clock=SystemClock(),
        hub_keys=HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"]),
    )
    yield one
    one.close()


def read(access: BotoAwsAccess, ask: Callable[[ComputeReader], Awaitable[T]]) -> T:
    async def answer() -> T:
        return await ask(access.compute(SCOPE))

    return asyncio.run(answer())


def servers(simulator: SimulatorServer) -> list[SourceServerId]:
    return [SourceServerId(one) for one in simulator.simulation.state(TARGET, REGION).servers]


def configure(ec2: Any, template: str, **data: Any) -> None:
    """Make another default version of a template."""
    made = ec2.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "m5.large", **data}
    )
    number = str(made["LaunchTemplateVersion"]["VersionNumber"])
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=number)


def test_launch_configuration_names_the_template_and_what_is_copied(
    access: BotoAwsAccess, simulator: SimulatorServer, aws: AwsClients
) -> None:
    first = servers(simulator)[0]
    drs = aws.as_role("drs")
    drs.update_launch_configuration(
        sourceServerID=first, copyPrivateIp=True, targetInstanceTypeRightSizingMethod="NONE"
    )
    found = read(access, lambda ec2: ec2.launch_configuration(first))
    assert found.copies_private_ip
    assert found.right_sizing is RightSizing.NONE
    assert found.template_id == drs.get_launch_configuration(sourceServerID=first)["ec2LaunchTemplateID"]


def test_default_version_of_every_template_comes_with_the_number_of_the_newest(
    access: BotoAwsAccess, simulator: SimulatorServer, aws: AwsClients
) -> None:
    ec2 = aws.as_role("ec2")
    first, second, _ = servers(simulator)
    ids = [read(access, lambda r, s=s: r.launch_configuration(s)).template_id for s in (first, second)]
    interface = {"DeviceIndex": 0, "SubnetId": "subnet-9", "Groups": ["sg-9"], "PrivateIpAddress": "10.0.0.9"}
    configure(ec2, ids[0], NetworkInterfaces=[interface], IamInstanceProfile={"Name": "dr"})
    ec2.create_launch_template_version(
        LaunchTemplateId=ids[1], LaunchTemplateData={"InstanceType": "c5.large"}
    )
    found = read(access, lambda reader: reader.default_templates())
    assert len(found) == 3
    changed = found[ids[0]]
    assert (changed.version, changed.latest, changed.instance_type) == (2, 2, "m5.large")
    assert (changed.subnet_id, changed.security_group_ids) == ("subnet-9", ("sg-9",))
    assert (changed.instance_profile, changed.private_ip) == ("dr", "10.0.0.9")
    assert (found[ids[1]].version, found[ids[1]].latest, found[ids[1]].instance_type) == (1, 2, "t3.large")


def test_subnets_that_do_not_exist_are_left_out_and_the_default_ones_are_told(
    access: BotoAwsAccess, aws: AwsClients
) -> None:
    ec2 = aws.as_role("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "drs-desktop:network", "Value": "recovery"}])
    mine, apart = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/28")["Subnet"]["SubnetId"] for n in (1, 2)
    )
    ec2.create_tags(Resources=[apart], Tags=[{"Key": "drs-desktop:network", "Value": "Drill"}])
    found = read(access, lambda reader: reader.subnets([mine, apart, "subnet-00000000000000000"]))
    assert (found[mine].vpc_id, found[mine].cidr, found[mine].free_addresses) == (vpc, "10.9.1.0/28", 11)
    assert (found[mine].use, found[apart].use) == (NetworkUse.RECOVERY, NetworkUse.DRILL)
    assert "subnet-00000000000000000" not in found
    defaults = [one for one in found.values() if one.is_default]
    assert len(defaults) == len(found) - 2 >= 1
    assert {one.use for one in defaults} == {NetworkUse.NOT_SAID}


def test_security_groups_and_profiles_tell_only_what_exists(access: BotoAwsAccess, aws: AwsClients) -> None:
    ec2 = aws.as_role("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="dr", Description="dr", VpcId=vpc)["GroupId"]
    found = read(access, lambda reader: reader.security_groups([group, "sg-00000000000000000"]))
    assert {key: one.vpc_id for key, one in found.items()} == {group: vpc}
    assert read(access, lambda reader: reader.security_groups([])) == {}
    aws.as_role("iam").create_instance_profile(InstanceProfileName="dr-machine")
    profiles = read(access, lambda reader: reader.instance_profiles())
    assert "dr-machine" in profiles
    assert f"arn:aws:iam::{TARGET}:instance-profile/dr-machine" in profiles


def test_types_have_their_vcpus_and_one_that_does_not_exist_is_left_out(access: BotoAwsAccess) -> None:
    found = read(access, lambda reader: reader.vcpus_of(["t3.large", "m5.2xlarge", "banana.large"]))
    assert found == {"t3.large": 2, "m5.2xlarge": 8}


def test_running_instances_are_counted_by_type_and_stopped_ones_are_not(
    access: BotoAwsAccess, aws: AwsClients
) -> None:
    ec2 = aws.as_role("ec2")

    def run(instance_type: str, count: int) -> list[str]:
        made = ec2.run_instances(
            ImageId="ami-00000000000000000", InstanceType=instance_type, MinCount=count, MaxCount=count
        )
        return [one["InstanceId"] for one in made["Instances"]]

    run("t3.large", 3)
    ec2.stop_instances(InstanceIds=run("m5.large", 1))
    assert read(access, lambda reader: reader.running_types()) == {"t3.large": 3}


def test_vcpu_quotas_are_those_in_force(access: BotoAwsAccess) -> None:
    found = read(access, lambda reader: reader.vcpu_quotas())
    assert found[VcpuFamily.STANDARD] == 640
    assert found[VcpuFamily.P] == 32


def test_quotas_of_drs_are_those_that_drs_enforces(access: BotoAwsAccess) -> None:
    found = read(access, lambda reader: reader.drs_quotas())
    assert (found["L-D88FAC3A"], found["L-05AFA8C6"], found["L-C1D14A2B"]) == (20, 500, 300)


def test_denied_question_says_so_and_a_server_that_is_not_there_is_an_error(
    access: BotoAwsAccess, simulator: SimulatorServer
) -> None:
    denial = FaultRule(id="deny", action=DenyPermission(permission="ec2:DescribeSubnets"))
    simulator.simulation.faults.add(denial)
    with pytest.raises(AccessDenied, match="DescribeSubnets in account"):
        read(access, lambda reader: reader.subnets([]))
    with pytest.raises(AwsError):
        read(access, lambda reader: reader.launch_configuration(SourceServerId("s-00000000000000000")))
    with pytest.raises(NotFound):
        access.compute(Scope(account_id=AccountId("999999999999"), region=SCOPE.region))


class TestManyTemplates:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        """More templates than one page holds."""
        return small_scenario(230)

    def test_templates_come_in_pages_and_none_is_lost(
        self, access: BotoAwsAccess, control: SimControl
    ) -> None:
        found = read(access, lambda reader: reader.default_templates())
        assert len(found) == 230
        assert len(control.calls("DescribeLaunchTemplateVersions")) == 2
