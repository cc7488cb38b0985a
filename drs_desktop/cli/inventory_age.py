"""How old the servers are that a command speaks of: told on standard error, and in JSON."""

from typing import Any

from drs_desktop.cli.authoring_words import scope_json, scope_line
from drs_desktop.cli.invocation import Invocation
from drs_desktop.services.api import Services
from drs_desktop.services.views import InventoryView


def tell_age(call: Invocation, inventory: InventoryView) -> None:
    """Tell of each account and Region that could not be read, or was read a while ago."""
    for state in inventory.scopes:
        if not state.is_ok or state.is_old:
            call.warn(scope_line(state))


async def told_scopes(call: Invocation, services: Services) -> list[dict[str, Any]]:
    """Tell how old what was just listed is, asking nothing of AWS; return the same for JSON."""
    inventory = await services.inventory.known()
    tell_age(call, inventory)
    return [scope_json(state) for state in inventory.scopes]
