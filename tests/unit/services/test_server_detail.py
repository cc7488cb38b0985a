"""One server whole: what can be read is told, what cannot says why, and nothing hides anything else."""

from datetime import timedelta

import pytest

from drs_desktop.domain.compute_facts import LaunchConfiguration, LaunchTemplate, Subnet
from drs_desktop.domain.errors import AccessDenied, AwsUnreachable, NotFound
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.domain.job import JobType, LaunchStatus
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot, SnapshotId
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.services.server_detail import ServerDetail
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, SCOPE, START, Play, a_job, a_key, a_server
from tests.unit.services.office import Office, an_office

EXECUTION = ExecutionId("test-01J9Z3NDEKTSV4RRFFQ69G5FAV")


async def _detail(office: Office) -> ServerDetail:
    return await office.inventory.server(a_key(1))


def _point(name: str, minutes_ago: float | None) -> RecoverySnapshot:
    taken_at = None if minutes_ago is None else START - timedelta(minutes=minutes_ago)
    return RecoverySnapshot(snapshot_id=SnapshotId(name), server=a_key(1), taken_at=taken_at)


@on_loop
async def test_a_server_is_shown_as_it_is_now_not_as_it_was_listed() -> None:
    async with an_office() as office:
        await office.inventory.refresh()
        office.aws.drs(SCOPE).servers = [a_server(1, replication_state=DataReplicationState.STALLED)]
        detail = await _detail(office)
        assert detail.server.replication_state is DataReplicationState.STALLED
        assert detail.row.group_names == ("Group 1",)
        assert detail.problems == ()


@on_loop
async def test_points_in_time_are_those_that_can_be_launched_newest_first() -> None:
    async with an_office() as office:
        office.aws.drs(SCOPE).snapshots = [_point("old", 60), _point("unfinished", None), _point("new", 10)]
        points = (await _detail(office)).points
        assert points is not None
        assert [point.snapshot_id for point in points] == ["new", "old"]


@on_loop
async def test_the_network_that_its_template_names_is_where_it_would_land() -> None:
    async with an_office() as office:
        ec2 = office.compute.compute(SCOPE)
        server_id = a_key(1).source_server_id
        ec2.configurations[server_id] = LaunchConfiguration(template_id="lt-1", copies_private_ip=True)
        ec2.templates["lt-1"] = LaunchTemplate(template_id="lt-1", version=3, latest=4, subnet_id="subnet-9")
        ec2.known_subnets["subnet-9"] = Subnet(subnet_id="subnet-9", vpc_id="vpc-9", free_addresses=7)
        launch = (await _detail(office)).launch
        assert launch is not None
        assert launch.subnet is not None
        assert (launch.subnet.vpc_id, launch.subnet.free_addresses) == ("vpc-9", 7)
        assert launch.is_address_copied


@on_loop
async def test_jobs_that_others_started_are_among_its_jobs() -> None:
    async with an_office() as office:
        drs = office.aws.drs(SCOPE)
        drs.jobs = {
            job.job_id: job
            for job in (
                a_job([a_key(1)], word=LaunchStatus.FAILED, job_id="drsjob-1"),
                a_job([a_key(9)], job_id="drsjob-2"),
            )
        }
        jobs = (await _detail(office)).jobs
        assert jobs is not None
        assert [(one.job_id, one.launch_status, one.job_type) for one in jobs] == [
            ("drsjob-1", LaunchStatus.FAILED, JobType.LAUNCH)
        ]


@on_loop
async def test_executions_of_ours_tell_what_became_of_the_server_in_each() -> None:
    async with an_office() as office:
        play = Play(1, execution_id=EXECUTION)
        play.run_to_the_end()
        lease = await office.journal.acquire_lease(EXECUTION)
        await office.journal.append(lease, None, play.events)
        office.history.found = (EXECUTION,)
        [row] = (await _detail(office)).executions
        assert (row.plan_name, row.wave, row.launch_status) == ("payroll", 1, LaunchStatus.LAUNCHED)


@on_loop
async def test_without_network_what_was_read_before_is_shown_and_each_missing_part_says_why() -> None:
    async with an_office() as office:
        await office.inventory.refresh()
        for operation in ("DescribeSourceServers", "DescribeRecoverySnapshots", "DescribeJobs"):
            office.aws.drs(SCOPE).errors[operation] = AwsUnreachable("No network.")
        office.compute.compute(SCOPE).errors["GetLaunchConfiguration"] = AccessDenied("Not for you.")
        detail = await _detail(office)
        assert detail.server == a_server(1)
        assert (detail.points, detail.launch, detail.jobs) == (None, None, None)
        assert detail.problems == (
            "It could not be read anew: No network.",
            "Its points in time could not be read: No network.",
            "Its launch settings could not be read: Not for you.",
            "The jobs of AWS could not be read: No network.",
        )


@on_loop
async def test_a_server_that_drs_no_longer_has_is_shown_as_last_seen_and_says_so() -> None:
    async with an_office() as office:
        await office.inventory.refresh()
        office.aws.drs(SCOPE).servers = []
        detail = await _detail(office)
        assert detail.server == a_server(1)
        assert detail.problems == (f"DRS has no source server {a_key(1).source_server_id} there any more.",)


@on_loop
async def test_a_server_that_nobody_knows_is_not_found() -> None:
    async with an_office() as office:
        with pytest.raises(NotFound, match="No source server"):
            await office.inventory.server(a_key(9, OTHER_SCOPE))
