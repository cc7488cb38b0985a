"""Whether a caller may do something: by identity, session, boundary and organisation policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from drs_desktop.simulator.core.policy_document import ALLOW_ALL, AccessRequest, Policy


class Verdict(StrEnum):
    """The words of iam:SimulatePrincipalPolicy."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitDeny"
    EXPLICIT_DENY = "explicitDeny"


class PolicyKind(StrEnum):
    """The kinds of policy, as AWS names them in its sentences."""

    SERVICE_CONTROL = "service control policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What came of a request, and which kind of policy decided against it."""

    verdict: Verdict
    kind: PolicyKind | None = None

    @property
    def is_allowed(self) -> bool:
        """Return whether the request may go on."""
        return self.verdict is Verdict.ALLOWED

    def reason(self, action: str) -> str:
        """Return the end of AWS's sentence about a denial."""
        if self.verdict is Verdict.EXPLICIT_DENY:
            article = "an" if self.kind is PolicyKind.IDENTITY else "a"
            return f"with an explicit deny in {article} {self.kind}"
        return f"because no {self.kind} allows the {action} action"


ALLOWED = Decision(verdict=Verdict.ALLOWED)
NO_IDENTITY_POLICY = Decision(verdict=Verdict.IMPLICIT_DENY, kind=PolicyKind.IDENTITY)


@dataclass(frozen=True, kw_only=True)
class PolicySet:
    """All policies that bear on a caller; each kind that is present must allow, and none may deny.

    Attributes:
        identity: The policies of the user or role, united.
        session: The policies passed to AssumeRole, united; None when none was passed.
        boundary: The permissions boundary; None when there is none.
        service_control: The account's policies, united; none at all allow everything.
    """

    identity: tuple[Policy, ...] = (ALLOW_ALL,)
    session: tuple[Policy, ...] | None = None
    boundary: Policy | None = None
    service_control: tuple[Policy, ...] = ()

    def decide(self, request: AccessRequest) -> Decision:
        """Return the decision; an explicit deny wins over every allow."""
        kinds = self._kinds()
        for kind, policies in kinds:
            if any(policy.denies(request) for policy in policies):
                return Decision(verdict=Verdict.EXPLICIT_DENY, kind=kind)
        for kind, policies in kinds:
            if not any(policy.allows(request) for policy in policies):
                return Decision(verdict=Verdict.IMPLICIT_DENY, kind=kind)
        return ALLOWED

    def _kinds(self) -> list[tuple[PolicyKind, Sequence[Policy]]]:
        """Return the kinds in force, in the order in which AWS asks them."""
        kinds: list[tuple[PolicyKind, Sequence[Policy]]] = []
        if self.service_control:
            kinds.append((PolicyKind.SERVICE_CONTROL, self.service_control))
        kinds.append((PolicyKind.IDENTITY, self.identity))
        if self.boundary is not None:
            kinds.append((PolicyKind.BOUNDARY, (self.boundary,)))
        if self.session is not None:
            kinds.append((PolicyKind.SESSION, self.session))
        return kinds
