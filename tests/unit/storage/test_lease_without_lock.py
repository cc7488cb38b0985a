"""An owner that took the lease while the last one still held the file lock: the lock says nothing of it."""

from datetime import timedelta

import pytest

from drs_desktop.domain.errors import AnotherDriver
from drs_desktop.domain.ids import ExecutionId
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import LEASE_SPAN, Driver
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import EXECUTION_ID
from tests.helpers.fakes import FakeClock, FakeLocks

HOST = "host-1"


class Machine:
    """Three processes on one machine: the first has the lock, but its lease is given back."""

    def __init__(self, database: Database) -> None:
        self.clock = FakeClock()
        self._database = database
        held: dict[ExecutionId, FakeLocks] = {}
        self._locks = [FakeLocks(held) for _ in range(3)]
        self._locks[0].try_acquire(EXECUTION_ID)
        self.second, self.third = self._journal(1), self._journal(2)

    def _journal(self, number: int) -> SqlExecutionJournal:
        driver = Driver(owner=f"process {number}", host=HOST)
        return SqlExecutionJournal(self._database, self.clock, driver, self._locks[number])

    def first_lets_go_of_the_lock(self) -> None:
        self._locks[0].release(EXECUTION_ID)

    def second_dies(self) -> None:
        self._locks[1].die()


@on_loop
async def test_living_owner_without_the_lock_is_not_followed_when_the_lock_becomes_free(
    database: Database,
) -> None:
    machine = Machine(database)
    lease = await machine.second.acquire_lease(EXECUTION_ID)
    machine.first_lets_go_of_the_lock()

    with pytest.raises(AnotherDriver, match=r"process 1 on host-1\)"):
        await machine.third.acquire_lease(EXECUTION_ID)

    await machine.second.renew_lease(lease)


@on_loop
async def test_renewing_owner_takes_the_lock_and_its_death_lets_a_successor_in_at_once(
    database: Database,
) -> None:
    machine = Machine(database)
    lease = await machine.second.acquire_lease(EXECUTION_ID)
    machine.first_lets_go_of_the_lock()
    await machine.second.renew_lease(lease)
    machine.second_dies()

    assert (await machine.third.acquire_lease(EXECUTION_ID)).epoch == lease.epoch + 1


@on_loop
async def test_dead_owner_without_the_lock_is_followed_after_its_lease(database: Database) -> None:
    machine = Machine(database)
    lease = await machine.second.acquire_lease(EXECUTION_ID)
    machine.first_lets_go_of_the_lock()
    await machine.clock.advance(LEASE_SPAN + timedelta(seconds=1))

    assert (await machine.third.acquire_lease(EXECUTION_ID)).epoch == lease.epoch + 1
