"""Account-wide templates, and the replication settings of a server."""

from typing import Any

from drs_desktop.simulator.core.defaults import (
    create_launch_defaults,
    delete_launch_defaults,
    known_launch_defaults,
    update_launch_defaults,
)
from drs_desktop.simulator.core.errors import ResourceNotFoundError
from drs_desktop.simulator.core.replication_configuration import ReplicationDefaults
from drs_desktop.simulator.core.tagging import check_tags
from drs_desktop.simulator.wire.drs import configuration_shapes
from drs_desktop.simulator.wire.drs.launch_operations import changes
from drs_desktop.simulator.wire.drs.operation import Operation, Request, listed
from drs_desktop.simulator.wire.drs.paging import page
from drs_desktop.simulator.wire.drs.shape import Shape


def describe_launch_configuration_templates(request: Request) -> Shape:
    """List the account's template, or the one that is asked for by its id."""
    state = request.state
    wanted = request.members.get("launchConfigurationTemplateIDs") or ()
    for one in wanted:
        known_launch_defaults(state, one)
    found = [state.launch_defaults] if state.launch_defaults else []
    shown, token = page("DescribeLaunchConfigurationTemplates", request.members, found, lambda _: 0)
    return listed([configuration_shapes.launch_configuration_template(one) for one in shown], token)


def create_launch_configuration_template(request: Request) -> Shape:
    """Make the account's template."""
    tags = dict(request.members.get("tags") or {})
    check_tags(tags)
    made = create_launch_defaults(request.simulation, request.state, tags, _settings(request))
    return {"launchConfigurationTemplate": configuration_shapes.launch_configuration_template(made)}


def update_launch_configuration_template(request: Request) -> Shape:
    """Change the settings of the account's template that are named."""
    template_id = request.members["launchConfigurationTemplateID"]
    changed = update_launch_defaults(request.state, template_id, _settings(request))
    return {"launchConfigurationTemplate": configuration_shapes.launch_configuration_template(changed)}


def delete_launch_configuration_template(request: Request) -> None:
    """Remove the account's template."""
    delete_launch_defaults(request.state, request.members["launchConfigurationTemplateID"])


def describe_replication_configuration_templates(request: Request) -> Shape:
    """List the account's template, or the one that is asked for by its id."""
    template = _replication_defaults(request)
    for one in request.members.get("replicationConfigurationTemplateIDs") or ():
        if one != template.id:
            raise ResourceNotFoundError("ReplicationConfigurationTemplate", one)
    shown, token = page("DescribeReplicationConfigurationTemplates", request.members, [template], lambda _: 0)
    return listed([configuration_shapes.replication_configuration_template(one) for one in shown], token)


def get_replication_configuration(request: Request) -> Shape:
    """Tell the replication settings of a server."""
    server = request.state.server(request.members["sourceServerID"])
    return configuration_shapes.replication_configuration(server, _replication_defaults(request))


def _replication_defaults(request: Request) -> ReplicationDefaults:
    template = request.state.replication_defaults
    assert template is not None, "an initialised Region has a replication configuration template"
    return template


def _settings(request: Request) -> dict[str, Any]:
    members = request.members
    settings = {name: value for name, value in changes(members).items() if name != "name"}
    if (bucket := members.get("exportBucketArn")) is not None:
        settings["export_bucket_arn"] = bucket
    if (into := members.get("launchIntoSourceInstance")) is not None:
        settings["launch_into_source_instance"] = into
    return settings


OPERATIONS: dict[str, Operation] = {
    "DescribeLaunchConfigurationTemplates": describe_launch_configuration_templates,
    "CreateLaunchConfigurationTemplate": create_launch_configuration_template,
    "UpdateLaunchConfigurationTemplate": update_launch_configuration_template,
    "DeleteLaunchConfigurationTemplate": delete_launch_configuration_template,
    "DescribeReplicationConfigurationTemplates": describe_replication_configuration_templates,
    "GetReplicationConfiguration": get_replication_configuration,
}
