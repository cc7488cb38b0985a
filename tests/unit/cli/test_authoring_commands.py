"""plan, groups and servers on the command line, over the real services and a fake AWS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.errors import AwsUnreachable
from drs_desktop.domain.ports import WorkspaceInfo
from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.files.plan_files import YamlPlanFiles
from drs_desktop.services.api import Services
from drs_desktop.services.authoring_service import AuthoringService
from drs_desktop.services.capacity_service import CapacityService
from tests.helpers.builders import OTHER_SCOPE, SCOPE, a_key, a_server
from tests.helpers.fakes import FakeRepository
from tests.unit.cli.fakes import FakeProgram, ran
from tests.unit.services.office import ENDPOINT, Office, an_office


@dataclass
class OfficeProgram(FakeProgram):
    """A program that opens an office; its groups and plans live as long as the program."""

    repository: FakeRepository | None = None
    unreachable: bool = False
    more_servers: list[Any] = field(default_factory=list)
    failing_operations: tuple[str, ...] = ()

    @asynccontextmanager
    async def open(self, choice: WorkspaceChoice) -> AsyncIterator[Services]:
        async with an_office() as office:
            self.repository = self.repository or office.repository
            yield self._services_of(office, self.repository)

    def _services_of(self, office: Office, repository: FakeRepository) -> Services:
        office.aws.drs(SCOPE).servers += self.more_servers
        for operation in self.failing_operations:
            office.aws.drs(SCOPE).errors[operation] = AwsUnreachable("No answer came.")
        if self.unreachable:
            office.aws.drs(SCOPE).errors["DescribeSourceServers"] = AwsUnreachable("No answer came.")
        for service in (office.inventory, office.groups, office.plans):
            service._repository = repository  # one store over several commands
        info = WorkspaceInfo(name="test", endpoint=ENDPOINT, operator="anna")
        return Services(
            info=info,
            service_now=office.clock.service_now,
            inventory=office.inventory,
            groups=office.groups,
            plans=office.plans,
            executions=office.executions,
            authoring=AuthoringService(repository, office.inventory, office.plans, YamlPlanFiles(), info),
            capacity=CapacityService(office.aws, repository),
        )


@pytest.fixture
def program() -> OfficeProgram:
    return OfficeProgram()


@pytest.fixture
def file(program: OfficeProgram, tmp_path: Path) -> Path:
    """The workspace's own groups and plans in a file."""
    path = tmp_path / "plans.yaml"
    result = ran(program, "plan", "export", str(path))
    assert (result.code, result.out) == (0, f"2 groups and 1 plan written to {path}.\n")
    return path


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_file_just_written_changes_nothing(program: OfficeProgram, file: Path) -> None:
    result = ran(program, "plan", "validate", str(file), "--json")
    assert result.code == 0
    assert result.json["changes"] == []


def test_diff_tells_the_change_by_meaning_and_saves_nothing(program: OfficeProgram, file: Path) -> None:
    _edit(file, "name: payroll\n", "name: payroll\n    owner: anna\n")
    result = ran(program, "plan", "diff", str(file))
    assert result.code == 0
    assert result.out.splitlines() == [
        "Plan payroll: changed.",
        "  The owner was empty, is now 'anna'.",
        "Nothing was saved.",
    ]


def test_an_import_is_saved_and_can_be_rolled_back(program: OfficeProgram, file: Path) -> None:
    _edit(file, "name: payroll\n", "name: payroll\n    owner: anna\n")
    assert ran(program, "plan", "import", str(file)).out.endswith("Saved.\n")
    assert ran(program, "plan", "roll-back", "payroll", "--to", "1").code == 0
    versions = ran(program, "plan", "versions", "payroll", "--json").json["versions"]
    assert [one["revision"] for one in versions] == [3, 2, 1]
    assert versions[1]["differences"] == ["The owner was empty, is now 'anna'."]
    assert "  The owner was 'anna', is now empty." in ran(program, "plan", "versions", "payroll").out


def test_a_dry_run_saves_nothing(program: OfficeProgram, file: Path) -> None:
    _edit(file, "name: payroll\n", "name: payroll\n    owner: anna\n")
    result = ran(program, "plan", "import", str(file), "--dry-run", "--json")
    assert (result.code, result.json["is_saved"]) == (0, False)
    assert ran(program, "plan", "show", "payroll", "--json").json["plans"][0]["revision"] == 1


def test_a_file_that_stands_in_its_own_way_ends_with_3_and_says_why(
    program: OfficeProgram, file: Path
) -> None:
    _edit(file, "- group-2\n", "- group-9\n")
    result = ran(program, "plan", "import", str(file))
    assert result.code == 3
    assert "FAILED" in result.out
    assert "names the group group-9, which does not exist" in result.out


def test_a_broken_file_ends_with_3_line_and_column(program: OfficeProgram, file: Path) -> None:
    _edit(file, "schema_version: 1", "schema_version: [")
    result = ran(program, "plan", "validate", str(file))
    assert result.code == 3
    assert "Line " in result.err
    assert "column " in result.err


def test_what_could_not_be_checked_is_imported_only_when_that_is_accepted(
    program: OfficeProgram, file: Path
) -> None:
    program.unreachable = True
    _edit(file, "name: Group 1\n", "name: Group 1\n    owner: anna\n")
    result = ran(program, "plan", "import", str(file))
    assert (result.code, "NOT CHECKED" in result.out) == (3, True)
    assert ran(program, "plan", "import", str(file), "--accept-unchecked").code == 0


def test_a_plan_is_listed_shown_and_copied(program: OfficeProgram) -> None:
    assert ran(program, "plan", "copy", "payroll", "wages").code == 0
    names = [plan["name"] for plan in ran(program, "plan", "list", "--json").json["plans"]]
    assert sorted(names) == ["payroll", "wages"]
    shown = ran(program, "plan", "show", "payroll").out
    assert "after wave 1" in shown
    assert ran(program, "plan", "show", "nobody").code == 3


def test_groups_are_listed_and_shown_with_their_servers(program: OfficeProgram) -> None:
    listed = ran(program, "groups", "list").out
    assert "Group 1: List of 1 servers; 1 server" in listed
    shown = ran(program, "groups", "show", "group-1", "--json").json["groups"]
    assert [len(group["members"]) for group in shown] == [1]
    assert ran(program, "groups", "show", "nobody").code == 3


def test_a_preview_tells_whom_tags_select_and_where_they_are_already(program: OfficeProgram) -> None:
    program.more_servers = [a_server(5, tags=(("Tier", "web"),))]
    result = ran(program, "groups", "preview", "--tag", "Tier=web", "--json")
    assert [server["groups"] for server in result.json["servers"]] == [[]]
    assert ran(program, "groups", "preview", "--tag", "Tier=Web").code == 3
    assert ran(program, "groups", "preview", "--tag", "Tier").code == 2


def test_servers_are_filtered_by_text_and_by_having_no_group(program: OfficeProgram) -> None:
    program.more_servers = [a_server(5, name="lonely")]
    everything = ran(program, "servers", "--json").json["servers"]
    assert len(everything) == 3
    [free] = ran(program, "servers", "--free", "--json").json["servers"]
    assert free["name"] == "lonely"
    assert len(ran(program, "servers", "--filter", "LONE", "--json").json["servers"]) == 1


def test_an_account_that_cannot_be_read_is_told_and_the_others_are_listed(program: OfficeProgram) -> None:
    program.unreachable = True
    result = ran(program, "servers")
    assert result.code == 3
    assert "Cannot be reached" in result.err
    assert "1 server of 1." in result.out


def test_servers_are_chosen_by_tag_state_account_and_region(program: OfficeProgram) -> None:
    stalled = a_server(5, replication_state=DataReplicationState.STALLED, tags=(("Tier", "web"),))
    program.more_servers = [stalled]

    def names(*options: str) -> list[str]:
        return [one["name"] for one in ran(program, "servers", *options, "--json").json["servers"]]

    assert names("--tag", "Tier=web") == names("--tag", "Tier") == names("--state", "stalled") == ["srv-5"]
    assert names("--account", "account-2") == names("--region", OTHER_SCOPE.region) == ["srv-2"]
    assert names("--state", "CONTINUOUS", "--account", SCOPE.account_id) == ["srv-1"]
    assert len(names()) == 3
    assert ran(program, "servers", "--state", "happy").code == 2
    assert ran(program, "servers", "--tag", "=web").code == 2


def test_servers_are_asked_for_anew_unless_what_was_read_last_is_enough(program: OfficeProgram) -> None:
    cached = ran(program, "servers", "--cached", "--json")
    assert (cached.code, cached.json["servers"]) == (3, [])
    assert {scope["condition"] for scope in cached.json["scopes"]} == {"not read"}
    assert len(ran(program, "servers", "list", "--json").json["servers"]) == 2


def test_one_server_is_shown_whole_by_name_or_id(program: OfficeProgram) -> None:
    shown = ran(program, "servers", "show", "SRV-1", "--json")
    assert (shown.code, shown.json["server"]["launch"]["subnet"]) == (0, "subnet-1")
    assert shown.json["server"]["groups"] == ["Group 1"]
    by_id = ran(program, "servers", "show", a_key(1).source_server_id)
    assert "network is for   drill" in by_id.out


def test_what_cannot_be_read_of_a_server_is_told_and_ends_with_3(program: OfficeProgram) -> None:
    program.failing_operations = ("DescribeJobs", "DescribeRecoverySnapshots")
    result = ran(program, "servers", "show", "srv-1", "--json")
    assert result.code == 3
    assert (result.json["server"]["points"], result.json["server"]["jobs"]) == (None, None)
    assert len(result.json["server"]["not_read"]) == 2


def test_a_name_of_several_servers_or_of_none_is_refused(program: OfficeProgram) -> None:
    program.more_servers = [a_server(5, name="srv-1")]
    assert "2 servers are called 'srv-1'" in ran(program, "servers", "show", "srv-1").err
    assert ran(program, "servers", "show", "nobody").code == 3


def test_plans_are_chosen_by_text_account_status_and_sharing(program: OfficeProgram) -> None:
    ran(program, "plan", "copy", "payroll", "wages")

    def names(*options: str) -> list[str]:
        return [one["name"] for one in ran(program, "plan", "list", *options, "--json").json["plans"]]

    assert names("--filter", "WAG") == ["wages"]
    assert names("--account", "account-2", "--status", "never", "--sharing") == ["payroll", "wages"]
    assert names("--status", "FAILED") == names("--account", "nobody") == []
    assert "No plan is as asked." in ran(program, "plan", "list", "--filter", "nothing").out
    assert "Shares servers with payroll" in ran(program, "plan", "show", "wages").out


def test_groups_are_chosen_by_text_account_region_and_tag(program: OfficeProgram) -> None:
    def names(*options: str) -> list[str]:
        return [one["name"] for one in ran(program, "groups", "list", *options, "--json").json["groups"]]

    assert names("--filter", "GROUP 2") == names("--account", OTHER_SCOPE.account_id) == ["Group 2"]
    assert names("--region", SCOPE.region) == names("--account", "account-1") == ["Group 1"]
    assert names("--tag", "Tier") == []


def test_a_group_is_rolled_back_to_an_earlier_version(program: OfficeProgram, file: Path) -> None:
    _edit(file, "name: Group 1\n", "name: Group 1\n    owner: anna\n")
    assert ran(program, "plan", "import", str(file)).code == 0
    assert ran(program, "groups", "roll-back", "Group 1", "--to", "1").code == 0
    versions = ran(program, "groups", "versions", "Group 1", "--json").json["versions"]
    assert [one["revision"] for one in versions] == [3, 2, 1]
    assert ran(program, "groups", "roll-back", "Group 1", "--to", "9").code == 3
    assert ran(program, "groups", "versions", "nobody").code == 3


def test_a_plan_is_removed_and_then_its_groups_may_go(program: OfficeProgram) -> None:
    in_use = ran(program, "groups", "remove", "Group 1")
    assert (in_use.code, "it is in payroll" in in_use.out) == (3, True)
    assert ran(program, "plan", "remove", "payroll", "--dry-run").code == 0
    assert ran(program, "plan", "remove", "payroll").out.endswith("Saved.\n")
    assert ran(program, "groups", "remove", "Group 1").code == 0
    assert ran(program, "plan", "show", "payroll").code == 3


def test_capacity_tells_each_limit_and_an_account_that_cannot_be_read(program: OfficeProgram) -> None:
    assert ran(program, "capacity").code == 0
    program.unreachable = True
    result = ran(program, "capacity", "--json")
    assert (result.code, "No answer came." in result.err) == (3, True)
    assert sorted(one["worst"] for one in result.json["scopes"]) == ["not checked", "ok"]
