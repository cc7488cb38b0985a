"""What a plan file holds: protection groups and recovery plans, with no account and no secret."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drs_desktop.domain.protection_group import ProtectionGroup
from drs_desktop.domain.recovery_plan import RecoveryPlan


@dataclass(frozen=True, kw_only=True)
class PlanDocument:
    """Groups and plans as one file has them; revisions are the workspace's and not in it."""

    groups: tuple[ProtectionGroup, ...] = ()
    plans: tuple[RecoveryPlan, ...] = ()


class PlanFiles(Protocol):
    """Reads and writes plan files.

    Raises:
        ValidationFailed: the file cannot be used as it is; the sentences have line and column.
    """

    def read(self, path: Path) -> PlanDocument: ...

    def write(self, path: Path, document: PlanDocument) -> None:
        """Write a file; the comments of the one it takes the place of stay where their entries stay."""
