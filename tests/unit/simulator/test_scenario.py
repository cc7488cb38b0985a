from pathlib import Path
from typing import Any

import pytest

from drs_desktop.simulator.scenario import ScenarioError, parse_scenario, read_scenario
from tests.helpers.simulator_process import DEMO, small_scenario


def problems(**changes: object) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(Path("some.yaml"), small_scenario(**changes))
    assert str(caught.value).startswith("some.yaml: ")
    return "; ".join(caught.value.problems)


def test_demo_can_be_read() -> None:
    assert read_scenario(DEMO).name == "demo"


def test_unknown_member_is_named() -> None:
    assert problems(colour="red") == "colour: Extra inputs are not permitted"


def test_account_number_without_quotation_marks_gets_a_hint() -> None:
    accounts = [{"id": 111111111111, "name": "hub", "hub": True}]
    assert "accounts[0].id" in (text := problems(accounts=accounts, servers=[]))
    assert "quotation marks" in text


def test_dangling_names_are_listed_together() -> None:
    group = {**small_scenario()["servers"][0], "account": "nobody", "machine": "none", "region": "mars"}
    text = problems(servers=[{**group, "name": "same"}])
    for word in ("'nobody'", "'none'", "'mars'", "needs {n}"):
        assert word in text


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ({"after_seconds": 1, "act": "explode"}, "acts[0].act: Input tag 'explode'"),
        ({"after_seconds": 1}, "acts[0].act: Unable to extract tag"),
        ({"act": "delete_job", "job": "x"}, "acts[0].after_seconds: Field required"),
        ({"after_seconds": -1, "act": "delete_job", "job": "x"}, "acts[0].after_seconds: Input should be"),
        ({"after_seconds": "1", "act": "delete_job", "job": "x"}, "acts[0].after_seconds: Input should be"),
        ({"after_seconds": 1, "act": "delete_job"}, "acts[0].act.delete_job.job: Field required"),
        ({"after_seconds": 1, "act": "delete_job", "job": "x", "colour": "red"}, "job.colour: Extra inputs"),
        (
            {"after_seconds": 1, "act": "foreign_job", "servers": ["s-1"], "is_drill": True},
            "acts[0] (foreign_job): no source server has the id 's-1'",
        ),
        (["explode"], "acts[0]: Input should be"),
    ],
)
def test_act_that_cannot_be_is_refused_with_its_place(act: object, words: str) -> None:
    assert words in problems(acts=[act])


def test_exactly_one_hub_is_wanted() -> None:
    assert "hub: true" in problems(accounts=[{"id": "1" * 12, "name": "a"}], servers=[])


def test_two_servers_of_one_name_in_one_place_are_refused() -> None:
    assert "target has two servers called 'srv-01'" in problems(servers=small_scenario(1)["servers"] * 2)


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2", "- 1", ""])
def test_file_that_is_no_scenario_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=r"bad\.yaml"):
        read_scenario(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"policies": [{"Statement": {"Effect": "Allow", "Action": "drs:*"}}]}, "either Resource or NotRes"),
        ({"trust": {"Statement": []}, "external_id": "some-id"}, "names the external id there"),
        ({"permissions_boundary": {"Version": "1"}}, "Version: must be"),
        ({"max_session_seconds": 900}, "max_session_seconds"),
    ],
)
def test_role_that_cannot_be_evaluated_is_refused(settings: dict[str, Any], words: str) -> None:
    data = small_scenario()
    data["accounts"][1]["roles"] = [{"name": "Target", **settings}]
    with pytest.raises(ScenarioError, match=words):
        parse_scenario(Path("test.yaml"), data)


def test_account_names_only_regions_of_the_scenario() -> None:
    data = small_scenario()
    data["accounts"][1].update(disabled_regions=["mars-north-1"], initialized=["moon-west-2"])
    with pytest.raises(ScenarioError, match=r"'mars-north-1'.*'moon-west-2'|'moon-west-2'.*'mars-north-1'"):
        parse_scenario(Path("test.yaml"), data)
