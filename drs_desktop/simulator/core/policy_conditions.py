"""Conditions of IAM policy statements: operators, keys, and how they meet the context of a request.

An operator or key that is not listed here is refused when the policy is loaded: a condition that nobody
evaluates would silently allow or deny something else than AWS does.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from drs_desktop.simulator.core.policy_errors import PolicyError
from drs_desktop.simulator.core.policy_patterns import arn_matches, glob_matches

Context = Mapping[str, tuple[str, ...]]
"""The values of each condition key of a request; the keys are in lower case."""

_KEYS = frozenset(
    key.lower()
    for key in (
        "aws:CalledVia",
        "aws:CalledViaFirst",
        "aws:CalledViaLast",
        "aws:MultiFactorAuthPresent",
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalType",
        "aws:RequestedRegion",
        "aws:ResourceAccount",
        "aws:SourceIdentity",
        "aws:SourceIp",
        "aws:TagKeys",
        "aws:ViaAWSService",
        "drs:CreateAction",
        "ec2:CreateAction",
        "iam:AWSServiceName",
        "iam:PassedToService",
        "kms:GrantIsForAWSResource",
        "kms:ViaService",
        "sts:ExternalId",
        "sts:RoleSessionName",
        "sts:SourceIdentity",
        "sts:TransitiveTagKeys",
    )
)
_TAG_KEYS = (
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "ec2:resourcetag/",
    "iam:resourcetag/",
)
_SET_PREFIXES = ("ForAnyValue:", "ForAllValues:")
_IF_EXISTS = "IfExists"
_NULL = "Null"


def _is_same(wanted: str, given: str) -> bool:
    return wanted == given


def _is_same_but_for_case(wanted: str, given: str) -> bool:
    return wanted.lower() == given.lower()


def _is_in_network(wanted: str, given: str) -> bool:
    try:
        return ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


@dataclass(frozen=True)
class _Operator:
    """How a policy's value is compared with a request's; a negated one is true when none fits."""

    fits: Callable[[str, str], bool]
    is_negated: bool = False


_OPERATORS = {
    "StringEquals": _Operator(_is_same),
    "StringNotEquals": _Operator(_is_same, True),
    "StringEqualsIgnoreCase": _Operator(_is_same_but_for_case),
    "StringNotEqualsIgnoreCase": _Operator(_is_same_but_for_case, True),
    "StringLike": _Operator(glob_matches),
    "StringNotLike": _Operator(glob_matches, True),
    "ArnLike": _Operator(arn_matches),
    "ArnEquals": _Operator(arn_matches),
    "ArnNotLike": _Operator(arn_matches, True),
    "ArnNotEquals": _Operator(arn_matches, True),
    "Bool": _Operator(_is_same_but_for_case),
    "IpAddress": _Operator(_is_in_network),
    "NotIpAddress": _Operator(_is_in_network, True),
}
"""ArnEquals and ArnLike behave alike, as on AWS."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One key of one operator: it holds or it does not.

    Attributes:
        operator: The bare operator, without prefix and IfExists.
        key: The condition key in lower case.
        values: The policy's values; any of them may fit.
        set_prefix: `ForAnyValue:`, `ForAllValues:` or nothing.
        if_exists: Whether an absent key is enough.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    set_prefix: str = ""
    if_exists: bool = False

    def holds(self, context: Context) -> bool:
        """Return whether a request with this context meets the condition."""
        given = context.get(self.key, ())
        if self.operator == _NULL:
            return str(not given).lower() in (value.lower() for value in self.values)
        operator = _OPERATORS[self.operator]
        if not given:
            return self._holds_without_key(operator)
        met = [any(operator.fits(wanted, one) for wanted in self.values) for one in given]
        if self.set_prefix == "ForAllValues:":
            return not any(met) if operator.is_negated else all(met)
        if self.set_prefix == "ForAnyValue:" and operator.is_negated:
            return not all(met)
        return not any(met) if operator.is_negated else any(met)

    def _holds_without_key(self, operator: _Operator) -> bool:
        if self.if_exists or self.set_prefix == "ForAllValues:":
            return True
        return operator.is_negated and not self.set_prefix


def parse_conditions(block: object, place: str) -> tuple[Condition, ...]:
    """Return the conditions of a `Condition` element, all of which must hold, or raise PolicyError."""
    if not isinstance(block, Mapping):
        raise PolicyError(place, "must be an object")
    parsed = []
    for word, keys in block.items():
        prefix, operator, if_exists = _operator(str(word), place)
        if not isinstance(keys, Mapping) or not keys:
            raise PolicyError(f"{place}.{word}", "must be an object of condition keys")
        for key, values in keys.items():
            parsed.append(
                Condition(
                    operator=operator,
                    key=_checked_key(str(key), f"{place}.{word}"),
                    values=_values(values, f"{place}.{word}.{key}"),
                    set_prefix=prefix,
                    if_exists=if_exists,
                )
            )
    return tuple(parsed)


def _operator(word: str, place: str) -> tuple[str, str, bool]:
    prefix = next((one for one in _SET_PREFIXES if word.startswith(one)), "")
    bare = word.removeprefix(prefix)
    operator = bare.removesuffix(_IF_EXISTS)
    if operator not in _OPERATORS and bare != _NULL:
        known = ", ".join(sorted((*_OPERATORS, _NULL)))
        raise PolicyError(place, f"the simulator does not evaluate the operator {word!r}; it knows {known}")
    return prefix, operator, operator != bare


def _checked_key(key: str, place: str) -> str:
    lowered = key.lower()
    is_tag = any(lowered.startswith(one) and len(lowered) > len(one) for one in _TAG_KEYS)
    if lowered not in _KEYS and not is_tag:
        raise PolicyError(place, f"the simulator does not supply the condition key {key!r}")
    return lowered


def _values(values: Any, place: str) -> tuple[str, ...]:
    listed = values if isinstance(values, list | tuple) else [values]
    if not listed:
        raise PolicyError(place, "needs a value")
    return tuple(_value(one, place) for one in listed)


def _value(value: Any, place: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int):
        raise PolicyError(place, "must be a string, a number or a boolean")
    if "${" in str(value):
        raise PolicyError(place, "the simulator does not evaluate policy variables such as ${aws:username}")
    return str(value)
