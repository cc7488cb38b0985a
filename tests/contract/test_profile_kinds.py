"""Every kind of profile that botocore can resolve, from the configuration to a role in the target account."""

import asyncio
import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.break_glass import BotoGlassDoor
from drs_desktop.aws.clients import AwsClients
from drs_desktop.aws.code_prompt import all_of, using_code_prompt
from drs_desktop.aws.identity import BotoCredentials, credentials_in_force
from drs_desktop.aws.sso_chain import KeptTokens, using_kept_tokens
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.credential_source import (
    CodeNotGiven,
    CodePrompt,
    CredentialKind,
    CredentialsInForce,
    nobody_to_ask,
)
from drs_desktop.domain.errors import AwsError, AwsUnreachable, SignInNeeded, ValidationFailed
from drs_desktop.domain.ids import AccountId, Region, Scope
from drs_desktop.domain.sign_in import Flow
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.identity_scenario import policy
from tests.helpers.sign_in import OPERATOR, OPERATOR_SET, SSO_REGION, START_URL, people
from tests.helpers.sign_in_rig import Person, SignInRig, finished
from tests.helpers.simulator_process import (
    EXTERNAL_ID,
    HUB,
    REGION,
    ROLE,
    TARGET,
    SimControl,
    small_scenario,
)
from tests.helpers.simulator_process import (
    AwsClients as PlainClients,
)

CODE, DEVICE = "246810", f"arn:aws:iam::{HUB}:mfa/drs-desktop-operator"
HUB_USER = f"arn:aws:iam::{HUB}:user/drs-desktop-operator"
OPS, WITH_CODE = f"arn:aws:iam::{HUB}:role/Ops", f"arn:aws:iam::{HUB}:role/WithCode"
ACCOUNT = TargetAccount(
    account_id=AccountId(TARGET),
    name="target",
    role_arn=ROLE,
    external_id=EXTERNAL_ID,
    regions=(Region(REGION),),
)
WITH_CODE_ONLY = policy(
    {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": HUB},
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
)


def zoo_scenario() -> dict[str, Any]:
    data = small_scenario(sign_in=people(poll_seconds=0))
    data["hub_keys"]["mfa_code"] = CODE
    roles = [{"name": "Ops"}, {"name": "WithCode", "trust": WITH_CODE_ONLY}]
    data["accounts"][0] = {**data["accounts"][0], "roles": roles}
    return data


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    return zoo_scenario()


@dataclass
class Zoo:
    """One computer: its AWS configuration, and what the console makes of it."""

    folder: Path
    endpoint_url: str
    hub_keys: dict[str, str]
    ask: CodePrompt = nobody_to_ask
    asked: list[str] = field(default_factory=list)
    rig: SignInRig | None = None

    def write(self, config: str, **values: str) -> None:
        """Write the configuration; `{key}` and `{secret}` are the hub's keys."""
        names = {"key": self.hub_keys["access_key_id"], "secret": self.hub_keys["secret_access_key"]}
        text = config
        for name, value in {**names, **values}.items():
            text = text.replace(f"{{{name}}}", value)
        (self.folder / "config").write_text(text, encoding="utf-8")

    def answer(self, code: str) -> None:
        """Let a person give this code."""

        def give(device: str) -> str:
            self.asked.append(device)
            return code

        self.ask = give

    def clients(self, profile: str = "") -> AwsClients:
        return AwsClients(profile=profile, **self._settings())

    def access(self) -> BotoAwsAccess:
        return BotoAwsAccess(accounts=[ACCOUNT], **self._settings())

    def _settings(self) -> dict[str, Any]:
        hooks = [using_code_prompt(lambda device: self.ask(device))]
        if self.rig is not None:
            rig = self.rig
            hooks.append(using_kept_tokens(KeptTokens(lambda: rig.tokens, rig.gateway.sessions)))
        return {
            "endpoint": Endpoint(fingerprint="tests"),
            "operator": "tester",
            "clock": SystemClock(),
            "session_hook": all_of(*hooks),
        }

    def in_force(self, profile: str = "") -> CredentialsInForce:
        return credentials_in_force(self.clients(profile), Region(REGION))

    def servers(self) -> int:
        """Return how many source servers are read through the target role."""
        access = self.access()
        try:
            reader = access.reader(Scope(account_id=ACCOUNT.account_id, region=Region(REGION)))
            return len(asyncio.run(reader.describe_source_servers()))
        finally:
            access.close()


@pytest.fixture
def zoo(tmp_path: Path, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Zoo:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(tmp_path / "login"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", simulator.endpoint_url)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return Zoo(tmp_path, simulator.endpoint_url, simulator.described()["hub"])


KEYS = "aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
BASE = f"[profile base]\n{KEYS}\n"


def check(zoo: Zoo, kind: CredentialKind, principal: str, *, profile: str = "default") -> CredentialsInForce:
    """Check who it is and that the target role opens; return what was told."""
    found = zoo.in_force()
    assert found.problem is None
    assert (found.kind, found.profile) == (kind, profile)
    assert found.principal.startswith(principal)
    assert found.account_id == HUB
    assert zoo.servers() == 3
    return found


def problem_of(zoo: Zoo, profile: str = "") -> str:
    """Return why the credentials cannot be used, and check that a read says the same."""
    found = zoo.in_force(profile)
    assert found.problem is not None
    assert not found.principal
    return str(found.problem)


# ---- keys


def test_access_keys_of_a_profile(zoo: Zoo) -> None:
    zoo.write(f"[default]\n{KEYS}")
    found = check(zoo, CredentialKind.ACCESS_KEYS, HUB_USER)
    assert (found.ends_at, found.renews_itself) == (None, False)


def test_access_keys_of_the_credentials_file(zoo: Zoo) -> None:
    zoo.write(f"[default]\n{KEYS}")
    (zoo.folder / "config").rename(zoo.folder / "credentials")
    check(zoo, CredentialKind.ACCESS_KEYS, HUB_USER)


def test_access_keys_of_the_environment_come_before_a_profile(
    zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo.write("[profile other]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_PROFILE", "other")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", zoo.hub_keys["access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", zoo.hub_keys["secret_access_key"])
    found = check(zoo, CredentialKind.ACCESS_KEYS, HUB_USER, profile="")
    assert found.chosen_by == "AWS_ACCESS_KEY_ID"


def test_temporary_keys_with_a_session_token(zoo: Zoo, aws: PlainClients) -> None:
    answer = aws.hub("sts").assume_role(RoleArn=OPS, RoleSessionName="temporary")["Credentials"]
    zoo.write(
        "[default]\naws_access_key_id = {id}\naws_secret_access_key = {of}\naws_session_token = {token}\n",
        id=answer["AccessKeyId"],
        of=answer["SecretAccessKey"],
        token=answer["SessionToken"],
    )
    check(zoo, CredentialKind.TEMPORARY_KEYS, f"arn:aws:sts::{HUB}:assumed-role/Ops/temporary")


# ---- roles


def test_role_of_another_profile(zoo: Zoo) -> None:
    zoo.write(f"{BASE}[default]\nrole_arn = {OPS}\nsource_profile = base\n")
    found = check(zoo, CredentialKind.ROLE_OF_PROFILE, f"arn:aws:sts::{HUB}:assumed-role/Ops/")
    assert found.ends_at is not None
    assert found.renews_itself


def test_profile_that_the_environment_chooses(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.write(f"{BASE}[profile ops]\nrole_arn = {OPS}\nsource_profile = base\n")
    monkeypatch.setenv("AWS_PROFILE", "ops")
    found = check(zoo, CredentialKind.ROLE_OF_PROFILE, "arn:aws:sts", profile="ops")
    assert found.chosen_by == "AWS_PROFILE"


def test_role_by_keys_of_the_environment(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.write(f"[profile ops]\nrole_arn = {OPS}\ncredential_source = Environment\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", zoo.hub_keys["access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", zoo.hub_keys["secret_access_key"])
    found = zoo.in_force("ops")
    assert (found.kind, found.problem) == (CredentialKind.ROLE_OF_SOURCE, None)
    assert ":assumed-role/Ops/" in found.principal


class _Answers(BaseHTTPRequestHandler):
    """Gives out credentials as a container's or an instance's own address does."""

    answers: dict[str, bytes]

    def do_GET(self) -> None:
        self._say(self.answers.get(self.path))

    def do_PUT(self) -> None:
        self._say(b"token")

    def _say(self, body: bytes | None) -> None:
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def handed_out(zoo: Zoo) -> Iterator[str]:
    """The address of something on this computer that hands out the hub's keys."""
    later = datetime.now(UTC) + timedelta(hours=2)
    keys = {
        "Code": "Success",
        "AccessKeyId": zoo.hub_keys["access_key_id"],
        "SecretAccessKey": zoo.hub_keys["secret_access_key"],
        "Token": "",
        "Expiration": f"{later:%Y-%m-%dT%H:%M:%SZ}",
    }
    roles = "/latest/meta-data/iam/security-credentials/"
    body = json.dumps(keys).encode()
    answers = {"/container": body, roles: b"hub", f"{roles}hub": body}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (_Answers,), {"answers": answers}))
    thread = threading.Thread(target=server.serve_forever, name="hands-out")
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_role_of_a_container_and_a_role_taken_with_it(
    zoo: Zoo, handed_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{handed_out}/container")
    zoo.write(f"[profile ops]\nrole_arn = {OPS}\ncredential_source = EcsContainer\n")
    found = check(zoo, CredentialKind.CONTAINER, HUB_USER, profile="")
    assert found.ends_at is not None
    assert zoo.in_force("ops").kind is CredentialKind.ROLE_OF_SOURCE


def test_role_of_an_instance_and_a_role_taken_with_it(
    zoo: Zoo, handed_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", handed_out)
    zoo.write(f"[profile ops]\nrole_arn = {OPS}\ncredential_source = Ec2InstanceMetadata\n")
    check(zoo, CredentialKind.INSTANCE, HUB_USER, profile="")
    assert ":assumed-role/Ops/" in zoo.in_force("ops").principal


# ---- a program, a web identity


def program(zoo: Zoo, body: str) -> str:
    script = zoo.folder / "give.py"
    script.write_text(body, encoding="utf-8")
    return f"{sys.executable} {script}"


def test_program_that_hands_out_credentials(zoo: Zoo) -> None:
    keys = {
        "Version": 1,
        "AccessKeyId": zoo.hub_keys["access_key_id"],
        "SecretAccessKey": zoo.hub_keys["secret_access_key"],
    }
    command = program(zoo, f"print({json.dumps(json.dumps(keys))})")
    zoo.write(f"[default]\ncredential_process = {command}\n")
    check(zoo, CredentialKind.PROCESS, HUB_USER)


@pytest.mark.parametrize("body", ["import sys; sys.exit('it is hunter2')", "print('no JSON: hunter2')"])
def test_program_that_fails_is_named_and_not_repeated(zoo: Zoo, body: str) -> None:
    zoo.write(f"[default]\ncredential_process = {program(zoo, body)}\n")
    said = problem_of(zoo)
    assert "credential_process" in said
    assert "hunter2" not in said


def test_program_that_does_not_exist(zoo: Zoo) -> None:
    zoo.write("[default]\ncredential_process = /nowhere/at-all --give\n")
    assert "/nowhere/at-all" in problem_of(zoo)


def test_web_identity(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        (zoo.folder / "token").write_text("a.web.token", encoding="utf-8")
        zoo.write(f"[default]\nrole_arn = {OPS}\nweb_identity_token_file = {zoo.folder / 'token'}\n")
        found = zoo.in_force()
    finally:
        server.stop()
    assert (found.kind, found.problem) == (CredentialKind.WEB_IDENTITY, None)
    assert ":assumed-role/Ops/" in found.principal
    assert found.renews_itself


def test_web_identity_whose_file_is_gone(zoo: Zoo) -> None:
    zoo.write(f"[default]\nrole_arn = {OPS}\nweb_identity_token_file = {zoo.folder / 'gone'}\n")
    assert "names a file or program that cannot be used" in problem_of(zoo)


# ---- Identity Center


@pytest.fixture
def signed_in(zoo: Zoo, tmp_path: Path, control: SimControl) -> Iterator[Callable[[str], Zoo]]:
    """Writes a configuration and signs in to its only session."""
    pool = DaemonThreadPool(4, "sign-in")

    def sign_in(config: str) -> Zoo:
        zoo.rig = SignInRig(tmp_path, zoo.endpoint_url, control, pool)
        zoo.write(config)
        session, gateway = zoo.rig.gateway.sessions()[0], zoo.rig.gateway
        with Person() as person:
            finished(lambda: gateway.sign_in(session, Flow.DEVICE, person))
        return zoo

    yield sign_in
    pool.shutdown(wait=True)


SSO_ROLE = f"sso_account_id = {HUB}\nsso_role_name = {OPERATOR_SET}\n"
PORTAL = f"sso_start_url = {START_URL}\nsso_region = {SSO_REGION}\n"


def test_profile_of_an_sso_session(signed_in: Callable[[str], Zoo]) -> None:
    zoo = signed_in(f"[sso-session corp]\n{PORTAL}\n[default]\nsso_session = corp\n{SSO_ROLE}")
    found = check(zoo, CredentialKind.SSO_SESSION, f"arn:aws:sts::{HUB}:assumed-role/AWSReservedSSO_")
    assert found.principal.endswith(f"/{OPERATOR}")
    assert found.ends_at is not None


def test_sso_profile_of_the_older_form(signed_in: Callable[[str], Zoo]) -> None:
    zoo = signed_in(f"[default]\n{PORTAL}{SSO_ROLE}")
    check(zoo, CredentialKind.SSO_PROFILE, f"arn:aws:sts::{HUB}:assumed-role/AWSReservedSSO_")


def test_role_taken_with_a_sign_in(signed_in: Callable[[str], Zoo]) -> None:
    zoo = signed_in(
        f"[sso-session corp]\n{PORTAL}\n[profile person]\nsso_session = corp\n{SSO_ROLE}"
        f"[default]\nrole_arn = {OPS}\nsource_profile = person\n"
    )
    check(zoo, CredentialKind.ROLE_OF_PROFILE, f"arn:aws:sts::{HUB}:assumed-role/Ops/")


def test_sso_profile_without_a_sign_in_says_how(zoo: Zoo, tmp_path: Path, control: SimControl) -> None:
    pool = DaemonThreadPool(1, "sign-in")
    zoo.rig = SignInRig(tmp_path, zoo.endpoint_url, control, pool)
    zoo.write(f"[sso-session corp]\n{PORTAL}\n[default]\nsso_session = corp\n{SSO_ROLE}")
    assert "`drs-desktop login`" in problem_of(zoo)
    pool.shutdown(wait=True)


# ---- the code of an MFA device

MFA = f"{BASE}[default]\nrole_arn = {WITH_CODE}\nsource_profile = base\nmfa_serial = {DEVICE}\n"


def test_role_that_asks_for_a_code(zoo: Zoo) -> None:
    zoo.write(MFA)
    zoo.answer(CODE)
    found = zoo.in_force()
    assert (found.kind, found.problem) == (CredentialKind.ROLE_WITH_CODE, None)
    assert ":assumed-role/WithCode/" in found.principal
    assert not found.renews_itself
    assert zoo.asked == [DEVICE]


def test_code_opens_the_target_role_and_is_asked_for_once(zoo: Zoo, control: SimControl) -> None:
    zoo.write(MFA)
    zoo.answer(CODE)
    assert zoo.servers() == 3
    assert zoo.asked == [DEVICE]
    assert len(control.calls("AssumeRole")) == 2


def test_person_is_asked_once_however_many_threads_wait(zoo: Zoo) -> None:
    zoo.write(MFA)
    is_asked, may_answer = threading.Event(), threading.Event()

    def give(device: str) -> str:
        zoo.asked.append(device)
        is_asked.set()
        assert may_answer.wait(60)
        return CODE

    zoo.ask = give
    clients, found = zoo.clients(), []
    threads = [
        threading.Thread(target=lambda: found.append(clients.own_credentials(Region(REGION))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    assert is_asked.wait(60)
    may_answer.set()
    for thread in threads:
        thread.join(60)
    assert (len(found), zoo.asked) == (3, [DEVICE])


def test_wrong_code_is_a_sentence(zoo: Zoo) -> None:
    zoo.write(MFA)
    zoo.answer("000000")
    assert "did not accept the code" in problem_of(zoo)


def test_what_is_no_code_never_reaches_aws(zoo: Zoo, control: SimControl) -> None:
    zoo.write(MFA)
    zoo.answer("hunter2")
    said = problem_of(zoo)
    assert "six digits" in said
    assert "hunter2" not in said
    assert control.calls("AssumeRole") == []


def test_without_a_terminal_nobody_is_asked(zoo: Zoo) -> None:
    zoo.write(MFA)
    said = problem_of(zoo)
    assert DEVICE in said
    assert "no terminal" in said


def test_code_that_did_not_do_is_not_asked_for_again_at_once(zoo: Zoo) -> None:
    zoo.write(MFA)
    zoo.answer("000000")
    clients = zoo.clients()
    for said in ("did not accept the code", "takes each code once"):
        with pytest.raises(SignInNeeded, match=said):
            clients.own_credentials(Region(REGION))
        clients.own.forget()
    assert zoo.asked == [DEVICE]


def test_end_of_a_session_opened_by_a_code_asks_for_the_next_one(zoo: Zoo) -> None:
    zoo.write(MFA)
    zoo.answer(CODE)
    clients = zoo.clients()
    found: Any = clients.own.credentials(REGION)
    found._expiry_time = datetime.now(UTC)
    with pytest.raises(CodeNotGiven, match="takes each code once"):
        clients.own_credentials(Region(REGION))
    assert zoo.asked == [DEVICE]


def test_code_is_in_no_log(zoo: Zoo, caplog: pytest.LogCaptureFixture) -> None:
    zoo.write(MFA)
    zoo.answer(CODE)
    with caplog.at_level("INFO"):
        assert zoo.in_force().problem is None
    assert CODE not in caplog.text


# ---- what cannot be used


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "There are no AWS credentials here"),
        ("[default]\naws_access_key_id = AKIA0000000000000000\n", "aws_secret_access_key is missing"),
        (f"[default]\nrole_arn = {OPS}\n", "source_profile or credential_source is missing"),
        (f"[default]\nrole_arn = {OPS}\nsource_profile = nowhere\n", "does not exist"),
        (
            f"{BASE}[default]\nrole_arn = {OPS}\nsource_profile = base\ncredential_source = Environment\n",
            "contains both",
        ),
        (
            f"[profile a]\nrole_arn = {OPS}\nsource_profile = default\n"
            f"[default]\nrole_arn = {OPS}\nsource_profile = a\n",
            "leads back to it",
        ),
        (f"[default]\nrole_arn = {OPS}\ncredential_source = Cloud\n", "is not valid"),
        ("[default]\nlogin_session = arn:aws:iam::111111111111:user/x\n", "credential_process = aws"),
        (f"{BASE}[default]\nrole_arn = arn:aws:iam::{HUB}:role/Gone\nsource_profile = base\n", "may not do"),
    ],
)
def test_profile_that_cannot_be_used_says_why(zoo: Zoo, config: str, words: str) -> None:
    zoo.write(config)
    assert words in problem_of(zoo)


def test_configuration_that_cannot_be_read(zoo: Zoo) -> None:
    zoo.write("[default\naws_secret_access_key = hunter2\n")
    said = problem_of(zoo)
    assert "cannot be read" in said
    assert "hunter2" not in said


def test_profile_that_does_not_exist(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.write("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_PROFILE", "gone")
    assert "The profile gone is not in the AWS configuration" in problem_of(zoo)


def test_reads_say_the_same_as_whoami(zoo: Zoo) -> None:
    zoo.write("")
    with pytest.raises(AwsError, match="There are no AWS credentials here"):
        zoo.servers()


def test_gateway_looks_at_a_profile_by_name(zoo: Zoo) -> None:
    zoo.write(f"{BASE}[profile ops]\nrole_arn = {OPS}\nsource_profile = base\n")
    pool = DaemonThreadPool(1, "look")
    gateway = BotoCredentials(zoo.clients, Region(REGION), pool)
    found = asyncio.run(gateway.in_force("ops"))
    pool.shutdown(wait=True)
    assert (found.kind, found.profile) == (CredentialKind.ROLE_OF_PROFILE, "ops")


# ---- where the roles of the chain are taken


def test_chain_takes_its_roles_in_the_region_that_is_asked_for(zoo: Zoo, control: SimControl) -> None:
    """Neither the profile's Region, which may be gone, nor a global STS has to answer."""
    zoo.write(
        f"{BASE}[default]\nrole_arn = {OPS}\nsource_profile = base\nregion = us-west-2\n"
        "sts_regional_endpoints = legacy\n"
    )
    assert zoo.servers() == 3
    assert {call["region"] for call in control.calls("AssumeRole")} == {REGION}


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "ap-southeast-2"])
def test_every_sts_client_has_the_regional_address(
    zoo: Zoo, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    zoo.write(f"[default]\n{KEYS}")
    assert zoo.clients().hub(Region(region)).meta.endpoint_url == f"https://sts.{region}.amazonaws.com"


def test_sts_that_gives_no_answer_leaves_the_next_region_its_turn(zoo: Zoo, control: SimControl) -> None:
    zoo.write(f"{BASE}[default]\nrole_arn = {OPS}\nsource_profile = base\n")
    clients = zoo.clients()
    control.add_fault(
        service="sts", operation="AssumeRole", region="us-east-1", times=0, action="reset_before"
    )
    with pytest.raises(AwsUnreachable):
        clients.own_credentials(Region("us-east-1"))
    clients.own_credentials(Region(REGION))
    assert [call["region"] for call in control.calls("AssumeRole")][-1] == REGION


# ---- the command itself


@pytest.mark.parametrize(
    ("command", "words"), [("whoami", "AWS knows you as"), ("access", "/WithCode/")], ids=["whoami", "access"]
)
def test_command_asks_at_the_terminal_for_the_code(
    zoo: Zoo, tmp_path: Path, command: str, words: str
) -> None:
    zoo.write(MFA)
    person, ours = pty.openpty()
    variables = {
        **os.environ,
        "HOME": str(tmp_path),
        "DRS_DESKTOP_HOME": str(tmp_path / "data"),
        "AWS_ENDPOINT_URL_STS": zoo.endpoint_url,
    }
    del variables["AWS_ENDPOINT_URL"]  # with it, the simulator would be known as one
    process = subprocess.Popen(
        [sys.executable, "-m", "drs_desktop", command],
        stdin=ours,
        stdout=ours,
        stderr=ours,
        env=variables,
        start_new_session=True,
    )
    os.close(ours)
    try:
        said = read_until(person, f"Code of the MFA device {DEVICE}: ")
        os.write(person, f"{CODE}\n".encode())
        said += read_until(person, words)
        drained = threading.Thread(target=drain, args=(person,))
        drained.start()
        assert process.wait(120) == 0
        drained.join(60)
    finally:
        process.kill()
        process.wait()
        os.close(person)
    assert said.count(DEVICE) == 1


def drain(descriptor: int) -> None:
    """Read what a terminal still shows, so that whoever writes to it can end."""
    with contextlib.suppress(OSError):
        while os.read(descriptor, 1_000):
            pass


def read_until(descriptor: int, words: str, seconds: float = 120) -> str:
    """Return what a terminal shows up to these words."""
    said, end = "", time.monotonic() + seconds
    while words not in said:
        ready, _, _ = select.select([descriptor], [], [], max(end - time.monotonic(), 0))
        assert ready, said
        said += os.read(descriptor, 1_000).decode()
    return said


# ---- a profile for the hour when nobody can sign in


EMERGENCY = f"[profile emergency]\n{KEYS}\n[profile via]\nrole_arn = {OPS}\nsource_profile = emergency\n"
PERSON = f"[sso-session corp]\n{PORTAL}\n[default]\nsso_session = corp\n{SSO_ROLE}"
THROUGH_PERSON = f"[profile through]\nrole_arn = {OPS}\nsource_profile = default\n"


def test_only_a_profile_that_needs_no_sign_in_is_of_use(zoo: Zoo) -> None:
    zoo.write(EMERGENCY + PERSON + THROUGH_PERSON)
    door = BotoGlassDoor(zoo.access())
    door.check("emergency")
    door.check("via")
    for profile, words in [
        ("default", "no use"),
        ("through", "no use"),
        ("gone", "There is no profile gone"),
    ]:
        with pytest.raises(ValidationFailed, match=words):
            door.check(profile)


def test_profile_in_use_reaches_the_target_when_nobody_can_sign_in(zoo: Zoo) -> None:
    zoo.write(EMERGENCY + PERSON)
    access = zoo.access()
    scope = Scope(account_id=ACCOUNT.account_id, region=Region(REGION))
    with pytest.raises(SignInNeeded):
        asyncio.run(access.reader(scope).describe_source_servers())
    BotoGlassDoor(access).use("emergency")
    assert len(asyncio.run(access.reader(scope).describe_source_servers())) == 3
    assert asyncio.run(access.whoami(Region(REGION))).arn == HUB_USER
    BotoGlassDoor(access).use("")
    with pytest.raises(SignInNeeded):
        asyncio.run(access.whoami(Region(REGION)))
    access.close()


def test_commands_go_through_the_registered_profile_until_it_is_given_up(zoo: Zoo, tmp_path: Path) -> None:
    zoo.write(EMERGENCY + PERSON)
    variables = {
        **os.environ,
        "HOME": str(tmp_path),
        "DRS_DESKTOP_HOME": str(tmp_path / "data"),
        "AWS_ENDPOINT_URL_STS": zoo.endpoint_url,
    }
    del variables["AWS_ENDPOINT_URL"]  # with it, the simulator would be known as one

    def access(*arguments: str, **more: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "drs_desktop", "access", *arguments, "--json"],
            env={**variables, **more},
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    assert access("claim", AWS_PROFILE="emergency")[0] == 0
    assert access("break-glass", "emergency", AWS_PROFILE="emergency")[0] == 0
    assert access()[1]["principal"] == ""
    code, taken = access("elevate", "--break-glass", "--reason", "Frankfurt is gone.")
    assert (code, taken["principal"], taken["role"]) == (0, HUB_USER, "DRSOperator")
    assert access()[1]["elevation"]["reason"] == "Frankfurt is gone."
    assert access("give-up")[1]["principal"] == ""
