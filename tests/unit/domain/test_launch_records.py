"""Records of changes: what can be undone, what somebody else changed since, how a server stands."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_desktop.domain.launch_changes import change_to
from drs_desktop.domain.launch_records import (
    ABANDONED_AFTER,
    LaunchRecord,
    Outcome,
    SyncFacts,
    SyncState,
    Verb,
    drift,
    sync_state,
    undoable,
    worst_state,
)
from drs_desktop.domain.launch_settings import LaunchSettings, RightSizing
from tests.helpers.builders import a_key
from tests.helpers.fakes import START

BEFORE = LaunchSettings(instance_type="m5.large", right_sizing=RightSizing.NONE)
WANTED = LaunchSettings(subnet_id="subnet-1")
AFTER = replace(BEFORE, subnet_id="subnet-1")


def a_record(number: int = 1, verb: Verb = Verb.APPLY, outcome: Outcome = Outcome.DONE) -> LaunchRecord:
    return LaunchRecord(
        record_id=number,
        key=a_key(1),
        verb=verb,
        change=change_to(BEFORE, WANTED),
        before=BEFORE,
        begun_at=START,
        begun_by="anna",
        outcome=outcome,
        ended_at=None if outcome is Outcome.BEGUN else START,
        after=AFTER if outcome is Outcome.DONE else None,
    )


def state(*records: LaunchRecord, **changes: object) -> SyncState:
    facts = SyncFacts(wanted=WANTED, observed=AFTER, records=records, now=START + timedelta(seconds=1))
    return sync_state(replace(facts, **changes))  # type: ignore[arg-type]


# ---- undoing


def test_nothing_written_is_nothing_to_undo() -> None:
    assert undoable(()) is None


def test_the_latest_change_is_undone_first_and_then_the_one_before() -> None:
    first, second = a_record(1), a_record(2)
    assert undoable([first, second]) == second
    assert undoable([first, second, a_record(3, Verb.RESTORE)]) == first
    assert undoable([first, second, a_record(3, Verb.RESTORE), a_record(4, Verb.RESTORE)]) is None


def test_a_restore_that_failed_leaves_the_change_to_be_undone() -> None:
    assert undoable([a_record(1), a_record(2, Verb.RESTORE, Outcome.FAILED)]) == a_record(1)


def test_a_change_that_failed_half_way_can_be_undone() -> None:
    assert undoable([a_record(1, outcome=Outcome.FAILED)]) == a_record(1, outcome=Outcome.FAILED)


# ---- drift


def test_what_was_written_and_stands_is_no_drift() -> None:
    assert drift([a_record()], AFTER) == ()


def test_a_foreign_change_is_named_with_its_time() -> None:
    (told,) = drift([a_record()], replace(AFTER, instance_type="c5.large"))
    assert told.startswith("Changed outside since ")
    assert told.endswith("the instance type was m5.large and is c5.large.")


def test_what_was_never_written_has_not_drifted() -> None:
    assert drift((), BEFORE) == ()
    assert drift([a_record(outcome=Outcome.FAILED)], BEFORE) == ()


def test_the_type_that_right_sizing_writes_is_no_drift() -> None:
    sized = replace(AFTER, right_sizing=RightSizing.BASIC)
    record = replace(a_record(), after=sized)
    assert drift([record], replace(sized, instance_type="t3.large")) == ()
    assert drift([record], replace(sized, subnet_id="subnet-2")) != ()


# ---- how a server stands


def test_a_server_for_which_nothing_is_wanted_is_not_configured() -> None:
    assert state(wanted=LaunchSettings()) is SyncState.NOT_CONFIGURED


def test_a_server_that_has_what_is_wanted_is_ready() -> None:
    assert state() is SyncState.READY


def test_a_server_that_was_never_seen_is_unknown_and_never_ready() -> None:
    assert state(observed=None) is SyncState.UNKNOWN


def test_a_server_that_lacks_what_is_wanted_is_pending() -> None:
    assert state(observed=BEFORE) is SyncState.PENDING
    assert state(a_record(), wanted=replace(WANTED, instance_type="c5.large")) is SyncState.PENDING


def test_a_server_that_somebody_changed_back_is_changed_outside() -> None:
    assert state(a_record(), observed=BEFORE) is SyncState.DRIFTED


def test_a_server_whose_last_change_failed_says_so_until_it_is_as_wanted() -> None:
    failed = a_record(outcome=Outcome.FAILED)
    assert state(failed, observed=BEFORE) is SyncState.FAILED
    assert state(failed) is SyncState.READY


@pytest.mark.parametrize(
    ("after", "expected"),
    [(ABANDONED_AFTER - timedelta(seconds=1), SyncState.SYNCING), (ABANDONED_AFTER, SyncState.FAILED)],
)
def test_a_change_under_way_is_syncing_until_its_console_must_be_gone(
    after: timedelta, expected: SyncState
) -> None:
    begun = a_record(outcome=Outcome.BEGUN)
    assert state(begun, observed=BEFORE, now=START + after) is expected


def test_the_worst_server_speaks_for_the_group() -> None:
    assert worst_state([SyncState.READY, SyncState.FAILED, SyncState.PENDING]) is SyncState.FAILED
    assert worst_state([SyncState.READY, SyncState.NOT_CONFIGURED]) is SyncState.READY
    assert worst_state([]) is SyncState.NOT_CONFIGURED
