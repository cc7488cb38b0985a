"""What a session may do at most, whatever its role may: so that AWS itself refuses what a person may not do.

A session policy can only take away. Credentials that did not come from AssumeRole carry none.
"""

from drs_desktop.domain.aws_operations import READS, policy_name
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.permissions import READ_ONLY_ROLES
from drs_desktop.domain.role_policies import PolicyDocument, compact, document
from drs_desktop.domain.roles import Access

_READ_PATTERNS = ("drs:Describe*", "drs:Get*", "drs:List*", "ec2:Describe*")
_NEVER = (
    "account:*",
    "cloudtrail:Delete*",
    "cloudtrail:Put*",
    "cloudtrail:Stop*",
    "cloudtrail:Update*",
    "drs:DeleteJob",
    "drs:DeleteRecoveryInstance",
    "drs:DeleteReplicationConfigurationTemplate",
    "drs:DeleteSourceServer",
    "drs:DisconnectRecoveryInstance",
    "drs:DisconnectSourceServer",
    "drs:InitializeService",
    "drs:ReverseReplication",
    "drs:StopReplication",
    "drs:UpdateReplicationConfiguration",
    "iam:Add*",
    "iam:Attach*",
    "iam:Create*",
    "iam:Delete*",
    "iam:Put*",
    "iam:Update*",
    "organizations:*",
)
"""What no action of this console calls and DRS never forwards: what hides traces, or ends replication."""


def read_only_policy() -> PolicyDocument:
    """Return the policy of a session that cannot change anything."""
    exact = sorted(policy_name(call) for call in READS if not _is_covered(policy_name(call)))
    return document(
        {"Sid": "LookOnly", "Effect": "Allow", "Action": [*_READ_PATTERNS, *exact], "Resource": "*"}
    )


def operator_policy() -> PolicyDocument:
    """Return the policy of a session that acts: whatever its role may, but for a short list.

    No list of what is allowed, because DRS acts with this session: one forgotten EC2 action would fail every
    server within a second.
    """
    return document(
        {"Sid": "WhatTheRoleMay", "Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "ButNever", "Effect": "Deny", "Action": list(_NEVER), "Resource": "*"},
    )


def session_policy(access: Access, account_id: AccountId, *, is_acting: bool) -> str:
    """Return the policy to assume a role with, as text.

    Only a session made to act, for somebody who may act in that account, may change anything.
    """
    may_act = access.role not in READ_ONLY_ROLES and access.reaches(account_id)
    return compact(operator_policy() if is_acting and may_act else read_only_policy())


def _is_covered(name: str) -> bool:
    return any(name.startswith(pattern.removesuffix("*")) for pattern in _READ_PATTERNS)
