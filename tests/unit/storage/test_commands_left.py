"""Commands left for a driver: one that this program cannot read keeps back nothing."""

import pytest
from sqlalchemy import update

from drs_desktop.domain.commands import Cancel, Pause
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import Driver
from drs_desktop.storage.schema import operator_input
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import EXECUTION_ID
from tests.helpers.fakes import FakeClock, FakeLocks


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ('{"type": "Teleport", "value": {}}', "A command Teleport was left that this version"),
        ('{"type": "Pause", "value": {"reason": 7}}', "A command that was left cannot be read"),
        ("half a li", "A command that was left cannot be read"),
    ],
)
@on_loop
async def test_a_command_that_cannot_be_read_says_why_and_the_next_one_is_read(
    database: Database, payload: str, words: str
) -> None:
    journal = SqlExecutionJournal(database, FakeClock(), Driver(owner="one", host="here"), FakeLocks())
    odd = await journal.leave_command(EXECUTION_ID, Pause(), "tomorrow")
    await journal.leave_command(EXECUTION_ID, Cancel(), "anna")
    mend = update(operator_input).where(operator_input.c.command_id == odd).values(payload=payload)
    await database.write(lambda connection: connection.execute(mend).close())
    first, second = await journal.pending_commands(EXECUTION_ID)
    assert (first.command, first.by) == (None, "tomorrow")
    assert words in first.problem
    assert (second.command, second.problem) == (Cancel(), "")
    journal.close()
