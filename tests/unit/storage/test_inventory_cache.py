"""The newest read of each account and Region outlives the program; another endpoint's is not shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.inventory_ports import KeptReading
from drs_desktop.domain.source_server import (
    DataReplicationState,
    Disk,
    LastLaunch,
    NetworkInterface,
    Origin,
    SourceServer,
    StagingStatus,
)
from drs_desktop.storage.database import Database
from drs_desktop.storage.inventory_cache import SqlInventoryCache
from tests.helpers.asynchronous import on_loop
from tests.helpers.builders import OTHER_SCOPE, SCOPE, START, a_server
from tests.helpers.fakes import FakeClock

AWS = Endpoint(fingerprint="aws")
SIMULATOR = Endpoint(fingerprint="simulator-1", url="http://127.0.0.1:1", is_simulated=True)
NO_SIMULATOR = Endpoint(fingerprint="no simulator", is_simulated=True)


def a_cache(database: Database, endpoint: Endpoint = AWS) -> SqlInventoryCache:
    return SqlInventoryCache(database, FakeClock(), endpoint)


def a_reading(*servers: SourceServer, **changes: object) -> KeptReading:
    reading = KeptReading(scope=SCOPE, servers=servers or (a_server(1),), observed_at=START)
    return replace(reading, **changes)  # type: ignore[arg-type]  # fields by name


@on_loop
async def test_what_was_read_is_read_back_whole(database: Database) -> None:
    server = a_server(
        1,
        tags=(("Name", "db-ü"), ("Tier", "web")),
        lag=timedelta(minutes=3),
        disks=(Disk(device_name="/dev/sda", total_bytes=10, replicated_bytes=9, backlogged_bytes=1),),
        replication_state=DataReplicationState.BACKLOG,
        staging_status=StagingStatus.EXTENDED,
        interfaces=(NetworkInterface(mac_address="02:00", addresses=("10.0.0.1",), is_primary=True),),
        origin=Origin(account_id="9", instance_id="i-1"),
        last_launch=LastLaunch(job_id="drsjob-1", launch_type="DRILL", at=START),  # type: ignore[arg-type]  # an id is text
        last_seen_at=START,
    )
    await a_cache(database).keep([a_reading(server)])
    [back] = await a_cache(database).readings()
    assert back == a_reading(server)
    assert back.servers[0].last_seen_at == START


@on_loop
async def test_a_newer_read_takes_the_place_of_the_one_before(database: Database) -> None:
    cache = a_cache(database)
    await cache.keep([a_reading(a_server(1)), a_reading(scope=OTHER_SCOPE)])
    await cache.keep([a_reading(a_server(2), observed_at=START + timedelta(hours=1))])
    kept = {one.scope: one for one in await cache.readings()}
    assert kept[SCOPE].servers == (a_server(2),)
    assert kept[OTHER_SCOPE].observed_at == START


@on_loop
async def test_the_read_of_another_endpoint_is_not_shown(database: Database) -> None:
    await a_cache(database, SIMULATOR).keep([a_reading()])
    assert await a_cache(database, replace(SIMULATOR, fingerprint="simulator-2")).readings() == ()
    assert await a_cache(database, AWS).readings() == ()


@on_loop
async def test_without_its_simulator_a_workspace_shows_the_last_one_by_this_computers_time(
    database: Database,
) -> None:
    ahead = a_reading(observed_at=START + timedelta(days=300))
    await a_cache(database, SIMULATOR).keep([ahead])
    [back] = await a_cache(database, NO_SIMULATOR).readings()
    assert back.servers == ahead.servers
    assert back.observed_at == FakeClock().local_now()


@on_loop
async def test_half_a_character_from_aws_becomes_a_whole_one(database: Database) -> None:
    cache = a_cache(database)
    await cache.keep([a_reading(a_server(1, name="half \ud83d"))])
    [back] = await cache.readings()
    assert back.servers[0].name == "half \ufffd"


@pytest.mark.parametrize("body", ["", "{}", "[{}]", '[{"key": 7}]', "\x00"])
@on_loop
async def test_what_cannot_be_read_back_is_left_out(database: Database, body: str) -> None:
    cache = a_cache(database)
    await cache.keep([a_reading(), a_reading(scope=OTHER_SCOPE)])
    spoil = text("UPDATE inventory_reading SET servers = :body WHERE account_id = :account")
    await database.write(lambda c: c.execute(spoil, {"body": body, "account": SCOPE.account_id}))
    assert [one.scope for one in await cache.readings()] == [OTHER_SCOPE]
