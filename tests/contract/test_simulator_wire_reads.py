"""Reads, paging, tags, settings and the operations that are not simulated yet."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_desktop.simulator.wire.drs.responses import OPERATIONS
from tests.helpers.simulator_process import AwsClients, SimControl

UNKNOWN = {
    "sourceServerID": "s-00000000000000000",
    "recoveryInstanceIDs": ["i-00000000000000000"],
    "resourceArn": "arn:aws:drs:eu-west-1:222222222222:source-server/s-00000000000000000",
}


def refused(call: Any, **members: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def paged(drs: Any, operation: str, **members: Any) -> list[Any]:
    pages = drs.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1}, **members)
    return [item for one in pages for item in one["items"]]


def started(drs: Any, *ids: str) -> str:
    answer = drs.start_recovery(sourceServers=[{"sourceServerID": one} for one in ids], isDrill=True)
    return str(answer["job"]["jobID"])


def test_paginators_bring_everything_once(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    ids = [server["sourceServerID"] for server in paged(drs, "describe_source_servers")]
    assert len(set(ids)) == 3
    jobs = [started(drs, one) for one in ids]
    control.advance(600)
    assert [job["jobID"] for job in paged(drs, "describe_jobs")] == jobs[::-1]
    assert len(paged(drs, "describe_recovery_instances")) == 3
    whole = drs.describe_job_log_items(jobID=jobs[0])["items"]
    assert paged(drs, "describe_job_log_items", jobID=jobs[0]) == whole
    oldest_first = paged(drs, "describe_recovery_snapshots", sourceServerID=ids[0], order="ASC")
    newest_first = paged(drs, "describe_recovery_snapshots", sourceServerID=ids[0], order="DESC")
    assert len(oldest_first) > 30
    assert newest_first == oldest_first[::-1]


def test_token_of_another_operation_is_refused(aws: AwsClients) -> None:
    drs = aws.as_role("drs")
    token = drs.describe_source_servers(maxResults=1)["nextToken"]
    assert refused(drs.describe_jobs, nextToken=token) == ("ValidationException", 400)
    assert refused(drs.describe_jobs, nextToken="nonsense") == ("ValidationException", 400)


def test_filters_choose_and_unknown_ids_are_absent(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    first, second, _ = (one["sourceServerID"] for one in drs.describe_source_servers()["items"])
    chosen = drs.describe_source_servers(filters={"sourceServerIDs": [second, UNKNOWN["sourceServerID"]]})
    assert [one["sourceServerID"] for one in chosen["items"]] == [second]
    job = started(drs, first)
    control.advance(1800)
    started(drs, second)
    (found,) = drs.describe_jobs(filters={"jobIDs": [job]})["items"]
    moment = found["creationDateTime"][:19] + "Z"
    assert len(drs.describe_jobs(filters={"fromDate": moment})["items"]) == 2
    assert drs.describe_jobs(filters={"toDate": moment})["items"] == []
    by_server = drs.describe_recovery_instances(filters={"sourceServerIDs": [first]})["items"]
    assert [one["sourceServerID"] for one in by_server] == [first]


def test_unknown_ids_are_not_found(aws: AwsClients) -> None:
    drs = aws.as_role("drs")
    not_found = ("ResourceNotFoundException", 404)
    unknown = UNKNOWN["sourceServerID"]
    assert refused(drs.start_recovery, sourceServers=[{"sourceServerID": unknown}]) == not_found
    assert refused(drs.get_launch_configuration, sourceServerID=unknown) == not_found
    assert refused(drs.list_tags_for_resource, resourceArn=UNKNOWN["resourceArn"]) == not_found
    ids = UNKNOWN["recoveryInstanceIDs"]
    assert refused(drs.terminate_recovery_instances, recoveryInstanceIDs=ids) == not_found
    assert drs.describe_job_log_items(jobID="drsjob-00000000000000000")["items"] == []


def test_ids_that_break_the_pattern_are_named(aws: AwsClients) -> None:
    drs = aws.as_role("drs")
    with pytest.raises(ClientError) as caught:
        drs.start_recovery(sourceServers=[{"sourceServerID": "x-0000000000000000!"}])
    response = caught.value.response
    assert response["Error"]["Code"] == "ValidationException"
    assert response["reason"] == "fieldValidationFailed"
    assert response["fieldList"][0]["name"] == "sourceServers[0].sourceServerID"


def test_server_named_twice_and_vanished_snapshot_are_refused(aws: AwsClients) -> None:
    drs = aws.as_role("drs")
    one = drs.describe_source_servers()["items"][0]["sourceServerID"]
    twice = [{"sourceServerID": one}] * 2
    pinned = [{"sourceServerID": one, "recoverySnapshotID": "pit-00000000000000000"}]
    assert refused(drs.start_recovery, sourceServers=twice) == ("ValidationException", 400)
    assert refused(drs.start_recovery, sourceServers=pinned) == ("ValidationException", 400)
    assert drs.describe_jobs()["items"] == []


def test_pinned_snapshot_is_used(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    one = drs.describe_source_servers()["items"][0]["sourceServerID"]
    snapshot = drs.describe_recovery_snapshots(sourceServerID=one, order="DESC")["items"][3]
    servers = [{"sourceServerID": one, "recoverySnapshotID": snapshot["snapshotID"]}]
    job = drs.start_recovery(sourceServers=servers, isDrill=True)["job"]
    control.advance(600)
    events = [item["event"] for item in drs.describe_job_log_items(jobID=job["jobID"])["items"]]
    assert "USING_PREVIOUS_SNAPSHOT" in events
    assert "SNAPSHOT_START" not in events
    (instance,) = drs.describe_recovery_instances()["items"]
    assert instance["pointInTimeSnapshotDateTime"] == snapshot["timestamp"]


def test_tags_are_added_read_and_removed(aws: AwsClients) -> None:
    drs = aws.as_role("drs")
    server = drs.describe_source_servers()["items"][0]
    drs.tag_resource(resourceArn=server["arn"], tags={"a b": "c/d", "x": ""})
    tags = drs.list_tags_for_resource(resourceArn=server["arn"])["tags"]
    assert tags == {**server["tags"], "a b": "c/d", "x": ""}
    drs.untag_resource(resourceArn=server["arn"], tagKeys=["a b", "x"])
    assert drs.list_tags_for_resource(resourceArn=server["arn"])["tags"] == server["tags"]


def test_job_can_be_tagged_afterwards(aws: AwsClients) -> None:
    drs = aws.as_role("drs")
    one = drs.describe_source_servers()["items"][0]["sourceServerID"]
    started(drs, one)
    (job,) = drs.describe_jobs()["items"]
    drs.tag_resource(resourceArn=job["arn"], tags={"note": "ours"})
    assert drs.describe_jobs()["items"][0]["tags"] == {"note": "ours"}


def test_launch_settings_change_only_where_named(aws: AwsClients) -> None:
    drs = aws.as_role("drs")
    one = drs.describe_source_servers()["items"][0]["sourceServerID"]
    before = drs.get_launch_configuration(sourceServerID=one)
    after = drs.update_launch_configuration(
        sourceServerID=one, copyTags=False, recoveryMode="FAST", licensing={"osByol": True}
    )
    changed = {"copyTags": False, "recoveryMode": "FAST", "licensing": {"osByol": True}}
    before.pop("ResponseMetadata")
    after.pop("ResponseMetadata")
    assert after == {**before, **changed}


def test_fast_mode_skips_the_conversion(aws: AwsClients, control: SimControl) -> None:
    drs = aws.as_role("drs")
    one = drs.describe_source_servers()["items"][0]["sourceServerID"]
    drs.update_launch_configuration(sourceServerID=one, recoveryMode="FAST")
    job = started(drs, one)
    control.advance(400)
    events = [item["event"] for item in drs.describe_job_log_items(jobID=job)["items"]]
    assert events[-1] == "JOB_END"
    assert not [event for event in events if event.startswith("CONVERSION")]


def test_every_operation_of_the_model_is_simulated_or_refused_by_the_model(aws: AwsClients) -> None:
    drs = aws.as_role("drs", parameter_validation=False)
    for operation in drs.meta.service_model.operation_names:
        if operation in OPERATIONS:
            continue
        method = next(ours for ours, theirs in drs.meta.method_to_api_mapping.items() if theirs == operation)
        code, status = refused(getattr(drs, method))
        assert (operation, code, status) == (operation, "ValidationException", 400)
