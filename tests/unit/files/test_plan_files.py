"""Plan files: read back as written, comments kept, what would be lost refused, hostile ones survived."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from drs_desktop.domain.plan_document import PlanDocument
from drs_desktop.domain.protection_group import SelectionKind
from drs_desktop.files.plan_files import YamlPlanFiles, parse_plans, render_plans
from drs_desktop.files.plan_schema import plan_schema_text
from drs_desktop.files.sample_workspace import read_workspace
from drs_desktop.files.yaml_text import FileProblem
from tests.helpers.plan_strategies import plan_documents

RESOURCES = Path(__file__).parents[3] / "resources"
PATH = Path("plans.yaml")
EXAMPLES = max(20, int(os.environ.get("FUZZED_FILES", "0")) // 20)
SMALL = """\
# The wages, reviewed every spring.
schema_version: 1
groups:
  - id: data
    name: Data  # found by tags
    tags: {Tier: data}
    scopes: [{account: "012345678901", region: eu-west-1}]
  # One by one, because the tags are not trusted.
  - id: web
    name: Web
    servers:
      - account: "012345678901"
        region: eu-west-1
        ids:
          - s-0a1b2c3d4e5f60718  # web-01
          - s-0a1b2c3d4e5f60719
plans:
  - id: wages
    name: Wages
    rto_minutes: 90
    waves:
      - name: Data
        groups: [data]
        failure_policy: ask  # said outright, though it is usual
        steps_after:
          - kind: TCP probe
            name: Listener
            settings: {port: 5432}
      - {name: Web, groups: [web]}
"""


def problems(old: str, new: str) -> str:
    assert old in SMALL
    with pytest.raises(FileProblem) as caught:
        parse_plans(SMALL.replace(old, new).encode(), PATH)
    return "\n".join(caught.value.problems)


# ---- round trip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan_documents(), plan_documents())
def test_what_is_written_is_read_back_the_same(document: PlanDocument, other: PlanDocument) -> None:
    content = render_plans(document, PATH)
    assert parse_plans(content, PATH) == document
    assert render_plans(document, PATH, content) == content
    assert parse_plans(render_plans(other, PATH, content), PATH) == other


def test_a_file_written_unchanged_is_the_same_to_the_last_comment() -> None:
    content = render_plans(parse_plans(SMALL.encode(), PATH), PATH, SMALL.encode())
    assert content.decode() == SMALL


def test_a_change_leaves_the_comments_of_everything_else() -> None:
    document = parse_plans(SMALL.encode(), PATH)
    [plan] = document.plans
    changed = replace(document, plans=(replace(plan, recovery_time=timedelta(hours=2), owner="anna"),))
    written = render_plans(changed, PATH, SMALL.encode()).decode()
    assert "rto_minutes: 120" in written
    assert "owner: anna" in written
    for comment in ("# The wages", "# found by tags", "# One by one", "# web-01", "# said outright"):
        assert comment in written


def test_the_sample_workspace_goes_into_a_file_and_comes_back() -> None:
    sample = read_workspace(RESOURCES / "demo" / "workspace.yaml")
    document = PlanDocument(groups=sample.groups, plans=sample.plans)
    assert parse_plans(render_plans(document, PATH), PATH) == document


def test_digits_are_written_in_quotation_marks() -> None:
    document = parse_plans(SMALL.encode(), PATH)
    assert 'account: "012345678901"' in render_plans(document, PATH).decode()


def test_a_revision_is_the_workspaces_and_not_the_files() -> None:
    document = parse_plans(SMALL.encode(), PATH)
    grown = replace(document, plans=tuple(replace(plan, revision=7) for plan in document.plans))
    assert render_plans(grown, PATH) == render_plans(document, PATH)


def test_a_file_takes_the_place_of_the_one_before_whole(tmp_path: Path) -> None:
    path, files = tmp_path / "plans.yaml", YamlPlanFiles()
    path.write_text(SMALL)
    document = files.read(path)
    files.write(path, replace(document, plans=()))
    assert files.read(path) == replace(document, plans=())
    assert [one.name for one in tmp_path.iterdir()] == ["plans.yaml"]


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "plans.yaml"
    path.write_text("this: is mine\n")
    with pytest.raises(FileProblem):
        YamlPlanFiles().write(path, PlanDocument())
    assert path.read_text() == "this: is mine\n"


# ---- what a file says


def test_a_file_becomes_groups_and_plans() -> None:
    document = parse_plans(SMALL.encode(), PATH)
    data, web = document.groups
    assert (data.selection, web.selection) == (SelectionKind.TAGS, SelectionKind.LIST)
    [plan] = document.plans
    assert plan.recovery_time == timedelta(minutes=90)
    assert plan.waves[0].steps_after[0].setting("port") == "5432"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"012345678901", region', "012345678901, region", "Line 7, column 24, groups[0].scopes[0].account"),
        ("schema_version: 1", "schema_version: 2", "Line 2, column 17"),
        ("name: Data  #", "nam: Data  #", "Line 5, column 10, groups[0].nam: this word is not known here"),
        ("rto_minutes: 90", "rto_minutes: ninety", "Line 20, column 18"),
        ("rto_minutes: 90", "rto_minutes: yes", "Line 20"),
        ("rto_minutes: 90", "rto_minutes: .nan", "Line 20"),
        ("rto_minutes: 90", "rto_minutes: 90.123456789", "would not be written back as it stands here"),
        ("- id: web", "- id: data", "Line 9, column 9, groups: 'data' stands there twice"),
        ("s-0a1b2c3d4e5f60719", "s-short", "Line 16, column 13"),
        ("groups: [data]", "groups: data", "Line 23, column 17"),
        ("{port: 5432}", "{port: true}", "Line 28, column 30"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_column(old: str, new: str, said: str) -> None:
    assert said in problems(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # servers beside tags would vanish, for a group selects by one of them
        (
            "    scopes: [{account",
            '    servers: [{account: "012345678901", region: eu-west-1, ids: [s-0a1b2c3d4e5f60717]}]\n'
            "    scopes: [{account",
        ),
        ("region: eu-west-1}]\n", 'region: eu-west-1}, {account: "012345678901", region: eu-west-1}]\n'),
    ],
)
def test_what_would_be_lost_is_refused(old: str, new: str) -> None:
    assert "would not be written back as it stands here" in problems(old, new)


def test_many_problems_are_counted_not_all_told() -> None:
    shape = "schema_version: 1\ngroups:\n" + "  - {}\n" * 500
    with pytest.raises(FileProblem, match="And 950 more problems"):
        parse_plans(shape.encode(), PATH)


def test_the_published_schema_is_the_one_that_is_read_by() -> None:
    published = (RESOURCES / "schema" / "plans.schema.json").read_text(encoding="utf-8")
    assert published == plan_schema_text()
