"""A readiness report on a simulated AWS, through real boto3: what it finds, and what it costs in calls."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.ids import AccountId, IntentId, PlanId, Region, Scope, SourceServerId
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.readiness import Accept, Check, Level, ReadinessFinding
from drs_desktop.domain.start_recovery import ExecutionMode, StartRecoveryRequest
from drs_desktop.engine.limiter import LimitedAws
from drs_desktop.engine.metrics import Metrics
from drs_desktop.services.paced_compute import PacedCompute
from drs_desktop.services.start_preview import PlannerParts, PreparedStart, StartPlanner
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import ScaledClock
from tests.helpers.builders import a_group, a_plan
from tests.helpers.fakes import FakeRepository
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
DRILL, RECOVERY = ExecutionMode.DRILL, ExecutionMode.RECOVERY
QUOTAS = {"L-1216C47A": 2_000}
FASTER = 1_000.0
"""How fast the planner's clock runs, so that its pace holds up no test."""


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    """A few servers in an account with room."""
    return small_scenario(service_quotas=QUOTAS)


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
        clock=ScaledClock(simulator.simulation.clock.now(), 1.0),
        hub_keys=HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"]),
    )
    yield one
    one.close()


class Desk:
    """A planner over the simulated AWS, for a plan of one wave with every server."""

    def __init__(self, access: BotoAwsAccess, simulator: SimulatorServer) -> None:
        self._access = access
        self._simulation = simulator.simulation

    def prepared(self, mode: ExecutionMode = DRILL, choice: PointChoice = LATEST) -> PreparedStart:
        async def prepare() -> PreparedStart:
            clock = ScaledClock(self._simulation.clock.now(), FASTER)
            aws = LimitedAws(self._access, clock, Metrics())
            servers = await self._access.reader(SCOPE).describe_source_servers()
            groups = (a_group(1, [server.key for server in servers]),)
            repository = FakeRepository((), groups, (a_plan(1),))
            parts = PlannerParts(clock=clock, compute=PacedCompute(self._access, aws))
            planner = StartPlanner(aws, repository, _nothing_live(), parts)
            return await planner.plan_start(PlanId("plan-1"), mode, attended=True, choice=choice)

        return asyncio.run(prepare())

    def findings(self, mode: ExecutionMode = DRILL, *checks: Check) -> list[ReadinessFinding]:
        return [one for one in self.prepared(mode).findings if not checks or one.check in checks]


def _nothing_live() -> Any:
    async def live_executions() -> dict[str, Any]:
        return {}

    return SimpleNamespace(live_executions=live_executions)


@pytest.fixture
def desk(access: BotoAwsAccess, simulator: SimulatorServer) -> Desk:
    return Desk(access, simulator)


def ids(simulator: SimulatorServer) -> list[str]:
    return list(simulator.simulation.state(TARGET, REGION).servers)


def replicate(control: SimControl, server_id: str, state: str, lag_minutes: int = 0) -> None:
    members = {"act": "replication", "server": server_id, "state": state, "lag_minutes": lag_minutes}
    status, answer = control.ask("POST", "/sim/act", members)
    assert status == 200, answer


def read(access: BotoAwsAccess, ask: Callable[[BotoAwsAccess], Awaitable[T]]) -> T:
    async def answer() -> T:
        return await ask(access)

    return asyncio.run(answer())


# ---- a good day


def test_healthy_servers_in_a_network_nobody_spoke_of_may_be_drilled(desk: Desk) -> None:
    prepared = desk.prepared()
    assert not any(finding.hinders() for finding in prepared.findings)
    assert {one.check for one in prepared.findings if one.level is Level.PASSED} == {
        Check.WAVES,
        Check.REPLICATION,
        Check.LANDING,
        Check.VCPUS,
    }
    assert [one.check for one in prepared.findings if one.level is Level.NOT_CHECKED] == [Check.NETWORK]
    (server, *_) = prepared.preview.servers
    assert (server.instance_type, server.vpc_id != "", server.subnet_id != "") == ("t3.large", True, True)


class TestManyServers:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        """As many servers as make several pages of anything that has pages."""
        return small_scenario(250, service_quotas=QUOTAS)

    def test_report_costs_one_call_for_each_server_and_a_few_more(
        self, desk: Desk, control: SimControl
    ) -> None:
        prepared = desk.prepared()
        assert prepared.preview.is_startable
        assert len(prepared.findings) < 10
        asked = control.ask("GET", "/sim/calls")[1]["calls"]
        counts = Counter(call["operation"] for call in asked if call["operation"] != "AssumeRole")
        assert counts.pop("GetLaunchConfiguration") == 250
        assert sum(counts.values()) <= 20


# ---- the worst day


def test_dead_source_is_one_warning_with_the_loss_that_one_word_accepts(
    desk: Desk, simulator: SimulatorServer, control: SimControl
) -> None:
    for server_id in ids(simulator):
        replicate(control, server_id, "STALLED", lag_minutes=180)
    standing = [one for one in desk.findings(RECOVERY) if one.hinders()]
    (finding,) = standing
    assert finding.accept is Accept.OLD_DATA
    assert finding.text.startswith("3 servers not replicating any more: srv-01 (STALLED), ")
    assert "What was written later is lost." in finding.text
    assert not finding.hinders({Accept.OLD_DATA})


def test_server_whose_replication_was_stopped_has_no_point_in_time_and_nothing_accepts_that(
    desk: Desk, simulator: SimulatorServer, aws: AwsClients
) -> None:
    aws.as_role("drs").stop_replication(sourceServerID=ids(simulator)[0])
    for mode in (DRILL, RECOVERY):
        (failed,) = [one for one in desk.findings(mode) if one.level is Level.FAILED]
        assert failed.text == "1 server without a usable point in time: srv-01 (STOPPED)."
        assert failed.accept is None


# ---- where it lands


def _into_a_recovery_network(simulator: SimulatorServer, aws: AwsClients, cidr: str) -> str:
    """Point the first server's template at a subnet that is tagged as the recovery network."""
    ec2, drs = aws.as_role("ec2"), aws.as_role("drs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
    ec2.create_tags(Resources=[subnet], Tags=[{"Key": "drs-desktop:network", "Value": "recovery"}])
    configuration = drs.get_launch_configuration(sourceServerID=ids(simulator)[0])
    template = configuration["ec2LaunchTemplateID"]
    version = ec2.create_launch_template_version(
        LaunchTemplateId=template,
        LaunchTemplateData={
            "InstanceType": "t3.large",
            "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet}],
        },
    )["LaunchTemplateVersion"]["VersionNumber"]
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=str(version))
    return str(subnet)


def test_drill_into_the_recovery_network_and_with_copied_addresses_needs_two_reasons(
    desk: Desk, simulator: SimulatorServer, aws: AwsClients
) -> None:
    subnet = _into_a_recovery_network(simulator, aws, "10.0.0.0/24")
    aws.as_role("drs").update_launch_configuration(sourceServerID=ids(simulator)[0], copyPrivateIp=True)
    prepared = desk.prepared()
    assert {one.accept for one in prepared.findings if one.hinders()} == {
        Accept.RECOVERY_NETWORK,
        Accept.COPIED_ADDRESSES,
    }
    server = next(one for one in prepared.preview.servers if one.name == "srv-01")
    assert (server.subnet_id, server.private_ip) == (subnet, "10.0.0.11")
    assert not any(one.hinders() for one in desk.findings(RECOVERY))


def test_subnet_that_is_too_small_and_one_that_is_gone_are_found(
    desk: Desk, simulator: SimulatorServer, aws: AwsClients
) -> None:
    subnet = _into_a_recovery_network(simulator, aws, "10.0.0.0/24")
    aws.as_role("ec2").delete_subnet(SubnetId=subnet)
    (gone,) = [one for one in desk.findings(RECOVERY) if one.level is Level.FAILED]
    assert gone.text == f"1 server whose subnet does not exist: srv-01 ({subnet})."


class TestNewAccount:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        """An account with the vCPU quota that AWS gives to new ones."""
        return small_scenario()

    def test_quota_of_a_new_account_does_not_suffice_and_says_which_to_raise(self, desk: Desk) -> None:
        (finding,) = desk.findings(DRILL, Check.VCPUS)
        assert finding.accept is Accept.VCPUS
        assert "6 needed and 0 running of 5" in finding.text
        assert "L-1216C47A" in finding.fix


@pytest.mark.parametrize(
    "permission",
    [
        "ec2:DescribeSubnets",
        "servicequotas:ListServiceQuotas",
        "drs:GetLaunchConfiguration",
        "iam:ListInstanceProfiles",
    ],
)
def test_right_that_is_missing_makes_a_line_not_checked_and_stops_no_start(
    desk: Desk, control: SimControl, permission: str
) -> None:
    control.add_fault(action={"kind": "deny", "permission": permission})
    prepared = desk.prepared(RECOVERY)
    assert prepared.preview.is_startable
    (finding,) = [one for one in prepared.findings if one.level is Level.NOT_CHECKED]
    assert permission.partition(":")[2] in finding.text


# ---- points in time


def test_start_from_a_moment_launches_each_server_from_its_point_before_it(
    desk: Desk, simulator: SimulatorServer, access: BotoAwsAccess
) -> None:
    moment = simulator.simulation.clock.now() - timedelta(minutes=25)
    prepared = desk.prepared(DRILL, PointChoice(for_all=moment))
    assert prepared.preview.is_startable
    frozen = prepared.waves[0].servers
    assert all(server.data_at and server.data_at <= moment for server in frozen)
    points = {server.key.source_server_id: server.snapshot_id for server in frozen if server.snapshot_id}
    request = StartRecoveryRequest(
        scope=SCOPE,
        source_server_ids=tuple(points),
        is_drill=True,
        snapshots=tuple(points.items()),
    )

    async def start(access: BotoAwsAccess) -> Any:
        actor = await access.actor(SCOPE, IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV"))
        return await actor.start_recovery(request)

    read(access, start)
    (job,) = simulator.simulation.state(TARGET, REGION).jobs.values()
    launched = {SourceServerId(one.source_server_id): one.snapshot_id for one in job.participants.values()}
    assert launched == points
    assert len(points) == 3


def test_points_in_time_come_newest_first_and_with_their_times(
    simulator: SimulatorServer, access: BotoAwsAccess
) -> None:
    server_id = SourceServerId(ids(simulator)[0])
    found = read(access, lambda aws: aws.reader(SCOPE).describe_recovery_snapshots(server_id))
    times = [one.taken_at for one in found if one.taken_at]
    assert times == sorted(times, reverse=True)
    assert len(times) == len(found) > 6
    assert {one.server.source_server_id for one in found} == {server_id}
