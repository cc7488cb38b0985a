"""Initialising an account and Region, and changing its launch configuration template."""

from dataclasses import replace
from typing import Any

from drs_desktop.simulator.core.errors import ResourceNotFoundError, ServiceQuotaError
from drs_desktop.simulator.core.ids import arn
from drs_desktop.simulator.core.launch_defaults import LaunchDefaults
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.replication_configuration import replication_defaults
from drs_desktop.simulator.core.simulation import Simulation

_MOST_LAUNCH_TEMPLATES = 1


def initialize(simulation: Simulation, state: RegionState) -> None:
    """Initialise DRS here with its default templates; repeating it changes nothing."""
    if state.is_initialized:
        return
    state.is_initialized = True
    template_id = simulation.ids.stable("lct-", state.account_id, state.region)
    state.launch_defaults = LaunchDefaults(id=template_id, arn=_arn(state, template_id))
    state.replication_defaults = replication_defaults(simulation.ids, state.account_id, state.region)


def create_launch_defaults(
    simulation: Simulation, state: RegionState, tags: dict[str, str], settings: dict[str, Any]
) -> LaunchDefaults:
    """Make the account's template; there is at most one."""
    if state.launch_defaults is not None:
        raise ServiceQuotaError(
            "The number of launch configuration templates has reached the quota of"
            f" {_MOST_LAUNCH_TEMPLATES}.",
            quota_code="L-1F3FAE4D",
            resource_type="launch configuration templates",
        )
    template_id = simulation.ids.fresh("lct-")
    made = LaunchDefaults(
        id=template_id,
        arn=_arn(state, template_id),
        tags=tags,
        **settings,
    )
    state.launch_defaults = made
    return made


def update_launch_defaults(state: RegionState, template_id: str, settings: dict[str, Any]) -> LaunchDefaults:
    """Change the settings that are named; servers already here keep theirs."""
    changed = replace(known_launch_defaults(state, template_id), **settings)
    state.launch_defaults = changed
    return changed


def delete_launch_defaults(state: RegionState, template_id: str) -> None:
    """Remove the account's template."""
    known_launch_defaults(state, template_id)
    state.launch_defaults = None


def known_launch_defaults(state: RegionState, template_id: str) -> LaunchDefaults:
    """Return the account's template by its id."""
    found = state.launch_defaults
    if found is None or found.id != template_id:
        raise ResourceNotFoundError("LaunchConfigurationTemplate", template_id)
    return found


def _arn(state: RegionState, template_id: str) -> str:
    return arn(state.account_id, state.region, f"launch-configuration-template/{template_id}")
