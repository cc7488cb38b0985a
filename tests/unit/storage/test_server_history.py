"""Which executions a server was part of, by the first event of each."""

from drs_desktop.domain.ids import ExecutionId
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import Driver
from drs_desktop.storage.server_history import SqlServerHistory
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import Play, a_frozen_wave, a_key
from tests.helpers.fakes import FakeClock, FakeLocks

IDS = [ExecutionId(f"test-01J9Z3NDEKTSV4RRFFQ69G5FA{letter}") for letter in "ABC"]


async def _journal_of(database: Database) -> None:
    journal = SqlExecutionJournal(database, FakeClock(), Driver(owner="o", host="h"), FakeLocks({}))
    for execution_id, keys in zip(IDS, ([a_key(1)], [a_key(1), a_key(2)], [a_key(2)]), strict=True):
        play = Play([a_frozen_wave(1, keys)], execution_id=execution_id)
        await journal.append(await journal.acquire_lease(execution_id), None, play.events)
    journal.close()


@on_loop
async def test_the_executions_of_a_server_are_found_newest_first(database: Database) -> None:
    await _journal_of(database)
    history = SqlServerHistory(database)
    assert await history.executions_of(a_key(1), 10) == (IDS[1], IDS[0])
    assert await history.executions_of(a_key(2), 1) == (IDS[2],)
    assert await history.executions_of(a_key(7), 10) == ()
