"""The people of a scenario, and what is wrong about them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.simulator.scenario import ScenarioError, parse_scenario
from drs_desktop.simulator.sign_in_scenario import identity_center
from tests.helpers.sign_in import OPERATOR, OPERATOR_SET, people, scenario_with_people
from tests.helpers.simulator_process import HUB, small_scenario


def parse(**changes: Any) -> Any:
    return parse_scenario(Path("people.yaml"), scenario_with_people(**changes))


@pytest.mark.parametrize(
    ("assignments", "words"),
    [
        ({"nowhere": [OPERATOR_SET]}, "there is no account 'nowhere'"),
        ({"hub": ["Nobody"]}, "there is no permission set 'Nobody'"),
    ],
)
def test_assignment_to_what_is_not_there_is_refused(assignments: dict[str, Any], words: str) -> None:
    user = {"name": "one", "full_name": "One", "assignments": assignments}
    with pytest.raises(ScenarioError, match=words):
        parse(users=[user])


def test_portal_that_is_no_address_is_refused() -> None:
    with pytest.raises(ScenarioError, match="start_url"):
        parse(start_url="http://plain.example/start")


def test_scenario_without_people_has_no_identity_center() -> None:
    scenario = parse_scenario(Path("nobody.yaml"), small_scenario())
    assert identity_center(scenario.sign_in, {}, lambda: datetime.now(UTC)) is None


def test_role_is_named_as_aws_names_it() -> None:
    model = parse_scenario(Path("people.yaml"), small_scenario(sign_in=people())).sign_in
    accounts = {"hub": HUB, "target": "222222222222"}
    center = identity_center(model, accounts, lambda: datetime.now(UTC))
    assert center is not None
    assert center.directory.user(OPERATOR) is not None
    arn = center.directory.role(HUB, OPERATOR_SET).arn
    prefix = (
        f"arn:aws:iam::{HUB}:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_{OPERATOR_SET}_"
    )
    assert arn.startswith(prefix)
    assert len(arn) == len(prefix) + 16
