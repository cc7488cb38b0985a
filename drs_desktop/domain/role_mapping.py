"""From who signed in to a role: rules that an administrator keeps, and the way out in an emergency."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.roles import NOBODY_MAPPED, Access, Elevation, Role

ELEVATION_LASTS = timedelta(hours=4)
SHORTEST_REASON = 10
_SSO_ROLE = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, kw_only=True)
class MappingRule:
    """One line: whoever fits the pattern has the role.

    Attributes:
        pattern: a permission set, a role or user name, or a whole ARN; `*` stands for anything.
        accounts: what DRSCrossAccount is bound to.
    """

    pattern: str
    role: Role
    accounts: tuple[AccountId, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RoleMapping:
    """All rules, in order: the first that fits decides."""

    rules: tuple[MappingRule, ...] = ()

    def assign(self, rule: MappingRule) -> "RoleMapping":
        """Return the mapping with a rule added, or put in the place of the one with its pattern."""
        if all(one.pattern != rule.pattern for one in self.rules):
            return RoleMapping(rules=(*self.rules, rule))
        return RoleMapping(rules=tuple(rule if one.pattern == rule.pattern else one for one in self.rules))

    def unassign(self, pattern: str) -> "RoleMapping":
        """Return the mapping without the rule of a pattern.

        Raises:
            ValidationFailed: there is no such rule.
        """
        rules = tuple(one for one in self.rules if one.pattern != pattern)
        if len(rules) == len(self.rules):
            known = ", ".join(one.pattern for one in self.rules) or "none at all"
            raise ValidationFailed(f"No rule has the pattern {pattern!r}; there are: {known}.")
        return RoleMapping(rules=rules)


def names_of(principal: str) -> tuple[str, ...]:
    """Return what somebody may be called in a rule: permission set, role or user name, ARN."""
    resource = principal.split(":", 5)[5] if principal.count(":") >= 5 else principal
    kind, _, rest = resource.partition("/")
    name = rest.split("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
    found = _SSO_ROLE.fullmatch(name)
    return tuple(one for one in (found["set"] if found else "", name, principal) if one)


def access_of(mapping: RoleMapping, principal: str) -> Access:
    """Return the role of somebody; who fits no rule may only look."""
    for rule in mapping.rules:
        if any(fnmatchcase(name, rule.pattern) for name in names_of(principal)):
            return Access(
                role=rule.role,
                principal=principal,
                source=f"The rule for {rule.pattern} gives this role.",
                accounts=frozenset(rule.accounts),
            )
    return replace(NOBODY_MAPPED, principal=principal)


def check_mapping(mapping: RoleMapping) -> None:
    """Refuse a mapping that would lock everybody out, or that says what cannot be meant.

    Raises:
        ValidationFailed: with a sentence for each problem.
    """
    problems = [problem for rule in mapping.rules for problem in _problems(rule)]
    if mapping.rules and all(rule.role is not Role.ADMIN for rule in mapping.rules):
        problems.append("Nobody would be DRSAdmin any more, so nobody could change this again.")
    if problems:
        raise ValidationFailed(" ".join(problems))


def _problems(rule: MappingRule) -> Sequence[str]:
    problems = []
    if not rule.pattern.strip():
        problems.append("A rule without a pattern fits nobody.")
    if rule.role is Role.CROSS_ACCOUNT and not rule.accounts:
        problems.append(f"The rule for {rule.pattern} binds DRSCrossAccount to no account: name one.")
    if rule.role is not Role.CROSS_ACCOUNT and rule.accounts:
        problems.append(f"The rule for {rule.pattern} names accounts, but only DRSCrossAccount has any.")
    odd = [one for one in rule.accounts if not _ACCOUNT.fullmatch(one)]
    problems += [f"{one!r} is not an account: it should have twelve digits." for one in odd]
    return problems


# ---- the way out in an emergency


def elevation_for(role: Role, reason: str, now: datetime) -> Elevation:
    """Return the emergency role.

    Raises:
        ValidationFailed: the reason says too little, or the role is none to act with.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationFailed(
            f"An emergency role needs a reason of at least {SHORTEST_REASON} characters; it is written down."
        )
    if role not in {Role.OPERATOR, Role.ADMIN}:
        raise ValidationFailed("An emergency role is DRSOperator or DRSAdmin.")
    return Elevation(role=role, reason=reason.strip(), taken_at=now, until=now + ELEVATION_LASTS)


def elevated(access: Access, elevation: Elevation | None, now: datetime) -> Access:
    """Return the access with an emergency role, while that lasts."""
    if elevation is None or now >= elevation.until:
        return access
    return Access(
        role=elevation.role,
        principal=access.principal,
        source=f"Taken in an emergency ({elevation.reason}); the own role is {access.role}.",
        elevation=elevation,
    )
