"""Not faster than AWS likes: a token bucket per account, Region and kind of call, around every reader.

Calls that change something have a bucket of their own, so that no number of reads keeps a StartRecovery back.
It is taken before an intent is committed: nothing waits between the fence and the call.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from drs_desktop.domain.errors import AwsError, Throttled
from drs_desktop.domain.ids import IntentId, JobId, RecoveryInstanceId, Scope, SourceServerId
from drs_desktop.domain.job import Job, JobLogItem
from drs_desktop.domain.ports import AwsAccess, Clock, DrsActor, DrsReader, Fence, no_fence
from drs_desktop.domain.recovery_instance import RecoveryInstance
from drs_desktop.domain.recovery_snapshot import RecoverySnapshot
from drs_desktop.domain.source_server import SourceServer
from drs_desktop.domain.start_recovery import StartRecoveryRequest
from drs_desktop.engine.metrics import Metrics

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often a kind of call may be made: `burst` at once, then `per_second`."""

    per_second: float
    burst: int


READS = Pace(per_second=5, burst=10)
ACTS = Pace(per_second=1, burst=2)


class TokenBucket:
    """Lets calls through at a pace, in the order in which they came; in service time."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._interval = timedelta(seconds=1 / pace.per_second)
        self._slack = self._interval * (pace.burst - 1)
        self._clock = clock
        self._full_at: datetime | None = None
        self._seen: datetime | None = None

    async def take(self) -> timedelta:
        """Wait for a token and return how long that took."""
        now = self._clock.service_now()
        if self._seen is not None and now < self._seen:  # the clock was turned back: begin anew
            self._full_at = now
        self._seen = now
        full_at = max(self._full_at or now, now)
        wait = full_at - now - self._slack
        self._full_at = full_at + self._interval
        if wait <= timedelta(0):
            return timedelta(0)
        await self._clock.sleep(wait)
        return wait


class LimitedAws:
    """The port `AwsAccess` with every call paced and counted."""

    def __init__(self, inner: AwsAccess, clock: Clock, metrics: Metrics) -> None:
        self._inner = inner
        self._clock = clock
        self._metrics = metrics
        self._buckets: dict[tuple[Scope, str], TokenBucket] = {}

    def reader(self, scope: Scope) -> "LimitedReader":
        """Return the reader of an account and Region; see the port."""
        return LimitedReader(self._inner.reader(scope), scope, self)

    async def actor(self, scope: Scope, intent_id: IntentId) -> DrsActor:
        """Return an actor once its turn has come; see the port."""
        await self._take(scope, "acts", ACTS, "AssumeRole")
        actor = await self._counted("AssumeRole", lambda: self._inner.actor(scope, intent_id))
        return CountedActor(actor, self)

    async def read(self, scope: Scope, family: str, operation: str, call: Callable[[], Awaitable[_T]]) -> _T:
        """Make a read when its turn has come."""
        await self._take(scope, family, READS, operation)
        return await self._counted(operation, call)

    async def act(self, operation: str, call: Callable[[], Awaitable[_T]]) -> _T:
        """Make a call that changes something, at once: its turn was taken with the actor."""
        return await self._counted(operation, call)

    async def _take(self, scope: Scope, family: str, pace: Pace, operation: str) -> None:
        bucket = self._buckets.setdefault((scope, family), TokenBucket(pace, self._clock))
        self._metrics.waited(operation, await bucket.take())

    async def _counted(self, operation: str, call: Callable[[], Awaitable[_T]]) -> _T:
        began, error = self._clock.local_elapsed(), None
        try:
            return await call()
        except AwsError as caught:
            error = caught
            raise
        finally:
            took = self._clock.local_elapsed() - began
            self._metrics.called(
                operation, took, is_error=error is not None, is_throttled=isinstance(error, Throttled)
            )


class LimitedReader:
    """The port `DrsReader` behind the buckets of its account and Region."""

    def __init__(self, inner: DrsReader, scope: Scope, limits: LimitedAws) -> None:
        self._inner = inner
        self._scope = scope
        self._limits = limits

    async def _drs(self, operation: str, call: Callable[[], Awaitable[_T]]) -> _T:
        return await self._limits.read(self._scope, "drs", operation, call)

    async def describe_source_servers(
        self, server_ids: Sequence[SourceServerId] | None = None
    ) -> tuple[SourceServer, ...]:
        """Return source servers; see the port."""
        return await self._drs(
            "DescribeSourceServers", lambda: self._inner.describe_source_servers(server_ids)
        )

    async def describe_jobs(self, job_ids: Sequence[JobId] | None = None) -> tuple[Job, ...]:
        """Return jobs; see the port."""
        return await self._drs("DescribeJobs", lambda: self._inner.describe_jobs(job_ids))

    async def describe_job_log_items(self, job_id: JobId) -> tuple[JobLogItem, ...]:
        """Return a job's log; see the port."""
        return await self._drs("DescribeJobLogItems", lambda: self._inner.describe_job_log_items(job_id))

    async def describe_recovery_instances(
        self, server_ids: Sequence[SourceServerId]
    ) -> tuple[RecoveryInstance, ...]:
        """Return recovery instances; see the port."""
        return await self._drs(
            "DescribeRecoveryInstances", lambda: self._inner.describe_recovery_instances(server_ids)
        )

    async def describe_recovery_snapshots(self, server_id: SourceServerId) -> tuple[RecoverySnapshot, ...]:
        """Return the points in time of a server, at a pace of its own: they are asked for one by one."""
        return await self._limits.read(
            self._scope,
            "drs snapshots",
            "DescribeRecoverySnapshots",
            lambda: self._inner.describe_recovery_snapshots(server_id),
        )

    async def describe_instance_checks(
        self, instance_ids: Sequence[RecoveryInstanceId]
    ) -> Mapping[RecoveryInstanceId, str]:
        """Return status checks; see the port."""
        return await self._limits.read(
            self._scope,
            "ec2",
            "DescribeInstanceStatus",
            lambda: self._inner.describe_instance_checks(instance_ids),
        )


class CountedActor:
    """The port `DrsActor`, counted; never delayed."""

    def __init__(self, inner: DrsActor, limits: LimitedAws) -> None:
        self._inner = inner
        self._limits = limits

    async def start_recovery(self, request: StartRecoveryRequest, fence: Fence = no_fence) -> Job:
        """Start servers; see the port."""
        return await self._limits.act("StartRecovery", lambda: self._inner.start_recovery(request, fence))

    async def terminate_recovery_instances(self, instance_ids: Sequence[RecoveryInstanceId]) -> Job:
        """Terminate instances; see the port."""
        return await self._limits.act(
            "TerminateRecoveryInstances", lambda: self._inner.terminate_recovery_instances(instance_ids)
        )
