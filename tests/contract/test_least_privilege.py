"""The policies that the table of calls gives, put to AWS's own rules: enough for a drill, and no more.

The console's real gateway talks over HTTP to the simulator, which evaluates role, session and trust policies.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.clients import SessionPolicies
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.account_template import RoleToMake, trust_policy
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.errors import AccessDenied, AwsError
from drs_desktop.domain.ids import AccountId, ExecutionId, IntentId, JobId, Region, Scope
from drs_desktop.domain.job import LaunchStatus
from drs_desktop.domain.role_policies import role_policy
from drs_desktop.domain.roles import Access, Role
from drs_desktop.domain.session_policy import session_policy
from drs_desktop.domain.start_recovery import (
    AttemptKey,
    ExecutionMode,
    PartKey,
    StartRecoveryRequest,
    job_tags,
)
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.identity_scenario import deny, policy, role, role_arn, scenario_with
from tests.helpers.simulator_process import EXTERNAL_ID, HUB, REGION, TARGET, AwsClients, SimControl

ACCOUNT = TargetAccount(
    account_id=AccountId(TARGET),
    name="target",
    role_arn=role_arn(),
    external_id=EXTERNAL_ID,
    regions=(Region(REGION),),
)
SCOPE = ACCOUNT.scopes[0]
INTENT = IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV")
ONE_DRILL, ONE_TERMINATION = 700, 300


def made_from(*, hub: str = HUB, principal: str = f"arn:aws:iam::{HUB}:*") -> RoleToMake:
    return RoleToMake(
        side=RoleSide.TARGET,
        role_arn=role_arn(),
        external_id=EXTERNAL_ID,
        hub_account_id=AccountId(hub),
        principal_pattern=principal,
        is_alone=True,
    )


def least_role(*more: dict[str, Any], **trusting: str) -> dict[str, Any]:
    """Return the role as the template makes it, with further policies beside its own."""
    policies = [role_policy(RoleSide.TARGET, is_alone=True), *more]
    return role(policies=policies, trust=trust_policy(made_from(**trusting)))


LEAST = scenario_with(least_role())
OPEN = scenario_with(role())


def of_role(access: Access) -> SessionPolicies:
    return lambda account_id, is_acting: session_policy(access, account_id, is_acting=is_acting)


class Console:
    """The gateways of somebody with a role, over real HTTP."""

    def __init__(
        self,
        simulator: SimulatorServer,
        control: SimControl,
        access: Access,
        account: TargetAccount = ACCOUNT,
    ) -> None:
        hub = simulator.described()["hub"]
        self.control = control
        self.aws = BotoAwsAccess(
            accounts=[account],
            endpoint=Endpoint(fingerprint="sim", url=simulator.endpoint_url, is_simulated=True),
            operator="tester",
            clock=SystemClock(),
            hub_keys=HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"]),
            session_policies=of_role(access),
        )

    async def start(self) -> JobId:
        servers = await self.aws.reader(SCOPE).describe_source_servers()
        actor = await self.aws.actor(SCOPE, INTENT)
        key = AttemptKey(part=PartKey(wave=1, scope=SCOPE, index=0), attempt=1)
        tags = job_tags(ExecutionId(f"demo-{INTENT}"), key, ExecutionMode.DRILL, INTENT)
        request = StartRecoveryRequest(
            scope=SCOPE,
            source_server_ids=tuple(server.key.source_server_id for server in servers),
            is_drill=True,
            tags=tags,
        )
        return (await actor.start_recovery(request)).job_id

    async def statuses(self, job_id: JobId) -> set[LaunchStatus | None]:
        (job,) = await self.aws.reader(SCOPE).describe_jobs([job_id])
        return {server.launch_status for server in job.servers}

    async def drill(self) -> set[LaunchStatus | None]:
        """Start, watch, look at the instances, remove them; return how the removal ended."""
        reader = self.aws.reader(SCOPE)
        job_id = await self.start()
        self.control.advance(ONE_DRILL)
        if await self.statuses(job_id) != {LaunchStatus.LAUNCHED}:
            return await self.statuses(job_id)
        assert await reader.describe_job_log_items(job_id)
        servers = [server.key.source_server_id for server in await reader.describe_source_servers()]
        instances = [one.recovery_instance_id for one in await reader.describe_recovery_instances(servers)]
        assert set(await reader.describe_instance_checks(instances)) == set(instances)
        actor = await self.aws.actor(SCOPE, INTENT)
        ended = await actor.terminate_recovery_instances(instances)
        self.control.advance(ONE_TERMINATION)
        return await self.statuses(ended.job_id)


@pytest.fixture
def access() -> Access:
    """Who is at the console; override it to be somebody else."""
    return Access(role=Role.OPERATOR)


@pytest.fixture
def console(simulator: SimulatorServer, control: SimControl, access: Access) -> Iterator[Console]:
    """The console of the one who has this access."""
    one = Console(simulator, control, access)
    yield one
    one.aws.close()


@pytest.mark.parametrize("scenario_data", [LEAST])
@pytest.mark.parametrize(
    "access", [Access(role=Role.OPERATOR), Access(role=Role.ADMIN)], ids=["operator", "admin"]
)
def test_least_privilege_role_is_enough_for_a_whole_drill(console: Console) -> None:
    assert asyncio.run(console.drill()) == {LaunchStatus.TERMINATED}


TWO_ROLES = scenario_with(
    role("Source", policies=[role_policy(RoleSide.SOURCE)]), role(policies=[role_policy(RoleSide.TARGET)])
)


@pytest.mark.parametrize("scenario_data", [TWO_ROLES])
def test_two_roles_of_their_own_policies_are_enough_together(
    simulator: SimulatorServer, control: SimControl
) -> None:
    account = replace(ACCOUNT, source_role_arn=role_arn("Source"))
    console = Console(simulator, control, Access(role=Role.OPERATOR), account)
    try:
        assert asyncio.run(console.drill()) == {LaunchStatus.TERMINATED}
    finally:
        console.aws.close()


@pytest.mark.parametrize("scenario_data", [scenario_with(role(policies=[role_policy(RoleSide.TARGET)]))])
def test_source_role_that_does_not_exist_fails_the_reading_of_servers(
    simulator: SimulatorServer, control: SimControl
) -> None:
    account = replace(ACCOUNT, source_role_arn=role_arn("Source"))
    console = Console(simulator, control, Access(role=Role.OPERATOR), account)
    try:
        with pytest.raises(AwsError, match="as role Source"):
            asyncio.run(console.start())
        assert asyncio.run(_jobs(console)) == ()
    finally:
        console.aws.close()


@pytest.mark.parametrize("scenario_data", [scenario_with(least_role(policy(deny("ec2:CreateVolume"))))])
def test_drill_fails_without_one_of_its_rights(console: Console) -> None:
    """So that the test above cannot pass because nothing is evaluated."""
    assert asyncio.run(console.drill()) == {LaunchStatus.FAILED}


@pytest.mark.parametrize("scenario_data", [OPEN])
@pytest.mark.parametrize(
    "access",
    [Access(role=Role.VIEWER), Access(role=Role.AUDITOR), Access(role=Role.CROSS_ACCOUNT)],
    ids=["viewer", "auditor", "bound elsewhere"],
)
def test_aws_itself_refuses_a_start_by_who_may_not_act_there(console: Console) -> None:
    """The role may do everything: only the session policy is in the way."""
    with pytest.raises(AccessDenied, match="session policy"):
        asyncio.run(console.start())
    assert asyncio.run(_jobs(console)) == ()


@pytest.mark.parametrize("scenario_data", [OPEN])
@pytest.mark.parametrize("access", [Access(role=Role.VIEWER)])
def test_viewer_session_reads_everything_that_the_console_reads(console: Console, aws: AwsClients) -> None:
    aws.as_role("drs").start_recovery(
        sourceServers=[{"sourceServerID": one["sourceServerID"]} for one in _servers(aws)], isDrill=True
    )
    console.control.advance(ONE_DRILL)

    async def look() -> None:
        reader = console.aws.reader(SCOPE)
        (job,) = await reader.describe_jobs()
        assert await reader.describe_job_log_items(job.job_id)
        servers = [one.key.source_server_id for one in await reader.describe_source_servers()]
        instances = [one.recovery_instance_id for one in await reader.describe_recovery_instances(servers)]
        assert set(await reader.describe_instance_checks(instances)) == set(instances)

    asyncio.run(look())


@pytest.mark.parametrize("scenario_data", [OPEN])
@pytest.mark.parametrize("name", [Role.VIEWER, Role.AUDITOR])
def test_no_operation_that_writes_gets_past_a_read_only_session(aws: AwsClients, name: Role) -> None:
    text = session_policy(Access(role=name), AccountId(TARGET), is_acting=True)
    answer = aws.hub("sts").assume_role(
        RoleArn=role_arn(), RoleSessionName="viewer", ExternalId=EXTERNAL_ID, Policy=text
    )
    drs = aws.with_keys(answer["Credentials"]).client("drs", endpoint_url=aws.endpoint_url)
    ids = [one["sourceServerID"] for one in _servers(aws)]
    attempts: list[tuple[Any, dict[str, Any]]] = [
        (drs.start_recovery, {"sourceServers": [{"sourceServerID": ids[0]}], "isDrill": True}),
        (drs.terminate_recovery_instances, {"recoveryInstanceIDs": ["i-0123456789abcdef0"]}),
        (drs.update_launch_configuration, {"sourceServerID": ids[0], "copyTags": True}),
        (drs.delete_source_server, {"sourceServerID": ids[0]}),
        (drs.tag_resource, {"resourceArn": _servers(aws)[0]["arn"], "tags": {"a": "b"}}),
    ]
    for call, members in attempts:
        with pytest.raises(ClientError, match="no session policy allows") as caught:
            call(**members)
        assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize(
    "scenario_data",
    [
        scenario_with(least_role(hub="999999999999")),
        scenario_with(least_role(principal=f"arn:aws:iam::{HUB}:role/somebody-else")),
    ],
    ids=["another account", "another principal"],
)
def test_template_trusts_nobody_but_the_named_identities_of_the_hub(console: Console) -> None:
    with pytest.raises(AwsError, match="sts:AssumeRole"):
        asyncio.run(console.start())


def _servers(aws: AwsClients) -> Any:
    return aws.as_role("drs").describe_source_servers()["items"]


async def _jobs(console: Console) -> tuple[Any, ...]:
    return await console.aws.reader(
        Scope(account_id=AccountId(TARGET), region=Region(REGION))
    ).describe_jobs()
