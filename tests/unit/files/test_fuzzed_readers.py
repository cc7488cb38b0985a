"""Every reader of people's files, given broken ones: each is read, or refused with a sentence."""

import os
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from drs_desktop.aws.aws_config import read_aws_config
from drs_desktop.cli.failures import UsageProblem
from drs_desktop.cli.start_options import point_choice
from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.files.plan_files import YamlPlanFiles, parse_plans, render_plans
from drs_desktop.files.role_mapping_file import read_role_mapping
from drs_desktop.files.sample_workspace import read_workspace
from drs_desktop.files.yaml_text import FileProblem, read_bytes
from drs_desktop.simulator.scenario import ScenarioError, read_scenario
from drs_desktop.storage.audit_export import check_export, export_of
from drs_desktop.storage.hash_chain import FIRST, row_hash
from tests.helpers.broken_files import broken, misshapen

ROOT = Path(__file__).parents[3]
FUZZED_FILES = int(os.environ.get("FUZZED_FILES", "60"))
"""How many broken files each reader is given, half of them well-formed; by hand 20,000."""
ROLES = b"""{"rules": [
  {"pattern": "*AWSReservedSSO_Payroll*", "role": "DRSCrossAccount", "accounts": ["012345678901"]},
  {"pattern": "arn:aws:iam::*:user/keeper", "role": "DRSAdmin"}
]}"""
POINTS = b"""db-01 2026-11-02T03:10Z
db-02 pit-0a1b2c3d4e5f60718  # the last good one
db-03 latest
"""
PLANS = b"""\
schema_version: 1
groups:
  - {id: data, name: Data, tags: {Tier: data}, scopes: [{account: "012345678901", region: eu-west-1}]}
  - id: web
    name: Web
    servers: [{account: "012345678901", region: eu-west-1, ids: [s-0a1b2c3d4e5f60718, s-0a1b2c3d4e5f60719]}]
plans:
  - id: wages
    name: Wages
    rto_minutes: 90
    waves:
      - {name: Data, groups: [data], failure_policy: ask, time_limit_minutes: 30}
      - name: Web
        groups: [web]
        depends_on: [1]
        steps_after: [{kind: TCP probe, name: Listener, settings: {port: 5432}}]
"""


AWS_CONFIG = b"""[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile payroll]
sso_session = corp
sso_account_id = 012345678901
sso_role_name = Operator
s3 =
  max_concurrent_requests = 20
[profile old]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 012345678901
sso_role_name = Viewer
"""


class Told(Exception):
    """What a reader says that raises nothing itself."""


def _audit_rows() -> Iterator[dict[str, Any]]:
    previous = FIRST
    for sequence in (1, 2, 3):
        words: dict[str, Any] = {
            **{"execution_id": "audit", "sequence": sequence, "version": 1, "payload": "{}"},
            **{"recorded_at": "2026-11-02T03:00:00+00:00", "driver": "one", "previous_hash": previous},
        }
        previous = row_hash(type_name="Signed", **words)
        yield {**words, "type": "Signed", "hash": previous}


def _checked_audit(path: Path) -> None:
    if problems := check_export(path.read_bytes()):
        raise Told(problems[0].problem)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A reader of files, a good file for it, what it may raise, and whether it is YAML or JSON."""

    name: str
    read: Callable[[Path], object]
    good: bytes
    refusal: type[Exception] = DrsDesktopError
    is_tree: bool = True


READERS = (
    Reader(name="plans", read=YamlPlanFiles().read, good=PLANS),
    Reader(
        name="workspace",
        read=read_workspace,
        good=(ROOT / "resources" / "demo" / "workspace.yaml").read_bytes(),
    ),
    Reader(name="roles", read=read_role_mapping, good=ROLES),
    Reader(
        name="scenario",
        read=read_scenario,
        good=(ROOT / "tests" / "helpers" / "scenarios" / "small.yaml").read_bytes(),
        refusal=ScenarioError,
    ),
    Reader(
        name="points",
        read=lambda path: point_choice("latest", path),
        good=POINTS,
        refusal=UsageProblem,
        is_tree=False,
    ),
    Reader(
        name="aws config",
        read=lambda path: read_aws_config({"AWS_CONFIG_FILE": str(path)}),
        good=AWS_CONFIG,
        is_tree=False,
    ),
    Reader(
        name="audit",
        read=_checked_audit,
        good=export_of(list(_audit_rows())).content,
        refusal=Told,
        is_tree=False,
    ),
)
each_reader = pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every attempt to reach anything fail the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a reader of files went to the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _fuzzed(reader: Reader) -> Iterator[tuple[int, bytes]]:
    """Yield broken files, each with the number under which it comes again."""
    said: Any = YAML(typ="safe", pure=True).load(reader.good) if reader.is_tree else None
    for number in range(FUZZED_FILES):
        chance = random.Random(f"{reader.name} {number}")
        is_bytes = number % 2 == 1 or not reader.is_tree
        yield number, broken(reader.good, chance) if is_bytes else misshapen(said, chance)


def _refusal(reader: Reader, path: Path, number: int) -> str | None:
    """Return what the reader says against a file, or None when it reads it."""
    try:
        reader.read(path)
    except reader.refusal as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the number that shows it must be told
        pytest.fail(f"{reader.name} {number}: {type(error).__name__}: {error}")
    return None


@each_reader
def test_the_good_file_is_read(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(reader.good)
    reader.read(path)


def test_a_time_before_the_calendar_begins_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points"
    path.write_text("db-01 0001-01-01T00:00+23:59\n", encoding="utf-8")
    with pytest.raises(UsageProblem, match="outside of all time"):
        point_choice("latest", path)


@each_reader
@pytest.mark.usefixtures("no_network")
def test_a_broken_file_is_read_or_refused_with_a_sentence(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "file"
    refusals = []
    for number, content in _fuzzed(reader):
        path.write_bytes(content)
        if (said := _refusal(reader, path, number)) is not None:
            refusals.append(said)
    assert len(refusals) > FUZZED_FILES // 3
    assert not [said for said in refusals if "Traceback" in said or len(said) > 50_000]


@pytest.mark.usefixtures("no_network")
def test_a_broken_plan_file_is_written_back_the_same_or_refused_with_line_and_column() -> None:
    [plans] = [reader for reader in READERS if reader.name == "plans"]
    path = Path("plans.yaml")
    read, problems = 0, []
    for number, content in _fuzzed(plans):
        try:
            document = parse_plans(content, path)
        except FileProblem as error:
            problems += error.problems
            continue
        assert parse_plans(render_plans(document, path), path) == document, number
        read += 1
    assert read > 0
    assert [text for text in problems if not text.startswith(("Line ", "And "))] == []


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    with pytest.raises(FileProblem, match="no plain file"):
        read_bytes(pipe)
