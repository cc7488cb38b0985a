"""From initialisation to deletion: everything about servers, instances, jobs and templates but the drill."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import HUB, OTHER, REGION, TARGET, AwsClients, SimControl, small_scenario

LAUNCH = 9 * 60 + 30


@pytest.fixture
def drs(aws: AwsClients) -> Any:
    """DRS as the target account's role."""
    return aws.as_role("drs")


@pytest.fixture
def one(simulator: SimulatorServer) -> str:
    """The id of a source server."""
    return next(iter(simulator.simulation.state(TARGET, REGION).servers))


def refused(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    response = caught.value.response
    return f"{response['Error']['Code']} {response['ResponseMetadata']['HTTPStatusCode']}"


def status_of(answer: Any) -> int:
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def server_of(drs: Any, server_id: str) -> dict[str, Any]:
    return dict(drs.describe_source_servers(filters={"sourceServerIDs": [server_id]})["items"][0])


def launched(drs: Any, control: SimControl, server_id: str) -> tuple[str, str]:
    job = drs.start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True)["job"]["jobID"]
    control.advance(LAUNCH)
    return job, str(server_of(drs, server_id)["recoveryInstanceId"])


class TestReplication:
    def test_stopping_deletes_every_point_in_time(self, drs: Any, one: str) -> None:
        assert drs.describe_recovery_snapshots(sourceServerID=one)["items"]
        answer = drs.stop_replication(sourceServerID=one)
        assert answer["sourceServer"]["dataReplicationInfo"]["dataReplicationState"] == "STOPPED"
        assert drs.describe_recovery_snapshots(sourceServerID=one)["items"] == []
        start = {"sourceServers": [{"sourceServerID": one}], "isDrill": True}
        assert refused(drs.start_recovery, **start) == "ValidationException 400"

    def test_starting_again_goes_through_every_phase(self, drs: Any, control: SimControl, one: str) -> None:
        def info() -> dict[str, Any]:
            return dict(server_of(drs, one)["dataReplicationInfo"])

        drs.stop_replication(sourceServerID=one)
        answer = drs.start_replication(sourceServerID=one)["sourceServer"]
        assert answer["dataReplicationInfo"]["dataReplicationState"] == "INITIATING"
        steps = answer["dataReplicationInfo"]["dataReplicationInitiation"]["steps"]
        assert [step["status"] for step in steps[:2]] == ["IN_PROGRESS", "NOT_STARTED"]
        control.advance(10 * 60 + 200)
        assert info()["dataReplicationState"] == "INITIAL_SYNC"
        (disk,) = info()["replicatedDisks"]
        assert disk["replicatedStorageBytes"] == disk["totalStorageBytes"] // 2
        control.advance(250)
        assert info()["dataReplicationState"] == "CREATING_SNAPSHOT"
        assert drs.describe_recovery_snapshots(sourceServerID=one)["items"] == []
        control.advance(300)
        assert info()["dataReplicationState"] == "CONTINUOUS"
        control.advance(600)
        points = drs.describe_recovery_snapshots(sourceServerID=one)["items"]
        assert len(points) in {1, 2}  # the ten-minute marks that fell into a little more than ten minutes

    def test_stopping_halfway_ends_the_phases(self, drs: Any, control: SimControl, one: str) -> None:
        drs.stop_replication(sourceServerID=one)
        drs.start_replication(sourceServerID=one)
        drs.stop_replication(sourceServerID=one)
        control.advance(3_000)
        assert server_of(drs, one)["dataReplicationInfo"]["dataReplicationState"] == "STOPPED"

    def test_starting_what_replicates_changes_nothing(self, drs: Any, one: str) -> None:
        state = drs.start_replication(sourceServerID=one)["sourceServer"]["dataReplicationInfo"]
        assert state["dataReplicationState"] == "CONTINUOUS"

    def test_retry_lets_a_stalled_server_rescan(self, drs: Any, control: SimControl, one: str) -> None:
        assert (
            control.ask("POST", "/sim/act", {"act": "replication", "server": one, "state": "STALLED"})[0]
            == 200
        )
        assert server_of(drs, one)["dataReplicationInfo"]["dataReplicationState"] == "STALLED"
        answer = drs.retry_data_replication(sourceServerID=one)
        assert answer["dataReplicationInfo"]["dataReplicationState"] == "RESCAN"
        control.advance(900)
        assert server_of(drs, one)["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"

    def test_replication_settings_are_told(self, drs: Any, one: str) -> None:
        settings = drs.get_replication_configuration(sourceServerID=one)
        assert [rule["units"] for rule in settings["pitPolicy"]] == ["MINUTE", "HOUR", "DAY"]
        assert settings["replicatedDisks"][0]["deviceName"] == "/dev/sda"
        (template,) = drs.describe_replication_configuration_templates()["items"]
        assert template["stagingAreaSubnetId"] == settings["stagingAreaSubnetId"]
        unknown = {"replicationConfigurationTemplateIDs": ["rct-00000000000000000"]}
        call = drs.describe_replication_configuration_templates
        assert refused(call, **unknown) == "ResourceNotFoundException 404"


class TestSourceServer:
    def test_it_is_disconnected_before_it_is_deleted(self, drs: Any, one: str) -> None:
        assert refused(drs.delete_source_server, sourceServerID=one) == "ConflictException 409"
        answer = drs.disconnect_source_server(sourceServerID=one)
        assert answer["dataReplicationInfo"]["dataReplicationState"] == "DISCONNECTED"
        assert refused(drs.start_replication, sourceServerID=one) == "ConflictException 409"
        assert refused(drs.stop_replication, sourceServerID=one) == "ConflictException 409"
        assert refused(drs.retry_data_replication, sourceServerID=one) == "ValidationException 400"
        assert status_of(drs.delete_source_server(sourceServerID=one)) == 204
        assert drs.describe_source_servers(filters={"sourceServerIDs": [one]})["items"] == []
        assert refused(drs.delete_source_server, sourceServerID=one) == "ResourceNotFoundException 404"

    def test_it_stays_while_it_has_a_recovery_instance(self, drs: Any, control: SimControl, one: str) -> None:
        launched(drs, control, one)
        assert refused(drs.disconnect_source_server, sourceServerID=one) == "ConflictException 409"

    def test_it_stays_while_a_job_processes_it(self, drs: Any, one: str) -> None:
        drs.start_recovery(sourceServers=[{"sourceServerID": one}], isDrill=True)
        for call in (drs.disconnect_source_server, drs.stop_replication):
            assert refused(call, sourceServerID=one) == "ConflictException 409"


class TestRecoveryInstance:
    def test_record_is_forgotten_and_the_machine_stays(
        self, aws: AwsClients, drs: Any, control: SimControl, one: str
    ) -> None:
        _, instance = launched(drs, control, one)
        named = {"recoveryInstanceID": instance}
        assert refused(drs.delete_recovery_instance, **named) == "ConflictException 409"
        assert status_of(drs.disconnect_recovery_instance(**named)) == 200
        (record,) = drs.describe_recovery_instances()["items"]
        assert record["dataReplicationInfo"]["dataReplicationState"] == "DISCONNECTED"
        assert status_of(drs.delete_recovery_instance(**named)) == 200
        assert drs.describe_recovery_instances()["items"] == []
        assert "recoveryInstanceId" not in server_of(drs, one)
        found = aws.as_role("ec2").describe_instances(InstanceIds=[instance])
        assert found["Reservations"][0]["Instances"][0]["State"]["Name"] == "running"
        assert status_of(drs.delete_recovery_instance(**named)) == 200

    def test_unknown_or_busy_one_is_not_disconnected(self, drs: Any, control: SimControl, one: str) -> None:
        _, instance = launched(drs, control, one)
        drs.terminate_recovery_instances(recoveryInstanceIDs=[instance])
        call = drs.disconnect_recovery_instance
        assert refused(call, recoveryInstanceID=instance) == "ConflictException 409"
        unknown = {"recoveryInstanceID": "i-00000000000000000"}
        assert refused(call, **unknown) == "ResourceNotFoundException 404"


class TestJob:
    def test_ended_job_is_deleted_and_a_running_one_is_not(
        self, drs: Any, control: SimControl, one: str
    ) -> None:
        job = drs.start_recovery(sourceServers=[{"sourceServerID": one}], isDrill=True)["job"]["jobID"]
        assert refused(drs.delete_job, jobID=job) == "ConflictException 409"
        control.advance(LAUNCH)
        assert status_of(drs.delete_job(jobID=job)) == 204
        assert drs.describe_jobs(filters={"jobIDs": [job]})["items"] == []
        assert drs.describe_job_log_items(jobID=job)["items"] == []
        assert refused(drs.delete_job, jobID=job) == "ResourceNotFoundException 404"
        assert server_of(drs, one)["lifeCycle"]["lastLaunch"]["initiated"]["jobID"] == job


class TestLaunchConfigurationTemplate:
    def test_there_is_one_and_no_second(self, drs: Any) -> None:
        (template,) = drs.describe_launch_configuration_templates()["items"]
        assert refused(drs.create_launch_configuration_template) == "ServiceQuotaExceededException 402"
        named = {"launchConfigurationTemplateID": template["launchConfigurationTemplateID"]}
        assert status_of(drs.delete_launch_configuration_template(**named)) == 204
        assert drs.describe_launch_configuration_templates()["items"] == []
        assert refused(drs.delete_launch_configuration_template, **named) == "ResourceNotFoundException 404"
        made = drs.create_launch_configuration_template(recoveryMode="FAST", tags={"a": "b"})
        assert status_of(made) == 201
        assert made["launchConfigurationTemplate"]["recoveryMode"] == "FAST"
        assert made["launchConfigurationTemplate"]["tags"] == {"a": "b"}

    def test_update_changes_what_is_named(self, drs: Any) -> None:
        (before,) = drs.describe_launch_configuration_templates()["items"]
        after = drs.update_launch_configuration_template(
            launchConfigurationTemplateID=before["launchConfigurationTemplateID"],
            copyPrivateIp=True,
            licensing={"osByol": True},
            exportBucketArn="arn:aws:s3:::launch-templates",
            launchIntoSourceInstance=True,
        )["launchConfigurationTemplate"]
        assert after == {
            **before,
            "copyPrivateIp": True,
            "licensing": {"osByol": True},
            "exportBucketArn": "arn:aws:s3:::launch-templates",
            "launchIntoSourceInstance": True,
        }


class TestExtendedServers:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        """Three servers in a staging account that trusts the target account, and none in the target."""
        data = small_scenario()
        data["accounts"][2]["initialized"] = True
        data["accounts"][2]["trusts"] = ["target"]
        data["servers"][0]["account"] = "other"
        return data

    @pytest.fixture
    def staging(self, aws: AwsClients) -> Any:
        """DRS as the staging account's role."""
        return aws.session(f"arn:aws:iam::{OTHER}:role/Open", None).client(
            "drs", region_name=REGION, endpoint_url=aws.endpoint_url
        )

    @staticmethod
    def candidates(drs: Any) -> list[dict[str, Any]]:
        return list(drs.list_extensible_source_servers(stagingAccountID=OTHER)["items"])

    def test_server_of_the_staging_account_is_extended(self, drs: Any, staging: Any) -> None:
        assert drs.list_staging_accounts()["accounts"] == [{"accountID": OTHER}]
        first, *others = self.candidates(drs)
        assert (first["hostname"], len(others)) == ("srv-01", 2)
        made = drs.create_extended_source_server(sourceServerArn=first["arn"], tags={"Name": "copy"})
        assert status_of(made) == 201
        server = made["sourceServer"]
        assert server["arn"].split(":")[4] == TARGET
        assert server["sourceServerID"] not in first["arn"]
        assert server["stagingArea"] == {
            "status": "EXTENDED",
            "stagingAccountID": OTHER,
            "stagingSourceServerArn": first["arn"],
        }
        assert server["tags"] == {"Name": "copy"}
        assert self.candidates(drs) == others
        again = {"sourceServerArn": first["arn"]}
        assert refused(drs.create_extended_source_server, **again) == "ValidationException 400"

    def test_extended_server_replicates_as_its_twin_does(self, drs: Any, staging: Any) -> None:
        first = self.candidates(drs)[0]
        made = drs.create_extended_source_server(sourceServerArn=first["arn"])["sourceServer"]
        staging.stop_replication(sourceServerID=first["arn"].rpartition("/")[2])
        info = server_of(drs, made["sourceServerID"])["dataReplicationInfo"]
        assert info["dataReplicationState"] == "STOPPED"
        named = {"sourceServerID": made["sourceServerID"]}
        assert refused(drs.start_replication, **named) == "ConflictException 409"

    def test_extended_server_is_drilled_in_the_target_account(
        self, aws: AwsClients, drs: Any, staging: Any, control: SimControl
    ) -> None:
        first = self.candidates(drs)[0]
        made = drs.create_extended_source_server(sourceServerArn=first["arn"])["sourceServer"]
        _, instance = launched(drs, control, made["sourceServerID"])
        assert aws.as_role("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
        assert staging.describe_recovery_instances()["items"] == []
        template = drs.get_launch_configuration(sourceServerID=made["sourceServerID"])["ec2LaunchTemplateID"]
        assert aws.as_role("ec2").describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]

    def test_account_that_does_not_trust_is_refused(self, drs: Any) -> None:
        named = {"stagingAccountID": HUB}
        assert refused(drs.list_extensible_source_servers, **named) == "AccessDeniedException 403"
        arn = f"arn:aws:drs:{REGION}:{HUB}:source-server/s-00000000000000000"
        assert refused(drs.create_extended_source_server, sourceServerArn=arn) == "AccessDeniedException 403"
        arn = f"arn:aws:drs:{REGION}:{OTHER}:source-server/s-00000000000000000"
        call = drs.create_extended_source_server
        assert refused(call, sourceServerArn=arn) == "ResourceNotFoundException 404"

    def test_quota_of_source_servers_has_two_edges(self, drs: Any, simulator: SimulatorServer) -> None:
        state = simulator.simulation.state(TARGET, REGION)
        first, second, _ = self.candidates(drs)
        state.quotas = type(state.quotas)(source_servers=1)
        drs.create_extended_source_server(sourceServerArn=first["arn"])
        call = drs.create_extended_source_server
        assert refused(call, sourceServerArn=second["arn"]) == "ServiceQuotaExceededException 402"
        assert type(state.quotas)().source_servers == 4_000


def test_lists_of_what_cannot_be_made_yet_are_empty(drs: Any, one: str) -> None:
    assert drs.list_launch_actions(resourceId=one)["items"] == []
    template = drs.describe_launch_configuration_templates()["items"][0]["launchConfigurationTemplateID"]
    assert drs.list_launch_actions(resourceId=template)["items"] == []
    unknown = {"resourceId": "s-00000000000000000"}
    assert refused(drs.list_launch_actions, **unknown) == "ResourceNotFoundException 404"
    assert drs.describe_source_networks()["items"] == []


def test_every_resource_with_an_arn_is_tagged(drs: Any, control: SimControl, one: str) -> None:
    launched(drs, control, one)
    arns = [
        drs.describe_source_servers()["items"][0]["arn"],
        drs.describe_jobs()["items"][0]["arn"],
        drs.describe_recovery_instances()["items"][0]["arn"],
        drs.describe_launch_configuration_templates()["items"][0]["arn"],
        drs.describe_replication_configuration_templates()["items"][0]["arn"],
    ]
    for arn in arns:
        drs.tag_resource(resourceArn=arn, tags={"case": "1"})
        assert drs.list_tags_for_resource(resourceArn=arn)["tags"]["case"] == "1"
        drs.untag_resource(resourceArn=arn, tagKeys=["case"])
        assert "case" not in drs.list_tags_for_resource(resourceArn=arn)["tags"]


@pytest.mark.parametrize("tags", [{"aws:mine": "x"}, {f"k{number}": "" for number in range(51)}])
def test_tags_that_no_resource_may_have_are_refused(drs: Any, one: str, tags: dict[str, str]) -> None:
    arn = server_of(drs, one)["arn"]
    assert refused(drs.tag_resource, resourceArn=arn, tags=tags) == "ValidationException 400"
    start = {"sourceServers": [{"sourceServerID": one}], "tags": tags}
    assert refused(drs.start_recovery, **start) == "ValidationException 400"
