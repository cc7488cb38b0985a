"""What DRS does in the caller's name: the table, and failures for want of a right."""

from typing import Any

import pytest

from drs_desktop.simulator.core.access import session_principal
from drs_desktop.simulator.core.accounts import Role
from drs_desktop.simulator.core.faults import DenyPermission, FaultRule
from drs_desktop.simulator.core.forwarded import FORWARDED, ForwardedDenials, Phase
from drs_desktop.simulator.core.forwarding import launch_failure
from drs_desktop.simulator.core.policy_document import parse_policy
from drs_desktop.simulator.core.sessions import Session
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import LaunchFailure, PlannedFailure
from tests.helpers.identity_scenario import OPERATOR, allow, deny, policy
from tests.unit.simulator.builders import START, a_simulation, target_of

LAUNCHING = [Phase.SNAPSHOT, Phase.CONVERSION, Phase.LAUNCH]
NEEDED = sorted({one.action for phase in LAUNCHING for one in FORWARDED[phase]} - {"iam:PassRole"})


def failure(simulation: Simulation, *documents: dict[str, Any]) -> PlannedFailure | None:
    role = Role(
        arn="arn:aws:iam::222222222222:role/Operator",
        policies=tuple(parse_policy(one) for one in documents),
    )
    session = Session(access_key_id="A", token="t", role=role, name="tests", began_at=START, ends_at=START)
    state = target_of(simulation)
    caller = session_principal(simulation, session)
    return launch_failure(simulation, state, caller, next(iter(state.servers.values())))


def test_rights_through_the_service_are_enough() -> None:
    assert failure(a_simulation(), OPERATOR) is None


@pytest.mark.parametrize("action", NEEDED)
def test_each_missing_right_fails_silently(action: str) -> None:
    found = failure(a_simulation(), OPERATOR, policy(deny(action)))
    assert found == PlannedFailure(kind=LaunchFailure.SILENT)


@pytest.mark.parametrize("phase", LAUNCHING)
def test_raw_mode_fails_at_the_phase_that_needs_the_right(phase: Phase) -> None:
    simulation = a_simulation()
    simulation.forwarded_denials = ForwardedDenials.RAW
    kinds = {
        Phase.SNAPSHOT: LaunchFailure.SILENT,
        Phase.CONVERSION: LaunchFailure.CONVERSION_FAIL,
        Phase.LAUNCH: LaunchFailure.LAUNCH_FAILED,
    }
    earlier = {one.action for one in FORWARDED[Phase.SNAPSHOT]} if phase is not Phase.SNAPSHOT else set()
    if phase is Phase.LAUNCH:
        earlier |= {one.action for one in FORWARDED[Phase.CONVERSION]}
    action = next(one.action for one in FORWARDED[phase] if one.action not in earlier)
    found = failure(simulation, OPERATOR, policy(deny(action)))
    assert found is not None
    assert found.kind is kinds[phase]
    assert (found.raw_error is None) == (phase is Phase.SNAPSHOT)


def test_direct_rights_alone_are_not_enough() -> None:
    direct = policy(allow("*", Condition={"Bool": {"aws:ViaAWSService": "false"}}))
    assert failure(a_simulation(), direct) == PlannedFailure(kind=LaunchFailure.SILENT)


def test_rights_bound_to_the_tag_of_drs_suffice_for_what_drs_makes() -> None:
    managed = {"StringEquals": {"aws:ResourceTag/AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}}
    tagged = policy(
        allow("ec2:TerminateInstances", "ec2:DeleteVolume", Condition=managed),
        allow("*"),
    )
    assert failure(a_simulation(), tagged) is None


def test_fault_denies_even_a_caller_without_limits() -> None:
    simulation = a_simulation()
    state = target_of(simulation)
    server = next(iter(state.servers.values()))
    assert launch_failure(simulation, state, None, server) is None
    simulation.faults.add(
        FaultRule(id="no-snapshots", action=DenyPermission(permission="ec2:CreateSnapshot"), times=0)
    )
    assert launch_failure(simulation, state, None, server) == PlannedFailure(kind=LaunchFailure.SILENT)
