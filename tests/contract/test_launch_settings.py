"""Launch settings through the real gateways on the simulator: what is applied decides where a drill lands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.errors import AwsError
from drs_desktop.domain.ids import AccountId, IntentId, Region, SourceServerId
from drs_desktop.domain.launch_changes import LaunchChange, undoing
from drs_desktop.domain.launch_ports import LaunchActor, LaunchReader
from drs_desktop.domain.launch_settings import (
    CpuCredits,
    Disposition,
    LaunchSettings,
    RightSizing,
    overlaid,
    set_fields,
)
from drs_desktop.domain.role_policies import role_policy
from drs_desktop.domain.roles import Access, Role
from drs_desktop.domain.session_policy import session_policy
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.asynchronous import on_loop
from tests.helpers.identity_scenario import role, role_arn, scenario_with
from tests.helpers.simulator_process import EXTERNAL_ID, REGION, TARGET, AwsClients, SimControl

ONE_DRILL = 9 * 60 + 30
ACCOUNT = TargetAccount(
    account_id=AccountId(TARGET),
    name="target",
    role_arn=role_arn(),
    external_id=EXTERNAL_ID,
    regions=(Region(REGION),),
)
SCOPE = ACCOUNT.scopes[0]
INTENT = IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV")
LEAST = scenario_with(role(policies=[role_policy(RoleSide.TARGET, is_alone=True)]), role("Admin"))


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    """The role has exactly the permissions that our template gives it."""
    return LEAST


@pytest.fixture
def access(simulator: SimulatorServer) -> Iterator[BotoAwsAccess]:
    """The gateways of an operator."""
    hub, operator = simulator.described()["hub"], Access(role=Role.OPERATOR)
    one = BotoAwsAccess(
        accounts=[ACCOUNT],
        endpoint=Endpoint(fingerprint="sim", url=simulator.endpoint_url, is_simulated=True),
        operator="tester",
        clock=SystemClock(),
        hub_keys=HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"]),
        session_policies=lambda account, is_acting: session_policy(operator, account, is_acting=is_acting),
    )
    yield one
    one.close()


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network to recover into, made beforehand."""

    subnet_id: str
    vpc_id: str
    group_id: str


@pytest.fixture
def network(aws: AwsClients) -> Network:
    """A subnet 10.9.1.0/24 with a security group, and the instance profile `dr-app`."""
    ec2 = aws.as_role("ec2", role="Admin")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="dr", Description="dr", VpcId=vpc)["GroupId"]
    aws.as_role("iam", role="Admin").create_instance_profile(InstanceProfileName="dr-app")
    return Network(subnet_id=subnet, vpc_id=vpc, group_id=group)


@pytest.fixture
def server_id(simulator: SimulatorServer) -> SourceServerId:
    """The first source server."""
    return SourceServerId(next(iter(simulator.simulation.state(TARGET, REGION).servers)))


class Desk:
    """Writes one server's settings, in the right order."""

    def __init__(self, access: BotoAwsAccess, server_id: SourceServerId) -> None:
        self.access, self.server_id = access.launch, server_id

    @property
    def reader(self) -> LaunchReader:
        return self.access.launch_reader(SCOPE)

    async def actor(self) -> LaunchActor:
        return await self.access.launch_actor(SCOPE, INTENT)

    async def settings(self) -> LaunchSettings:
        configuration = await self.reader.get_launch_configuration(self.server_id)
        versions = await self.reader.describe_default_versions([configuration.template_id])
        return overlaid(configuration.settings, versions[configuration.template_id].settings)

    async def write(self, change: LaunchChange) -> None:
        actor = await self.actor()
        if not change.configuration.is_empty:
            await actor.update_launch_configuration(self.server_id, change.configuration)
        template_id = (await self.reader.get_launch_configuration(self.server_id)).template_id
        base = (await self.reader.describe_default_versions([template_id]))[template_id]
        number = await actor.create_launch_template_version(
            base, change.template, note="a test", token=f"{INTENT}-{base.version}"
        )
        await actor.modify_launch_template(template_id, number)


@pytest.fixture
def desk(access: BotoAwsAccess, server_id: SourceServerId) -> Desk:
    return Desk(access, server_id)


def everything(network: Network) -> LaunchSettings:
    return LaunchSettings(
        subnet_id=network.subnet_id,
        security_group_ids=(network.group_id,),
        instance_type="c5.xlarge",
        instance_profile="dr-app",
        static_private_ip="10.9.1.40",
        right_sizing=RightSizing.NONE,
        disposition=Disposition.STOPPED,
        copy_private_ip=False,
        copy_tags=False,
        os_byol=True,
        associate_public_ip=False,
        detailed_monitoring=True,
        ebs_optimised=True,
        termination_protection=True,
        cpu_credits=CpuCredits.UNLIMITED,
        instance_tags=(("Team", "dr"), ("Tier", "web")),
    )


def change_of(settings: LaunchSettings) -> LaunchChange:
    return LaunchChange(names=tuple(set_fields(settings)), values=settings)


@on_loop
async def test_every_setting_is_read_back_as_it_was_written(desk: Desk, network: Network) -> None:
    wanted = everything(network)
    await desk.write(change_of(wanted))
    assert await desk.settings() == wanted


@on_loop
async def test_what_was_not_set_before_is_not_set_after_an_undo(desk: Desk, network: Network) -> None:
    before = await desk.settings()
    change = change_of(everything(network))
    await desk.write(change)
    await desk.write(undoing(change, before, await desk.settings()))
    assert await desk.settings() == before


@on_loop
async def test_an_update_of_drs_makes_a_version_by_itself_from_which_ours_must_come(
    desk: Desk, network: Network
) -> None:
    template_id = (await desk.reader.get_launch_configuration(desk.server_id)).template_id
    stale = (await desk.reader.describe_default_versions([template_id]))[template_id]
    actor = await desk.actor()
    copying = LaunchChange(names=("copy_tags",), values=LaunchSettings(copy_tags=False))
    await actor.update_launch_configuration(desk.server_id, copying)
    fresh = (await desk.reader.describe_default_versions([template_id]))[template_id]
    assert fresh.version > stale.version


@on_loop
async def test_a_drill_lands_where_the_applied_settings_say(
    desk: Desk, network: Network, aws: AwsClients, control: SimControl
) -> None:
    wanted = LaunchSettings(
        subnet_id=network.subnet_id,
        security_group_ids=(network.group_id,),
        instance_type="c5.xlarge",
        right_sizing=RightSizing.NONE,
        static_private_ip="10.9.1.40",
    )
    await desk.write(change_of(wanted))
    drs, ec2 = aws.as_role("drs", role="Admin"), aws.as_role("ec2", role="Admin")
    drs.start_recovery(sourceServers=[{"sourceServerID": desk.server_id}], isDrill=True)
    control.advance(ONE_DRILL)
    (record,) = drs.describe_recovery_instances()["items"]
    found = ec2.describe_instances(InstanceIds=[record["ec2InstanceID"]])
    instance = found["Reservations"][0]["Instances"][0]
    assert (instance["SubnetId"], instance["PrivateIpAddress"], instance["InstanceType"]) == (
        network.subnet_id,
        "10.9.1.40",
        "c5.xlarge",
    )
    holders = await desk.reader.describe_address_holders([network.subnet_id])
    assert holders[network.subnet_id]["10.9.1.40"] == record["ec2InstanceID"]


@on_loop
async def test_the_network_is_read_as_the_checks_need_it(desk: Desk, network: Network) -> None:
    reader = desk.reader
    subnet = (await reader.describe_subnets())[network.subnet_id]
    assert (subnet.vpc_id, subnet.cidr) == (network.vpc_id, "10.9.1.0/24")
    assert (await reader.describe_security_group_vpcs())[network.group_id] == network.vpc_id
    assert await reader.describe_offered_types(["c5.xlarge", "z9.huge"]) == {"c5.xlarge"}
    assert await reader.list_instance_profiles() == {"dr-app"}


@on_loop
async def test_many_templates_are_read_with_one_list(
    desk: Desk, simulator: SimulatorServer, control: SimControl
) -> None:
    ids = [
        (await desk.reader.get_launch_configuration(SourceServerId(one))).template_id
        for one in simulator.simulation.state(TARGET, REGION).servers
    ]
    before = len(control.calls("DescribeLaunchTemplateVersions"))
    wanted = [*ids, *(f"lt-{number:017}" for number in range(20))]
    assert set(await desk.reader.describe_default_versions(wanted)) == set(ids)
    assert len(control.calls("DescribeLaunchTemplateVersions")) == before + 1


@on_loop
async def test_a_template_that_somebody_deleted_is_left_out(desk: Desk, aws: AwsClients) -> None:
    template_id = (await desk.reader.get_launch_configuration(desk.server_id)).template_id
    aws.as_role("ec2", role="Admin").delete_launch_template(LaunchTemplateId=template_id)
    assert await desk.reader.describe_default_versions([template_id]) == {}


@on_loop
async def test_a_word_that_aws_does_not_take_is_refused_with_a_sentence(desk: Desk) -> None:
    actor = await desk.actor()
    with pytest.raises(AwsError, match="ModifyLaunchTemplate in account 222222222222"):
        await actor.modify_launch_template("lt-00000000000000000", 1)
