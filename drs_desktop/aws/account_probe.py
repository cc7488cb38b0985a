"""Tries the role of a target account: is the external id asked for, and what is it permitted?"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.drs_gateway import on_pool
from drs_desktop.aws.errors import CallPlace, read_error
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.actions import Action
from drs_desktop.domain.aws_calls import calls_of
from drs_desktop.domain.aws_operations import PASS_ROLE, RoleSide
from drs_desktop.domain.errors import AccessDenied, AwsError
from drs_desktop.domain.ids import Region, Scope
from drs_desktop.domain.permission_report import DRILL, missing_permissions
from drs_desktop.domain.role_policies import compact, service_roles, sides_of
from drs_desktop.domain.session_policy import read_only_policy
from drs_desktop.domain.target_accounts import RolePermissions

_SESSION_NAME = "drs-desktop-validation"
_SHORTEST_SESSION = 900
_THROUGH_DRS = (
    {
        "ContextKeyName": "aws:CalledVia",
        "ContextKeyValues": ["drs.amazonaws.com"],
        "ContextKeyType": "stringList",
    },
    {"ContextKeyName": "aws:ViaAWSService", "ContextKeyValues": ["true"], "ContextKeyType": "boolean"},
)
_TO_EC2 = (
    {
        "ContextKeyName": "iam:PassedToService",
        "ContextKeyValues": ["ec2.amazonaws.com"],
        "ContextKeyType": "string",
    },
)


class BotoAccountProber:
    """The AccountProber port over boto3."""

    def __init__(self, clients: AwsClients, pool: Executor) -> None:
        """Take the clients of a workspace and the pool of its reads."""
        self._clients = clients
        self._pool = pool

    async def opens_without_external_id(self, account: TargetAccount, region: Region) -> bool:
        """Return whether the role opens to who does not know the external id; see the port."""
        return await on_pool(self._pool, lambda: self._opens(account, region))

    def _opens(self, account: TargetAccount, region: Region) -> bool:
        try:
            self._clients.hub(region).assume_role(
                RoleArn=account.role_arn,
                RoleSessionName=_SESSION_NAME,
                DurationSeconds=_SHORTEST_SESSION,
                Policy=compact(read_only_policy()),
            )
        except Exception as error:  # noqa: BLE001  # whatever it was, a sentence must come of it
            known = read_error(error, _place("AssumeRole", account, region))
            if isinstance(known, AccessDenied):
                return False
            raise known from None
        return True

    async def permissions(
        self, account: TargetAccount, region: Region, actions: Sequence[Action] = DRILL
    ) -> RolePermissions:
        """Return what the role lacks; see the port."""
        try:
            granted = await on_pool(self._pool, lambda: self._granted(account, region, actions))
        except AwsError as error:
            return RolePermissions(problem=str(error))
        return RolePermissions(
            missing=missing_permissions(
                granted.__contains__,
                RoleSide.TARGET,
                is_alone=account.source_role_arn is None,
                actions=actions,
            )
        )

    def _granted(self, account: TargetAccount, region: Region, actions: Sequence[Action]) -> frozenset[str]:
        place = _place("SimulatePrincipalPolicy", account, region)
        try:
            client = self._clients.reader(account, region, "iam")
            sides = sides_of(RoleSide.TARGET, is_alone=account.source_role_arn is None)
            calls = calls_of(actions, *sides)
            direct = {name for call in calls for name in call.direct}
            forwarded = {name for call in calls for name in call.forwarded} - direct - {PASS_ROLE}
            ask = _asking(client, account.role_arn)
            granted = ask(direct, ()) | ask(forwarded, _THROUGH_DRS)
            return frozenset(granted | ask({PASS_ROLE}, _TO_EC2, service_roles(account.role_arn)))
        except Exception as error:  # noqa: BLE001  # every failure of a read has a sentence
            raise read_error(error, place) from None


def _asking(client: Any, role_arn: str) -> Callable[..., set[str]]:
    def ask(names: set[str], context: tuple[Any, ...], resources: tuple[str, ...] = ()) -> set[str]:
        """Return which of the permissions the policies grant, on every one of the resources."""
        if not names:
            return set()
        request: dict[str, Any] = {"PolicySourceArn": role_arn, "ActionNames": sorted(names)}
        if context:
            request["ContextEntries"] = list(context)
        if resources:
            request["ResourceArns"] = list(resources)
        pages = client.get_paginator("simulate_principal_policy").paginate(**request)
        results = [one for page in pages for one in page["EvaluationResults"]]
        refused = {one["EvalActionName"] for one in results if one["EvalDecision"] != "allowed"}
        return {one["EvalActionName"] for one in results} - refused

    return ask


def _place(operation: str, account: TargetAccount, region: Region) -> CallPlace:
    return CallPlace(
        operation=operation,
        scope=Scope(account_id=account.account_id, region=region),
        account_name=account.name,
        role_arn=account.role_arn,
    )
