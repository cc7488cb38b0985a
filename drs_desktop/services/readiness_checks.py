"""Checks before a start that look at this console itself: its executions, and how long its sign-in lasts."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta

from drs_desktop.domain.execution import Execution
from drs_desktop.domain.ids import ServerKey
from drs_desktop.domain.job import ENDED_LAUNCH_STATUSES
from drs_desktop.domain.plan_forecast import expected_length
from drs_desktop.domain.readiness import Check, Level, PlanFacts, ReadinessFinding
from drs_desktop.domain.readiness_finding import all_servers, some
from drs_desktop.engine.states import StateCache
from drs_desktop.services.plan_service import PlanService


class OverlapCheck:
    """Whether another live execution holds servers of the plan."""

    def __init__(self, plans: PlanService, states: StateCache) -> None:
        self._plans = plans
        self._states = states

    async def findings(self, facts: PlanFacts) -> Sequence[ReadinessFinding]:
        """Return a failure for each live execution of another plan that is still to launch its servers."""
        live = await self._plans.live_executions()
        others = [await self._states.get(one) for name, one in live.items() if name != facts.plan.name]
        wanted = {server.key: server.name for server in all_servers(facts.waves)}
        found = [(state, [wanted[key] for key in held_servers(state) if key in wanted]) for state in others]
        return [_overlap(state, names) for state, names in found if names]


def held_servers(state: Execution) -> Iterable[ServerKey]:
    """Return the servers that an execution is still to launch, or is launching."""
    for wave in state.waves:
        if not wave.is_ended:
            for server in wave.servers.values():
                if server.launch_status not in ENDED_LAUNCH_STATUSES:
                    yield server.key


def _overlap(state: Execution, names: Sequence[str]) -> ReadinessFinding:
    return ReadinessFinding(
        level=Level.FAILED,
        text=f"Execution {state.execution_id} of plan {state.plan_name} holds {some(sorted(names))}.",
        fix="End it first: a second launch would delete what the first one made.",
        check=Check.OVERLAP,
    )


class SessionCheck:
    """Whether the sign-in lasts for as long as the plan may take."""

    def __init__(self, warning_before: Callable[[timedelta], Awaitable[str | None]]) -> None:
        """Take what says whether the sign-in ends before something that takes so long."""
        self._warning_before = warning_before

    async def findings(self, facts: PlanFacts) -> Sequence[ReadinessFinding]:
        """Return a warning where the sign-in may end first; what has been started goes on all the same."""
        planned = expected_length(facts.waves, facts.servers).longest
        text = await self._warning_before(planned)
        return [ReadinessFinding(level=Level.WARNING, text=text, check=Check.SESSION)] if text else []
