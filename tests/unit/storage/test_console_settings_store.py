"""The settings of a workspace: kept with every version, with defaults while nobody decided."""

from pathlib import Path

import pytest

from drs_desktop.domain.console_settings import ConsoleSettings, check_settings
from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.storage.console_settings_store import SqlConsoleSettingsStore
from drs_desktop.storage.database import Database
from tests.helpers.asynchronous import on_loop
from tests.helpers.fakes import FakeClock


def test_newest_settings_count_and_are_still_there_after_a_restart(tmp_path: Path) -> None:
    @on_loop
    async def main() -> None:
        for minutes in (45, 10, 0):
            database = Database(tmp_path / "workspace.sqlite3")
            database.open()
            store = SqlConsoleSettingsStore(database, FakeClock())
            assert (await store.settings()).idle_minutes == {45: 45, 10: 45, 0: 10}[minutes]
            await store.save_settings(ConsoleSettings(idle_minutes=minutes), by="anna")
            database.close()

    main()


@pytest.mark.parametrize("minutes", [-1, 24 * 60 + 1])
def test_setting_that_cannot_be_meant_is_refused(minutes: int) -> None:
    with pytest.raises(ValidationFailed, match=str(minutes)):
        check_settings(ConsoleSettings(idle_minutes=minutes))


def test_no_minutes_means_no_limit() -> None:
    assert ConsoleSettings(idle_minutes=0).idle_limit is None
