"""Consoles killed at named moments: after `resume` all ends well, and nothing was started twice."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.processes import SMALL_SCENARIO, SPEED, Command, Console, Ended, Simulator, serving, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

STEP = 30.0
"""Service seconds by which a clock that stands still is turned: every status lasts for several of them."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("simulator"), scenario=SMALL_SCENARIO) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def aws(served: Simulator) -> AwsWitness:
    return AwsWitness(served)


@pytest.fixture
def simulator(served: Simulator) -> Simulator:
    """The simulator of all tests here, at full speed again."""
    served.set_speed(SPEED)
    return served


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


@pytest.fixture
def earlier_jobs(aws: AwsWitness, console: Console) -> set[str]:
    """The jobs that there were before the test."""
    return {job.job_id for job in aws.launch_jobs()}


def assert_started_once(aws: AwsWitness, ended: Ended, earlier_jobs: set[str]) -> Any:
    """Check that the drill completed with one job for each wave, over all jobs, tagged or not."""
    report = ended.expect(0).json
    assert report["status"] == "COMPLETED"
    jobs = [job for job in aws.launch_jobs() if job.job_id not in earlier_jobs]
    assert {job.tag("execution") for job in jobs} == {report["execution_id"]}
    assert [(wave, count) for (wave, _, _), count in parts_of(jobs).items()] == [(1, 1), (2, 1), (3, 1)]
    return report


def turn_until_said(simulator: Simulator, command: Command, pattern: str) -> None:
    """Turn the clock, step by step, until the command says so."""
    for _ in range(20):
        if re.search(pattern, command.err, re.MULTILINE):
            return
        turn(simulator)
    raise AssertionError(f"It never said {pattern!r}:\n{command.err}")


def turn(simulator: Simulator) -> None:
    """Turn the clock by one step and wait until the driver has looked since."""
    looks = len(simulator.calls("DescribeJobs"))
    simulator.control.advance(STEP)
    # The first look may have been on its way already.
    until(lambda: len(simulator.calls("DescribeJobs")) >= looks + 2, "the driver looks again")


def test_killed_while_the_answer_is_held(
    console: Console, simulator: Simulator, aws: AwsWitness, earlier_jobs: set[str]
) -> None:
    with simulator.fault({"kind": "hold_answer", "seconds": 600}, wave=2) as held:
        command = console.start_drill()
        execution_id = command.until_known()
        held.until_met()
        command.kill()
        ended = console.resume(execution_id, "--release-pauses")
    assert_started_once(aws, ended, earlier_jobs)


def test_killed_while_polling_and_again_while_launching(
    console: Console, simulator: Simulator, aws: AwsWitness, earlier_jobs: set[str]
) -> None:
    simulator.set_speed(0)
    command = console.start_drill()
    execution_id = command.until_known()
    command.until_said(r"execution POLLING$")
    command.kill()
    assert console.status(execution_id)["status"] == "POLLING"
    again = console.start("resume", execution_id, "--json")
    turn_until_said(simulator, again, r"execution LAUNCHING$")
    again.kill()
    assert console.status(execution_id)["status"] == "LAUNCHING"
    simulator.set_speed(SPEED)
    ended = console.resume(execution_id, "--release-pauses")
    assert_started_once(aws, ended, earlier_jobs)


def test_killed_at_its_pause_stays_paused_until_released(
    console: Console, simulator: Simulator, aws: AwsWitness, earlier_jobs: set[str]
) -> None:
    command = console.start_at_terminal("run", "--plan", "payroll", "--mode", "drill")
    execution_id = command.until_known()
    command.until_said(r"Release the pause before wave 2")
    command.kill()
    starts = len(simulator.calls("StartRecovery"))
    seen = console.status(execution_id)
    assert (seen["status"], seen["needs_person"]) == ("PAUSED", True)
    # A command that takes the seat for itself alone starts nothing either.
    console.run("pause", execution_id, "--json").expect(0)
    assert console.status(execution_id)["status"] == "PAUSED"
    assert len(simulator.calls("StartRecovery")) == starts
    ended = console.resume(execution_id)
    assert_started_once(aws, ended, earlier_jobs)


def test_pause_is_released_at_the_terminal(console: Console, aws: AwsWitness, earlier_jobs: set[str]) -> None:
    command = console.start_at_terminal("run", "--plan", "payroll", "--mode", "drill", "--json")
    command.until_said(r"Release the pause before wave 2")
    command.type("y")
    assert_started_once(aws, command.end(), earlier_jobs)


def test_lost_answer_is_adopted_by_its_tag(
    console: Console, simulator: Simulator, aws: AwsWitness, earlier_jobs: set[str]
) -> None:
    with simulator.fault("reset_after", wave=2) as lost:
        ended = console.start_drill().end()
        lost.until_met()
    report = assert_started_once(aws, ended, earlier_jobs)
    assert len([c for c in simulator.calls("StartRecovery") if _is_of(c, report["execution_id"])]) == 3


def _is_of(call: dict[str, Any], execution_id: str) -> bool:
    return bool(call["request"]["tags"].get("drs-desktop:execution") == execution_id)
