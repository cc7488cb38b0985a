"""From a scenario to a running simulation: accounts, servers with their ids, durations, faults."""

import ipaddress
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.simulator.acts import plan_acts
from drs_desktop.simulator.core.accounts import Account, HubKeys, Role
from drs_desktop.simulator.core.clock import ServiceClock
from drs_desktop.simulator.core.compute import Compute, MemoryCompute
from drs_desktop.simulator.core.defaults import initialize
from drs_desktop.simulator.core.durations import DurationTables, Range
from drs_desktop.simulator.core.faults import FaultPlan
from drs_desktop.simulator.core.forwarded import ForwardedDenials
from drs_desktop.simulator.core.ids import IdFactory, arn, source_server_id
from drs_desktop.simulator.core.launch_configuration import LaunchConfiguration
from drs_desktop.simulator.core.policy_document import parse_policy, parse_trust_policy
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.replication import Replication, ReplicationState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import (
    Disk,
    LaunchFailure,
    OsFamily,
    PlannedFailure,
    ServerProfile,
    SourceServer,
    StagingArea,
    StagingStatus,
)
from drs_desktop.simulator.core.visibility import VisibilityLag
from drs_desktop.simulator.scenario import (
    FailLaunchModel,
    MachineModel,
    ReplicationModel,
    RoleModel,
    ScenarioModel,
    ServerGroupModel,
)
from drs_desktop.simulator.scenario_values import FailWord
from drs_desktop.simulator.sign_in_scenario import identity_center

_GIB = 1024**3
_IN_SERVICE_FOR = timedelta(days=90)
_AGENT_VERSION = "5.4.2"
_PER_NETWORK = 240


def build_simulation(
    scenario: ScenarioModel, *, clock: ServiceClock, compute: Compute | None = None
) -> Simulation:
    """Return a simulation of a scenario.

    Without `compute`, EC2 is one in memory, and the times of the scenario's acts count from now. Whoever
    brings an EC2 plans the acts when it is ready (`plan_acts`).
    """
    ids = IdFactory(scenario.seed)
    simulation = Simulation(
        name=scenario.name,
        clock=clock,
        ids=ids,
        accounts=tuple(_account(scenario, number) for number in range(len(scenario.accounts))),
        hub_keys=HubKeys(**scenario.hub_keys.model_dump()),
        regions=tuple(scenario.regions),
        compute=compute or MemoryCompute(ids),
        durations=_durations(scenario),
        faults=FaultPlan(fault.to_rule() for fault in scenario.faults),
        visibility_lag=VisibilityLag(**scenario.visibility_lag.model_dump()),
        signing_window_seconds=scenario.signing_window_seconds,
        staging_accounts=scenario.staging_accounts(),
        forwarded_denials=ForwardedDenials(scenario.forwarded_denials),
        trail_delay=timedelta(seconds=scenario.trail_delay_seconds),
        service_quotas=dict(scenario.service_quotas),
    )
    numbers = {account.name: account.id for account in scenario.accounts}
    simulation.identity_center = identity_center(scenario.sign_in, numbers, simulation.lifetime_now)
    for account in scenario.accounts:
        for region in scenario.regions:
            state = simulation.state(account.id, region)
            state.quotas = state.quotas.with_values(scenario.service_quotas)
            where = account.initialized
            if region in where if isinstance(where, list) else where:
                initialize(simulation, state)
    _Fleet(scenario, simulation).settle_in()
    if compute is None:
        plan_acts(simulation, scenario.acts)
    return simulation


def _account(scenario: ScenarioModel, number: int) -> Account:
    model = scenario.accounts[number]
    return Account(
        id=model.id,
        name=model.name,
        is_hub=model.hub,
        roles=tuple(_role(model.id, role) for role in model.roles),
        service_control=tuple(parse_policy(one) for one in model.service_control_policies),
        disabled_regions=frozenset(model.disabled_regions),
    )


def _role(account_id: str, model: RoleModel) -> Role:
    boundary, trust, policies = model.permissions_boundary, model.trust, model.policies
    return Role(
        arn=f"arn:aws:iam::{account_id}:role/{model.name}",
        external_id=model.external_id,
        trust=None if trust is None else parse_trust_policy(trust),
        policies=None if policies is None else tuple(parse_policy(one) for one in policies),
        boundary=None if boundary is None else parse_policy(boundary),
        max_session_seconds=model.max_session_seconds,
    )


def _durations(scenario: ScenarioModel) -> DurationTables:
    tables = DurationTables()
    for word, model in scenario.durations.items():
        ranges: dict[str, Range] = {
            phase: (limits[0], limits[1]) for phase, limits in model.model_dump(exclude_none=True).items()
        }
        tables = tables.changed(OsFamily(word), **ranges)
    return tables


@dataclass(frozen=True, kw_only=True)
class _Place:
    account_id: str
    region: str


class _Fleet:
    """Puts the servers of a scenario into their accounts and Regions."""

    def __init__(self, scenario: ScenarioModel, simulation: Simulation) -> None:
        self._scenario = scenario
        self._simulation = simulation
        self._account_ids = {account.name: account.id for account in scenario.accounts}

    def settle_in(self) -> None:
        for group in self._scenario.servers:
            for number in range(1, group.count + 1):
                self._add(group, number)

    def _add(self, group: ServerGroupModel, number: int) -> None:
        home = _Place(account_id=self._account_ids[group.account], region=group.region)
        if group.extended_from is None:
            self._place(group, number, home, self._own_staging(group, number, home))
            return
        twin_home = _Place(account_id=self._account_ids[group.extended_from], region=group.region)
        own = self._own_staging(group, number, twin_home)
        twin = self._place(group, number, twin_home, own)
        extended = StagingArea(
            status=StagingStatus.EXTENDED,
            account_id=own.account_id,
            source_server_arn=own.source_server_arn,
        )
        self._place(group, number, home, extended).twin = twin

    def _own_staging(self, group: ServerGroupModel, number: int, home: _Place) -> StagingArea:
        return StagingArea(
            status=StagingStatus.NOT_EXTENDED,
            account_id=home.account_id,
            source_server_arn=self._arn(group.server_name(number), home),
        )

    def _id(self, name: str, home: _Place) -> str:
        return source_server_id(self._simulation.ids, home.account_id, home.region, name)

    def _arn(self, name: str, home: _Place) -> str:
        return arn(home.account_id, home.region, f"source-server/{self._id(name, home)}")

    def _place(
        self, group: ServerGroupModel, number: int, home: _Place, staging: StagingArea
    ) -> SourceServer:
        state = self._simulation.state(home.account_id, home.region)
        server = self._server(group, number, home, staging, state)
        state.servers[server.id] = server
        return server

    def _server(
        self, group: ServerGroupModel, number: int, home: _Place, staging: StagingArea, state: RegionState
    ) -> SourceServer:
        changes = group.changes.get(number)
        name = group.server_name(number)
        machine = self._scenario.machines[(changes and changes.machine) or group.machine]
        now = self._simulation.clock.now()
        return SourceServer(
            id=self._id(name, home),
            arn=self._arn(name, home),
            ordinal=state.next_ordinal(),
            profile=_profile(group, number, name, machine),
            tags={"Name": name, **group.tags, **(changes.tags if changes else {})},
            replication_now=_replication((changes and changes.replication) or group.replication, now),
            launch_configuration=LaunchConfiguration(
                name=name,
                ec2_launch_template_id=self._simulation.ids.stable("lt-", home.account_id, home.region, name),
            ),
            staging_area=staging,
            added_at=now - _IN_SERVICE_FOR,
            protected_from=now - _IN_SERVICE_FOR,
            agent_version=_AGENT_VERSION,
            planned_failure=_failure((changes and changes.fail_launch) or group.fail_launch),
            status_checks=(changes and changes.status_checks) or group.status_checks,
        )


def _replication(model: ReplicationModel, now: datetime) -> Replication:
    return Replication(
        state=ReplicationState(model.state),
        lag=timedelta(minutes=model.lag_minutes),
        measured_at=now,
        backlog_bytes=int(model.backlog_gib * _GIB),
        error=model.error,
    )


_FAIL_WORDS = {
    "silent": LaunchFailure.SILENT,
    "skipped": LaunchFailure.SERVER_SKIPPED,
    "previous_snapshot": LaunchFailure.PREVIOUS_SNAPSHOT,
    "never_ends": LaunchFailure.NEVER_ENDS,
}


def _failure(model: FailLaunchModel | FailWord | None) -> PlannedFailure | None:
    if model is None:
        return None
    if isinstance(model, FailLaunchModel):
        return PlannedFailure(
            kind=LaunchFailure(model.event),
            raw_error=model.raw_error,
            attempt=model.attempt,
            most_attempts=model.most_attempts,
        )
    return PlannedFailure(kind=_FAIL_WORDS[model])


def _profile(group: ServerGroupModel, number: int, name: str, machine: MachineModel) -> ServerProfile:
    address = _address(group.subnet, number)
    return ServerProfile(
        hostname=name,
        fqdn=f"{name}.{group.domain}",
        os_family=OsFamily(machine.os),
        os_text=machine.os_text,
        cpu_cores=machine.cpu_cores,
        cpu_model=machine.cpu_model,
        ram_bytes=machine.ram_gib * _GIB,
        private_ip=address,
        mac_address="06:" + ":".join(f"{int(part):02x}" for part in address.split(".")) + ":01",
        recommended_instance_type=machine.instance_type,
        disks=tuple(Disk(device_name=disk.device, size_bytes=disk.gib * _GIB) for disk in machine.disks),
        vmware_uuid=str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{group.domain}")),
    )


def _address(subnet: str, number: int) -> str:
    """Return the address of a group's server: 240 to a network, then the networks that follow."""
    networks, host = divmod(number, _PER_NETWORK)
    first = int(ipaddress.IPv4Address(f"{subnet}.0"))
    return str(ipaddress.IPv4Address((first + networks * 256 + host + 10) % 2**32))
