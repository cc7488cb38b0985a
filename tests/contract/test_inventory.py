"""The inventory on a simulated AWS, through real boto3: twins linked, each failure a state of its own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from drs_desktop.aws.access import BotoAwsAccess
from drs_desktop.aws.secrets import HubKeys
from drs_desktop.domain.accounts import Endpoint, TargetAccount
from drs_desktop.domain.ids import AccountId, Region
from drs_desktop.domain.scope_trouble import ScopeCondition
from drs_desktop.engine.event_hub import LocalEventHub
from drs_desktop.engine.states import StateCache
from drs_desktop.services.inventory_service import InventoryService
from drs_desktop.services.server_detail import ServerReader
from drs_desktop.services.views import InventoryView, ScopeState
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.system.clock import ScaledClock
from tests.helpers.fakes import (
    FakeClock,
    FakeInventoryCache,
    FakeRepository,
    FakeServerHistory,
    InMemoryJournal,
)
from tests.helpers.simulator_process import EXTERNAL_ID, REGION, TARGET, SimControl, small_scenario

STAGING, EMPTY = "444444444444", "555555555555"
BOUND = "666666666666"
OTHER_REGION = "eu-central-1"
ALLOW_ALL = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
NO_DRS = {"Statement": [{"Effect": "Deny", "Action": "drs:*", "Resource": "*"}]}


@pytest.fixture
def scenario_data() -> dict[str, Any]:
    """A target account with servers of its own and of a staging account, and one without DRS."""
    data = small_scenario(count=2)
    [own] = data["servers"]
    roles = [{"name": "Target", "external_id": EXTERNAL_ID}]
    return {
        **data,
        "regions": [REGION, OTHER_REGION],
        "accounts": [
            *data["accounts"],
            {
                "id": STAGING,
                "name": "staging",
                "initialized": True,
                "roles": roles,
                "disabled_regions": [OTHER_REGION],
            },
            {
                "id": BOUND,
                "name": "bound",
                "initialized": True,
                "roles": roles,
                "service_control_policies": [ALLOW_ALL, NO_DRS],
            },
            {"id": EMPTY, "name": "empty", "roles": roles},
        ],
        "servers": [own, {**own, "name": "stg-{n}", "count": 3, "extended_from": "staging"}],
    }


def _account(number: str, name: str, *regions: str) -> TargetAccount:
    return TargetAccount(
        account_id=AccountId(number),
        name=name,
        role_arn=f"arn:aws:iam::{number}:role/Target",
        external_id=EXTERNAL_ID,
        regions=tuple(map(Region, regions or (REGION,))),
    )


ACCOUNTS = (_account(TARGET, "target"), _account(STAGING, "staging"), _account(EMPTY, "empty"))


class Desk:
    """An inventory over accounts of the simulated AWS."""

    def __init__(self, simulator: SimulatorServer) -> None:
        hub = simulator.described()["hub"]
        self._keys = HubKeys(access_key_id=hub["access_key_id"], secret_access_key=hub["secret_access_key"])
        self._url = simulator.endpoint_url
        self._now = simulator.simulation.clock.now()

    def read(self, *accounts: TargetAccount) -> InventoryView:
        """Read these accounts as a program that was just started."""
        clock = ScaledClock(self._now, 1.0)
        access = BotoAwsAccess(
            accounts=accounts,
            endpoint=Endpoint(fingerprint="sim", url=self._url, is_simulated=True),
            operator="tester",
            clock=clock,
            hub_keys=self._keys,
        )
        states = StateCache(InMemoryJournal(FakeClock()), LocalEventHub())
        reader = ServerReader(access, access, FakeServerHistory(), states)
        inventory = InventoryService(access, clock, FakeRepository(accounts), FakeInventoryCache(), reader)
        try:
            return asyncio.run(inventory.refresh())
        finally:
            states.close()
            access.close()

    def state_of(self, account: str, *accounts: TargetAccount) -> ScopeState:
        """Return how reading one account went, beside others."""
        [state] = [one for one in self.read(*accounts).scopes if one.scope.account_id == account]
        return state


@pytest.fixture
def desk(simulator: SimulatorServer) -> Iterator[Desk]:
    return Desk(simulator)


def test_extended_servers_and_their_staging_twins_name_each_other(desk: Desk) -> None:
    view = desk.read(*ACCOUNTS)
    rows = {row.key: row for row in view.rows}
    extended = [row for row in view.rows if row.is_extended]
    assert len(extended) == 3
    for row in extended:
        [twin] = row.twins
        assert (twin.account_id, rows[twin].twins) == (STAGING, (row.key,))
    assert [row.twins for row in view.rows if row.account_id == TARGET and not row.is_extended] == [(), ()]


def test_an_account_without_drs_says_so_and_hides_no_other(desk: Desk) -> None:
    view = desk.read(*ACCOUNTS)
    conditions = {state.account_name: state.condition for state in view.scopes}
    assert conditions == {
        "target": ScopeCondition.READ,
        "staging": ScopeCondition.READ,
        "empty": ScopeCondition.NOT_INITIALISED,
    }
    assert len(view.rows) == 8


def test_a_region_that_the_account_has_not_enabled_says_so_beside_one_that_answers(desk: Desk) -> None:
    view = desk.read(_account(STAGING, "staging", REGION, OTHER_REGION))
    conditions = {state.scope.region: state.condition for state in view.scopes}
    assert conditions == {
        REGION: ScopeCondition.READ,
        OTHER_REGION: ScopeCondition.REGION_NOT_ENABLED,
    }


def test_what_the_organisation_forbids_is_not_blamed_on_the_role(desk: Desk) -> None:
    state = desk.state_of(BOUND, ACCOUNTS[0], _account(BOUND, "bound"))
    assert state.condition is ScopeCondition.DENIED_BY_POLICY


def test_a_role_that_does_not_open_is_told_from_one_that_may_not_read(
    desk: Desk, control: SimControl
) -> None:
    closed = _account(STAGING, "staging")
    stranger = TargetAccount(
        account_id=closed.account_id,
        name="staging",
        role_arn=closed.role_arn,
        external_id="somebody-elses",
        regions=closed.regions,
    )
    assert desk.state_of(STAGING, ACCOUNTS[0], stranger).condition is ScopeCondition.ROLE_REFUSED
    control.add_fault(
        account=STAGING,
        operation="DescribeSourceServers",
        times=1_000,
        action={"kind": "deny", "permission": "drs:DescribeSourceServers"},
    )
    assert desk.state_of(STAGING, *ACCOUNTS).condition is ScopeCondition.ACCESS_DENIED


@pytest.mark.parametrize(
    ("code", "status", "message", "condition"),
    [
        ("ThrottlingException", 429, "Rate exceeded", ScopeCondition.THROTTLED),
        ("ExpiredTokenException", 403, "The token has expired", ScopeCondition.SIGN_IN_NEEDED),
        ("UnrecognizedClientException", 403, "Invalid token", ScopeCondition.REGION_NOT_ENABLED),
        (
            "AccessDeniedException",
            403,
            "not authorized … with an explicit deny in a service control policy",
            ScopeCondition.DENIED_BY_POLICY,
        ),
        ("InternalServerException", 500, "Something broke", ScopeCondition.UNREACHABLE),
    ],
)
def test_what_aws_answers_becomes_a_state_with_a_next_step(
    desk: Desk, control: SimControl, code: str, status: int, message: str, condition: ScopeCondition
) -> None:
    control.add_fault(
        account=STAGING,
        operation="DescribeSourceServers",
        times=1_000,
        action={"kind": "error", "code": code, "status": status, "message": message},
    )
    state = desk.state_of(STAGING, *ACCOUNTS)
    assert state.condition is condition
    assert state.next_step
    assert desk.state_of(TARGET, *ACCOUNTS).is_ok
