"""The commands of those who administer and audit, on services whose rows are in memory."""

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.domain.role_mapping import MappingRule, RoleMapping
from drs_desktop.domain.roles import Role
from drs_desktop.domain.target_accounts import RolePermissions
from drs_desktop.services.access_service import DEMO_ACCESS
from drs_desktop.services.account_service import AccountService
from drs_desktop.services.administration import Administration
from drs_desktop.services.api import Services
from drs_desktop.services.audit_service import AuditService
from drs_desktop.storage.database import Database
from tests.helpers.access_rig import ANNA, AccessRig, FakeIdentity
from tests.helpers.accounts_rig import NUMBER, PAYROLL, Desk
from tests.unit.cli.fakes import BANNER, FakeProgram, ran

ADMINS = RoleMapping(rules=(MappingRule(pattern="Operators", role=Role.ADMIN),))


@dataclass
class AnyDoor:
    """Every profile will do."""

    used: list[str] = field(default_factory=list)

    def check(self, profile: str) -> None:
        """Find nothing wrong with it."""

    def use(self, profile: str) -> None:
        self.used.append(profile)


@dataclass
class AdminProgram(FakeProgram):
    """A program whose workspaces can be administered."""

    rig: AccessRig = field(default_factory=lambda: AccessRig(DEMO_ACCESS))
    desk: Desk | None = None
    door: AnyDoor | None = None

    def _services(self) -> Services:
        audit = AuditService(self.rig.audit, self.rig.service)
        administration = Administration(
            access=self.rig.service, accounts=self._accounts(), audit=audit, glass=self.rig.glass(self.door)
        )
        return replace(super()._services(), administration=administration)

    def _accounts(self) -> AccountService:
        none: Any = None
        return self.desk.service if self.desk else none


def administrator() -> AdminProgram:
    return AdminProgram(rig=AccessRig(identity=FakeIdentity(), shipped=ADMINS))


def nobody() -> AdminProgram:
    return AdminProgram(rig=AccessRig(identity=FakeIdentity()))


# ---- access


def test_access_says_who_one_is_and_what_one_may_not_do() -> None:
    done = ran(AdminProgram(), "access")
    assert done.code == 0
    assert "simulation is DRSOperator." in done.out
    assert "ManageAccounts" in done.out
    assert "DRSOperator may not add target accounts; DRSAdmin may." in done.out


def test_access_as_json_names_every_action_and_permission() -> None:
    body = ran(AdminProgram(), "access", "--json").json
    assert (body["role"], body["elevation"]) == ("DRSOperator", None)
    assert len(body["permissions"]) == 11
    assert {"action": "pause", "is_allowed": True, "reason": ""} in body["actions"]


def test_access_of_a_workspace_without_administration_is_not_found() -> None:
    assert ran(FakeProgram(), "access").code == 3


def test_administrator_assigns_a_role_and_takes_it_away() -> None:
    program = administrator()
    body = ran(
        program, "access", "assign", "Partner", "DRSCrossAccount", "--account", "0" * 12, "--json"
    ).json
    assert body["rules"][1] == {"pattern": "Partner", "role": "DRSCrossAccount", "accounts": ["0" * 12]}
    body = ran(program, "access", "unassign", "Partner", "--json").json
    assert [rule["pattern"] for rule in body["rules"]] == ["Operators"]


def test_who_is_no_administrator_is_refused_with_the_code_of_roles() -> None:
    done = ran(AdminProgram(), "access", "assign", "Operators", "DRSAdmin")
    assert done.code == 8
    assert "DRSOperator may not change who has which role; DRSAdmin may. Nothing was done." in done.err


def test_role_that_does_not_exist_is_a_wrong_usage() -> None:
    assert ran(administrator(), "access", "assign", "Operators", "King").code == 2


def test_first_person_claims_a_workspace() -> None:
    body = ran(nobody(), "access", "claim", "--json").json
    assert (body["role"], body["principal"]) == ("DRSAdmin", ANNA)


def test_emergency_role_is_taken_shown_and_given_back() -> None:
    program = nobody()
    taken = ran(program, "access", "elevate", "--reason", "Frankfurt is gone")
    assert taken.code == 0
    assert "EMERGENCY until" in taken.out
    assert "Frankfurt is gone" in taken.out
    assert ran(program, "access", "give-up", "--json").json["role"] == "DRSViewer"


def test_emergency_without_a_real_reason_is_refused() -> None:
    assert ran(nobody(), "access", "elevate", "--reason", "x").code == 3


# ---- audit


def test_profile_for_emergencies_is_registered_shown_and_used_by_elevate_alone() -> None:
    program = administrator()
    program.door = AnyDoor()
    assert "emergency-keys" in ran(program, "access", "break-glass", "emergency-keys").out
    assert ran(program, "access", "break-glass", "--json").json["break_glass_profile"] == "emergency-keys"
    assert program.door.used == []
    taken = ran(program, "access", "elevate", "--break-glass", "--reason", "Nobody can sign in.", "--json")
    assert (taken.code, taken.json["elevation"]["reason"]) == (0, "Nobody can sign in.")
    assert program.door.used == ["emergency-keys"]
    assert ran(program, "access", "give-up").code == 0
    assert program.door.used == ["emergency-keys", ""]
    assert ran(program, "access", "break-glass", "--forget", "--json").json["break_glass_profile"] is None


def test_audit_verify_says_that_all_is_as_it_was_written() -> None:
    done = ran(AdminProgram(), "audit", "verify")
    assert (done.code, done.out) == (0, "Every row is as it was written.\n")


def test_audit_export_is_for_its_owner_only_and_verifies(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    assert ran(AdminProgram(), "audit", "export", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ran(AdminProgram(), "audit", "verify", "--file", str(file)).code == 0


def test_changed_export_is_found_with_its_row(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(b"something else")
    done = ran(AdminProgram(), "audit", "verify", "--file", str(file), "--json")
    assert done.code == 3
    assert done.json["problems"] == [{"sequence": 1, "problem": "It was changed."}]
    assert "Audit row 1: It was changed." in done.err


def test_export_never_overwrites(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text("precious")
    assert ran(AdminProgram(), "audit", "export", str(file)).code == 3
    assert file.read_text() == "precious"


@pytest.mark.parametrize("command", ["list", "verify", "export"])
def test_viewer_does_not_get_at_the_audit_trail(tmp_path: Path, command: str) -> None:
    arguments = [str(tmp_path / "x")] if command == "export" else []
    done = ran(nobody(), "audit", command, *arguments)
    assert done.code == 8
    assert not (tmp_path / "x").exists()


def test_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    done = ran(AdminProgram(), "audit", "verify", "--file", str(tmp_path / "none"))
    assert done.code == 3
    assert "cannot be read" in done.err


# ---- accounts

ADDED = (
    *("accounts", "add", NUMBER, "--name", "payroll-dr", "--role-arn", PAYROLL.role_arn),
    *("--region", "eu-west-1", "--region", "eu-central-1", "--external-id", "between-us"),
)


@pytest.fixture
def with_accounts(tmp_path: Path) -> Iterator[AdminProgram]:
    """A program at an administrator's desk, with one account registered."""
    database = Database(tmp_path / "workspace.db")
    database.open()
    desk = Desk(database)
    program = AdminProgram(rig=desk.rig, desk=desk)
    assert ran(program, *ADDED).code == 0
    yield program
    database.close()


def test_added_account_is_listed(with_accounts: AdminProgram) -> None:
    (account,) = ran(with_accounts, "accounts", "list", "--json").json["accounts"]
    assert (account["account_id"], account["regions"]) == (NUMBER, ["eu-west-1", "eu-central-1"])
    assert account["has_external_id"] is True


def test_external_id_is_printed_nowhere(with_accounts: AdminProgram) -> None:
    for command in (("list",), ("show", NUMBER), ("validate", NUMBER)):
        done = ran(with_accounts, "accounts", *command, "--json")
        assert "between-us" not in done.out + done.err


def test_edit_changes_only_what_is_given(with_accounts: AdminProgram) -> None:
    body = ran(with_accounts, "accounts", "edit", "payroll-dr", "--colour", "#b45309", "--no-tags", "--json")
    account = body.json["account"]
    assert (account["colour"], account["tags_allowed"], account["name"]) == ("#b45309", False, "payroll-dr")


def test_staging_account_is_registered_shown_and_taken_away(with_accounts: AdminProgram) -> None:
    role = f"arn:aws:iam::{'4' * 12}:role/ReadServers"
    edited = ran(
        with_accounts, "accounts", "edit", "payroll-dr", "--staging", f"{role} hidden-words", "--json"
    )
    assert edited.json["account"]["staging"] == [
        {"account_id": "4" * 12, "role_arn": role, "has_external_id": True}
    ]
    assert "hidden-words" not in edited.out + edited.err
    assert ran(with_accounts, "accounts", "edit", "payroll-dr", "--staging", "nonsense").code == 3
    taken = ran(with_accounts, "accounts", "edit", "payroll-dr", "--staging", "", "--json")
    assert taken.json["account"]["staging"] == []


def test_validate_leaves_with_the_code_of_what_it_found(with_accounts: AdminProgram) -> None:
    assert ran(with_accounts, "accounts", "validate", "payroll-dr").code == 0
    assert with_accounts.desk is not None
    with_accounts.desk.prober.found = RolePermissions(problem="Nobody may ask.")
    done = ran(with_accounts, "accounts", "validate", "payroll-dr", "--json")
    assert (done.code, done.json["findings"][-1]["level"]) == (3, "not checked")


def test_removed_account_is_gone(with_accounts: AdminProgram) -> None:
    assert ran(with_accounts, "accounts", "remove", "payroll-dr", "--json").json["removed"] == NUMBER
    assert ran(with_accounts, "accounts", "show", "payroll-dr").code == 3


def test_template_alone_is_printed(with_accounts: AdminProgram) -> None:
    done = ran(
        with_accounts, "accounts", "template", NUMBER, "--hub", "1" * 12, "--principal", "arn:aws:iam::1:*"
    )
    assert (done.code, done.err) == (0, BANNER)
    assert json.loads(done.out)["AWSTemplateFormatVersion"] == "2010-09-09"
