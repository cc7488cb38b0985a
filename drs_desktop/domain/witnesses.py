"""Who saw our StartRecovery arrive: the verdict on an attempt in doubt, from complete reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from drs_desktop.domain.execution import Attempt, Execution
from drs_desktop.domain.ids import ExecutionId, JobId
from drs_desktop.domain.job import Job, JobType
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import TAG_PREFIX, PartKey


@dataclass(frozen=True, kw_only=True)
class Testimony:
    """One complete look at the three witnesses: jobs (W1), last launches (W2), recovery instances (W3).

    Attributes:
        snapshots: the points in time of the servers that are to start from one; no witness of anything.
    """

    jobs: tuple[Job, ...]
    servers: tuple[SourceServer, ...]
    instances: tuple[RecoveryInstance, ...]
    snapshots: tuple[RecoverySnapshot, ...] = ()


class Finding(StrEnum):
    """What a look proves."""

    OURS = "ours"
    NOTHING = "nothing"
    UNDECIDABLE = "undecidable"
    KEEP_LOOKING = "keep looking"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A finding with its evidence."""

    finding: Finding
    evidence: str = ""
    job: Job | None = None
    candidates: tuple[JobId, ...] = ()


def judge(
    attempt: Attempt, execution_id: ExecutionId, testimony: Testimony, *, is_past_horizon: bool
) -> Judgement:
    """Return what one complete look proves about an attempt in doubt.

    Args:
        is_past_horizon: whether the request can no longer begin, the assumed visibility lag has passed too,
            and enough complete looks were taken meanwhile.
    """
    if tagged := _tagged(attempt, execution_id, testimony.jobs):
        return Judgement(finding=Finding.OURS, evidence="the job carries our tags", job=tagged)
    candidates = _candidates(attempt, testimony)
    if not is_past_horizon:
        return Judgement(finding=Finding.KEEP_LOOKING, candidates=candidates)
    if candidates:
        return Judgement(
            finding=Finding.UNDECIDABLE,
            candidates=candidates,
            evidence=(
                f"{len(candidates)} new launch(es) of the same servers were seen ({', '.join(candidates)}), "
                "but none of them carries our tags."
            ),
        )
    return Judgement(
        finding=Finding.NOTHING,
        evidence=(
            "The request can no longer arrive, and complete reads of jobs, last launches and recovery "
            "instances show nothing new for these servers."
        ),
    )


def _tagged(attempt: Attempt, execution_id: ExecutionId, jobs: Sequence[Job]) -> Job | None:
    """Return the job that our tags name, be it of this intent or of an earlier one for the same part."""
    for job in jobs:
        if job.tag(TAG_PREFIX + "intent") == attempt.intent_id:
            return job
    for job in jobs:
        if _is_for(job, execution_id, attempt.key.part) and job.job_id not in attempt.baseline_job_ids:
            return job
    return None


def _candidates(attempt: Attempt, testimony: Testimony) -> tuple[JobId, ...]:
    ours = set(attempt.source_server_ids)
    found: set[JobId] = {
        job.job_id
        for job in testimony.jobs
        if job.job_type is not JobType.TERMINATE and job.source_server_ids & ours
    }
    found |= {
        server.last_launch.job_id
        for server in testimony.servers
        if server.last_launch and server.key.source_server_id in ours
    }
    found |= {
        instance.job_id
        for instance in testimony.instances
        if instance.job_id and instance.server.source_server_id in ours
    }
    return tuple(sorted(found - set(attempt.baseline_job_ids)))


def known_jobs(testimony: Testimony) -> tuple[JobId, ...]:
    """Return every job that the witnesses know of already: the baseline of an attempt."""
    ids = {job.job_id for job in testimony.jobs}
    ids |= {server.last_launch.job_id for server in testimony.servers if server.last_launch}
    ids |= {instance.job_id for instance in testimony.instances if instance.job_id}
    return tuple(sorted(ids))


def unknown_start(state: Execution, part: PartKey, jobs: Sequence[Job]) -> Job | None:
    """Return a job that carries this execution's tags for a part, and that its journal does not know.

    It is there when the journal is older than what was done (a backup was put back, with or without its head
    file), or when AWS showed it later than was thought possible. To start the part again would delete what it
    launched.
    """
    strange = (job for job in jobs if job.job_id not in state.accepted_job_ids)
    return next((job for job in strange if _is_for(job, state.execution_id, part)), None)


def _is_for(job: Job, execution_id: ExecutionId, part: PartKey) -> bool:
    return (
        job.job_type is not JobType.TERMINATE
        and job.tag(TAG_PREFIX + "execution") == execution_id
        and job.tag(TAG_PREFIX + "wave") == str(part.wave)
        and job.tag(TAG_PREFIX + "part") == str(part.index)
    )
