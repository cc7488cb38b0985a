"""CloudFormation templates of the roles in a target account: role, trust, external id, nothing more."""

import json
from dataclasses import dataclass
from typing import Any

from drs_desktop.domain.aws_operations import RoleSide
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.role_policies import PolicyDocument, role_policy

_SESSION_SECONDS = 3_600


@dataclass(frozen=True, kw_only=True)
class RoleToMake:
    """A role that an account's administrator is asked to make.

    Attributes:
        hub_account_id: the account whose identities may assume the role.
        principal_pattern: which of them; an SSO role's ARN ends in a suffix that changes, so `*` is for that.
        is_alone: whether it stands for the source role too.
        instance_roles: ARNs of the roles in custom instance profiles of launch templates.
    """

    side: RoleSide
    role_arn: str
    external_id: str
    hub_account_id: AccountId
    principal_pattern: str
    is_alone: bool = False
    instance_roles: tuple[str, ...] = ()


def trust_policy(role: RoleToMake) -> PolicyDocument:
    """Return who may assume the role: the named identities of the hub, with the external id only."""
    partition = role.role_arn.split(":")[1]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{role.hub_account_id}:root"},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
                "Condition": {
                    "StringEquals": {"sts:ExternalId": role.external_id},
                    "ArnLike": {"aws:PrincipalArn": role.principal_pattern},
                },
            }
        ],
    }


def account_template(role: RoleToMake) -> str:
    """Return the template as JSON text, ready for `aws cloudformation deploy`.

    Raises:
        ValidationFailed: the account has no external id, without which anybody's console could be led in.
    """
    if not role.external_id:
        raise ValidationFailed(
            f"The template of {role.role_arn} needs an external id: give the account one and write it again."
        )
    return json.dumps(_template(role), indent=2) + "\n"


def _template(role: RoleToMake) -> dict[str, Any]:
    path, name = split_role_arn(role.role_arn)
    policy = role_policy(role.side, is_alone=role.is_alone, instance_roles=role.instance_roles)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"The {role.side} role of DRS Desktop: what its actions call, and nothing more.",
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": name,
                    "Path": path,
                    "MaxSessionDuration": _SESSION_SECONDS,
                    "AssumeRolePolicyDocument": trust_policy(role),
                },
            },
            "Permissions": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Description": "Made from the table of calls of DRS Desktop.",
                    "PolicyDocument": policy,
                    "Roles": [{"Ref": "Role"}],
                },
            },
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }


def split_role_arn(role_arn: str) -> tuple[str, str]:
    """Return path and name of a role."""
    _, _, rest = role_arn.partition(":role/")
    path, _, name = rest.rpartition("/")
    return (f"/{path}/" if path else "/"), name
