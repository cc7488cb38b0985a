"""The file of roles that ships with an installation."""

from pathlib import Path

import pytest

from drs_desktop.domain.errors import ValidationFailed
from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.files.role_mapping_file import LARGEST_FILE, read_role_mapping

GOOD = """{"rules": [
  {"pattern": "Admins", "role": "DRSAdmin"},
  {"pattern": "Partners", "role": "DRSCrossAccount", "accounts": ["012345678901"]}
]}"""


def test_rules_are_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    path.write_text(GOOD)
    mapping = read_role_mapping(path)
    assert mapping is not None
    assert mapping.rules[0] == MappingRule(pattern="Admins", role=Role.ADMIN)
    assert mapping.rules[1].accounts == ("012345678901",)


def test_no_file_is_no_mapping(tmp_path: Path) -> None:
    assert read_role_mapping(tmp_path / "roles.json") is None


def test_file_without_rules_is_an_empty_mapping(tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    path.write_text('{"rules": []}')
    assert read_role_mapping(path) == RoleMapping()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "cannot be used"),
        ("[]", "cannot be used"),
        ('{"rules": {}}', "rules"),
        ('{"rules": [{"pattern": "x"}]}', r"rules\.0\.role"),
        ('{"rules": [{"pattern": "x", "role": "King"}]}', r"rules\.0\.role"),
        ('{"rules": [{"pattern": "x", "role": "DRSAdmin", "also": 1}]}', r"rules\.0\.also"),
        ('{"rules": [{"pattern": "x", "role": "DRSOperator"}]}', "Nobody would be DRSAdmin"),
        ("[" * 100_000, "cannot be used"),
        (" " * (LARGEST_FILE + 1), "larger than"),
    ],
)
def test_file_that_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "roles.json"
    path.write_text(text)
    with pytest.raises(ValidationFailed, match=problem):
        read_role_mapping(path)


def test_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationFailed, match="cannot be read"):
        read_role_mapping(tmp_path)
