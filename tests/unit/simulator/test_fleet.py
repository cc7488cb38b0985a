import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest

from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.launching import start_recovery
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import StagingStatus
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.scenario import read_scenario
from tests.helpers.simulator_process import DEMO
from tests.unit.simulator.builders import START, a_drill, a_simulation, target_of

STAGING, PAYROLL, STOREFRONT = "334455667788", "012345678901", "445566778899"
WEST, CENTRAL = "eu-west-1", "eu-central-1"


@pytest.fixture(scope="module")
def demo() -> Simulation:
    """The demo's fleet; tests that change it make their own."""
    return build_simulation(read_scenario(DEMO), clock=ServiceClock(scale=0, base=START))


@pytest.mark.parametrize(
    ("account", "region", "application", "tiers"),
    [
        (PAYROLL, WEST, "payroll", {"database": 4, "application": 8, "web": 6}),
        (PAYROLL, CENTRAL, "storefront", {"payments": 4}),
        (STOREFRONT, CENTRAL, "storefront", {"data": 5, "api": 8}),
        (STOREFRONT, WEST, "storefront", {"web": 10}),
        (PAYROLL, WEST, "intranet", {"web": 8}),
        (STOREFRONT, CENTRAL, "analytics", {"batch": 8}),
    ],
)
def test_demo_has_its_servers(
    demo: Simulation, account: str, region: str, application: str, tiers: dict[str, int]
) -> None:
    servers = demo.state(account, region).servers.values()
    found = Counter(one.tags["Tier"] for one in servers if one.tags["Application"] == application)
    assert found == tiers
    assert all({"Name", "Application", "Tier", "Environment"} <= set(one.tags) for one in servers)


def test_demo_has_61_servers_beside_the_staging_twins(demo: Simulation) -> None:
    targets = [state for state in demo.states() if state.account_id != STAGING]
    assert sum(len(state.servers) for state in targets) == 61


def test_extended_server_has_its_own_id_and_names_its_twin(demo: Simulation) -> None:
    twins = {server.arn: server for server in demo.state(STAGING, WEST).servers.values()}
    extended = demo.state(STOREFRONT, WEST).servers.values()
    assert {one.staging_area.status for one in extended} == {StagingStatus.EXTENDED}
    assert {one.staging_area.source_server_arn for one in extended} == set(twins)
    assert not {one.id for one in extended} & {twin.id for twin in twins.values()}


def test_ids_are_the_same_in_every_run(demo: Simulation) -> None:
    again = build_simulation(read_scenario(DEMO), clock=ServiceClock(scale=0))
    assert [list(state.servers) for state in again.states()] == [list(one.servers) for one in demo.states()]


def test_payroll_drill_fits_into_a_coffee_break_at_speed_60() -> None:
    simulation = build_simulation(read_scenario(DEMO), clock=ServiceClock(scale=0, base=START))
    state = simulation.state(PAYROLL, WEST)
    for tier in ("database", "application", "web"):
        wave = [
            one.id
            for one in state.servers.values()
            if (one.tags["Application"], one.tags["Tier"]) == ("payroll", tier)
        ]
        start_recovery(simulation, state, a_drill(*wave))
        simulation.run_until_idle()
    assert timedelta(minutes=25) < simulation.clock.now() - START < timedelta(minutes=45)


def test_package_and_core_import_no_cloud_library() -> None:
    program = (
        "import sys, drs_desktop.simulator, drs_desktop.simulator.core.simulation,"
        " drs_desktop.simulator.fleet;"
        "print([name for name in ('moto', 'boto3', 'botocore', 'flask') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


def test_every_server_of_a_large_group_has_an_address_of_its_own() -> None:
    servers = target_of(a_simulation(1_000)).servers.values()
    assert len({one.profile.private_ip for one in servers}) == 1_000
    assert len({one.profile.mac_address for one in servers}) == 1_000
