"""Every request and every answer against botocore's model; the deviations of the real service are named."""

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.simulator.wire.drs.responses import OPERATIONS
from tests.helpers.simulator_process import (
    OTHER,
    REGION,
    ROLE,
    TARGET,
    AwsClients,
    SimControl,
    small_scenario,
)

MODEL = botocore.session.get_session().get_service_model("drs")
NOT_BUILT_YET = {
    "AssociateSourceNetworkStack",
    "CancelRecoveryPlanExecution",
    "CreateRecoveryPlan",
    "CreateRecoveryPlanStep",
    "CreateReplicationConfigurationTemplate",
    "CreateSourceNetwork",
    "DeleteLaunchAction",
    "DeleteRecoveryPlan",
    "DeleteRecoveryPlanExecution",
    "DeleteRecoveryPlanStep",
    "DeleteReplicationConfigurationTemplate",
    "DeleteSourceNetwork",
    "ExportSourceNetworkCfnTemplate",
    "GetFailbackReplicationConfiguration",
    "GetRecoveryPlan",
    "GetRecoveryPlanExecution",
    "GetRecoveryPlanExecutionStep",
    "GetRecoveryPlanStep",
    "ListRecoveryPlanExecutionSteps",
    "ListRecoveryPlanExecutions",
    "ListRecoveryPlanSteps",
    "ListRecoveryPlans",
    "PutLaunchAction",
    "ReorderRecoveryPlanSteps",
    "RetryRecoveryPlanExecutionStep",
    "ReverseReplication",
    "StartFailbackLaunch",
    "StartRecoveryPlanExecution",
    "StartSourceNetworkRecovery",
    "StartSourceNetworkReplication",
    "StopFailback",
    "StopSourceNetworkReplication",
    "UpdateFailbackReplicationConfiguration",
    "UpdateRecoveryPlan",
    "UpdateRecoveryPlanExecutionStep",
    "UpdateRecoveryPlanStep",
    "UpdateReplicationConfiguration",
    "UpdateReplicationConfigurationTemplate",
}


def test_list_of_operations_not_built_yet_is_exact() -> None:
    assert set(MODEL.operation_names) - set(OPERATIONS) == NOT_BUILT_YET
    assert set(OPERATIONS) <= set(MODEL.operation_names)


# --- answers ---------------------------------------------------------------------------------------------


def _is_known_deviation(shape: Shape, value: Any) -> bool:
    """Return whether the service itself departs from its model here."""
    if shape.name == "ISO8601DatetimeString":
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", value))
    if shape.name == "JobLogEvent":
        return bool(value == "LAUNCH_END")
    if shape.name == "EbsVolumeID":
        return bool(re.fullmatch(r"vol-[0-9a-f]{17}", value))
    return False


def problems(shape: Shape, value: Any, place: str = "") -> Iterator[str]:
    """Check types, required and unknown members, enums, patterns and lengths."""
    if isinstance(shape, StructureShape):
        yield from (f"{place}.{name} is not in the model" for name in value if name not in shape.members)
        yield from (f"{place}.{name} is missing" for name in shape.required_members if name not in value)
        for name in value:
            if name in shape.members:
                yield from problems(shape.members[name], value[name], f"{place}.{name}")
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value):
            yield from problems(shape.member, item, f"{place}[{number}]")
        yield from _size(shape, len(value), place)
    elif isinstance(shape, MapShape):
        for name, item in value.items():
            yield from problems(shape.key, name, f"{place} key")
            yield from problems(shape.value, item, f"{place}.{name}")
    elif shape.type_name == "string":
        yield from _text(shape, value, place)
    elif shape.type_name == "boolean":
        if not isinstance(value, bool):
            yield f"{place} is no boolean"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{place} is no number"
    else:
        yield from _size(shape, value, place)


def _text(shape: Shape, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{place} is no text"
        return
    if _is_known_deviation(shape, value):
        return
    if (words := getattr(shape, "enum", None)) and value not in words:
        yield f"{place} = {value!r} is not one of {words}"
    if (pattern := shape.metadata.get("pattern")) and not re.fullmatch(pattern, value):
        yield f"{place} = {value!r} does not match {pattern}"
    yield from _size(shape, len(value), place)


def _size(shape: Shape, size: float, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{place} has size {size}, not {least} to {most}"


class Caller:
    """Signed requests over plain HTTP, so that nothing is checked on this side."""

    def __init__(self, aws: AwsClients, simulator: SimulatorServer) -> None:
        keys = aws.session(ROLE)._session.get_credentials()
        self._keys = keys.get_frozen_credentials()
        self._place = urlsplit(simulator.endpoint_url).netloc

    def __call__(self, operation: str, path: str | None = None, **members: Any) -> tuple[int, Any]:
        """Return status and JSON of an answer; the model says how the operation is called."""
        http_trait = MODEL.operation_model(operation).http
        now = datetime.now(UTC)
        credential = f"{self._keys.access_key}/{now:%Y%m%d}/{REGION}/drs/aws4_request"
        connection = http.client.HTTPConnection(self._place, timeout=10)
        connection.request(
            http_trait["method"],
            path or http_trait["requestUri"],
            body=None if http_trait["method"] == "GET" else json.dumps(members),
            headers={
                "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
                "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
                "X-Amz-Security-Token": self._keys.token,
                "Content-Type": "application/json",
            },
        )
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, json.loads(body) if body else {}


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    """Servers of every kind: healthy, stalled, catching up, failing, and extensible ones."""
    data = small_scenario(6)
    data["servers"][0]["changes"] = {
        2: {"replication": {"state": "STALLED", "lag_minutes": 61.5, "error": "AGENT_NOT_SEEN"}},
        3: {"replication": {"state": "BACKLOG", "lag_minutes": 3, "backlog_gib": 1}},
        4: {"fail_launch": {"event": "LAUNCH_FAILED", "raw_error": "No capacity.", "attempt": 1}},
    }
    data["accounts"][2]["initialized"] = True
    data["servers"].append({**data["servers"][0], "name": "stg-{n}", "account": "other", "changes": {}})
    data["accounts"][2]["trusts"] = ["target"]
    return data


@pytest.fixture
def call(aws: AwsClients, simulator: SimulatorServer) -> Caller:
    """Plain calls as the target account's role."""
    return Caller(aws, simulator)


def test_every_answer_has_the_models_shape_and_status(
    call: Caller, control: SimControl, simulator: SimulatorServer
) -> None:
    """Go once through every operation that is simulated."""
    ids = list(simulator.simulation.state(TARGET, REGION).servers)
    one = {"sourceServerID": ids[0]}
    answered: set[str] = set()

    def ask(operation: str, path: str | None = None, **members: Any) -> Any:
        status, answer = call(operation, path, **members)
        model: OperationModel = MODEL.operation_model(operation)
        assert (operation, status) == (operation, model.http["responseCode"]), answer
        found = list(problems(model.output_shape, answer, operation)) if model.output_shape else []
        assert found == []
        answered.add(operation)
        return answer

    ask("InitializeService")
    ask("StartReplication", **one)
    job = ask(
        "StartRecovery",
        sourceServers=[{"sourceServerID": server} for server in ids],
        isDrill=True,
        tags={"a": "b"},
    )["job"]
    control.advance(1_200)
    ask("DescribeJobs")
    ask("DescribeJobLogItems", jobID=job["jobID"])
    servers = ask("DescribeSourceServers")["items"]
    ask("DescribeRecoverySnapshots", **one)
    found = {record["sourceServerID"]: record for record in ask("DescribeRecoveryInstances")["items"]}
    first, second = found[ids[0]], found[ids[4]]
    tags = "/tags/" + servers[0]["arn"].replace(":", "%3A").replace("/", "%2F")
    ask("TagResource", tags, tags={"x": "y"})
    ask("ListTagsForResource", tags)
    ask("UntagResource", f"{tags}?tagKeys=x")
    ask("GetLaunchConfiguration", **one)
    ask("UpdateLaunchConfiguration", **one, launchDisposition="STOPPED")
    ask("GetReplicationConfiguration", **one)
    ask("DescribeReplicationConfigurationTemplates")
    template = ask("DescribeLaunchConfigurationTemplates")["items"][0]["launchConfigurationTemplateID"]
    ask("UpdateLaunchConfigurationTemplate", launchConfigurationTemplateID=template, copyTags=False)
    ask("DeleteLaunchConfigurationTemplate", launchConfigurationTemplateID=template)
    ask("CreateLaunchConfigurationTemplate")
    ask("ListStagingAccounts", "/ListStagingAccounts?maxResults=10")
    staged = ask("ListExtensibleSourceServers", stagingAccountID=OTHER)["items"][0]
    ask("CreateExtendedSourceServer", sourceServerArn=staged["arn"])
    ask("ListLaunchActions", resourceId=ids[0])
    ask("DescribeSourceNetworks")
    ask("DisconnectRecoveryInstance", recoveryInstanceID=first["recoveryInstanceID"])
    ask("DeleteRecoveryInstance", recoveryInstanceID=first["recoveryInstanceID"])
    ask("TerminateRecoveryInstances", recoveryInstanceIDs=[second["recoveryInstanceID"]])
    ask("DeleteJob", jobID=job["jobID"])
    ask("RetryDataReplication", sourceServerID=ids[1])
    ask("DescribeSourceServers")
    ask("StopReplication", **one)
    ask("StartReplication", **one)
    ask("DescribeSourceServers")
    ask("DisconnectSourceServer", **one)
    ask("DeleteSourceServer", **one)
    assert answered == set(OPERATIONS)


# --- requests --------------------------------------------------------------------------------------------


def _wrong_values(shape: Shape) -> Iterator[Any]:
    """Return values that the shape does not allow, whatever they are about."""
    if shape.type_name == "string":
        yield 7
        if getattr(shape, "enum", None):
            yield "NO_SUCH_WORD"
        if shape.metadata.get("pattern"):
            yield "?" * (shape.metadata.get("min") or 1)
        if shape.metadata.get("max"):
            yield "x" * (shape.metadata["max"] + 1)
    elif shape.type_name in ("integer", "long"):
        yield "many"
        yield True
        if shape.metadata.get("min") is not None:
            yield shape.metadata["min"] - 1
        if shape.metadata.get("max") is not None:
            yield shape.metadata["max"] + 1
    elif shape.type_name == "boolean":
        yield "yes"
    elif isinstance(shape, ListShape):
        yield {}
        yield from ([wrong] for wrong in _wrong_values(shape.member))
    elif isinstance(shape, MapShape):
        yield []
        yield {"x" * 257: "y"}
    elif isinstance(shape, StructureShape):
        yield []
        for name, member in shape.members.items():
            yield from ({name: wrong} for wrong in _wrong_values(member))


POSTED = sorted(
    name
    for name in OPERATIONS
    if MODEL.operation_model(name).http["method"] == "POST"
    and "Tag" not in name
    and name != "InitializeService"
)


@pytest.mark.parametrize("operation", POSTED)
def test_member_that_the_model_does_not_allow_is_refused(call: Caller, operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    tried = 0
    for name, member in shape.members.items():
        for wrong in _wrong_values(member):
            status, answer = call(operation, **{name: wrong})
            assert (status, answer.get("__type", "ValidationException")) == (400, "ValidationException"), (
                name,
                wrong,
                answer,
            )
            assert answer["reason"] == "fieldValidationFailed"
            assert any(field["name"].startswith(name) for field in answer["fieldList"]), (name, wrong)
            tried += 1
    assert tried


@pytest.mark.parametrize(
    "operation", [name for name in POSTED if MODEL.operation_model(name).input_shape.required_members]
)
def test_required_members_are_required(call: Caller, operation: str) -> None:
    required = MODEL.operation_model(operation).input_shape.required_members
    status, answer = call(operation)
    assert (status, answer["reason"]) == (400, "fieldValidationFailed")
    assert {field["name"] for field in answer["fieldList"]} == set(required)


@pytest.mark.parametrize("query", ["maxResults=0", "maxResults=51", "maxResults=many"])
def test_members_in_a_query_are_checked_too(call: Caller, query: str) -> None:
    status, answer = call("ListStagingAccounts", f"/ListStagingAccounts?{query}")
    assert (status, answer["fieldList"][0]["name"]) == (400, "maxResults")
