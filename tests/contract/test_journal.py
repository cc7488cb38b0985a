"""The ExecutionJournal port: one suite on the journal in memory and on SQLite in both journal modes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain.commands import Cancel, Pause, Resume
from drs_desktop.domain.errors import AnotherDriver, ClaimConflict, LeaseLost, StorageError
from drs_desktop.domain.evolve import IllegalTransition, fold
from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ExecutionId, IntentId, JobId
from drs_desktop.domain.ports import CommandAnswer, ExecutionJournal, Lease
from drs_desktop.domain.start_recovery import AttemptKey
from drs_desktop.storage import database as database_module
from drs_desktop.storage.database import Database
from drs_desktop.storage.execution_journal import SqlExecutionJournal
from drs_desktop.storage.leases import LEASE_SPAN, Driver
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import (
    EXECUTION_ID,
    OTHER_SCOPE,
    SCOPE,
    START,
    Play,
    a_creation,
    a_frozen_wave,
    a_key,
)
from tests.helpers.fakes import FakeClock, FakeLocks, InMemoryJournal

OTHER_ID = ExecutionId("test-01J9Z3NDEKTSV4RRFFQ69G5FAW")


@dataclass
class Process:
    """One process on the shared database."""

    journal: ExecutionJournal
    die: Callable[[], None]


@dataclass
class House:
    """A database, and the processes that use it."""

    clock: FakeClock
    make: Callable[[str, str], Process]
    verify: Callable[[], Any] = field(default=lambda: ())

    def process(self, owner: str = "driver-1", host: str = "host-1") -> Process:
        return self.make(owner, host)


def _in_memory(clock: FakeClock) -> House:
    first = InMemoryJournal(clock)

    def make(owner: str, host: str) -> Process:
        journal = first.another(owner, host)
        return Process(journal, journal.die)

    return House(clock, make)


@pytest.fixture(params=["memory", "wal", "rollback"])
def house(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Processes that share a journal."""
    clock = FakeClock()
    if request.param == "memory":
        yield _in_memory(clock)
        return
    settings = ("WAL", "FULL") if request.param == "wal" else ("DELETE", "EXTRA")
    monkeypatch.setattr(database_module, "journal_settings", lambda version: settings)
    opened: list[tuple[Database, SqlExecutionJournal]] = []
    hosts: dict[str, dict[ExecutionId, FakeLocks]] = {}

    def make(owner: str, host: str) -> Process:
        database = Database(tmp_path / "journal.db")
        database.open()
        locks = FakeLocks(hosts.setdefault(host, {}))
        journal = SqlExecutionJournal(database, clock, Driver(owner=owner, host=host), locks)
        opened.append((database, journal))
        return Process(journal, locks.die)

    yield House(clock, make)
    for database, journal in opened:
        journal.close()
        database.close()


async def _create(journal: ExecutionJournal, execution_id: ExecutionId = EXECUTION_ID) -> Lease:
    lease = await journal.acquire_lease(execution_id)
    await journal.append(lease, None, (a_creation(2, execution_id=execution_id),))
    return lease


async def _state(journal: ExecutionJournal, execution_id: ExecutionId = EXECUTION_ID) -> Execution:
    state = fold(stored.event for stored in await journal.read(execution_id))
    assert state is not None
    return state


def _held(reason: str = "why") -> ev.StartsHeld:
    return ev.StartsHeld(at=START, reason=reason)


# ---- events


@on_loop
async def test_what_was_written_is_read_back_in_order_by_every_process(house: House) -> None:
    one, two = house.process(), house.process("driver-2")
    play = Play(2)
    play.run_to_the_end(failed=[2])
    lease = await one.journal.acquire_lease(EXECUTION_ID)
    state = None
    for event in play.events:
        await one.journal.append(lease, state, (event,))
        state = fold((event,), state)
    stored = await two.journal.read(EXECUTION_ID)
    assert [s.event for s in stored] == play.events
    assert [s.sequence for s in stored] == list(range(1, len(play.events) + 1))
    assert [s.position for s in stored] == sorted({s.position for s in stored})
    assert {s.recorded_at for s in stored} == {house.clock.local_now()}
    assert await _state(two.journal) == play.state


@on_loop
async def test_reading_on_gives_only_what_is_new(house: House) -> None:
    one = house.process()
    lease = await _create(one.journal)
    await _create(one.journal, OTHER_ID)
    first = await one.journal.read_since(0)
    (second,) = await one.journal.append(lease, await _state(one.journal), (_held(),))
    assert [s.execution_id for s in first] == [EXECUTION_ID, OTHER_ID]
    assert await one.journal.read_since(first[-1].position) == (second,)
    assert await one.journal.read(EXECUTION_ID, after_sequence=1) == (second,)


@on_loop
async def test_an_execution_that_does_not_exist_has_no_events(house: House) -> None:
    assert await house.process().journal.read(EXECUTION_ID) == ()


@on_loop
async def test_an_append_after_a_state_that_is_not_the_newest_writes_nothing(house: House) -> None:
    one = house.process()
    lease = await _create(one.journal)
    old = await _state(one.journal)
    await one.journal.append(lease, old, (_held(),))
    with pytest.raises(StorageError, match="is at 2"):
        await one.journal.append(lease, old, (_held("again"),))
    with pytest.raises(StorageError, match="is at 2"):
        await one.journal.append(lease, None, (a_creation(),))
    assert len(await one.journal.read(EXECUTION_ID)) == 2


@on_loop
async def test_events_that_make_a_forbidden_move_are_not_written(house: House) -> None:
    one = house.process()
    play = Play(1)
    key = play.accept()
    play.end_job()
    lease = await one.journal.acquire_lease(EXECUTION_ID)
    await one.journal.append(lease, None, play.events)
    forbidden = ev.StartAccepted(at=START, key=key, job_id=JobId("late"), evidence="late")
    with pytest.raises(IllegalTransition):
        await one.journal.append(lease, play.state, (_held(), forbidden))
    assert len(await one.journal.read(EXECUTION_ID)) == len(play.events)


# ---- leases


@on_loop
async def test_a_second_owner_is_refused_while_the_first_is_alive(house: House) -> None:
    one, two = house.process(), house.process("driver-2")
    await _create(one.journal)
    with pytest.raises(AnotherDriver, match="driver-1 on host-1"):
        await two.journal.acquire_lease(EXECUTION_ID)
    assert (await two.journal.acquire_lease(OTHER_ID)).epoch == 1, "another execution is free"


@on_loop
async def test_on_the_same_machine_a_dead_owner_is_followed_at_once(house: House) -> None:
    one, two = house.process(), house.process("driver-2")
    first = await _create(one.journal)
    one.die()
    second = await two.journal.acquire_lease(EXECUTION_ID)
    assert (second.owner, second.epoch) == ("driver-2", first.epoch + 1)


@on_loop
async def test_on_another_machine_only_the_expiry_decides(house: House) -> None:
    one, far = house.process(), house.process("driver-2", "host-2")
    await _create(one.journal)
    one.die()
    await house.clock.advance(LEASE_SPAN - timedelta(seconds=1))
    with pytest.raises(AnotherDriver):
        await far.journal.acquire_lease(EXECUTION_ID)
    await house.clock.advance(timedelta(seconds=1))
    assert (await far.journal.acquire_lease(EXECUTION_ID)).epoch == 2


@on_loop
async def test_renewing_and_appending_keep_the_lease_alive(house: House) -> None:
    one, far = house.process(), house.process("driver-2", "host-2")
    lease = await _create(one.journal)
    await house.clock.advance(LEASE_SPAN - timedelta(seconds=1))
    await one.journal.renew_lease(lease)
    await house.clock.advance(LEASE_SPAN - timedelta(seconds=1))
    await one.journal.append(lease, await _state(one.journal), (_held(),))
    await house.clock.advance(LEASE_SPAN - timedelta(seconds=1))
    with pytest.raises(AnotherDriver):
        await far.journal.acquire_lease(EXECUTION_ID)


@on_loop
async def test_an_owner_who_was_followed_is_fenced_off_and_writes_nothing(house: House) -> None:
    one, two = house.process(), house.process("driver-2", "host-2")
    old = await _create(one.journal)
    state = await _state(one.journal)
    command = await one.journal.leave_command(EXECUTION_ID, Pause(), "anna")
    await house.clock.advance(LEASE_SPAN)
    new = await two.journal.acquire_lease(EXECUTION_ID)
    with pytest.raises(LeaseLost):
        await one.journal.append(old, state, (_held(),), (CommandAnswer(command_id=command),))
    with pytest.raises(LeaseLost):
        await one.journal.renew_lease(old)
    assert len(await two.journal.read(EXECUTION_ID)) == 1
    assert await two.journal.command_answer(command) is None
    await two.journal.append(new, state, (_held(),))


@on_loop
async def test_an_owner_of_the_same_name_fences_off_its_own_past(house: House) -> None:
    one = house.process()
    old = await _create(one.journal)
    one.die()
    new = await house.process().journal.acquire_lease(EXECUTION_ID)
    assert (new.owner, new.epoch) == (old.owner, old.epoch + 1)
    with pytest.raises(LeaseLost):
        await one.journal.renew_lease(old)


@on_loop
async def test_a_lease_given_back_is_free_at_once_and_its_epoch_goes_on(house: House) -> None:
    one, far = house.process(), house.process("driver-2", "host-2")
    lease = await _create(one.journal)
    await one.journal.release_lease(lease)
    assert (await far.journal.acquire_lease(EXECUTION_ID)).epoch == 2
    with pytest.raises(LeaseLost):
        await one.journal.renew_lease(lease)


@on_loop
async def test_giving_back_a_lost_lease_does_not_free_the_new_owners(house: House) -> None:
    one, two = house.process(), house.process("driver-2")
    old = await _create(one.journal)
    one.die()
    new = await two.journal.acquire_lease(EXECUTION_ID)
    await one.journal.release_lease(old)
    await two.journal.renew_lease(new)
    with pytest.raises(AnotherDriver):
        await house.process("driver-3", "host-3").journal.acquire_lease(EXECUTION_ID)


# ---- claims


async def _armed(journal: ExecutionJournal, execution_id: ExecutionId, **changes: Any) -> tuple[Lease, Play]:
    """Begin an execution of servers 1 and 2 and commit its intent."""
    play = Play([a_frozen_wave(1, [a_key(1), a_key(2)])], execution_id=execution_id, **changes)
    lease = await journal.acquire_lease(execution_id)
    await journal.append(lease, None, play.events)
    before = play.state
    seen = len(play.events)
    play.arm()
    await journal.append(lease, before, play.events[seen:])
    return lease, play


@on_loop
async def test_a_server_is_in_one_live_attempt_over_all_executions(house: House) -> None:
    one, two = house.process(), house.process("driver-2")
    await _armed(one.journal, EXECUTION_ID)
    with pytest.raises(ClaimConflict) as refused:
        await _armed(two.journal, OTHER_ID)
    assert refused.value.holder == EXECUTION_ID
    stored = await two.journal.read(OTHER_ID)
    assert not any(isinstance(s.event, ev.StartArmed) for s in stored), "nothing of it was written"


@on_loop
async def test_the_same_server_id_at_another_endpoint_is_another_server(house: House) -> None:
    one = house.process()
    await _armed(one.journal, EXECUTION_ID)
    await _armed(one.journal, OTHER_ID, endpoint_fingerprint="simulator-7")


def _ends(key: AttemptKey, kind: str) -> tuple[ev.Event, ...]:
    accepted = ev.StartAccepted(at=START, key=key, job_id=JobId("drsjob-1"), evidence="answer")
    return {
        "refused": (ev.StartRefused(at=START, key=key, code="", message="no"),),
        "not sent": (ev.StartNotSent(at=START, key=key, reason="no network", retry_at=START),),
        "not started": (
            ev.StartOutcomeUnknown(at=START, key=key, reason="reset"),
            ev.StartNotStarted(at=START, key=key, evidence="nothing seen"),
        ),
        "abandoned": (accepted, ev.StartAbandoned(at=START, key=key, by="anna")),
        "job ended": (accepted, ev.JobEnded(at=START, key=key, job_id=JobId("drsjob-1"))),
    }[kind]


@pytest.mark.parametrize("kind", ["refused", "not sent", "not started", "job ended", "abandoned"])
@on_loop
async def test_a_claim_is_given_back_when_the_attempt_ends(house: House, kind: str) -> None:
    one = house.process()
    lease, play = await _armed(one.journal, EXECUTION_ID)
    await one.journal.append(lease, play.state, _ends(play.latest().key, kind))
    await _armed(one.journal, OTHER_ID)


@pytest.mark.parametrize("kind", ["accepted", "unknown", "asked"])
@on_loop
async def test_a_claim_is_kept_while_the_attempt_may_be_in_flight(house: House, kind: str) -> None:
    one = house.process()
    lease, play = await _armed(one.journal, EXECUTION_ID)
    key = play.latest().key
    unknown = ev.StartOutcomeUnknown(at=START, key=key, reason="reset")
    asked = ev.StartDecisionNeeded(at=START, key=key, candidates=(), reason="no tags")
    accepted = ev.StartAccepted(at=START, key=key, job_id=JobId("drsjob-1"), evidence="answer")
    events = {"accepted": (accepted,), "unknown": (unknown,), "asked": (unknown, asked)}[kind]
    await one.journal.append(lease, play.state, events)
    with pytest.raises(ClaimConflict):
        await _armed(one.journal, OTHER_ID)


@on_loop
async def test_the_claims_of_every_process_are_listed_by_place(house: House) -> None:
    one, two = house.process(), house.process("driver-2")
    lease, play = await _armed(one.journal, EXECUTION_ID)
    claims = await two.journal.claims(play.state.endpoint_fingerprint, SCOPE)
    assert {claim.execution_id for claim in claims} == {EXECUTION_ID}
    assert {claim.attempt for claim in claims} == {str(play.latest().key)}
    assert sorted(claim.source_server_id for claim in claims) == sorted(play.latest().source_server_ids)
    assert await two.journal.claims("another endpoint", SCOPE) == ()
    assert await two.journal.claims(play.state.endpoint_fingerprint, OTHER_SCOPE) == ()
    await one.journal.append(lease, play.state, _ends(play.latest().key, "refused"))
    assert await two.journal.claims(play.state.endpoint_fingerprint, SCOPE) == ()


@on_loop
async def test_an_intent_and_its_end_in_one_append_leave_no_claim(house: House) -> None:
    one = house.process()
    lease, play = await _armed(one.journal, EXECUTION_ID)
    key = play.latest().key
    again = ev.StartArmed(
        at=START,
        key=replace(key, attempt=2),
        intent_id=IntentId("second"),
        source_server_ids=play.latest().source_server_ids,
        is_drill=True,
        request_digest="digest",
        baseline_job_ids=(),
        not_after=START,
        horizon_at=START,
        epoch=1,
    )
    events = (*_ends(key, "not sent"), again, *_ends(again.key, "not sent"))
    await one.journal.append(lease, play.state, events)
    await _armed(one.journal, OTHER_ID)


# ---- summaries


@on_loop
async def test_the_summary_follows_every_append(house: House) -> None:
    one = house.process()
    lease = await _create(one.journal)
    state = await _state(one.journal)
    (before,) = await one.journal.summaries()
    assert (before.status, before.version, before.ended_at) == ("PENDING", 1, None)
    assert (before.plan_name, before.mode, before.endpoint_fingerprint) == ("payroll", "drill", "aws")
    await one.journal.append(lease, state, (_held("slept"),))
    (after,) = await one.journal.summaries()
    assert (after.status, after.reason, after.needs_person) == ("PAUSED", "slept", True)


@on_loop
async def test_summaries_come_newest_first_and_only_live_ones_when_asked(house: House) -> None:
    one = house.process()
    ended = Play(1, execution_id=OTHER_ID, at=START - timedelta(hours=1))  # by the clock of its simulator
    ended.run_to_the_end()
    lease = await one.journal.acquire_lease(OTHER_ID)
    await one.journal.append(lease, None, ended.events)
    await _create(one.journal)
    assert [s.execution_id for s in await one.journal.summaries()] == [OTHER_ID, EXECUTION_ID]
    assert [s.execution_id for s in await one.journal.summaries(limit=1)] == [OTHER_ID]
    assert [s.execution_id for s in await one.journal.summaries(live_only=True)] == [EXECUTION_ID]


# ---- commands


@on_loop
async def test_a_command_left_by_any_process_reaches_the_driver_and_its_answer_comes_back(
    house: House,
) -> None:
    one, two = house.process(), house.process("driver-2")
    lease = await _create(one.journal)
    first = await two.journal.leave_command(EXECUTION_ID, Resume(wave=2, reason="go"), "bert")
    second = await two.journal.leave_command(EXECUTION_ID, Cancel(), "bert")
    await two.journal.leave_command(OTHER_ID, Cancel(), "bert")
    pending = await one.journal.pending_commands(EXECUTION_ID)
    assert [(p.command_id, p.command, p.by) for p in pending] == [
        (first, Resume(wave=2, reason="go"), "bert"),
        (second, Cancel(), "bert"),
    ]
    assert await two.journal.command_answer(first) is None
    refused = CommandAnswer(command_id=first, refusal="Wave 2 is not held.", needs_operator=True)
    state = await _state(one.journal)
    await one.journal.append(lease, state, (_held(),), (refused,))
    assert await two.journal.command_answer(first) == refused
    assert [p.command_id for p in await one.journal.pending_commands(EXECUTION_ID)] == [second]
    await one.journal.append(lease, await _state(one.journal), (), (CommandAnswer(command_id=second),))
    assert await two.journal.command_answer(second) == CommandAnswer(command_id=second)
    assert len(await one.journal.read(EXECUTION_ID)) == 2, "an answer alone adds no event"


@on_loop
async def test_a_command_that_nobody_left_has_no_answer(house: House) -> None:
    assert await house.process().journal.command_answer(99) is None
