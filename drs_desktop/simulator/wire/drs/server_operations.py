"""Source servers and their points in time."""

from collections.abc import Callable

from drs_desktop.simulator.core import replicating
from drs_desktop.simulator.core.defaults import initialize
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import SourceServer
from drs_desktop.simulator.wire.drs import server_shapes
from drs_desktop.simulator.wire.drs.operation import Operation, Request, listed
from drs_desktop.simulator.wire.drs.paging import page
from drs_desktop.simulator.wire.drs.shape import Shape
from drs_desktop.simulator.wire.drs.times import parsed


def initialize_service(request: Request) -> None:
    """Initialise DRS here; repeating it changes nothing."""
    initialize(request.simulation, request.place)


def describe_source_servers(request: Request) -> Shape:
    """List source servers; unknown ids in the filter are simply absent."""
    state, view = request.state, request.view
    wanted, staging = request.ids("sourceServerIDs"), request.ids("stagingAccountIDs")
    hardware = request.filters.get("hardwareId")
    found = list(state.servers.values())  # in the order of their ordinals
    if wanted or staging or hardware:
        found = [
            server
            for server in found
            if (not wanted or server.id in wanted)
            and (not staging or server.staging_area.account_id in staging)
            and (not hardware or server.profile.vmware_uuid == hardware)
        ]
    shown, token = page("DescribeSourceServers", request.members, found, lambda server: server.ordinal)
    return listed([server_shapes.source_server(state, view.server(one), view.now) for one in shown], token)


def describe_recovery_snapshots(request: Request) -> Shape:
    """List the points in time of one server."""
    members, filters = request.members, request.filters
    snapshots = request.view.snapshots(request.state.server(members["sourceServerID"]))
    if after := filters.get("fromDateTime"):
        snapshots = [one for one in snapshots if one.expected_at >= parsed(after)]
    if before := filters.get("toDateTime"):
        snapshots = [one for one in snapshots if one.expected_at <= parsed(before)]
    sign = -1 if members.get("order") == "DESC" else 1
    shown, token = page(
        "DescribeRecoverySnapshots",
        members,
        snapshots[::sign],
        lambda snapshot: sign * int(snapshot.expected_at.timestamp()),
    )
    return listed([server_shapes.recovery_snapshot(one) for one in shown], token)


def start_replication(request: Request) -> Shape:
    """Begin the replication of a stopped server again."""
    return {"sourceServer": _changed(request, replicating.start_replication)}


def stop_replication(request: Request) -> Shape:
    """Stop the replication of a server and delete its points in time."""
    return {"sourceServer": _changed(request, replicating.stop_replication)}


def retry_data_replication(request: Request) -> Shape:
    """Let a stalled server try again."""
    return _changed(request, replicating.retry_data_replication)


def disconnect_source_server(request: Request) -> Shape:
    """Take a server out of the service."""
    return _changed(request, replicating.disconnect_source_server)


def delete_source_server(request: Request) -> None:
    """Forget a server that was taken out of the service."""
    replicating.delete_source_server(request.simulation, request.state, request.members["sourceServerID"])


def _changed(request: Request, change: Callable[[Simulation, RegionState, str], SourceServer]) -> Shape:
    server = change(request.simulation, request.state, request.members["sourceServerID"])
    view = request.view
    return server_shapes.source_server(request.state, view.server(server), view.now)


OPERATIONS: dict[str, Operation] = {
    "InitializeService": initialize_service,
    "DescribeSourceServers": describe_source_servers,
    "DescribeRecoverySnapshots": describe_recovery_snapshots,
    "StartReplication": start_replication,
    "StopReplication": stop_replication,
    "RetryDataReplication": retry_data_replication,
    "DisconnectSourceServer": disconnect_source_server,
    "DeleteSourceServer": delete_source_server,
}
