"""pause, cancel, terminate, answer, status, doctor, simulator serve."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.cli.program import BrokenRow, CheckState, DoctorLine, JournalCheck
from drs_desktop.domain.audit import AuditProblem
from drs_desktop.domain.commands import StartAnswer
from drs_desktop.domain.errors import CommandRefused
from drs_desktop.domain.execution import ExecutionStatus, TerminationState
from drs_desktop.domain.start_recovery import ExecutionMode
from drs_desktop.services.views import ExecutionRow
from tests.unit.cli.fakes import (
    BANNER,
    BEGAN,
    EXECUTION,
    NOW,
    FakeExecutions,
    FakeProgram,
    a_question,
    a_server,
    a_view,
    completed,
    in_doubt,
    paused_before,
    polling,
    ran,
)


def program_with(*script: Any) -> FakeProgram:
    return FakeProgram(executions=FakeExecutions(*script))


# ---- pause, cancel


def test_pause_says_what_goes_on() -> None:
    program = program_with(polling(), polling(pause_requested=True))

    result = ran(program, "pause", EXECUTION, "--reason", "maintenance", "--json")

    assert result.code == 0
    assert program.executions.calls == [("pause", "maintenance")]
    assert "what runs in AWS goes on" in result.err
    assert result.json["pause_requested"] is True


def test_cancel_says_that_jobs_cannot_be_stopped() -> None:
    program = program_with(polling(), a_view(ExecutionStatus.CANCELLING))

    result = ran(program, "cancel", EXECUTION, "--reason", "wrong plan")

    assert result.code == 0
    assert program.executions.calls == [("cancel", "wrong plan")]
    assert "cannot be stopped" in result.out


def test_command_that_is_refused_ends_with_3() -> None:
    program = program_with(completed())
    program.executions.refusals["pause"] = CommandRefused("It ended.")

    result = ran(program, "pause", EXECUTION)

    assert (result.code, result.err) == (3, BANNER + "It ended.\n")


# ---- terminate


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (TerminationState.TERMINATED, 0),
        (TerminationState.SKIPPED, 4),
        (TerminationState.FAILED, 4),
        (None, 4),
    ],
)
def test_terminate_waits_and_ends_by_what_became_of_each_instance(
    last: TerminationState | None, code: int
) -> None:
    gone = a_server(1, termination=TerminationState.TERMINATED)
    under_way = (gone, a_server(2, termination=TerminationState.TERMINATING))
    over = (gone, a_server(2, termination=last, termination_reason="protected"))
    never = a_server(3, recovery_instance_id=None)
    program = program_with(completed(), completed(servers=under_way), completed(servers=(*over, never)))

    result = ran(program, "terminate", EXECUTION, "--json")

    assert result.code == code
    assert program.executions.calls == [("terminate", None, None)]
    assert result.json["servers"][0]["termination"] == "terminated"
    assert result.json["servers"][1]["termination"] == (last.value if last else None)


def test_terminate_hands_on_both_confirmations() -> None:
    program = program_with(completed())

    ran(program, "terminate", EXECUTION, "--confirm", "payroll", "--count", "12")

    assert program.executions.calls == [("terminate", "payroll", 12)]


def test_summary_of_a_recovery_shows_how_to_terminate_it() -> None:
    program = program_with(completed(mode=ExecutionMode.RECOVERY))

    result = ran(program, "status", EXECUTION)

    assert f'drs-desktop terminate {EXECUTION} --confirm "payroll" --count 1' in result.out


# ---- answer


@pytest.mark.parametrize(
    ("options", "answer", "job"),
    [
        (["--keep-looking"], StartAnswer.KEEP_LOOKING, None),
        (["--ours", "drsjob-7"], StartAnswer.OURS, "drsjob-7"),
        (["--nothing-started", "--reason", "looked"], StartAnswer.NOTHING_STARTED, None),
    ],
)
def test_answer_settles_the_start_of_the_wave(
    options: list[str], answer: StartAnswer, job: str | None
) -> None:
    question = a_question()
    program = program_with(in_doubt(question, is_asked=True))

    result = ran(program, "answer", EXECUTION, "--wave", "2", *options)

    assert result.code == 0
    assert program.executions.calls[0][:4] == ("answer", question.key, answer, job)


def test_answer_for_a_wave_without_doubt_ends_with_3() -> None:
    program = program_with(in_doubt(a_question(), is_asked=True))

    assert ran(program, "answer", EXECUTION, "--wave", "3", "--keep-looking").code == 3
    assert program.executions.calls == []


def test_answer_that_fits_several_doubts_ends_with_5_until_told_which() -> None:
    questions = (a_question(), a_question(index=2))
    program = program_with(in_doubt(questions[0], is_asked=True, questions=questions))

    unclear = ran(program, "answer", EXECUTION, "--wave", "2", "--keep-looking")
    clear = ran(program, "answer", EXECUTION, "--wave", "2", "--keep-looking", "--part", "2")

    assert (unclear.code, clear.code) == (5, 0)
    assert program.executions.calls[0][1] == questions[1].key


# ---- status


def a_row(number: int = 1, **changes: Any) -> ExecutionRow:
    row = ExecutionRow(
        execution_id=EXECUTION,
        plan_name="payroll",
        mode=ExecutionMode.DRILL,
        status=ExecutionStatus.COMPLETED,
        reason="",
        needs_person=False,
        created_at=BEGAN,
        ended_at=NOW,
    )
    return replace(row, **changes)


def test_status_lists_executions() -> None:
    program = program_with()
    program.executions.rows = (
        a_row(),
        a_row(status=ExecutionStatus.PAUSED, ended_at=None, needs_person=True),
    )

    result = ran(program, "status", "--json", "--workspace", "demo")

    assert result.code == 0
    assert program.choices[0].name == "demo"
    assert [row["status"] for row in result.json["executions"]] == ["COMPLETED", "PAUSED"]
    assert "needs a person" in result.err


def test_status_of_an_empty_workspace_says_how_to_begin() -> None:
    result = ran(program_with(), "status")

    assert "drs-desktop run --plan NAME" in result.out


def test_status_of_one_execution_ends_with_0_however_it_went() -> None:
    result = ran(program_with(a_view(ExecutionStatus.FAILED)), "status", EXECUTION, "--json")

    assert result.code == 0
    assert result.json["status"] == "FAILED"


def test_status_shows_what_a_person_can_do() -> None:
    assert f"drs-desktop resume {EXECUTION}" in ran(program_with(paused_before(2)), "status", EXECUTION).out


def test_status_of_a_start_in_doubt_shows_the_evidence() -> None:
    result = ran(program_with(in_doubt(a_question(), is_asked=False)), "status", EXECUTION)

    assert "Seen: nothing." in result.out
    assert "drsjob-7" in result.out
    assert "drs-desktop answer" in result.out


def test_status_of_an_unknown_execution_ends_with_3() -> None:
    assert ran(program_with(), "status", EXECUTION).code == 3


# ---- doctor


def test_doctor_prints_each_line() -> None:
    result = ran(FakeProgram(), "doctor", "--json")

    assert result.code == 0
    assert result.json["lines"][0] == {
        "name": "Python",
        "value": "3.11.2",
        "state": "passed",
        "is_ok": True,
        "hint": "",
    }


def test_doctor_asks_aws_only_when_told_to() -> None:
    assert "STS in eu-west-1" not in ran(FakeProgram(), "doctor").out
    assert "STS in eu-west-1" in ran(FakeProgram(), "doctor", "--network").out


def test_doctor_ends_with_3_when_something_is_wrong() -> None:
    line = DoctorLine(name="SQLite", value="3.40", state=CheckState.FAILED, hint="Install a newer one.")

    result = ran(FakeProgram(doctor_lines=(line,)), "doctor")

    assert result.code == 3
    assert result.out == "NOT OK  SQLite  3.40  Install a newer one.\n"


@pytest.mark.parametrize(
    ("state", "word"), [(CheckState.WARNING, "warning"), (CheckState.NOT_CHECKED, "not checked")]
)
def test_what_is_odd_or_was_not_checked_never_looks_like_passed(state: CheckState, word: str) -> None:
    result = ran(FakeProgram(doctor_lines=(DoctorLine(name="Keyring", value="none", state=state),)), "doctor")

    assert result.code == 0
    assert result.out.startswith(word)


# ---- journal


def test_a_whole_journal_is_said_to_be_whole() -> None:
    result = ran(FakeProgram(), "journal", "verify", "--json")

    assert result.code == 0
    assert (result.json["is_whole"], result.json["rows"], result.json["broken"]) == (True, 12, [])


def test_a_broken_journal_ends_with_3_and_names_each_execution() -> None:
    row = BrokenRow(execution_id=EXECUTION, sequence=4, problem="Row 4 was changed after it was written.")
    program = FakeProgram(journal_check=JournalCheck(workspace="demo", rows=12, broken=(row,)))

    result = ran(program, "journal", "verify", "--json")

    assert result.code == 3
    assert f"{EXECUTION}: Row 4 was changed" in result.err
    assert result.json["broken"] == [
        {"execution_id": EXECUTION, "sequence": 4, "problem": "Row 4 was changed after it was written."}
    ]


def test_broken_audit_trail_beside_a_whole_journal_ends_with_3_too() -> None:
    problem = AuditProblem(sequence=7, problem="Row 7 was changed after it was written.")
    check = JournalCheck(workspace="demo", rows=12, broken=(), audit_rows=9, audit_problems=(problem,))
    result = ran(FakeProgram(journal_check=check), "journal", "verify", "--json")
    assert (result.code, result.json["is_whole"], result.json["audit"]["rows"]) == (3, False, 9)
    assert "Audit trail, row 7: Row 7 was changed" in result.err


def test_audit_trail_that_cannot_be_read_is_not_whole() -> None:
    check = JournalCheck(workspace="demo", rows=12, broken=(), audit_unread="It cannot be read: locked.")
    result = ran(FakeProgram(journal_check=check), "journal", "verify")
    assert (result.code, "could not be checked. It cannot be read: locked." in result.out) == (3, True)


# ---- simulator


def test_simulator_is_served_with_its_options_and_announced() -> None:
    program = FakeProgram()

    result = ran(
        program, "simulator", "serve", "--scenario", "x.yaml", "--speed", "600", "--ready-file", "r.json"
    )

    assert result.code == 0
    options = program.served[0]
    assert (options.port, options.scenario, options.speed) == (0, "x.yaml", 600)
    assert (options.ready_file, options.exit_when_idle) == (Path("r.json"), None)
    exports = [line.strip() for line in result.out.splitlines() if line.strip().startswith("export ")]
    assert exports == [
        "export AWS_ENDPOINT_URL=http://127.0.0.1:5000",
        "export AWS_ACCESS_KEY_ID=AKIAHUB",
        "export AWS_SECRET_ACCESS_KEY=not/a/secret",
        "export AWS_DEFAULT_REGION=eu-west-1",
    ]
    assert "boto3.client('sts', endpoint_url='http://127.0.0.1:5000')" in result.out


def test_scenarios_are_listed_with_a_sentence_each() -> None:
    result = ran(FakeProgram(), "simulator", "scenarios")

    assert (result.code, result.out) == (0, "demo   A fleet.\nlarge  A large fleet.\n")
