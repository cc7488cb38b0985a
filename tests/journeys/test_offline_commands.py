"""With no AWS to be reached, groups, plans and servers are read and edited, and everything says its age."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.inventory_ports import KeptReading
from drs_desktop.storage.database import Database
from drs_desktop.storage.inventory_cache import SqlInventoryCache
from drs_desktop.storage.workspace_repository import SqlWorkspaceRepository
from drs_desktop.system.clock import SystemClock
from tests.helpers.builders import SCOPE, a_group, a_key, a_plan, a_server, an_account
from tests.helpers.processes import Console, serving

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]  # on a busy machine

TWO_HOURS_AGO = datetime.now(UTC) - timedelta(hours=2)


def _nobody() -> str:
    """Return an address of this machine at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


# ---- a workspace whose simulator is gone


@pytest.fixture
def stranded(tmp_path: Path) -> Iterator[Console]:
    """A sample workspace that was read once, and whose simulator then ended."""
    with Console(tmp_path, None) as console:
        with serving(tmp_path / "simulator") as simulator:
            console.endpoint_url = simulator.endpoint_url
            console.run("servers").expect(0)
        console.endpoint_url = _nobody()
        yield console


def _condition_of(scopes: list[dict[str, Any]]) -> set[str]:
    return {scope["condition"] for scope in scopes}


def test_what_was_read_before_is_shown_and_what_is_kept_here_is_edited(
    stranded: Console, tmp_path: Path
) -> None:
    listed = stranded.run("servers", "--json").expect(3).json
    assert len(listed["servers"]) == 61
    assert _condition_of(listed["scopes"]) == {"unreachable"}
    assert all(scope["is_old"] and scope["observed_at"] for scope in listed["scopes"])
    shown = stranded.run("servers", "show", "db-pay-01", "--json").expect(3).json["server"]
    assert (len(shown["disks"]) > 0, shown["points"], shown["launch"]) == (True, None, None)
    groups = stranded.run("groups", "list", "--json").expect(0).json["groups"]
    assert sum(len(group["members"]) for group in groups) > 0
    plan = stranded.run("plan", "show", "payroll", "--json").expect(0).json["plans"][0]
    assert [len(wave["servers"]) for wave in plan["waves"]] == [4, 8, 6]

    stranded.run("plan", "copy", "payroll", "wages").expect(0)
    file = tmp_path / "plans.yaml"
    stranded.run("plan", "export", str(file), "--plan", "wages").expect(0)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("name: wages\n", "name: wages\n    owner: anna\n"), encoding="utf-8")
    stranded.run("plan", "validate", str(file)).expect(0)
    stranded.run("plan", "import", str(file)).expect(0)
    versions = stranded.run("plan", "versions", "wages", "--json").expect(0).json["versions"]
    assert [one["revision"] for one in versions] == [2, 1]
    stranded.run("plan", "roll-back", "wages", "--to", "1").expect(0)


def test_a_group_that_cannot_be_checked_is_saved_only_when_that_is_accepted(
    stranded: Console, tmp_path: Path
) -> None:
    file = tmp_path / "plans.yaml"
    stranded.run("plan", "export", str(file)).expect(0)
    text = file.read_text(encoding="utf-8")
    changed = text.replace("name: payroll-web\n", "name: payroll-web\n    owner: anna\n")
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    report = stranded.run("plan", "import", str(file), "--json").expect(3).json
    assert (report["problems"], report["is_saved"]) == ([], False)
    assert "could not be checked" in report["not_checked"][0]
    stranded.run("plan", "import", str(file), "--accept-unchecked").expect(0)


# ---- AWS itself, out of reach


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A workspace of AWS itself, read two hours ago; the only way out is a proxy that does not answer."""
    with Console(tmp_path, None) as console:
        folder = console.home / "workspaces" / "main"
        folder.mkdir(parents=True, mode=0o700)
        asyncio.run(_furnish(folder / "workspace.sqlite3"))
        yield console


async def _furnish(path: Path) -> None:
    database, clock = Database(path), SystemClock()
    database.open()
    repository = SqlWorkspaceRepository(database, clock)
    await repository.save_accounts([an_account()])
    await repository.save_groups([a_group(1, [a_key(1)]), a_group(2, [a_key(2)])], by="anna")
    await repository.save_plans([a_plan(2)], by="anna")
    kept = KeptReading(scope=SCOPE, servers=(a_server(1), a_server(2)), observed_at=TWO_HOURS_AGO)
    await SqlInventoryCache(database, clock, Endpoint(fingerprint="aws")).keep([kept])
    database.close()


def test_without_network_a_workspace_of_aws_shows_what_it_knows_and_since_when(console: Console) -> None:
    offline = {
        "HTTPS_PROXY": _nobody(),
        "AWS_ACCESS_KEY_ID": "AKIATESTOFFLINE00001",
        "AWS_SECRET_ACCESS_KEY": "not/a/secret/at/all",
        "AWS_REGION": SCOPE.region,
    }
    at_once = console.run("servers", "--cached", "--json", **offline).expect(0).json
    assert [one["name"] for one in at_once["servers"]] == ["srv-1", "srv-2"]
    assert at_once["scopes"][0]["is_old"]
    asked = console.run("servers", "--json", **offline).expect(3)
    assert [one["name"] for one in asked.json["servers"]] == ["srv-1", "srv-2"]
    assert asked.json["scopes"][0]["condition"] == "unreachable"
    assert "Cannot be reached" in asked.err
    assert "What is shown of it was read at" in asked.err
    [group, _] = console.run("groups", "list", "--json", **offline).expect(0).json["groups"]
    assert (len(group["members"]), group["is_complete"], group["missing"]) == (1, False, [])
    plans = console.run("plan", "list", "--json", **offline).expect(0).json["plans"]
    assert [len(wave["servers"]) for wave in plans[0]["waves"]] == [1, 1]
