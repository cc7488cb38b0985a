"""The states of executions, waves, attempts, servers and removals, each word with its meaning."""

from enum import StrEnum


class ExecutionStatus(StrEnum):
    """Where an execution stands; derived by `status.execution_status`, never stored as truth."""

    PENDING = "PENDING"
    INITIATED = "INITIATED"
    POLLING = "POLLING"
    LAUNCHING = "LAUNCHING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        return self in TERMINAL_STATUSES


TERMINAL_STATUSES = frozenset(
    {
        ExecutionStatus.COMPLETED,
        ExecutionStatus.PARTIAL,
        ExecutionStatus.FAILED,
        ExecutionStatus.CANCELLED,
    }
)


class WaveStatus(StrEnum):
    """Where a wave stands."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    HELD = "HELD"
    PREPARING = "PREPARING"
    STARTING = "STARTING"
    POLLING = "POLLING"
    LAUNCHING = "LAUNCHING"
    VERIFYING = "VERIFYING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


class HoldKind(StrEnum):
    """Why a wave waits for a person."""

    CONFIGURED_PAUSE = "configured pause"
    OPERATOR_PAUSE = "operator's pause"
    DECISION = "decision needed"
    AFTER_GAP = "decision needed after a gap"
    OVERDUE = "over its time limit"
    NOT_UNDERSTOOD = "job not understood"
    STILL_RUNNING = "job still running"
    POINT_GONE = "point in time gone"

    @property
    def is_of_all(self) -> bool:
        """Return whether a wave held for this waits with the whole execution, not for a reason of its own."""
        return self in {HoldKind.OPERATOR_PAUSE, HoldKind.AFTER_GAP}

    @property
    def needs_reason(self) -> bool:
        """Return whether going on must be explained: something failed, or other data would be launched."""
        return self in {HoldKind.DECISION, HoldKind.POINT_GONE}


class AttemptStatus(StrEnum):
    """The life of one StartRecovery attempt (the start protocol)."""

    ARMED = "ARMED"
    """The intent is committed; the call may have been made."""
    ACCEPTED = "ACCEPTED"
    """A job is known to be ours."""
    UNKNOWN = "UNKNOWN"
    """The call may have arrived; witnesses are being read."""
    ASK = "ASK"
    """Witnesses cannot settle it; a person must."""
    REFUSED = "REFUSED"
    """AWS refused for certain: no job exists."""
    NOT_SENT = "NOT_SENT"
    """No byte of the request left: no job exists."""
    NOT_STARTED = "NOT_STARTED"
    """The horizon passed with complete reads that show nothing: no job exists."""
    FINISHED = "FINISHED"
    """The job ended."""
    ABANDONED = "ABANDONED"
    """A person stopped watching: the job may go on in AWS, and nobody here looks any more."""


IN_FLIGHT_ATTEMPTS = frozenset(
    {AttemptStatus.ARMED, AttemptStatus.ACCEPTED, AttemptStatus.UNKNOWN, AttemptStatus.ASK}
)
"""What may still be happening in AWS; one server has at most one such attempt, over all executions."""


RESTARTABLE_ATTEMPTS = frozenset({AttemptStatus.NOT_SENT, AttemptStatus.NOT_STARTED})


class Health(StrEnum):
    """What is known of a server after DRS says it launched."""

    NOT_CHECKED = "not checked"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


class TerminationState(StrEnum):
    """How far the removal of one recovery instance is."""

    REQUESTED = "requested"
    TERMINATING = "terminating"
    TERMINATED = "terminated"
    SKIPPED = "skipped"
    FAILED = "failed"


SETTLED_TERMINATIONS = frozenset(
    {TerminationState.TERMINATED, TerminationState.SKIPPED, TerminationState.FAILED}
)
