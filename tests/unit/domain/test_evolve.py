"""The fold is total over the event types, and refuses what the tables do not have."""

import inspect
from datetime import timedelta

import pytest

from drs_desktop.domain import events as ev
from drs_desktop.domain.evolve import IllegalTransition, evolve, fold
from drs_desktop.domain.evolving import apply
from drs_desktop.domain.execution import AttemptStatus
from drs_desktop.domain.ids import JobId
from drs_desktop.domain.job import JobStatus, LaunchPhase
from drs_desktop.domain.start_recovery import AttemptKey
from tests.helpers.builders import (
    OTHER_SCOPE,
    SCOPE,
    START,
    Play,
    a_creation,
    a_frozen_wave,
    a_key,
    an_execution,
)

EVENT_TYPES = [
    kind
    for _, kind in inspect.getmembers(ev, inspect.isclass)
    if issubclass(kind, ev.Event) and kind not in {ev.Event, ev.ExecutionCreated}
]


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_type_has_a_function_of_its_own(kind: type[ev.Event]) -> None:
    assert apply.dispatch(kind) is not apply.dispatch(ev.Event)


def test_an_event_type_that_nobody_knows_is_refused_by_name() -> None:
    class Invented(ev.Event):
        pass

    with pytest.raises(ValueError, match="Invented"):
        evolve(an_execution(), Invented(at=START))


def test_a_journal_begins_with_the_creation_only() -> None:
    with pytest.raises(ValueError, match="begins with ExecutionCreated, not with StartsHeld"):
        evolve(None, ev.StartsHeld(at=START, reason="why"))


def test_a_journal_does_not_begin_with_a_server_either() -> None:
    launched = ev.ServerLaunchChanged(
        at=START, wave=1, server=a_key(1), job_id=None, launch_status=None, phase=LaunchPhase.WAITING
    )
    with pytest.raises(ValueError, match="begins with ExecutionCreated, not with ServerLaunchChanged"):
        fold([launched])


def test_events_folded_together_make_the_state_of_those_taken_one_by_one() -> None:
    play = Play(3)
    play.run_to_the_end()
    one_by_one = None
    for event in play.events:
        one_by_one = evolve(one_by_one, event)
    assert fold(play.events) == one_by_one


def test_no_events_make_no_execution() -> None:
    assert fold(()) is None


def test_the_version_counts_the_events() -> None:
    play = Play(2)
    play.run_to_the_end()
    assert play.state.version == len(play.events)


def test_folding_the_journal_anew_gives_the_same_state() -> None:
    play = Play(2)
    play.run_to_the_end(failed=[2])
    assert fold(play.events) == play.state


def test_an_attempt_that_ended_cannot_be_accepted_again() -> None:
    play = Play(1)
    key = play.accept()
    play.end_job()
    with pytest.raises(IllegalTransition, match="cannot go from FINISHED to ACCEPTED"):
        evolve(play.state, ev.StartAccepted(at=START, key=key, job_id=JobId("drsjob-9"), evidence="late"))


def test_a_batch_or_a_server_that_does_not_exist_is_an_error() -> None:
    state = an_execution()
    accepted = ev.TerminationAccepted(at=START, scope=a_key().scope, batch=7, job_id=JobId("drsjob-7"))
    with pytest.raises(KeyError):
        evolve(state, accepted)
    with pytest.raises(KeyError):
        evolve(state, ev.TerminationRequested(at=START, by="anna", servers=(a_key(99),)))
    with pytest.raises(KeyError):
        state.wave(9)


def test_a_refusal_before_any_intent_is_remembered_as_an_attempt() -> None:
    play = Play(1)
    key = AttemptKey(part=play.part(), attempt=1)
    state = evolve(play.state, ev.StartRefused(at=START, key=key, code="", message="no such server"))
    assert state.attempt(key).status is AttemptStatus.REFUSED
    assert state.attempt(key).reason == "no such server"


def test_a_job_that_never_says_when_it_ended_ended_when_it_was_first_seen_so() -> None:
    play = Play(1)
    key = play.accept()
    seen = START + timedelta(minutes=9)
    event = ev.JobObserved(at=seen, key=key, job_id=JobId("drsjob-1-0"), status=JobStatus.COMPLETED)
    assert evolve(play.state, event).attempt(key).job_ended_at == seen


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_a_wave_is_split_into_parts_of_at_most_a_hundred_servers(count: int, sizes: list[int]) -> None:
    state = an_execution([a_frozen_wave(1, [a_key(n) for n in range(1, count + 1)])])
    assert [len(part.servers) for part in state.wave(1).parts] == sizes
    assert [part.key.index for part in state.wave(1).parts] == list(range(1, len(sizes) + 1))


def test_no_part_mixes_accounts_or_regions_and_none_is_lost() -> None:
    keys = [a_key(n, SCOPE if n % 2 else OTHER_SCOPE) for n in range(1, 251)]
    parts = an_execution([a_frozen_wave(1, keys)]).wave(1).parts
    assert [(part.key.scope, part.key.index, len(part.servers)) for part in parts] == [
        (SCOPE, 1, 100),
        (SCOPE, 2, 25),
        (OTHER_SCOPE, 1, 100),
        (OTHER_SCOPE, 2, 25),
    ]
    assert sorted(key for part in parts for key in part.servers) == sorted(keys)
    assert all(key.scope == part.key.scope for part in parts for key in part.servers)


def test_a_created_execution_keeps_what_was_frozen() -> None:
    created = a_creation([a_frozen_wave(1, [a_key(1), a_key(2)], optional=1, pause_before=True)])
    state = fold([created])
    assert state is not None
    assert [server.is_critical for server in state.servers] == [True, False]
    assert state.wave(1).pause_before
    assert (state.plan_name, state.plan_revision, state.created_by) == ("payroll", 3, "anna")


def test_a_wave_is_found_by_its_number_wherever_it_stands() -> None:
    state = an_execution([a_frozen_wave(7, [a_key(1)]), a_frozen_wave(1, [a_key(2)])])
    assert [state.waves[state.wave_index(number)].number for number in (1, 7)] == [1, 7]
    with pytest.raises(KeyError):
        state.wave(2)
