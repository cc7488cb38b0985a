"""An execution goes on only at the AWS where it was begun, whichever way that was named; a banner says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.processes import SMALL_SCENARIO, Console, Simulator, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

RUN = ("run", "--plan", "payroll", "--mode", "drill", "--json", "--workspace", "demo")


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("first"), scenario=SMALL_SCENARIO, signing_window=60) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving(tmp_path_factory.mktemp("other"), scenario=SMALL_SCENARIO, signing_window=60) as simulator:
        yield simulator


def naming(way: str, simulator: Simulator, folder: Path) -> dict[str, str]:
    """Return the environment that names a simulator in one of the ways there are."""
    if way != "the configuration":
        return {way: simulator.endpoint_url}
    path = folder / f"config-{simulator.pid}"
    path.write_text(f"[profile sim]\nendpoint_url = {simulator.endpoint_url}\n", encoding="utf-8")
    return {"AWS_CONFIG_FILE": str(path), "AWS_PROFILE": "sim"}


@pytest.mark.parametrize("way", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DRS", "the configuration"])
def test_execution_refuses_to_go_on_elsewhere(
    way: str, simulator: Simulator, other: Simulator, tmp_path: Path
) -> None:
    before = len(simulator.calls("StartRecovery"))
    with Console(tmp_path / "console", None) as console:
        held = console.run(*RUN, **naming(way, simulator, tmp_path)).expect(5)
        assert f"== SIMULATION · {simulator.endpoint_url.removeprefix('http://')} ==" in held.err
        assert len(simulator.calls("StartRecovery")) == before + 1
        refused = console.run("resume", held.execution_id, "--json", **naming(way, other, tmp_path)).expect(9)
        assert simulator.ready["instance_id"] in refused.json["error"]
        assert other.changing_calls() == []
        end = ("resume", held.execution_id, "--release-pauses", "--json")
        done = console.run(*end, **naming(way, simulator, tmp_path)).expect(0)
        assert done.json["status"] == "COMPLETED"
    assert len(simulator.calls("StartRecovery")) == before + 3
