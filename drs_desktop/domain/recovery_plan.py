"""Recovery plans: protection groups in waves that follow each other."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter

from drs_desktop.domain.ids import GroupId, PlanId, ServerKey
from drs_desktop.domain.steps import StepSpec, step_problem


class FailurePolicy(StrEnum):
    """What happens after a wave in which a critical server failed."""

    ASK = "ask"
    """Hold what follows and ask a person; without a window it means stop."""
    STOP = "stop"
    CONTINUE = "continue"


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One step of a plan.

    Attributes:
        number: counts from 1, unique in the plan.
        depends_on: numbers of earlier waves; None means the one before, empty means start at once.
        pause_before: wait for a person before this wave; the first wave may pause too.
        instruction: what the person should do or check during that pause.
    """

    number: int
    name: str
    group_ids: tuple[GroupId, ...]
    description: str = ""
    depends_on: tuple[int, ...] | None = None
    pause_before: bool = False
    instruction: str = ""
    failure_policy: FailurePolicy = FailurePolicy.ASK
    success_threshold: float = 1.0
    """The share of critical servers that must come up for the wave to count as a success."""
    time_limit: timedelta | None = None
    """How long the wave may take; over it a person is asked, or the failure policy followed."""
    steps_before: tuple[StepSpec, ...] = ()
    steps_after: tuple[StepSpec, ...] = ()
    optional_servers: frozenset[ServerKey] = field(default_factory=frozenset)


@dataclass(frozen=True, kw_only=True)
class RecoveryPlan:
    """What an operator runs: waves over protection groups.

    Attributes:
        owner: who answers for the plan, as people write it.
        recovery_time: the RTO: how long a recovery may take, first call to last healthy server.
        recovery_point: the RPO: how much data, in time, may be lost.
    """

    plan_id: PlanId
    name: str
    description: str = ""
    waves: tuple[Wave, ...]
    owner: str = ""
    notes: str = ""
    recovery_time: timedelta | None = None
    recovery_point: timedelta | None = None
    revision: int = 1

    def predecessors(self, wave: Wave) -> tuple[int, ...]:
        """Return the numbers of the waves that must end before this one may start."""
        if wave.depends_on is not None:
            return wave.depends_on
        earlier = [other.number for other in self.waves if other.number < wave.number]
        return (max(earlier),) if earlier else ()


def plan_problems(plan: RecoveryPlan) -> tuple[str, ...]:
    """Return what is wrong with the plan as written, a sentence each; an empty tuple means it can run."""
    problems: list[str] = []
    numbers = [wave.number for wave in plan.waves]
    if not numbers:
        problems.append(f"Plan {plan.name} has no wave.")
    if len(set(numbers)) != len(numbers):
        problems.append(f"Plan {plan.name} uses a wave number twice.")
    for wave in plan.waves:
        if not wave.group_ids:
            problems.append(f"Wave {wave.number} ({wave.name}) has no protection group.")
        problems += [
            f"Wave {wave.number} ({wave.name}) depends on wave {number}, which does not exist."
            for number in plan.predecessors(wave)
            if number not in numbers
        ]
        problems += _wave_problems(wave)
    problems += _target_problems(plan)
    if cycle := _cycle(plan):
        problems.append(f"The waves wait for each other in a circle: {cycle}.")
    groups = [group_id for wave in plan.waves for group_id in wave.group_ids]
    problems += [
        f"Group {group_id} stands in more than one wave."
        for group_id in sorted(set(groups))
        if groups.count(group_id) > 1
    ]
    return tuple(problems)


def _wave_problems(wave: Wave) -> list[str]:
    name = f"Wave {wave.number} ({wave.name})"
    problems = [
        f"{name}: {problem}"
        for spec in (*wave.steps_before, *wave.steps_after)
        if (problem := step_problem(spec))
    ]
    if not 0 < wave.success_threshold <= 1:
        problems.append(f"{name} has a success threshold that is no share between 0 and 1.")
    if wave.time_limit is not None and wave.time_limit <= timedelta(0):
        problems.append(f"{name} has a time limit that is over before it began.")
    return problems


def _target_problems(plan: RecoveryPlan) -> list[str]:
    targets = (("recovery time (RTO)", plan.recovery_time), ("recovery point (RPO)", plan.recovery_point))
    return [
        f"Plan {plan.name} has a target for the {what} that is not more than nothing."
        for what, target in targets
        if target is not None and target <= timedelta(0)
    ]


def _cycle(plan: RecoveryPlan) -> str:
    """Return the circle in words, each wave waiting for the next one named, or an empty string."""
    graph = {wave.number: set(plan.predecessors(wave)) for wave in plan.waves}
    names = {wave.number: f"wave {wave.number} ({wave.name})" for wave in plan.waves}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = reversed(error.args[1])  # graphlib names each before what waits for it
        return " waits for ".join(names.get(number, f"wave {number}") for number in circle)
    return ""
