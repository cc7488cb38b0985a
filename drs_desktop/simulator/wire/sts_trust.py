"""Whether a role trusts a caller: trust policy, external id, and the caller's own rights."""

from collections.abc import Mapping

from drs_desktop.simulator.core.access import Principal, decide
from drs_desktop.simulator.core.accounts import Role
from drs_desktop.simulator.core.policy import Verdict
from drs_desktop.simulator.core.policy_conditions import Condition
from drs_desktop.simulator.core.policy_document import AccessRequest, Policy, Statement
from drs_desktop.simulator.core.simulation import Simulation

_ANYBODY = "*"
_TRUSTS_BY_EXTERNAL_ID = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def missing_trust(
    simulation: Simulation,
    principal: Principal,
    role: Role,
    *,
    actions: list[str],
    context: Mapping[str, tuple[str, ...]],
    region: str,
) -> str | None:
    """Return the first of the actions that is refused, or None if the role may be taken."""
    for action in actions:
        request = AccessRequest(action=action, resource=role.arn, context={**principal.context, **context})
        own = decide(simulation, principal, request, account_id=principal.account_id, region=region)
        trust = _default_trust(role) if role.trust is None else role.trust
        if own.verdict is Verdict.EXPLICIT_DENY or not _trusts(trust, principal, request):
            return action
        if not own.is_allowed and not _needs_no_own_right(trust, principal, role, request):
            return action
    return None


def _default_trust(role: Role) -> Policy:
    """Return the trust of a role that has only an external id, or not even that."""
    conditions: tuple[Condition, ...] = ()
    if role.external_id is not None:
        conditions = (Condition(operator="StringEquals", key="sts:externalid", values=(role.external_id,)),)
    return Policy(
        statements=(
            Statement(
                is_allow=True,
                actions=_TRUSTS_BY_EXTERNAL_ID,
                resources=(_ANYBODY,),
                conditions=conditions,
                principals=(_ANYBODY,),
            ),
        )
    )


def _trusts(trust: Policy, principal: Principal, request: AccessRequest) -> bool:
    named = Policy(statements=tuple(one for one in trust.statements if _names(one, principal)))
    return named.allows(request) and not named.denies(request)


def _names(statement: Statement, principal: Principal) -> bool:
    account = principal.account_id
    return any(
        one in (_ANYBODY, account, f"arn:aws:iam::{account}:root", principal.identity_arn, principal.arn)
        for one in statement.principals
    )


def _needs_no_own_right(trust: Policy, principal: Principal, role: Role, request: AccessRequest) -> bool:
    """Return whether the trust policy alone suffices: it names a principal of its own account by ARN."""
    by_arn = tuple(
        one for one in trust.statements if {principal.identity_arn, principal.arn} & set(one.principals)
    )
    return principal.account_id == role.account_id and Policy(statements=by_arn).allows(request)
