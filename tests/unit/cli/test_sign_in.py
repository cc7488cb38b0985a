"""The commands about who is at the console."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drs_desktop.cli.program import WorkspaceChoice
from drs_desktop.domain.credential_source import BadProfile, CredentialKind, CredentialsInForce
from drs_desktop.domain.errors import AwsError, AwsUnreachable, SignInNeeded
from drs_desktop.domain.ids import AccountId, Region
from drs_desktop.domain.sign_in import Flow, Invitation, RoleSession, SignIn, SignInDenied, SsoSession
from drs_desktop.services.sign_in_service import SignInService
from tests.unit.cli.fakes import FakeProgram, ran

NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
CORP = SsoSession(name="corp", start_url="https://corp.awsapps.com/start", region=Region("eu-west-1"))
ROLE = RoleSession(account_id=AccountId("111122223333"), account_name="hub", role_name="DRSOperator")
ADDRESS = "https://oidc.eu-west-1.amazonaws.com/authorize?x=y"


@dataclass
class FoundCredentials:
    """A gateway that finds what the test says."""

    found: CredentialsInForce
    named: list[str | None]

    async def in_force(self, profile: str | None = None) -> CredentialsInForce:
        self.named.append(profile)
        return self.found


@dataclass
class SignInProgram(FakeProgram):
    """A program whose sign-in is in memory."""

    ends_at: datetime | None = None
    browser: bool = True
    lasting: bool = True
    denies: bool = False
    problem: AwsError | None = None
    in_force: CredentialsInForce | None = None
    named: list[str | None] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    revoked: list[bool] = field(default_factory=list)

    @asynccontextmanager
    async def open_sign_in(self, choice: WorkspaceChoice) -> AsyncIterator[SignInService]:
        self.choices.append(choice)
        yield SignInService(self, lambda: NOW)

    @asynccontextmanager
    async def open_credentials(self, choice: WorkspaceChoice) -> AsyncIterator[Any]:
        yield FoundCredentials(self.in_force, self.named) if self.in_force else None

    def can_open_browser(self) -> bool:
        return self.browser

    def open_browser(self, address: str) -> None:
        self.opened.append(address)

    # the gateway

    def sessions(self) -> tuple[SsoSession, ...]:
        return (CORP,)

    def profile_session(self, name: str | None = None) -> SsoSession | None:
        return None

    async def current(self, session: SsoSession) -> SignIn:
        return SignIn(session=session, ends_at=self.ends_at, kept_in="the system's keyring")

    async def is_lasting(self) -> bool:
        return self.lasting

    async def sign_in(
        self, session: SsoSession, flow: Flow, show: Callable[[Invitation], None], *, share: bool = False
    ) -> SignIn:
        self.flows.append(flow)
        code = "BCDF-GHJK" if flow is Flow.DEVICE else None
        show(Invitation(flow=flow, url=ADDRESS, bare_url="https://page", expires_at=NOW, user_code=code))
        if self.denies:
            raise SignInDenied(session)
        self.ends_at = NOW + timedelta(hours=1)
        return await self.current(session)

    async def sign_out(self, session: SsoSession, *, revoke: bool) -> bool:
        self.revoked.append(revoke)
        return self.ends_at is not None

    async def roles(self, session: SsoSession) -> tuple[RoleSession, ...]:
        if self.problem:
            raise self.problem
        return (ROLE,)

    async def identity(self, session: SsoSession, role: RoleSession) -> str:
        return "arn:aws:sts::111122223333:assumed-role/X/olu"


def test_login_opens_the_browser_and_prints_the_address_too() -> None:
    program = SignInProgram()
    result = ran(program, "login")
    assert (result.code, program.opened) == (0, [ADDRESS])
    assert ADDRESS in result.out
    assert "corp: signed in until 2026-03-23 10:00 UTC, 1 h" in result.out


def test_login_without_a_browser_shows_a_code() -> None:
    program = SignInProgram(browser=False)
    result = ran(program, "login")
    assert (result.code, program.flows, program.opened) == (0, [Flow.DEVICE], [])
    assert "Code: BCDF-GHJK" in result.out


def test_login_opens_nothing_when_told_so() -> None:
    program = SignInProgram(browser=False)
    assert ran(program, "login", "--no-open").code == 0
    assert (program.flows, program.opened) == ([Flow.BROWSER], [])


def test_login_with_json_leaves_standard_output_to_it() -> None:
    result = ran(SignInProgram(), "login", "--device", "--json")
    assert len(result.out.splitlines()) == 1
    assert (result.json["session"], result.json["is_signed_in"], result.json["exit_code"]) == (
        "corp",
        True,
        0,
    )
    assert "BCDF-GHJK" in result.err


def test_denied_login_ends_with_its_code() -> None:
    result = ran(SignInProgram(denies=True), "login")
    assert result.code == 6
    assert "was denied" in result.err


def test_login_that_nothing_could_keep_asks_nobody() -> None:
    program = SignInProgram(lasting=False)
    assert ran(program, "login").code == 3
    assert program.flows == []


def test_login_to_an_unknown_session_names_the_known() -> None:
    result = ran(SignInProgram(), "login", "--session", "nope")
    assert result.code == 3
    assert "corp" in result.err


@pytest.mark.parametrize(("arguments", "revokes"), [((), True), (("--keep-portal",), False)])
def test_logout_ends_the_sign_in_at_aws_unless_told_otherwise(
    arguments: tuple[str, ...], revokes: bool
) -> None:
    program = SignInProgram(ends_at=NOW + timedelta(hours=1))
    result = ran(program, "logout", "--json", *arguments)
    assert (result.code, result.json["was_signed_in"], program.revoked) == (0, True, [revokes])


def test_logout_of_nobody_is_no_failure() -> None:
    result = ran(SignInProgram(), "logout")
    assert result.code == 0
    assert "Nobody was signed in" in result.out


def test_whoami_shows_roles_and_identity() -> None:
    result = ran(SignInProgram(ends_at=NOW + timedelta(hours=2)), "whoami")
    assert result.code == 0
    assert all(word in result.out for word in ("assumed-role/X/olu", "DRSOperator", "keyring", "2 h"))


def test_whoami_as_json_tells_when_it_ends() -> None:
    body = ran(SignInProgram(ends_at=NOW + timedelta(minutes=10)), "whoami", "--json").json
    assert (body["state"], body["ends_at"], body["seconds_left"]) == (
        "expiring soon",
        "2026-03-23T09:10:00+00:00",
        600.0,
    )
    assert body["roles"] == [{"account": "111122223333", "account_name": "hub", "role": "DRSOperator"}]


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (SignInProgram(), 6),
        (SignInProgram(ends_at=NOW - timedelta(seconds=1)), 6),
        (SignInProgram(ends_at=NOW + timedelta(hours=1), problem=SignInNeeded("ended")), 6),
        (SignInProgram(ends_at=NOW + timedelta(hours=1), problem=AwsUnreachable("away")), 9),
    ],
)
def test_whoami_tells_by_its_exit_code(program: SignInProgram, code: int) -> None:
    assert ran(program, "whoami").code == code


# ---- credentials that need no sign-in

ROLE_ARN = "arn:aws:sts::111122223333:assumed-role/Ops/olu"
OPS = CredentialsInForce(
    kind=CredentialKind.ROLE_WITH_CODE,
    profile="ops",
    chosen_by="AWS_PROFILE",
    principal=ROLE_ARN,
    account_id=AccountId("111122223333"),
    ends_at=NOW + timedelta(hours=1),
)


def test_whoami_names_kind_principal_and_end_of_a_profile() -> None:
    result = ran(SignInProgram(in_force=OPS), "whoami")
    assert result.code == 0
    assert "a role that asks for the code of an MFA device, profile ops, chosen by AWS_PROFILE." in result.out
    assert f"AWS knows you as {ROLE_ARN}, until 2026-03-23 10:00:00 UTC." in result.out
    assert "login" not in result.out


def test_whoami_tells_the_same_as_json() -> None:
    body = ran(SignInProgram(in_force=OPS), "whoami", "--session", "ops", "--json").json
    told = body["credentials"]
    assert (told["kind"], told["principal"], told["account"]) == ("role_with_code", ROLE_ARN, "111122223333")
    assert told["ends_at"] == "2026-03-23T10:00:00+00:00"
    assert body["exit_code"] == 0


def test_keys_of_the_environment_are_said_to_be_in_force() -> None:
    keys = CredentialsInForce(
        kind=CredentialKind.ACCESS_KEYS, chosen_by="AWS_ACCESS_KEY_ID", principal="arn:aws:iam::1:user/olu"
    )
    out = ran(SignInProgram(in_force=keys), "whoami").out
    assert "access keys of the environment (AWS_ACCESS_KEY_ID)" in out
    assert "without an end" in out


@pytest.mark.parametrize(
    ("kind", "problem", "code"),
    [
        (CredentialKind.PROCESS, SignInNeeded("The program failed."), 6),
        (CredentialKind.NONE, BadProfile("The profile gone is not in the AWS configuration."), 6),
        (CredentialKind.ACCESS_KEYS, AwsUnreachable("AWS gave no answer."), 9),
    ],
)
def test_whoami_says_why_credentials_cannot_be_used(
    kind: CredentialKind, problem: AwsError, code: int
) -> None:
    result = ran(SignInProgram(in_force=CredentialsInForce(kind=kind, problem=problem)), "whoami")
    assert (result.code, str(problem) in result.err) == (code, True)


def test_whoami_of_a_sign_in_shows_both_the_profile_and_the_sign_in() -> None:
    found = CredentialsInForce(kind=CredentialKind.SSO_SESSION, profile="hub", principal=ROLE_ARN)
    result = ran(SignInProgram(in_force=found, ends_at=NOW + timedelta(hours=2)), "whoami", "--json")
    assert (result.json["credentials"]["profile"], result.json["state"]) == ("hub", "signed in")


def test_no_credentials_at_all_are_a_matter_of_signing_in() -> None:
    nothing = CredentialsInForce(kind=CredentialKind.NONE, problem=SignInNeeded("There are none."))
    assert "Sign in with `drs-desktop login`" in ran(SignInProgram(in_force=nothing), "whoami").out
