"""Two processes and one execution: one drives, every other asks; what is left is taken up again."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.processes import SMALL_SCENARIO, SPEED, Command, Console, Simulator, serving, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("simulator"), scenario=SMALL_SCENARIO) as simulator:
        yield simulator


@pytest.fixture
def simulator(served: Simulator) -> Simulator:
    """The simulator of all tests here: its jobs stand still until the test lets them go on."""
    served.set_speed(0)
    return served


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


def commands_left(console: Console) -> int:
    """Return how many commands wait in the database for a driver."""
    path = console.home / "workspaces" / "demo" / "workspace.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA query_only = 1")
        query = "SELECT count(*) FROM operator_input WHERE answered_at IS NULL"
        return int(connection.execute(query).fetchone()[0])


def stop_between_commits(command: Command, console: Console) -> None:
    """Stop a process as it stands, but not in the middle of a commit: then nobody else could write at all."""
    path = console.home / "workspaces" / "demo" / "workspace.sqlite3"
    while True:
        command.signal(signal.SIGSTOP)
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                command.signal(signal.SIGCONT)
                continue
            connection.execute("ROLLBACK")
            return


def test_pause_from_another_process_holds_the_next_wave(console: Console, simulator: Simulator) -> None:
    command = console.start_drill()
    execution_id = command.until_known()
    command.until_said(r"execution POLLING$")

    # Who only wants to drive is told that somebody does.
    refused = console.resume(execution_id).expect(7)
    assert "is driven by another process" in refused.json["error"]

    said = console.run("pause", execution_id, "--json", "--reason", "network maintenance").expect(0)
    assert said.json["pause_requested"] is True
    simulator.set_speed(SPEED)
    paused = command.end().expect(5).json
    assert (paused["status"], paused["needs_person"]) == ("PAUSED", True)
    assert paused["pause_requested"] is True  # --release-pauses was not said of this one
    assert [wave["started_at"] is None for wave in paused["waves"]] == [False, True, True]
    aws = AwsWitness(simulator)
    assert [job.wave for job in aws.launch_jobs(execution_id)] == [1]

    ended = console.resume(execution_id, "--release-pauses").expect(0)
    assert ended.json["status"] == "COMPLETED"
    assert [count for _, count in parts_of(aws.launch_jobs(execution_id)).items()] == [1, 1, 1]


def test_cancel_from_another_process_ends_it_cancelled(console: Console, simulator: Simulator) -> None:
    command = console.start_drill()
    execution_id = command.until_known()
    command.until_said(r"execution POLLING$")
    console.run("cancel", execution_id, "--json", "--reason", "wrong plan").expect(0)
    simulator.set_speed(SPEED)
    ended = command.end().expect(4).json
    assert ended["status"] == "CANCELLED"
    # The job that ran was watched to its end, and its instances can be removed.
    assert {s["launch_status"] for s in ended["servers"] if s["wave"] == 1} == {"LAUNCHED"}
    assert [job.wave for job in AwsWitness(simulator).launch_jobs(execution_id)] == [1]
    resumed, paused = console.run_together(
        ("resume", execution_id, "--json"), ("pause", execution_id, "--json")
    )
    assert resumed.expect(4).json["status"] == "CANCELLED"
    assert "ended as CANCELLED" in paused.expect(3).json["error"]


def test_interrupted_run_is_resumable(console: Console, simulator: Simulator) -> None:
    command = console.start_drill()
    execution_id = command.until_known()
    command.until_said(r"execution POLLING$")
    command.signal(signal.SIGINT)
    ended = command.end().expect(130)
    assert ended.json["execution_id"] == execution_id
    assert f"drs-desktop resume {execution_id}" in ended.err
    simulator.set_speed(SPEED)
    assert console.resume(execution_id, "--release-pauses").expect(0).json["status"] == "COMPLETED"
    jobs = AwsWitness(simulator).launch_jobs(execution_id)
    assert [count for _, count in parts_of(jobs).items()] == [1, 1, 1]


def test_command_left_for_a_driver_that_dies_is_carried_out_by_who_left_it(
    console: Console, simulator: Simulator
) -> None:
    command = console.start_drill()
    execution_id = command.until_known()
    command.until_said(r"execution POLLING$")
    stop_between_commits(command, console)
    pausing = console.start("pause", execution_id, "--json")
    until(lambda: commands_left(console) == 1, "the command waits for its driver")
    command.kill()
    assert pausing.end().expect(0).json["pause_requested"] is True
    assert commands_left(console) == 0


def test_commands_given_at_once_are_all_answered(console: Console, simulator: Simulator) -> None:
    simulator.set_speed(SPEED)
    paused = console.run("run", "--plan", "payroll", "--mode", "drill", "--json").expect(5)
    cancel = ("cancel", paused.execution_id, "--json")
    codes = sorted(ended.code for ended in console.run_together(cancel, cancel, cancel))
    assert codes[0] == 0
    assert set(codes) <= {0, 3}  # 3: it had already ended
    assert console.status(paused.execution_id)["status"] == "CANCELLED"
    assert commands_left(console) == 0
