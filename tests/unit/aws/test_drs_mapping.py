"""API shapes as DRS really sends them, read into domain objects."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from drs_desktop.aws import drs_mapping
from drs_desktop.domain.job import InitiatedBy, JobStatus, JobType, LaunchStatus
from drs_desktop.domain.recovery_instance import Ec2InstanceState
from drs_desktop.domain.source_server import DataReplicationState, StagingStatus
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from tests.unit.aws.fake_aws import SCOPE

LINUX: dict[str, Any] = {
    "sourceServerID": "s-0a1b2c3d4e5f60718",
    "arn": "arn:aws:drs:eu-central-1:012345678901:source-server/s-0a1b2c3d4e5f60718",
    "tags": {"Name": "app-db-01", "Tier": "database"},
    "recoveryInstanceId": "i-0aa11bb22cc33dd44",
    "lastLaunchResult": "NOT_STARTED",
    "dataReplicationInfo": {
        "dataReplicationState": "CONTINUOUS",
        "lagDuration": "P0D",
        "replicatedDisks": [
            {
                "deviceName": "/dev/nvme0n1",
                "totalStorageBytes": 21474836480,
                "replicatedStorageBytes": 21474836480,
                "backloggedStorageBytes": 0,
            }
        ],
    },
    "lifeCycle": {"lastLaunch": {}},
    "sourceProperties": {
        "recommendedInstanceType": "m5.large",
        "identificationHints": {"hostname": "app-db-01.corp"},
        "networkInterfaces": [
            {"ips": ["10.9.9.9"], "isPrimary": False},
            {"ips": ["10.20.1.15", "10.20.1.16"], "isPrimary": True},
        ],
        "cpus": [{"cores": 2}, {"cores": 2}],
        "ramBytes": 8589934592,
        "os": {"fullString": "Linux version 6.1"},
    },
    "stagingArea": {"status": "NOT_EXTENDED", "stagingAccountID": "012345678901"},
}
WINDOWS: dict[str, Any] = {
    "sourceServerID": "s-1b2c3d4e5f6071829",
    "tags": {},
    "dataReplicationInfo": {
        "dataReplicationState": "STALLED",
        "lagDuration": "PT3H42M11.5S",
        "dataReplicationError": {"error": "AGENT_NOT_SEEN"},
    },
    "lifeCycle": {
        "lastLaunch": {
            "initiated": {
                "apiCallDateTime": "2026-02-10T09:00:00.100000+00:00",
                "jobID": "drsjob-1a2b3c4d5e6f70819",
                "type": "DRILL",
            }
        }
    },
    "sourceProperties": {"os": {"fullString": "Microsoft Windows Server 2022"}},
    "stagingArea": {
        "status": "EXTENDED",
        "stagingAccountID": "444455556666",
        "stagingSourceServerArn": "arn:aws:drs:eu-central-1:444455556666:source-server/s-2c3d4e5f607182930",
    },
}
JOB: dict[str, Any] = {
    "jobID": "drsjob-0f1e2d3c4b5a69788",
    "type": "LAUNCH",
    "initiatedBy": "START_DRILL",
    "creationDateTime": "2026-03-16T11:30:00.120000+00:00",
    "endDateTime": "2026-03-16T11:38:52Z",
    "status": "COMPLETED",
    "tags": {"b": "2", "a": "1"},
    "participatingServers": [
        {
            "sourceServerID": "s-0a1b2c3d4e5f60718",
            "recoveryInstanceID": "i-0aa11bb22cc33dd44",
            "launchStatus": "LAUNCHED",
        },
        {"sourceServerID": "s-1b2c3d4e5f6071829", "launchStatus": "FAILED"},
    ],
}
LOG_ITEM: dict[str, Any] = {
    "event": "LAUNCH_END",
    "logDateTime": "2026-03-16T11:38:50.000000+00:00",
    "eventData": {
        "sourceServerID": "s-0a1b2c3d4e5f60718",
        "targetInstanceID": "i-0aa11bb22cc33dd44",
        "conversionServerID": "i-0cc",
        "rawError": "no capacity",
    },
}
INSTANCE: dict[str, Any] = {
    "recoveryInstanceID": "i-0aa11bb22cc33dd44",
    "sourceServerID": "s-0a1b2c3d4e5f60718",
    "jobID": "drsjob-0f1e2d3c4b5a69788",
    "isDrill": True,
    "ec2InstanceState": "SHUTTING-DOWN",
    "failback": {"state": "FAILBACK_NOT_STARTED"},
    "pointInTimeSnapshotDateTime": "2026-03-16T11:30:01.520000+00:00",
}


@pytest.mark.parametrize(
    ("method", "items"),
    [
        ("describe_source_servers", [LINUX, WINDOWS]),
        ("describe_jobs", [JOB]),
        ("describe_job_log_items", [LOG_ITEM]),
        ("describe_recovery_instances", [INSTANCE]),
    ],
)
def test_the_shapes_of_these_tests_are_the_apis(method: str, items: list[Any]) -> None:
    client = boto3.client("drs", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        stubber.add_response(method, {"items": items})
        parameters = {"jobID": "drsjob-0f1e2d3c4b5a69788"} if method == "describe_job_log_items" else {}
        assert len(getattr(client, method)(**parameters)["items"]) == len(items)
    client.close()


def test_a_healthy_server_is_read_whole() -> None:
    server = drs_mapping.source_server(LINUX, SCOPE)
    assert server.name == "app-db-01"
    assert server.hostname == "app-db-01.corp"
    assert server.replication_state is DataReplicationState.CONTINUOUS
    assert server.lag == timedelta(0)
    assert server.disks[0].total_bytes == 21474836480
    assert server.private_ip == "10.20.1.15"
    assert (server.cpu_cores, server.ram_bytes) == (4, 8589934592)
    assert server.recovery_instance_id == "i-0aa11bb22cc33dd44"
    assert server.last_launch is None
    assert server.tag("Tier") == "database"


def test_an_extended_stalled_windows_server_is_read() -> None:
    server = drs_mapping.source_server(WINDOWS, SCOPE)
    assert server.name == "s-1b2c3d4e5f6071829"
    assert server.is_windows
    assert server.replication_error == "AGENT_NOT_SEEN"
    assert server.lag == timedelta(hours=3, minutes=42, seconds=11.5)
    assert server.staging_status is StagingStatus.EXTENDED
    assert server.staging_account_id == "444455556666"
    assert server.last_launch is not None
    assert server.last_launch.job_id == "drsjob-1a2b3c4d5e6f70819"
    assert server.last_launch.at == datetime(2026, 2, 10, 9, 0, 0, 100000, UTC)


def test_where_a_machine_comes_from_and_when_it_was_last_heard_of_is_read() -> None:
    shape = {
        **LINUX,
        "lifeCycle": {"lastSeenByServiceDateTime": "2026-03-16T11:38:52Z"},
        "sourceCloudProperties": {"originAccountID": "444455556666", "originAvailabilityZone": "eu-west-1c"},
        "stagingArea": {"status": "EXTENSION_ERROR", "errorMessage": "The key is not shared."},
    }
    server = drs_mapping.source_server(shape, SCOPE)
    assert server.last_seen_at == datetime(2026, 3, 16, 11, 38, 52, tzinfo=UTC)
    assert (server.origin.account_id, server.origin.zone) == ("444455556666", "eu-west-1c")
    assert server.staging_error == "The key is not shared."
    [interface] = [one for one in server.interfaces if one.is_primary]
    assert interface.addresses[0] == server.private_ip


def test_reads_that_differ_only_in_when_the_agent_was_heard_are_the_same() -> None:
    later = {**LINUX, "lifeCycle": {"lastSeenByServiceDateTime": "2027-01-01T00:00:00Z"}}
    assert drs_mapping.source_server(later, SCOPE) == drs_mapping.source_server(
        {**LINUX, "lifeCycle": {}}, SCOPE
    )


def test_the_hostname_names_a_server_without_name_tag() -> None:
    assert drs_mapping.source_server({**LINUX, "tags": {}}, SCOPE).name == "app-db-01.corp"


def test_a_finished_job_keeps_each_servers_verdict() -> None:
    job = drs_mapping.job(JOB)
    assert (job.job_type, job.initiated_by) == (JobType.LAUNCH, InitiatedBy.START_DRILL)
    assert job.status is JobStatus.COMPLETED
    assert job.ended_at == datetime(2026, 3, 16, 11, 38, 52, tzinfo=UTC)
    assert [one.launch_status for one in job.servers] == [LaunchStatus.LAUNCHED, LaunchStatus.FAILED]
    assert job.servers[1].recovery_instance_id is None
    assert job.tags == (("a", "1"), ("b", "2"))


def test_words_not_yet_met_read_as_unknown() -> None:
    servers = [{"sourceServerID": "s-1", "launchStatus": "DANCING"}]
    job = drs_mapping.job({**JOB, "status": "SINGING", "type": "X", "participatingServers": servers})
    assert job.status is JobStatus.UNKNOWN
    assert job.is_active
    assert job.servers[0].launch_status is LaunchStatus.UNKNOWN


def test_a_log_line_keeps_events_as_they_are() -> None:
    item = drs_mapping.job_log_item(LOG_ITEM)
    assert item.event == "LAUNCH_END"
    assert item.recovery_instance_id == "i-0aa11bb22cc33dd44"
    assert (item.conversion_server_id, item.raw_error) == ("i-0cc", "no capacity")


def test_a_recovery_instance_is_read() -> None:
    instance = drs_mapping.recovery_instance(INSTANCE, SCOPE)
    assert instance.is_drill
    assert instance.ec2_state is Ec2InstanceState.SHUTTING_DOWN
    assert instance.job_id == "drsjob-0f1e2d3c4b5a69788"
    assert instance.failback_state == "FAILBACK_NOT_STARTED"


def test_an_instance_that_does_not_say_drill_counts_as_production() -> None:
    shape = {key: value for key, value in INSTANCE.items() if key != "isDrill"}
    assert not drs_mapping.recovery_instance(shape, SCOPE).is_drill


@pytest.mark.parametrize("shape", [{}, {"tags": None, "lifeCycle": None, "participatingServers": None}])
def test_nothing_fails_because_aws_says_less(shape: dict[str, Any]) -> None:
    assert drs_mapping.source_server(shape, SCOPE).replication_state is DataReplicationState.UNKNOWN
    assert drs_mapping.job(shape).status is JobStatus.UNKNOWN
    assert drs_mapping.job_log_item(shape).event == ""
    assert drs_mapping.recovery_instance(shape, SCOPE).ec2_state is Ec2InstanceState.UNKNOWN


@pytest.mark.parametrize("is_drill", [True, False])
def test_a_request_always_says_whether_it_is_a_drill(is_drill: bool) -> None:
    request = StartRecoveryRequest(scope=SCOPE, source_server_ids=(), is_drill=is_drill)
    assert drs_mapping.start_recovery_parameters(request)["isDrill"] is is_drill
    assert "tags" not in drs_mapping.start_recovery_parameters(request)
