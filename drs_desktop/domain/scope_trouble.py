"""Why an account and Region cannot be read, as a state with a title and a next step; never a bare error."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from drs_desktop.domain.errors import AccessDenied, AwsError, AwsUnreachable, SignInNeeded, Throttled


class ScopeCondition(StrEnum):
    """How the last look at an account and Region went."""

    READ = "read"
    NOT_READ = "not read"
    """Nobody has looked yet."""
    NOT_INITIALISED = "not initialised"
    REGION_NOT_ENABLED = "Region not enabled"
    SIGN_IN_NEEDED = "sign-in needed"
    ROLE_REFUSED = "role refused"
    """The role of the account could not be assumed."""
    DENIED_BY_POLICY = "denied by policy"
    """A service control policy of the organisation forbids the call, whatever the role may do."""
    ACCESS_DENIED = "access denied"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    """Anything else; AWS's own text says more."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong, in a few words, and what a person does about it."""

    condition: ScopeCondition
    title: str
    next_step: str


_STRANGE_KEYS = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"})
"""What AWS says of good credentials in a Region that the account has not enabled."""


def trouble_of(error: AwsError, *, is_signed_in: bool = False) -> Trouble:
    """Return what a failed read of an account and Region means for a person.

    Args:
        is_signed_in: whether the same sign-in was accepted elsewhere, so that it cannot be the reason.
    """
    for applies, trouble in _TROUBLES:
        if applies(error, is_signed_in):
            return trouble
    return _FAILED


def _is_uninitialised(error: AwsError, _: bool) -> bool:
    return error.code == "UninitializedAccountException"


def _is_region_disabled(error: AwsError, is_signed_in: bool) -> bool:
    return is_signed_in and error.code in _STRANGE_KEYS


def _is_role_refused(error: AwsError, _: bool) -> bool:
    return isinstance(error, AccessDenied) and error.operation == "AssumeRole"


def _is_denied_by_organisation(error: AwsError, _: bool) -> bool:
    return isinstance(error, AccessDenied) and "service control policy" in str(error)


def _is_alone_unreachable(error: AwsError, is_signed_in: bool) -> bool:
    return is_signed_in and isinstance(error, AwsUnreachable)


def _is_a(kind: type[AwsError]) -> Callable[[AwsError, bool], bool]:
    return lambda error, _: isinstance(error, kind)


_FAILED = Trouble(
    condition=ScopeCondition.FAILED,
    title="Could not be read",
    next_step="The log has the call that failed.",
)
_TROUBLES: tuple[tuple[Callable[[AwsError, bool], bool], Trouble], ...] = (
    (
        _is_uninitialised,
        Trouble(
            condition=ScopeCondition.NOT_INITIALISED,
            title="DRS is not initialised",
            next_step="Set DRS up in this account and Region, in its console under Settings, or take the "
            "Region out of the account here.",
        ),
    ),
    (
        _is_region_disabled,
        Trouble(
            condition=ScopeCondition.REGION_NOT_ENABLED,
            title="Region not enabled",
            next_step="The sign-in works elsewhere: have the Region enabled for this account, or take it out "
            "of the account here.",
        ),
    ),
    (
        _is_a(SignInNeeded),
        Trouble(
            condition=ScopeCondition.SIGN_IN_NEEDED,
            title="Sign-in needed",
            next_step="Sign in again; what runs in AWS goes on meanwhile.",
        ),
    ),
    (
        _is_role_refused,
        Trouble(
            condition=ScopeCondition.ROLE_REFUSED,
            title="The role may not be assumed",
            next_step="Compare the role's trust policy and external ID: `drs-desktop accounts validate`.",
        ),
    ),
    (
        _is_denied_by_organisation,
        Trouble(
            condition=ScopeCondition.DENIED_BY_POLICY,
            title="Denied by the organisation",
            next_step="A service control policy forbids DRS in this account or Region; only who keeps the "
            "organisation can change that.",
        ),
    ),
    (
        _is_a(AccessDenied),
        Trouble(
            condition=ScopeCondition.ACCESS_DENIED,
            title="Access denied",
            next_step="Compare the role of this account with the permissions page.",
        ),
    ),
    (
        _is_a(Throttled),
        Trouble(
            condition=ScopeCondition.THROTTLED,
            title="AWS asks to slow down",
            next_step="Nothing to do: it is tried again.",
        ),
    ),
    (
        _is_alone_unreachable,
        Trouble(
            condition=ScopeCondition.UNREACHABLE,
            title="Cannot be reached",
            next_step="Others answer, so the network works: is there DRS in this Region, and does a proxy or "
            "firewall let its endpoint through? It is tried again by itself.",
        ),
    ),
    (
        _is_a(AwsUnreachable),
        Trouble(
            condition=ScopeCondition.UNREACHABLE,
            title="Cannot be reached",
            next_step="Check network and proxy; it is tried again by itself.",
        ),
    ),
)
