"""Servers extended from a staging account: read there through its own role, drilled in the target account."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint, StagingAccount, TargetAccount
from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.freeze import freeze_waves
from drs_desktop.domain.ids import AccountId, IntentId, Region, Scope
from drs_desktop.domain.job import JobStatus, LaunchStatus
from drs_desktop.domain.readiness import Level, PlanFacts, ReadinessFinding, ScopeFacts
from drs_desktop.domain.role_policies import role_policy
from drs_desktop.domain.source_server import SourceServer, StagingStatus
from drs_desktop.domain.start_recovery import ExecutionMode, StartRecoveryRequest
from drs_desktop.services.staging_check import StagingCheck
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.builders import a_group, a_plan
from tests.helpers.simulator_process import (
    EXTERNAL_ID,
    OTHER,
    REGION,
    ROLE,
    TARGET,
    SimControl,
    small_scenario,
)

STAGING_ROLE = f"arn:aws:iam::{OTHER}:role/ReadServers"
STAGING = StagingAccount(
    account_id=AccountId(OTHER), role_arn=STAGING_ROLE, external_id="between-the-two-of-us"
)
SCOPE = Scope(account_id=AccountId(TARGET), region=Region(REGION))
ACCOUNT = TargetAccount(
    account_id=AccountId(TARGET),
    name="target",
    role_arn=ROLE,
    external_id=EXTERNAL_ID,
    regions=(Region(REGION),),
    staging=(STAGING,),
)


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    data = small_scenario(count=3)
    data["servers"][0]["extended_from"] = "other"
    data["accounts"][2] |= {
        "initialized": True,
        "roles": [
            {
                "name": "ReadServers",
                "external_id": STAGING.external_id,
                "policies": [role_policy(RoleSide.SOURCE)],
            }
        ],
    }
    return data


@pytest.fixture
def access(simulator: SimulatorServer) -> Iterator[BotoAwsAccess]:
    hub = simulator.described()["hub"]
    one = BotoAwsAccess(
        accounts=[ACCOUNT],
        endpoint=Endpoint(fingerprint="sim", url=simulator.endpoint_url, is_simulated=True),
        operator="tester",
        clock=SystemClock(),
        hub_keys=HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"]),
    )
    yield one
    one.close()


def servers(access: BotoAwsAccess) -> tuple[SourceServer, ...]:
    return asyncio.run(access.reader(SCOPE).describe_source_servers())


def findings(access: BotoAwsAccess, account: TargetAccount = ACCOUNT) -> Sequence[ReadinessFinding]:
    """Return what is said of the staging accounts before a drill of every server."""

    class Repository:
        async def accounts(self) -> tuple[TargetAccount, ...]:
            return (account,)

    read = servers(access)
    plan, groups = a_plan(1), [a_group(1, [server.key for server in read])]
    by_id = {group.group_id: group for group in groups}
    about = PlanFacts(
        plan=plan,
        groups=by_id,
        waves=freeze_waves(plan, by_id, read, attended=True),
        mode=ExecutionMode.DRILL,
        scopes=[ScopeFacts(scope=SCOPE, servers=read)],
        now=datetime.now(UTC),
    )
    repository: Any = Repository()
    return asyncio.run(StagingCheck(access, repository).findings(about))


def test_twins_are_read_through_the_least_privilege_role_of_the_staging_account(
    access: BotoAwsAccess, control: SimControl
) -> None:
    (line,) = findings(access)
    assert (line.level, f"staging account {OTHER}" in line.text) == (Level.PASSED, True)
    calls = control.calls("DescribeSourceServers")
    assert [call["account"] for call in calls] == [TARGET, OTHER]


def test_twin_that_is_behind_is_named_with_its_newest_point_in_time(
    access: BotoAwsAccess, control: SimControl
) -> None:
    twin = servers(access)[0].staging_arn.rpartition("/")[2]
    act = {"act": "replication", "server": twin, "state": "STALLED"}
    status, answer = control.ask("POST", "/sim/act", act)
    assert status < 300, answer
    (line,) = findings(access)
    assert line.level is Level.WARNING
    assert "1 server not in continuous replication" in line.text
    assert "newest point in time" in line.text
    assert not line.hinders()


def test_staging_account_that_is_unreachable_could_not_be_checked_and_hinders_nothing(
    access: BotoAwsAccess, control: SimControl
) -> None:
    control.add_fault(operation="DescribeSourceServers", account=OTHER, times=0, action="html_503")
    (line,) = findings(access)
    assert (line.level, line.hinders()) == (Level.NOT_CHECKED, False)
    assert f"The replication of 3 servers could not be checked in staging account {OTHER}" in line.text


def test_wrong_external_id_could_not_be_checked(access: BotoAwsAccess) -> None:
    wrong = replace(ACCOUNT, staging=(replace(STAGING, external_id="another"),))
    (line,) = findings(access, wrong)
    assert (line.level, "ReadServers" in line.text) == (Level.NOT_CHECKED, True)


def test_of_a_staging_account_that_is_not_registered_nothing_is_said(access: BotoAwsAccess) -> None:
    assert findings(access, replace(ACCOUNT, staging=())) == []


def test_extended_servers_are_drilled_in_the_target_account(
    access: BotoAwsAccess, control: SimControl
) -> None:
    read = servers(access)
    assert {server.staging_status for server in read} == {StagingStatus.EXTENDED}

    async def drill() -> Any:
        actor = await access.actor(SCOPE, IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV"))
        request = StartRecoveryRequest(
            scope=SCOPE,
            source_server_ids=tuple(server.key.source_server_id for server in read),
            is_drill=True,
        )
        job = await actor.start_recovery(request)
        control.advance(3_600)
        (ended,) = await access.reader(SCOPE).describe_jobs([job.job_id])
        return ended

    ended = asyncio.run(drill())
    assert ended.status is JobStatus.COMPLETED
    assert {one.launch_status for one in ended.servers} == {LaunchStatus.LAUNCHED}
    assert {call["account"] for call in control.calls("StartRecovery")} == {TARGET}
