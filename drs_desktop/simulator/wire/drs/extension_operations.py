"""Staging accounts, extended servers, and lists of what this simulator has none of."""

from drs_desktop.simulator.core.defaults import known_launch_defaults
from drs_desktop.simulator.core.extending import create_extended_source_server as extend
from drs_desktop.simulator.core.extending import extensible_servers
from drs_desktop.simulator.core.tagging import check_tags
from drs_desktop.simulator.wire.drs import server_shapes
from drs_desktop.simulator.wire.drs.operation import Operation, Request, listed
from drs_desktop.simulator.wire.drs.paging import page
from drs_desktop.simulator.wire.drs.shape import Shape

_MOST_ACCOUNTS = 50
_MOST_SERVERS = 300


def list_staging_accounts(request: Request) -> Shape:
    """List the accounts whose servers may be extended into this one."""
    accounts = request.simulation.staging_accounts.get(request.state.account_id, ())
    shown, token = page("ListStagingAccounts", request.members, accounts, int, most=_MOST_ACCOUNTS)
    return listed([{"accountID": one} for one in shown], token, under="accounts")


def list_extensible_source_servers(request: Request) -> Shape:
    """List the servers of a staging account that are not extended yet."""
    found = extensible_servers(request.simulation, request.state, request.members["stagingAccountID"])
    shown, token = page(
        "ListExtensibleSourceServers",
        request.members,
        found,
        lambda server: server.ordinal,
        most=_MOST_SERVERS,
    )
    return listed([server_shapes.staging_source_server(one) for one in shown], token)


def create_extended_source_server(request: Request) -> Shape:
    """Extend a server of a staging account into this one."""
    tags = request.members.get("tags") or {}
    check_tags(tags)
    made = extend(request.simulation, request.state, request.members["sourceServerArn"], tags)
    view = request.view
    return {"sourceServer": server_shapes.source_server(request.state, view.server(made), view.now)}


def list_launch_actions(request: Request) -> Shape:
    """List the launch actions of a server or template; none can be put yet."""
    resource_id = request.members["resourceId"]
    if resource_id.startswith("lct-"):
        known_launch_defaults(request.state, resource_id)
    else:
        request.state.server(resource_id)
    return _nothing("ListLaunchActions", request)


def describe_source_networks(request: Request) -> Shape:
    """List source networks; none can be made yet."""
    request.place.require_initialized()
    return _nothing("DescribeSourceNetworks", request)


def _nothing(operation: str, request: Request) -> Shape:
    """Return an empty list; a token that cannot be read is refused as by every list."""
    none: list[int] = []
    return listed([], page(operation, request.members, none, int)[1])


OPERATIONS: dict[str, Operation] = {
    "ListStagingAccounts": list_staging_accounts,
    "ListExtensibleSourceServers": list_extensible_source_servers,
    "CreateExtendedSourceServer": create_extended_source_server,
    "ListLaunchActions": list_launch_actions,
    "DescribeSourceNetworks": describe_source_networks,
}
