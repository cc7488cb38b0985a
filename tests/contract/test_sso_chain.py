"""botocore's own SSO provider on the tokens that we keep."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import SSOTokenLoadError, UnauthorizedSSOTokenError

from drs_desktop.aws.sso_chain import KeptTokens, using_kept_tokens
from drs_desktop.aws.sso_token import token_key
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.domain.sign_in import Flow, SsoSession
from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.sign_in import OPERATOR, config_text, scenario_with_people
from tests.helpers.sign_in_rig import Person, SignInRig, finished
from tests.helpers.simulator_process import EXTERNAL_ID, HUB, ROLE, SimControl

TARGET_PROFILE = f"""
[profile target]
role_arn = {ROLE}
source_profile = hub
external_id = {EXTERNAL_ID}
region = eu-west-1
"""


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    return scenario_with_people(poll_seconds=0)


@pytest.fixture
def rig(
    tmp_path: Path, simulator: SimulatorServer, control: SimControl, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SignInRig]:
    pool = DaemonThreadPool(4, "sign-in")
    rig = SignInRig(tmp_path, simulator.endpoint_url, control, pool)
    (tmp_path / "config").write_text(config_text() + TARGET_PROFILE)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", simulator.endpoint_url)
    yield rig
    pool.shutdown(wait=True)


@pytest.fixture
def session(rig: SignInRig) -> SsoSession:
    return rig.gateway.sessions()[0]


def sign_in(rig: SignInRig, session: SsoSession, **settings: Any) -> None:
    with Person() as person:
        finished(lambda: rig.gateway.sign_in(session, Flow.DEVICE, person, **settings))


def identity(rig: SignInRig, profile: str = "hub") -> str:
    """Return who AWS says a profile is, with our tokens in botocore's chain."""
    core = botocore.session.Session(profile=profile)
    using_kept_tokens(KeptTokens(lambda: rig.tokens, rig.gateway.sessions))(core)
    return str(core.create_client("sts").get_caller_identity()["Arn"])


def test_profile_uses_the_token_of_our_store(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session)
    assert identity(rig).endswith(f"/{OPERATOR}")
    assert rig.shared.read(session) is None


def test_source_profile_uses_it_too(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session)
    assert ":assumed-role/Target/" in identity(rig, "target")


def test_nobody_signed_in_is_said_as_botocore_says_it(rig: SignInRig) -> None:
    with pytest.raises(SSOTokenLoadError):
        identity(rig)


def test_token_that_botocore_renews_is_kept_by_us(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session)
    before = rig.tokens.find(session)
    assert before is not None
    aged = replace(before.token, expires_at=rig.clock.local_now())  # botocore looks at the real time
    rig.tokens.save(session, aged)
    assert f":{HUB}:" in identity(rig)
    after = rig.tokens.find(session)
    assert after is not None
    assert after.token.access_token != before.token.access_token


def test_token_of_the_cli_is_used_and_renewed_in_its_place(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session, share=True)
    rig.secrets.delete(f"sign-in/{token_key(session)}")
    theirs = rig.shared.read(session)
    assert theirs is not None
    rig.shared.delete(session, theirs)
    rig.shared.write(session, replace(theirs, expires_at=rig.clock.local_now()))
    assert identity(rig).endswith(f"/{OPERATOR}")
    renewed = rig.shared.read(session)
    assert renewed is not None
    assert renewed.access_token != theirs.access_token
    assert rig.secrets.read(f"sign-in/{token_key(session)}") is None


def test_revoked_sign_in_is_refused(rig: SignInRig, session: SsoSession, control: SimControl) -> None:
    sign_in(rig, session)
    control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
    with pytest.raises(UnauthorizedSSOTokenError):
        identity(rig)


def test_sessions_with_a_token_can_be_listed(rig: SignInRig, session: SsoSession) -> None:
    kept = KeptTokens(lambda: rig.tokens, rig.gateway.sessions)
    assert list(kept) == []
    sign_in(rig, session)
    assert list(kept) == [token_key(session)]
    del kept[token_key(session)]
    assert len(kept) == 0
