"""A whole drill, its clean-up and its failures, as plain boto3 sees them on the simulator."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import AwsClients, SimControl, small_scenario

ONE_LINUX_LAUNCH = 9 * 60 + 30
ONE_TERMINATION = 3 * 60


def server_ids(drs: Any) -> list[str]:
    return [server["sourceServerID"] for server in drs.describe_source_servers()["items"]]


def start(drs: Any, ids: list[str], **members: Any) -> dict[str, Any]:
    answer = drs.start_recovery(sourceServers=[{"sourceServerID": one} for one in ids], **members)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    return dict(answer["job"])


def job_of(drs: Any, job_id: str) -> dict[str, Any]:
    (job,) = drs.describe_jobs(filters={"jobIDs": [job_id]})["items"]
    return dict(job)


def events_of(drs: Any, job_id: str) -> list[str]:
    return [item["event"] for item in drs.describe_job_log_items(jobID=job_id)["items"]]


def ec2_states(ec2: Any) -> list[str]:
    reservations = ec2.describe_instances()["Reservations"]
    return sorted(one["State"]["Name"] for found in reservations for one in found["Instances"])


def test_drill_launches_every_server_and_terminate_removes_them(aws: AwsClients, control: SimControl) -> None:
    drs, ec2 = aws.as_role("drs"), aws.as_role("ec2")
    ids = server_ids(drs)
    job = start(drs, ids, isDrill=True, tags={"wave": "1"})
    assert (job["status"], job["type"], job["initiatedBy"]) == ("PENDING", "LAUNCH", "START_DRILL")
    assert all("recoveryInstanceID" not in server for server in job["participatingServers"])

    control.advance(ONE_LINUX_LAUNCH)
    ended = job_of(drs, job["jobID"])
    assert (ended["status"], ended["tags"]) == ("COMPLETED", {"wave": "1"})
    assert {server["launchStatus"] for server in ended["participatingServers"]} == {"LAUNCHED"}
    instances = drs.describe_recovery_instances()["items"]
    assert {one["recoveryInstanceID"] for one in instances} == {
        server["recoveryInstanceID"] for server in ended["participatingServers"]
    }
    assert {(one["isDrill"], one["jobID"], one["ec2InstanceState"]) for one in instances} == {
        (True, job["jobID"], "RUNNING")
    }
    found = ec2.describe_instances(InstanceIds=[one["ec2InstanceID"] for one in instances])
    tags = [
        {tag["Key"]: tag["Value"] for tag in one["Tags"]}
        for reservation in found["Reservations"]
        for one in reservation["Instances"]
    ]
    assert {one["AWSElasticDisasterRecoveryManaged"] for one in tags} == {"drs.amazonaws.com"}
    assert {one["Name"] for one in tags} == {"srv-01", "srv-02", "srv-03"}
    assert {one["Application"] for one in tags} == {"test"}
    servers = drs.describe_source_servers()["items"]
    assert {one["lastLaunchResult"] for one in servers} == {"SUCCEEDED"}
    assert {one["recoveryInstanceId"] for one in servers} == {one["recoveryInstanceID"] for one in instances}
    assert {one["lifeCycle"]["lastLaunch"]["initiated"]["type"] for one in servers} == {"DRILL"}

    answer = drs.terminate_recovery_instances(
        recoveryInstanceIDs=[one["recoveryInstanceID"] for one in instances]
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    control.advance(ONE_TERMINATION)
    ended = job_of(drs, answer["job"]["jobID"])
    assert (ended["type"], ended["status"]) == ("TERMINATE", "COMPLETED")
    assert {server["launchStatus"] for server in ended["participatingServers"]} == {"TERMINATED"}
    assert drs.describe_recovery_instances()["items"] == []
    assert ec2_states(ec2) == ["terminated"] * 3
    assert all("recoveryInstanceId" not in one for one in drs.describe_source_servers()["items"])


def test_missing_drill_flag_is_a_real_recovery(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    job = start(drs, server_ids(drs)[:1])
    control.advance(ONE_LINUX_LAUNCH)
    (instance,) = drs.describe_recovery_instances()["items"]
    assert (job["initiatedBy"], instance["isDrill"]) == ("START_RECOVERY", False)


def test_drill_deletes_the_instance_of_an_earlier_recovery(aws: AwsClients, control: SimControl) -> None:
    drs, ec2 = aws.as_role("drs"), aws.as_role("ec2")
    one = server_ids(drs)[:1]
    start(drs, one, isDrill=False)
    control.advance(ONE_LINUX_LAUNCH)
    second = start(drs, one, isDrill=True)
    control.advance(ONE_LINUX_LAUNCH + 90)
    assert events_of(drs, second["jobID"])[:4] == [
        "JOB_START",
        "CLEANUP_START",
        "CLEANUP_END",
        "SNAPSHOT_START",
    ]
    (instance,) = drs.describe_recovery_instances()["items"]
    assert instance["jobID"] == second["jobID"]
    assert ec2_states(ec2) == ["running", "terminated"]


def test_log_of_a_launch_has_the_recorded_order(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    job = start(drs, server_ids(drs)[:1], isDrill=True)
    control.advance(ONE_LINUX_LAUNCH)
    items = drs.describe_job_log_items(jobID=job["jobID"])["items"]
    assert [item["event"] for item in items] == [
        "JOB_START",
        "SNAPSHOT_START",
        "SNAPSHOT_END",
        "CONVERSION_START",
        "CONVERSION_END",
        "LAUNCH_START",
        "LAUNCH_END",
        "JOB_END",
    ]
    assert items[0]["eventData"] == {}
    assert items[4]["eventData"]["conversionServerID"].startswith("i-")
    (instance,) = drs.describe_recovery_instances()["items"]
    assert items[6]["eventData"]["targetInstanceID"] == instance["recoveryInstanceID"]
    times = [item["logDateTime"] for item in items]
    assert times == sorted(times)
    assert all(moment.endswith("+00:00") and len(moment) == 32 for moment in times)


def test_launch_status_follows_the_log(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    job = start(drs, server_ids(drs)[:1], isDrill=True)

    def status() -> tuple[str, str]:
        now = job_of(drs, job["jobID"])
        return now["status"], now["participatingServers"][0]["launchStatus"]

    control.advance(60)
    assert status() == ("STARTED", "PENDING")
    control.advance(220)
    assert status() == ("STARTED", "IN_PROGRESS")
    control.advance(300)
    assert status() == ("COMPLETED", "LAUNCHED")


def test_busy_server_is_a_conflict_in_the_recorded_words(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    one = server_ids(drs)[:1]
    start(drs, one, isDrill=True)
    with pytest.raises(drs.exceptions.ConflictException) as caught:
        start(drs, one, isDrill=True)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert "currently being processed by a Job" in caught.value.response["Error"]["Message"]
    control.advance(ONE_LINUX_LAUNCH)
    (instance,) = drs.describe_recovery_instances()["items"]
    drs.terminate_recovery_instances(recoveryInstanceIDs=[instance["recoveryInstanceID"]])
    with pytest.raises(drs.exceptions.ConflictException):
        start(drs, one, isDrill=True)


def test_instance_terminated_in_ec2_shows_in_drs(aws: AwsClients, control: SimControl) -> None:
    drs, ec2 = aws.as_role("drs"), aws.as_role("ec2")
    start(drs, server_ids(drs)[:1], isDrill=True)
    control.advance(ONE_LINUX_LAUNCH)
    (instance,) = drs.describe_recovery_instances()["items"]
    ec2.terminate_instances(InstanceIds=[instance["ec2InstanceID"]])
    (instance,) = drs.describe_recovery_instances()["items"]
    assert instance["ec2InstanceState"] == "NOT_FOUND"
    drs.terminate_recovery_instances(recoveryInstanceIDs=[instance["recoveryInstanceID"]])
    control.advance(ONE_TERMINATION)
    assert drs.describe_recovery_instances()["items"] == []


def test_termination_protection_is_respected(aws: AwsClients, control: SimControl) -> None:
    drs, ec2 = aws.as_role("drs"), aws.as_role("ec2")
    start(drs, server_ids(drs)[:1], isDrill=True)
    control.advance(ONE_LINUX_LAUNCH)
    (instance,) = drs.describe_recovery_instances()["items"]
    ec2.modify_instance_attribute(InstanceId=instance["ec2InstanceID"], DisableApiTermination={"Value": True})
    job = drs.terminate_recovery_instances(recoveryInstanceIDs=[instance["recoveryInstanceID"]])["job"]
    control.advance(ONE_TERMINATION)
    assert events_of(drs, job["jobID"]) == ["JOB_START", "CLEANUP_START", "CLEANUP_FAIL", "JOB_END"]
    assert len(drs.describe_recovery_instances()["items"]) == 1
    assert ec2_states(ec2) == ["running"]


def test_stopped_disposition_leaves_the_instance_stopped(aws: AwsClients, control: SimControl) -> None:
    drs, ec2 = aws.as_role("drs"), aws.as_role("ec2")
    (one, *_) = server_ids(drs)
    changed = drs.update_launch_configuration(sourceServerID=one, launchDisposition="STOPPED")
    assert changed["launchDisposition"] == "STOPPED"
    assert changed["copyTags"] is True
    start(drs, [one], isDrill=True)
    control.advance(ONE_LINUX_LAUNCH)
    assert ec2_states(ec2) == ["stopped"]


class TestFailures:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        """Three servers: the first fails aloud, the second in silence, the third launches."""
        data = small_scenario()
        data["servers"][0]["changes"] = {
            1: {"fail_launch": {"event": "LAUNCH_FAILED", "raw_error": "No capacity left."}},
            2: {"fail_launch": "silent"},
        }
        return data

    def test_failed_server_tells_its_raw_error(self, aws: AwsClients, control: SimControl) -> None:
        drs = aws.as_role("drs")
        ids = server_ids(drs)
        job = start(drs, [ids[0], ids[2]], isDrill=True)
        control.advance(ONE_LINUX_LAUNCH)
        ended = job_of(drs, job["jobID"])
        assert ended["status"] == "COMPLETED"
        assert [one["launchStatus"] for one in ended["participatingServers"]] == ["FAILED", "LAUNCHED"]
        items = drs.describe_job_log_items(jobID=job["jobID"])["items"]
        (failed,) = [item for item in items if item["event"] == "LAUNCH_FAILED"]
        assert failed["eventData"] == {"sourceServerID": ids[0], "rawError": "No capacity left."}

    def test_silent_failure_ends_within_about_a_second(self, aws: AwsClients, control: SimControl) -> None:
        drs = aws.as_role("drs")
        job = start(drs, server_ids(drs)[1:2], isDrill=True)
        control.advance(1.2)
        ended = job_of(drs, job["jobID"])
        assert (ended["status"], ended["participatingServers"][0]["launchStatus"]) == ("COMPLETED", "FAILED")
        items = drs.describe_job_log_items(jobID=job["jobID"])["items"]
        assert [item["event"] for item in items] == ["JOB_START", "SNAPSHOT_START", "SNAPSHOT_END", "JOB_END"]
        assert not any("rawError" in item["eventData"] for item in items)


class TestQuotas:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        """More servers than any quota allows."""
        return small_scenario(520)

    @pytest.fixture
    def ids(self, simulator: SimulatorServer) -> list[str]:
        """The ids of all servers."""
        return list(simulator.simulation.state("222222222222", "eu-west-1").servers)

    @staticmethod
    def refused(drs: Any, ids: list[str]) -> str:
        with pytest.raises(drs.exceptions.ServiceQuotaExceededException) as caught:
            start(drs, ids, isDrill=True)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
        return str(caught.value.response["quotaCode"])

    def test_hundred_servers_in_a_job_pass_and_one_more_does_not(
        self, aws: AwsClients, ids: list[str]
    ) -> None:
        drs = aws.as_role("drs")
        assert self.refused(drs, ids[:101]) == "L-B827C881"
        start(drs, ids[:100], isDrill=True)

    def test_twentieth_job_passes_and_the_next_does_not(self, aws: AwsClients, ids: list[str]) -> None:
        drs = aws.as_role("drs")
        for one in ids[:20]:
            start(drs, [one], isDrill=True)
        assert self.refused(drs, [ids[20]]) == "L-D88FAC3A"

    def test_five_hundred_servers_pass_and_one_more_does_not(self, aws: AwsClients, ids: list[str]) -> None:
        drs = aws.as_role("drs")
        for first in range(0, 500, 100):
            start(drs, ids[first : first + 100], isDrill=True)
        assert self.refused(drs, [ids[500]]) == "L-05AFA8C6"

    def test_terminations_count_as_jobs_and_servers_too(
        self, aws: AwsClients, control: SimControl, simulator: SimulatorServer, ids: list[str]
    ) -> None:
        drs = aws.as_role("drs")
        start(drs, ids[:2], isDrill=True)
        control.advance(ONE_LINUX_LAUNCH)
        first, second = (one["recoveryInstanceID"] for one in drs.describe_recovery_instances()["items"])
        drs.terminate_recovery_instances(recoveryInstanceIDs=[first])
        for one in ids[2:20]:
            start(drs, [one], isDrill=True)
        drs.terminate_recovery_instances(recoveryInstanceIDs=[second])
        assert self.refused(drs, [ids[20]]) == "L-D88FAC3A"
        control.advance(ONE_LINUX_LAUNCH)
        start(drs, ids[:2], isDrill=True)
        control.advance(2 * ONE_LINUX_LAUNCH)
        named = [one["recoveryInstanceID"] for one in drs.describe_recovery_instances()["items"]]
        drs.terminate_recovery_instances(recoveryInstanceIDs=named[:10])
        for first_id in range(20, 420, 100):
            start(drs, ids[first_id : first_id + 100], isDrill=True)
        start(drs, ids[420:510], isDrill=True)
        assert self.refused(drs, [ids[510]]) == "L-05AFA8C6"

    def test_server_is_in_one_job_at_a_time(self, aws: AwsClients, ids: list[str]) -> None:
        drs = aws.as_role("drs")
        start(drs, ids[:1], isDrill=True)
        with pytest.raises(drs.exceptions.ConflictException):
            start(drs, ids[:1], isDrill=True)
        start(drs, ids[1:2], isDrill=True)

    def test_more_than_the_model_allows_is_a_validation_error(self, aws: AwsClients, ids: list[str]) -> None:
        drs = aws.as_role("drs")
        with pytest.raises(ClientError) as caught:
            start(drs, ids[:201], isDrill=True)
        assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_answers_have_the_models_shape(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    ids = server_ids(drs)
    job = start(drs, ids, isDrill=True, tags={"a": "b"})
    control.advance(ONE_LINUX_LAUNCH)
    answers = {
        "DescribeSourceServers": drs.describe_source_servers(),
        "DescribeRecoverySnapshots": drs.describe_recovery_snapshots(sourceServerID=ids[0]),
        "DescribeJobs": drs.describe_jobs(),
        "DescribeJobLogItems": drs.describe_job_log_items(jobID=job["jobID"]),
        "DescribeRecoveryInstances": drs.describe_recovery_instances(),
        "GetLaunchConfiguration": drs.get_launch_configuration(sourceServerID=ids[0]),
    }
    for operation, answer in answers.items():
        answer.pop("ResponseMetadata")
        shape = drs.meta.service_model.operation_model(operation).output_shape
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), f"{operation}: {report.generate_report()}"
