"""What cannot be done ends with its exit code and a sentence, never with a traceback."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.processes import SMALL_SCENARIO, Console, Ended, Simulator, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("simulator"), scenario=SMALL_SCENARIO) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def paused(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, Ended]]:
    """A drill that waits at its pause, nobody driving it, and the console whose data folder has it."""
    with Console(tmp_path_factory.mktemp("console"), simulator.endpoint_url) as console:
        yield console, console.run("run", "--plan", "payroll", "--mode", "drill", "--json")


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


@pytest.fixture
def dead_url() -> Iterator[str]:
    """An address of this machine at which nothing answers: the port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_run_without_a_terminal_ends_at_its_pause(paused: tuple[Console, Ended]) -> None:
    _, ended = paused
    assert ended.expect(5).json["status"] == "PAUSED"
    assert f"drs-desktop resume {ended.execution_id}" in ended.err


def test_unknown_plan_names_the_known_ones(console: Console, simulator: Simulator) -> None:
    before = len(simulator.calls())
    ended = console.run("run", "--plan", "payrol", "--mode", "drill", "--json").expect(3)
    assert all(word in ended.json["error"] for word in ("'payrol'", "payroll", "storefront"))
    assert len(simulator.calls()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--plan", "payroll"),
        ("run", "--plan", "payroll", "--mode", "dril"),
        ("run", "--plan", "payroll", "--mode", "recovery", "--confirm", "payroll", "--release-pauses"),
        ("resume",),
        ("status", "not-an-id"),
        ("drill",),
    ],
)
def test_wrong_usage_is_said_and_nothing_is_called(
    arguments: tuple[str, ...], console: Console, simulator: Simulator
) -> None:
    before = len(simulator.calls())
    ended = console.run(*arguments, "--json").expect(2)
    assert ended.json["exit_code"] == 2
    assert ended.json["error"]
    assert len(simulator.calls()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--headless", "--json"),
        ("run", "--plan", "payroll", "--mode", "drill", "--json"),
        ("run", "--plan", "payroll", "--mode", "recovery", "--confirm", "payroll", "--json"),
    ],
)
def test_dead_endpoint_is_unreachable(arguments: tuple[str, ...], tmp_path: Path, dead_url: str) -> None:
    with Console(tmp_path, dead_url) as console:
        ended = console.run(*arguments).expect(9)
    assert dead_url in ended.json["error"]


@pytest.mark.parametrize("name", ["Main", "../main", "a b"])
def test_name_that_cannot_be_a_workspaces_is_wrong_usage(
    name: str, console: Console, simulator: Simulator
) -> None:
    before = len(simulator.calls())
    for ended in console.run_together(
        ("status", "--workspace", name, "--json"), ("doctor", "--workspace", name, "--json")
    ):
        assert "cannot be a workspace's name" in ended.expect(2).json["error"]
    assert len(simulator.calls()) == before


def test_speed_of_a_simulator_that_is_not_ours_is_said_and_left_alone(
    console: Console, simulator: Simulator
) -> None:
    command = console.start("demo", "--headless", "--speed", "900", "--json")
    command.until_said(r"runs already, at 600 times real speed; this is not changed to 900")
    command.signal(signal.SIGTERM)
    command.end().expect(130)
    assert simulator.control.ask("GET", "/sim/identity")[1]["scale"] == 600


def test_history_is_shown_and_nothing_resumed_without_the_simulator(
    paused: tuple[Console, Ended], dead_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, execution_id = paused[0], paused[1].execution_id
    for endpoint_url in (dead_url, None):
        monkeypatch.setattr(console, "endpoint_url", endpoint_url)
        listed, shown, refused = console.run_together(
            ("status", "--workspace", "demo", "--json"),
            ("status", execution_id, "--json"),
            ("resume", execution_id, "--json"),
        )
        assert [one["execution_id"] for one in listed.expect(0).json["executions"]] == [execution_id]
        assert shown.expect(0).json["status"] == "PAUSED"
        assert refused.expect(9).json["execution_id"] == execution_id


def test_execution_whose_simulator_is_gone_is_annotated_and_closed(tmp_path: Path) -> None:
    with serving(tmp_path / "gone", scenario=SMALL_SCENARIO) as gone:
        console = Console(tmp_path, gone.endpoint_url)
        execution_id = console.run("run", "--plan", "payroll", "--mode", "drill", "--json").execution_id
    console.endpoint_url = None
    for command in ("resume", "cancel"):
        said = console.run(command, execution_id, "--json").expect(9).json["error"]
        assert gone.ready["instance_id"] in said
        assert "stop watching it with a reason" in said
    assert f"drs-desktop stop-watching {execution_id}" in console.run("status", execution_id).expect(0).out
    console.run("note", execution_id, "The demo machine was switched off.", "--json").expect(0)
    stop = ("stop-watching", execution_id, "--reason", "it is gone", "--json")
    closed = console.run(*stop).expect(0).json
    assert (closed["status"], closed["needs_person"]) == ("CANCELLED", False)
    assert "CANCELLED" in console.run(*stop).expect(3).json["error"]


def test_another_simulator_is_refused(
    paused: tuple[Console, Ended], simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, execution_id = paused[0], paused[1].execution_id
    with serving(tmp_path / "other", scenario=SMALL_SCENARIO) as other:
        monkeypatch.setattr(console, "endpoint_url", other.endpoint_url)
        refused = console.resume(execution_id).expect(9)
        assert refused.json["error"].startswith(f"Execution {execution_id} was begun ")
        assert simulator.ready["instance_id"] in refused.err
        assert other.calls() == []
