"""What AWS really made of the calls of the consoles, held against the rules; no journal is believed.

A journal only tells which execution, part and decision an intent was committed for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drs_desktop.domain.execution import Attempt, AttemptStatus, Execution
from drs_desktop.domain.ids import ExecutionId, IntentId, RecoveryInstanceId, SourceServerId
from drs_desktop.domain.start_recovery import TAG_PREFIX
from drs_desktop.simulator.core.recovery_instance import ec2_instance_state
from drs_desktop.simulator.core.region import RegionState
from drs_desktop.simulator.core.simulation import Simulation
from tests.helpers.start_rounds import Rounds

NO_JOB = frozenset({AttemptStatus.NOT_STARTED, AttemptStatus.NOT_SENT, AttemptStatus.REFUSED})
_GONE = frozenset({"NOT_FOUND", "TERMINATED"})
_ATTEMPT_TAGS = tuple(TAG_PREFIX + name for name in ("execution", "wave", "part", "attempt"))


@dataclass(frozen=True)
class AwsTruth:
    """One look at it.

    Attributes:
        made: by intent, the jobs that AWS made of its calls.
        states: the executions, for whose they are.
    """

    simulation: Simulation
    made: Mapping[IntentId, Sequence[str]]
    states: Mapping[ExecutionId, Execution]
    rounds: Rounds

    def jobs_of(self, execution: Execution) -> frozenset[str]:
        """Return the jobs that this execution's own calls made."""
        return frozenset(job for a in execution.attempts for job in self.made.get(a.intent_id, ()))

    def execution_of(self, intent_id: IntentId) -> Execution | None:
        """Return the execution that committed an intent, to start or to terminate."""
        for state in self.states.values():
            if any(intent_id == one.intent_id for one in (*state.attempts, *state.termination_batches)):
                return state
        return None

    # ---- jobs

    def wrong_jobs(self) -> list[str]:
        """Return what is wrong with the jobs there are, by our calls and by the tags they carry."""
        found = [f"I-01: {intent} made {jobs}" for intent, jobs in self.made.items() if len(jobs) > 1]
        for state in self.states.values():
            found += self._wrong_decisions(state)
            for attempt in state.attempts:
                found += self._wrong_attempt(state, attempt)
        return [*found, *self._wrong_tags()]

    def _wrong_decisions(self, state: Execution) -> Iterator[str]:
        """A part is started once for each decision, under however many intents."""
        by_decision: dict[Any, list[str]] = {}
        for attempt in state.attempts:
            jobs = self.made.get(attempt.intent_id, ())
            by_decision.setdefault(self.rounds.of(attempt), []).extend(jobs)
        for (part, _), jobs in by_decision.items():
            if len(jobs) > 1:
                yield f"I-01: {part} of {state.execution_id} has {jobs}, all for one decision"

    def _wrong_attempt(self, state: Execution, attempt: Attempt) -> Iterator[str]:
        jobs = self.made.get(attempt.intent_id, ())
        if jobs and attempt.status in NO_JOB:
            yield f"I-01: {attempt.key} is {attempt.status}, but AWS made {jobs}"
        same = [a.intent_id for a in state.attempts if a.key.part == attempt.key.part]
        own = [job for intent in same for job in self.made.get(intent, ())]
        if attempt.job_id is not None and attempt.job_id not in own:
            yield f"I-01: {attempt.key} follows {attempt.job_id}, which is not its own {own}"

    def _wrong_tags(self) -> Iterator[str]:
        ours = {job for jobs in self.made.values() for job in jobs}
        intents = {attempt.intent_id for state in self.states.values() for attempt in state.attempts}
        tagged = [job for job in self._jobs() if job.tags.get(TAG_PREFIX + "intent") in intents]
        for job in tagged:
            if job.id not in ours:
                yield f"I-01: {job.id} carries the tags of an intent whose call did not make it"
        per_attempt = Counter((job.account_id, job.region, *_attempt_tags(job.tags)) for job in tagged)
        for attempt, count in per_attempt.items():
            if count > 1:
                yield f"I-01: {count} jobs carry the tags of one attempt: {attempt}"

    def _jobs(self) -> Iterable[Any]:
        return (job for state in self.simulation.states() for job in state.jobs.values())

    # ---- instances

    def wrong_start(
        self, intent_id: IntentId, servers: Sequence[SourceServerId], place: RegionState
    ) -> list[str]:
        """Return what a start that arrives now would delete of what its own execution launched (I-33)."""
        execution = self.execution_of(intent_id)
        own = self.jobs_of(execution) if execution else frozenset()
        return [
            f"I-33: {intent_id} starts {instance.source_server_id} again, whose {instance.id} lives"
            for instance in place.instances.values()
            if instance.source_server_id in servers
            and instance.job_id in own
            and self._lives(place, instance.id)
        ]

    def _lives(self, place: RegionState, instance_id: str) -> bool:
        compute = self.simulation.compute
        return ec2_instance_state(compute, place.account_id, place.region, instance_id) not in _GONE

    def wrong_termination(
        self, intent_id: IntentId, instance_ids: Sequence[RecoveryInstanceId], place: RegionState
    ) -> list[str]:
        """Return what a termination would take that this very execution did not launch (I-07)."""
        execution = self.execution_of(intent_id)
        own = self.jobs_of(execution) if execution else frozenset()
        found = [place.instances[one] for one in instance_ids if one in place.instances]
        return [
            f"I-07: {instance.id} was launched by {instance.job_id}, not by this execution"
            for instance in found
            if instance.job_id not in own
        ]


def _attempt_tags(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(tags.get(name, "") for name in _ATTEMPT_TAGS)
