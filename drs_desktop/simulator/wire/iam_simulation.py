"""iam SimulatePrincipalPolicy, over the same evaluator that decides about real calls."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drs_desktop.simulator.core.access import Principal, principal_of
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
        """Simulate with the roles of this simulation, and with the user of its hub."""
        self._simulation = simulation
        self._roles = {role.arn: role for account in simulation.accounts for role in account.roles}

    def simulate_principal_policy(self, call: WireCall, principal: Principal) -> Answer:
        """Tell what each action on each resource would come to.

        Like AWS's, it looks at identity policies, boundary and service control policies, and at no condition
        key that the request does not bring. A fault that denies a permission shows here too.
        """
        arn = str(call.members.get("PolicySourceArn", ""))
        known = self._known_policies(arn, principal.account_id)
        if known is None:
            return refusal(call, "NoSuchEntity", 404, f"The user or role {arn} cannot be found.")
        try:
            policies = _with_added(call, known)
        except PolicyError as error:
            return refusal(call, "InvalidInput", 400, f"The policy cannot be used: {error}")
        requests = _requests(call, arn, principal.account_id)
        return _page(call, [self._result(call, principal.account_id, policies, one) for one in requests])

    def _known_policies(self, arn: str, account_id: str) -> PolicySet | None:
        """Return the policies of a role or of the hub's user in this account, or None."""
        role = self._roles.get(arn)
        if role is not None and role.account_id == account_id:
            return self._simulation.account(account_id).policies_of(role)
        hub = principal_of(self._simulation, self._simulation.hub_keys.access_key_id)
        return hub.policies if hub and (hub.arn, hub.account_id) == (arn, account_id) else None

    def _result(
        self, call: WireCall, account_id: str, policies: PolicySet, request: AccessRequest
    ) -> dict[str, Any]:
        decision = policies.decide(request)
        if self._simulation.faults.would_deny(request.action, account_id, call.region):
            decision = NO_IDENTITY_POLICY
        return {
            "EvalActionName": request.action,
            "EvalResourceName": request.resource,
            "EvalDecision": decision.verdict.value,
            "MatchedStatements": [],
            "MissingContextValues": [],
            **_details(policies, decision),
        }


def _with_added(call: WireCall, policies: PolicySet) -> PolicySet:
    """Return the policies with those that the request brings."""
    added = tuple(read_policy_text(one) for one in listed(call.members, "PolicyInputList"))
    boundaries = [read_policy_text(one) for one in listed(call.members, "PermissionsBoundaryPolicyInputList")]
    return replace(
        policies,
        identity=(*policies.identity, *added),
        boundary=boundaries[0] if boundaries else policies.boundary,
    )


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


def _requests(call: WireCall, principal_arn: str, account_id: str) -> list[AccessRequest]:
    context: dict[str, tuple[str, ...]] = {
        "aws:principalarn": (principal_arn,),
        "aws:principalaccount": (account_id,),
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
