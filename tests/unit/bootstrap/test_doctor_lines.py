"""What the doctor says of what it finds: a check that was not made never looks like a passed one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from drs_desktop.bootstrap.doctor_machine import encryption_line, fonts_line, keyring_line, machine_lines
from drs_desktop.bootstrap.doctor_network import reach_line, reach_lines, way_lines
from drs_desktop.cli.program import CheckState
from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.ids import AccountId, Region
from drs_desktop.storage.database import Database
from drs_desktop.storage.workspace_repository import SqlWorkspaceRepository
from drs_desktop.system.disk_encryption import Encryption, VolumeFindings
from tests.helpers.fakes import FakeClock
from tests.helpers.local_servers import Authority, answering, http, refusing

REGION = Region("eu-west-1")


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


# ---- the machine


def test_every_thing_of_the_machine_has_its_line(tmp_path: Path) -> None:
    lines = asyncio.run(machine_lines(tmp_path))
    assert [line.name for line in lines] == ["Qt", "Fonts", "SQLite", "Keyring", "Disk encryption"]
    assert "journal mode" in lines[2].value


@pytest.mark.parametrize(
    ("count", "platform", "state"),
    [
        (12, "linux", CheckState.PASSED),
        (0, "linux", CheckState.WARNING),
        (None, "linux", CheckState.NOT_CHECKED),
        (None, "darwin", CheckState.PASSED),
    ],
)
def test_fonts(count: int | None, platform: str, state: CheckState) -> None:
    assert fonts_line(count, platform).state is state


@pytest.mark.parametrize(
    ("backend", "state"),
    [
        ("keyring.backends.SecretService.Keyring", CheckState.PASSED),
        ("none (keyring.backends.fail.Keyring)", CheckState.WARNING),
        ("no answer within 5 s", CheckState.WARNING),
    ],
)
def test_keyring(backend: str, state: CheckState) -> None:
    assert keyring_line(backend).state is state


@pytest.mark.parametrize(
    ("encryption", "state"),
    [
        (Encryption.FOUND, CheckState.PASSED),
        (Encryption.NOT_FOUND, CheckState.WARNING),
        (Encryption.UNKNOWN, CheckState.NOT_CHECKED),
    ],
)
def test_disk_encryption(encryption: Encryption, state: CheckState) -> None:
    assert encryption_line(VolumeFindings(encryption=encryption, sentence="so it is")).state is state


# ---- the way to AWS


def test_proxy_is_named_without_its_password() -> None:
    proxy, _ = way_lines({"HTTPS_PROXY": "http://me:hidden-word@proxy.corp:8080", "NO_PROXY": "10.0.0.0/8"})
    assert proxy.value == "HTTPS_PROXY names proxy.corp:8080; past it go 10.0.0.0/8"


def test_certificates_that_cannot_be_read_are_a_failure(tmp_path: Path) -> None:
    _, missing = way_lines({"AWS_CA_BUNDLE": str(tmp_path / "nothing.pem")})
    assert missing.state is CheckState.FAILED
    _, there = way_lines({"AWS_CA_BUNDLE": str(Authority.make(tmp_path).bundle)})
    assert there.state is CheckState.PASSED


OF_DRS = http("403 Forbidden", b'{"message": "Missing Authentication Token"}', "application/json").replace(
    b"Connection:", b"x-amzn-errortype: MissingAuthenticationTokenException\r\nConnection:", 1
)
OF_STS = http(
    "403 Forbidden",
    b"<ErrorResponse><Error><Code>MissingAuthenticationToken</Code></Error>"
    b"<RequestId>0123</RequestId></ErrorResponse>",
    "text/xml",
)


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Addresses with a certificate that answer an unsigned request as AWS does."""
    authority = Authority.make(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.bundle))
    with answering(OF_DRS, authority.server()) as drs, answering(OF_STS, authority.server()) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DRS", f"https://{drs}")
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"https://{sts}")
        yield


@pytest.mark.usefixtures("aws")
def test_service_that_refuses_whoever_has_no_identity_answers() -> None:
    line = reach_line("drs", REGION)
    assert (line.name, line.value, line.state) == ("DRS in eu-west-1", "answers", CheckState.PASSED)


def test_page_of_a_proxy_is_no_answer_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(http("503 Service Unavailable", b"<html>Please sign in")) as there:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DRS", f"http://{there}")
        line = reach_line("drs", REGION)
    assert line.state is CheckState.FAILED


def test_service_that_cannot_be_reached_says_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing() as there:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"https://{there}")
        line = reach_line("sts", REGION)
    assert line.state is CheckState.FAILED
    assert line.value == f"{there} refuses the connection"
    assert "AWS_ENDPOINT_URL" in line.hint


def test_profile_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    line = reach_line("sts", REGION)
    assert line.state is CheckState.FAILED
    assert "no-such-profile" in line.value


@pytest.mark.usefixtures("aws")
def test_every_region_of_every_account_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "workspace.sqlite3"
    database = Database(path)
    database.open()
    try:
        asyncio.run(SqlWorkspaceRepository(database, FakeClock()).save_accounts([an_account("eu-west-1")]))
        asyncio.run(SqlWorkspaceRepository(database, FakeClock()).save_accounts([an_account("eu-north-1")]))
    finally:
        database.close()
    lines = asyncio.run(reach_lines(path))
    assert [line.name for line in lines] == ["STS in eu-north-1", "DRS in eu-north-1"]
    assert {line.state for line in lines} == {CheckState.PASSED}


def an_account(region: str) -> TargetAccount:
    number = AccountId("012345678901")
    role = f"arn:aws:iam::{number}:role/Target"
    return TargetAccount(account_id=number, name="payroll", role_arn=role, regions=(Region(region),))


def test_without_accounts_nothing_is_asked_and_that_is_said(tmp_path: Path) -> None:
    (line,) = asyncio.run(reach_lines(tmp_path / "workspace.sqlite3"))
    assert line.state is CheckState.NOT_CHECKED


def test_database_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "workspace.sqlite3"
    path.write_text("somebody's notes " * 100, encoding="utf-8")
    (line,) = asyncio.run(reach_lines(path))
    assert line.state is CheckState.NOT_CHECKED
    assert "cannot be read" in line.value
