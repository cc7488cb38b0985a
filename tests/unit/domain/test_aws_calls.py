"""The table of calls, the class of every operation, and the policies that are made of them."""

import ast
import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore.session
import pytest

import drs_desktop.aws
from drs_desktop.domain.account_template import RoleToMake, account_template, trust_policy
from drs_desktop.domain.actions import ACTIONS, Action
from drs_desktop.domain.aws_calls import CALLS, calls_of
from drs_desktop.domain.aws_operations import (
    FORWARDED_BY_START,
    FORWARDED_BY_TERMINATE,
    READS,
    CallClass,
    RoleSide,
    call_class,
    policy_name,
    writes_among,
)
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.role_policies import (
    MOST_CHARACTERS_OF_A_MANAGED_POLICY,
    MOST_CHARACTERS_OF_A_SESSION_POLICY,
    compact,
    needs_of,
    role_policy,
)
from drs_desktop.domain.roles import Access, Role
from drs_desktop.domain.session_policy import operator_policy, read_only_policy, session_policy
from drs_desktop.simulator.core.forwarded import FORWARDED, Phase
from drs_desktop.simulator.core.policy_document import parse_policy, parse_trust_policy

SERVICES = ("drs", "ec2", "iam", "service-quotas", "cloudtrail", "sts")
HERE, ELSEWHERE = AccountId("111111111111"), AccountId("222222222222")


def operations(service: str) -> list[str]:
    return list(botocore.session.get_session().get_service_model(service).operation_names)


def all_operations() -> set[str]:
    return {f"{service}:{operation}" for service in SERVICES for operation in operations(service)}


def allowed(policy: dict[str, Any]) -> list[str]:
    listed = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    return [name for one in listed for name in one["Action"]]


def matches(patterns: list[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def a_role(**changes: Any) -> RoleToMake:
    settings: dict[str, Any] = {
        "side": RoleSide.TARGET,
        "role_arn": "arn:aws:iam::222222222222:role/dr/DrsDesktop",
        "external_id": "between-us-two",
        "hub_account_id": HERE,
        "principal_pattern": "arn:aws:iam::111111111111:role/aws-reserved/*/AWSReservedSSO_Operators_*",
    }
    return RoleToMake(**{**settings, **changes})


# ---- the table


def test_every_action_says_what_it_calls() -> None:
    assert set(CALLS) == set(Action)


@pytest.mark.parametrize("action", [one for one in Action if not ACTIONS[one].is_change])
def test_action_that_only_looks_calls_nothing_that_writes(action: Action) -> None:
    assert writes_among(CALLS[action]) == ()


def test_every_call_of_the_table_exists_in_the_service_model() -> None:
    assert {call.call for calls in CALLS.values() for call in calls} <= all_operations()


def test_every_operation_that_the_gateways_name_is_in_the_table() -> None:
    known = {name for service in ("drs", "ec2", "sts") for name in operations(service)}
    texts = {
        node.value
        for path in Path(drs_desktop.aws.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    in_table = {call.call.partition(":")[2] for calls in CALLS.values() for call in calls}
    assert {"DescribeJobs", "StartRecovery", "TerminateRecoveryInstances"} <= texts & known
    assert texts & known <= in_table


def test_start_forwards_what_the_service_forwards() -> None:
    launching = {
        one.action for phase in (Phase.SNAPSHOT, Phase.CONVERSION, Phase.LAUNCH) for one in FORWARDED[phase]
    }
    assert launching == set(FORWARDED_BY_START)
    assert {one.action for one in FORWARDED[Phase.CLEANUP]} == set(FORWARDED_BY_TERMINATE)


# ---- read or write


def test_every_operation_of_drs_is_a_read_exactly_if_its_verb_says_so() -> None:
    for operation in operations("drs"):
        is_read = operation.startswith(("Describe", "Get", "List"))
        assert (call_class("drs", operation) is CallClass.READ) is is_read, operation


def test_no_operation_with_a_writing_verb_is_classed_as_a_read() -> None:
    verbs = ("Describe", "Get", "List", "Lookup", "Simulate")
    assert {name for name in READS if not name.partition(":")[2].startswith(verbs)} == {"sts:AssumeRole"}


def test_every_read_exists_in_the_service_model() -> None:
    assert all_operations() >= READS


@pytest.mark.parametrize("operation", ["", "describeJobs", "DescribeJobsAndDeleteThem", "EraseEverything"])
def test_unknown_operation_is_a_write(operation: str) -> None:
    assert call_class("drs", operation) is CallClass.WRITE


# ---- session policies


def test_read_only_session_may_every_read_and_no_write() -> None:
    patterns = allowed(read_only_policy())
    for name in all_operations():
        service, _, operation = name.partition(":")
        if call_class(service, operation) is CallClass.READ:
            assert matches(patterns, policy_name(name)), name
        elif not operation.startswith("Describe"):
            assert not matches(patterns, policy_name(name)), name


def test_operator_session_is_denied_nothing_that_an_action_needs() -> None:
    (_, never) = operator_policy()["Statement"]
    needed = needs_of(calls_of(Action))
    assert never["Effect"] == "Deny"
    assert [name for name in needed if matches(never["Action"], name)] == []


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("is_acting", [True, False])
@pytest.mark.parametrize("account_id", [HERE, ELSEWHERE])
def test_only_an_acting_session_of_who_may_act_there_can_write(
    role: Role, is_acting: bool, account_id: AccountId
) -> None:
    access = Access(role=role, accounts=frozenset({HERE}))
    text = session_policy(access, account_id, is_acting=is_acting)
    acts = {Role.ADMIN: True, Role.OPERATOR: True, Role.CROSS_ACCOUNT: account_id == HERE}
    assert ("Deny" in text) is (is_acting and acts.get(role, False))
    assert len(text) <= MOST_CHARACTERS_OF_A_SESSION_POLICY
    parse_policy(json.loads(text))


# ---- role policies and templates


@pytest.mark.parametrize(
    ("side", "is_alone"), [(RoleSide.SOURCE, False), (RoleSide.TARGET, False), (RoleSide.TARGET, True)]
)
def test_role_policy_grants_what_its_calls_need_and_nothing_more(side: RoleSide, is_alone: bool) -> None:
    policy = role_policy(side, is_alone=is_alone)
    sides = [RoleSide.SOURCE, RoleSide.TARGET] if is_alone else [side]
    needed = needs_of(calls_of(Action, *sides))
    assert sorted(set(allowed(policy))) == sorted(needed)
    assert not any("*" in name for name in allowed(policy))
    assert len(compact(policy)) <= MOST_CHARACTERS_OF_A_MANAGED_POLICY
    parse_policy(policy)


def test_source_role_changes_nothing() -> None:
    assert all(matches(["drs:Describe*", "drs:Get*"], one) for one in allowed(role_policy(RoleSide.SOURCE)))


def test_rights_that_only_drs_uses_are_bound_to_drs() -> None:
    statements = role_policy(RoleSide.TARGET, is_alone=True)["Statement"]
    free = {name for one in statements if "Condition" not in one for name in one["Action"]}
    assert {"ec2:RunInstances", "ec2:TerminateInstances", "ec2:DeleteVolume", "iam:PassRole"}.isdisjoint(free)


def test_custom_instance_role_can_be_handed_on() -> None:
    arn = "arn:aws:iam::222222222222:role/WebServer"
    (statement,) = [
        one
        for one in role_policy(RoleSide.TARGET, instance_roles=[arn])["Statement"]
        if "Resource" in one and arn in one["Resource"]
    ]
    assert statement["Action"] == ["iam:PassRole"]


def test_template_names_role_trust_external_id_and_policy() -> None:
    template = json.loads(account_template(a_role()))
    role = template["Resources"]["Role"]["Properties"]
    assert (role["Path"], role["RoleName"]) == ("/dr/", "DrsDesktop")
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    assert trusted["Condition"]["StringEquals"] == {"sts:ExternalId": "between-us-two"}
    assert template["Resources"]["Permissions"]["Properties"]["PolicyDocument"] == role_policy(
        RoleSide.TARGET
    )


def test_trust_is_one_that_sts_evaluates() -> None:
    parse_trust_policy(trust_policy(a_role()))


def test_template_without_external_id_is_refused() -> None:
    with pytest.raises(ValidationFailed, match="needs an external id"):
        account_template(a_role(external_id=""))
