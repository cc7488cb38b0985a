"""What a policy lacks for what this console does, in words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from drs_desktop.domain.actions import ACTIONS, Action
from drs_desktop.domain.aws_calls import CALLS
from drs_desktop.domain.aws_operations import AwsCall, RoleSide
from drs_desktop.domain.role_policies import sides_of

IsGranted = Callable[[str], bool]

DRILL = (Action.CHECK_START, Action.START_EXECUTION, Action.SHOW_EXECUTION, Action.TERMINATE)
"""What a whole drill is made of, its clean-up included."""
RECOVERY = (Action.CHECK_START, Action.START_EXECUTION, Action.SHOW_EXECUTION)
"""What a recovery is made of; what it launched stays."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One permission that is not granted.

    Attributes:
        is_forwarded: whether DRS needs it in the caller's name, so that its lack fails servers, not the call.
    """

    permission: str
    is_forwarded: bool
    actions: tuple[Action, ...]

    @property
    def sentence(self) -> str:
        """Return what cannot be done without it."""
        what = _listed([ACTIONS[action].words for action in self.actions])
        if self.is_forwarded:
            return f"{self.permission} is missing: DRS needs it in your name to {what}; servers would fail."
        return f"{self.permission} is missing: without it nobody can {what}."


def granted_by(*policies: Mapping[str, Any]) -> IsGranted:
    """Return the test whether a permission is granted by policy documents.

    A condition is taken to hold where it allows and not to hold where it denies: whether it does, only AWS
    can say.
    """
    allowed = [name for policy in policies for name in _actions(policy, "Allow")]
    denied = [name for policy in policies for name in _actions(policy, "Deny")]

    def is_granted(permission: str) -> bool:
        return _fits(permission, allowed) and not _fits(permission, denied)

    return is_granted


def missing_permissions(
    is_granted: IsGranted,
    side: RoleSide,
    *,
    is_alone: bool = False,
    actions: Collection[Action] = DRILL,
) -> tuple[Missing, ...]:
    """Return what a role lacks for these actions, direct permissions first."""
    needed: dict[tuple[bool, str], dict[Action, None]] = {}
    for action in actions:
        for call in CALLS[action]:
            if call.side not in sides_of(side, is_alone=is_alone):
                continue
            for is_forwarded, permission in _permissions(call):
                needed.setdefault((is_forwarded, permission), {})[action] = None
    return tuple(
        Missing(permission=permission, is_forwarded=is_forwarded, actions=tuple(wanting))
        for (is_forwarded, permission), wanting in sorted(needed.items())
        if not is_granted(permission)
    )


def readiness_line(missing: Collection[Missing]) -> str:
    """Return the permission line of a readiness report."""
    if not missing:
        return "The role may do everything that a drill and its clean-up need."
    return f"The role lacks {lack_of(missing)}"


def lack_of(missing: Collection[Missing]) -> str:
    """Return the names of what is missing, with the end of the sentence."""
    names = _listed(list(dict.fromkeys(one.permission for one in missing)))
    forwarded = sum(one.is_forwarded for one in missing)
    tail = f" DRS needs {forwarded} of them in your name." if forwarded else ""
    return f"{names}.{tail}"


def _permissions(call: AwsCall) -> list[tuple[bool, str]]:
    return [(False, name) for name in call.direct] + [(True, name) for name in call.forwarded]


def _actions(policy: Mapping[str, Any], effect: str) -> list[str]:
    statements = policy.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return [
        name
        for statement in listed
        if statement.get("Effect") == effect and not (effect == "Deny" and statement.get("Condition"))
        for name in _texts(statement.get("Action", []))
    ]


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _fits(permission: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(permission.lower(), pattern.lower()) for pattern in patterns)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
