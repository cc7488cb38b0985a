"""Who calls, and whether they may: keys to principals, principals to decisions, denials by fault."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from drs_desktop.simulator.core.accounts import HUB_USER, Account
from drs_desktop.simulator.core.policy import ALLOWED, NO_IDENTITY_POLICY, Decision, PolicySet
from drs_desktop.simulator.core.policy_conditions import Context
from drs_desktop.simulator.core.policy_document import DENY_ALL, AccessRequest
from drs_desktop.simulator.core.sessions import Session
from drs_desktop.simulator.core.simulation import Simulation


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who stands behind an access key.

    Attributes:
        arn: What GetCallerIdentity tells.
        identity_arn: The user's or the role's ARN (`aws:PrincipalArn`).
        name: The user's or the session's name.
        context: The condition keys that the principal itself brings.
    """

    arn: str
    identity_arn: str
    account_id: str
    name: str
    policies: PolicySet
    context: Context = field(default_factory=dict)
    session: Session | None = None


def principal_of(simulation: Simulation, access_key_id: str | None) -> Principal | None:
    """Return who an access key belongs to, or None for a key nobody was given."""
    if access_key_id == simulation.hub_keys.access_key_id:
        return _hub_user(simulation.hub)
    session = simulation.sessions.find(access_key_id or "")
    return None if session is None else session_principal(simulation, session)


def session_principal(simulation: Simulation, session: Session) -> Principal:
    """Return the principal of a role session."""
    role = session.role
    policies = simulation.account(role.account_id).policies_of(role, session.policies)
    if session.is_revoked:
        policies = replace(policies, identity=(*policies.identity, DENY_ALL))
    context = _own_keys(role.arn, role.account_id, "AssumedRole", session.tags)
    if session.source_identity:
        context["aws:sourceidentity"] = (session.source_identity,)
    return Principal(
        arn=session.arn,
        identity_arn=role.arn,
        account_id=role.account_id,
        name=session.name,
        policies=policies,
        context=context,
        session=session,
    )


def decide(
    simulation: Simulation,
    principal: Principal | None,
    request: AccessRequest,
    *,
    account_id: str,
    region: str,
) -> Decision:
    """Return whether a principal may do something; None is a caller without any limit but faults."""
    if simulation.faults.denies(request.action, account_id, region):
        return NO_IDENTITY_POLICY
    if principal is None:
        return ALLOWED
    context = {
        "aws:requestedregion": (region,),
        "aws:viaawsservice": ("false",),
        **principal.context,
        **request.context,
    }
    return principal.policies.decide(replace(request, context=context))


def denial_sentence(principal_arn: str, request: AccessRequest, decision: Decision) -> str:
    """Return AWS's sentence about a denied request."""
    is_bare = request.resource == "*" and request.action.startswith("ec2:")
    place = "" if is_bare else f" on resource: {request.resource}"
    return (
        f"User: {principal_arn} is not authorized to perform: {request.action}{place}"
        f" {decision.reason(request.action)}"
    )


def _hub_user(hub: Account) -> Principal:
    arn = f"arn:aws:iam::{hub.id}:user/{HUB_USER}"
    return Principal(
        arn=arn,
        identity_arn=arn,
        account_id=hub.id,
        name=HUB_USER,
        policies=PolicySet(service_control=hub.service_control),
        context=_own_keys(arn, hub.id, "User", {}),
    )


def _own_keys(
    identity_arn: str, account_id: str, kind: str, tags: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    return {
        "aws:principalarn": (identity_arn,),
        "aws:principalaccount": (account_id,),
        "aws:principaltype": (kind,),
        "aws:principalisawsservice": ("false",),
        **{f"aws:principaltag/{key.lower()}": (value,) for key, value in tags.items()},
    }
