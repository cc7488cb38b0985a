import pytest

from drs_desktop.simulator.core.faults import ArrivingCall, FaultPlan, FaultRule, HoldAnswer, ResetBefore

CALL = ArrivingCall(
    service="drs", operation="StartRecovery", account_id="1", region="eu-west-1", tags={"a": "b", "c": "d"}
)


def fired(plan: FaultPlan, times: int) -> list[str | None]:
    return [state.rule.id if (state := plan.meet(CALL)) else None for _ in range(times)]


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"operation": "StartRecovery", "account": "1", "region": "eu-west-1"},
        {"match_tags": {"a": "b"}},
    ],
)
def test_rule_matches_when_every_condition_fits(conditions: dict[str, object]) -> None:
    assert FaultRule(id="x", action=ResetBefore(), **conditions).matches(CALL)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "conditions",
    [
        {"service": "ec2"},
        {"operation": "DescribeJobs"},
        {"account": "2"},
        {"region": "eu-central-1"},
        {"match_tags": {"a": "other"}},
        {"match_tags": {"a": "b", "absent": "x"}},
    ],
)
def test_rule_does_not_match_when_one_differs(conditions: dict[str, object]) -> None:
    assert not FaultRule(id="x", action=ResetBefore(), **conditions).matches(CALL)  # type: ignore[arg-type]


def test_rule_fires_once_by_default() -> None:
    assert fired(FaultPlan([FaultRule(id="x", action=ResetBefore())]), 3) == ["x", None, None]


def test_nth_and_times_choose_the_calls() -> None:
    rule = FaultRule(id="x", action=ResetBefore(), nth=2, times=2)
    assert fired(FaultPlan([rule]), 5) == [None, "x", "x", None, None]


def test_zero_times_is_always() -> None:
    assert fired(FaultPlan([FaultRule(id="x", action=ResetBefore(), times=0)]), 3) == ["x"] * 3


def test_first_rule_that_fires_decides_and_the_others_count() -> None:
    rules = [FaultRule(id=name, action=ResetBefore(), nth=nth) for name, nth in (("a", 1), ("b", 2))]
    plan = FaultPlan(rules)
    assert fired(plan, 3) == ["a", "b", None]
    assert [state.matched for state in plan.states()] == [3, 3]


def test_deleting_or_replacing_a_rule_releases_what_it_holds() -> None:
    rule = FaultRule(id="x", action=HoldAnswer(seconds=600))
    plan = FaultPlan([rule])
    first = plan.meet(CALL)
    plan.add(rule)
    second = plan.meet(CALL)
    assert first is not None
    assert second is not None
    assert first.released.is_set()
    assert not second.released.is_set()
    assert plan.remove("x")
    assert second.released.is_set()
    assert not plan.remove("x")
