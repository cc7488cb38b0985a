"""Which launch template a launch follows, and what right-sizing makes of it."""

from dataclasses import replace

from drs_desktop.simulator.core.compute import Compute, ComputeError
from drs_desktop.simulator.core.launch_template import NAME_PREFIX, LaunchTemplate
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.source_server import SourceServer

_NO_RIGHT_SIZING = "NONE"
_NO_TYPE = (
    "An error occurred (MissingParameter) when calling the RunInstances operation:"
    " The request must contain the parameter InstanceType"
)


def make_template(compute: Compute, state: RegionState, server: SourceServer) -> None:
    """Make the template that DRS makes for every source server."""
    compute.make_template(
        state.account_id,
        state.region,
        server.launch_configuration.ec2_launch_template_id,
        NAME_PREFIX + server.id,
        server.profile.recommended_instance_type,
    )


def settled_template(compute: Compute, state: RegionState, server: SourceServer) -> LaunchTemplate:
    """Return what a launch of this server follows, or raise ComputeError when no instance type is known.

    A template that somebody deleted is made again with defaults. Right-sizing writes the recommended type
    into a new default version, so that EC2 shows what is launched.
    """
    settings = server.launch_configuration
    place = (state.account_id, state.region, settings.ec2_launch_template_id)
    found = compute.template(*place)
    if found is None:
        make_template(compute, state, server)
        found = LaunchTemplate(instance_type=server.profile.recommended_instance_type)
    if settings.right_sizing_method != _NO_RIGHT_SIZING:
        recommended = server.profile.recommended_instance_type
        if found.instance_type != recommended:
            compute.set_instance_type(*place, recommended)
        return replace(found, instance_type=recommended)
    if not found.instance_type:
        raise ComputeError(_NO_TYPE)
    return found
