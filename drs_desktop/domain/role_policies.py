"""The least-privilege policies of the roles in target accounts, made from the table of calls."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from drs_desktop.domain.actions import Action
from drs_desktop.domain.aws_calls import CALLS, calls_of
from drs_desktop.domain.aws_operations import PASS_ROLE, AwsCall, RoleSide

MOST_CHARACTERS_OF_A_MANAGED_POLICY = 6_144
MOST_CHARACTERS_OF_A_SESSION_POLICY = 2_048
_TAG_RESOURCE = "drs:TagResource"
_TAG_PREFIX = "drs-desktop:*"
_SERVICE_ROLES = (
    "AWSElasticDisasterRecoveryConversionServerRole",
    "AWSElasticDisasterRecoveryRecoveryInstanceRole",
    "AWSElasticDisasterRecoveryRecoveryInstanceWithLaunchActionsRole",
)
_THROUGH_DRS = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["drs.amazonaws.com"]}}

PolicyDocument = dict[str, Any]
"""A policy as AWS takes it: the keys are AWS's own."""


def document(*statements: dict[str, Any] | None) -> PolicyDocument:
    """Return a policy of those statements that there are."""
    return {"Version": "2012-10-17", "Statement": [one for one in statements if one is not None]}


def compact(policy: PolicyDocument) -> str:
    """Return a policy as AWS counts its characters, and as AssumeRole takes it."""
    return json.dumps(policy, separators=(",", ":"))


def sides_of(side: RoleSide, *, is_alone: bool) -> tuple[RoleSide, ...]:
    """Return whose calls go through a role: a target role without a source role beside it makes both."""
    return (RoleSide.SOURCE, RoleSide.TARGET) if is_alone else (side,)


def role_policy(
    side: RoleSide,
    *,
    is_alone: bool = False,
    actions: Collection[Action] = tuple(CALLS),
    instance_roles: Iterable[Any] = (),
) -> PolicyDocument:
    """Return the policy with which a role can do these actions and nothing more.

    Args:
        is_alone: whether the target account has no source role beside the target role.
        instance_roles: ARNs of the roles in custom instance profiles, which DRS hands on as well.
    """
    calls = calls_of(actions, *sides_of(side, is_alone=is_alone))
    direct = _sorted(name for call in calls for name in call.direct)
    forwarded = _sorted(name for call in calls for name in call.forwarded)
    reads = _sorted(name for call in calls if not call.is_write for name in call.direct)
    writes = [name for name in direct if name not in reads and name != _TAG_RESOURCE]
    return document(
        _allow("Look", reads),
        _allow("Act", writes),
        _allow("TagOurJobs", [name for name in direct if name == _TAG_RESOURCE], Condition=_our_tags()),
        _allow("WhatDrsForwards", [name for name in forwarded if name != PASS_ROLE], Condition=_THROUGH_DRS),
        _pass_role(list(instance_roles)) if PASS_ROLE in forwarded else None,
    )


def needs_of(calls: Iterable[AwsCall]) -> tuple[str, ...]:
    """Return every permission that calls need, those that DRS forwards included."""
    return tuple(_sorted(name for call in calls for name in (*call.direct, *call.forwarded)))


def service_roles(role_arn: str) -> tuple[str, ...]:
    """Return the ARNs of the roles that DRS hands on, in the account of a role; AWS made them there."""
    account = ":".join(role_arn.split(":")[:5])
    return tuple(f"{account}:role/service-role/{name}" for name in _SERVICE_ROLES)


def _our_tags() -> dict[str, Any]:
    return {"ForAllValues:StringLike": {"aws:TagKeys": [_TAG_PREFIX]}}


def _pass_role(instance_roles: list[Any]) -> dict[str, Any]:
    own = [f"arn:*:iam::*:role/service-role/{name}" for name in _SERVICE_ROLES]
    return {
        "Sid": "HandOnRoles",
        "Effect": "Allow",
        "Action": [PASS_ROLE],
        "Resource": [*own, *instance_roles],
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    }


def _allow(sid: str, actions: list[str], **more: Any) -> dict[str, Any] | None:
    if not actions:
        return None
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*", **more}


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(set(names))
