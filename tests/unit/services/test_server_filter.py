"""What somebody asks for among the source servers: text without regard to case, tags exactly."""

from typing import Any

import pytest

from drs_desktop.domain.source_server import DataReplicationState
from drs_desktop.services.server_filter import ServerFilter, named
from tests.helpers.fake_services import a_server

ROW = a_server(
    1,
    name="Payroll-DB",
    hostname="db-1.corp",
    tags=(("Tier", "web"), ("Owner", "")),
    replication_state=DataReplicationState.STALLED,
    account_name="payroll-dr",
    group_names=("payroll-databases",),
)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"text": "PAYROLL"},
        {"text": "DB-1.CORP"},
        {"text": "tier=WEB"},
        {"text": "databases"},
        {"tags": (("Tier", "web"),)},
        {"tags": (("Owner", None), ("Tier", None))},
        {"states": frozenset({DataReplicationState.STALLED})},
        {"accounts": ("Payroll-DR", "999999999999")},
        {"accounts": (ROW.account_id,)},
        {"regions": (ROW.region.upper(),)},
    ],
)
def test_a_server_that_has_what_is_asked_for_is_found(asked: dict[str, Any]) -> None:
    assert ServerFilter(**asked).chosen([ROW]) == (ROW,)


@pytest.mark.parametrize(
    "asked",
    [
        {"text": "storefront"},
        {"tags": (("Tier", "Web"),)},
        {"tags": (("tier", "web"),)},
        {"tags": (("Tier", "web"), ("Application", None))},
        {"states": frozenset({DataReplicationState.CONTINUOUS})},
        {"accounts": ("payroll",)},
        {"regions": ("eu-west",)},
        {"is_free": True},
        {"text": "payroll", "regions": ("us-east-1",)},
    ],
)
def test_a_server_that_lacks_one_thing_asked_for_is_not(asked: dict[str, Any]) -> None:
    assert ServerFilter(**asked).chosen([ROW]) == ()


def test_an_id_means_its_server_and_a_name_all_that_have_it() -> None:
    twin = a_server(2, name="payroll-db")
    named_like_an_id = a_server(3, name=ROW.key.source_server_id)
    rows = (ROW, twin, named_like_an_id)
    assert named(rows, "PAYROLL-db") == (ROW, twin)
    assert named(rows, ROW.key.source_server_id) == (ROW,)
    assert named(rows, str(twin.key)) == (twin,)
    assert named(rows, "payroll") == ()
