"""How servers are launched: the settings of each."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drs_desktop.simulator.core.launch_configuration import LaunchDisposition, RecoveryMode
from drs_desktop.simulator.wire.drs import server_shapes
from drs_desktop.simulator.wire.drs.operation import Operation, Request
from drs_desktop.simulator.wire.drs.shape import Shape

_PLAIN = {
    "name": "name",
    "targetInstanceTypeRightSizingMethod": "right_sizing_method",
    "copyPrivateIp": "copy_private_ip",
    "copyTags": "copy_tags",
    "postLaunchEnabled": "post_launch_enabled",
}


def get_launch_configuration(request: Request) -> Shape:
    """Tell the launch settings of a server."""
    server = request.state.server(request.members["sourceServerID"])
    return server_shapes.launch_configuration(server.id, server.launch_configuration)


def update_launch_configuration(request: Request) -> Shape:
    """Change the settings that are named; the others stay. The launch template gets a version for it."""
    state = request.state
    server = state.server(request.members["sourceServerID"])
    server.launch_configuration = replace(server.launch_configuration, **changes(request.members))
    template_id = server.launch_configuration.ec2_launch_template_id
    request.simulation.compute.renew_template(state.account_id, state.region, template_id)
    return get_launch_configuration(request)


def changes(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the core's names and values of the settings that a request names."""
    found = {ours: members[theirs] for theirs, ours in _PLAIN.items() if members.get(theirs) is not None}
    if disposition := members.get("launchDisposition"):
        found["launch_disposition"] = LaunchDisposition(disposition)
    if mode := members.get("recoveryMode"):
        found["recovery_mode"] = RecoveryMode(mode)
    if (licensing := members.get("licensing")) is not None and "osByol" in licensing:
        found["os_byol"] = licensing["osByol"]
    if (into := members.get("launchIntoInstanceProperties")) is not None:
        found["launch_into_ec2_instance_id"] = into.get("launchIntoEC2InstanceID")
    return found


OPERATIONS: dict[str, Operation] = {
    "GetLaunchConfiguration": get_launch_configuration,
    "UpdateLaunchConfiguration": update_launch_configuration,
}
