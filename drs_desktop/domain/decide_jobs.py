"""What observations of jobs mean for the servers of a wave."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_desktop.domain import events as ev
from drs_desktop.domain import inputs
from drs_desktop.domain.decide_starts import contradiction, servers_of_attempt
from drs_desktop.domain.drift import DriftKind
from drs_desktop.domain.execution import (
    Attempt,
    AttemptStatus,
    Execution,
    WaveExecution,
)
from drs_desktop.domain.ids import RecoveryInstanceId, SourceServerId
from drs_desktop.domain.job import (
    ENDED_LAUNCH_STATUSES,
    PHASE_AFTER_EVENT,
    Job,
    JobLogItem,
    JobStatus,
    LaunchPhase,
    LaunchStatus,
)
from drs_desktop.domain.times import Now

VERDICT_GRACE = timedelta(minutes=2)
"""How long after a job's end its servers' words may still be late."""
AT_ONCE = timedelta(seconds=10)
"""A job that ends within this has not even taken a snapshot."""

_STATUS_RANK = {
    None: 0,
    LaunchStatus.PENDING: 1,
    LaunchStatus.UNKNOWN: 1,
    LaunchStatus.IN_PROGRESS: 2,
    LaunchStatus.LAUNCHED: 3,
    LaunchStatus.FAILED: 3,
    LaunchStatus.TERMINATED: 3,
}
_JOB_RANK = {
    None: 0,
    JobStatus.UNKNOWN: 1,
    JobStatus.PENDING: 1,
    JobStatus.STARTED: 2,
    JobStatus.COMPLETED: 3,
}
_PHASE_RANK = {phase: rank for rank, phase in enumerate(LaunchPhase)} | {LaunchPhase.UNKNOWN: -1}


def decide_job_seen(given: inputs.JobSeen, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """Record what changed since the job was last seen; old news changes nothing."""
    attempt = state.attempt(given.key)
    if attempt.status is not AttemptStatus.ACCEPTED or attempt.job_id != given.job.job_id:
        return ()
    wave = state.wave(given.key.wave)
    events: list[ev.Event] = _contradictions(state, attempt, given, now)
    events += _understanding(attempt, given, now)
    events += _job_changes(attempt, given, now)
    events += _server_changes(wave, given, now)
    if _is_over(wave, attempt, given, now):
        events += _missing_verdicts(wave, given, events, now)
        events.append(ev.JobEnded(at=now.service, key=given.key, job_id=given.job.job_id))
    return tuple(events)


def _contradictions(state: Execution, attempt: Attempt, given: inputs.JobSeen, now: Now) -> list[ev.Event]:
    detail = contradiction(state.mode, attempt, given.job)
    if not detail or state.frozen:
        return []
    return [ev.ModeContradicted(at=now.service, key=given.key, job_id=given.job.job_id, detail=detail)]


def _job_changes(attempt: Attempt, given: inputs.JobSeen, now: Now) -> list[ev.Event]:
    events: list[ev.Event] = []
    job = given.job
    is_news = _JOB_RANK[job.status] > _JOB_RANK[attempt.job_status]
    if is_news or (job.ended_at and job.ended_at != attempt.job_ended_at):
        events.append(
            ev.JobObserved(
                at=now.service,
                key=given.key,
                job_id=job.job_id,
                status=job.status if is_news else attempt.job_status or job.status,
                created_at=job.created_at,
                ended_at=job.ended_at,
            )
        )
    if given.new_log_items:
        events.append(
            ev.JobLogRecorded(at=now.service, key=given.key, job_id=job.job_id, items=given.new_log_items)
        )
    return events


@dataclass(frozen=True, kw_only=True)
class _News:
    """What the new log lines say of one server."""

    phase: LaunchPhase | None = None
    error: str | None = None
    recovery_instance_id: RecoveryInstanceId | None = None


def _news_by_server(items: tuple[JobLogItem, ...]) -> dict[SourceServerId, _News]:
    news: dict[SourceServerId, _News] = {}
    for item in items:
        if item.source_server_id is None:
            continue
        before = news.get(item.source_server_id, _News())
        news[item.source_server_id] = _News(
            phase=PHASE_AFTER_EVENT.get(item.event, before.phase),
            error=item.raw_error or before.error,
            recovery_instance_id=item.recovery_instance_id or before.recovery_instance_id,
        )
    return news


def _server_changes(wave: WaveExecution, given: inputs.JobSeen, now: Now) -> list[ev.Event]:
    events: list[ev.Event] = []
    news = _news_by_server(given.new_log_items)
    words = {s.source_server_id: s for s in given.job.servers if s.source_server_id}
    for key in servers_of_attempt(wave, wave.attempts[given.key]):
        server = wave.servers[key]
        said = words.get(key.source_server_id)
        logged = news.get(key.source_server_id, _News())
        status = _newer_status(server.launch_status, said.launch_status if said else None)
        phase = _newer_phase(server.phase, logged.phase, status)
        instance = (said.recovery_instance_id if said else None) or logged.recovery_instance_id
        instance = instance or server.recovery_instance_id
        if (status, phase, instance) != (server.launch_status, server.phase, server.recovery_instance_id):
            events.append(
                ev.ServerLaunchChanged(
                    at=now.service,
                    wave=wave.number,
                    server=key,
                    job_id=given.job.job_id,
                    launch_status=status,
                    phase=phase,
                    recovery_instance_id=instance,
                )
            )
        if logged.error and logged.error != server.error:
            events.append(
                ev.ServerErrorRecorded(at=now.service, wave=wave.number, server=key, error=logged.error)
            )
    return events


def _newer_status(old: LaunchStatus | None, new: LaunchStatus | None) -> LaunchStatus | None:
    return new if _STATUS_RANK[new] > _STATUS_RANK[old] else old


def _newer_phase(old: LaunchPhase, new: LaunchPhase | None, status: LaunchStatus | None) -> LaunchPhase:
    if status in ENDED_LAUNCH_STATUSES:
        return LaunchPhase.DONE
    return new if new and _PHASE_RANK[new] > _PHASE_RANK[old] else old


def _is_over(wave: WaveExecution, attempt: Attempt, given: inputs.JobSeen, now: Now) -> bool:
    job = given.job
    if job.status is not JobStatus.COMPLETED or not given.is_log_complete:
        return False
    words = {s.source_server_id: s.launch_status for s in job.servers}
    every = all(words.get(server_id) in ENDED_LAUNCH_STATUSES for server_id in attempt.source_server_ids)
    return every or _since(job.ended_at or attempt.job_ended_at, now) > VERDICT_GRACE


def _since(at: datetime | None, now: Now) -> timedelta:
    return now.service - at if at else timedelta(0)


def _missing_verdicts(
    wave: WaveExecution, given: inputs.JobSeen, events: list[ev.Event], now: Now
) -> list[ev.Event]:
    """Say why a server of an ended job did not launch, where AWS gave no text of its own."""
    words = {s.source_server_id: s.launch_status for s in given.job.servers}
    explained = {e.server for e in events if isinstance(e, ev.ServerErrorRecorded)}
    found: list[ev.Event] = []
    for key in servers_of_attempt(wave, wave.attempts[given.key]):
        server, status = wave.servers[key], words.get(key.source_server_id)
        is_launched = server.is_launched or status is LaunchStatus.LAUNCHED
        if is_launched or server.error or key in explained:
            continue
        error = _explain(status, given.job, _failed_at_once(wave.attempts[given.key], given.job, now))
        found.append(ev.ServerErrorRecorded(at=now.service, wave=wave.number, server=key, error=error))
    return found


def _failed_at_once(attempt: Attempt, job: Job, now: Now) -> bool:
    """Return whether every server failed within seconds: no snapshot or conversion was even tried."""
    created = job.created_at or attempt.job_created_at
    ended = job.ended_at or attempt.job_ended_at or now.service
    is_all = all(server.launch_status is LaunchStatus.FAILED for server in job.servers)
    return is_all and created is not None and ended - created < AT_ONCE


def _explain(status: LaunchStatus | None, job: Job, is_at_once: bool) -> str:
    if status is None:
        return f"DRS left this server out of job {job.job_id}."
    if status is not LaunchStatus.FAILED:
        return f"Job {job.job_id} ended without a verdict for this server (last word: {status})."
    if is_at_once:
        return (
            "DRS gave no reason, and the job was over at once: most often the role lacks an EC2 permission "
            "that DRS forwards. Compare the role with the permissions page."
        )
    return f"DRS gave no reason. Look at job {job.job_id} in the AWS console."


def decide_job_missing(given: inputs.JobIsMissing, state: Execution, now: Now) -> tuple[ev.Event, ...]:
    """End the watch of a job whose record somebody deleted; the instances will tell what came of it."""
    attempt = state.attempt(given.key)
    if attempt.status is not AttemptStatus.ACCEPTED or attempt.job_id != given.job_id:
        return ()
    wave = state.wave(given.key.wave)
    servers = servers_of_attempt(wave, attempt)
    open_ones = tuple(k for k in servers if wave.servers[k].launch_status not in ENDED_LAUNCH_STATUSES)
    words = f"The record of job {given.job_id} was deleted in AWS"
    if open_ones:
        words += f" before {len(open_ones)} of its servers ended: their recovery instances are looked for"
    seen = ev.DriftSeen(
        at=now.service,
        kind=DriftKind.JOB_DELETED,
        wave=wave.number,
        words=f"{words}.",
        key=given.key,
        servers=open_ones,
        job_id=given.job_id,
    )
    return (seen, ev.JobEnded(at=now.service, key=given.key, job_id=given.job_id))


# ---- a status that is not understood


def _understanding(attempt: Attempt, given: inputs.JobSeen, now: Now) -> list[ev.Event]:
    """Return whether the job's status just became one that nobody here knows, or one that is known again."""
    is_unknown = given.job.status is JobStatus.UNKNOWN
    if is_unknown is (attempt.not_understood_at is not None):
        return []
    if not is_unknown:
        return [ev.JobUnderstood(at=now.service, key=given.key, job_id=given.job.job_id)]
    words = f"AWS gives job {given.job.job_id} a status that this program does not know."
    return [
        ev.DriftSeen(
            at=now.service,
            kind=DriftKind.JOB_NOT_UNDERSTOOD,
            wave=given.key.wave,
            words=words,
            key=given.key,
            job_id=given.job.job_id,
        )
    ]
