"""iam SimulatePrincipalPolicy, over the same evaluator that decides about real calls."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.accounts import Role
from drs_desktop.simulator.core.policy import NO_IDENTITY_POLICY, Decision, PolicyKind, PolicySet
from drs_desktop.simulator.core.policy_document import AccessRequest
from drs_desktop.simulator.core.policy_errors import PolicyError
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.wire.answers import Answer, refusal
from drs_desktop.simulator.wire.policy_text import read_policy_text
from drs_desktop.simulator.wire.query_lists import listed, listed_structures
from drs_desktop.simulator.wire.requests import WireCall
from drs_desktop.simulator.wire.xml_answers import query_answer

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_MOST = 1_000
_DEFAULT = 100


class IamSimulation:
    """The policy simulator of iam."""

    def __init__(self, simulation: Simulation) -> None:
        """Simulate with the roles of this simulation."""
        self._simulation = simulation
        self._roles = {role.arn: role for account in simulation.accounts for role in account.roles}

    def simulate_principal_policy(self, call: WireCall, principal: Principal) -> Answer:
        """Tell what each action on each resource would come to.

        Like AWS's, it looks at identity policies, boundary and service control policies, and at no condition
        key that the request does not bring. A fault that denies a permission shows here too.
        """
        role = self._roles.get(str(call.members.get("PolicySourceArn", "")))
        if role is None or role.account_id != principal.account_id:
            text = f"The role {call.members.get('PolicySourceArn')} cannot be found."
            return refusal(call, "NoSuchEntity", 404, text)
        try:
            policies = self._policies(call, role)
        except PolicyError as error:
            return refusal(call, "InvalidInput", 400, f"The policy cannot be used: {error}")
        results = [self._result(call, role, policies, request) for request in _requests(call, role)]
        return _page(call, results)

    def _policies(self, call: WireCall, role: Role) -> PolicySet:
        policies = self._simulation.account(role.account_id).policies_of(role)
        added = tuple(read_policy_text(one) for one in listed(call.members, "PolicyInputList"))
        boundaries = [
            read_policy_text(one) for one in listed(call.members, "PermissionsBoundaryPolicyInputList")
        ]
        return replace(
            policies,
            identity=(*policies.identity, *added),
            boundary=boundaries[0] if boundaries else policies.boundary,
        )

    def _result(
        self, call: WireCall, role: Role, policies: PolicySet, request: AccessRequest
    ) -> dict[str, Any]:
        decision = policies.decide(request)
        if self._simulation.faults.would_deny(request.action, role.account_id, call.region):
            decision = NO_IDENTITY_POLICY
        return {
            "EvalActionName": request.action,
            "EvalResourceName": request.resource,
            "EvalDecision": decision.verdict.value,
            "MatchedStatements": [],
            "MissingContextValues": [],
            **_details(policies, decision),
        }


def _details(policies: PolicySet, decision: Decision) -> Mapping[str, Any]:
    """Return what the organisation and the boundary say, for roles that have such policies."""
    details: dict[str, Any] = {}
    if policies.service_control:
        is_allowed = decision.kind is not PolicyKind.SERVICE_CONTROL
        details["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": is_allowed}
    if policies.boundary is not None:
        is_allowed = decision.kind is not PolicyKind.BOUNDARY
        details["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": is_allowed}
    return details


def _requests(call: WireCall, role: Role) -> list[AccessRequest]:
    context: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (role.arn,),
        "aws:principalaccount": (role.account_id,),
    }
    for entry in listed_structures(call.members, "ContextEntries"):
        values = tuple(listed(entry, "ContextKeyValues"))
        context[entry.get("ContextKeyName", "").lower()] = values
    return [
        AccessRequest(action=action, resource=resource, context=context)
        for action in listed(call.members, "ActionNames")
        for resource in listed(call.members, "ResourceArns") or ["*"]
    ]


def _page(call: WireCall, results: list[dict[str, Any]]) -> Answer:
    size, marker = str(call.members.get("MaxItems", _DEFAULT)), str(call.members.get("Marker", "0"))
    if not size.isdecimal() or not 1 <= int(size) <= _MOST or not marker.isdecimal():
        return refusal(call, "InvalidInput", 400, "MaxItems or Marker is not valid.")
    end = int(marker) + int(size)
    is_truncated = end < len(results)
    return query_answer(
        "SimulatePrincipalPolicy",
        _NAMESPACE,
        {
            "EvaluationResults": results[int(marker) : end],
            "IsTruncated": is_truncated,
            "Marker": str(end) if is_truncated else None,
        },
    )
