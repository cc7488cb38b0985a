from datetime import timedelta

from drs_desktop.simulator.core.snapshots import snapshots_of
from tests.helpers.simulator_process import REGION
from tests.unit.simulator.builders import START, a_simulation, target_of


def moments(replication: dict[str, object]) -> list[timedelta]:
    group = {
        "name": "srv",
        "account": "target",
        "region": REGION,
        "machine": "linux",
        "subnet": "10.0.0",
        "replication": replication,
    }
    simulation = a_simulation(servers=[group])
    (server,) = target_of(simulation).servers.values()
    return [START - one.expected_at for one in snapshots_of(server, START, simulation.ids)]


def test_policy_keeps_ten_minutes_hours_and_days() -> None:
    ages = moments({"state": "CONTINUOUS"})
    assert ages == sorted(ages, reverse=True)
    assert len([age for age in ages if age <= timedelta(hours=1)]) >= 6
    assert timedelta(days=6) <= ages[0] <= timedelta(days=7)


def test_stalled_server_has_only_old_snapshots() -> None:
    ages = moments({"state": "STALLED", "lag_minutes": 540.0})
    assert ages
    assert min(ages) >= timedelta(hours=9)


def test_disconnected_server_has_none() -> None:
    assert moments({"state": "DISCONNECTED"}) == []


def test_snapshot_keeps_its_id_while_time_passes() -> None:
    simulation = a_simulation(1)
    (server,) = target_of(simulation).servers.values()
    before = {one.id for one in snapshots_of(server, START, simulation.ids)}
    after = {one.id for one in snapshots_of(server, START + timedelta(minutes=10), simulation.ids)}
    assert len(after - before) == 1
