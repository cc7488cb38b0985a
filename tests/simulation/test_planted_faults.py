"""The tests of the tests: with each planted mistake its scenario fails, and without it it passes."""

import pytest

from tests.simulation.planted import PLANTED, Planted
from tests.simulation.planting import planted_text
from tests.simulation.profile import say

RULES = {
    *("I-01", "I-02", "I-04", "I-05", "I-07", "I-09", "I-12", "I-13"),
    *("I-17", "I-18", "I-19", "I-24", "I-33", "SDK"),
}
each_planted = pytest.mark.parametrize(
    "planted", PLANTED, ids=lambda planted: f"{planted.rule} {planted.name}"
)


def test_each_rule_has_a_planted_mistake() -> None:
    assert {planted.rule for planted in PLANTED} == RULES


@each_planted
@pytest.mark.timeout(600)
def test_planted_mistake_is_caught(planted: Planted, pytestconfig: pytest.Config) -> None:
    with planted_text(planted.file, planted.old, planted.new), pytest.raises(AssertionError) as seen:
        planted.seen_by()
    assert planted.tells in str(seen.value)
    say(pytestconfig, f"planted {planted.rule}, {planted.name}: caught")


@each_planted
@pytest.mark.timeout(600)
def test_without_its_mistake_the_scenario_passes(planted: Planted) -> None:
    planted.seen_by()
