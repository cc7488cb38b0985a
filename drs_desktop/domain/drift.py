"""Drift: what others did to our jobs and instances in AWS, as seen, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drs_desktop.domain.ids import JobId, RecoveryInstanceId, ServerKey


class DriftKind(StrEnum):
    """What is not as this console left it."""

    JOB_DELETED = "job deleted"
    """Complete reads no longer have a job of ours."""
    JOB_NOT_UNDERSTOOD = "job not understood"
    """AWS gives a job of ours a status that this program does not know."""
    INSTANCE_GONE = "instance gone"
    """An instance that we launched was terminated, or DRS lists it no more."""
    INSTANCE_REPLACED = "instance replaced"
    """Somebody launched the server again later; that deleted our instance."""
    INSTANCE_FOREIGN = "instance foreign"
    """The only instance that DRS lists for the server is an older one, which is not ours."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One thing seen; `seen_at` is a service time."""

    kind: DriftKind
    wave: int
    seen_at: datetime
    words: str
    servers: tuple[ServerKey, ...] = ()
    job_id: JobId | None = None
    recovery_instance_id: RecoveryInstanceId | None = None
