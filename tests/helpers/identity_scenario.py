"""Scenarios about who may do what: roles with policies in the target account."""

from typing import Any

from tests.helpers.simulator_process import EXTERNAL_ID, HUB, TARGET, small_scenario

FORWARDED_VIA_DRS = {"Bool": {"aws:ViaAWSService": "true"}}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


READ_ONLY = policy(allow("drs:Describe*", "drs:List*", "drs:Get*"))
OPERATOR = policy(
    allow("drs:*"),
    allow("ec2:*", "iam:PassRole", Condition=FORWARDED_VIA_DRS),
)
"""May do everything in DRS, and in EC2 only through DRS."""


def operator_without(*actions: str) -> list[dict[str, Any]]:
    return [OPERATOR, policy(deny(*actions))]


def role(name: str = "Target", **settings: Any) -> dict[str, Any]:
    if "trust" not in settings:
        settings.setdefault("external_id", EXTERNAL_ID)
    return {"name": name, **settings}


def scenario_with(
    *roles: dict[str, Any], account: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """Return the small scenario with these roles (and account settings) in the target account."""
    data = small_scenario(**changes)
    data["accounts"][1] = {**data["accounts"][1], "roles": list(roles), **(account or {})}
    return data


def role_arn(name: str = "Target", account_id: str = TARGET) -> str:
    return f"arn:aws:iam::{account_id}:role/{name}"


TRUSTS_HUB = policy(
    {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Principal": {"AWS": HUB},
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
    }
)
