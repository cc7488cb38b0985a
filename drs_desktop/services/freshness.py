"""How old what is shown of an execution is, and what keeps it from being newer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drs_desktop.domain.execution import AttemptStatus, Execution
from drs_desktop.domain.ids import Scope
from drs_desktop.engine.job_watcher import ScopeHealth


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """When AWS was last seen, a service time, and why it cannot be seen now; both empty where unknown."""

    observed_at: datetime | None = None
    problem: str = ""


def freshness(state: Execution, health_of: Callable[[Scope], ScopeHealth | None]) -> Freshness:
    """Return how fresh an execution's view is: as old as the oldest of what is in flight.

    Accounts and Regions in which nothing is in flight are not watched; they make nothing older.
    """
    in_flight = {a.key.scope for a in state.attempts if a.status is AttemptStatus.ACCEPTED}
    scopes = in_flight or {server.key.scope for server in state.servers}
    healths = [health for scope in sorted(scopes) if (health := health_of(scope))]
    seen = [health.observed_at for health in healths if health.observed_at]
    if not in_flight:
        return Freshness(observed_at=max(seen, default=None))
    problem = next((health.problem for health in healths if health.problem), "")
    return Freshness(observed_at=min(seen, default=None), problem=problem)
