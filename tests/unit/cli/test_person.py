"""What waits for a person; the words that are recognised are held to what the domain says."""

from dataclasses import replace

from drs_desktop.cli.person import (
    HeldWave,
    OnlyCancel,
    StartInDoubt,
    StartsHeld,
    needs_of,
    only_a_person,
    way_on,
)
from drs_desktop.domain import events as ev
from drs_desktop.domain.decider import decide
from drs_desktop.domain.evolve import fold
from drs_desktop.domain.execution import (
    Attempt,
    AttemptStatus,
    Execution,
    ExecutionStatus,
    FrozenServer,
    FrozenWave,
    WaveStatus,
)
from drs_desktop.domain.ids import IntentId, PlanId
from drs_desktop.domain.inputs import DriverTookSeat
from drs_desktop.domain.recovery_plan import FailurePolicy
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.domain.status import execution_status
from drs_desktop.domain.times import Now
from tests.unit.cli.fakes import (
    BEGAN,
    EXECUTION,
    NO,
    YES,
    a_key,
    a_question,
    a_view,
    a_wave,
    completed,
    in_doubt,
    paused_before,
    polling,
)


def an_execution(*, pause_before: bool = False) -> Execution:
    """Return a real execution of one wave, as far as its driver took it without AWS."""
    wave = FrozenWave(
        number=2,
        name="Databases",
        depends_on=(),
        pause_before=pause_before,
        instruction="",
        failure_policy=FailurePolicy.STOP,
        servers=(FrozenServer(key=a_key(), name="db-1"),),
    )
    created = ev.ExecutionCreated(
        at=BEGAN,
        execution_id=EXECUTION,
        plan_id=PlanId("payroll"),
        plan_name="payroll",
        plan_revision=1,
        mode=ExecutionMode.DRILL,
        endpoint_fingerprint="sim",
        created_by="ops",
        waves=(wave,),
    )
    state = fold((created,))
    assert state is not None
    now = Now(service=BEGAN, local=BEGAN)
    events = decide(state, DriverTookSeat(epoch=1, by="ops", decided=True), now)
    driven = fold(events, state)
    assert driven is not None
    return driven


def with_attempt(status: AttemptStatus) -> Execution:
    """Return a real execution whose one start is in this state."""
    state = an_execution()
    key = a_question().key
    attempt = Attempt(
        key=key,
        status=status,
        intent_id=IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV"),
        source_server_ids=(a_key().source_server_id,),
        request_digest="",
        not_after=BEGAN,
        horizon_at=BEGAN,
        baseline_job_ids=(),
        reason="no answer came",
    )
    return replace(state, waves=(replace(state.waves[0], attempts={key: attempt}),))


def test_hold_of_a_configured_pause_is_recognised_in_the_domains_words() -> None:
    hold = an_execution(pause_before=True).waves[0].hold
    assert hold is not None

    assert HeldWave(wave=a_wave(2, WaveStatus.HELD, reason=hold.reason)).is_configured_pause


def test_start_that_is_asked_about_is_recognised_in_the_domains_words() -> None:
    status = execution_status(with_attempt(AttemptStatus.ASK))
    view = in_doubt(a_question(), is_asked=True, reason=status.reason)

    assert [type(need) for need in needs_of(view)] == [StartInDoubt]
    assert only_a_person(view)


def test_start_that_is_looked_for_is_recognised_in_the_domains_words() -> None:
    status = execution_status(with_attempt(AttemptStatus.UNKNOWN))
    view = in_doubt(a_question(), is_asked=False, reason=status.reason)

    assert status.needs_person
    assert needs_of(view) == ()
    assert not only_a_person(view)


def test_doubt_is_not_the_last_word_while_another_start_is_on_its_way() -> None:
    waves = (a_wave(1, WaveStatus.STARTING), a_wave(2, WaveStatus.STARTING))

    assert not only_a_person(in_doubt(a_question(), is_asked=True, waves=waves))


def test_doubt_is_the_last_word_beside_waves_that_wait_for_it() -> None:
    waves = (a_wave(1), a_wave(2, WaveStatus.STARTING), a_wave(3, WaveStatus.PENDING))

    assert only_a_person(in_doubt(a_question(), is_asked=True, waves=waves))


def test_doubt_of_a_cancelled_execution_still_needs_a_person() -> None:
    view = in_doubt(a_question(), is_asked=True, status=ExecutionStatus.CANCELLING)

    assert only_a_person(view)


def test_ended_and_running_executions_need_nobody() -> None:
    assert needs_of(completed()) == needs_of(polling()) == ()
    assert not only_a_person(completed())
    assert way_on(completed()) == ()


def test_pause_without_a_held_wave_holds_all_starts() -> None:
    view = a_view(ExecutionStatus.PAUSED, reason="The program was restarted.")

    assert needs_of(view) == (StartsHeld(reason="The program was restarted."),)
    assert way_on(view) == (f"drs-desktop resume {EXECUTION}",)


def test_what_cannot_be_resumed_can_only_be_cancelled() -> None:
    view = paused_before(2, reason="frozen")
    frozen = replace(view, actions=replace(view.actions, resume=NO))

    assert needs_of(frozen) == (OnlyCancel(reason="frozen"),)
    assert way_on(frozen) == (f"drs-desktop cancel {EXECUTION}",)


def test_what_can_be_neither_resumed_nor_cancelled_is_closed_by_no_longer_watching() -> None:
    view = paused_before(2, reason="the simulator is gone")
    gone = replace(view, actions=replace(view.actions, resume=NO, cancel=NO, stop_watching=YES))

    assert way_on(gone) == (f"drs-desktop stop-watching {EXECUTION} --reason TEXT",)


def test_several_holds_are_named_each() -> None:
    assert way_on(paused_before(2, 3)) == (
        f"drs-desktop resume {EXECUTION} --wave 2",
        f"drs-desktop resume {EXECUTION} --wave 3",
    )


def test_several_doubts_are_told_apart() -> None:
    view = in_doubt(a_question(), is_asked=True, questions=(a_question(), a_question(index=2)))

    assert [command for command in way_on(view) if "--part 2" in command]
