"""Figures of an author's day with 4,000 servers and 200 plans, each as a ratio to a floor measured beside it.

Run with: python -m pytest -s tests/benchmarks/bench_inventory.py
The floor is JSON-decoding the same servers as the database keeps them; all is CPU time.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from drs_desktop.domain.accounts import Endpoint
from drs_desktop.domain.ids import AccountId, GroupId, PlanId, Region, Scope
from drs_desktop.domain.protection_group import ProtectionGroup, SelectionKind
from drs_desktop.domain.recovery_plan import RecoveryPlan
from drs_desktop.domain.source_server import Disk, NetworkInterface, SourceServer
from drs_desktop.services.server_filter import ServerFilter
from drs_desktop.storage.database import Database
from drs_desktop.storage.inventory_cache import SqlInventoryCache
from tests.benchmarks.bench_engine import report
from tests.helpers.builders import START, a_group, a_plan, a_plan_wave, a_server, an_account
from tests.helpers.fakes import FakeClock
from tests.unit.services.office import Office, an_office

SERVERS, PLANS = 4_000, 200
SCOPES = tuple(
    Scope(account_id=AccountId(f"{number:012}"), region=Region(region))
    for number in range(1, 5)
    for region in ("eu-west-1", "eu-central-1")
)


def _server(number: int) -> SourceServer:
    tags = {"Application": f"app-{number % PLANS}", "CostCenter": "4710", "Name": f"srv-{number:04}"}
    disk = Disk(device_name="/dev/sda", total_bytes=10**11, replicated_bytes=10**11, backlogged_bytes=0)
    address = f"10.{number // 250}.0.{number % 250}"
    return a_server(
        number,
        SCOPES[number % len(SCOPES)],
        name=f"srv-{number:04}",
        hostname=f"srv-{number:04}.corp.example",
        tags=tuple(sorted({**tags, "Owner": "hr", "Tier": "web"}.items())),
        lag=timedelta(0),
        disks=(disk, disk),
        interfaces=(NetworkInterface(mac_address="02:00", addresses=(address,), is_primary=True),),
        last_seen_at=START,
    )


def _group(number: int) -> ProtectionGroup:
    tags = (("Application", f"app-{number}"), ("Tier", "web"))
    return a_group(number, selection=SelectionKind.TAGS, scopes=SCOPES, tags=tags)


def _plan(number: int) -> RecoveryPlan:
    waves = [a_plan_wave(1, group_ids=(GroupId(f"group-{number}"),))]
    return a_plan(waves, plan_id=PlanId(f"plan-{number}"), name=f"plan-{number}")


@dataclass(frozen=True)
class House:
    """A database in which an earlier run kept what it read."""

    database: Database

    @asynccontextmanager
    async def office(self) -> AsyncIterator[Office]:
        """Open the workspace as a program that was just started."""
        accounts = dict.fromkeys(scope.account_id for scope in SCOPES)
        kept = SqlInventoryCache(self.database, FakeClock(), Endpoint(fingerprint="aws"))
        regions = tuple(dict.fromkeys(scope.region for scope in SCOPES))
        async with an_office(
            [_plan(number) for number in range(PLANS)],
            [_group(number) for number in range(PLANS)],
            [
                an_account(SCOPES[0], account_id=one, name=f"dr-{one[-1]}", regions=regions)
                for one in accounts
            ],
            kept,  # type: ignore[arg-type]  # the real one in the place of the fake
        ) as office:
            for scope in SCOPES:
                office.aws.drs(scope).servers = []
            for number in range(SERVERS):
                office.aws.drs(SCOPES[number % len(SCOPES)]).servers.append(_server(number))
            yield office


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database = Database(tmp_path_factory.mktemp("house") / "workspace.db")
    database.open()
    house = House(database)

    async def read() -> None:
        async with house.office() as office:
            assert len((await office.inventory.refresh()).rows) == SERVERS

    asyncio.run(read())
    yield house
    database.close()


def _floor(house: House) -> float:
    query = text("SELECT servers FROM inventory_reading")
    rows = asyncio.run(house.database.read(lambda c: list(c.execute(query).scalars())))
    times = []
    for _ in range(5):
        began = time.process_time()
        for row in rows:
            json.loads(row)
        times.append(time.process_time() - began)
    return min(times)


async def _best(work: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(3):
        began = time.process_time()
        await work()
        times.append(time.process_time() - began)
    return min(times)


def test_servers_of_an_earlier_run_are_there_at_once(house: House) -> None:
    """Open the workspace and show every server that an earlier run kept, with its group and its twins."""

    async def first_look() -> float:
        async with house.office() as office:
            began = time.process_time()
            view = await office.inventory.known()
            took = time.process_time() - began
            assert (len(view.rows), office.aws.calls) == (SERVERS, [])
            return took

    took, floor = min(asyncio.run(first_look()) for _ in range(3)), _floor(house)
    report("first look at kept servers", took / floor, 10, f"{took * 1000:.0f} ms for {SERVERS:,}")


@pytest.mark.parametrize(
    ("what", "budget"), [("list groups", 4), ("list plans", 4), ("list servers", 4), ("one keystroke", 1)]
)
def test_lists_of_a_large_workspace(house: House, what: str, budget: float) -> None:
    """List what was read already; and one keystroke in the filter."""

    async def measured() -> float:
        async with house.office() as office:
            view = await office.inventory.refresh()

            async def keystroke() -> object:
                return ServerFilter(text="srv-39").chosen(view.rows)

            work: dict[str, Callable[[], Awaitable[object]]] = {
                "list groups": office.groups.list_groups,
                "list plans": office.plans.list_plans,
                "list servers": office.inventory.known,
                "one keystroke": keystroke,
            }
            return await _best(work[what])

    took, floor = asyncio.run(measured()), _floor(house)
    report(what, took / floor, budget, f"{took * 1000:.0f} ms")
