"""Policy documents are read strictly, and every problem names its place."""

import datetime
from typing import Any

import pytest

from drs_desktop.simulator.core.policy_document import parse_policy, parse_trust_policy
from drs_desktop.simulator.core.policy_errors import PolicyError

ALLOW = {"Effect": "Allow", "Action": "drs:*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111111111111"}}


def test_single_statement_needs_no_list() -> None:
    assert len(parse_policy({"Version": "2012-10-17", "Statement": ALLOW}).statements) == 1


def test_version_that_yaml_read_as_a_date_is_understood() -> None:
    assert parse_policy({"Version": datetime.date(2012, 10, 17), "Statement": [ALLOW]}).statements


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("text", "must be an object"),
        ({"Statement": [ALLOW], "Colour": 1}, "no element 'Colour'"),
        ({"Version": "2020-01-01", "Statement": [ALLOW]}, "Version: must be"),
        ({"Version": "2012-10-17"}, r"Statement\[0\]: must be an object"),
        ({"Statement": [{**ALLOW, "Effect": "Perhaps"}]}, r"Statement\[0\].Effect"),
        ({"Statement": [{**ALLOW, "Action": "StartRecovery"}]}, "is not an action"),
        ({"Statement": [{**ALLOW, "Action": []}]}, "must not be empty"),
        ({"Statement": [{**ALLOW, "NotAction": "ec2:*"}]}, "either Action or NotAction"),
        ({"Statement": [{"Effect": "Allow", "Action": "drs:*"}]}, "either Resource or NotResource"),
        ({"Statement": [{**ALLOW, "Resource": "arn:${aws:username}"}]}, "policy variables"),
        ({"Statement": [{**ALLOW, "Principal": "*"}]}, "does not evaluate the element 'Principal'"),
        ({"Statement": [ALLOW, {**ALLOW, "Condition": {"Foo": {}}}]}, r"Statement\[1\].Condition"),
    ],
)
def test_problem_names_its_place(document: Any, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        parse_policy(document)


def test_trust_policy_names_principals() -> None:
    trust = parse_trust_policy({"Statement": [TRUST, {**TRUST, "Principal": "*"}]})
    assert [one.principals for one in trust.statements] == [("111111111111",), ("*",)]


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ({"AWS": "arn:aws:iam::111111111111:role/*"}, "no wildcards"),
        ({"Canonical": "x"}, "must be"),
        (None, "must be"),
    ],
)
def test_principal_that_aws_would_not_take_is_refused(principal: Any, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        parse_trust_policy({"Statement": [{**TRUST, "Principal": principal}]})
