"""Launch settings in a database: versions, what was seen, and a record of each change."""

from dataclasses import replace

import pytest

from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.ids import GroupId
from drs_desktop.domain.launch_changes import change_to
from drs_desktop.domain.launch_documents import GroupDefaults, ServerSettings, StaleSettings
from drs_desktop.domain.launch_records import (
    ABANDONED_AFTER,
    LaunchRecord,
    ObservedLaunch,
    Outcome,
    Verb,
)
from drs_desktop.domain.launch_settings import CpuCredits, LaunchSettings, RightSizing, ServerOverride
from drs_desktop.storage.database import Database
from drs_desktop.storage.launch_settings_store import SqlLaunchSettingsStore
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, a_key
from tests.helpers.fakes import START, FakeClock

SETTINGS = LaunchSettings(
    subnet_id="subnet-1",
    security_group_ids=("sg-1", "sg-2"),
    right_sizing=RightSizing.NONE,
    copy_tags=False,
    cpu_credits=CpuCredits.UNLIMITED,
)
GROUP = GroupDefaults(group_id=GroupId("web"), settings=SETTINGS)
SERVER = ServerSettings(key=a_key(1), override=ServerOverride(settings=SETTINGS, uses_group_defaults=False))
SEEN = ObservedLaunch(
    key=a_key(1), settings=SETTINGS, template_id="lt-1", template_version=3, observed_at=START
)
RECORD = LaunchRecord(
    key=a_key(1),
    verb=Verb.APPLY,
    change=change_to(LaunchSettings(), SETTINGS),
    before=LaunchSettings(),
    begun_at=START,
    begun_by="anna",
)


@pytest.fixture
def store(database: Database) -> SqlLaunchSettingsStore:
    return SqlLaunchSettingsStore(database, FakeClock())


@on_loop
async def test_what_was_saved_is_read_as_its_next_version(store: SqlLaunchSettingsStore) -> None:
    await store.save([GROUP, SERVER], by="anna")
    assert await store.groups() == {GROUP.group_id: replace(GROUP, revision=1)}
    assert await store.servers() == {SERVER.key: replace(SERVER, revision=1)}


@on_loop
async def test_every_version_is_kept_with_who_saved_it(store: SqlLaunchSettingsStore) -> None:
    await store.save([GROUP], by="anna")
    await store.save([replace(GROUP, settings=LaunchSettings(), revision=1)], by="ben")
    versions = await store.versions(GROUP)
    assert [(one.document.revision, one.saved_by) for one in versions] == [(2, "ben"), (1, "anna")]
    assert versions[1].document == replace(GROUP, revision=1)


@on_loop
async def test_a_stale_save_writes_nothing_at_all(store: SqlLaunchSettingsStore) -> None:
    await store.save([GROUP], by="anna")
    with pytest.raises(StaleSettings):
        await store.save([SERVER, GROUP], by="ben")
    assert await store.servers() == {}


@on_loop
async def test_what_was_seen_last_takes_the_place_of_what_was_seen_before(
    store: SqlLaunchSettingsStore,
) -> None:
    other = replace(SEEN, key=a_key(1, OTHER_SCOPE))
    await store.remember([SEEN, other])
    later = replace(SEEN, template_version=4)
    await store.remember([later])
    assert await store.observed() == {SEEN.key: later, other.key: other}


@on_loop
async def test_a_change_is_written_down_before_and_ended_after(store: SqlLaunchSettingsStore) -> None:
    begun = await store.begin(RECORD)
    assert await store.records() == (begun,)
    ended = replace(begun, outcome=Outcome.DONE, ended_at=START, after=SETTINGS)
    await store.end(ended)
    assert await store.records(a_key(1)) == (ended,)
    assert await store.records(a_key(2)) == ()


@on_loop
async def test_a_second_change_of_a_server_under_way_is_refused(store: SqlLaunchSettingsStore) -> None:
    await store.begin(RECORD)
    with pytest.raises(CommandRefused, match="are being written by anna since"):
        await store.begin(replace(RECORD, begun_by="ben"))
    await store.begin(replace(RECORD, key=a_key(2)))


@on_loop
async def test_a_change_of_a_console_that_is_gone_keeps_nobody_out_for_long(
    store: SqlLaunchSettingsStore,
) -> None:
    await store.begin(RECORD)
    later = replace(RECORD, begun_at=START + ABANDONED_AFTER)
    assert (await store.begin(later)).record_id == 2
