"""service-quotas, the policy simulator and the trail, as plain boto3 meets them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.identity_scenario import (
    OPERATOR,
    READ_ONLY,
    allow,
    deny,
    policy,
    role,
    role_arn,
    scenario_with,
)
from tests.helpers.simulator_process import HUB, REGION, ROLE, TARGET, AwsClients, SimControl, small_scenario

CALLED_VIA_DRS = [
    {"ContextKeyName": "aws:ViaAWSService", "ContextKeyType": "boolean", "ContextKeyValues": ["true"]},
    {
        "ContextKeyName": "aws:CalledVia",
        "ContextKeyType": "stringList",
        "ContextKeyValues": ["drs.amazonaws.com"],
    },
]


def code_of(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return str(caught.value.response["Error"]["Code"])


class TestServiceQuotas:
    """Quotas of drs, ec2 and ebs."""

    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        return small_scenario(service_quotas={"L-1216C47A": 640, "L-E28BE5E0": 6_000, "L-B827C881": 2})

    def test_pages_hold_every_quota_once(self, aws: AwsClients) -> None:
        pages = aws.as_role("service-quotas").get_paginator("list_service_quotas")
        listed = [
            list(page["Quotas"])
            for page in pages.paginate(ServiceCode="drs", PaginationConfig={"PageSize": 4})
        ]
        assert [len(page) for page in listed] == [4, 4, 1]
        values = {one["QuotaCode"]: one["Value"] for page in listed for one in page}
        assert (values["L-D88FAC3A"], values["L-B827C881"], values["L-05AFA8C6"]) == (20, 2, 500)
        assert values["L-E28BE5E0"] == 6_000

    def test_one_quota_and_its_default(self, aws: AwsClients) -> None:
        quotas = aws.as_role("service-quotas")
        quota = quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-1216C47A")["Quota"]
        assert (quota["Value"], quota["Adjustable"]) == (640, True)
        assert quota["QuotaArn"] == f"arn:aws:servicequotas:{REGION}:{TARGET}:ec2/L-1216C47A"
        assert quota["UsageMetric"]["MetricDimensions"]["Class"] == "Standard/OnDemand"
        default = quotas.get_aws_default_service_quota(ServiceCode="ec2", QuotaCode="L-1216C47A")["Quota"]
        assert default["Value"] == 5

    def test_what_drs_enforces_is_what_is_told(self, aws: AwsClients, simulator: SimulatorServer) -> None:
        quotas, drs = aws.as_role("service-quotas"), aws.as_role("drs")
        members = {"ServiceCode": "drs", "QuotaCode": "L-B827C881"}
        assert quotas.get_service_quota(**members)["Quota"]["Value"] == 2
        three = [{"sourceServerID": one} for one in simulator.simulation.state(TARGET, REGION).servers]
        with pytest.raises(drs.exceptions.ServiceQuotaExceededException) as caught:
            drs.start_recovery(sourceServers=three)
        assert caught.value.response["quotaCode"] == "L-B827C881"
        assert drs.start_recovery(sourceServers=three[:2])["job"]["status"] == "PENDING"

    def test_unknown_is_no_such_resource(self, aws: AwsClients) -> None:
        quotas = aws.as_role("service-quotas")
        assert code_of(quotas.list_service_quotas, ServiceCode="xyz") == "NoSuchResourceException"
        members = {"ServiceCode": "drs", "QuotaCode": "L-00000000"}
        assert code_of(quotas.get_service_quota, **members) == "NoSuchResourceException"
        members = {"ServiceCode": "drs", "NextToken": "nonsense"}
        assert code_of(quotas.list_service_quotas, **members) == "InvalidPaginationTokenException"

    def test_mocks_do_not_answer_the_rest(self, aws: AwsClients) -> None:
        assert code_of(aws.as_role("service-quotas").list_services) == "UnknownOperationException"


class TestSimulatePrincipalPolicy:
    """The policy simulator decides as the guard does."""

    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        return scenario_with(
            role(),
            role("Operator", policies=[OPERATOR, policy(deny("ec2:CreateVolume"))]),
            role("Bound", policies=[policy(allow("*"))], permissions_boundary=READ_ONLY),
        )

    def decisions(self, iam: Any, name: str, *actions: str, **members: Any) -> dict[str, str]:
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role_arn(name), ActionNames=list(actions), **members
        )
        return {
            one["EvalActionName"]: one["EvalDecision"] for page in pages for one in page["EvaluationResults"]
        }

    def test_three_decisions(self, aws: AwsClients) -> None:
        actions = ("drs:StartRecovery", "ec2:RunInstances", "ec2:CreateVolume")
        iam = aws.as_role("iam")
        assert list(self.decisions(iam, "Operator", *actions).values()) == [
            "allowed",
            "implicitDeny",
            "explicitDeny",
        ]
        through_drs = self.decisions(iam, "Operator", *actions, ContextEntries=CALLED_VIA_DRS)
        assert list(through_drs.values()) == ["allowed", "allowed", "explicitDeny"]
        assert set(self.decisions(iam, "Target", *actions).values()) == {"allowed"}

    def test_pages_of_every_action_on_every_resource(self, aws: AwsClients) -> None:
        pages = (
            aws.as_role("iam")
            .get_paginator("simulate_principal_policy")
            .paginate(
                PolicySourceArn=role_arn("Operator"),
                ActionNames=["drs:StartRecovery", "drs:DescribeJobs"],
                ResourceArns=["arn:aws:drs:eu-west-1:222222222222:source-server/s-1", "*"],
                PaginationConfig={"PageSize": 3},
            )
        )
        assert [len(page["EvaluationResults"]) for page in pages] == [3, 1]

    def test_boundary_is_told_apart(self, aws: AwsClients) -> None:
        (result,) = aws.as_role("iam").simulate_principal_policy(
            PolicySourceArn=role_arn("Bound"), ActionNames=["drs:StartRecovery"]
        )["EvaluationResults"]
        assert result["EvalDecision"] == "implicitDeny"
        assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}

    def test_added_policy_counts(self, aws: AwsClients) -> None:
        added = {"PolicyInputList": [json.dumps(policy(deny("drs:*")))]}
        got = self.decisions(aws.as_role("iam"), "Target", "drs:DescribeJobs", **added)
        assert got == {"drs:DescribeJobs": "explicitDeny"}

    def test_denial_by_fault_shows_and_is_not_used_up(self, aws: AwsClients, control: SimControl) -> None:
        control.add_fault(action={"kind": "deny", "permission": "ec2:CreateSnapshot"}, times=1)
        iam = aws.as_role("iam")
        for _ in range(2):
            assert self.decisions(iam, "Target", "ec2:CreateSnapshot") == {
                "ec2:CreateSnapshot": "implicitDeny"
            }

    def test_unknown_role_is_no_such_entity(self, aws: AwsClients) -> None:
        members = {"PolicySourceArn": role_arn("Nobody"), "ActionNames": ["drs:DescribeJobs"]}
        assert code_of(aws.as_role("iam").simulate_principal_policy, **members) == "NoSuchEntity"


class TestTrail:
    """LookupEvents shows what changed something, late and newest first."""

    @pytest.fixture
    def started(self, aws: AwsClients, simulator: SimulatorServer) -> dict[str, Any]:
        """The answer to a StartRecovery."""
        first, second, _ = simulator.simulation.state(TARGET, REGION).servers
        drs = aws.as_role("drs", user_agent_extra="intent#01ABC")
        drs.describe_jobs()
        answer: dict[str, Any] = drs.start_recovery(sourceServers=[{"sourceServerID": first}], isDrill=True)
        with pytest.raises(drs.exceptions.ConflictException):
            drs.start_recovery(sourceServers=[{"sourceServerID": first}], isDrill=True)
        drs.start_recovery(sourceServers=[{"sourceServerID": second}], isDrill=False)
        return answer

    def names(self, trail: Any, **members: Any) -> list[str]:
        return [one["EventName"] for one in trail.lookup_events(**members)["Events"]]

    def chosen(self, key: str, value: str) -> dict[str, Any]:
        return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}

    def test_events_come_after_the_delay(
        self, aws: AwsClients, control: SimControl, started: dict[str, Any]
    ) -> None:
        trail = aws.as_role("cloudtrail")
        control.advance(119)
        assert trail.lookup_events()["Events"] == []
        control.advance(1)
        assert self.names(trail)[:3] == ["AssumeRole", "StartRecovery", "StartRecovery"]
        assert "DescribeJobs" not in self.names(trail)

    def test_event_tells_request_id_agent_and_job(
        self, aws: AwsClients, control: SimControl, started: dict[str, Any]
    ) -> None:
        control.advance(200)
        events = aws.as_role("cloudtrail").lookup_events(**self.chosen("EventName", "StartRecovery"))[
            "Events"
        ]
        newest, refused, oldest = (json.loads(one["CloudTrailEvent"]) for one in events)
        assert (events[2]["Username"], events[2]["EventSource"], events[2]["ReadOnly"]) == (
            "tests",
            "drs.amazonaws.com",
            "false",
        )
        assert oldest["requestID"] == started["ResponseMetadata"]["RequestId"]
        assert oldest["responseElements"]["job"]["jobID"] == started["job"]["jobID"]
        assert "intent#01ABC" in oldest["userAgent"]
        assert oldest["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == ROLE
        assert (refused["errorCode"], refused["responseElements"]) == ("ConflictException", None)
        assert newest["requestParameters"]["isDrill"] is False

    def test_lookup_by_name_source_user_and_time(
        self, aws: AwsClients, control: SimControl, started: dict[str, Any]
    ) -> None:
        control.advance(200)
        trail, hub = aws.as_role("cloudtrail"), aws.hub("cloudtrail")
        assert len(self.names(trail, **self.chosen("EventSource", "drs.amazonaws.com"))) == 3
        assert self.names(trail, **self.chosen("Username", "drs-desktop-operator"))[0] == "AssumeRole"
        assert set(self.names(hub)) == {"AssumeRole"}
        assert self.names(hub, **self.chosen("EventName", "StartRecovery")) == []
        assert self.names(trail, StartTime=datetime.now(UTC) + timedelta(seconds=100)) == []
        assert self.names(trail, EndTime=datetime.now(UTC) - timedelta(days=1)) == []

    def test_pages(self, aws: AwsClients, control: SimControl, started: dict[str, Any]) -> None:
        control.advance(200)
        pages = (
            aws.as_role("cloudtrail")
            .get_paginator("lookup_events")
            .paginate(**self.chosen("EventName", "StartRecovery"), PaginationConfig={"PageSize": 2})
        )
        assert [len(page["Events"]) for page in pages] == [2, 1]

    def test_question_that_cannot_be_is_refused(self, aws: AwsClients) -> None:
        trail = aws.as_role("cloudtrail")
        two = self.chosen("EventName", "a")["LookupAttributes"] * 2
        assert code_of(trail.lookup_events, LookupAttributes=two) == "InvalidLookupAttributesException"
        assert code_of(trail.lookup_events, NextToken="nonsense") == "InvalidNextTokenException"
        now = datetime.now(UTC)
        times = {"StartTime": now, "EndTime": now - timedelta(hours=1)}
        assert code_of(trail.lookup_events, **times) == "InvalidTimeRangeException"
        assert code_of(trail.describe_trails) == "UnknownOperationException"

    def test_hub_sees_roles_taken_in_its_account(self, aws: AwsClients, control: SimControl) -> None:
        aws.session()
        control.advance(120)
        (event,) = aws.hub("cloudtrail").lookup_events()["Events"]
        record = json.loads(event["CloudTrailEvent"])
        assert (event["EventName"], event["ReadOnly"], record["recipientAccountId"]) == (
            "AssumeRole",
            "true",
            HUB,
        )
        assert event["Resources"] == [{"ResourceType": "AWS::IAM::Role", "ResourceName": ROLE}]
        assert record["userIdentity"]["userName"] == "drs-desktop-operator"
