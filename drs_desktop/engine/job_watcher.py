"""One watcher per account and Region: one paged DescribeJobs for all its jobs, of all executions."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from drs_desktop.domain.errors import DrsDesktopError
from drs_desktop.domain.ids import JobId, Scope
from drs_desktop.domain.job import ENDED_LAUNCH_STATUSES, Job, JobLogItem, JobStatus, LaunchStatus
from drs_desktop.domain.ports import DrsReader
from drs_desktop.engine.context import EngineContext
from drs_desktop.engine.instance_watcher import InstanceWatcher
from drs_desktop.engine.tasks import spawn

_log = structlog.get_logger(__name__)


_STILL = frozenset({JobStatus.PENDING, JobStatus.COMPLETED})
"""What a job's log does not grow in."""
_ENDING_LOOKS = 5
"""How many looks in a row may be quick ones because a job is about to end; some never do."""


@dataclass(frozen=True, kw_only=True)
class JobSighting:
    """A job as just seen, with its whole log; or `job` None: complete reads no longer have it."""

    job_id: JobId
    job: Job | None
    log: tuple[JobLogItem, ...] = ()
    is_log_complete: bool = False


@dataclass(frozen=True, kw_only=True)
class ScopeHealth:
    """How watching one account and Region goes: when it last went well, and what is wrong since."""

    scope: Scope
    observed_at: datetime | None
    problem: str = ""


Sink = Callable[[JobSighting], Awaitable[None]]


@dataclass(kw_only=True)
class _Interest:
    sink: Sink
    missing_since: tuple[datetime, datetime] | None = None
    """Service and local time of the first complete read without the job."""
    misses: int = 0
    seen: Job | None = None
    log: tuple[JobLogItem, ...] = ()
    log_read_in: int = 0
    """Which look read the log last."""
    quiet_looks: int = 0
    """How many looks in a row found the job as the one before."""

    def note(self, job: Job, log: tuple[JobLogItem, ...] | None, look: int) -> None:
        """Keep what a look saw, with the log if it read that too."""
        self.quiet_looks = self.quiet_looks + 1 if self.seen == job else 0
        self.missing_since, self.misses, self.seen = None, 0, job
        if log is not None:
            self.log, self.log_read_in = log, look


class JobWatcher:
    """Watches the jobs of one account and Region while anybody is interested in one."""

    def __init__(
        self, scope: Scope, context: EngineContext, on_health: Callable[[ScopeHealth], None]
    ) -> None:
        self._scope = scope
        self._context = context
        self._on_health = on_health
        self._interests: dict[JobId, _Interest] = {}
        self._task: asyncio.Task[None] | None = None
        self._wait = context.settings.quick_poll
        self._heard = context.clock.local_elapsed()
        """When the last good look began, by the clock that never jumps."""
        self._looks = 0
        self._health = ScopeHealth(scope=scope, observed_at=None)

    def watch(self, job_id: JobId, sink: Sink) -> None:
        """Tell `sink` about the job from now on, until `unwatch`."""
        self._interests[job_id] = _Interest(sink=sink)
        if self._task is None or self._task.done():
            self._heard = self._context.clock.local_elapsed()
            self._task = spawn(self._run(), name=f"watch {self._scope}")

    def unwatch(self, job_id: JobId) -> None:
        """Lose interest in a job."""
        self._interests.pop(job_id, None)

    @property
    def health(self) -> ScopeHealth:
        return self._health

    async def close(self) -> None:
        """Stop watching."""
        self._interests.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._interests:
            aging = spawn(self._grow_old(), name=f"age {self._scope}")
            try:
                await self._look()
            finally:
                aging.cancel()
            if self._interests:
                await self._context.clock.sleep(self._wait)

    async def _grow_old(self) -> None:
        """Say that what is known is old, as soon as it is: a look may hang for as long as it likes."""
        clock, limit = self._context.clock, self._context.settings.stale_local
        await clock.sleep_local(self._heard + limit - clock.local_elapsed())
        if self._health.problem:
            return
        seen = self._health.observed_at
        since = f"since {seen:%H:%M:%S} UTC" if seen else "so far"
        self._health = replace(self._health, problem=f"AWS has not answered {since}: what is shown is old.")
        self._on_health(self._health)

    async def _look(self) -> None:
        wanted = tuple(self._interests)
        began = self._context.clock.service_now(), self._context.clock.local_elapsed()
        self._looks += 1
        try:
            reader = self._context.aws.reader(self._scope)
            jobs = {job.job_id: job for job in await reader.describe_jobs(wanted)}
            logs = await self._read_logs(reader, jobs)
        except DrsDesktopError as error:
            self._back_off(str(error))
            return
        except Exception as error:  # noqa: BLE001 - a watcher that ends would leave its jobs unwatched for ever
            _log.exception("looking at jobs failed", scope=str(self._scope))
            self._back_off(f"Looking at the jobs failed inside the program ({type(error).__name__}).")
            return
        self._went_well(jobs, *began)
        for job_id in wanted:
            await self._tell(job_id, jobs.get(job_id), logs)

    async def _read_logs(
        self, reader: DrsReader, jobs: Mapping[JobId, Job]
    ) -> dict[JobId, tuple[JobLogItem, ...]]:
        """Return the logs that this look reads."""
        ids = self._logs_to_read(jobs)
        logs = await asyncio.gather(*(reader.describe_job_log_items(job_id) for job_id in ids))
        return dict(zip(ids, logs, strict=True))

    def _logs_to_read(self, jobs: Mapping[JobId, Job]) -> tuple[JobId, ...]:
        """Return the jobs that changed and, of the others between begin and end, the longest unread.

        So the reads of an account and Region do not grow with its jobs.
        """
        interests = self._interests
        known = [job for job_id, job in jobs.items() if job_id in interests]
        changed = [job.job_id for job in known if interests[job.job_id].seen != job]
        quiet = [job.job_id for job in known if job.job_id not in changed and job.status not in _STILL]
        quiet.sort(key=lambda job_id: interests[job_id].log_read_in)
        return (*changed, *quiet[: self._context.settings.quiet_logs])

    def _back_off(self, problem: str) -> None:
        self._wait = min(self._wait * 2, self._context.settings.longest_poll)
        if self._health.problem != problem:
            _log.warning("watching failed", scope=str(self._scope), error=problem)
        self._health = ScopeHealth(scope=self._scope, observed_at=self._health.observed_at, problem=problem)
        self._on_health(self._health)

    def _went_well(self, jobs: Mapping[JobId, Job], observed_at: datetime, heard: timedelta) -> None:
        """Note a good look; what it says is as old as its beginning."""
        self._wait = self._wait_after(jobs)
        self._heard = heard
        self._health = ScopeHealth(scope=self._scope, observed_at=observed_at)
        self._on_health(self._health)

    def _wait_after(self, jobs: Mapping[JobId, Job]) -> timedelta:
        settings = self._context.settings
        seen = [(job, self._interests.get(job_id)) for job_id, job in jobs.items()]
        if any(_is_ending(job, interest) for job, interest in seen):
            return settings.ending_poll
        return settings.quick_poll if any(_may_end_soon(*each) for each in seen) else settings.slow_poll

    async def _tell(
        self, job_id: JobId, job: Job | None, logs: Mapping[JobId, tuple[JobLogItem, ...]]
    ) -> None:
        interest = self._interests.get(job_id)
        if interest is None:
            return
        if job is None:
            if self._is_gone(interest):
                await interest.sink(JobSighting(job_id=job_id, job=None))
            return
        interest.note(job, logs.get(job_id), self._looks)
        sighting = JobSighting(
            job_id=job_id,
            job=job,
            log=interest.log,
            is_log_complete=job.status is JobStatus.COMPLETED,
        )
        await interest.sink(sighting)

    def _is_gone(self, interest: _Interest) -> bool:
        """Return whether the job was absent for so long that its record counts as deleted."""
        clock, settings = self._context.clock, self._context.settings
        now = (clock.service_now(), clock.local_now())
        interest.missing_since = interest.missing_since or now
        interest.misses += 1
        lag = timedelta(seconds=2 * self._context.endpoint.visibility_lag_seconds)
        waited = now[0] - interest.missing_since[0], now[1] - interest.missing_since[1]
        return interest.misses >= 3 and waited[0] >= settings.missing_after and waited[1] >= lag


def _has_launched(job: Job) -> bool:
    """Return whether the job has nothing left to do but to end."""
    return job.is_active and all(server.launch_status in ENDED_LAUNCH_STATUSES for server in job.servers)


def _is_ending(job: Job, interest: _Interest | None) -> bool:
    """Return whether the job should end within seconds: its last server launched just now."""
    if interest is None or not _has_launched(job):
        return False
    return interest.seen != job or interest.quiet_looks < _ENDING_LOOKS


def _may_end_soon(job: Job, interest: _Interest | None) -> bool:
    """Return whether something about the job may end within the next slow interval."""
    if interest is None or interest.seen != job:
        return True
    return any(server.launch_status is LaunchStatus.IN_PROGRESS for server in job.servers)


class WatcherPool:
    """The watchers of a workspace, made when first needed."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._watchers: dict[Scope, JobWatcher] = {}
        self._instances: dict[Scope, InstanceWatcher] = {}
        self._listeners: list[Callable[[ScopeHealth], None]] = []

    def of(self, scope: Scope) -> JobWatcher:
        """Return the one watcher of an account and Region."""
        if scope not in self._watchers:
            self._watchers[scope] = JobWatcher(scope, self._context, self._tell)
        return self._watchers[scope]

    def instances(self, scope: Scope) -> InstanceWatcher:
        """Return the one watcher of good instances of an account and Region."""
        if scope not in self._instances:
            self._instances[scope] = InstanceWatcher(scope, self._context)
        return self._instances[scope]

    def on_health(self, listener: Callable[[ScopeHealth], None]) -> None:
        """Call back whenever watching an account and Region went well, or did not."""
        self._listeners.append(listener)

    def health(self, scope: Scope) -> ScopeHealth | None:
        """Return how watching goes, or None when nothing was watched there yet."""
        watcher = self._watchers.get(scope)
        return watcher.health if watcher else None

    def _tell(self, health: ScopeHealth) -> None:
        for listener in tuple(self._listeners):
            listener(health)

    async def close(self) -> None:
        """Stop every watcher."""
        closing = [watcher.close() for watcher in self._watchers.values()]
        closing += [watcher.close() for watcher in self._instances.values()]
        await asyncio.gather(*closing)
