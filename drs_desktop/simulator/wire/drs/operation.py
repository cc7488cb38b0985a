"""What every drs operation gets: the running simulation, the caller's account and Region, the members."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from drs_desktop.simulator.core.access import Principal
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation
from drs_desktop.simulator.core.views import View
from drs_desktop.simulator.wire.drs.shape import Shape, present


@dataclass(frozen=True, kw_only=True)
class Request:
    """A checked request."""

    simulation: Simulation
    place: RegionState
    """The caller's account and Region, initialised or not."""
    members: Mapping[str, Any]
    caller: Principal | None = None
    """In whose name DRS calls EC2; None may do everything."""

    @property
    def state(self) -> RegionState:
        """Return the state of the caller's account and Region, if it was initialised."""
        self.place.require_initialized()
        return self.place

    @property
    def filters(self) -> Mapping[str, Any]:
        """Return the member `filters`, if any."""
        filters: Mapping[str, Any] = self.members.get("filters") or {}
        return filters

    @property
    def view(self) -> View:
        """Return what reads show at this moment."""
        return View(self.simulation, self.state)

    def ids(self, member: str) -> set[str]:
        """Return a filter's list of ids; an empty one chooses everything."""
        return set(self.filters.get(member) or ())


Operation = Callable[[Request], Shape | None]


def listed(items: list[Shape], token: str | None, *, under: str = "items") -> Shape:
    """Return a page of a list."""
    return present({under: items, "nextToken": token})
