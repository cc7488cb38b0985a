"""Workspace files: what is read, and how what is wrong is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from drs_desktop.domain.protection_group import SelectionKind, members, missing_members
from drs_desktop.domain.recovery_plan import FailurePolicy, plan_problems
from drs_desktop.files.sample_workspace import WorkspaceFileError, read_workspace
from drs_desktop.files.yaml_text import LARGEST_FILE

SAMPLE = Path(__file__).parents[3] / "resources" / "demo" / "workspace.yaml"
SMALL = """\
accounts:
  - account_id: "012345678901"
    name: payroll-dr
    role_arn: arn:aws:iam::012345678901:role/Target
    regions: [eu-west-1]
groups:
  - id: web
    name: Web
    members:
      - account: payroll-dr
        region: eu-west-1
        servers:
          web-01: s-0a1b2c3d4e5f60718
  - id: data
    name: Data
    tags: {Tier: data}
    scopes: [{account: payroll-dr, region: eu-west-1}]
plans:
  - id: plan
    name: Plan
    waves:
      - {name: Data, groups: [data]}
      - {name: Web, groups: [web], failure_policy: continue, depends_on: []}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is in order."""
    file = tmp_path / "workspace.yaml"
    file.write_text(SMALL)
    return file


def problems(path: Path, old: str, new: str) -> str:
    assert old in SMALL
    path.write_text(SMALL.replace(old, new))
    with pytest.raises(WorkspaceFileError) as caught:
        read_workspace(path)
    assert str(path) in str(caught.value)
    return "\n".join(caught.value.problems)


def test_a_file_becomes_domain_objects(path: Path) -> None:
    content = read_workspace(path)
    [account] = content.accounts
    assert (account.account_id, account.external_id, account.tags_allowed) == ("012345678901", None, True)
    web, data = content.groups
    assert (web.selection, data.selection) == (SelectionKind.LIST, SelectionKind.TAGS)
    assert web.server_keys[0].source_server_id == "s-0a1b2c3d4e5f60718"
    assert data.tags == (("Tier", "data"),)
    [plan] = content.plans
    assert [wave.number for wave in plan.waves] == [1, 2]
    assert plan.waves[0].depends_on is None
    assert plan.waves[1].depends_on == ()
    assert plan.waves[1].failure_policy is FailurePolicy.CONTINUE


def test_a_number_without_quotation_marks_names_place_and_lost_zero(path: Path) -> None:
    said = problems(path, '"012345678901"', "012345678901")
    assert "Line 2, column 17, accounts[0].account_id" in said
    assert '"012345678901"' in said
    assert "leading zero" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"012345678901"', '"12345678901"', "Line 2, column 17, accounts[0].account_id"),
        (
            "failure_policy: continue",
            "failure_policy: hope",
            "Line 23, column 52, plans[0].waves[1].failure_policy",
        ),
        ("failure_policy", "failure_policies", "failure_policies: this word is not known here"),
        ("groups: [web]", "groups: [nobody]", "'nobody', which is not in the file"),
        ("groups: [web]", "groups: [data]", "Group data stands in more than one wave"),
        ("depends_on: []", "depends_on: [2]", "in a circle"),
        ("depends_on: []", "depends_on: [7]", "depends on wave 7, which does not exist"),
        ("  - id: data", "  - id: web", "groups: the id 'web' stands there twice"),
        ("account: payroll-dr\n", "account: nobody\n", "the account 'nobody', which is not in the file"),
        ("region: eu-west-1}", "region: eu-west-3}", "eu-west-3, which account payroll-dr does not list"),
        ("    tags: {Tier: data}\n", "", "Group data needs either tags and scopes, or members"),
        ("s-0a1b2c3d4e5f60718", "s-short", "Line 13"),
        ("accounts:\n", "accounts: []\nx:\n", "accounts"),
        ("tags: {Tier: data}", "tags: {Tier: 7}", "tags.Tier"),
        ("name: Web\n", "name: *x\n", "Line 8"),
        ("tags: {Tier: data}", "tags: {Tier: a, Tier: b}", "duplicate key"),
        ("plans:\n", "plans: [\n", "Line"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(path: Path, old: str, new: str, said: str) -> None:
    assert said in problems(path, old, new)


def test_repetition_by_reference_is_refused(path: Path) -> None:
    text = SMALL.replace("regions: [eu-west-1]", "regions: &r [eu-west-1]")
    path.write_text(text + "    description: *r\n")
    with pytest.raises(WorkspaceFileError, match="aliases"):
        read_workspace(path)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"just text", b"\xff\xfe\x00", b"a: !!python/object:os.system x"]
)
def test_a_file_that_is_no_workspace_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(WorkspaceFileError):
        read_workspace(path)


def test_a_missing_or_huge_file_is_refused(path: Path) -> None:
    with pytest.raises(WorkspaceFileError, match="cannot be read"):
        read_workspace(path.with_name("other.yaml"))
    path.write_text("#" * (LARGEST_FILE + 1))
    with pytest.raises(WorkspaceFileError, match="larger"):
        read_workspace(path)


# ---- the sample itself


def test_the_sample_holds_what_the_demo_promises() -> None:
    content = read_workspace(SAMPLE)
    assert [account.account_id for account in content.accounts] == ["012345678901", "445566778899"]
    assert len(content.groups) == 5
    assert sum(group.selection is SelectionKind.TAGS for group in content.groups) >= 2
    assert [plan.name for plan in content.plans] == ["payroll", "storefront"]
    assert not [problem for plan in content.plans for problem in plan_problems(plan)]
    payroll, storefront = content.plans
    assert [wave.name for wave in payroll.waves] == ["Databases", "Applications", "Web"]
    assert [wave.pause_before for wave in payroll.waves] == [False, True, False]
    assert storefront.waves[-1].failure_policy is FailurePolicy.CONTINUE


def test_no_group_of_the_sample_is_shared_by_the_plans() -> None:
    content = read_workspace(SAMPLE)
    used = [group for plan in content.plans for wave in plan.waves for group in wave.group_ids]
    assert sorted(used) == sorted(group.group_id for group in content.groups)


def test_the_storefront_crosses_both_accounts_and_both_regions() -> None:
    content = read_workspace(SAMPLE)
    scopes = {
        scope for group in content.groups if group.group_id.startswith("storefront") for scope in group.scopes
    }
    assert len({scope.account_id for scope in scopes}) == 2
    assert len({scope.region for scope in scopes}) == 2


def test_every_listed_server_is_in_the_sample_fleet_and_fit_to_start() -> None:
    # The simulator stands beside files, so only a test may bring the two together.
    from drs_desktop.aws import drs_mapping
    from drs_desktop.domain.ids import AccountId, Region, Scope
    from drs_desktop.simulator.core.clock import ServiceClock
    from drs_desktop.simulator.fleet import build_simulation
    from drs_desktop.simulator.scenario import read_scenario

    content = read_workspace(SAMPLE)
    scenario = read_scenario(SAMPLE.with_name("scenario.yaml"))
    simulation = build_simulation(scenario, clock=ServiceClock(scale=0))
    servers = []
    for account in content.accounts:
        for region in account.regions:
            scope = Scope(account_id=AccountId(account.account_id), region=Region(region))
            state = simulation.state(scope.account_id, scope.region)
            for server in state.servers.values():
                replication = {"dataReplicationState": server.replication.state.value}
                shape = {"sourceServerID": server.id, "tags": server.tags, "dataReplicationInfo": replication}
                servers.append(drs_mapping.source_server(shape, scope))
    sizes = {group.name: len(members(group, servers)) for group in content.groups}
    assert sizes == {
        "payroll-databases": 4,
        "payroll-applications": 8,
        "payroll-web": 6,
        "storefront-data": 5,
        "storefront-front": 22,
    }
    for group in content.groups:
        assert missing_members(group, servers) == ()
        assert {server.replication_state.value for server in members(group, servers)} == {"CONTINUOUS"}


def test_a_wave_may_have_steps_a_threshold_and_a_time_limit(path: Path) -> None:
    wave = """\
      - name: Data
        groups: [data]
        success_threshold: 0.8
        time_limit_minutes: 90
        steps_before:
          - {kind: timed wait, name: Settle, settings: {seconds: 300}}
        steps_after:
          - {kind: TCP probe, name: Port, settings: {port: 443}, retries: 3, time_limit_minutes: 5}
          - {kind: manual task, name: DNS, instruction: Move the name., is_critical: false}
"""
    path.write_text(SMALL.replace("      - {name: Data, groups: [data]}\n", wave), encoding="utf-8")
    first = read_workspace(path).plans[0].waves[0]
    assert (first.success_threshold, first.time_limit) == (0.8, timedelta(minutes=90))
    assert first.steps_before[0].setting("seconds") == "300"
    probe, task = first.steps_after
    assert (probe.setting("port"), probe.retries, probe.time_limit) == ("443", 3, timedelta(minutes=5))
    assert (task.instruction, task.is_critical) == ("Move the name.", False)


def test_a_step_that_makes_no_sense_is_told_with_its_wave(path: Path) -> None:
    wave = "      - {name: Data, groups: [data], steps_after: [{kind: dance, name: Waltz}]}\n"
    path.write_text(SMALL.replace("      - {name: Data, groups: [data]}\n", wave), encoding="utf-8")
    with pytest.raises(WorkspaceFileError, match="Waltz"):
        read_workspace(path)
