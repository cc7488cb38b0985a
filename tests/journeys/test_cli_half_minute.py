"""What takes half a minute of real time: an intent that may be sent for 30 s, a lease that lasts as long.

Neither can be shortened from outside, so the stories begin together and wait together.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.processes import SMALL_SCENARIO, SPEED, Command, Console, Fault, Simulator, serving, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

HORIZON = timedelta(seconds=34)
"""An intent may be sent for 30 s, and the simulator takes a signature for 5 s; the last one is slack."""


@dataclass(frozen=True)
class Story:
    """A drill under way on a simulator of its own."""

    simulator: Simulator
    console: Console
    execution_id: str
    driver: Command
    fault: Fault | None = None

    @property
    def aws(self) -> AwsWitness:
        return AwsWitness(self.simulator)

    def assert_started_once(self) -> None:
        """Check that each wave has exactly one job, over all jobs there are."""
        jobs = self.aws.launch_jobs()
        assert {job.tag("execution") for job in jobs} == {self.execution_id}
        assert [(wave, count) for (wave, _, _), count in parts_of(jobs).items()] == [(1, 1), (2, 1), (3, 1)]

    def assert_waited_for_the_horizon(self) -> None:
        """Check that wave 2 was asked for twice, and again only once the first request could not arrive."""
        calls = self.simulator.calls("StartRecovery")
        requests = [call for call in calls if call["request"]["tags"]["drs-desktop:wave"] == "2"]
        assert [call["request"]["tags"]["drs-desktop:attempt"] for call in requests] == ["1", "2"]
        first, second = (datetime.fromisoformat(call["real_time"]) for call in requests)
        assert second - first >= HORIZON


@pytest.fixture(scope="module")
def lost_request(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Wave 2's request is under way for ever; the console that sent it was killed and another resumed."""
    folder = tmp_path_factory.mktemp("lost-request")
    with (
        serving(folder / "simulator", scenario=SMALL_SCENARIO) as simulator,
        Console(folder, simulator.endpoint_url) as console,
        simulator.fault({"kind": "delay_before", "seconds": 600}, wave=2) as fault,
    ):
        killed = console.start_drill()
        execution_id = killed.until_known()
        fault.until_met()
        killed.kill()
        driver = console.start("resume", execution_id, "--release-pauses", "--json")
        yield Story(simulator, console, execution_id, driver, fault)


@pytest.fixture(scope="module")
def reset_request(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Wave 2's request never arrives: its connection is closed; the console lives."""
    folder = tmp_path_factory.mktemp("reset-request")
    with (
        serving(folder / "simulator", scenario=SMALL_SCENARIO) as simulator,
        Console(folder, simulator.endpoint_url) as console,
        simulator.fault("reset_before", wave=2) as fault,
    ):
        driver = console.start_drill()
        execution_id = driver.until_known()
        fault.until_met()
        yield Story(simulator, console, execution_id, driver, fault)


@pytest.fixture(scope="module")
def stopped_driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The console that drives is stopped, as a laptop's lid does, while wave 1 is under way."""
    folder = tmp_path_factory.mktemp("stopped-driver")
    with (
        serving(folder / "simulator", scenario=SMALL_SCENARIO) as simulator,
        Console(folder, simulator.endpoint_url) as console,
    ):
        driver = console.start_drill()
        execution_id = driver.until_known()
        driver.until_said(r"execution POLLING$")
        driver.signal(signal.SIGSTOP)
        yield Story(simulator, console, execution_id, driver)


@pytest.fixture(scope="module", autouse=True)
def together(stopped_driver: Story, lost_request: Story, reset_request: Story) -> None:
    """Begin all stories before the first is told."""


def test_stopped_driver_is_taken_over_and_fenced_off(stopped_driver: Story) -> None:
    console, execution_id = stopped_driver.console, stopped_driver.execution_id
    # On a machine so busy that the lease has run out by now, the empty seat is taken, up to the pause.
    refused_or_paused = console.resume(execution_id)
    assert refused_or_paused.code in {7, 5}, refused_or_paused
    # A command waits for its driver until the lease of the stopped one has run out.
    assert console.run("pause", execution_id, "--json").expect(0).json["pause_requested"] is True
    stopped_driver.simulator.set_speed(0)  # the successor is not done before the stopped driver wakes
    successor = console.start("resume", execution_id, "--release-pauses", "--json")
    successor.until_said(rf"drill of payroll  {execution_id}")
    stopped_driver.driver.signal(signal.SIGCONT)
    fenced = stopped_driver.driver.end().expect(7)
    assert "Another process drives execution" in fenced.json["error"]
    stopped_driver.simulator.set_speed(SPEED)
    assert successor.end().expect(0).json["status"] == "COMPLETED"
    stopped_driver.assert_started_once()


def test_lost_request_is_sent_again_after_the_horizon(lost_request: Story) -> None:
    ended = lost_request.driver.end().expect(0)
    assert ended.json["status"] == "COMPLETED"
    lost_request.assert_started_once()
    # The first request arrives at last; by now its signature is too old.
    assert lost_request.fault is not None
    lost_request.fault.remove()
    late = lost_request.simulator.calls("StartRecovery")[1]
    assert late["request"]["tags"]["drs-desktop:attempt"] == "1"
    until(lambda: lost_request.simulator.calls("StartRecovery")[1]["is_done"], "the end of the late request")
    assert lost_request.simulator.calls("StartRecovery")[1]["status"] == 403
    lost_request.assert_started_once()
    lost_request.assert_waited_for_the_horizon()


def test_reset_request_is_sent_again_after_the_horizon(reset_request: Story) -> None:
    assert reset_request.driver.end().expect(0).json["status"] == "COMPLETED"
    reset_request.assert_started_once()
    reset_request.assert_waited_for_the_horizon()
