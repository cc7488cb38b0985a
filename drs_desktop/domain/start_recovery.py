"""One StartRecovery call: what is asked, how it is known again, and what was there before it."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from drs_desktop.domain.ids import ExecutionId, IntentId, JobId, Scope, SourceServerId
from drs_desktop.domain.recovery_snapshot import SnapshotId

MAX_SERVERS_PER_JOB = 100
"""DRS quota L-B827C881; the model's list limit of 200 is not the usable one."""
MAX_ACTIVE_JOBS = 20
"""DRS quota L-D88FAC3A, per account and Region, jobs of every type counted."""
MAX_SERVERS_IN_ACTIVE_JOBS = 500
"""DRS quota L-05AFA8C6."""

TAG_PREFIX = "drs-desktop:"


class ExecutionMode(StrEnum):
    """Whether an execution rehearses or recovers; frozen at its creation."""

    DRILL = "drill"
    RECOVERY = "recovery"

    @property
    def is_drill(self) -> bool:
        return self is ExecutionMode.DRILL


@dataclass(frozen=True, kw_only=True, order=True)
class PartKey:
    """A slice of at most 100 servers of one wave in one account and Region."""

    wave: int
    scope: Scope
    index: int

    def __str__(self) -> str:
        return f"wave {self.wave}, part {self.index} in {self.scope}"


@dataclass(frozen=True, kw_only=True, order=True)
class AttemptKey:
    """One decision to start one part; it owns at most one job."""

    part: PartKey
    attempt: int

    @property
    def wave(self) -> int:
        return self.part.wave

    @property
    def scope(self) -> Scope:
        return self.part.scope

    def __str__(self) -> str:
        return f"{self.part}, attempt {self.attempt}"


@dataclass(frozen=True, kw_only=True)
class StartRecoveryRequest:
    """The exact request; `is_drill` is never left out, because absent means a real recovery."""

    scope: Scope
    source_server_ids: tuple[SourceServerId, ...]
    is_drill: bool
    tags: tuple[tuple[str, str], ...] = ()
    snapshots: tuple[tuple[SourceServerId, SnapshotId], ...] = ()
    """The points in time of the servers that are not made from their newest data."""

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the request, which the journal holds before the call is made."""
        body: dict[str, Any] = {
            "account": self.scope.account_id,
            "region": self.scope.region,
            "sourceServers": list(self.source_server_ids),
            "isDrill": self.is_drill,
            "tags": dict(self.tags),
        }
        if self.snapshots:
            body["snapshots"] = dict(self.snapshots)
        return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What was in AWS before the call: a later job that is not in here is news, whatever the clocks say."""

    job_ids: tuple[JobId, ...]
    """Active jobs, and every finished job of the servers to be started."""


def job_tags(
    execution_id: ExecutionId, key: AttemptKey, mode: ExecutionMode, intent_id: IntentId
) -> tuple[tuple[str, str], ...]:
    """Return the tags by which a job is known to be ours: the first witness of a start."""
    return (
        (TAG_PREFIX + "execution", str(execution_id)),
        (TAG_PREFIX + "wave", str(key.wave)),
        (TAG_PREFIX + "part", str(key.part.index)),
        (TAG_PREFIX + "attempt", str(key.attempt)),
        (TAG_PREFIX + "mode", mode.value),
        (TAG_PREFIX + "intent", str(intent_id)),
    )


@dataclass(frozen=True, kw_only=True)
class StartClaim:
    """A server that some attempt, of any process, means to start or has started; `attempt` names it."""

    execution_id: ExecutionId
    attempt: str
    source_server_id: SourceServerId
