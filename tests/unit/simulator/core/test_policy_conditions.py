"""Conditions: each operator, absent keys, many values, and what is refused at load time."""

from typing import Any

import pytest

from drs_desktop.simulator.core.policy_conditions import parse_conditions
from drs_desktop.simulator.core.policy_errors import PolicyError

ROLE = (
    "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operator_0123456789abcdef"
)


def holds(operator: str, key: str, wanted: Any, *given: str) -> bool:
    (condition,) = parse_conditions({operator: {key: wanted}}, "Condition")
    return condition.holds({key.lower(): given} if given else {})


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "abc", "abc", True),
        ("StringEquals", ["x", "abc"], "abc", True),
        ("StringEquals", "abc", "ABC", False),
        ("StringNotEquals", "abc", "abd", True),
        ("StringNotEquals", ["abc", "abd"], "abd", False),
        ("StringEqualsIgnoreCase", "abc", "ABC", True),
        ("StringLike", "a*c", "abbc", True),
        ("StringLike", "a?c", "abbc", False),
        ("StringNotLike", "a*", "b", True),
    ],
)
def test_strings(operator: str, wanted: Any, given: str, expected: bool) -> None:
    assert holds(operator, "sts:ExternalId", wanted, given) is expected


@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals"])
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_*", False),
        ("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*", True),
        ("arn:aws:iam::*:role/*AWSReservedSSO_Operator_*", True),
        ("arn:aws:iam:*:role/*", False),
        ("arn:aws:iam::222222222222:role/*", False),
    ],
)
def test_arns_are_compared_part_by_part(operator: str, wanted: str, expected: bool) -> None:
    assert holds(operator, "aws:PrincipalArn", wanted, ROLE) is expected


def test_bool_takes_booleans_and_words() -> None:
    assert holds("Bool", "aws:ViaAWSService", True, "true")
    assert holds("Bool", "aws:ViaAWSService", "false", "false")
    assert not holds("Bool", "aws:ViaAWSService", "true", "false")


def test_addresses() -> None:
    assert holds("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "127.0.0.0/8"], "127.0.0.1")
    assert not holds("NotIpAddress", "aws:SourceIp", "127.0.0.0/8", "127.0.0.1")
    assert holds("NotIpAddress", "aws:SourceIp", "127.0.0.0/8")


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringEqualsIfExists", True),
        ("StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAllValues:StringEquals", True),
    ],
)
def test_absent_key(operator: str, expected: bool) -> None:
    assert holds(operator, "aws:CalledVia", "drs.amazonaws.com") is expected


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("ForAnyValue:StringEquals", ("a", "z"), True),
        ("ForAnyValue:StringEquals", ("y", "z"), False),
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "z"), False),
        ("ForAnyValue:StringNotEquals", ("a", "z"), True),
        ("ForAllValues:StringNotEquals", ("a", "z"), False),
        ("ForAllValues:StringNotEquals", ("y", "z"), True),
    ],
)
def test_keys_of_many_values(operator: str, given: tuple[str, ...], expected: bool) -> None:
    assert holds(operator, "aws:TagKeys", ["a", "b"], *given) is expected


def test_null_asks_whether_the_key_is_absent() -> None:
    assert holds("Null", "aws:RequestTag/wave", "true")
    assert holds("Null", "aws:RequestTag/wave", "false", "1")
    assert not holds("Null", "aws:RequestTag/wave", False)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"NumericLessThan": {"aws:SourceIp": "1"}}, "does not evaluate the operator 'NumericLessThan'"),
        ({"StringEquals": {"aws:Unheard": "1"}}, "does not supply the condition key 'aws:Unheard'"),
        ({"StringEquals": {"aws:RequestTag/": "1"}}, "condition key"),
        ({"StringEquals": {"sts:ExternalId": "${aws:username}"}}, "policy variables"),
        ({"StringEquals": {"sts:ExternalId": []}}, "needs a value"),
        ({"StringEquals": {"sts:ExternalId": {}}}, "must be a string"),
        ({"StringEquals": "x"}, "must be an object"),
        (["x"], "must be an object"),
    ],
)
def test_what_is_not_evaluated_is_refused(block: Any, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        parse_conditions(block, "Statement[0].Condition")
