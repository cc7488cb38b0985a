"""A real recovery from the command line: confirmed twice over, and never overrun by a drill."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.aws_witness import AwsWitness, by_place, parts_of
from tests.helpers.processes import Console, Simulator, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # five consoles at a time, twice


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """The demo scenario at full speed; a real recovery changes what later tests would find."""
    with serving(tmp_path / "simulator", signing_window=60) as simulator:
        yield simulator


@pytest.fixture
def console(simulator: Simulator, tmp_path: Path) -> Iterator[Console]:
    with Console(tmp_path, simulator.endpoint_url) as console:
        yield console


def test_recovery_is_confirmed_paused_resumed_protected_and_terminated(
    console: Console, simulator: Simulator
) -> None:
    aws = AwsWitness(simulator)
    recovery = ("run", "--plan", "payroll", "--mode", "recovery", "--json")

    # Without the plan's exact name nothing at all is asked of AWS.
    wrong = ((), ("--confirm", "Payroll"), ("--confirm", "storefront"))
    for refused in console.run_together(*((*recovery, *confirmation) for confirmation in wrong)):
        assert "exact name" in refused.expect(3).json["error"]
    assert simulator.calls() == []

    paused = console.run(*recovery, "--confirm", "payroll").expect(5).json
    assert (paused["status"], paused["mode"], paused["needs_person"]) == ("PAUSED", "recovery", True)
    assert len(simulator.calls("StartRecovery")) == 1
    ended = console.resume(paused["execution_id"]).expect(0).json
    assert ended["status"] == "COMPLETED"
    assert {server["launch_status"] for server in ended["servers"]} == {"LAUNCHED"}

    jobs = aws.launch_jobs()
    assert set(parts_of(jobs).values()) == {1}
    assert {job.wave for job in jobs} == {1, 2, 3}
    assert {job.data["initiatedBy"] for job in jobs} == {"START_RECOVERY"}
    ((place, servers),) = by_place(ended["servers"]).items()
    instance_ids = [server["recovery_instance_id"] for server in servers]
    listed = aws.recovery_instances(place)
    assert {listed[instance_id]["isDrill"] for instance_id in instance_ids} == {False}
    assert aws.ec2_states(place, instance_ids) == {"running"}

    # A drill would delete what was recovered.
    changed = simulator.changing_calls()
    drills = (
        ("demo", "--headless", "--release-pauses", "--json"),
        ("run", "--plan", "payroll", "--mode", "drill", "--json"),
    )
    for refused in console.run_together(*drills):
        assert "would delete" in refused.expect(3).json["error"]
    assert simulator.changing_calls() == changed

    # Neither is it terminated without the plan's name and the number of instances.
    terminate = ("terminate", ended["execution_id"], "--json")
    unconfirmed = (
        (),
        ("--confirm", "payroll"),
        ("--count", "18"),
        ("--confirm", "payroll", "--count", "17"),
        ("--confirm", "Payroll", "--count", "18"),
    )
    for refused in console.run_together(*((*terminate, *confirmation) for confirmation in unconfirmed)):
        assert "confirm with the plan's name" in refused.expect(3).json["error"]
    assert simulator.changing_calls() == changed
    gone = console.run(*terminate, "--confirm", "payroll", "--count", "18").expect(0).json
    assert {server["termination"] for server in gone["servers"]} == {"terminated"}
    assert not set(instance_ids) & set(aws.recovery_instances(place))
    assert aws.ec2_states(place, instance_ids) == {"terminated"}
