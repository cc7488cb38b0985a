"""Which decision to start a part an attempt belongs to: what counts as one attempt, whatever its number."""

from collections import Counter

from drs_desktop.domain.execution import Attempt, Execution, WaveExecution
from drs_desktop.domain.ids import ExecutionId, IntentId, JobId
from drs_desktop.domain.start_recovery import PartKey


class Rounds:
    """Tells which decision an attempt belongs to: the first start of a part, or a wish to start it anew.

    However often an attempt is repeated under new numbers, one decision makes one job.
    """

    def __init__(self) -> None:
        self._number: Counter[tuple[ExecutionId, PartKey]] = Counter()
        self._of: dict[IntentId, int] = {}

    def take(self, before: Execution | None, after: Execution) -> None:
        """Count the wishes that an event brought, and remember under which one an attempt was armed."""
        if before is None:
            return
        for old, new in zip(before.waves, after.waves, strict=True):
            if old.servers is not new.servers:
                self._count_wishes(after, old, new)
            if old.attempts is not new.attempts:
                for attempt in new.attempts.values():
                    self._of.setdefault(attempt.intent_id, self._number[after.execution_id, attempt.key.part])

    def _count_wishes(self, after: Execution, old: WaveExecution, new: WaveExecution) -> None:
        for part in new.parts:
            wished = any(
                new.servers[key].is_retry_due > old.servers[key].is_retry_due for key in part.servers
            )
            self._number[after.execution_id, part.key] += wished

    def of(self, attempt: Attempt) -> tuple[PartKey, int]:
        """Return the decision behind an attempt."""
        return attempt.key.part, self._of.get(attempt.intent_id, 0)

    def jobs_of(self, state: Execution) -> dict[tuple[PartKey, int], set[JobId]]:
        """Return the jobs that each decision has led to, by what the journal knows."""
        found: dict[tuple[PartKey, int], set[JobId]] = {}
        for attempt in state.attempts:
            if attempt.job_id is not None:
                found.setdefault(self.of(attempt), set()).add(attempt.job_id)
        return found
