"""What policies lack, the earlier system's printed ones among them."""

import json

from drs_desktop.domain.actions import Action
from drs_desktop.domain.aws_operations import FORWARDED_BY_START, RoleSide
from drs_desktop.domain.permission_report import granted_by, missing_permissions, readiness_line
from drs_desktop.domain.role_policies import role_policy

SEED_SOURCE_ROLE = json.loads("""
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "drs:DescribeSourceServers",
        "drs:GetReplicationConfiguration"
      ],
      "Resource": "*"
    }
  ]
}
""")

SEED_TARGET_ROLE = json.loads("""
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "drs:StartRecovery",
        "drs:DescribeJobs",
        "drs:CreateRecoveryInstanceForDrs",
        "ec2:RunInstances",
        "ec2:CreateLaunchTemplate",
        "ec2:CreateLaunchTemplateVersion",
        "ec2:TerminateInstances"
      ],
      "Resource": "*"
    }
  ]
}
""")

SEED_GRANTS_OF_FORWARDED = {
    "ec2:RunInstances",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:TerminateInstances",
}


def test_seed_source_role_lacks_only_the_points_in_time() -> None:
    missing = missing_permissions(granted_by(SEED_SOURCE_ROLE), RoleSide.SOURCE)
    assert [one.permission for one in missing] == ["drs:DescribeRecoverySnapshots"]


def test_seed_target_role_lacks_exactly_these() -> None:
    missing = missing_permissions(granted_by(SEED_TARGET_ROLE), RoleSide.TARGET)
    assert [one.permission for one in missing if not one.is_forwarded] == [
        "drs:DescribeJobLogItems",
        "drs:DescribeRecoveryInstances",
        "drs:DescribeSourceServers",
        "drs:GetLaunchConfiguration",
        "drs:ListTagsForResource",
        "drs:TagResource",
        "drs:TerminateRecoveryInstances",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "iam:ListInstanceProfiles",
        "iam:SimulatePrincipalPolicy",
        "servicequotas:ListServiceQuotas",
    ]
    forwarded = {one.permission for one in missing if one.is_forwarded}
    assert forwarded == set(FORWARDED_BY_START) - SEED_GRANTS_OF_FORWARDED


def test_report_says_that_a_forwarded_right_fails_servers() -> None:
    missing = missing_permissions(
        granted_by(role_policy(RoleSide.TARGET, is_alone=True), _denying("ec2:CreateVolume")),
        RoleSide.TARGET,
        is_alone=True,
    )
    assert [one.sentence for one in missing] == [
        "ec2:CreateVolume is missing: DRS needs it in your name to start a drill or a recovery;"
        " servers would fail."
    ]
    assert readiness_line(missing) == "The role lacks ec2:CreateVolume. DRS needs 1 of them in your name."


def test_our_own_policy_lacks_nothing() -> None:
    policy = role_policy(RoleSide.TARGET, is_alone=True)
    assert (
        missing_permissions(granted_by(policy), RoleSide.TARGET, is_alone=True, actions=tuple(Action)) == ()
    )
    assert readiness_line(()) == "The role may do everything that a drill and its clean-up need."


def test_wildcards_grant_and_denials_win() -> None:
    is_granted = granted_by(
        {"Statement": {"Effect": "Allow", "Action": "drs:Describe*"}}, _denying("drs:DescribeJobs")
    )
    assert is_granted("drs:describesourceservers")
    assert not is_granted("drs:DescribeJobs")
    assert not is_granted("drs:StartRecovery")


def _denying(action: str) -> dict[str, object]:
    return {"Statement": [{"Effect": "Deny", "Action": [action], "Resource": "*"}]}
