"""Whether a caller may do something: the evaluator alone, by example and by property."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_desktop.simulator.core.policy import PolicyKind, PolicySet, Verdict
from drs_desktop.simulator.core.policy_document import DENY_ALL, AccessRequest, Policy, parse_policy

SERVER = "arn:aws:drs:eu-west-1:222222222222:source-server/s-11111111111111111"


def policy(*statements: dict[str, Any]) -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)})


def statement(
    effect: str = "Allow", action: Any = "drs:*", resource: Any = "*", **more: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def asked(action: str = "drs:StartRecovery", resource: str = SERVER, **context: str) -> AccessRequest:
    named = {key.replace("__", ":").lower(): (value,) for key, value in context.items()}
    return AccessRequest(action=action, resource=resource, context=named)


def verdict(request: AccessRequest, *policies: Policy, **others: Any) -> Verdict:
    return PolicySet(identity=policies, **others).decide(request).verdict


@pytest.mark.parametrize(
    "action", ["drs:StartRecovery", "DRS:startrecovery", "drs:Start*", "drs:?tartRecovery", "*"]
)
def test_action_fits_with_wildcards_and_any_case(action: str) -> None:
    assert verdict(asked(), policy(statement(action=action))) is Verdict.ALLOWED


@pytest.mark.parametrize("action", ["drs:Start", "ec2:*", "drs:Describe*"])
def test_other_action_is_denied_implicitly(action: str) -> None:
    assert verdict(asked(), policy(statement(action=action))) is Verdict.IMPLICIT_DENY


def test_not_action_means_every_other_action() -> None:
    all_but_start = policy({"Effect": "Allow", "NotAction": "drs:Start*", "Resource": "*"})
    assert verdict(asked(), all_but_start) is Verdict.IMPLICIT_DENY
    assert verdict(asked("drs:DescribeJobs"), all_but_start) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("resource", "is_allowed"),
    [
        (SERVER, True),
        ("arn:aws:drs:*:222222222222:source-server/*", True),
        ("arn:aws:drs:eu-west-1:222222222222:job/*", False),
        ("arn:aws:drs:eu-west-1:222222222222:SOURCE-SERVER/*", False),
    ],
)
def test_resource_fits_with_wildcards_and_its_own_case(resource: str, is_allowed: bool) -> None:
    assert (verdict(asked(), policy(statement(resource=resource))) is Verdict.ALLOWED) == is_allowed


def test_not_resource_means_every_other_resource() -> None:
    others = policy({"Effect": "Allow", "Action": "*", "NotResource": SERVER})
    assert verdict(asked(), others) is Verdict.IMPLICIT_DENY
    assert verdict(asked(resource="*"), others) is Verdict.ALLOWED


def test_action_without_resource_is_not_allowed_by_an_arn() -> None:
    assert verdict(asked(resource="*"), policy(statement(resource=SERVER))) is Verdict.IMPLICIT_DENY


def test_explicit_deny_wins() -> None:
    decision = PolicySet(identity=(policy(statement(), statement("Deny", "drs:StartRecovery")),)).decide(
        asked()
    )
    assert decision.verdict is Verdict.EXPLICIT_DENY
    assert decision.reason("drs:StartRecovery") == "with an explicit deny in an identity-based policy"


@pytest.mark.parametrize(
    ("others", "kind"),
    [
        ({"session": (policy(statement(action="drs:Describe*")),)}, PolicyKind.SESSION),
        ({"boundary": policy(statement(action="drs:Describe*"))}, PolicyKind.BOUNDARY),
        ({"service_control": (policy(statement(action="ec2:*")),)}, PolicyKind.SERVICE_CONTROL),
    ],
)
def test_every_kind_of_policy_must_allow(others: dict[str, Any], kind: PolicyKind) -> None:
    decision = PolicySet(**others).decide(asked())
    assert (decision.verdict, decision.kind) == (Verdict.IMPLICIT_DENY, kind)
    assert decision.reason("drs:X") == f"because no {kind} allows the drs:X action"


def test_caller_without_policies_may_do_everything() -> None:
    assert PolicySet().decide(asked()).is_allowed


# --- properties ------------------------------------------------------------------------------------------

ACTIONS = st.sampled_from(["drs:StartRecovery", "drs:DescribeJobs", "ec2:CreateTags", "sts:AssumeRole"])
PATTERNS = st.sampled_from(["*", "drs:*", "drs:Start*", "*:Describe*", "ec2:Create?ags", "sts:AssumeRole"])
RESOURCES = st.sampled_from(["*", SERVER, "arn:aws:ec2:eu-west-1:222222222222:instance/i-1"])
VIA = st.sampled_from([{}, {"aws:viaawsservice": ("true",)}, {"aws:viaawsservice": ("false",)}])
CONDITIONS = st.sampled_from(
    [{}, {"Bool": {"aws:ViaAWSService": "true"}}, {"BoolIfExists": {"aws:ViaAWSService": "false"}}]
)
REQUESTS = st.builds(lambda a, r, c: AccessRequest(action=a, resource=r, context=c), ACTIONS, RESOURCES, VIA)
STATEMENTS = st.builds(
    lambda effect, names, action, resource, condition: {
        "Effect": effect,
        names[0]: action,
        names[1]: resource,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Deny"]),
    st.tuples(st.sampled_from(["Action", "NotAction"]), st.sampled_from(["Resource", "NotResource"])),
    st.lists(PATTERNS, min_size=1, max_size=3),
    RESOURCES,
    CONDITIONS,
)
DOCUMENTS = st.lists(STATEMENTS, max_size=4)


@given(request=REQUESTS, statements=DOCUMENTS)
def test_adding_a_deny_always_wins(request: AccessRequest, statements: list[dict[str, Any]]) -> None:
    assert verdict(request, policy(*statements), DENY_ALL) is Verdict.EXPLICIT_DENY


@given(request=REQUESTS, identity=DOCUMENTS, session=DOCUMENTS)
def test_session_policy_never_allows_more(
    request: AccessRequest, identity: list[dict[str, Any]], session: list[dict[str, Any]]
) -> None:
    without = verdict(request, policy(*identity))
    within = verdict(request, policy(*identity), session=(policy(*session),))
    assert within is not Verdict.ALLOWED or without is Verdict.ALLOWED


@given(request=REQUESTS, identity=DOCUMENTS, limit=DOCUMENTS)
def test_boundary_and_service_control_never_allow_more(
    request: AccessRequest, identity: list[dict[str, Any]], limit: list[dict[str, Any]]
) -> None:
    without = verdict(request, policy(*identity))
    for others in ({"boundary": policy(*limit)}, {"service_control": (policy(*limit),)}):
        assert (
            verdict(request, policy(*identity), **others) is not Verdict.ALLOWED or without is Verdict.ALLOWED
        )


@given(request=REQUESTS, statements=DOCUMENTS, data=st.data())
def test_order_means_nothing(
    request: AccessRequest, statements: list[dict[str, Any]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(statements))
    split = [policy(one) for one in shuffled]
    assert verdict(request, policy(*statements)) is verdict(request, *split)


@given(request=REQUESTS, statements=DOCUMENTS)
def test_nothing_is_allowed_without_an_allow(
    request: AccessRequest, statements: list[dict[str, Any]]
) -> None:
    denials = [one for one in statements if one["Effect"] == "Deny"]
    assert verdict(request, policy(*denials)) is not Verdict.ALLOWED
