"""The drs backend: one per account and Region, each a view of the running simulation's state."""

from moto.core.base_backend import BackendDict, BaseBackend

from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation

_running: list[Simulation] = []


def attach(simulation: Simulation) -> None:
    """Let the drs backends show this simulation; moto's state is global, so there is one per process."""
    if _running:
        raise RuntimeError("a simulator is already running in this process")
    _running.append(simulation)


def detach() -> None:
    """Let the drs backends show nothing any more."""
    _running.clear()


class DRSBackend(BaseBackend):
    """DRS in one account and Region."""

    @property
    def simulation(self) -> Simulation:
        """Return the running simulation."""
        return _running[0]

    @property
    def state(self) -> RegionState:
        """Return the state of this account and Region."""
        return self.simulation.state(self.account_id, self.region_name)


drs_backends = BackendDict(DRSBackend, "drs")
