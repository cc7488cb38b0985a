"""Who may do what: eleven permissions, five roles, one matrix, and one table from action to permission.

Services, menus, "My access" and the README's table all ask here; nothing else decides.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drs_desktop.domain.actions import ACTIONS, Action, Permission
from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.remembered_identity import WITHOUT_AWS
from drs_desktop.domain.roles import Access, Role

_EVERYTHING = frozenset(Permission)
_RUNNING = frozenset(
    {Permission.EXECUTE_RECOVERY, Permission.MANAGE_EXECUTION, Permission.TERMINATE_INSTANCES}
)

MATRIX: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: _EVERYTHING,
    Role.OPERATOR: _EVERYTHING - {Permission.MANAGE_ACCOUNTS},
    Role.VIEWER: frozenset({Permission.VIEW_RESOURCES}),
    Role.AUDITOR: frozenset({Permission.VIEW_RESOURCES}),
    Role.CROSS_ACCOUNT: _RUNNING | {Permission.VIEW_RESOURCES},
}
"""Which permissions each role has; nothing that is not named here is permitted."""

READS_EVIDENCE = frozenset({Role.ADMIN, Role.OPERATOR, Role.AUDITOR})
"""The roles that read the audit trail: what everybody did is not for everybody, nor bound to an account."""

READ_ONLY_ROLES = frozenset(
    role for role, permissions in MATRIX.items() if permissions == {Permission.VIEW_RESOURCES}
)
"""The roles whose AWS sessions must be unable to change anything."""


class RefusalKind(StrEnum):
    """Why an action is refused."""

    ROLE = "role"
    ACCOUNT = "account"
    IDENTITY = "identity"
    LOCK = "lock"


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """The action may be done."""

    is_allowed: bool = True
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The action may not be done; `reason` is a sentence for tooltip, error and screen reader."""

    kind: RefusalKind
    reason: str
    is_allowed: bool = False


Verdict = Allowed | Refused


class RefusedByRole(DrsDesktopError):
    """Somebody asked for what their role may not do; nothing happened."""

    exit_code = 8


class ConsoleLocked(RefusedByRole):
    """Something that changes something was asked of a locked console; nothing happened."""


NEEDS_PRESENCE = frozenset({Action.ELEVATE, Action.GIVE_UP_ELEVATION})
"""What everybody may do, and nobody at a locked console; so it is with everything that changes something."""


def role_has(role: Role, action: Action) -> bool:
    """Return whether a role may do something, apart from the accounts it is bound to."""
    rule = ACTIONS[action]
    if rule.is_evidence and role not in READS_EVIDENCE:
        return False
    return rule.permission is None or rule.permission in MATRIX[role]


def roles_with(action: Action) -> tuple[Role, ...]:
    """Return every role that may do something, in the order in which roles are listed."""
    return tuple(role for role in Role if role_has(role, action))


def may(access: Access, action: Action, accounts: Collection[AccountId] = ()) -> Verdict:
    """Return whether somebody may do something to these accounts.

    Args:
        accounts: every account that the action touches. A role that is bound to accounts may change nothing
            of which this is not known.
    """
    if not role_has(access.role, action):
        return Refused(kind=RefusalKind.ROLE, reason=_not_the_role(access.role, action))
    if access.lock_reason and _needs_presence(action):
        return Refused(kind=RefusalKind.LOCK, reason=access.lock_reason)
    if access.remembered_at and action not in WITHOUT_AWS and _needs_presence(action):
        return Refused(kind=RefusalKind.IDENTITY, reason=_only_remembered(access.remembered_at))
    if access.is_bound and (reason := _out_of_reach(access, action, accounts)):
        return Refused(kind=RefusalKind.ACCOUNT, reason=reason)
    return Allowed()


def _needs_presence(action: Action) -> bool:
    return ACTIONS[action].is_change or action in NEEDS_PRESENCE


def _only_remembered(since: datetime) -> str:
    return (
        f"AWS gives no answer, so who is at this console is known from {since:%Y-%m-%d %H:%M} UTC only. "
        "Until it answers, executions can be paused and cancelled and notes can be written, nothing more."
    )


def _not_the_role(role: Role, action: Action) -> str:
    *others, last = roles_with(action)
    who = f"{', '.join(others)} or {last}" if others else last
    return f"{role} may not {ACTIONS[action].words}; {who} may."


def _out_of_reach(access: Access, action: Action, accounts: Collection[AccountId]) -> str:
    rule = ACTIONS[action]
    beyond = sorted(account for account in accounts if account not in access.accounts)
    if beyond:
        named = ", ".join(sorted(access.accounts)) or "no account at all"
        return f"{access.role} may not {rule.words} in account {', '.join(beyond)}: it is bound to {named}."
    if not accounts and rule.is_change:
        return f"{access.role} may not {rule.words} without saying in which account."
    return ""
