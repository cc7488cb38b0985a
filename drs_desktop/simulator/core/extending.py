"""Servers of a staging account in the target account: who may be extended, and the extension."""

from collections.abc import Mapping

from drs_desktop.simulator.core.errors import (
    AccessDeniedError,
    ResourceNotFoundError,
    ServiceQuotaError,
    ValidationError,
)
from drs_desktop.simulator.core.ids import arn
from drs_desktop.simulator.core.launch_configuration import LaunchConfiguration
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.right_sizing import make_template
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.source_server import SourceServer, StagingArea, StagingStatus


def extensible_servers(
    simulation: Simulation, state: RegionState, staging_account_id: str
) -> list[SourceServer]:
    """Return the servers of a staging account that are not extended into this account yet."""
    _require_trust(simulation, state, staging_account_id)
    extended = {server.staging_area.source_server_arn for server in state.servers.values()}
    staging = simulation.state(staging_account_id, state.region)
    return [
        server for server in staging.servers.values() if server.twin is None and server.arn not in extended
    ]


def create_extended_source_server(
    simulation: Simulation, state: RegionState, source_server_arn: str, tags: Mapping[str, str]
) -> SourceServer:
    """Make a server with an id and an ARN of its own here, linked to its twin in the staging account."""
    now = simulation.settle()
    _, _, _, region, account_id, resource = source_server_arn.split(":", 5)
    _require_trust(simulation, state, account_id)
    twin = simulation.state(account_id, region).servers.get(resource.partition("/")[2])
    if twin is None or region != state.region:
        raise ResourceNotFoundError("SourceServer", source_server_arn)
    if twin not in extensible_servers(simulation, state, account_id):
        text = f"{source_server_arn} is already extended into this account"
        raise ValidationError(text, fields=[("sourceServerArn", text)])
    if len(state.servers) >= state.quotas.source_servers:
        raise ServiceQuotaError(
            f"The number of source servers has reached the quota of {state.quotas.source_servers}.",
            quota_code="L-E28BE5E0",
            resource_type="source servers",
        )
    server = _extended(simulation, state, twin, dict(tags))
    server.added_at = now
    state.servers[server.id] = server
    make_template(simulation.compute, state, server)
    return server


def _extended(
    simulation: Simulation, state: RegionState, twin: SourceServer, tags: dict[str, str]
) -> SourceServer:
    place = (state.account_id, state.region)
    server_id = simulation.ids.fresh("s-")
    defaults = state.launch_defaults
    return SourceServer(
        id=server_id,
        arn=arn(*place, f"source-server/{server_id}"),
        ordinal=state.next_ordinal(),
        profile=twin.profile,
        tags=tags,
        replication_now=twin.replication,
        twin=twin,
        launch_configuration=LaunchConfiguration(
            name=twin.profile.hostname,
            ec2_launch_template_id=simulation.ids.stable("lt-", *place, server_id),
            **(defaults.settings() if defaults else {}),
        ),
        staging_area=StagingArea(
            status=StagingStatus.EXTENDED,
            account_id=twin.staging_area.account_id,
            source_server_arn=twin.arn,
        ),
        added_at=twin.added_at,
        agent_version=twin.agent_version,
    )


def _require_trust(simulation: Simulation, state: RegionState, staging_account_id: str) -> None:
    if staging_account_id not in simulation.staging_accounts.get(state.account_id, ()):
        raise AccessDeniedError(
            f"Account {staging_account_id} does not trust account {state.account_id} as a target account."
        )
