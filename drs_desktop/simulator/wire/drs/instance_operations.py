"""Recovery instances."""

from drs_desktop.simulator.core import removing
from drs_desktop.simulator.wire.drs import job_shapes
from drs_desktop.simulator.wire.drs.operation import Operation, Request, listed
from drs_desktop.simulator.wire.drs.paging import page
from drs_desktop.simulator.wire.drs.shape import Shape


def describe_recovery_instances(request: Request) -> Shape:
    """List recovery instances with the state EC2 gives them."""
    ids, servers = request.ids("recoveryInstanceIDs"), request.ids("sourceServerIDs")
    view = request.view
    found = [
        instance
        for instance in view.instances()
        if (not ids or instance.id in ids) and (not servers or instance.source_server_id in servers)
    ]
    shown, token = page("DescribeRecoveryInstances", request.members, found, lambda one: one.ordinal)
    return listed([job_shapes.recovery_instance(view.instance(one)) for one in shown], token)


def disconnect_recovery_instance(request: Request) -> Shape:
    """Cut a recovery instance loose from the service."""
    removing.disconnect_recovery_instance(
        request.simulation, request.state, request.members["recoveryInstanceID"]
    )
    return {}


def delete_recovery_instance(request: Request) -> Shape:
    """Forget a recovery instance that was cut loose; EC2 keeps the machine."""
    removing.delete_recovery_instance(
        request.simulation, request.state, request.members["recoveryInstanceID"]
    )
    return {}


OPERATIONS: dict[str, Operation] = {
    "DescribeRecoveryInstances": describe_recovery_instances,
    "DisconnectRecoveryInstance": disconnect_recovery_instance,
    "DeleteRecoveryInstance": delete_recovery_instance,
}
