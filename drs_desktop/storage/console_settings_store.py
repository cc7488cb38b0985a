"""The ConsoleSettingsStore port on SQL: the settings of one workspace as a versioned document."""

from drs_desktop.domain.console_settings import ConsoleSettings
from drs_desktop.domain.ports import Clock
from drs_desktop.storage.database import Database
from drs_desktop.storage.versioned_documents import VersionedDocuments

_KIND = "console settings"
_ONLY = "in force"


class SqlConsoleSettingsStore:
    """The settings of one workspace, for every console of it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._documents = VersionedDocuments(database, clock)

    async def settings(self) -> ConsoleSettings:
        """Return the settings in force; see the port."""
        return await self._documents.newest(_KIND, _ONLY, ConsoleSettings) or ConsoleSettings()

    async def save_settings(self, settings: ConsoleSettings, *, by: str) -> None:
        """Save the settings as their next version; see the port."""
        await self._documents.save(_KIND, _ONLY, settings, by=by)
