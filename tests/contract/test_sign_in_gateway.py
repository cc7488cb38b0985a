"""Our sign-in against the simulated Identity Center, over real HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.aws.sso_gateway import BotoSignIn
from drs_desktop.aws.sso_token import token_key
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.domain.errors import AccessDenied, AwsUnreachable, SignInNeeded
from drs_desktop.domain.ids import AccountId
from drs_desktop.domain.sign_in import (
    Flow,
    RoleSession,
    SignIn,
    SignInDenied,
    SignInState,
    SignInTimedOut,
    SsoSession,
)
from drs_desktop.simulator.server import SimulatorServer
from tests.helpers.sign_in import OPERATOR, OPERATOR_SET, VIEWER, VIEWER_SET, scenario_with_people
from tests.helpers.sign_in_rig import Person, SignInRig, finished
from tests.helpers.simulator_process import HUB, TARGET, SimControl

FLOWS = [Flow.BROWSER, Flow.DEVICE]


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    return scenario_with_people(poll_seconds=0)


@pytest.fixture
def rig(tmp_path: Path, simulator: SimulatorServer, control: SimControl) -> Iterator[SignInRig]:
    pool = DaemonThreadPool(4, "sign-in")
    yield SignInRig(tmp_path, simulator.endpoint_url, control, pool)
    pool.shutdown(wait=True)


@pytest.fixture
def session(rig: SignInRig) -> SsoSession:
    return rig.gateway.sessions()[0]


def sign_in(rig: SignInRig, session: SsoSession, flow: Flow = Flow.DEVICE, **settings: Any) -> SignIn:
    """Sign in with a person who approves."""
    with Person(user=settings.pop("user", OPERATOR)) as person:
        return finished(lambda: rig.gateway.sign_in(session, flow, person, **settings))


def current(gateway: BotoSignIn, session: SsoSession) -> SignIn:
    return finished(lambda: gateway.current(session))


@pytest.mark.parametrize("flow", FLOWS)
def test_approved_sign_in_is_signed_in(rig: SignInRig, session: SsoSession, flow: Flow) -> None:
    sign_in_now = sign_in(rig, session, flow)
    assert sign_in_now.state(rig.clock.local_now()) is SignInState.SIGNED_IN
    assert current(rig.gateway, session) == sign_in_now


@pytest.mark.parametrize("flow", FLOWS)
def test_denied_sign_in_is_said(rig: SignInRig, session: SsoSession, flow: Flow) -> None:
    with Person("deny") as person, pytest.raises(SignInDenied, match="corp was denied"):
        finished(lambda: rig.gateway.sign_in(session, flow, person))
    assert current(rig.gateway, session) == SignIn(session=session)


def test_browser_is_told_that_it_can_be_closed(rig: SignInRig, session: SsoSession) -> None:
    with Person() as person:
        finished(lambda: rig.gateway.sign_in(session, Flow.BROWSER, person))
    assert person.last is not None
    assert (person.last.status, person.last.title) == (200, "Signed in")


def test_browser_page_repeats_nothing_that_was_sent(rig: SignInRig, session: SsoSession) -> None:
    with Person() as person:
        finished(lambda: rig.gateway.sign_in(session, Flow.BROWSER, person))
    assert person.last is not None
    assert "code=" not in person.last.body
    assert "script" not in person.last.body


def test_device_is_shown_its_code(rig: SignInRig, session: SsoSession) -> None:
    with Person() as person:
        finished(lambda: rig.gateway.sign_in(session, Flow.DEVICE, person))
    assert person.invitation is not None
    assert person.invitation.url == f"{person.invitation.bare_url}?user_code={person.invitation.user_code}"


def test_device_code_that_nobody_decides_on_ends(rig: SignInRig, session: SsoSession) -> None:
    with pytest.raises(SignInTimedOut, match="Nobody approved"):
        finished(lambda: rig.gateway.sign_in(session, Flow.DEVICE, lambda _: rig.turn(11)))


def test_network_that_breaks_while_a_code_waits_is_survived(
    rig: SignInRig, session: SsoSession, control: SimControl
) -> None:
    control.add_fault(service="sso-oidc", operation="CreateToken", times=4, action="reset_before")
    assert sign_in(rig, session).is_usable(rig.clock.local_now())


def test_slow_down_is_obeyed_and_survived(rig: SignInRig, session: SsoSession, control: SimControl) -> None:
    waits: list[timedelta] = []

    async def note(span: timedelta) -> None:
        waits.append(span)

    rig.clock.sleep_local = note  # type: ignore[method-assign]
    action = {"kind": "error", "code": "SlowDownException", "status": 400}
    control.add_fault(service="sso-oidc", operation="CreateToken", times=1, action=action)
    sign_in(rig, session)
    assert waits[:2] == [timedelta(0), timedelta(seconds=5)]


# ---- renewal and endings


def test_token_is_renewed_before_it_ends(rig: SignInRig, session: SsoSession) -> None:
    first = sign_in(rig, session)
    rig.turn(50)
    renewed = current(rig.gateway, session)
    assert first.ends_at is not None
    assert renewed.ends_at is not None
    assert renewed.ends_at - first.ends_at > timedelta(minutes=40)


def test_token_that_ended_while_the_machine_slept_is_renewed(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session)
    rig.turn(300)
    assert current(rig.gateway, session).state(rig.clock.local_now()) is SignInState.SIGNED_IN


def test_portal_session_that_is_over_is_expired(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session)
    rig.turn(9 * 60)
    found = current(rig.gateway, session)
    assert found.state(rig.clock.local_now()) is SignInState.EXPIRED
    assert not found.renews_itself


def test_refused_renewal_is_not_asked_for_again(
    rig: SignInRig, session: SsoSession, control: SimControl
) -> None:
    sign_in(rig, session)
    control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
    rig.turn(50)
    assert current(rig.gateway, session).state(rig.clock.local_now()) is SignInState.EXPIRING_SOON
    asked = len(control.calls("CreateToken"))
    current(rig.gateway, session)
    assert len(control.calls("CreateToken")) == asked


def test_valid_token_is_kept_when_renewal_finds_no_way(
    rig: SignInRig, session: SsoSession, control: SimControl
) -> None:
    sign_in(rig, session)
    rig.turn(50)
    control.add_fault(service="sso-oidc", operation="CreateToken", times=0, action="reset_before")
    assert current(rig.gateway, session).is_usable(rig.clock.local_now())


def test_second_process_uses_what_the_first_renewed(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session)
    rig.turn(50)
    assert current(rig.another_process(), session) == current(rig.gateway, session)


# ---- what it gives


def test_roles_are_those_of_the_person(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session)
    roles = finished(lambda: rig.gateway.roles(session))
    assert [(one.account_id, one.role_name) for one in roles] == [
        (HUB, OPERATOR_SET),
        (HUB, VIEWER_SET),
        (TARGET, VIEWER_SET),
    ]


def test_identity_is_what_aws_says(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session, user=VIEWER)
    role = RoleSession(account_id=AccountId(HUB), role_name=VIEWER_SET)
    assert finished(lambda: rig.gateway.identity(session, role)).endswith(f"/{VIEWER}")


def test_role_that_was_not_assigned_is_denied(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session, user=VIEWER)
    role = RoleSession(account_id=AccountId(HUB), role_name=OPERATOR_SET)
    with pytest.raises(AccessDenied, match="No access"):
        finished(lambda: rig.gateway.role_keys(session, role))


def test_page_of_a_proxy_is_no_answer(rig: SignInRig, session: SsoSession, control: SimControl) -> None:
    control.add_fault(service="sso-oidc", operation="RegisterClient", times=0, action="html_503")
    with pytest.raises(AwsUnreachable):
        finished(lambda: rig.gateway.sign_in(session, Flow.DEVICE, lambda _: None))


def test_nobody_signed_in_has_no_roles(rig: SignInRig, session: SsoSession) -> None:
    with pytest.raises(SignInNeeded, match="drs-desktop login"):
        finished(lambda: rig.gateway.roles(session))


def test_revoked_token_needs_a_sign_in(rig: SignInRig, session: SsoSession, control: SimControl) -> None:
    sign_in(rig, session)
    control.ask("POST", "/sim/sign-in", {"action": "sign_out", "user": OPERATOR})
    with pytest.raises(SignInNeeded):
        finished(lambda: rig.gateway.roles(session))


# ---- sign-out, and the AWS CLI's cache


def test_sign_out_revokes_at_aws(rig: SignInRig, session: SsoSession, control: SimControl) -> None:
    sign_in(rig, session)
    assert finished(lambda: rig.gateway.sign_out(session, revoke=True))
    assert current(rig.gateway, session) == SignIn(session=session)
    assert control.ask("GET", "/sim/sign-in")[1]["sessions"][0]["is_revoked"] is True


def test_sign_out_of_this_program_only_leaves_the_portal(
    rig: SignInRig, session: SsoSession, control: SimControl
) -> None:
    sign_in(rig, session)
    assert finished(lambda: rig.gateway.sign_out(session, revoke=False))
    assert control.ask("GET", "/sim/sign-in")[1]["sessions"][0]["is_revoked"] is False


def test_sign_out_forgets_also_when_aws_is_away(
    rig: SignInRig, session: SsoSession, control: SimControl
) -> None:
    sign_in(rig, session)
    control.add_fault(service="sso", operation="Logout", times=0, action="reset_before")
    with pytest.raises(AwsUnreachable):
        finished(lambda: rig.gateway.sign_out(session, revoke=True))
    assert current(rig.gateway, session) == SignIn(session=session)


def test_sign_out_without_a_sign_in_is_none(rig: SignInRig, session: SsoSession) -> None:
    assert finished(lambda: rig.gateway.sign_out(session, revoke=True)) is False


def test_shared_sign_in_counts_for_a_program_without_our_store(rig: SignInRig, session: SsoSession) -> None:
    sign_in(rig, session, share=True)
    rig.secrets.delete(f"sign-in/{token_key(session)}")
    found = current(rig.gateway, session)
    assert (found.kept_in, found.renews_itself) == ("the AWS CLI's token cache", True)
    assert finished(lambda: rig.gateway.roles(session))
