"""How the accounts are reached in which the twins of extended servers replicate."""

from typing import Protocol

from drs_desktop.domain.accounts import StagingAccount
from drs_desktop.domain.ids import Region
from drs_desktop.domain.ports import DrsReader


class StagingAccess(Protocol):
    """Gives readers of staging accounts."""

    def staging_reader(self, staging: StagingAccount, region: Region) -> DrsReader:
        """Return the reader of a staging account in a Region; cheap, nothing is called yet."""
