"""IAM policy documents: read strictly, then asked whether a statement applies to a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drs_desktop.simulator.core.policy_conditions import Condition, Context, parse_conditions
from drs_desktop.simulator.core.policy_errors import PolicyError
from drs_desktop.simulator.core.policy_patterns import glob_matches

_VERSIONS = ("2012-10-17", "2008-10-17")
_STATEMENT = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_TRUST_STATEMENT = (_STATEMENT - {"Resource", "NotResource"}) | {"Principal"}
_ANYBODY = "*"


@dataclass(frozen=True, kw_only=True)
class AccessRequest:
    """One action on one resource, with what is known about it.

    Attributes:
        action: The action, for example `drs:StartRecovery`.
        resource: The resource's ARN, or `*` for an action without one.
        context: The condition keys (in lower case) and their values.
    """

    action: str
    resource: str = "*"
    context: Context


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; `None` means that the element is absent."""

    is_allow: bool
    actions: tuple[str, ...] | None = None
    other_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    other_resources: tuple[str, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    principals: tuple[str, ...] = ()
    """In trust policies: account numbers, ARNs and `*`."""

    def applies(self, request: AccessRequest) -> bool:
        """Return whether action, resource and conditions all fit."""
        return (
            self._fits_action(request.action)
            and self._fits_resource(request.resource)
            and all(condition.holds(request.context) for condition in self.conditions)
        )

    def _fits_action(self, action: str) -> bool:
        if self.actions is not None:
            return any(glob_matches(one, action, ignore_case=True) for one in self.actions)
        return not any(glob_matches(one, action, ignore_case=True) for one in self.other_actions or ())

    def _fits_resource(self, resource: str) -> bool:
        if self.resources is not None:
            return any(glob_matches(one, resource) for one in self.resources)
        return not any(glob_matches(one, resource) for one in self.other_resources or ())


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The statements of a document; their order means nothing."""

    statements: tuple[Statement, ...]

    def denies(self, request: AccessRequest) -> bool:
        """Return whether a statement denies the request explicitly."""
        return any(not one.is_allow and one.applies(request) for one in self.statements)

    def allows(self, request: AccessRequest) -> bool:
        """Return whether a statement allows the request (another may deny it all the same)."""
        return any(one.is_allow and one.applies(request) for one in self.statements)


ALLOW_ALL = Policy(statements=(Statement(is_allow=True, actions=("*",), resources=("*",)),))
DENY_ALL = Policy(statements=(Statement(is_allow=False, actions=("*",), resources=("*",)),))


def parse_policy(document: object) -> Policy:
    """Return an identity, session or service control policy, or raise PolicyError."""
    return Policy(statements=tuple(_statement(one, place) for one, place in _statements(document)))


def parse_trust_policy(document: object) -> Policy:
    """Return a role's trust policy, or raise PolicyError."""
    return Policy(statements=tuple(_trust_statement(one, place) for one, place in _statements(document)))


def _statements(document: object) -> list[tuple[Mapping[str, Any], str]]:
    if not isinstance(document, Mapping):
        raise PolicyError("", "a policy must be an object with Version and Statement")
    if unknown := set(document) - {"Version", "Id", "Statement"}:
        raise PolicyError("", f"a policy has no element {min(unknown)!r}")
    if str(document.get("Version", _VERSIONS[1])) not in _VERSIONS:
        raise PolicyError("Version", f"must be {_VERSIONS[0]!r}")
    listed = document.get("Statement")
    statements = listed if isinstance(listed, list | tuple) else [listed]
    for number, one in enumerate(statements):
        if not isinstance(one, Mapping):
            raise PolicyError(f"Statement[{number}]", "must be an object")
    return [(one, f"Statement[{number}]") for number, one in enumerate(statements)]


def _statement(data: Mapping[str, Any], place: str) -> Statement:
    _refuse_unknown(data, _STATEMENT, place)
    actions, other_actions = _either(data, "Action", place)
    resources, other_resources = _either(data, "Resource", place)
    return Statement(
        is_allow=_effect(data, place),
        actions=actions,
        other_actions=other_actions,
        resources=resources,
        other_resources=other_resources,
        conditions=parse_conditions(data.get("Condition") or {}, f"{place}.Condition"),
    )


def _trust_statement(data: Mapping[str, Any], place: str) -> Statement:
    _refuse_unknown(data, _TRUST_STATEMENT, place)
    actions, other_actions = _either(data, "Action", place)
    return Statement(
        is_allow=_effect(data, place),
        actions=actions,
        other_actions=other_actions,
        resources=(_ANYBODY,),
        conditions=parse_conditions(data.get("Condition") or {}, f"{place}.Condition"),
        principals=_principals(data.get("Principal"), f"{place}.Principal"),
    )


def _refuse_unknown(data: Mapping[str, Any], known: set[str], place: str) -> None:
    if unknown := set(data) - known:
        raise PolicyError(place, f"the simulator does not evaluate the element {min(unknown)!r} here")


def _effect(data: Mapping[str, Any], place: str) -> bool:
    if data.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"{place}.Effect", "must be 'Allow' or 'Deny'")
    return bool(data["Effect"] == "Allow")


def _either(
    data: Mapping[str, Any], name: str, place: str
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return the values of `Action` and `NotAction` (or of the resources), of which one is present."""
    if (name in data) == (f"Not{name}" in data):
        raise PolicyError(place, f"needs either {name} or Not{name}")
    if name in data:
        return _texts(data[name], f"{place}.{name}", is_action=name == "Action"), None
    return None, _texts(data[f"Not{name}"], f"{place}.Not{name}", is_action=name == "Action")


def _texts(values: object, place: str, *, is_action: bool = False) -> tuple[str, ...]:
    listed = values if isinstance(values, list | tuple) else [values]
    for one in listed:
        if not isinstance(one, str) or not one:
            raise PolicyError(place, "must be a string or a list of strings")
        if "${" in one:
            raise PolicyError(
                place, "the simulator does not evaluate policy variables such as ${aws:username}"
            )
        if is_action and one != "*" and ":" not in one:
            raise PolicyError(place, f"{one!r} is not an action; actions look like drs:StartRecovery")
    if not listed:
        raise PolicyError(place, "must not be empty")
    return tuple(str(one) for one in listed)


def _principals(value: object, place: str) -> tuple[str, ...]:
    """Return who is named; services and federated identities are accepted, but nobody here is one."""
    if value == _ANYBODY:
        return (_ANYBODY,)
    if not isinstance(value, Mapping) or set(value) - {"AWS", "Service", "Federated"}:
        raise PolicyError(place, "must be '*' or an object with AWS, Service or Federated")
    named = _texts(value["AWS"], f"{place}.AWS") if "AWS" in value else ()
    for one in named:
        if one != _ANYBODY and ("*" in one or "?" in one):
            raise PolicyError(
                place, f"{one!r}: a principal has no wildcards; use a condition on aws:PrincipalArn"
            )
    return named
