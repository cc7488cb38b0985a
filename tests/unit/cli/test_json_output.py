"""The JSON object: its keys, its numbers, and that it is the last line whatever is printed before."""

from drs_desktop.domain.errors import LeaseLost, SignInNeeded
from drs_desktop.domain.execution import WaveStatus
from drs_desktop.services.views import ExecutionView
from tests.unit.cli.fakes import (
    ACCOUNT,
    EXECUTION,
    REGION,
    FakeExecutions,
    FakeProgram,
    a_failed_server,
    a_server,
    a_wave,
    completed,
    paused_before,
    polling,
    ran,
)

RAW_ERROR = 'ClientError: {"Code": "x"}\n\x1b[31mred\u2028' + "y" * 5000


def body_of(view: ExecutionView) -> dict[str, object]:
    program = FakeProgram(executions=FakeExecutions(polling(), view))
    return ran(program, "run", "--plan", "payroll", "--mode", "drill", "--json").json


def test_execution_has_the_keys_that_scripts_rely_on() -> None:
    body = body_of(completed(servers=(a_server(1), a_failed_server(2, wave=3))))

    assert body["schema_version"] == 1
    assert body["workspace"] == "demo"
    assert body["endpoint"] == "SIMULATION · 127.0.0.1:5000"
    assert (body["execution_id"], body["mode"], body["status"]) == (EXECUTION, "drill", "COMPLETED")
    assert (body["reason"], body["needs_person"], body["duration_seconds"]) == ("", False, 1800.0)
    wave = {"name": "Wave 1", "number": 1, "status": "COMPLETED"}
    assert wave.items() <= body["waves"][0].items()  # type: ignore[index]
    assert {"started_at", "ended_at"} <= set(body["waves"][0])  # type: ignore[index]
    server = {
        "id": "s-00000000000000001",
        "name": "db-1",
        "account": ACCOUNT,
        "region": REGION,
        "wave": 1,
        "launch_status": "LAUNCHED",
        "recovery_instance_id": "i-00000000000000001",
        "error": None,
        "job_id": "drsjob-1",
        "health": "healthy",
        "termination": None,
    }
    assert server.items() <= body["servers"][0].items()  # type: ignore[index]
    assert body["servers"][1]["wave"] == 3  # type: ignore[index]


def test_error_of_a_server_is_exactly_what_aws_said() -> None:
    body = body_of(completed(servers=(a_failed_server(message=RAW_ERROR),)))

    assert body["servers"][0]["error"] == RAW_ERROR  # type: ignore[index]


def test_live_execution_counts_until_now() -> None:
    body = body_of(paused_before(2))

    assert body["duration_seconds"] == 1800.0
    assert body["needs_person"] is True
    assert body["exit_code"] == 5


def test_progress_goes_to_standard_error_alone() -> None:
    program = FakeProgram(
        executions=FakeExecutions(polling(), completed(waves=(a_wave(1, WaveStatus.COMPLETED),)))
    )

    result = ran(program, "demo", "--json")

    assert len(result.out.splitlines()) == 1
    assert 'wave 1 "Wave 1"' in result.err


DOCUMENTED = {
    *("execution_id", "mode", "status", "waves", "servers", "reason", "needs_person", "duration_seconds"),
    *("error", "exit_code", "schema_version"),
}


def test_failure_before_anything_was_seen_has_every_documented_key() -> None:
    body = ran(FakeProgram(open_error=SignInNeeded("Sign in.")), "status", EXECUTION, "--json").json

    assert set(body) == DOCUMENTED
    assert (body["execution_id"], body["mode"], body["status"]) == (EXECUTION, None, None)
    assert (body["waves"], body["servers"], body["duration_seconds"]) == ([], [], None)
    assert body["needs_person"] is True


def test_wrong_usage_has_every_documented_key() -> None:
    body = ran(FakeProgram(), "run", "--json").json

    assert set(body) == DOCUMENTED
    assert body["execution_id"] is None


def test_failure_while_following_tells_what_was_seen_last() -> None:
    program = FakeProgram(executions=FakeExecutions(polling()))
    program.executions.driving_failure = LeaseLost("Another process drives it now.")

    body = ran(program, "run", "--plan", "payroll", "--mode", "drill", "--json").json

    assert set(body) == DOCUMENTED
    assert (body["mode"], body["status"], body["error"]) == (
        "drill",
        "POLLING",
        "Another process drives it now.",
    )
    assert [server["id"] for server in body["servers"]] == ["s-00000000000000001"]
