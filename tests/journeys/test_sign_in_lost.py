"""A sign-in that is revoked in the middle of a drill into two accounts: nothing is lost, nothing doubled.

One account refuses the start of its part of wave 2 until the sign-in is gone, so that the other account's
parts run by then and this one is still to be started.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.aws_witness import AwsWitness, parts_of
from tests.helpers.laptop import COLLEAGUE, Laptop, serving_people
from tests.helpers.processes import DEMO_SCENARIO, SPEED, Command, Console, Ended, Simulator, until
from tests.helpers.sign_in import OPERATOR, VIEWER

pytestmark = [pytest.mark.process, pytest.mark.timeout(900)]  # on a busy machine

RUN = ("run", "--plan", "storefront", "--mode", "drill", "--release-pauses", "--json")
NO_CAPACITY = re.compile(r"\n    changes:\n      7:\n        fail_launch:(?:\n {10}.*)+")
"""Why one of the shop's servers never comes up in the demo."""
LATE_ACCOUNT = "012345678901"
BEFORE, ALL = 3, 4
"""How many parts are started before the sign-in is gone, and altogether."""


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    folder = tmp_path / "simulator"
    folder.mkdir()
    scenario = folder / "scenario.yaml"
    scenario.write_text(NO_CAPACITY.sub("", DEMO_SCENARIO.read_text(encoding="utf-8")), encoding="utf-8")
    with serving_people(folder, scenario=scenario) as simulator:
        yield simulator


@pytest.fixture
def laptop(simulator: Simulator, tmp_path: Path) -> Iterator[Laptop]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield Laptop(console, tmp_path)


def started(simulator: Simulator) -> list[dict[str, Any]]:
    """Return the starts that AWS accepted."""
    return [call for call in simulator.calls("StartRecovery") if call["status"] in (200, 202)]


@contextmanager
def drill_without_a_sign_in(laptop: Laptop, simulator: Simulator) -> Iterator[Command]:
    """Begin a drill and take the sign-in away in wave 2; AWS stands still until the block ends."""
    laptop.sign_in()
    busy = {"kind": "error", "code": "ThrottlingException", "status": 429}
    rule = simulator.control.add_fault(operation="StartRecovery", account=LATE_ACCOUNT, action=busy, times=0)
    running = laptop.start(*RUN)
    until(lambda: len(started(simulator)) == BEFORE, "wave 2 in the first account")
    until(lambda: len(simulator.calls("StartRecovery")) > BEFORE, "a refused start in the other account")
    simulator.set_speed(0)
    asked = len(simulator.calls())
    simulator.control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
    simulator.control.ask("POST", "/sim/sessions", {"action": "revoke", "all": True})
    simulator.control.remove_fault(rule)
    until(lambda: any(call["status"] == 403 for call in simulator.calls()[asked:]), "a refused call")
    yield running
    simulator.set_speed(SPEED)


def check_nothing_lost_or_doubled(ended: Ended, simulator: Simulator) -> None:
    witness = AwsWitness(simulator)
    jobs = witness.launch_jobs()
    assert len(started(simulator)) == len(jobs) == ALL
    assert set(parts_of(jobs).values()) == {1}
    assert {job.tag("execution") for job in jobs} == {ended.execution_id}
    servers = sorted(
        (job.wave, job.place.account, job.place.region, one) for job in jobs for one in job.server_ids
    )
    assert servers == sorted(witness.plan_members("storefront"))
    assert {server["launch_status"] for server in ended.json["servers"]} == {"LAUNCHED"}


def test_same_person_signs_in_again_and_the_drill_completes(laptop: Laptop, simulator: Simulator) -> None:
    with drill_without_a_sign_in(laptop, simulator) as running:
        laptop.sign_in(VIEWER)
        running.until_said("DRSViewer may not")
        assert len(started(simulator)) == BEFORE
        laptop.sign_in(OPERATOR)
    ended = running.end().expect(0)
    assert ended.json["status"] == "COMPLETED"
    check_nothing_lost_or_doubled(ended, simulator)


def test_after_somebody_else_signed_in_a_person_decides(laptop: Laptop, simulator: Simulator) -> None:
    with drill_without_a_sign_in(laptop, simulator) as running:
        laptop.sign_in(COLLEAGUE)
    held = running.end().expect(5)
    assert COLLEAGUE in held.json["reason"] + held.err
    assert len(started(simulator)) == BEFORE
    ended = laptop.run("resume", held.execution_id, "--json").expect(0)
    check_nothing_lost_or_doubled(ended, simulator)
