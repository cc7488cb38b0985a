"""What the page "My access" is made of."""

from dataclasses import dataclass

from drs_desktop.domain.actions import Action, Permission
from drs_desktop.domain.role_mapping import MappingRule
from drs_desktop.domain.roles import Access


@dataclass(frozen=True, kw_only=True)
class PermissionRow:
    """One of the eleven permissions, and whether the person has it."""

    permission: Permission
    is_granted: bool


@dataclass(frozen=True, kw_only=True)
class ActionRow:
    """One action, and whether the person may do it; `reason` says why not."""

    action: Action
    words: str
    is_allowed: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccessView:
    """The page "My access"."""

    operator: str
    access: Access
    problem: str
    """Why nobody could say who is signed in, or empty."""
    permissions: tuple[PermissionRow, ...]
    actions: tuple[ActionRow, ...]
    sessions: str
    """What AWS itself refuses this person, in words."""
    rules: tuple[MappingRule, ...]
