"""AWS stops answering who it is: a new command may still stop what the signed-in operator began."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.processes import SMALL_SCENARIO, Console, Ended, Simulator, serving
from tests.helpers.sign_in import Browser
from tests.journeys.test_sign_in import PEOPLE, Laptop, address_of

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    scenario = tmp_path / "people.yaml"
    scenario.write_text(SMALL_SCENARIO.read_text(encoding="utf-8") + PEOPLE, encoding="utf-8")
    with serving(tmp_path / "served", scenario=scenario, signing_window=60) as simulator:
        yield simulator


@pytest.fixture
def laptop(simulator: Simulator, tmp_path: Path) -> Iterator[Laptop]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield Laptop(console, tmp_path / "laptop")


def signed_in(laptop: Laptop, *arguments: str) -> Ended:
    return laptop.start(*arguments, "--json", DRS_DESKTOP_SIGN_IN="sso").end()


def test_operator_cancels_while_aws_is_silent(laptop: Laptop, simulator: Simulator) -> None:
    login = laptop.start("login", "--device", "--share", "--json")
    Browser().decide(address_of(login))
    login.end().expect(0)
    execution = (
        signed_in(laptop, "run", "--plan", "payroll", "--mode", "drill").expect(5).json["execution_id"]
    )
    simulator.control.add_fault(service="sts", times=0, action="reset_before")
    access = signed_in(laptop, "access", "--workspace", "demo").expect(0).json
    assert (access["role"], "AWS gives no answer" in access["source"]) == ("DRSOperator", True)
    refused = signed_in(laptop, "resume", execution).expect(8)
    assert "AWS gives no answer" in refused.json["error"]
    assert signed_in(laptop, "cancel", execution, "--reason", "The drill is over.").expect(0)
    assert signed_in(laptop, "status", execution).json["status"] == "CANCELLED"
    trail = signed_in(laptop, "audit", "list", "--workspace", "demo").expect(0).json["rows"]
    cancelled = [dict(row["details"]) for row in trail if dict(row["details"]).get("action") == "cancel"]
    assert cancelled[-1]["identity"].startswith("not confirmed by AWS")
