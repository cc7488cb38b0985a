"""AssumeRole as plain boto3 meets it: trust, lengths, tags, session policies, chains."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.helpers.identity_scenario import TRUSTS_HUB, allow, deny, policy, role, role_arn, scenario_with
from tests.helpers.simulator_process import EXTERNAL_ID, HUB, OTHER, ROLE, TARGET, AwsClients, SimControl

HUB_USER = f"arn:aws:iam::{HUB}:user/drs-desktop-operator"


def refusal(call: Any, **members: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    response = caught.value.response
    error = response["Error"]
    return error["Code"], response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def assume(sts: Any, arn: str = ROLE, **members: Any) -> Any:
    members = {"RoleSessionName": "tests", "ExternalId": EXTERNAL_ID, **members}
    return sts.assume_role(RoleArn=arn, **{name: one for name, one in members.items() if one is not None})


def trust(principal: Any, *actions: str, **more: Any) -> dict[str, Any]:
    listed = list(actions or ("sts:AssumeRole",))
    return policy({"Effect": "Allow", "Action": listed, "Principal": principal, **more})


def test_answer_tells_keys_their_end_and_who_one_is(aws: AwsClients) -> None:
    earliest = datetime.now(UTC) + timedelta(seconds=899)  # times on the wire are whole seconds
    answer = assume(aws.hub("sts"), DurationSeconds=900)
    assert earliest <= answer["Credentials"]["Expiration"] <= datetime.now(UTC) + timedelta(seconds=900)
    user = answer["AssumedRoleUser"]
    assert user["Arn"] == f"arn:aws:sts::{TARGET}:assumed-role/Target/tests"
    assert user["AssumedRoleId"].endswith(":tests")
    identity = aws.with_keys(answer["Credentials"]).client("sts", endpoint_url=aws.endpoint_url)
    assert identity.get_caller_identity()["UserId"] == user["AssumedRoleId"]


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({"RoleSessionName": "with space"}, "ValidationError", r"'with space' at 'roleSessionName' failed"),
        ({"DurationSeconds": 901_000}, "ValidationError", "less than or equal to 43200"),
        ({"DurationSeconds": 3_601}, "ValidationError", "exceeds the MaxSessionDuration set for this role"),
        ({"Policy": "x" * 2_049}, "ValidationError", "length less than or equal to 2048"),
        ({"Policy": "{"}, "MalformedPolicyDocument", "invalid Json"),
        (
            {"Policy": json.dumps(policy(allow("*", Condition={"DateLessThan": {"aws:SourceIp": "x"}})))},
            "MalformedPolicyDocument",
            "does not evaluate the operator 'DateLessThan'",
        ),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]},
            "ValidationError",
            "PolicyArns",
        ),
        (
            {"Tags": [{"Key": f"k{n}", "Value": "v" * 250} for n in range(20)]},
            "PackedPolicyTooLarge",
            "consumes 1..% of allotted space",
        ),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "InvalidParameterValue", "Dupl"),
        ({"TransitiveTagKeys": ["a"]}, "ValidationError", "transitive"),
    ],
)
def test_request_that_cannot_be_is_refused(
    aws: AwsClients, members: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        assume(aws.hub("sts"), **members)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_too_short_a_session_is_refused(aws: AwsClients) -> None:
    client = aws.hub("sts", parameter_validation=False)
    assert refusal(lambda: assume(client, DurationSeconds=899))[2].endswith("greater than or equal to 900")


class TestTrustPolicy:
    """Roles with trust policies of their own."""

    @pytest.fixture
    def scenario_data(self) -> dict[str, Any]:
        return scenario_with(
            role(trust=TRUSTS_HUB, max_session_seconds=43_200),
            role("Chain", trust=trust({"AWS": role_arn()})),
            role("NotTagged", trust=trust({"AWS": f"arn:aws:iam::{HUB}:root"})),
            role("ByTag", trust=trust("*", "sts:*", Condition={"StringEquals": {"aws:RequestTag/run": "1"}})),
            role("ServiceOnly", trust=trust({"Service": "ec2.amazonaws.com"})),
            role("Narrow", trust=TRUSTS_HUB, policies=[policy(allow("drs:*"))]),
            role(
                "ByArn",
                trust=trust(
                    "*",
                    Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:user/drs-desktop-*"}},
                ),
            ),
            role(
                "Denying",
                trust=policy(
                    *trust("*")["Statement"],
                    {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": HUB_USER}},
                ),
            ),
        )

    def test_trusted_account_with_external_id(self, aws: AwsClients) -> None:
        assert assume(aws.hub("sts"), DurationSeconds=43_200)

    def test_every_cause_of_denial_reads_alike(self, aws: AwsClients) -> None:
        sts = aws.hub("sts")
        for name, external_id in [("Target", "another"), ("Chain", None), ("Unknown", None)]:
            arn = role_arn(name)
            members = {"RoleArn": arn, "RoleSessionName": "tests"}
            got = refusal(sts.assume_role, **members, **({"ExternalId": external_id} if external_id else {}))
            sentence = f"User: {HUB_USER} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            assert got == ("AccessDenied", 403, sentence)

    @pytest.mark.parametrize("name", ["ServiceOnly", "Denying"])
    def test_services_are_nobody_and_a_deny_wins(self, aws: AwsClients, name: str) -> None:
        got = refusal(aws.hub("sts").assume_role, RoleArn=role_arn(name), RoleSessionName="tests")
        assert got[:2] == ("AccessDenied", 403)

    def test_principal_arn_may_be_matched_with_wildcards(self, aws: AwsClients) -> None:
        assert assume(aws.hub("sts"), role_arn("ByArn"), ExternalId=None)

    def test_tags_and_source_identity_need_their_own_trust(self, aws: AwsClients) -> None:
        sts, arn = aws.hub("sts"), role_arn("NotTagged")
        members = {"RoleArn": arn, "RoleSessionName": "tests"}
        assert "sts:TagSession" in refusal(sts.assume_role, **members, Tags=[{"Key": "a", "Value": "1"}])[2]
        assert "sts:SetSourceIdentity" in refusal(sts.assume_role, **members, SourceIdentity="someone")[2]
        assert assume(sts, arn, ExternalId=None)

    def test_trust_may_ask_for_a_tag(self, aws: AwsClients) -> None:
        sts, arn = aws.hub("sts"), role_arn("ByTag")
        assert refusal(lambda: assume(sts, arn, ExternalId=None))[0] == "AccessDenied"
        assert assume(sts, arn, ExternalId=None, Tags=[{"Key": "run", "Value": "1"}])

    def test_role_named_in_the_trust_policy_chains_for_an_hour(self, aws: AwsClients) -> None:
        sts = aws.as_role("sts")
        assert assume(sts, role_arn("Chain"), ExternalId=None)
        code, status, text = refusal(
            lambda: assume(sts, role_arn("Chain"), ExternalId=None, DurationSeconds=3_601)
        )
        assert (code, status) == ("ValidationError", 400)
        sentence = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role"
        assert text == f"{sentence} chaining."

    def test_caller_needs_the_right_itself_in_another_account(self, aws: AwsClients) -> None:
        sts = aws.as_role("sts", role="Narrow")
        other = f"arn:aws:iam::{OTHER}:role/Open"
        assert refusal(lambda: assume(sts, other, ExternalId=None))[:2] == ("AccessDenied", 403)


def test_tags_and_source_identity_go_along_a_chain(aws: AwsClients, control: SimControl) -> None:
    tags = [{"Key": "run", "Value": "7"}, {"Key": "left", "Value": "behind"}]
    first = assume(aws.hub("sts"), Tags=tags, TransitiveTagKeys=["run"], SourceIdentity="person")
    assert first["SourceIdentity"] == "person"
    sts = aws.with_keys(first["Credentials"]).client("sts", endpoint_url=aws.endpoint_url)
    open_role = f"arn:aws:iam::{OTHER}:role/Open"
    assume(sts, open_role, ExternalId=None, RoleSessionName="second")
    sessions = control.ask("GET", "/sim/sessions")[1]["sessions"]
    second = next(one for one in sessions if one["session_name"] == "second")
    assert (second["tags"], second["source_identity"]) == ({"run": "7"}, "person")
    assert second["is_chained"]
    members = {"RoleArn": open_role, "RoleSessionName": "third", "SourceIdentity": "another"}
    assert refusal(sts.assume_role, **members)[0] == "AccessDenied"


@pytest.mark.parametrize(
    "scenario_data", [scenario_with(role(policies=[policy(allow("*"), deny("sts:AssumeRole"))]))]
)
def test_explicit_deny_of_the_caller_wins_over_any_trust(aws: AwsClients) -> None:
    sts = aws.as_role("sts")
    other = f"arn:aws:iam::{OTHER}:role/Open"
    assert refusal(lambda: assume(sts, other, ExternalId=None))[0] == "AccessDenied"


def test_operations_that_are_not_simulated_give_out_no_keys(aws: AwsClients) -> None:
    assert refusal(aws.hub("sts").get_session_token)[:2] == ("InvalidAction", 400)
