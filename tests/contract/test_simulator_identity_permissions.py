"""Rights of roles and sessions as plain boto3 meets them: direct calls."""

import json
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
    scenario_with,
)
from tests.helpers.simulator_process import REGION, ROLE, TARGET, AwsClients, SimControl

SESSION_ARN = f"arn:aws:sts::{TARGET}:assumed-role/Target/tests"


@pytest.fixture
def server_id(simulator: SimulatorServer) -> str:
    """The id of one source server."""
    return next(iter(simulator.simulation.state(TARGET, REGION).servers))


@pytest.fixture
def drs(aws: AwsClients) -> Any:
    """A drs client of the target role."""
    return aws.as_role("drs")


def start(drs: Any, server_id: str, **tags: str) -> Any:
    return drs.start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True, tags=tags)


def refusal(call: Any, *args: Any, **members: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(*args, **members)
    response = caught.value.response
    error = response["Error"]
    return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


class TestReadOnlyRole:
    """A role whose identity policy allows reads only."""

    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        return scenario_with(role(policies=[READ_ONLY]))

    def test_reads_are_answered(self, drs: Any) -> None:
        assert len(drs.describe_source_servers()["items"]) == 3

    def test_start_is_the_modelled_access_denied(self, drs: Any, server_id: str) -> None:
        with pytest.raises(drs.exceptions.AccessDeniedException) as caught:
            start(drs, server_id)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        resource = f"arn:aws:drs:{REGION}:{TARGET}:source-server/{server_id}"
        assert caught.value.response["Error"]["Message"] == (
            f"User: {SESSION_ARN} is not authorized to perform: drs:StartRecovery on resource: {resource}"
            " because no identity-based policy allows the drs:StartRecovery action"
        )
        assert drs.describe_jobs()["items"] == []

    def test_ec2_is_unauthorized_operation(self, aws: AwsClients) -> None:
        code, status, text = refusal(aws.as_role("ec2").describe_instances)
        assert (code, status) == ("UnauthorizedOperation", 403)
        assert text == (
            "You are not authorized to perform this operation. User:"
            f" {SESSION_ARN} is not authorized to perform: ec2:DescribeInstances because no identity-based"
            " policy allows the ec2:DescribeInstances action"
        )

    @pytest.mark.parametrize(
        ("service", "operation", "code", "status"),
        [
            ("iam", "list_roles", "AccessDenied", 403),
            ("cloudtrail", "lookup_events", "AccessDeniedException", 400),
            ("ssm", "describe_parameters", "AccessDeniedException", 400),
        ],
    )
    def test_other_services_refuse_in_their_own_words(
        self, aws: AwsClients, service: str, operation: str, code: str, status: int
    ) -> None:
        assert refusal(getattr(aws.as_role(service), operation))[:2] == (code, status)

    def test_caller_identity_needs_no_right(self, aws: AwsClients) -> None:
        assert aws.as_role("sts").get_caller_identity()["Arn"] == SESSION_ARN


class TestSessionPolicy:
    """The target role may do everything; the session is narrower."""

    def session(self, aws: AwsClients, *statements: dict[str, Any]) -> Any:
        answer = aws.hub("sts").assume_role(
            RoleArn=ROLE,
            RoleSessionName="tests",
            ExternalId="test-external-id",
            Policy=json.dumps(policy(*statements)),
        )
        assert 0 < answer["PackedPolicySize"] <= 100
        return aws.with_keys(answer["Credentials"])

    def test_read_only_session_is_refused_a_start(self, aws: AwsClients, server_id: str) -> None:
        drs = self.session(aws, allow("drs:Describe*")).client("drs", endpoint_url=aws.endpoint_url)
        assert len(drs.describe_source_servers()["items"]) == 3
        with pytest.raises(drs.exceptions.AccessDeniedException, match="because no session policy allows"):
            start(drs, server_id)

    def test_explicit_deny_says_so(self, aws: AwsClients, server_id: str) -> None:
        session = self.session(aws, allow("*"), deny("drs:StartRecovery"))
        drs = session.client("drs", endpoint_url=aws.endpoint_url)
        with pytest.raises(drs.exceptions.AccessDeniedException, match="explicit deny in a session policy"):
            start(drs, server_id)


class TestRightsBesideStartRecovery:
    """A start with tags needs more than drs:StartRecovery."""

    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        return scenario_with(
            role(policies=[OPERATOR, policy(deny("drs:TagResource"))]),
            role("NoInstance", policies=[OPERATOR, policy(deny("drs:CreateRecoveryInstanceForDrs"))]),
            role(
                "ByTag",
                policies=[
                    policy(
                        allow("drs:*", Condition={"StringEquals": {"aws:ResourceTag/Application": "other"}}),
                        allow("drs:Describe*"),
                    )
                ],
            ),
        )

    def test_tags_need_tag_resource(self, drs: Any, server_id: str) -> None:
        with pytest.raises(drs.exceptions.AccessDeniedException, match="drs:TagResource on resource: arn:"):
            start(drs, server_id, wave="1")
        assert start(drs, server_id)["job"]["status"] == "PENDING"

    def test_start_needs_the_right_to_create_instances(self, aws: AwsClients, server_id: str) -> None:
        drs = aws.as_role("drs", role="NoInstance")
        with pytest.raises(drs.exceptions.AccessDeniedException, match="drs:CreateRecoveryInstanceForDrs"):
            start(drs, server_id)

    def test_resource_tags_are_looked_up(self, aws: AwsClients, server_id: str) -> None:
        hub, drs = aws.as_role("drs"), aws.as_role("drs", role="ByTag")
        with pytest.raises(drs.exceptions.AccessDeniedException):
            start(drs, server_id)
        arn = f"arn:aws:drs:{REGION}:{TARGET}:source-server/{server_id}"
        assert refusal(hub.tag_resource, resourceArn=arn, tags={"Application": "other"})[0] == (
            "AccessDeniedException"
        )


class TestOrganisationAndBoundary:
    """Service control policies and permissions boundaries limit a role that may do everything."""

    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        service_control = [policy(allow("*")), policy(deny("drs:TerminateRecoveryInstances"))]
        return scenario_with(
            role(permissions_boundary=policy(allow("drs:*"))),
            account={"service_control_policies": service_control},
        )

    def test_service_control_policy_is_named(self, drs: Any) -> None:
        code, _, text = refusal(drs.terminate_recovery_instances, recoveryInstanceIDs=["i-00000000000000000"])
        assert code == "AccessDeniedException"
        assert text.endswith("with an explicit deny in a service control policy")

    def test_boundary_is_named(self, aws: AwsClients) -> None:
        assert "because no permissions boundary allows" in refusal(aws.as_role("ec2").describe_instances)[2]


class TestDeniedByFault:
    """The fault "access denied for one named permission" meets a role that may do everything."""

    def test_named_permission_is_missing_until_the_fault_is_deleted(
        self, drs: Any, control: SimControl
    ) -> None:
        rule = control.add_fault(action={"kind": "deny", "permission": "drs:DescribeJobs"})
        with pytest.raises(drs.exceptions.AccessDeniedException, match="perform: drs:DescribeJobs on"):
            drs.describe_jobs()
        assert drs.describe_source_servers()["items"]
        (fault,) = control.ask("GET", "/sim/faults")[1]["faults"]
        assert (fault["action"], fault["times"]) == (
            {"kind": "deny", "permission": "drs:DescribeJobs"},
            0,
        )
        control.remove_fault(rule)
        assert drs.describe_jobs()["items"] == []

    def test_ec2_permission_is_missing_for_direct_calls(self, aws: AwsClients, control: SimControl) -> None:
        control.add_fault(action={"kind": "deny", "permission": "ec2:DescribeInstanceStatus"}, account=TARGET)
        code, status, _ = refusal(aws.as_role("ec2").describe_instance_status)
        assert (code, status) == ("UnauthorizedOperation", 403)
        assert aws.as_role("ec2").describe_instances()["Reservations"] == []

    def test_counted_fault_fires_as_often_as_it_says(self, drs: Any, control: SimControl) -> None:
        control.add_fault(action={"kind": "deny", "permission": "drs:Describe*"}, times=1)
        assert refusal(drs.describe_jobs)[0] == "AccessDeniedException"
        assert drs.describe_jobs()["items"] == []


class TestPlaces:
    """Regions that are not enabled, and Regions in which DRS was never initialised."""

    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        return scenario_with(
            role(),
            regions=[REGION, "eu-south-1", "eu-central-1"],
            account={"disabled_regions": ["eu-south-1"], "initialized": [REGION]},
        )

    @pytest.mark.parametrize(
        ("service", "operation", "refused"),
        [
            ("drs", "describe_jobs", ("UnrecognizedClientException", 403)),
            ("ec2", "describe_instances", ("AuthFailure", 401)),
            ("sts", "get_caller_identity", ("InvalidClientTokenId", 403)),
        ],
    )
    def test_region_that_is_not_enabled(
        self, aws: AwsClients, service: str, operation: str, refused: tuple[str, int]
    ) -> None:
        client = aws.as_role(service, region="eu-south-1")
        assert refusal(getattr(client, operation))[:2] == refused

    def test_region_that_is_not_initialised(self, aws: AwsClients) -> None:
        drs = aws.as_role("drs", region="eu-central-1")
        with pytest.raises(drs.exceptions.UninitializedAccountException):
            drs.describe_jobs()
        drs.initialize_service()
        assert drs.describe_jobs()["items"] == []
        assert aws.as_role("drs").describe_jobs()["items"] == []


def test_policy_simulator_knows_the_hubs_user(aws: AwsClients) -> None:
    iam = aws.hub("iam")
    arn = iam.get_user()["User"]["Arn"]
    (result,) = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sts:AssumeRole"])[
        "EvaluationResults"
    ]
    assert (result["EvalActionName"], result["EvalDecision"]) == ("sts:AssumeRole", "allowed")


def test_policy_simulator_knows_no_principal_of_another_account(aws: AwsClients) -> None:
    arn = aws.hub("iam").get_user()["User"]["Arn"]
    with pytest.raises(ClientError) as caught:
        aws.as_role("iam").simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sts:AssumeRole"])
    assert caught.value.response["Error"]["Code"] == "NoSuchEntity"
