"""Sessions that an administrator revokes: a fresh one is taken, if who is signed in still gets one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.clients import SessionHook
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.aws.sso_chain import using_role_keys
from drs_desktop.aws.thread_pool import DaemonThreadPool
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.errors import AccessDenied, SignInNeeded
from drs_desktop.domain.ids import AccountId, IntentId, Region, Scope
from drs_desktop.domain.sign_in import Flow
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import SystemClock
from tests.helpers.sign_in import scenario_with_people
from tests.helpers.sign_in_rig import Person, SignInRig, finished
from tests.helpers.simulator_process import EXTERNAL_ID, REGION, ROLE, TARGET, SimControl

SCOPE = Scope(account_id=AccountId(TARGET), region=Region(REGION))
ACCOUNT = TargetAccount(
    account_id=AccountId(TARGET),
    name="target",
    role_arn=ROLE,
    external_id=EXTERNAL_ID,
    regions=(Region(REGION),),
)


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    return scenario_with_people(poll_seconds=0)


def access_to(
    simulator: SimulatorServer, *, hub_keys: HubKeys | None = None, hook: SessionHook | None = None
) -> BotoAwsAccess:
    return BotoAwsAccess(
        accounts=[ACCOUNT],
        endpoint=Endpoint(fingerprint="sim", url=simulator.endpoint_url, is_simulated=True),
        operator="tester",
        clock=SystemClock(),
        hub_keys=hub_keys,
        session_hook=hook,
    )


@pytest.fixture
def with_keys(simulator: SimulatorServer) -> Iterator[BotoAwsAccess]:
    hub = simulator.described()["hub"]
    keys = HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"])
    access = access_to(simulator, hub_keys=keys)
    yield access
    access.close()


@pytest.fixture
def signed_in(simulator: SimulatorServer, control: SimControl, tmp_path: Path) -> Iterator[BotoAwsAccess]:
    """Access by the first role of somebody who has signed in."""
    pool = DaemonThreadPool(4, "sign-in")
    rig = SignInRig(tmp_path, simulator.endpoint_url, control, pool)
    session = rig.gateway.sessions()[0]
    with Person() as person:
        finished(lambda: rig.gateway.sign_in(session, Flow.DEVICE, person))

    async def role_keys() -> Any:
        role = next(iter(await rig.gateway.roles(session)))
        return await rig.gateway.role_keys(session, role)

    access = access_to(simulator, hook=using_role_keys(lambda: asyncio.run(role_keys())))
    yield access
    access.close()
    pool.shutdown(wait=True)


def read(access: BotoAwsAccess) -> int:
    return len(finished(lambda: access.reader(SCOPE).describe_source_servers()))


def revoke_all(control: SimControl) -> None:
    assert control.ask("POST", "/sim/sessions", {"action": "revoke", "all": True})[0] == 200


def test_revoked_session_of_a_role_is_replaced(with_keys: BotoAwsAccess, control: SimControl) -> None:
    assert read(with_keys) == 3
    revoke_all(control)
    assert read(with_keys) == 3


def test_revoked_session_of_the_sign_in_is_replaced(signed_in: BotoAwsAccess, control: SimControl) -> None:
    assert read(signed_in) == 3
    revoke_all(control)
    assert read(signed_in) == 3
    revoke_all(control)
    finished(lambda: signed_in.actor(SCOPE, IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV")))


def test_who_was_signed_out_as_well_has_to_sign_in(signed_in: BotoAwsAccess, control: SimControl) -> None:
    assert read(signed_in) == 3
    control.ask("POST", "/sim/sign-in", {"action": "sign_out"})
    revoke_all(control)
    with pytest.raises(SignInNeeded):
        read(signed_in)
    with pytest.raises(SignInNeeded):
        finished(lambda: signed_in.actor(SCOPE, IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV")))


def test_role_that_lets_nobody_in_is_tried_twice_and_no_more(
    signed_in: BotoAwsAccess, control: SimControl
) -> None:
    denied = {"kind": "error", "code": "AccessDenied", "status": 403}
    control.add_fault(service="sts", operation="AssumeRole", action=denied, times=0)
    with pytest.raises(AccessDenied):
        read(signed_in)
    assert len(control.calls("AssumeRole")) == 2
