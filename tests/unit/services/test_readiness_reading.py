"""What a readiness report costs in calls, what is kept, and that no failed read hides another."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from drs_desktop.domain.errors import AccessDenied, AwsUnreachable, NotFound
from drs_desktop.domain.freeze import freeze_waves
from drs_desktop.domain.ids import Scope, ServerKey
from drs_desktop.domain.point_in_time import LATEST, PointChoice
from drs_desktop.domain.readiness_finding import ScopeFacts
from drs_desktop.domain.source_server import DataReplicationState, SourceServer
from drs_desktop.services.readiness_reading import KEPT, ReadinessReader, ScopeRead
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import SCOPE, START, a_group, a_plan, a_server, a_snapshot
from tests.helpers.fake_compute import FakeCompute
from tests.helpers.fakes import FakeAws, FakeClock


class _Desk:
    """A reader over a fake AWS with one wave of servers."""

    def __init__(self, servers: Sequence[SourceServer]) -> None:
        self.aws, self.clock = FakeAws(), FakeClock()
        self.aws.drs(SCOPE).servers = list(servers)
        self.compute = FakeCompute(self.aws.calls)
        self.reader = ReadinessReader(self.aws, self.clock, self.compute)
        group = a_group(1, [server.key for server in servers])
        self.waves = freeze_waves(a_plan(1), {group.group_id: group}, servers, attended=True)

    async def read(self, choice: PointChoice = LATEST) -> ScopeRead:
        begun = await self.reader.servers_and_jobs(SCOPE)
        return await self.reader.rest(begun, self.waves, choice)

    async def facts(self, choice: PointChoice = LATEST) -> ScopeFacts:
        return (await self.read(choice)).facts

    def counts(self) -> Counter[str]:
        return Counter(call.operation for call in self.aws.calls)


def _fleet(count: int, state: DataReplicationState = DataReplicationState.CONTINUOUS) -> list[SourceServer]:
    return [a_server(number, replication_state=state) for number in range(1, count + 1)]


# ---- calls


@on_loop
async def test_report_on_500_servers_costs_a_dozen_calls_and_one_launch_configuration_each() -> None:
    desk = _Desk(_fleet(500))
    await desk.facts()
    counts = desk.counts()
    assert counts.pop("GetLaunchConfiguration") == 500
    assert counts == {
        "DescribeSourceServers": 1,
        "DescribeJobs": 1,
        "DescribeRecoveryInstances": 1,
        "DescribeLaunchTemplateVersions": 1,
        "DescribeSubnets": 1,
        "DescribeSecurityGroups": 1,
        "DescribeInstanceTypes": 1,
        "DescribeInstances": 1,
        "ListInstanceProfiles": 1,
        "ListServiceQuotas": 1,
    }


@on_loop
async def test_next_report_reads_no_launch_configuration_again_for_a_while() -> None:
    desk = _Desk(_fleet(500))
    await desk.facts()
    desk.aws.calls.clear()
    facts = await desk.facts()
    assert sum(desk.counts().values()) == 10
    assert facts.compute is not None
    assert len(facts.compute.settings) == 500
    desk.aws.calls.clear()
    await desk.clock.advance(KEPT + timedelta(seconds=1))
    await desk.facts()
    assert desk.counts()["GetLaunchConfiguration"] == 500


@on_loop
async def test_whoever_changed_launch_settings_can_have_them_read_again() -> None:
    desk = _Desk(_fleet(2))
    await desk.facts()
    desk.reader.forget()
    desk.aws.calls.clear()
    await desk.facts()
    assert desk.counts()["GetLaunchConfiguration"] == 2


@on_loop
async def test_points_in_time_are_read_only_of_servers_that_do_not_replicate_continuously() -> None:
    behind = _fleet(1, DataReplicationState.STALLED)
    desk = _Desk([*behind, *(a_server(number) for number in range(2, 101))])
    desk.aws.drs(SCOPE).snapshots = [a_snapshot(behind[0].key)]
    facts = await desk.facts()
    assert desk.counts()["DescribeRecoverySnapshots"] == 1
    assert list(facts.snapshots) == [behind[0].key]


@on_loop
async def test_points_in_time_are_read_of_every_server_for_which_one_is_chosen() -> None:
    desk = _Desk(_fleet(3))
    await desk.facts(PointChoice(for_all=START))
    assert desk.counts()["DescribeRecoverySnapshots"] == 3
    desk.aws.calls.clear()
    await desk.facts(PointChoice(by_server=(("srv-2", START),)))
    assert desk.counts()["DescribeRecoverySnapshots"] == 1


# ---- failures


@pytest.mark.parametrize(
    ("operation", "aspect"),
    [
        ("DescribeLaunchTemplateVersions", "launch templates"),
        ("DescribeSubnets", "subnets"),
        ("DescribeSecurityGroups", "security groups"),
        ("ListInstanceProfiles", "instance profiles"),
        ("DescribeInstanceTypes", "instance types"),
        ("DescribeInstances", "running instances"),
        ("ListServiceQuotas", "vCPU quotas"),
        ("GetLaunchConfiguration", "launch settings"),
    ],
)
@on_loop
async def test_one_question_that_is_denied_is_told_and_hides_no_other(operation: str, aspect: str) -> None:
    desk = _Desk(_fleet(2))
    desk.compute.compute(SCOPE).errors[operation] = AccessDenied("The role may not ask.")
    facts = await desk.facts()
    assert facts.compute is not None
    assert facts.compute.problems == {aspect: "The role may not ask."}
    assert facts.problem == ""


@on_loop
async def test_one_server_whose_settings_cannot_be_read_leaves_the_others() -> None:
    desk = _Desk(_fleet(2))
    reader = desk.compute.compute(SCOPE)
    whole = reader.launch_configuration
    bad = desk.aws.drs(SCOPE).servers[0].key

    async def fail_one(server_id: object) -> object:
        if server_id == bad.source_server_id:
            raise AwsUnreachable("No answer came.")
        return await whole(server_id)  # type: ignore[arg-type]

    reader.launch_configuration = fail_one  # type: ignore[method-assign, assignment]
    facts = (await desk.facts()).compute
    assert facts is not None
    assert len(facts.settings) == 1
    assert facts.problems == {"launch settings": "No answer came. (1 of 2 servers)"}


@on_loop
async def test_after_a_few_failures_no_further_server_is_asked_about() -> None:
    desk = _Desk(_fleet(500))
    desk.compute.compute(SCOPE).errors["GetLaunchConfiguration"] = AwsUnreachable("No answer came.")
    facts = (await desk.facts()).compute
    assert facts is not None
    assert facts.problems == {"launch settings": "No answer came."}
    assert desk.counts()["GetLaunchConfiguration"] < 25


@on_loop
async def test_question_that_hangs_is_given_up_and_the_others_are_told() -> None:
    desk = _Desk(_fleet(2))
    desk.reader.patience = timedelta(0)

    async def hang() -> dict[str, int]:
        await asyncio.Event().wait()
        return {}

    desk.compute.compute(SCOPE).running_types = hang  # type: ignore[method-assign]
    facts = (await desk.facts()).compute
    assert facts is not None
    assert facts.problems == {"running instances": "No answer came in time."}


@on_loop
async def test_points_that_cannot_be_read_are_told_server_by_server() -> None:
    desk = _Desk(_fleet(2, DataReplicationState.STALLED))
    desk.aws.drs(SCOPE).errors["DescribeRecoverySnapshots"] = AccessDenied("No.")
    facts = await desk.facts()
    assert facts.snapshots == {}
    assert set(facts.unread_snapshots.values()) == {"No."}
    assert len(facts.unread_snapshots) == 2


@pytest.mark.parametrize("operation", ["DescribeSourceServers", "DescribeJobs"])
@on_loop
async def test_account_that_cannot_be_read_is_asked_nothing_more(operation: str) -> None:
    desk = _Desk(_fleet(2))
    error = AwsUnreachable("No network.")
    desk.aws.drs(SCOPE).errors[operation] = error
    read = await desk.read()
    assert (read.facts.problem, read.error) == ("No network.", error)
    assert set(desk.counts()) == {"DescribeSourceServers", "DescribeJobs"}


@on_loop
async def test_account_that_the_workspace_does_not_know_is_a_problem_and_no_crash() -> None:
    desk = _Desk(_fleet(1))

    def unknown(scope: Scope) -> object:
        raise NotFound(f"{scope} is not registered.")

    desk.aws.reader = unknown  # type: ignore[method-assign, assignment]
    read = await desk.read()
    assert "is not registered" in read.facts.problem
    assert read.error is None


@on_loop
async def test_ec2_that_nobody_may_reach_is_told_for_every_aspect() -> None:
    desk = _Desk(_fleet(1))

    def refuse(scope: Scope) -> object:
        raise AwsUnreachable("There is no AWS.")

    desk.compute.compute = refuse  # type: ignore[method-assign, assignment]
    compute = (await desk.facts()).compute
    assert compute is not None
    assert set(compute.problems.values()) == {"There is no AWS."}
    assert len(compute.problems) == 8


@on_loop
async def test_servers_of_other_plans_are_not_looked_at() -> None:
    desk = _Desk(_fleet(2))
    desk.aws.drs(SCOPE).servers += [a_server(number) for number in range(3, 50)]
    facts = await desk.facts()
    assert facts.compute is not None
    wanted: list[ServerKey] = [a_server(1).key, a_server(2).key]
    assert sorted(facts.compute.settings) == wanted
    assert desk.counts()["GetLaunchConfiguration"] == 2
