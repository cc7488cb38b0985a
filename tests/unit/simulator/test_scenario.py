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


def group(**changes: Any) -> list[dict[str, Any]]:
    return [{**small_scenario()["servers"][0], **changes}]


def machine(**changes: Any) -> dict[str, Any]:
    return {"linux": {**small_scenario()["machines"]["linux"], **changes}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"regions": ["eu-west-1", "mars-north-1"]}, "AWS has no Region 'mars-north-1'"),
        ({"servers": group(subnet="10.0.999")}, "first three numbers of an address"),
        ({"servers": group(tags={"aws:made-by": "me"})}, "belong to AWS"),
        ({"servers": group(tags={f"key-{number}": "" for number in range(60)})}, "at most 50 tags"),
        ({"servers": [*group(count=4_000), *group(name="b-{n}", count=1)]}, "target has 4,001 servers"),
        ({"servers": group(extended_from="target")}, "cannot extend its own servers"),
        ({"servers": group(replication={"state": "STALLED", "lag_minutes": 1e300})}, "lag_minutes: Input"),
        ({"machines": machine(disks=[{"device": "/dev/sda", "gib": 10**9}])}, "disks[0].gib: Input"),
        ({"machines": machine(instance_type="large")}, "instance_type: String should match"),
        ({"durations": {"linux": {"launch": [300, 100]}}}, "must not be longer than"),
        ({"durations": {"linux": {"launch": [1, float("inf")]}}}, "launch[1]: Input should be a finite"),
        ({"boot_checks_seconds": float("nan")}, "boot_checks_seconds: Input should be a finite"),
        ({"service_quotas": {"L-00000000": 1}}, "no quota of the code 'L-00000000'"),
        ({"service_quotas": {"L-D88FAC3A": 1.5}}, "L-D88FAC3A must be a whole number"),
        ({"service_quotas": {"L-D88FAC3A": -1}}, "greater than or equal to 0"),
        ({"faults": [{"service": "dsr", "action": "html_503"}]}, "has no service 'dsr'"),
        ({"faults": [{"operation": "StartRecovry", "action": "html_503"}]}, "no operation 'StartRecovry'"),
    ],
)
def test_mistake_is_told_before_anything_starts(changes: dict[str, Any], words: str) -> None:
    assert words in problems(**changes)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"roles": [{"name": "Twice"}, {"name": "Twice"}]}, "two roles are called 'Twice'"),
        ({"trusts": ["target"]}, "target cannot trust itself"),
    ],
)
def test_account_that_cannot_be_is_refused(settings: dict[str, Any], words: str) -> None:
    data = small_scenario()
    data["accounts"][1].update(settings)
    with pytest.raises(ScenarioError, match=words):
        parse_scenario(Path("test.yaml"), data)


def test_file_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text("[" * 5_000)
    with pytest.raises(ScenarioError, match="nested too deeply"):
        read_scenario(path)
