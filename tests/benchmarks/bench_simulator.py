"""How fast the simulator is: 2,000 servers page by page over the wire, and a 20-wave plan in-process.

Run with: python -m pytest -s tests/benchmarks/bench_simulator.py. Nothing is asserted about wall-clock time.
"""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from drs_desktop.domain.ids import AccountId, IntentId, Region, Scope, SourceServerId
from drs_desktop.domain.job import JobStatus, LaunchStatus
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.fleet import build_simulation
from drs_desktop.simulator.gateway import SimulatedAwsAccess
from drs_desktop.simulator.scenario import parse_scenario
from drs_desktop.simulator.server import SimulatorServer
from drs_desktop.simulator.wire.app import SimulatorApp
from drs_desktop.simulator.wire.drs.responses import DRSResponse
from tests.helpers.simulator_process import REGION, TARGET, AwsClients, small_scenario

SERVERS = 2_000
WAVE = 100


def test_paging_through_two_thousand_servers() -> None:
    """Print how long a listing takes, and which share of it passes in our handler."""
    scenario = parse_scenario(Path("bench.yaml"), small_scenario(SERVERS))
    began = time.perf_counter()
    with SimulatorServer(scenario, speed=0) as server:
        print(f"\nstart with {SERVERS} servers: {time.perf_counter() - began:.2f} s")
        aws = AwsClients(server.endpoint_url, server.described()["hub"])
        drs = aws.as_role("drs", retries={"mode": "standard"})
        door, moto, ours = (
            _Timed(SimulatorApp, "__call__"),
            _Timed(SimulatorApp, "_ask_moto"),
            _Timed(DRSResponse, "call_action"),
        )
        with door, moto, ours:
            for size in (50, 200, 1_000):
                for timed in (door, moto, ours):
                    timed.seconds, timed.calls = 0.0, 0
                began = time.perf_counter()
                pages = drs.get_paginator("describe_source_servers").paginate(
                    PaginationConfig={"PageSize": size}
                )
                found = sum(len(page["items"]) for page in pages)
                whole = time.perf_counter() - began
                assert found == SERVERS
                own = door.seconds - moto.seconds + ours.seconds
                print(
                    f"pages of {size}: {whole:.3f} s in all, {own:.3f} s in our code ({own / whole:.0%}),"
                    f" {moto.seconds - ours.seconds:.3f} s in moto, {door.calls} calls"
                )


def test_twenty_waves_of_a_hundred_servers_in_process() -> None:
    """Print how long a plan of 2,000 servers takes in virtual time."""
    scenario = parse_scenario(Path("bench.yaml"), small_scenario(SERVERS))
    simulation = build_simulation(scenario, clock=ServiceClock(scale=0))
    began = time.perf_counter()
    launched = asyncio.run(_play(simulation))
    took = time.perf_counter() - began
    assert launched == SERVERS
    print(f"\n20 waves of {WAVE} servers: {took:.2f} s; limit 10 s; ratio {10 / took:.1f}")


async def _play(simulation: Any) -> int:
    scope = Scope(account_id=AccountId(TARGET), region=Region(REGION))
    access = SimulatedAwsAccess(simulation)
    reader = access.reader(scope)
    ids = [one.key.source_server_id for one in await reader.describe_source_servers()]
    launched = 0
    for first in range(0, SERVERS, WAVE):
        launched += await _wave(simulation, access, scope, ids[first : first + WAVE])
    return launched


async def _wave(simulation: Any, access: SimulatedAwsAccess, scope: Scope, ids: list[SourceServerId]) -> int:
    reader = access.reader(scope)
    actor = await access.actor(scope, IntentId("01J9Z3NDEKTSV4RRFFQ69G5FAV"))
    job = await actor.start_recovery(
        StartRecoveryRequest(scope=scope, source_server_ids=tuple(ids), is_drill=True, tags=())
    )
    while True:
        simulation.clock.advance(timedelta(seconds=15))
        (job,) = await reader.describe_jobs([job.job_id])
        if job.status is JobStatus.COMPLETED:
            break
    await reader.describe_job_log_items(job.job_id)
    await reader.describe_recovery_instances(ids)
    return sum(one.launch_status is LaunchStatus.LAUNCHED for one in job.servers)


class _Timed:
    """Adds up the time that passes in a method while entered."""

    def __init__(self, owner: type, name: str) -> None:
        self.seconds = 0.0
        self.calls = 0
        self._owner, self._name = owner, name
        self._original = getattr(owner, name)

    def __enter__(self) -> None:
        timed = self

        def measured(*args: Any) -> Any:
            began = time.perf_counter()
            try:
                return timed._original(*args)
            finally:
                timed.seconds += time.perf_counter() - began
                timed.calls += 1

        setattr(self._owner, self._name, measured)

    def __exit__(self, *_: object) -> None:
        setattr(self._owner, self._name, self._original)
