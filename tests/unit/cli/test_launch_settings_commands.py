"""The commands of launch settings, on the real service with an AWS in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from drs_desktop.cli.launch_options import FIELD_OF
from drs_desktop.domain.errors import AwsRejected, AwsUnreachable
from drs_desktop.domain.launch_settings import FIELDS
from drs_desktop.services.api import Services
from drs_desktop.storage.database import Database
from tests.helpers.builders import SCOPE, a_key
from tests.helpers.launch_rig import SUBNET, LaunchRig
from tests.unit.cli.fakes import FakeProgram, Ran, ran


@dataclass
class LaunchProgram(FakeProgram):
    """A program whose workspace has launch settings."""

    rig: LaunchRig | None = None

    def _services(self) -> Services:
        return replace(super()._services(), launch_settings=self.rig.service if self.rig else None)

    @property
    def aws(self) -> LaunchRig:
        assert self.rig is not None
        return self.rig

    def run(self, *argv: str, typed: tuple[str, ...] | None = None) -> Ran:
        return ran(self, "launch-settings", *argv, typed=typed)


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    database = Database(folder / "workspace.db")
    database.open()
    yield database
    database.close()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[LaunchProgram]:
    with opened(tmp_path) as database:
        yield LaunchProgram(rig=LaunchRig(database))


FIRST = ("--server", "web-01")


def keep(program: LaunchProgram, *options: str) -> None:
    assert program.run("set", *FIRST, *options).code == 0


# ---- looking


def test_show_says_where_each_value_comes_from(program: LaunchProgram) -> None:
    program.run("set", "--group", "group-1", "--subnet", SUBNET.subnet_id, "--reset")
    keep(program, "--no-copy-tags")
    done = program.run("show", *FIRST)
    assert done.code == 0
    assert "subnet                          subnet-0a1b2c3d  from group" in done.out
    assert "from server" in done.out
    assert "m5.large         from AWS" in done.out
    assert "DIFFERENT  The copying of tags is on, wanted is off." in done.out


def test_show_as_json_has_every_setting(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    (server,) = program.run("show", *FIRST, "--json").json["servers"]
    assert set(server["settings"]) == set(FIELDS)
    assert server["settings"]["copy_tags"] == {
        "wanted": "off",
        "origin": "server",
        "in_aws": "on",
        "is_different": True,
    }
    assert server["state"] == "pending"


def test_show_offline_asks_nothing_and_says_how_old_it_is(program: LaunchProgram) -> None:
    program.run("show", *FIRST)
    calls = len(program.aws.aws.calls)
    done = program.run("show", *FIRST, "--offline")
    assert "AWS as of 2026-11-02 03:00:00 UTC" in done.out
    assert len(program.aws.aws.calls) == calls


def test_show_without_aws_says_why_and_what_it_shows(program: LaunchProgram) -> None:
    program.run("show", *FIRST)
    program.aws.aws.fail("GetLaunchConfiguration", AwsUnreachable("No network."))
    done = program.run("show", *FIRST)
    assert done.code == 0
    assert "NOT READ  No network. What is shown is of 2026-11-02" in done.out


def test_what_does_not_exist_ends_with_a_sentence(program: LaunchProgram) -> None:
    done = program.run("show", "--group", "nobody")
    assert (done.code, "There is no protection group 'nobody' here." in done.err) == (3, True)


def test_a_workspace_without_launch_settings_says_so() -> None:
    assert LaunchProgram().run("show").code == 3


# ---- editing


def test_set_keeps_a_version_and_says_that_aws_stays(program: LaunchProgram) -> None:
    done = program.run("set", *FIRST, "--no-copy-tags", "--byol")
    assert "saved as revision 1. AWS stays as it is until it is applied." in done.out
    assert program.aws.aws.writes == []


def test_set_takes_every_setting_and_clear_takes_each_back(program: LaunchProgram) -> None:
    values = (
        *("--subnet", SUBNET.subnet_id, "--security-group", "sg-0a1b2c3d", "--instance-type", "c5.large"),
        *("--instance-profile", "app", "--private-ip", "10.0.1.9", "--right-sizing", "NONE"),
        *("--disposition", "STOPPED", "--no-copy-private-ip", "--copy-tags", "--byol", "--public-ip"),
        *("--monitoring", "--ebs-optimised", "--termination-protection", "--cpu-credits", "unlimited"),
        *("--tag", "Team=dr", "--tag", "Tier=web"),
    )
    body = program.run("set", *FIRST, *values, "--json").json
    assert len(body["differences"]) == len(FIELDS)
    cleared = [word for option in FIELD_OF for word in ("--clear", option)]
    body = program.run("set", *FIRST, *cleared, "--json").json
    assert (body["is_saved"], len(body["differences"])) == (True, len(FIELDS))


def test_set_dry_shows_findings_and_keeps_nothing(program: LaunchProgram) -> None:
    done = program.run("set", *FIRST, "--subnet", "subnet-0c1b2c3d", "--dry-run")
    assert done.code == 3
    assert "FAILED       Subnet subnet-0c1b2c3d is not in this account and Region." in done.out
    assert "Nothing was saved." in done.out


def test_set_of_what_cannot_launch_is_refused(program: LaunchProgram) -> None:
    done = program.run("set", *FIRST, "--private-ip", "10.0.1.9")
    assert done.code == 3
    assert "needs a subnet to lie in" in done.err


@pytest.mark.parametrize(
    "options",
    [
        ("--copy-tags",),
        (*FIRST, "--group", "group-1", "--copy-tags"),
        FIRST,
        (*FIRST, "--clear", "colour"),
        (*FIRST, "--copy-tags", "--clear", "copy-tags"),
        (*FIRST, "--right-sizing", "SOME"),
        (*FIRST, "--tag", "Team"),
    ],
)
def test_options_that_make_no_sense_are_a_wrong_usage(
    program: LaunchProgram, options: tuple[str, ...]
) -> None:
    assert program.run("set", *options).code == 2


def test_history_tells_versions_and_what_was_written(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    program.run("apply", *FIRST, "--yes")
    done = program.run("history", *FIRST)
    assert "revision 1, 2026-11-02 03:00:00 UTC, anna@desk" in done.out
    assert "apply done, 2026-11-02 03:00:00 UTC, anna@desk" in done.out
    assert "The copying of tags is on and becomes off." in done.out
    body = program.run("history", *FIRST, "--json").json
    assert (len(body["versions"]), body["changes"][0]["outcome"]) == (1, "done")


def test_history_of_nothing_is_said(program: LaunchProgram) -> None:
    done = program.run("history", *FIRST)
    assert (done.code, done.out) == (0, "Nothing was kept or written yet.\n")


def test_choices_lists_what_can_be_set(program: LaunchProgram) -> None:
    done = program.run("choices", SCOPE.account_id, SCOPE.region, "--json")
    assert done.code == 0
    assert done.json["instance_profiles"] == ["app"]
    program.aws.aws.fail("DescribeSubnets", AwsUnreachable("No network."))
    done = program.run("choices", SCOPE.account_id, SCOPE.region)
    assert (done.code, "NOT READ  subnets" in done.out) == (3, True)


def test_many_servers_have_a_line_each_and_like_changes_are_told_once(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        program = LaunchProgram(rig=LaunchRig(database, count=30))
        program.run("set", "--group", "group-1", "--reset", "--no-copy-tags")
        shown = program.run("show", "--group", "group-1").out
        assert "web-30  s-00000000000000030  group-1  pending  The copying of tags is on" in shown
        dry = program.run("apply", "--group", "group-1", "--dry-run").out
        assert dry.count("The copying of tags is on and becomes off.") == 1
        assert "30 servers in account" in dry
        assert "web-01, web-02, web-03, web-04, web-05 and 25 more" in dry
        program.aws.aws.fail("UpdateLaunchConfiguration", AwsRejected("AWS refused it."), key=a_key(7))
        written = program.run("apply", "--group", "group-1", "--yes").out.splitlines()
        assert [line[:14] for line in written if line.startswith(("ok", "FAILED  web"))] == ["FAILED  web-07"]
        assert written[-1] == "29 of 30 servers well."


# ---- applying and restoring


def test_a_dry_apply_writes_nothing_and_has_a_fingerprint(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    done = program.run("apply", *FIRST, "--dry-run", "--json")
    assert done.code == 0
    assert done.json["servers"][0]["changes"] == ["The copying of tags is on and becomes off."]
    assert (len(done.json["fingerprint"]), done.json["results"]) == (16, [])
    assert program.aws.aws.writes == []


def test_apply_writes_what_the_dry_run_showed_and_nothing_else(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    seen = program.run("apply", *FIRST, "--dry-run", "--json").json["fingerprint"]
    program.aws.aws.change(a_key(1), os_byol=True)
    refused = program.run("apply", *FIRST, "--yes", "--expect", seen)
    assert (refused.code, "Something changed since the dry run" in refused.err) == (3, True)
    again = program.run("apply", *FIRST, "--dry-run", "--json").json["fingerprint"]
    done = program.run("apply", *FIRST, "--yes", "--expect", again)
    assert (done.code, "1 of 1 server well." in done.out) == (0, True)


def test_apply_asks_a_person_and_no_is_no(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    asked = program.run("apply", *FIRST, typed=("",))
    assert (asked.code, program.aws.aws.writes) == (0, [])
    assert "Write this to AWS for 1 of them? [y/N]" in asked.out
    assert program.run("apply", *FIRST, typed=("y",)).code == 0
    assert len(program.aws.aws.writes) == 1


def test_apply_without_a_terminal_needs_a_word(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    done = program.run("apply", *FIRST)
    assert (done.code, "Give --yes" in done.err) == (2, True)
    assert program.aws.aws.writes == []


def test_apply_to_nobody_in_particular_is_a_wrong_usage(program: LaunchProgram) -> None:
    assert program.run("apply", "--yes").code == 2
    assert program.run("restore", "--yes").code == 2


def test_some_failures_end_badly_and_each_is_told(program: LaunchProgram) -> None:
    program.run("set", "--group", "group-1", "--reset", "--no-copy-tags")
    program.aws.aws.fail("UpdateLaunchConfiguration", AwsRejected("AWS refused it."), key=a_key(1))
    done = program.run("apply", "--group", "group-1", "--yes", "--json")
    assert done.code == 4
    assert [(one["name"], one["is_well"]) for one in done.json["results"]] == [
        ("web-01", False),
        ("web-02", True),
    ]


def test_nothing_to_apply_is_said(program: LaunchProgram) -> None:
    done = program.run("apply", *FIRST, "--yes")
    assert (done.code, "There is nothing to write" in done.out) == (0, True)


def test_restore_puts_back_and_apply_would_write_it_again(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    program.run("apply", *FIRST, "--yes")
    done = program.run("restore", *FIRST, "--yes")
    assert done.code == 0
    assert program.aws.aws.of(a_key(1)).settings.copy_tags is True
    assert "pending" in program.run("show", *FIRST).out


def test_restore_of_what_somebody_changed_needs_force(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    program.run("apply", *FIRST, "--yes")
    program.aws.aws.change(a_key(1), copy_tags=True)
    assert program.run("restore", *FIRST, "--yes").code == 3
    assert program.run("restore", *FIRST, "--yes", "--force").code == 0


def test_apply_that_could_only_fail_writes_nothing_and_says_why(program: LaunchProgram) -> None:
    keep(program, "--no-copy-tags")
    program.aws.aws.fail("GetLaunchConfiguration", AwsUnreachable("No network."))
    done = program.run("apply", *FIRST, "--dry-run")
    assert (done.code, "FAILED       AWS could not be asked: No network." in done.out) == (3, True)
