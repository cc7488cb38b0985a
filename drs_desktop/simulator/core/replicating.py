"""StartReplication, StopReplication, RetryDataReplication, and taking a source server out of the service.

The words of the refusals and the lengths of the phases are assumptions.
"""

from datetime import datetime, timedelta
from functools import partial

from drs_desktop.simulator.core.errors import ConflictError, ValidationError
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.replication import Replication, ReplicationState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import SourceServer

_INITIATION = timedelta(minutes=10)
_SYNC_PER_GIB = timedelta(seconds=20)
_FIRST_SNAPSHOT = timedelta(minutes=5)
_RESCAN = timedelta(minutes=15)
_GIB = 1024**3


def start_replication(simulation: Simulation, state: RegionState, server_id: str) -> SourceServer:
    """Begin replication again, from nothing; a server that replicates already goes on."""
    now = simulation.settle()
    server = _own(state.server(server_id))
    if server.replication.state is ReplicationState.DISCONNECTED:
        raise ConflictError(f"Source server {server.id} is disconnected from the service.")
    if server.replication.state is ReplicationState.STOPPED:
        _follow(simulation, server, now, _from_nothing(server))
    return server


def stop_replication(simulation: Simulation, state: RegionState, server_id: str) -> SourceServer:
    """Stop replication; every point in time of the server is deleted."""
    now = simulation.settle()
    server = _own(state.server(server_id))
    if server.replication.state is ReplicationState.DISCONNECTED:
        raise ConflictError(f"Source server {server.id} is disconnected from the service.")
    _refuse_busy(server)
    server.replicate(Replication(state=ReplicationState.STOPPED, measured_at=now))
    server.protected_from = None
    return server


def retry_data_replication(simulation: Simulation, state: RegionState, server_id: str) -> SourceServer:
    """Let a stalled server look at its disks again (the operation is deprecated)."""
    now = simulation.settle()
    server = _own(state.server(server_id))
    if server.replication.state is ReplicationState.DISCONNECTED:
        raise ValidationError(f"Source server {server.id} is disconnected from the service.", reason="other")
    if server.replication.state is ReplicationState.STALLED:
        _follow(simulation, server, now, [(ReplicationState.RESCAN, _RESCAN)])
    return server


def disconnect_source_server(simulation: Simulation, state: RegionState, server_id: str) -> SourceServer:
    """Take the agent out of the service; refused while the server has a recovery instance."""
    now = simulation.settle()
    server = state.server(server_id)
    _refuse_busy(server)
    if server.recovery_instance_id is not None:
        raise ConflictError(
            f"Source server {server.id} has a recovery instance, {server.recovery_instance_id}."
        )
    lag = server.replication.lag_at(now)
    server.twin = None
    server.replicate(Replication(state=ReplicationState.DISCONNECTED, lag=lag, measured_at=now))
    server.protected_from = None
    return server


def delete_source_server(simulation: Simulation, state: RegionState, server_id: str) -> None:
    """Forget a source server that was disconnected; its EC2 launch template stays (uncertain)."""
    simulation.settle()
    server = state.server(server_id)
    _refuse_busy(server)
    if server.replication.state is not ReplicationState.DISCONNECTED:
        raise ConflictError(f"Source server {server.id} must be disconnected before it is deleted.")
    del state.servers[server.id]


def _own(server: SourceServer) -> SourceServer:
    """Return a server that replicates here; an extended one is driven from its staging account."""
    if server.twin is not None:
        raise ConflictError(f"Source server {server.id} replicates in its staging account.")
    return server


def _refuse_busy(server: SourceServer) -> None:
    if server.active_job_id is not None:
        raise ConflictError(f"Source server {server.id} is currently being processed by a Job")


def _from_nothing(server: SourceServer) -> list[tuple[ReplicationState, timedelta]]:
    size = sum(disk.size_bytes for disk in server.profile.disks)
    return [
        (ReplicationState.INITIATING, _INITIATION),
        (ReplicationState.INITIAL_SYNC, _SYNC_PER_GIB * (size / _GIB)),
        (ReplicationState.CREATING_SNAPSHOT, _FIRST_SNAPSHOT),
    ]


def _follow(
    simulation: Simulation,
    server: SourceServer,
    now: datetime,
    phases: list[tuple[ReplicationState, timedelta]],
) -> None:
    """Go through the phases one after the other and end CONTINUOUS, unless something else happens."""
    epoch = server.replicate(_phase(phases[0], now))
    at = now
    for (_, length), coming in zip(phases, [*phases[1:], None], strict=True):
        at += length
        simulation.queue_change(at, partial(_begin, server, epoch, at, coming))


def _begin(
    server: SourceServer, epoch: int, at: datetime, phase: tuple[ReplicationState, timedelta] | None
) -> None:
    """Begin a phase, or the end of all phases, unless the replication was changed otherwise since."""
    if server.replication_epoch != epoch:
        return
    server.replication_now = _phase(phase, at) if phase else Replication(measured_at=at)
    if phase is None and server.protected_from is None:
        server.protected_from = at


def _phase(phase: tuple[ReplicationState, timedelta], at: datetime) -> Replication:
    state, length = phase
    return Replication(state=state, measured_at=at, phase_length=length)
