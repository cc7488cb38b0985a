"""The one table of what each action of ours calls in AWS; policies, templates and checks come from it."""

from collections.abc import Iterable

from drs_desktop.domain.actions import Action
from drs_desktop.domain.aws_operations import (
    FORWARDED_BY_START,
    FORWARDED_BY_TERMINATE,
    AwsCall,
    RoleSide,
    hub_calls,
    source_reads,
    target_reads,
)

_SERVERS = source_reads("DescribeSourceServers")
_INVENTORY = (*_SERVERS, *source_reads("DescribeRecoverySnapshots", "GetReplicationConfiguration"))
_JOBS = target_reads("drs:DescribeJobs", "drs:DescribeJobLogItems")
_INSTANCES = target_reads("drs:DescribeRecoveryInstances", "ec2:DescribeInstanceStatus")
_WATCHING = (*_SERVERS, *_JOBS, *_INSTANCES)
_QUOTAS = target_reads("service-quotas:ListServiceQuotas")
_LAUNCH_SETTINGS = target_reads("drs:GetLaunchConfiguration", "ec2:DescribeLaunchTemplateVersions")
_NETWORK = target_reads(
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "iam:ListInstanceProfiles",
)
_READINESS = (
    *_QUOTAS,
    *_LAUNCH_SETTINGS,
    *target_reads(
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "iam:ListInstanceProfiles",
        "iam:SimulatePrincipalPolicy",
    ),
)
"""What tells whether a launch would succeed; a start needs none of it, and says what it could not check."""
_ASSUME = hub_calls("sts:AssumeRole")
_START = AwsCall(
    call="drs:StartRecovery",
    side=RoleSide.TARGET,
    also=("drs:CreateRecoveryInstanceForDrs", "drs:ListTagsForResource", "drs:TagResource"),
    forwarded=FORWARDED_BY_START,
)
_TERMINATE = AwsCall(
    call="drs:TerminateRecoveryInstances",
    side=RoleSide.TARGET,
    also=("drs:DescribeSourceServers",),
    forwarded=FORWARDED_BY_TERMINATE,
)
_WRITE_LAUNCH_SETTINGS = (
    AwsCall(
        call="drs:UpdateLaunchConfiguration",
        side=RoleSide.TARGET,
        forwarded=("ec2:DescribeInstances", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),
    ),
    AwsCall(call="ec2:CreateLaunchTemplateVersion", side=RoleSide.TARGET),
    AwsCall(call="ec2:ModifyLaunchTemplate", side=RoleSide.TARGET),
)
_STARTING = (*_ASSUME, *_INVENTORY, *_WATCHING, *_READINESS, _START)
_REMOVING = (*_ASSUME, *_WATCHING, _TERMINATE)
_GOING_ON = (*_ASSUME, *_WATCHING, _START)
"""Whatever lets an execution go on may be what makes its next start due."""

CALLS: dict[Action, tuple[AwsCall, ...]] = {
    Action.LIST_GROUPS: _SERVERS,
    Action.CREATE_GROUP: _SERVERS,
    Action.SHOW_GROUP: _SERVERS,
    Action.UPDATE_GROUP: _SERVERS,
    Action.DELETE_GROUP: (),
    Action.RESOLVE_GROUP: _SERVERS,
    Action.LIST_PLANS: _SERVERS,
    Action.CREATE_PLAN: _SERVERS,
    Action.SHOW_PLAN: _SERVERS,
    Action.UPDATE_PLAN: _SERVERS,
    Action.DELETE_PLAN: (),
    Action.START_EXECUTION: _STARTING,
    Action.CHECK_START: (*_INVENTORY, *_WATCHING, *_READINESS),
    Action.LIST_EXECUTIONS: (),
    Action.START_AGAIN: _STARTING,
    Action.SHOW_EXECUTION: _WATCHING,
    Action.PAUSE: (),
    Action.RESUME: _GOING_ON,
    Action.CANCEL: _WATCHING,
    Action.TERMINATE: _REMOVING,
    Action.SHOW_JOB_LOG: _JOBS,
    Action.SHOW_TERMINATION: _WATCHING,
    Action.CLEAR_FINISHED: (),
    Action.DELETE_EXECUTIONS: (),
    Action.LIST_SOURCE_SERVERS: _INVENTORY,
    Action.SHOW_QUOTAS: (*_QUOTAS, *_JOBS),
    Action.CHECK_DRS: _SERVERS,
    Action.SHOW_ONE_JOB: _JOBS,
    Action.LIST_ACCOUNTS: (),
    Action.ADD_ACCOUNT: (),
    Action.SHOW_ACCOUNT: (),
    Action.EDIT_ACCOUNT: (),
    Action.REMOVE_ACCOUNT: (),
    Action.VALIDATE_ACCOUNT: (
        *_ASSUME,
        *hub_calls("sts:GetCallerIdentity"),
        *_SERVERS,
        *target_reads("iam:SimulatePrincipalPolicy"),
    ),
    Action.LIST_INSTANCES: _INSTANCES,
    Action.SHOW_INSTANCE: (*_INSTANCES, *target_reads("ec2:DescribeInstances", "ec2:DescribeVolumes")),
    Action.TERMINATE_CHOSEN: _REMOVING,
    Action.SHOW_LAUNCH_TEMPLATE: (*_SERVERS, *_LAUNCH_SETTINGS, *_NETWORK),
    Action.SHOW_SETTINGS: (),
    Action.CHANGE_SETTINGS: (),
    Action.LIST_REGIONS: (),
    Action.SHOW_HEALTH: hub_calls("sts:GetCallerIdentity"),
    Action.SHOW_ACCESS: hub_calls("sts:GetCallerIdentity"),
    Action.PING: (),
    Action.DRIVE: _GOING_ON,
    Action.NOTE: (),
    Action.RETRY: _GOING_ON,
    Action.SKIP: _GOING_ON,
    Action.ANSWER_START: _GOING_ON,
    Action.ANSWER_TASK: _GOING_ON,
    Action.CHANGE_WAIT: _GOING_ON,
    Action.STOP_WATCHING: (),
    Action.CLEAN_UP: _REMOVING,
    Action.CHANGE_LAUNCH_SETTINGS: (*_SERVERS, *_LAUNCH_SETTINGS, *_NETWORK),
    Action.APPLY_LAUNCH_SETTINGS: (
        *_ASSUME,
        *_SERVERS,
        *_LAUNCH_SETTINGS,
        *_NETWORK,
        *_WRITE_LAUNCH_SETTINGS,
    ),
    Action.RESTORE_LAUNCH_SETTINGS: (*_ASSUME, *_SERVERS, *_LAUNCH_SETTINGS, *_WRITE_LAUNCH_SETTINGS),
    Action.EXPORT_FILES: (),
    Action.IMPORT_FILES: _SERVERS,
    Action.WRITE_TEMPLATE: (),
    Action.CHANGE_ROLES: (),
    Action.ELEVATE: (),
    Action.GIVE_UP_ELEVATION: (),
    Action.READ_AUDIT: target_reads("cloudtrail:LookupEvents"),
    Action.VERIFY_AUDIT: (),
    Action.EXPORT_AUDIT: (),
}
"""What each action calls, and through which role."""


def calls_of(actions: Iterable[Action], *sides: RoleSide) -> tuple[AwsCall, ...]:
    """Return every call of these actions through the given roles (through any, if none is given), once."""
    wanted = sides or tuple(RoleSide)
    found = (call for action in actions for call in CALLS[action] if call.side in wanted)
    return tuple(dict.fromkeys(found))
