"""Versions of protection groups and plans: each save is one, none is lost, and a stale save is refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan

Document = ProtectionGroup | RecoveryPlan
DocumentKind = Literal["group", "plan"]


@dataclass(frozen=True, kw_only=True)
class DocumentVersion:
    """One version of a group or plan; `document` is None where it was removed."""

    revision: int
    saved_at: datetime
    saved_by: str
    document: Document | None


@dataclass(frozen=True, kw_only=True)
class DocumentChange:
    """A group or plan to be saved or removed.

    Attributes:
        document: what it becomes; for a removal, what goes.
        based_on: the revision that was read before the change was made; 0 for something new.
    """

    document: Document
    based_on: int = 0
    is_removal: bool = False


class StaleVersion(ValidationFailed):
    """Somebody saved the group or plan since it was read; nothing was written.

    Attributes:
        document: what was to be saved.
        based_on: the revision it came from.
        newest: the revision that stands there now; 0 when it is gone.
        differences: what changed in between, a sentence each.
    """

    def __init__(
        self, document: Document, based_on: int, newest: int, differences: tuple[str, ...] = ()
    ) -> None:
        super().__init__(" ".join((_stale_sentence(document, based_on, newest), *differences)))
        self.document = document
        self.based_on = based_on
        self.newest = newest
        self.differences = differences


def _stale_sentence(document: Document, based_on: int, newest: int) -> str:
    name = f"{kind_of(document).capitalize()} {document.name}"
    if not based_on:
        return f"{name} was to be new, but revision {newest} of it was saved meanwhile; read it first."
    if not newest:
        return f"{name} was removed since you read revision {based_on}; nothing was saved."
    return f"{name} was saved as revision {newest} since you read revision {based_on}; nothing was saved."


def kind_of(document: Document) -> DocumentKind:
    """Return the word for what a document is: `group` or `plan`."""
    return "group" if isinstance(document, ProtectionGroup) else "plan"


def id_of(document: Document) -> str:
    """Return the id of a group or plan."""
    return document.group_id if isinstance(document, ProtectionGroup) else document.plan_id
