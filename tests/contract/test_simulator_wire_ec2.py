"""DRS and EC2 agree at all times, in both directions, as plain boto3 sees them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.simulator_process import REGION, TARGET, AwsClients, SimControl, small_scenario

ONE_LINUX_LAUNCH = 9 * 60 + 30


@pytest.fixture
def drs(aws: AwsClients) -> Any:
    """DRS as the target account's role."""
    return aws.as_role("drs")


@pytest.fixture
def ec2(aws: AwsClients) -> Any:
    """EC2 as the target account's role."""
    return aws.as_role("ec2")


@pytest.fixture
def one(simulator: SimulatorServer) -> str:
    """The id of a source server."""
    return next(iter(simulator.simulation.state(TARGET, REGION).servers))


def template_id(drs: Any, server_id: str) -> str:
    return str(drs.get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"])


def default_version(ec2: Any, template: str) -> dict[str, Any]:
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Default"])
    return dict(found["LaunchTemplateVersions"][0])


def change_template(ec2: Any, template: str, **data: Any) -> None:
    """Change the template as the user guide says: a new version, then the default."""
    version = ec2.create_launch_template_version(
        LaunchTemplateId=template,
        LaunchTemplateData={**default_version(ec2, template)["LaunchTemplateData"], **data},
    )["LaunchTemplateVersion"]["VersionNumber"]
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=str(version))


def launch(drs: Any, control: SimControl, *ids: str, seconds: float = ONE_LINUX_LAUNCH) -> str:
    servers = [{"sourceServerID": server_id} for server_id in ids]
    job = drs.start_recovery(sourceServers=servers, isDrill=True)["job"]
    control.advance(seconds)
    return str(job["jobID"])


def instance_of(drs: Any, ec2: Any) -> dict[str, Any]:
    """Return EC2's view of the only recovery instance."""
    (record,) = drs.describe_recovery_instances()["items"]
    found = ec2.describe_instances(InstanceIds=[record["ec2InstanceID"]])
    return dict(found["Reservations"][0]["Instances"][0])


def raw_errors(drs: Any, job_id: str) -> list[str]:
    items = drs.describe_job_log_items(jobID=job_id)["items"]
    return [item["eventData"]["rawError"] for item in items if "rawError" in item["eventData"]]


def test_every_server_has_a_launch_template_in_ec2(drs: Any, ec2: Any) -> None:
    servers = [server["sourceServerID"] for server in drs.describe_source_servers()["items"]]
    wanted = {template_id(drs, server) for server in servers}
    found = ec2.describe_launch_templates(LaunchTemplateIds=sorted(wanted))["LaunchTemplates"]
    assert {one["LaunchTemplateId"] for one in found} == wanted
    tags = {tag["Key"]: tag["Value"] for tag in found[0]["Tags"]}
    assert tags == {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}
    data = default_version(ec2, template_id(drs, servers[0]))["LaunchTemplateData"]
    assert data["InstanceType"] == "t3.large"


def test_default_version_decides_what_is_launched(
    aws: AwsClients, drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="dr", Description="dr", VpcId=vpc)["GroupId"]
    aws.as_role("iam").create_instance_profile(InstanceProfileName="dr-machine")
    drs.update_launch_configuration(sourceServerID=one, targetInstanceTypeRightSizingMethod="NONE")
    change_template(
        ec2,
        template_id(drs, one),
        InstanceType="c5.xlarge",
        IamInstanceProfile={"Name": "dr-machine"},
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group]}],
    )
    launch(drs, control, one)
    instance = instance_of(drs, ec2)
    assert (instance["InstanceType"], instance["SubnetId"]) == ("c5.xlarge", subnet)
    assert [one["GroupId"] for one in instance["SecurityGroups"]] == [group]
    (association,) = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    assert association["InstanceId"] == instance["InstanceId"]
    assert association["IamInstanceProfile"]["Arn"].endswith("/dr-machine")


def test_latest_version_that_is_not_the_default_changes_nothing(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    drs.update_launch_configuration(sourceServerID=one, targetInstanceTypeRightSizingMethod="NONE")
    ec2.create_launch_template_version(
        LaunchTemplateId=template_id(drs, one), LaunchTemplateData={"InstanceType": "c5.xlarge"}
    )
    launch(drs, control, one)
    assert instance_of(drs, ec2)["InstanceType"] == "t3.large"


def test_right_sizing_overwrites_the_templates_type(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    template = template_id(drs, one)
    change_template(ec2, template, InstanceType="c5.xlarge")
    launch(drs, control, one)
    assert instance_of(drs, ec2)["InstanceType"] == "t3.large"
    version = default_version(ec2, template)
    assert (version["VersionNumber"], version["LaunchTemplateData"]["InstanceType"]) == (3, "t3.large")


def test_no_right_sizing_and_no_type_fails_the_launch(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    drs.update_launch_configuration(sourceServerID=one, targetInstanceTypeRightSizingMethod="NONE")
    version = ec2.create_launch_template_version(
        LaunchTemplateId=template_id(drs, one), LaunchTemplateData={"EbsOptimized": True}
    )["LaunchTemplateVersion"]["VersionNumber"]
    ec2.modify_launch_template(LaunchTemplateId=template_id(drs, one), DefaultVersion=str(version))
    job = launch(drs, control, one)
    (text,) = raw_errors(drs, job)
    assert "MissingParameter" in text
    assert drs.describe_jobs()["items"][0]["participatingServers"][0]["launchStatus"] == "FAILED"


def test_deleted_template_is_made_again_with_defaults(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    template = template_id(drs, one)
    change_template(ec2, template, InstanceType="c5.xlarge")
    ec2.delete_launch_template(LaunchTemplateId=template)
    launch(drs, control, one)
    version = default_version(ec2, template)
    assert (version["VersionNumber"], version["LaunchTemplateData"]["InstanceType"]) == (1, "t3.large")


def test_type_that_ec2_does_not_have_fails_the_launch_in_ec2s_words(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    drs.update_launch_configuration(sourceServerID=one, targetInstanceTypeRightSizingMethod="NONE")
    change_template(ec2, template_id(drs, one), InstanceType="banana.large")
    job = launch(drs, control, one)
    texts = [item["eventData"].get("rawError", "") for item in drs.describe_job_log_items(jobID=job)["items"]]
    assert any("Invalid value 'banana.large' for InstanceType" in text for text in texts)


def test_tags_of_the_template_are_on_the_instance(drs: Any, ec2: Any, control: SimControl, one: str) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Backup", "Value": "nightly"}]}]
    change_template(ec2, template_id(drs, one), TagSpecifications=tags)
    launch(drs, control, one)
    found = {tag["Key"]: tag["Value"] for tag in instance_of(drs, ec2)["Tags"]}
    assert (found["Backup"], found["Name"]) == ("nightly", "srv-01")


def test_subnet_that_is_gone_fails_the_launch_in_ec2s_words(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    change_template(ec2, template_id(drs, one), NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet}])
    ec2.delete_subnet(SubnetId=subnet)
    (text,) = raw_errors(drs, launch(drs, control, one))
    assert "InvalidSubnetID.NotFound" in text


class TestCopiedPrivateAddress:
    @pytest.fixture(autouse=True)
    def network(self, drs: Any, ec2: Any, one: str) -> None:
        """The server's private address is to be kept, and its template has a subnet with that address."""
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        drs.update_launch_configuration(sourceServerID=one, copyPrivateIp=True)
        change_template(
            ec2, template_id(drs, one), NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet}]
        )

    def test_it_is_kept_and_free_again_for_the_next_drill(
        self, drs: Any, ec2: Any, control: SimControl, one: str
    ) -> None:
        for _ in range(2):
            launch(drs, control, one, seconds=ONE_LINUX_LAUNCH + 90)
            assert instance_of(drs, ec2)["PrivateIpAddress"] == "10.0.0.11"

    def test_another_instance_has_it(self, drs: Any, ec2: Any, control: SimControl, one: str) -> None:
        data = default_version(ec2, template_id(drs, one))["LaunchTemplateData"]
        ec2.run_instances(
            ImageId="ami-00000000000000000",
            MinCount=1,
            MaxCount=1,
            SubnetId=data["NetworkInterfaces"][0]["SubnetId"],
            PrivateIpAddress="10.0.0.11",
        )
        (text,) = raw_errors(drs, launch(drs, control, one))
        assert "InvalidIPAddress.InUse" in text

    def test_it_lies_outside_the_subnet(self, drs: Any, ec2: Any, control: SimControl, one: str) -> None:
        change_template(ec2, template_id(drs, one), NetworkInterfaces=[])
        (text,) = raw_errors(drs, launch(drs, control, one))
        assert "does not fall within the subnet's address range" in text


def checks(ec2: Any, instance_id: str) -> set[str]:
    (found,) = ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"]
    return {found["InstanceStatus"]["Status"], found["SystemStatus"]["Status"]}


def test_status_checks_are_initializing_for_a_minute(
    drs: Any, ec2: Any, control: SimControl, simulator: SimulatorServer, one: str
) -> None:
    launch(drs, control, one, seconds=0)
    state = simulator.simulation.state(TARGET, REGION)
    while not state.instances:
        control.advance(1)
    instance_id = next(iter(state.instances))
    assert checks(ec2, instance_id) == {"initializing"}
    control.advance(60)
    assert checks(ec2, instance_id) == {"ok"}


class TestScenarioWithAFailingMachine:
    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        """The first server's machine never answers."""
        data = small_scenario()
        data["servers"][0]["changes"] = {1: {"status_checks": "impaired"}}
        return data

    def test_status_checks_are_impaired_after_the_boot(
        self, drs: Any, ec2: Any, control: SimControl, one: str
    ) -> None:
        launch(drs, control, one, seconds=ONE_LINUX_LAUNCH + 90)
        assert checks(ec2, instance_of(drs, ec2)["InstanceId"]) == {"impaired"}
        assert drs.describe_jobs()["items"][0]["participatingServers"][0]["launchStatus"] == "LAUNCHED"


def test_instance_terminated_in_ec2_is_not_found_in_drs(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    launch(drs, control, one)
    (record,) = drs.describe_recovery_instances()["items"]
    ec2.terminate_instances(InstanceIds=[record["ec2InstanceID"]])
    (record,) = drs.describe_recovery_instances()["items"]
    assert record["ec2InstanceState"] == "NOT_FOUND"


def test_instance_stopped_in_ec2_is_stopped_in_drs(drs: Any, ec2: Any, control: SimControl, one: str) -> None:
    launch(drs, control, one)
    (record,) = drs.describe_recovery_instances()["items"]
    ec2.stop_instances(InstanceIds=[record["ec2InstanceID"]])
    (record,) = drs.describe_recovery_instances()["items"]
    assert record["ec2InstanceState"] == "STOPPED"


def test_protected_earlier_instance_stays_when_the_next_launch_cleans_up(
    drs: Any, ec2: Any, control: SimControl, one: str
) -> None:
    launch(drs, control, one)
    earlier = instance_of(drs, ec2)["InstanceId"]
    ec2.modify_instance_attribute(InstanceId=earlier, DisableApiTermination={"Value": True})
    with pytest.raises(ClientError):
        ec2.terminate_instances(InstanceIds=[earlier])
    job = launch(drs, control, one, seconds=ONE_LINUX_LAUNCH + 90)
    events = [item["event"] for item in drs.describe_job_log_items(jobID=job)["items"]]
    assert "CLEANUP_FAIL" in events
    assert events[-2:] == ["LAUNCH_END", "JOB_END"]
    records = drs.describe_recovery_instances()["items"]
    assert {one["ec2InstanceState"] for one in records} == {"RUNNING"}
    assert len(records) == 2
