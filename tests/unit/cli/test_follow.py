"""run, demo and resume: what is released, what is asked, where the command ends."""

from typing import Any

import pytest

from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.errors import (
    AnotherDriver,
    CommandRefused,
    LeaseLost,
    NeedsOperator,
    ValidationFailed,
)
from drs_desktop.domain.execution import ExecutionStatus, Health, HoldKind, WaveStatus
from drs_desktop.domain.start_recovery import ExecutionMode
from tests.unit.cli.fakes import (
    EXECUTION,
    NO,
    YES,
    FakeExecutions,
    FakeProgram,
    a_failed_server,
    a_question,
    a_server,
    a_view,
    a_wave,
    completed,
    in_doubt,
    paused_before,
    polling,
    ran,
)

RUN = ("run", "--plan", "payroll", "--mode", "drill")


def program_with(*script: Any) -> FakeProgram:
    return FakeProgram(executions=FakeExecutions(*script))


# ---- the end


def test_clean_drill_ends_with_0() -> None:
    program = program_with(polling(), completed())

    result = ran(program, *RUN)

    assert result.code == 0
    assert program.executions.calls == [("start", "plan-payroll", ExecutionMode.DRILL, None, False)]
    assert "COMPLETED" in result.out


@pytest.mark.parametrize(
    "status", [ExecutionStatus.PARTIAL, ExecutionStatus.FAILED, ExecutionStatus.CANCELLED]
)
def test_bad_end_ends_with_4(status: ExecutionStatus) -> None:
    assert ran(program_with(polling(), a_view(status)), *RUN).code == 4


@pytest.mark.parametrize("server", [a_failed_server(is_critical=False), a_server(health=Health.UNHEALTHY)])
def test_completed_with_a_server_that_is_not_good_ends_with_4(server: Any) -> None:
    assert ran(program_with(polling(), completed(servers=(server,))), *RUN).code == 4


def test_unknown_plan_ends_with_3() -> None:
    result = ran(program_with(), "run", "--plan", "nope", "--mode", "drill")

    assert result.code == 3
    assert "There is no plan nope" in result.err


def test_recovery_without_confirmation_ends_with_3() -> None:
    program = program_with(polling())
    program.executions.refusals["start"] = ValidationFailed("Confirm with the plan's name.")

    result = ran(program, "run", "--plan", "payroll", "--mode", "recovery")

    assert result.code == 3
    assert program.executions.calls == [("start", "plan-payroll", ExecutionMode.RECOVERY, None, False)]


def test_confirmation_is_handed_on_exactly() -> None:
    program = program_with(polling(), completed(mode=ExecutionMode.RECOVERY))

    ran(program, "run", "--plan", "payroll", "--mode", "recovery", "--confirm", "payroll ", typed=[])

    assert program.executions.calls[0] == ("start", "plan-payroll", ExecutionMode.RECOVERY, "payroll ", True)


# ---- configured pauses


def test_pause_without_terminal_ends_with_5_and_stays() -> None:
    program = program_with(polling(), paused_before(2), completed())

    result = ran(program, *RUN)

    assert result.code == 5
    assert program.executions.names == ["start"]
    assert f"drs-desktop resume {EXECUTION}" in result.err


def test_release_pauses_releases_each_pause() -> None:
    program = program_with(polling(), paused_before(2), polling(), paused_before(3), completed())

    result = ran(program, *RUN, "--release-pauses")

    assert result.code == 0
    assert program.executions.calls[1:] == [("resume", 2), ("resume", 3)]


def test_release_pauses_releases_no_other_hold() -> None:
    decision = a_wave(
        2,
        WaveStatus.HELD,
        hold_kind=HoldKind.DECISION,
        reason='wave 1 "a pause is configured before it" failed.',
    )
    program = program_with(polling(), paused_before(2, waves=(decision,)))

    assert ran(program, *RUN, "--release-pauses").code == 5
    assert program.executions.names == ["start"]


def test_release_that_is_refused_is_not_repeated() -> None:
    program = program_with(polling(), paused_before(2))
    program.executions.refusals["resume"] = CommandRefused("Wave 2 is not held.")

    assert ran(program, *RUN, "--release-pauses").code == 5
    assert program.executions.names == ["start", "resume"]


def test_pause_of_one_branch_is_released_while_another_runs() -> None:
    branch = polling(
        needs_person=True,
        waves=(a_wave(1, WaveStatus.POLLING), a_wave(2, WaveStatus.HELD)),
        actions=paused_before(2).actions,
    )
    program = program_with(polling(), branch, completed())

    assert ran(program, *RUN, "--release-pauses").code == 0
    assert program.executions.calls[1] == ("resume", 2)


def test_recovery_refuses_release_pauses_as_usage() -> None:
    program = program_with()

    result = ran(
        program, "run", "--plan", "payroll", "--mode", "recovery", "--confirm", "payroll", "--release-pauses"
    )

    assert result.code == 2
    assert program.choices == []


def test_person_releases_the_pause_at_the_terminal() -> None:
    held = paused_before(2, waves=(a_wave(2, WaveStatus.HELD, instruction="Call \x1b[31mNetworks."),))
    program = program_with(polling(), held, completed())

    result = ran(program, *RUN, typed=["maybe", "y"])

    assert result.code == 0
    assert program.executions.calls[1] == ("resume", 2)
    assert 'Release the pause before wave 2 "Wave 2"? [y/N] ' in result.out
    assert "Call Networks." in result.out


@pytest.mark.parametrize("typed", [["n"], [""], []])
def test_person_who_does_not_say_yes_leaves_it_paused(typed: list[str]) -> None:
    program = program_with(polling(), paused_before(2), completed())

    assert ran(program, *RUN, typed=typed).code == 5
    assert program.executions.names == ["start"]


# ---- other needs


def test_person_may_cancel_at_a_decision() -> None:
    decision = a_wave(
        2,
        WaveStatus.HELD,
        hold_kind=HoldKind.DECISION,
        reason='wave 1 "Databases" failed. Resume goes on, cancel stops.',
    )
    program = program_with(polling(), paused_before(2, waves=(decision,)), a_view(ExecutionStatus.CANCELLED))

    assert ran(program, *RUN, typed=["cancel"]).code == 4
    assert program.executions.names == ["start", "cancel"]


def test_held_starts_are_allowed_by_a_person() -> None:
    held = a_view(ExecutionStatus.PAUSED, reason="The clock jumped.", waves=(a_wave(1, WaveStatus.PENDING),))
    program = program_with(polling(), held, completed())

    assert ran(program, *RUN, typed=["y"]).code == 0
    assert program.executions.calls[1] == ("resume", None)


def test_frozen_execution_offers_only_cancel() -> None:
    frozen = a_view(ExecutionStatus.PAUSED, reason="AWS contradicts.", actions=polling().actions)
    program = program_with(polling(), frozen)

    result = ran(program, *RUN)

    assert result.code == 5
    assert f"drs-desktop cancel {EXECUTION}" in result.err


def test_start_still_being_looked_for_is_waited_for() -> None:
    program = program_with(polling(), in_doubt(a_question(), is_asked=False), polling(), completed())

    assert ran(program, *RUN).code == 0


def test_start_that_only_a_person_can_settle_ends_with_5() -> None:
    program = program_with(polling(), in_doubt(a_question(), is_asked=True), completed())

    result = ran(program, *RUN)

    assert result.code == 5
    assert f"drs-desktop answer {EXECUTION} --wave 2 --keep-looking" in result.err


def test_start_in_doubt_waits_for_the_waves_that_run() -> None:
    waves = (a_wave(1, WaveStatus.POLLING), a_wave(2, WaveStatus.STARTING))
    beside = in_doubt(a_question(), is_asked=True, waves=waves)
    program = program_with(polling(), beside, completed())
    program.executions.plays_on = True

    assert ran(program, *RUN).code == 0


@pytest.mark.parametrize(
    ("typed", "answer", "job"),
    [
        ([""], StartAnswer.KEEP_LOOKING, None),
        (["k"], StartAnswer.KEEP_LOOKING, None),
        (["o"], StartAnswer.OURS, "drsjob-7"),
        (["x", "n"], StartAnswer.NOTHING_STARTED, None),
    ],
)
def test_person_settles_a_start_in_doubt(typed: list[str], answer: StartAnswer, job: str | None) -> None:
    question = a_question(can_say_nothing_started=YES)
    program = program_with(polling(), in_doubt(question, is_asked=True), completed())

    assert ran(program, *RUN, typed=typed).code == 0
    assert program.executions.calls[1] == ("answer", question.key, answer, job, "")


def test_several_candidates_are_asked_for_by_id() -> None:
    question = a_question(candidates=("drsjob-7", "drsjob-8"))
    program = program_with(polling(), in_doubt(question, is_asked=True), completed())

    assert ran(program, *RUN, typed=["o", "drsjob-8"]).code == 0
    assert program.executions.calls[1][3] == "drsjob-8"


def test_answer_that_is_not_possible_now_is_not_taken() -> None:
    program = program_with(polling(), in_doubt(a_question(), is_asked=True), completed())

    result = ran(program, *RUN, typed=["n", "l"])

    assert result.code == 5
    assert "not now: not now" in result.out
    assert program.executions.names == ["start"]


def test_refused_answer_is_said_and_asked_again() -> None:
    program = program_with(polling(), in_doubt(a_question(), is_asked=True), completed())
    program.executions.refusals["answer"] = CommandRefused("AWS lists no job drsjob-7.")

    result = ran(program, *RUN, typed=["o", "k"])

    assert result.code == 0
    assert "AWS lists no job drsjob-7." in result.out
    assert program.executions.names == ["start", "answer", "answer"]


# ---- resume


def test_resume_takes_the_seat_releases_the_hold_and_follows() -> None:
    program = program_with(paused_before(2), polling(), completed())

    result = ran(program, "resume", EXECUTION, "--json")

    assert result.code == 0
    assert program.executions.calls == [("drive",), ("resume", None)]
    assert program.choices[0].execution_id == EXECUTION
    assert result.json["status"] == "COMPLETED"


def test_resume_lets_later_pauses_hold() -> None:
    program = program_with(paused_before(2), polling(), paused_before(3), completed())

    assert ran(program, "resume", EXECUTION).code == 5
    assert program.executions.calls == [("drive",), ("resume", None)]


def test_resume_of_a_running_execution_releases_nothing() -> None:
    program = program_with(polling(), paused_before(2), completed())
    program.executions.drive = drive_then_play(program.executions)  # type: ignore[method-assign]

    assert ran(program, "resume", EXECUTION).code == 5
    assert program.executions.names == ["drive"]


def drive_then_play(executions: FakeExecutions) -> Any:
    async def drive(execution_id: str) -> None:
        executions.calls.append(("drive",))
        executions.play()

    return drive


def test_resume_with_several_holds_needs_the_wave() -> None:
    program = program_with(paused_before(2, 3))
    program.executions.refusals["resume"] = NeedsOperator(
        "Several waves wait (2, 3): say which one with --wave N."
    )

    result = ran(program, "resume", EXECUTION, "--json")

    assert result.code == 5
    assert program.executions.calls == [("drive",), ("resume", None)]
    assert result.json["execution_id"] == EXECUTION
    assert result.json["exit_code"] == 5


def test_resume_releases_the_named_wave() -> None:
    program = program_with(paused_before(2, 3), completed())

    assert ran(program, "resume", EXECUTION, "--wave", "3").code == 0
    assert program.executions.calls == [("drive",), ("resume", 3)]


def test_resume_of_a_wave_that_is_not_held_ends_with_3() -> None:
    program = program_with(paused_before(2))
    program.executions.refusals["resume"] = CommandRefused("Wave 9 is not held.")

    assert ran(program, "resume", EXECUTION, "--wave", "9").code == 3


def test_resume_watches_a_cancelled_execution_to_its_end() -> None:
    cancelling = a_view(ExecutionStatus.CANCELLING, needs_person=False)
    program = program_with(cancelling, a_view(ExecutionStatus.CANCELLED))
    program.executions.drive = drive_then_play(program.executions)  # type: ignore[method-assign]

    assert ran(program, "resume", EXECUTION).code == 4


def test_resume_withdraws_a_pause_that_holds_no_wave() -> None:
    program = program_with(polling(pause_requested=True), completed())

    assert ran(program, "resume", EXECUTION).code == 0
    assert program.executions.calls == [("drive",), ("resume", None)]


@pytest.mark.parametrize(("view", "code"), [(completed(), 0), (a_view(ExecutionStatus.PARTIAL), 4)])
def test_resume_of_an_ended_execution_only_reports(view: Any, code: int) -> None:
    program = program_with(view)

    assert ran(program, "resume", EXECUTION).code == code
    assert program.executions.calls == []


def test_resume_beside_a_living_driver_ends_with_7() -> None:
    program = program_with(paused_before(2))
    program.executions.refusals["drive"] = AnotherDriver(EXECUTION, "pid 12")

    assert ran(program, "resume", EXECUTION).code == 7
    assert program.executions.names == ["drive"]


def test_resume_of_a_recovery_refuses_release_pauses_as_usage() -> None:
    program = program_with(paused_before(2, mode=ExecutionMode.RECOVERY))

    assert ran(program, "resume", EXECUTION, "--release-pauses").code == 2
    assert program.executions.calls == []


@pytest.mark.parametrize("text", ["nonsense", "demo-123"])
def test_text_that_is_no_execution_id_is_wrong_usage(text: str) -> None:
    program = program_with()

    assert ran(program, "resume", text).code == 2
    assert program.choices == []


# ---- demo


def test_demo_without_terminal_releases_pauses_and_says_so() -> None:
    program = program_with(polling(), paused_before(2), completed())

    result = ran(program, "demo", "--headless")

    assert result.code == 0
    assert "releases configured pauses by itself" in result.err
    assert program.executions.calls[1] == ("resume", 2)
    assert program.choices[0].name == "demo"
    assert program.choices[0].demo_speed == 60


def test_demo_at_a_terminal_asks() -> None:
    program = program_with(polling(), paused_before(2), completed())

    result = ran(program, "demo", typed=["y"])

    assert result.code == 0
    assert "Release the pause" in result.out
    assert "by itself" not in result.err


def test_demo_opens_the_window_where_one_can_be_drawn() -> None:
    program = FakeProgram(draws=True, window_code=0)

    assert ran(program, "demo", "--speed", "5").code == 0
    assert program.windows[0].demo_speed == 5


@pytest.mark.parametrize("option", ["--headless", "--json"])
def test_demo_stays_in_the_terminal_when_told_so(option: str) -> None:
    program = FakeProgram(draws=True, executions=FakeExecutions(polling(), completed()))

    assert ran(program, "demo", option, "--plan", "storefront").code == 0
    assert program.windows == []
    assert program.executions.calls[0][1] == "plan-storefront"


def test_actions_decide_whether_a_hold_can_be_released() -> None:
    held = paused_before(2, actions=polling(waves=()).actions)
    assert held.actions.resume == NO
    program = program_with(polling(), held)

    assert ran(program, *RUN, "--release-pauses").code == 5
    assert program.executions.names == ["start"]


def test_run_whose_seat_was_taken_ends_with_7_and_the_sentence() -> None:
    program = program_with(polling())
    program.executions.driving_failure = LeaseLost("Another process drives it now.")

    result = ran(program, *RUN)

    assert result.code == 7
    assert "Another process drives it now." in result.err


def test_pause_that_another_driver_came_to_is_no_question_to_this_one() -> None:
    program = program_with(polling(), paused_before(2))
    program.executions.seat_loss = LeaseLost("Another process drives it now.")

    result = ran(program, *RUN, "--json")

    assert result.code == 7
    assert result.json["error"] == "Another process drives it now."
