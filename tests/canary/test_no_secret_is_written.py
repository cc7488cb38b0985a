"""A whole drill with sign-in, failures and exports: nothing written holds a secret of the wire."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.canaries import SecretScanner
from tests.helpers.laptop import Laptop, serving_people
from tests.helpers.processes import Console, Simulator
from tests.helpers.secret_service import SecretServiceSession, skip_without_secret_service
from tests.helpers.sign_in import Browser
from tests.helpers.wire_tap import WireTap, tapped

pytestmark = [pytest.mark.process, pytest.mark.timeout(900)]  # on a busy machine

PROGRAM = (sys.executable, "-m", "drs_desktop")
EXTERNAL_ID = "drs-desktop-demo"
MACHINE = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARY0002",
    "AWS_SECRET_ACCESS_KEY": "canary/of/this/machine/0002aBcDeFgHiJkLm",
    "AWS_SESSION_TOKEN": "canaryTokenOfThisMachine0002" + "aB3/" * 60,
    "DRS_DESKTOP_LOG_LEVEL": "debug",
}
TOLD_BY_AWS = "FwoGZXIvYXdzEPLANTEDbyAWS0003" + "kL9/" * 60
SIGNATURE_REFUSED = (
    "The request signature we calculated does not match the signature you provided. The Canonical String for "
    f"this request should have been 'POST\n/\n\nhost:127.0.0.1\nx-amz-security-token:{TOLD_BY_AWS}\n'"
)
FAULTS = (
    {"kind": "error", "code": "InvalidSignatureException", "status": 403, "message": SIGNATURE_REFUSED},
    {
        "kind": "error",
        "code": "AccessDeniedException",
        "status": 403,
        "message": f"token={TOLD_BY_AWS} is denied",
    },
    {"kind": "error", "code": "ValidationException", "status": 400, "message": f"What is {TOLD_BY_AWS}?"},
    {"kind": "error", "code": "InternalServerException", "status": 500, "message": TOLD_BY_AWS},
    "html_503",
    "reset_after",
)


@dataclass(frozen=True)
class Traces:
    """All that a day at the console left behind, and every secret of that day."""

    folder: Path
    laptop: Laptop
    secrets: dict[str, set[str]]
    shared: list[Path]

    @property
    def scanner(self) -> SecretScanner:
        return SecretScanner(self.secrets)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with serving_people(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def traces(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    folder = tmp_path_factory.mktemp("day")
    with tapped(simulator.endpoint_url) as tap, Console(folder, tap.url) as console:
        laptop = Laptop(console, folder)
        _sign_in_and_drill(laptop)
        _meet_failures(laptop, simulator)
        _look_at_everything(laptop, folder)
        yield Traces(folder, laptop, _secrets(tap, simulator), laptop.shared_tokens)


def _sign_in_and_drill(laptop: Laptop) -> None:
    laptop.run("run", "--plan", "payroll", "--mode", "drill", "--json", **MACHINE).expect(6)
    laptop.sign_in(**MACHINE)
    drill = ("run", "--plan", "payroll", "--mode", "drill", "--release-pauses", "--json")
    ended = laptop.run(*drill, **MACHINE).expect(0)
    laptop.run("status", ended.execution_id, "--json", **MACHINE).expect(0)
    laptop.run("terminate", ended.execution_id, "--json", **MACHINE).expect(0)


def _meet_failures(laptop: Laptop, simulator: Simulator) -> None:
    for action in FAULTS:
        rules = [
            simulator.control.add_fault(service=service, operation=operation, action=action, times=0)
            for service, operation in (("drs", "DescribeSourceServers"), ("sso", "GetRoleCredentials"))
        ]
        laptop.run("servers", "--json", **MACHINE)
        laptop.run("whoami", "--json", **MACHINE)
        for rule in rules:
            simulator.control.remove_fault(rule)
    simulator.control.ask("POST", "/sim/sessions", {"action": "revoke", "all": True})
    laptop.run("servers", **MACHINE)


def _look_at_everything(laptop: Laptop, folder: Path) -> None:
    for command in (
        ("doctor", "--json"),
        ("doctor",),
        ("access", "--json"),
        ("access", "elevate", "--role", "DRSAdmin", "--reason", "To look at everything once."),
        ("accounts", "list", "--json"),
        ("accounts", "validate", "payroll-dr", "--json"),
        ("audit", "list", "--json"),
        ("audit", "verify", "--json"),
        ("audit", "export", str(folder / "audit.jsonl"), "--json"),
        ("plan", "export", str(folder / "plans.yaml"), "--json"),
        ("journal", "verify", "--json"),
        ("status", "--json"),
        ("login", "--session", "nobody-has-this", "--json"),
    ):
        laptop.run(*command, **MACHINE)


def _secrets(tap: WireTap, simulator: Simulator) -> dict[str, set[str]]:
    secrets = tap.secrets()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        secrets[name] = {MACHINE[name]}
    hub = simulator.ready["hub"]
    secrets["hub keys"] = {hub["access_key_id"], hub["secret_access_key"]}
    secrets["repeated by AWS"] = {TOLD_BY_AWS}
    secrets["control token"] = {simulator.ready["control_token"]}
    return secrets


def test_tap_heard_every_kind_of_secret(traces: Traces) -> None:
    sign_in = {"accessToken", "refreshToken", "clientSecret", "deviceCode", "accessKeyId", "secretAccessKey"}
    of_calls = {
        "SecretAccessKey",
        "SessionToken",
        "x-amz-security-token",
        "signature",
        "x-amz-sso_bearer_token",
    }
    assert sign_in | of_calls | {"sessionToken"} <= traces.secrets.keys()
    assert len(traces.secrets["SessionToken"]) > 3


def test_no_secret_is_in_any_file_or_output(traces: Traces) -> None:
    assert {"stdout", "stderr", "workspace.sqlite3", "drs-desktop.log", "aws-calls.jsonl", "audit.jsonl"} <= {
        path.name for path in traces.folder.rglob("*")
    }
    assert traces.scanner.scan_folder(traces.folder, without=traces.shared) == []


def test_planted_secret_would_be_found(traces: Traces, tmp_path: Path) -> None:
    """The scan that found nothing finds a token put into a copy of a file that it looked at."""
    log = next(traces.folder.rglob("drs-desktop.log"))
    copy = shutil.copy(log, tmp_path)
    with Path(copy).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": next(iter(traces.secrets["accessToken"]))[:40]}) + "\n")
    assert {leak.where for leak in traces.scanner.scan_folder(tmp_path)} == {log.name}


def test_token_stands_in_the_one_file_that_was_asked_for(traces: Traces) -> None:
    (shared,) = traces.shared
    found = {leak.secret for leak in traces.scanner.scan(shared.read_bytes())}
    assert {"refreshToken", "clientSecret"} <= found


def test_debug_log_was_written(traces: Traces) -> None:
    lines = next(traces.folder.rglob("drs-desktop.log")).read_text(encoding="utf-8").splitlines()
    assert "debug" in {json.loads(line)["level"] for line in lines}


def test_external_id_is_in_no_log(traces: Traces) -> None:
    scanner = SecretScanner({"external id": [EXTERNAL_ID]})
    assert scanner.scan_folder(traces.laptop.data / "logs") == []


def test_no_failure_ended_with_a_traceback(traces: Traces) -> None:
    told = "\n".join(one.out + one.err for one in traces.laptop.ended)
    assert "Traceback" not in told
    assert "Something went wrong inside the program" not in told


# ---- with a keyring


def test_sign_in_in_a_real_keyring_is_in_no_file(simulator: Simulator, tmp_path: Path) -> None:
    skip_without_secret_service()
    service = SecretServiceSession(tmp_path)
    with tapped(simulator.endpoint_url) as tap:
        variables = {"DRS_DESKTOP_HOME": str(tmp_path / "data"), "AWS_ENDPOINT_URL": tap.url, **MACHINE}
        with service.start([*PROGRAM, "login", "--no-open", "--json"], **variables) as login:
            back = Browser().decide(login.until_said(r"^(http://127\.0\.0\.1:\S+)$"))
            assert Browser().get(back.location).title == "Signed in"
            login.end()
        for command in ("whoami", "logout"):
            with service.start([*PROGRAM, command, "--json"], **variables) as ended:
                ended.end()
        secrets = tap.secrets()
    assert {"accessToken", "refreshToken", "clientSecret", "codeVerifier"} <= secrets.keys()
    assert SecretScanner(secrets).scan_folder(tmp_path) == []
